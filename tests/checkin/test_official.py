"""The official list of those sampled: who a line is, and what is recorded by it."""

import io
import random
import re
import threading
from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlmodel import select

from accounts.rules import Area, Principal, Role
from bulou.crypto import field_keys
from bulou.database import reading, transaction
from bulou.errors import DomainError
from bulou.ids import new_id
from bulou.jobs import do_request, take_request
from bulou.masking import mask_phone
from checkin.errors import LineNotFound, LineSettled, ListHasNoColumns, ListInUse, ListTimeWrong, RoundNeverOpened
from checkin.jobs import official as official_jobs
from checkin.models import OfficialLine, OfficialList, Scan
from checkin.queries.official import list_lines, list_lists, list_same_lines
from checkin.reading import read_list, read_shown_digits, read_time
from checkin.rules import Match, ScanSource
from checkin.rules.official import (
    Known,
    LineFault,
    Mark,
    Part,
    Register,
    Said,
    marks_of,
    match_line,
    name_compound,
    whole_minute,
)
from checkin.usecases.official import (
    SentList,
    compare_list,
    discard_half_kept,
    discard_list,
    fact_id,
    keep_list,
    keep_part,
    list_part,
    record_part,
    settle_line,
    take_back_line,
)
from checkin.usecases.official import reading as reading_room
from checkin.usecases.official.facts import record_fact, undo_fact
from followup.queries.coverage import get_coverage
from registry.models import Resident, RosterUpload
from registry.reading import files
from registry.reading.files import Line, Sheet
from scheduling.models import RosterEntry
from scheduling.queries.setup import list_points
from scheduling.rules import RoundState
from tests.checkin.factories import make_excuse, make_open_round
from tests.factories import NOON, count_rows, make_community
from tests.registry.workbooks import make_xlsx

HEADER = ("序号", "姓名", "证件号码", "手机号码", "住址", "采样时间", "采样点")
ZHANG, LI = "110101199003070038", "110101198001010037"
LATER = NOON + timedelta(hours=2)


def sheet_of(*rows):
    lines = [("全员核酸检测已采样名单",), HEADER, *rows]
    return [Sheet("名单", tuple(Line(number, cells) for number, cells in enumerate(lines, 1)))]


def read_of(*rows):
    return read_list(sheet_of(*rows), "Asia/Shanghai")


# Who a line is: values alone.


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("100****0621", "100****0621"),
        ("１００＊＊＊0621", "100****0621"),
        ("100 *** 0621", "100****0621"),
        ("110***…002x", "110****002X"),
        ("110101XXXXXXXX0038", "110101****0038"),
        ("****0621", "****0621"),
        ("1380000****", None),
        ("*21", None),
        ("1380000.1234", None),
        ("1.38E+10", None),
    ],
)
def test_digits_that_are_shown_of_a_hidden_number_are_read(text, digits):
    assert read_shown_digits(text) == digits


MOTHER, DAUGHTER, SON, AWAY = (new_id() for _each in range(4))
FAMILY = Register(
    [
        Known(MOTHER, "朱一月", "10000000621", ZHANG, "3栋401"),
        Known(DAUGHTER, "朱二月", "10000000733", "", "3栋401"),
        Known(SON, "朱三", "", "", "3栋401"),
        Known(AWAY, "朱二月", "10000000621", LI, "9栋101"),
        *(Known(new_id(), f"朱{letter}月", "10000009999", "", f"{letter}栋") for letter in "甲乙丙丁戊己庚辛"),
    ]
)


