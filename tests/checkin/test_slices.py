"""What phones hold of their point: whole at first, then what changed. Base and deltas together are always the whole."""

import json
import random
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from sqlmodel import col, select

from bulou.crypto import field_keys
from bulou.database import StoreBusy, database, reading, transaction
from bulou.ids import new_id
from checkin.errors import DeviceCodeNotValid, SliceGone
from checkin.models import Device, SliceMark, Ticket
from checkin.queries.slices import _MERGED_HOME_TICKETS, _MERGED_TICKETS, id_of
from checkin.rules import ScanKind
from checkin.rules.slices import Called, Chosen, choose_households, keep_room, last_digits, read_cursor, ticket_hash
from checkin.usecases import record_scan
from checkin.usecases.devices import enrol_with_code
from checkin.usecases.slices import Slices
from registry.models import Building, Excuse, Household, NeedFlag, Resident
from registry.rules import ExcuseState, NeedKind
from scheduling.models import Cohort, RosterEntry, Round
from tests.checkin.factories import (
    make_entry,
    make_excuse,
    make_need,
    make_open_round,
    make_plan,
    make_ticket,
    registrar,
    scan_of,
)
from tests.checkin.phones import rows_of
from tests.checkin.test_devices import Field
from tests.factories import NOON, make_resident

ON_SQLITE = pytest.mark.parametrize("database_kind", ["sqlite"])
CANARY = "卡纳里样例"


@dataclass
class Held:
    """What a phone has: it replaces all, or takes in what changed."""

    cursor: str | None = None
    households: dict = field(default_factory=dict)

    def take(self, told):
        if told.is_complete:
            self.households = {}
        for each in map(json.loads, told.households):
            self.households[each["id"]] = each
        for gone in told.gone:
            self.households.pop(str(gone), None)
        self.cursor = told.cursor


@pytest.fixture
def place(database, clock):
    with transaction() as session:
        place = make_open_round(session, households=4)
        for resident in place.residents:
            make_ticket(session, place, resident)
        return place


class Changes:
    """Everything that somebody may change about the people of a point."""

    def __init__(self, place, seed, now):
        self.place, self.dice, self.now = place, random.Random(seed), now
        self.kinds = [name for name in dir(self) if name.startswith("change_")]

    def make_one(self):
        kind = self.dice.choice(self.kinds)
        with transaction() as session:
            getattr(self, kind)(session)
        return kind

    def some(self, session, table, *which):
        rows = session.exec(select(table).where(*which).order_by(*table.__table__.primary_key)).all()
        return self.dice.choice(rows) if rows else None

    def person(self, session):
        return self.some(session, Resident, col(Resident.left_at).is_(None), col(Resident.merged_into).is_(None))

    def change_name(self, session):
        self.person(session).name = self.dice.choice(["王样例", None, "李样例"])

    def change_phone(self, session):
        number = str(self.dice.randrange(10_000_000_000, 10_000_009_999))
        self.person(session).phone = field_keys().encrypt(self.place.community_id, number)

    def change_door(self, session):
        self.some(session, Household).door = str(self.dice.randrange(600, 9999))

    def change_building(self, session):
        self.some(session, Building).name = f"{self.dice.randrange(99)}栋"

    def change_need(self, session):
        person, kind = self.person(session), self.dice.choice(list(NeedKind))
        flag = session.get(NeedFlag, (person.community_id, person.id, kind))
        if flag is None:
            make_need(session, person, kind)
        else:
            session.delete(flag)

    def change_excuse_given(self, session):
        make_excuse(session, self.person(session), state=self.dice.choice(list(ExcuseState)), created_at=self.now)

    def change_excuse_ended(self, session):
        if excuse := self.some(session, Excuse):
            excuse.withdrawn_at = self.now

    def change_ticket_revoked(self, session):
        if ticket := self.some(session, Ticket, col(Ticket.revoked_at).is_(None)):
            ticket.revoked_at = self.now

    def change_ticket_given(self, session):
        person = self.person(session)
        valid = (col(Ticket.resident_id) == person.id, col(Ticket.revoked_at).is_(None))
        if session.exec(select(Ticket).where(*valid)).first() is None:
            make_ticket(session, self.place, person)

    def change_sampled(self, session):
        if ticket := self.some(session, Ticket, col(Ticket.revoked_at).is_(None)):
            kind = self.dice.choice([ScanKind.SAMPLED, ScanKind.ARRIVED])
            point = self.dice.choice([self.place.point, self.place.other_point])
            scan = scan_of(self.place, ticket, kind=kind, point=str(point.id), override="样例")
            record_scan(session, scan, by=registrar(self.place), now=self.now)

    def change_leaves(self, session):
        person = self.person(session)
        if self.dice.random() < 0.5 and person.number > 1:
            person.left_at = self.now

    def change_comes(self, session):
        home = self.some(session, Household)
        make_entry(session, self.place, make_resident(session, home))

    def change_merged(self, session):
        gone, kept = self.person(session), self.person(session)
        if gone.id != kept.id and gone.number > 1:
            gone.merged_into = kept.id
            session.delete(session.get_one(RosterEntry, (self.place.community_id, self.place.round.id, gone.id)))

    def change_moves(self, session):
        person = self.person(session)
        cohort = Cohort(
            community_id=self.place.community_id,
            id=new_id(),
            round_id=self.place.round.id,
            building_id=self.place.building.id,
            unit_id=self.place.unit.id,
            position=1,
        )
        session.add(cohort)
        session.flush()
        key = (person.community_id, self.place.round.id, person.id)
        session.get_one(RosterEntry, key).cohort_id = self.dice.choice([cohort.id, self.place.cohort.id])

    def change_plan(self, session):
        round_ = session.get_one(Round, (self.place.community_id, self.place.round.id))
        starts_at = NOON + timedelta(minutes=30 * self.dice.randrange(8))
        point = self.dice.choice([self.place.point, self.place.other_point])
        round_.version += 1
        make_plan(session, round_, {self.place.cohort.id: (point.id, starts_at)}, version=round_.version)


