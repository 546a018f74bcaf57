"""Lists on paper: who stands on them, and what their ticks become."""

import re
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

import pytest
from sqlmodel import col, select

from accounts.models import AuditEntry
from accounts.rules import Role
from bulou.database import reading, transaction
from checkin.errors import (
    NobodyOnSheet,
    PointNotYours,
    SheetNotFound,
    TicketNotFound,
    WrittenTimeAhead,
    WrittenTimeUnreadable,
)
from checkin.models import PaperSheet, Scan
from checkin.paper_forms import read_time
from checkin.queries.paper import find_sheet_by_code, people_of_building, people_of_slot, read_grid, read_people
from checkin.rules import Outcome, ScanKind, ScanSource
from checkin.rules.paper import (
    Change,
    Entered,
    SheetFacts,
    SheetKind,
    Wanted,
    fill_times,
    judge_box,
    sheet_code,
    sheet_id,
    written_at,
)
from checkin.sheets.paper import PaperHead, PaperList, PaperRow, paper_lists_pdf
from checkin.usecases import paper
from checkin.usecases.paper import TypedBox, TypedSheet, TypedWalkIn, make_sheet, save_sheet
from checkin.usecases.tickets import reissue_ticket
from registry.rules import NeedKind
from scheduling.models import RosterEntry
from tests.checkin.factories import make_entry, make_excuse, make_need, make_open_round, make_ticket, registrar
from tests.factories import NOON, count_rows, make_household, make_resident
from tests.paper import HOSTILE_NAMES, letters, page_texts, reader
from tests.test_routes import csrf_token

NOW = NOON + timedelta(hours=3)
EIGHT = time(8, 0)  # on the wall, when the slot of the factories begins
TODAY = date(2022, 4, 3)
SHEET, PERSON = UUID(int=1), UUID(int=2)


# Rules.


def entered(**facts) -> Entered:
    return Entered(**{"scan_id": UUID(int=9), "at": NOON, "times": 0, "counts": True, "is_undone": False, **facts})


def wanted(**facts) -> Wanted:
    return Wanted(**{"is_ticked": True, "seen": 1, "at": NOON, **facts})


@pytest.mark.parametrize(
    ("box", "before", "change"),
    [
        (wanted(seen=0), None, Change(times=0)),
        (wanted(seen=0, is_ticked=False), None, Change()),
        (wanted(), entered(), Change()),  # saved again
        (wanted(seen=0), entered(), Change()),  # an old page, saved again
        (wanted(is_ticked=False), entered(), Change(undoes=UUID(int=9))),
        (wanted(is_ticked=False, seen=0), entered(), Change(is_late=True)),  # somebody else ticked it meanwhile
        (wanted(seen=0), entered(is_undone=True), Change(is_late=True)),  # and took it back again
        (wanted(seen=2), entered(is_undone=True), Change(times=1)),
        (wanted(at=NOON + timedelta(minutes=5)), entered(), Change(undoes=UUID(int=9), times=1)),
        (wanted(override="样例"), entered(counts=False), Change(times=1)),
        (wanted(override="样例"), entered(), Change()),
    ],
)
def test_a_page_changes_only_what_it_has_seen(box, before, change):
    assert judge_box(box, before) == change


def test_an_empty_time_is_as_above():
    written = [None, time(8, 10), None, time(8, 20), None]

    assert fill_times(written, EIGHT) == [EIGHT, time(8, 10), time(8, 10), time(8, 20), time(8, 20)]


def test_after_midnight_in_a_slot_of_the_evening_is_the_next_day():
    evening = datetime(2022, 4, 3, 15, 30, tzinfo=UTC)  # 23:30 in Shanghai

    at = written_at(TODAY, time(0, 15), "Asia/Shanghai", starts_at=evening)

    assert at == datetime(2022, 4, 3, 16, 15, tzinfo=UTC)
    assert written_at(TODAY, time(0, 15), "Asia/Shanghai") == at - timedelta(days=1)


@pytest.mark.parametrize("typed", ["9:05", "09:05", "905", "0905", "9.05", "9：05", "9点05分"])
def test_a_time_is_read_as_people_write_it(typed):
    assert read_time(typed, "") == time(9, 5)