@pytest.mark.parametrize(
    ("said", "match", "who"),
    [
        (Said("朱*月", phone="100****0733", door="3栋401"), Match.SURE, [DAUGHTER]),
        (Said("朱*月", phone="100****0621", door="3栋401"), Match.SURE, [MOTHER]),
        (Said("朱*月", phone="****0621", identity="110****0038"), Match.SURE, [MOTHER]),
        (Said("朱*月", phone="100****0733"), Match.DOUBTFUL, [DAUGHTER]),  # the name and four digits: not enough
        (Said("朱*月", phone="100****0621"), Match.DOUBTFUL, [MOTHER, AWAY]),
        (Said("朱*月", phone="100****5555"), Match.NOT_OURS, []),
        (Said("朱*月", phone="100****5555", door="3栋401"), Match.DOUBTFUL, [SON]),  # of whom no number is known
        (Said("朱*月", door="3栋401"), Match.DOUBTFUL, [MOTHER, DAUGHTER, SON]),  # and none of the eight elsewhere
        (Said("朱二月", phone="****0621", door="9栋101"), Match.SURE, [AWAY]),
        (Said("王*", phone="****0733"), Match.NOT_OURS, []),  # four digits fit somebody everywhere
        (Said("", identity="110****0038"), Match.DOUBTFUL, [MOTHER]),
    ],
)
def test_shown_digits_are_evidence_and_those_that_contradict_rule_out(said, match, who):
    found = match_line(said, FAMILY)
    people = {found.resident_id} if match is Match.SURE else set(found.candidates)
    assert (found.match, people) == (match, set(who))


def test_the_shown_digits_of_a_phone_are_read_and_named_beside_ours():
    (line,) = read_of(("1", "朱*月", "110***…0038", "100****0621", "3栋401室", "", ""))
    mother = FAMILY.identity[ZHANG][0]
    assert marks_of(line.said, mother) == (Mark.NAME_HIDDEN, Mark.PHONE_SHOWN, Mark.IDENTITY_SHOWN, Mark.DOOR)
    assert mask_phone(line.said.phone) == mask_phone(mother.phone) == "100****0621"


A, B, C, D, E = (new_id() for _each in range(5))
PEOPLE = Register(
    [
        Known(A, "张小样", "13800000001", ZHANG, "3栋2单元501"),
        Known(B, "李样例", "13800000002", "", "3栋2单元502"),
        Known(C, "张小样", "", "", "3栋2单元601"),
        Known(D, "赵示例", "", ZHANG[:10] + "0101" + ZHANG[14:], "3栋2单元701"),
        Known(E, "陈例子", "", "", "3栋2单元501"),
    ]
)


@pytest.mark.parametrize(
    ("said", "match", "who"),
    [
        (Said("张小样", identity=ZHANG), Match.SURE, [A]),
        (Said(identity=ZHANG), Match.SURE, [A]),
        (Said("张晓样", identity=ZHANG), Match.SURE, [A]),  # one letter of the name is mistyped
        (Said("王某", identity=ZHANG), Match.DOUBTFUL, [A]),
        (Said("张小样", phone="13800000001"), Match.SURE, [A]),
        (Said("张小样", door="3栋2单元601"), Match.SURE, [C]),
        (Said("张小样"), Match.DOUBTFUL, [A, C]),
        (Said("张小样", identity=ZHANG[:-1] + "X"), Match.DOUBTFUL, [A, C]),
        (Said("张小样", phone="13800000001", identity=LI), Match.DOUBTFUL, [A, C]),
        (Said("", identity=ZHANG[:5] + "9" + ZHANG[6:]), Match.DOUBTFUL, [A]),
        (Said("王某", phone="13800000002"), Match.DOUBTFUL, [B]),
        (Said("王某", phone="13800000009", identity=LI, door="3栋2单元501"), Match.DOUBTFUL, [E]),
        (Said("王某", phone="13800000009", door="3栋2单元502"), Match.DOUBTFUL, [B]),
        (Said("张大样", door="3栋2单元501"), Match.DOUBTFUL, [A, E]),
        (
            Said("王某", identity=LI, door="3栋2单元701"),
            Match.NOT_OURS,
            [],
        ),  # their numbers say that it is nobody there
        (Said("王某", door="3栋2单元999"), Match.NOT_OURS, []),
    ],
)
def test_a_line_is_sure_doubtful_or_not_ours(said, match, who):
    found = match_line(said, PEOPLE)

    assert found.match is match
    assert list(found.candidates) == (who if match is Match.DOUBTFUL else [])
    assert found.resident_id == (who[0] if match is Match.SURE else None)