@pytest.mark.parametrize(
    ("database_kind", "seed"),
    [("sqlite", 0), ("sqlite", 1), ("sqlite", 2), pytest.param("postgresql", 3, marks=pytest.mark.postgres)],
)
def test_base_and_deltas_are_always_the_whole(place, clock, seed):
    key = (place.community_id, place.point.id)
    changes = Changes(place, seed, clock.now())
    processes = [Slices(rest=0), Slices(rest=0)]  # two of them answer one phone
    often, seldom, made = Held(), Held(), []

    for turn in range(16):
        asked = changes.dice.choice(processes)
        often.take(asked.slice_of(key, often.cursor, now=clock.now()))
        if turn % 7 == 0:
            seldom.take(asked.slice_of(key, seldom.cursor, now=clock.now()))
        whole = Held()
        whole.take(Slices(rest=0).slice_of(key, None, now=clock.now()))
        assert often.households == whole.households, made
        made.append(changes.make_one())
        clock.advance(seconds=15)

    for held in (often, seldom):
        held.take(processes[0].slice_of(key, held.cursor, now=clock.now()))
    assert often.households == seldom.households


@ON_SQLITE
def test_nothing_new_is_told_of_a_point_where_nothing_changed(place, clock):
    slices, key = Slices(rest=0), (place.community_id, place.point.id)
    first = slices.slice_of(key, None, now=clock.now())

    again = slices.slice_of(key, first.cursor, now=clock.now())

    assert len(first.households) == 4
    assert (again.is_complete, again.households, again.gone) == (False, (), ())


@ON_SQLITE
def test_what_another_point_does_is_not_told_here(place, clock):
    slices, key = Slices(rest=0), (place.community_id, place.point.id)
    first = slices.slice_of(key, None, now=clock.now())
    with transaction() as session:
        session.merge(place.other_point).name = "新名称"

    assert slices.slice_of(key, first.cursor, now=clock.now()).households == ()
    assert slices.slice_of((place.community_id, place.other_point.id), None, now=clock.now()).households == ()


@ON_SQLITE
@pytest.mark.parametrize("cursor", ["", "en", "en-x", "zh-1", "en-" + "9" * 30, "en-99999999999999"])
def test_a_cursor_that_nobody_gave_is_gone(place, clock, cursor):
    with pytest.raises(SliceGone):
        Slices(rest=0).slice_of((place.community_id, place.point.id), cursor, now=clock.now())