@pytest.mark.parametrize("typed", ["25:00", "9:75", "nine", "9", "-1:05"])
def test_what_is_no_time_is_refused_with_its_line(typed):
    with pytest.raises(WrittenTimeUnreadable) as refusal:
        read_time(typed, "Line 7")

    assert "Line 7" in refusal.value.sentence
    assert read_time("", "") is read_time("″", "") is None


def test_the_code_of_a_sheet_follows_from_what_stands_on_it():
    facts = SheetFacts(UUID(int=3), SheetKind.LANE, UUID(int=4), NOON, 1, (SHEET, PERSON))
    other = SheetFacts(UUID(int=3), SheetKind.LANE, UUID(int=4), NOON, 1, (PERSON, SHEET))

    assert sheet_id(facts) == sheet_id(facts) != sheet_id(other)
    assert len(sheet_code(sheet_id(facts))) == 6


def test_a_sheet_whose_code_another_one_has_gets_the_next(session, monkeypatch):
    monkeypatch.setattr(paper, "sheet_code", lambda id_, turn: sheet_code(id_, turn) if turn else "AAAAAA")
    place = make_open_round(session, households=2)

    lane = make_lane(session, place)
    facts = SheetFacts(place.round.id, SheetKind.DOORS, place.building.id, None, 1, tuple(map(UUID, lane.residents)))
    doors = make_sheet(session, place.round, facts, now=NOON)

    assert lane.code == "AAAAAA" != doors.code
    assert make_sheet(session, place.round, facts, now=NOON).code == doors.code


# Saving.


def make_lane(session, place) -> PaperSheet:
    people = tuple(people_of_slot(session, place.round, place.point.id, NOON))
    facts = SheetFacts(place.round.id, SheetKind.LANE, place.point.id, NOON, 1, people)
    return make_sheet(session, place.round, facts, ends_at=NOON + timedelta(minutes=30), now=NOON)


def type_sheet(session, place, sheet, ticks, **facts) -> TypedSheet:
    """The page as it stands, with these people ticked and nobody else; `ticks`: resident → time or None."""
    rows = read_grid(session, place.round, sheet, now=NOW)
    accept = facts.pop("accept", {})
    boxes = {
        row.person.id: TypedBox(
            row.person.id in ticks, row.seen, ticks.get(row.person.id), accept.get(row.person.id, "")
        )
        for row in rows
    }
    return TypedSheet(**{"day": TODAY, "first": EIGHT, "point_id": None, "boxes": boxes, **facts})


def save(session, place, sheet, typed, **area):
    return save_sheet(session, place.round, sheet.id, typed, by=registrar(place, **area), now=NOW)


def sampled(session, place) -> dict[UUID, datetime]:
    session.expire_all()
    rows = session.exec(select(RosterEntry).where(RosterEntry.round_id == place.round.id))
    return {row.resident_id: row.sampled_at for row in rows if row.sampled_at}


def test_ticks_count_at_the_time_written(session):
    place = make_open_round(session, households=2)
    one, two, three, _four = (resident.id for resident in place.residents)
    sheet = make_lane(session, place)

    saved = save(session, place, sheet, type_sheet(session, place, sheet, {one: None, two: time(8, 20), three: None}))

    twenty = NOON + timedelta(minutes=20)
    assert saved.sampled == 3
    assert sampled(session, place) == {one: NOON, two: twenty, three: twenty}
    scan = session.exec(select(Scan).where(Scan.resident_id == two)).one()
    assert (scan.source, scan.scanned_at, scan.received_at, scan.plan_version) == (ScanSource.PAPER, twenty, NOW, 1)


def test_a_sheet_saved_twice_and_a_stale_page_change_nothing(session):
    place = make_open_round(session, households=2)
    one, two, three, _four = (resident.id for resident in place.residents)
    sheet = make_lane(session, place)
    early = type_sheet(session, place, sheet, {one: None})
    save(session, place, sheet, early)
    later = type_sheet(session, place, sheet, {two: None, three: None})  # takes one back
    first = save(session, place, sheet, later)
    before = (sampled(session, place), count_rows(session, Scan))

    again, stale = save(session, place, sheet, later), save(session, place, sheet, early)

    assert (first.taken_back, first.sampled) == (1, 2)
    assert (again.taken_back, again.sampled, stale.sampled) == (0, 0, 0)
    assert stale.late == 3  # one is not ticked again, two and three are not taken back
    assert (sampled(session, place), count_rows(session, Scan)) == before