HIDDEN = Register(
    [
        Known(A, "张小三", "13800000001", "", "3栋2单元501", "东园"),
        Known(B, "张大三", "13800000001", "", "3栋2单元501", "东园"),
        Known(C, "欧阳小娜", "13800000003", "", "3栋2单元601", "东园"),
        Known(D, "阿不都·热合曼", "13800000004", "", "3栋2单元701", "西园"),
        Known(E, "王四", "13800000005", "", "3栋2单元801", "西园"),
        *(Known(new_id(), f"赵样{number}") for number in range(9)),
    ]
)


@pytest.mark.parametrize(
    ("said", "match", "who"),
    [
        (Said("欧**娜", phone="13800000003"), Match.SURE, [C]),
        (Said("欧阳*娜", door="3栋2单元601"), Match.SURE, [C]),
        (Said("欧阳**", door="3栋2单元601"), Match.DOUBTFUL, [C]),  # the surname alone, and families share the door
        (Said("欧阳**", phone="13800000003", door="3栋2单元601"), Match.SURE, [C]),
        (Said("张*三", phone="13800000001"), Match.DOUBTFUL, [A, B]),  # both of that phone may be meant
        (Said("王*", phone="13800000005"), Match.DOUBTFUL, [E]),
        (Said("王某某", phone="13800000005", door="3栋2单元801"), Match.SURE, [E]),
        (Said("王*"), Match.DOUBTFUL, [E]),  # alone it is never sure
        (Said("赵**"), Match.REFUSED, []),
        (Said("赵**", phone="13900000000"), Match.NOT_OURS, []),
        (Said("李**", door="3栋2单元801"), Match.DOUBTFUL, [E]),
        (Said("阿不都 热合曼", phone="13800000004"), Match.SURE, [D]),
        (Said("阿不都．热合曼", door="3栋2单元701", compound="西园"), Match.SURE, [D]),
        (Said("阿不都热合曼", door="3栋2单元701", compound="东园"), Match.DOUBTFUL, [D]),
        (Said("王四", door="3栋2单元801", compound="别处小区"), Match.DOUBTFUL, [E]),
    ],
)
def test_hidden_letters_dots_and_compounds_are_worth_what_they_say(said, match, who):
    found = match_line(said, HIDDEN)

    assert found.match is match
    assert list(found.candidates) == (sorted(who) if match is Match.DOUBTFUL else [])
    assert found.resident_id == (who[0] if match is Match.SURE else None)


@pytest.mark.parametrize(
    ("said", "compound"),
    [
        ("", ""),
        ("某市某区某街道东园小区", "东园"),
        ("东园", "东园"),
        ("某市某区某路100号", ""),
        ("某街道某社区", ""),
        ("别处花园", "别处花园"),
    ],
)
def test_what_stands_before_a_building_names_one_of_our_compounds_or_another_or_none(said, compound):
    assert name_compound(said, ["东园", "西园"]) == compound


@pytest.mark.parametrize(("seconds_ago", "means"), [(0, 0), (30, 0), (90, -31), (-60, 119)])
def test_a_time_without_seconds_means_the_whole_of_its_minute_as_far_as_it_has_passed(seconds_ago, means):
    assert whole_minute(NOON - timedelta(seconds=seconds_ago), NOON) == NOON + timedelta(seconds=means)


def test_what_nearly_fits_is_named():
    said = Said("张小样", phone="13800000009", identity=ZHANG, door="3栋2单元501")

    assert marks_of(said, PEOPLE.name["张小样"][0]) == (Mark.NAME, Mark.PHONE_NEAR, Mark.IDENTITY, Mark.DOOR)