def test_marks_that_were_lost_are_made_anew_and_everything_is_told_again(place, clock):
    key = (place.community_id, place.point.id)
    first = Slices(rest=0).slice_of(key, None, now=clock.now())
    with transaction() as session:
        for mark in session.exec(select(SliceMark)).all():
            session.delete(mark)
    clock.advance(seconds=1)

    again = Slices(rest=0).slice_of(key, first.cursor, now=clock.now())

    assert len(again.households) == 4


@ON_SQLITE
def test_those_at_the_door_are_the_slice_of_the_point_that_goes_there(place, clock):
    with transaction() as session:
        point = session.merge(place.other_point)
        point.kind = "doorstep"
        entry = session.exec(select(RosterEntry).order_by(RosterEntry.resident_id)).first()
        entry.is_doorstep, entry.cohort_id = True, None
        home = entry.household_id

    told = Slices(rest=0).slice_of((place.community_id, place.other_point.id), None, now=clock.now())

    assert [json.loads(each)["id"] for each in told.households] == [str(home)]


@ON_SQLITE
def test_codes_that_were_merged_elsewhere_are_not_read_for_this_point(place, clock):
    with transaction() as session:
        session.merge(place.residents[6]).merged_into = place.residents[4].id
        session.merge(place.residents[7]).merged_into = place.residents[0].id
        make_ticket(session, place, household_id=place.households[3].id)
        session.merge(place.households[3]).merged_into = place.households[2].id
    facts = {"community": place.community_id, "campaign": place.campaign.id, "homes": [str(place.households[0].id)]}

    with reading() as session:
        people, homes = (
            session.connection().execute(each, facts).all() for each in (_MERGED_TICKETS, _MERGED_HOME_TICKETS)
        )

    assert [id_of(row[0]) for row in people] == [str(place.residents[0].id)]
    assert homes == []


@ON_SQLITE
def test_where_nothing_can_be_marked_a_phone_is_told_what_it_knows(place, clock, monkeypatch):
    slices, key = Slices(rest=0), (place.community_id, place.point.id)
    first = slices.slice_of(key, None, now=clock.now())
    with transaction() as session:
        session.merge(place.residents[0]).name = "新样例"
    monkeypatch.setattr("bulou.database.BUSY_SECONDS", 0)

    with database().writer:
        meanwhile = slices.slice_of(key, first.cursor, now=clock.now())
        with pytest.raises(StoreBusy):
            Slices(rest=0).slice_of(key, None, now=clock.now())
    after = slices.slice_of(key, meanwhile.cursor, now=clock.now())

    assert (meanwhile.households, meanwhile.cursor) == ((), first.cursor)
    assert len(after.households) == 1


# What is told of a household.


def told_of(place, clock, number=0):
    told = Slices(rest=0).slice_of((place.community_id, place.point.id), None, now=clock.now())
    return next(each for each in map(json.loads, told.households) if each["id"] == str(place.households[number].id))


def test_a_member_is_told_by_hashes_digits_and_times(place, clock):
    person = place.residents[0]
    with transaction() as session:
        row = session.merge(person)
        row.phone = field_keys().encrypt(place.community_id, "10000001234")
        row.identity_number = field_keys().encrypt(place.community_id, "11010119900307803x")
        make_need(session, person, NeedKind.NO_PHONE)
        make_excuse(session, person, until_at=NOON + timedelta(days=1), withdrawn_at=NOON, created_at=NOON)
        ticket = session.exec(select(Ticket).where(Ticket.resident_id == person.id)).one()
        old = make_ticket(session, place, person, revoked_at=NOON)

    home = told_of(place, clock)

    member = home["members"][0]
    assert (home["door"], home["code"]) == ("3栋2单元501", None)
    assert member["code"] == ticket_hash(ticket.code) and len(member["code"]) == 22
    assert member["revoked"] == [[ticket_hash(old.code), "2022-04-03T00:00:00+00:00"]]
    assert member["last"] == ["1234", "803X"]
    assert member["excused"] == [["2022-04-02T23:00:00+00:00", *["2022-04-03T00:00:00+00:00"] * 2]]
    assert (member["isolated"], member["green"], member["no_phone"]) == (False, False, True)
    assert member["place"] == {
        "point": str(place.point.id),
        "from": "2022-04-03T00:00:00+00:00",
        "to": "2022-04-03T00:30:00+00:00",
        "day_ends_at": "2022-04-04T00:00:00+08:00",
    }