def test_a_corrected_time_takes_the_place_of_the_first(session):
    place = make_open_round(session)
    one = place.residents[0].id
    sheet = make_lane(session, place)
    save(session, place, sheet, type_sheet(session, place, sheet, {one: time(8, 10)}))

    save(session, place, sheet, type_sheet(session, place, sheet, {one: time(8, 25)}))

    assert sampled(session, place) == {one: NOON + timedelta(minutes=25)}
    assert [scan.kind for scan in session.exec(select(Scan))].count(ScanKind.UNDO) == 1


def test_what_does_not_count_is_shown_and_accepted_anyway(session):
    place = make_open_round(session)
    excused, other = place.residents
    make_excuse(session, excused)
    sheet = make_lane(session, place)
    ticks = {excused.id: None, other.id: None}

    first = save(session, place, sheet, type_sheet(session, place, sheet, ticks))

    row = read_grid(session, place.round, sheet, now=NOW)[0]
    assert (first.sampled, first.to_look_at, row.problem) == (1, 1, Outcome.EXCUSED)
    accepted = type_sheet(session, place, sheet, ticks, accept={excused.id: "纸质名单上如此"})
    assert save(session, place, sheet, accepted).sampled == 1
    assert save(session, place, sheet, accepted).sampled == 0
    assert set(sampled(session, place)) == set(ticks)
    assert read_grid(session, place.round, sheet, now=NOW)[0].problem is None


def test_who_was_scanned_before_is_shown_and_stays_sampled_then(session):
    place = make_open_round(session)
    one, two = place.residents
    entry = session.get_one(RosterEntry, (place.community_id, place.round.id, one.id))
    entry.sampled_at, entry.sampled_scan_id = NOON, UUID(int=7)
    session.add(entry)
    session.flush()
    sheet = make_lane(session, place)

    rows = read_grid(session, place.round, sheet, now=NOW)

    assert [(row.person.id, row.sampled_elsewhere_at, row.is_ticked) for row in rows] == [
        (one.id, NOON, False),
        (two.id, None, False),
    ]


@pytest.mark.parametrize("door", ["3-2-601", "CODE"])
def test_a_walk_in_is_found_by_door_or_code_and_then_stands_on_the_list(session, door):
    place = make_open_round(session)
    stranger = make_resident(session, make_household(session, place.unit, "601"), name="王样例")
    make_entry(session, place, stranger, cohort_id=None)
    ticket = make_ticket(session, place, stranger)
    sheet = make_lane(session, place)
    sheet.residents = [id_ for id_ in sheet.residents if id_ != str(stranger.id)]
    walk_in = TypedWalkIn(1, ticket.code if door == "CODE" else door, "", time(8, 30))
    typed = type_sheet(session, place, sheet, {}, walk_ins=[walk_in])

    saved, again = save(session, place, sheet, typed), save(session, place, sheet, typed)

    assert (saved.sampled, saved.unread, again.sampled) == (1, [], 0)
    assert sampled(session, place) == {stranger.id: NOON + timedelta(minutes=30)}
    last = read_grid(session, place.round, sheet, now=NOW)[-1]
    assert (last.person.id, last.is_walk_in, last.is_ticked, last.number) == (stranger.id, True, True, 3)


def test_a_walk_in_who_is_not_clear_is_given_back_and_the_rest_is_saved(session):
    place = make_open_round(session)
    one = place.residents[0].id
    sheet = make_lane(session, place)
    lines = [TypedWalkIn(1, "3-2-501", "", None), TypedWalkIn(2, "9-9-901", "", None)]

    saved = save(session, place, sheet, type_sheet(session, place, sheet, {one: None}, walk_ins=lines))

    assert [(unread.walk_in.line, unread.is_several) for unread in saved.unread] == [(1, True), (2, False)]
    assert set(sampled(session, place)) == {one}


def test_a_time_that_has_not_come_is_refused_with_its_line_and_nothing_is_kept(session):
    place = make_open_round(session)
    one, two = (resident.id for resident in place.residents)
    sheet = make_lane(session, place)
    typed = type_sheet(session, place, sheet, {one: None, two: time(18, 40)})

    with pytest.raises(WrittenTimeAhead) as refusal:
        save(session, place, sheet, typed)

    assert "2" in refusal.value.sentence and "18:40" in refusal.value.sentence
    assert count_rows(session, Scan) == 0