@pytest.mark.parametrize("seed", range(20))
def test_whoever_is_sure_fits_in_two_ways_or_by_the_number(seed):
    chance = random.Random(seed)
    pick = {"name": ["张小样", "李样例", ""], "phone": ["13800000001", "13800000002", ""], "identity": [ZHANG, LI, ""]}
    doors = ["3栋2单元501", "3栋2单元502", ""]
    people = [
        Known(new_id(), door=chance.choice(doors), **{name: chance.choice(words) for name, words in pick.items()})
        for _each in range(6)
    ]
    said = Said(door=chance.choice(doors), **{name: chance.choice(words) for name, words in pick.items()})

    found = match_line(said, Register(people))

    if found.match is Match.SURE:
        marks = set(marks_of(said, next(person for person in people if person.id == found.resident_id)))
        assert Mark.IDENTITY in marks or (Mark.NAME in marks and marks & {Mark.PHONE, Mark.DOOR})


# Reading.


def test_lines_are_read_or_refused_by_row():
    read = read_of(
        ("1", "张 小样", ZHANG, "138 0000 0001", "3栋2单元501", "2022-04-03 08:30:15", "北门"),
        ("2", "李样例", "4.2E+17", "无", "", "2022/4/3", ""),
        ("3", "", "坏的", "", "", "", ""),
        ("4", "", "", "", "某处", "", ""),
        ("5", "王某", "", "", "", "昨天下午", ""),
        HEADER,
        ("", "", "", "", "", "", ""),
    )

    assert [line.fault for line in read] == [
        None,
        None,
        LineFault.IDENTITY_UNREADABLE,
        LineFault.NOBODY,
        LineFault.TIME_UNREADABLE,
    ]
    assert read[0].said == Said("张小样", "13800000001", ZHANG, "3栋2单元501")
    assert read[0].at.isoformat() == "2022-04-03T00:30:15+00:00"
    assert (read[1].at, read[1].day.isoformat(), read[1].row) == (None, "2022-04-03", 4)


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("2022年4月3日 08:30", "2022-04-03T00:30:00+00:00"),
        ("20220403083000", "2022-04-03T00:30:00+00:00"),
        ("44654.354166666664", "2022-04-03T00:30:00+00:00"),
        ("2022-04-03T08:30:00", "2022-04-03T00:30:00+00:00"),
    ],
)
def test_times_of_many_systems_are_read(text, at):
    found = read_time(text, "Asia/Shanghai")[0]

    assert found.replace(microsecond=0).isoformat() == at


def test_a_sheet_that_names_nobody_is_no_list():
    with pytest.raises(ListHasNoColumns):
        read_list([Sheet("x", (Line(1, ("楼栋", "人数")), Line(2, ("1栋", "3"))))], "Asia/Shanghai")


# What is recorded.


def known_round(session):
    """A round of 3栋2单元501 and 502, two people each; the first has numbers."""
    place = make_open_round(session, households=2)
    person, keys = place.residents[0], field_keys()
    person.identity_number = keys.encrypt(place.community_id, ZHANG)
    person.phone = keys.encrypt(place.community_id, "13800000001")
    names = ("张小样", "李样例", "王样例", "李样例")
    for resident, name in zip(place.residents, names, strict=True):
        resident.name = name
        session.add(resident)
    session.flush()
    return place


LINES = (
    ("1", "张小样", ZHANG, "", "", "2022-04-03 09:10", ""),
    ("2", "李样例", "", "", "", "", ""),
    ("3", "外人", LI, "", "", "", ""),
    ("4", "王样例", "", "", "3栋2单元502", "", ""),
    ("5", "张小样", ZHANG, "", "", "2022-04-01 09:10", ""),
)