@ON_SQLITE
def test_codes_of_entries_and_doors_that_were_merged_are_told_too(place, clock):
    kept, gone = place.residents[0], place.residents[7]
    with transaction() as session:
        session.merge(gone).merged_into = kept.id
        other = session.exec(select(Ticket).where(Ticket.resident_id == gone.id)).one()
        slips = [
            make_ticket(session, place, household_id=home.id) for home in (place.households[0], place.households[3])
        ]
        session.merge(place.households[3]).merged_into = place.households[0].id

    home = told_of(place, clock)

    assert home["members"][0]["also"] == [ticket_hash(other.code)]
    assert (home["code"], home["also"]) == (ticket_hash(slips[0].code), [ticket_hash(slips[1].code)])


def test_what_travels_to_a_phone_and_rests_there_names_nobody(app):
    field_ = Field()
    with transaction() as session:
        for resident in field_.place.residents:
            row = session.merge(resident)
            row.name, row.phone = CANARY, field_keys().encrypt(field_.community_id, "10000005678")

    phone = field_.phone(app)
    answer = phone.slice()

    assert CANARY[0] in json.dumps(phone.open(answer), ensure_ascii=False)
    assert CANARY not in json.dumps(phone.open(answer), ensure_ascii=False)  # masked even there
    assert not any(word in answer.text for word in (CANARY[0], "501", "5678", str(field_.place.residents[0].id)))
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_slice_is_asked_for_and_brought_up_to_date_over_http(app, clock):
    field_ = Field()
    phone = field_.phone(app)
    first = phone.slice()
    phone.ask("/scans", "POST", json=field_.scan())
    clock.advance(minutes=1)

    whole = phone.open(first)
    late = phone.slice(since="zh-1")

    assert whole["point"]["round"]["version"] == 1
    assert set(whole["points"]) == {str(field_.point), str(field_.place.other_point.id)}
    assert (whole["community"], whole["cut"], whole["gone"]) == (field_.community_id, 0, [])
    assert first.json["complete"]
    assert (late.status_code, late.json["code"]) == (410, "slice_gone")


# Values.


def test_too_many_people_are_cut_where_they_are_needed_last():
    def called(number, hour):
        starts_at = NOON + timedelta(hours=hour)
        return Called(str(number), 2, starts_at, starts_at + timedelta(minutes=30))

    homes = [called(1, -2), called(2, 3), called(3, 0), called(4, -1)]

    chosen = choose_households(homes, NOON + timedelta(minutes=10), most=6)

    assert chosen.households == ("3", "2", "4")
    assert chosen.cut == 2


def test_who_is_left_out_because_others_live_there_too_is_cut():
    chosen = Chosen(("1", "2", "3"), cut=4)

    assert keep_room(chosen, {"1": 3, "2": 2, "3": 1}, most=4) == Chosen(("1",), cut=7)
    assert keep_room(chosen, {"1": 3, "2": 2, "3": 1}, most=6) == chosen


def test_a_code_is_known_by_half_its_hash():
    assert ticket_hash("AB12AAAABBBBCCCC") == "MM9yOzKnEV0KHy7n8NQKng"


def test_cursors_are_read_as_they_were_written():
    assert str(read_cursor("zh-17")) == "zh-17"
    assert last_digits("11010119900307803x") == "803X"


# Two at once, on both kinds of database.


def test_of_two_phones_that_show_a_code_at_once_one_is_enrolled(database, clock):
    field_ = Field()
    code = field_.code()

    def enrol(name):
        try:
            with transaction() as session:
                return enrol_with_code(session, code, name, now=clock.now()).name
        except DeviceCodeNotValid:
            return None

    with ThreadPoolExecutor(4) as pool:
        enrolled = [name for name in pool.map(enrol, "1234") if name]

    assert len(enrolled) == 1
    assert len(rows_of(Device, field_.community_id)) == 1