def test_staff_of_another_point_may_not_type_a_list_in(session):
    place = make_open_round(session)
    sheet = make_lane(session, place)
    typed = type_sheet(session, place, sheet, {place.residents[0].id: None})

    with pytest.raises(PointNotYours):
        save(session, place, sheet, typed, point_id=place.other_point.id)


def test_who_left_before_tickets_were_given_out_is_typed_in_all_the_same(session):
    place = make_open_round(session, members=1)
    sheet, one = make_lane(session, place), place.residents[0]
    typed = type_sheet(session, place, sheet, {one.id: None})
    one.left_at = NOON
    session.add(one)
    session.flush()

    assert save(session, place, sheet, typed).sampled == 1
    assert save(session, place, sheet, typed).sampled == 0
    assert set(sampled(session, place)) == {one.id}


def test_who_is_gone_from_the_registry_since_is_left_alone(session):
    """The import that brought them was taken back while the list was out."""
    place = make_open_round(session)
    sheet, (one, two) = make_lane(session, place), place.residents
    typed = type_sheet(session, place, sheet, {one.id: None, two.id: None})
    session.delete(session.get_one(RosterEntry, (place.community_id, place.round.id, one.id)))
    session.flush()
    session.delete(one)
    session.flush()

    saved = save(session, place, sheet, typed)

    assert (saved.sampled, set(sampled(session, place))) == (1, {two.id})


@pytest.mark.parametrize("database_kind", [pytest.param("postgresql", marks=pytest.mark.postgres)])
@pytest.mark.parametrize("typed", ["", "\0", "ÄÖÜ.1", "0" * 100_000])
def test_what_is_no_code_of_a_sheet_is_not_found(session, typed):
    place = make_open_round(session)

    with pytest.raises(SheetNotFound):
        find_sheet_by_code(session, place.round, typed)
    with pytest.raises(TicketNotFound):
        reissue_ticket(session, typed, place.campaign.id, now=NOON)


def test_printed_again_it_is_the_same_sheet_and_an_empty_one_is_refused(session):
    place = make_open_round(session)

    assert make_lane(session, place).id == make_lane(session, place).id
    assert count_rows(session, PaperSheet) == 1
    with pytest.raises(NobodyOnSheet):
        make_sheet(session, place.round, SheetFacts(place.round.id, SheetKind.DOORS, UUID(int=5), None, 1, ()), now=NOW)


def test_doors_follow_the_floors(session):
    place = make_open_round(session, households=0)
    for door in ("1201", "301", "1002", "302"):
        make_entry(session, place, make_resident(session, make_household(session, place.unit, door), name=door))
    bed = make_resident(session, make_household(session, place.unit, "401"), name="401")
    make_entry(session, place, bed, cohort_id=None, is_doorstep=True)

    everybody = people_of_building(session, place.round, place.building.id)

    rows = read_grid(session, place.round, make_lane(session, place), now=NOW)
    assert [row.person.room for row in rows] == ["301", "302", "1002", "1201"]
    assert everybody[2] == bed.id
    assert people_of_building(session, place.round, place.building.id, only_doorstep=True) == [bed.id]


# The sheets.

HEAD = PaperHead("样例社区", "全员检测演练 第一轮", 2, NOON)