def keep(session, place, *rows, now=LATER, at=None, by=None):
    sent = SentList("名单.xlsx", read_of(*(rows or LINES)), at)
    prepared = compare_list(session, place.round, sent, now=now)
    return (place.community_id, keep_list(session, place.round, prepared, by=by, now=now))


def record(session, place, key, now=LATER):
    while part := list_part(session, key):
        record_part(session, key, place.round, part, by=None, now=now)


def lines_of(session, place, key, part):
    return list_lines(session, place.round, key[1], part=part).lines


def sampled(session, place):
    session.expire_all()
    return [
        session.get_one(RosterEntry, (place.community_id, place.round.id, each.id)).sampled_at
        for each in place.residents
    ]


def test_who_is_sure_is_sampled_at_the_time_of_the_line_or_of_the_list(session):
    place = known_round(session)
    make_excuse(session, place.residents[2])

    key = keep(session, place)
    assert sampled(session, place) == [None] * 4
    record(session, place, key)

    [line] = list_lists(session, place.round)[0]
    assert (line.sure, line.doubtful, line.not_ours, line.refused, line.unrecorded) == (2, 1, 1, 1, 0)
    assert sampled(session, place) == [NOON + timedelta(minutes=70), None, LATER, None]
    total = get_coverage(session, place.round, now=LATER).total
    assert (total.roster, total.sampled, total.excused, total.missing) == (4, 2, 0, 2)
    assert {scan.source for scan in session.exec(select(Scan))} == {ScanSource.OFFICIAL}
    assert {point.id for point in list_points(session, (place.community_id, place.round.id))} == {
        place.point.id,
        place.other_point.id,
    }


def test_the_same_list_again_changes_nothing_and_another_adds_no_second_fact(session):
    place = known_round(session)
    key = keep(session, place)
    record(session, place, key)

    assert keep(session, place, now=LATER + timedelta(minutes=5)) == key
    record(session, place, key)
    other = keep(session, place, *LINES[:1], now=LATER + timedelta(minutes=9))
    record(session, place, other)

    assert other != key and count_rows(session, OfficialList) == 2
    assert count_rows(session, Scan) == 2


def test_a_doubtful_line_is_settled_by_one_tap_and_stays_settled(session):
    place = known_round(session)
    key = keep(session, place)
    [line] = lines_of(session, place, key, Part.DOUBTFUL)
    first, second = (candidate.resident_id for candidate in line.candidates)

    for _again in range(2):
        settle_line(session, key, place.round, line.number, second, by=_manager(place), now=LATER)
    with pytest.raises(LineSettled):
        settle_line(session, key, place.round, line.number, first, by=_manager(place), now=LATER)
    with pytest.raises(ListInUse):
        discard_list(session, key, place.round, by=None, now=LATER)
    later = keep(session, place, LINES[1], LINES[2])

    assert sum(at is not None for at in sampled(session, place)) == 1
    assert session.exec(select(OfficialLine.resident_id).where(OfficialLine.list_id == later[1])).all() == [
        second,
        None,
    ]


def settle_first(session, place, key, by):
    """Say that the doubtful line is the first it may be."""
    [line] = lines_of(session, place, key, Part.DOUBTFUL)
    resident_id = line.candidates[0].resident_id
    settle_line(session, key, place.round, line.number, resident_id, by=by, now=LATER)
    return line.number, resident_id


def take_back(session, place, key, number, by):
    same = list_same_lines(session, place.round, key[1], number)
    take_back_line(session, key, place.round, number, same, by=by, now=LATER)


def test_a_wrong_this_one_is_taken_back_and_the_line_waits_again(session):
    place = known_round(session)
    by, key = _manager(place), keep(session, place)
    number, wrong = settle_first(session, place, key, by)

    for _again in range(2):
        take_back(session, place, key, number, by)

    assert sampled(session, place) == [None] * 4
    [line] = lines_of(session, place, key, Part.DOUBTFUL)
    right = next(who.resident_id for who in line.candidates if who.resident_id != wrong)
    settle_line(session, key, place.round, number, right, by=by, now=LATER)
    assert [who.id for who, at in zip(place.residents, sampled(session, place), strict=True) if at] == [right]
    take_back(session, place, key, number, by)
    settle_line(session, key, place.round, number, wrong, by=by, now=LATER)
    assert [who.id for who, at in zip(place.residents, sampled(session, place), strict=True) if at] == [wrong]


def test_whom_another_line_names_stays_sampled_by_that_one(session):
    place = known_round(session)
    by, key = _manager(place), keep(session, place)
    number, wrong = settle_first(session, place, key, by)
    door = "501" if wrong == place.residents[1].id else "502"
    other = keep(session, place, ("1", "李样例", "", "", f"3栋2单元{door}", "2022-04-03 09:10", ""))
    record(session, place, other)

    take_back(session, place, key, number, by)

    assert [at for at in sampled(session, place) if at] == [NOON + timedelta(minutes=70)]


def test_what_was_said_of_a_line_is_taken_back_in_every_list_that_has_it(session):
    place = known_round(session)
    by, key = _manager(place), keep(session, place)
    number, _wrong = settle_first(session, place, key, by)
    later = keep(session, place, LINES[1], LINES[2])
    record(session, place, later)

    take_back(session, place, later, 3, by)

    assert sampled(session, place) == [None] * 4
    assert [len(lines_of(session, place, each, Part.DOUBTFUL)) for each in (key, later)] == [1, 1]
    assert lines_of(session, place, key, Part.SETTLED) == () and number == 4


def test_what_was_taken_back_while_a_list_was_compared_is_asked_again(session):
    place = known_round(session)
    by, key = _manager(place), keep(session, place)
    number, _wrong = settle_first(session, place, key, by)
    prepared = compare_list(session, place.round, SentList("名单.xlsx", read_of(LINES[1], LINES[2])), now=LATER)
    take_back(session, place, key, number, by)

    later = (place.community_id, keep_list(session, place.round, prepared, by=None, now=LATER))
    record(session, place, later)

    assert sampled(session, place) == [None] * 4
    assert [line.number for line in lines_of(session, place, later, Part.DOUBTFUL)] == [3]


@contextmanager
def meanwhile(deed):
    """`deed(session)` begins while the block's transaction is open and holds what it wants. What it raised, or nothing."""
    raised = []

    def run():
        try:
            with transaction() as session:
                deed(session)
        except DomainError as refusal:
            raised.append(type(refusal))

    with transaction() as session:
        yield session, raised
        other = threading.Thread(target=run)
        other.start()
        other.join(0.3)
        assert other.is_alive()  # it waits
    other.join(10)


@pytest.mark.postgres
@pytest.mark.parametrize("database_kind", ["postgresql"])
def test_what_is_recorded_is_neither_discarded_nor_taken_back_under_somebodys_hands(database, clock):
    with transaction() as session:
        place = known_round(session)
        key, who = keep(session, place), place.residents[0].id
        part = list_part(session, key)

    with meanwhile(lambda other: discard_list(other, key, place.round, by=None, now=LATER)) as (session, raised):
        record_part(session, key, place.round, part, by=None, now=LATER)
    assert raised == [ListInUse]

    with meanwhile(lambda other: record_fact(other, place.round, who, LATER, by=None, now=LATER)) as (session, _raised):
        undo_fact(session, place.round, fact_id(place.round.id, who), by=None, now=LATER)
    with transaction() as session:
        assert sampled(session, place)[0] == LATER