def make_list(count: int, **facts) -> PaperList:
    rows = [PaperRow("3栋2单元", str(n // 3), f"3栋2单元{n // 3}01", f"赵*{n}") for n in range(count)]
    given = {"kind": SheetKind.LANE, "title": "北门", "code": "K7Q2MX", "rows": rows, "starts_at": NOON, "ends_at": NOW}
    return PaperList(**{**given, **facts})


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_list_says_on_each_page_what_it_is_and_where_it_is_found(language):
    with reader(language):
        pages = page_texts(paper_lists_pdf([make_list(60), make_list(3, title="3栋", code="8WXYZ2")], HEAD))

    assert len(pages) == 4
    for number, page in enumerate(pages[:3], start=1):
        assert f"北门{number}/3" in letters(page)
        assert page.count("K7Q2MX") == 2 and "08:00–11:00" in page
    assert "3栋1/1" in letters(pages[3]) and "8WXYZ2" in pages[3]
    assert "3栋2单元" in letters(pages[1].split("赵*", 1)[0])  # the group is said again on the next page
    assert letters("安排表第2版" if language == "zh" else "Plan version 2") in letters(pages[0])


def test_the_mark_of_the_green_lane_is_a_word_and_never_its_reason():
    rows = [PaperRow("", "1", "501", "赵*", is_green=True), PaperRow("", "1", "501", "钱*")]

    with reader("zh"):
        (page,) = page_texts(paper_lists_pdf([make_list(0, rows=rows)], HEAD))
        (plain,) = page_texts(paper_lists_pdf([make_list(0, rows=rows[1:])], HEAD))

    assert "绿" in page and "绿色通道" in letters(page)
    assert "绿" not in plain
    assert not any(word in page for word in ("孕", "体弱", "透析", "婴"))


def test_hostile_names_stay_on_their_lines():
    rows = [PaperRow(name, name, name, name, is_green=True, note="已检") for name in HOSTILE_NAMES]

    pages = page_texts(paper_lists_pdf([make_list(0, rows=rows, title=HOSTILE_NAMES[-1])], HEAD))

    assert len(pages) == 2
    assert all(letters(name)[:6] in letters("".join(pages)) for name in HOSTILE_NAMES)


# The pages.


@pytest.fixture
def database_kind() -> str:
    """What differs between the kinds is recorded above all by scans, which are tried on both elsewhere."""
    return "sqlite"


def test_full_names_are_for_those_who_may_and_are_noted(app, signed_in, clock):
    with transaction() as session:
        place = make_open_round(session)
        make_need(session, place.residents[0], NeedKind.PREGNANT)
    url = f"/rounds/{place.round.id}/paper/doors.pdf?building={place.building.id}"
    manager, lead = signed_in(Role.MANAGER, place.community_id), signed_in(Role.POINT_LEAD, place.community_id)

    masked, full = page_texts(manager.get(url).data)[0], page_texts(manager.get(url + "&names=full").data)[0]

    assert "张*样" in masked and "张小样" not in masked
    assert "张小样" in full
    assert lead.get(url + "&names=full").status_code == 403
    assert signed_in(Role.REGISTRAR, place.community_id).get(url).status_code == 403
    with reading() as session:
        noted = session.exec(select(AuditEntry).where(col(AuditEntry.action) == "paper.printed")).all()
        assert [entry.facts["names"] for entry in noted] == ["masked", "full"]


def post(client, address: str, **fields):
    return client.post(address, data={"csrf_token": csrf_token(client), **fields})


def test_a_list_is_found_by_its_code_only_in_its_own_round_and_community(app, signed_in, clock):
    with transaction() as session:
        place, other = make_open_round(session), make_open_round(session)
        code = make_lane(session, place).code
    mine, theirs = signed_in(Role.REGISTRAR, place.community_id), signed_in(Role.MANAGER, other.community_id)

    found = post(mine, f"/rounds/{place.round.id}/paper/open", code=f" {code.lower()}.2 ")

    assert found.status_code == 302
    assert mine.get(found.location).status_code == 200
    assert theirs.get(found.location).status_code == 404
    assert post(theirs, f"/rounds/{other.round.id}/paper/open", code=code).status_code == 404
    missed = post(mine, f"/rounds/{place.round.id}/paper/open", code="ZZ99ZZ")
    assert missed.status_code == 404 and 'value="ZZ99ZZ" required aria-invalid="true"' in missed.text


def test_what_cannot_be_read_comes_back_as_it_was_typed(app, signed_in, clock):
    with transaction() as session:
        place = make_open_round(session)
        sheet = make_lane(session, place)
    client, one = signed_in(Role.REGISTRAR, place.community_id), place.residents[0].id
    typed = {"day": "2022-04-03", "first": "8:00", f"seen-{one}": "0", f"tick-{one}": "1", f"time-{one}": "8:99"}

    page = post(client, f"/rounds/{place.round.id}/paper/{sheet.id}", **{**typed, "door-1": "3-2-999"})

    two = {**typed, f"seen-{place.residents[1].id}": "0", f"time-{place.residents[1].id}": "25:00"}
    assert "Lines 1, 2:" in post(client, f"/rounds/{place.round.id}/paper/{sheet.id}", **two).text
    assert page.status_code == 422
    assert "Line 1" in page.text and 'value="8:99"' in page.text and 'value="3-2-999"' in page.text
    assert "checked" in page.text


def test_a_door_sheet_keeps_its_point_and_time_after_a_mistake_and_when_it_is_opened_again(app, signed_in, clock):
    with transaction() as session:
        place = make_open_round(session)
        people = tuple(resident.id for resident in place.residents)
        facts = SheetFacts(place.round.id, SheetKind.DOORS, place.building.id, None, 1, people)
        sheet = make_sheet(session, place.round, facts, now=NOON)
    clock.advance(hours=3)
    client, one = signed_in(Role.REGISTRAR, place.community_id), people[0]
    address, point = f"/rounds/{place.round.id}/paper/{sheet.id}", str(place.point.id)
    typed = {"day": "2022-04-03", "first": "8:10", "point": point, f"seen-{one}": "0", f"tick-{one}": "1"}
    chosen = f'<option value="{point}" selected>'

    fresh = client.get(address)
    wrong = post(client, address, **{**typed, f"time-{one}": "8:99"})
    unread = post(client, address, **{**typed, "door-1": "3-2-999"})
    again = client.get(address)

    assert (fresh.status_code, wrong.status_code, unread.status_code) == (200, 422, 200)
    assert chosen not in fresh.text
    assert all(chosen in page.text for page in (wrong, unread, again))
    assert re.search(r'name="first"[^>]*value="08:10"|value="08:10"[^>]*name="first"', again.text)


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_of_one_door_equal_masked_names_are_told_apart_by_their_number(session):
    place = make_open_round(session)
    people = place.residents[:2]
    for resident, name in zip(people, ("朱一月", "朱二月"), strict=True):
        resident.name = name
    session.flush()
    ids = [resident.id for resident in people]

    alike, alone = (
        read_people(session, place.round, ids, now=NOON),
        read_people(session, place.round, ids[:1], now=NOON),
    )
    full = read_people(session, place.round, ids, now=NOON, is_full=True)

    assert len({alike[id_].name for id_ in ids}) == 2 and all(one.name.startswith("朱*月 ") for one in alike.values())
    assert alone[ids[0]].name == "朱*月"
    assert [full[id_].name for id_ in ids] == ["朱一月", "朱二月"]


def test_a_lane_list_that_is_opened_again_has_the_time_that_was_typed(app, signed_in, clock):
    with transaction() as session:
        place = make_open_round(session)
        sheet = make_lane(session, place)
    clock.advance(hours=3)
    client, one = signed_in(Role.REGISTRAR, place.community_id), place.residents[0].id
    address = f"/rounds/{place.round.id}/paper/{sheet.id}"
    begins = re.search(r'name="first"[^>]*value="([^"]*)"', client.get(address).text)[1]

    typed = {"day": "2022-04-03", f"seen-{one}": "0", f"tick-{one}": "1"}
    saved = post(client, address, **typed, first="0817")
    again = client.get(address).text

    assert saved.status_code == 302 and begins != "08:17"
    assert re.search(r'name="first"[^>]*value="([^"]*)"', again)[1] == "08:17"


def test_numbers_of_lines_that_no_page_has_are_passed_over(app, signed_in, clock):
    with transaction() as session:
        place = make_open_round(session)
        sheet = make_lane(session, place)
    client = signed_in(Role.REGISTRAR, place.community_id)
    typed = {"day": "2022-04-03", "first": "8:99", "door-²": "x", f"door-{'9' * 5000}": "x", "door-7": "3-2-999"}

    page = post(client, f"/rounds/{place.round.id}/paper/{sheet.id}", **typed)

    assert page.status_code == 422
    assert 'value="3-2-999"' in page.text


def test_staff_of_another_point_neither_see_a_list_nor_mark_it_as_typed_in(app, signed_in, clock):
    with transaction() as session:
        place = make_open_round(session)
        sheet = make_lane(session, place)
    client = signed_in(Role.REGISTRAR, place.community_id, round_id=place.round.id, point_id=place.other_point.id)
    address = f"/rounds/{place.round.id}/paper/{sheet.id}"

    nothing = post(client, address, day="2022-04-03", first="8:00")
    unread = post(client, address, day="2022-04-03", first="8:99")

    assert (nothing.status_code, unread.status_code) == (403, 403)
    with reading() as session:
        assert session.get_one(PaperSheet, (place.community_id, sheet.id)).entered_at is None