def _manager(place):
    return Principal(place.community_id, (Area(Role.MANAGER),), account_id=new_id())


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_times_outside_of_the_round_are_refused(session):
    place = known_round(session)
    place.round.closed_at = NOON + timedelta(hours=1)

    with pytest.raises(ListTimeWrong):
        keep(session, place, at=NOON + timedelta(hours=1))
    key = keep(session, place, LINES[3], ("1", "张小样", ZHANG, "", "", "2022-04-03", ""), LINES[0])
    record(session, place, key)

    last = NOON + timedelta(hours=1, seconds=-1)
    assert sampled(session, place) == [last, None, last, None]
    assert [line.fault for line in lines_of(session, place, key, Part.REFUSED)] == [LineFault.NOT_OPEN]
    place.round.opened_at = None
    with pytest.raises(RoundNeverOpened):
        keep(session, place)


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_nobody_is_recorded_in_a_round_that_was_called_off_meanwhile(session):
    place = known_round(session)
    key = keep(session, place)
    [line] = lines_of(session, place, key, Part.DOUBTFUL)
    place.round.state = RoundState.CANCELLED

    with pytest.raises(RoundNeverOpened):
        record(session, place, key)
    with pytest.raises(RoundNeverOpened):
        someone = line.candidates[0].resident_id
        settle_line(session, key, place.round, line.number, someone, by=_manager(place), now=LATER)
    assert count_rows(session, Scan) == 0


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_a_line_is_nobody_who_is_gone_since(session):
    """The import that brought them was taken back while the list waited."""
    place = known_round(session)
    key = keep(session, place)
    [line] = lines_of(session, place, key, Part.DOUBTFUL)
    gone = session.get_one(Resident, (place.community_id, line.candidates[0].resident_id))
    session.delete(session.get_one(RosterEntry, (place.community_id, place.round.id, gone.id)))
    session.flush()
    session.delete(gone)
    session.flush()

    with pytest.raises(LineNotFound):
        settle_line(session, key, place.round, line.number, gone.id, by=_manager(place), now=LATER)


# Pages.


@pytest.fixture
def place(app, clock):
    clock.advance(hours=2)
    with transaction() as session:
        return known_round(session)


def csrf(client):
    return re.search(r'csrf_token" value="([^"]+)', client.get("/account").text)[1]


def upload(client, place, content, name="名单.xlsx", **facts):
    data = {"csrf_token": csrf(client), "file": (io.BytesIO(content), name), **facts}
    return client.post(f"/rounds/{place.round.id}/official", data=data, follow_redirects=True)


def test_from_the_workbook_to_the_ledger(place, signed_in):
    manager = signed_in(Role.MANAGER, place.community_id)

    page = upload(manager, place, make_xlsx([HEADER, *LINES])).text
    assert "2 lines are sure and not recorded yet" in page and ZHANG not in page and "张小样" not in page
    record_it, settle_it = (re.findall(rf'action="(/rounds/[^"]+/{end})"', page)[0] for end in ("record", r"\d+"))
    [resident, *_others] = re.findall(r'name="resident" value="([^"]+)', page)
    token = {"csrf_token": csrf(manager)}
    recorded = manager.post(record_it, data=token, follow_redirects=True).text
    settled = manager.post(settle_it, data={**token, "resident": resident}, follow_redirects=True).text

    assert "All who are sure are recorded" in recorded
    assert "Recorded as sampled" in settled and "Looked at (1)" in settled
    with reading() as session:
        assert get_coverage(session, place.round, now=LATER).total.sampled == 3


def test_bad_files_are_refused_in_one_sentence(place, signed_in):
    manager = signed_in(Role.MANAGER, place.community_id)

    answers = [
        upload(manager, place, b"", "x.xlsx"),
        upload(manager, place, b"PK\x03\x04 broken", "x.xlsx"),
        upload(manager, place, "楼栋,人数\n1栋,3\n".encode(), "x.csv"),
        upload(manager, place, "姓名,证件号码\n".encode(), "x.csv"),
        upload(manager, place, make_xlsx([HEADER, *LINES]), at="2001-01-01T08:00"),
        manager.post(f"/rounds/{place.round.id}/official", data={"csrf_token": csrf(manager)}),
    ]

    assert [answer.status_code for answer in answers] == [422] * 6
    assert all('role="alert"' in answer.text for answer in answers)
    with reading() as session:
        assert count_rows(session, OfficialList) == 0


def test_a_long_list_is_read_and_recorded_by_the_worker(place, signed_in, monkeypatch):
    monkeypatch.setattr(files, "LONG", 10)
    monkeypatch.setattr(official_jobs, "AT_ONCE", 1)
    manager = signed_in(Role.MANAGER, place.community_id)

    waiting = upload(manager, place, make_xlsx([HEADER, *LINES]))
    assert "Waiting for its turn" in waiting.text
    work()
    page = manager.get(waiting.request.path, follow_redirects=True).text
    record_it = re.findall(r'action="(/rounds/[^"]+/record)"', page)[0]
    waiting = manager.post(record_it, data={"csrf_token": csrf(manager)}, follow_redirects=True)
    work()

    assert "All who are sure are recorded" in manager.get(waiting.request.path, follow_redirects=True).text
    with reading() as session:
        assert get_coverage(session, place.round, now=LATER).total.sampled == 2
        assert count_rows(session, RosterUpload) == 0


def work():
    works = {each.kind: each for each in official_jobs.WORKS}
    do_request(works[(request := take_request(works, now=LATER)).kind], request)


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"PK\x03\x04 broken", "damaged"), ("楼栋,人数\n1栋,3\n".encode(), "No line with known column headers")],
)
def test_why_a_long_list_cannot_be_read_stands_on_its_page(place, signed_in, monkeypatch, content, words):
    monkeypatch.setattr(files, "LONG", 10)
    manager = signed_in(Role.MANAGER, place.community_id)

    waiting = upload(manager, place, content, "x.csv")
    work()
    page = manager.get(waiting.request.path)

    assert page.status_code == 200 and words in page.text and "Choose the file again" in page.text


def test_a_list_half_written_when_the_worker_died_is_shown_to_nobody_and_goes_on(place, signed_in, monkeypatch):
    monkeypatch.setattr(reading_room, "PART_KEPT", 2)
    manager = signed_in(Role.MANAGER, place.community_id)
    with reading() as session:
        sent = SentList("名单.xlsx", read_of(*LINES))
        prepared = compare_list(session, place.round, sent, now=LATER)
    with transaction() as session:
        keep_part(session, place.round, prepared, 0, by=None, now=LATER)

    url = f"/rounds/{place.round.id}/official"
    assert manager.get(f"{url}/{prepared.id}").status_code == 404
    assert "名单.xlsx" not in manager.get(url).text
    with transaction() as session:
        keep_list(session, place.round, prepared, by=None, now=LATER)
        discard_half_kept(session, now=LATER + timedelta(days=2))
    assert "2 lines are sure" in manager.get(f"{url}/{prepared.id}").text


def test_another_communitys_round_and_list_are_not_found(place, signed_in):
    with transaction() as session:
        key = keep(session, place)
        stranger = make_community(session).id
    manager = signed_in(Role.MANAGER, stranger)
    start, token = f"/rounds/{place.round.id}/official", {"csrf_token": csrf(manager)}

    answers = [manager.get(start), manager.get(f"{start}/{key[1]}")]
    answers += [manager.post(f"{start}/{key[1]}/{end}", data=token) for end in ("record", "discard", "4", "4/undo")]
    answers.append(manager.get(f"{start}/work/{key[1]}"))

    assert [answer.status_code for answer in answers] == [404] * 7


def test_a_line_of_a_number_that_no_database_holds_is_not_found(place, signed_in):
    with transaction() as session:
        key = keep(session, place)
    manager = signed_in(Role.MANAGER, place.community_id)
    start, token = f"/rounds/{place.round.id}/official/{key[1]}", {"csrf_token": csrf(manager)}

    assert [manager.post(f"{start}/{number}", data=token).status_code for number in (2**31, 10**30)] == [404, 404]
