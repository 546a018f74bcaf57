"""A merge made by mistake is taken back: what is there afterwards is what was there before."""

import random

import pytest
import sqlalchemy as sa
from sqlmodel import SQLModel, col, select

from app import connect
from bulou.ids import new_id
from checkin.errors import ScannedSinceMerge
from registry import usecases
from registry.errors import MergeContradicted
from registry.models import Compound, RegistryMerge, Resident
from registry.queries import alike
from registry.queries.alike import list_pairs
from registry.queries.history import list_history
from registry.rules import ChangeKind, CorrectionKind, DoorState, ExcuseKind, NeedKind
from registry.usecases import Details
from registry.usecases.households import find_unit
from scheduling.models import Cohort, RosterEntry
from scheduling.rules import RoundState
from scheduling.usecases.life import close_round
from tests.checkin.factories import OPENED, make_excuse, make_need, make_open_round, make_ticket
from tests.checkin.test_official import LINES, keep, known_round, record
from tests.factories import add, make_building, make_household, make_unit
from tests.registry.hands import key, ledger, scan

# What tells of a merge, or only says when something changed.
APART = {"registry_merge", "registry_change", "audit_entry", "merged_entry", "told_apart", "ticket", "plan"}
# Whose number somebody else may have by now gets the next one.
PASSING = {"changed_at", "is_stale", "arrived_number"}


@pytest.fixture
def database_kind() -> str:
    """Nothing here differs between the kinds of database."""
    return "sqlite"


@pytest.fixture
def place(session):
    connect()
    return make_open_round(session, households=4, members=2, roster_taken_at=OPENED)


def everything(session):
    """Every row of every table, but what tells of merges."""
    session.flush()
    rows = {}
    for table in SQLModel.metadata.sorted_tables:
        if table.name not in APART:
            columns = [column for column in table.columns if column.name not in PASSING]
            found = session.connection().execute(sa.select(*columns))
            rows[table.name] = {tuple(map(repr, row)) for row in found}
    return rows


def the_merge(session):
    return key(session.exec(select(RegistryMerge).order_by(col(RegistryMerge.id).desc())).first())


def check_same(before, after):
    for table, rows in before.items():
        new, lost = after[table] - rows, rows - after[table]
        if table in ("unit", "cohort", "excuse"):
            new = set()  # an empty one harms nobody; an excuse that was copied was in force meanwhile, and ended
        assert (table, new, lost) == (table, set(), set())


def furnish(session, place, chance, clock):
    """Scans, excuses, needs, further doors and what residents said, here and there."""
    tickets = {person.id: make_ticket(session, place, person) for person in place.residents}
    for person in place.residents:
        if chance.random() < 0.4:
            scan(session, place, tickets[person.id], kind=chance.choice(["sampled", "arrived"]))
        if chance.random() < 0.3:
            make_excuse(session, person, kind=chance.choice([ExcuseKind.AWAY, ExcuseKind.MOVED_OUT]))
        if chance.random() < 0.3:
            make_need(session, person, chance.choice([NeedKind.FRAIL, NeedKind.NO_PHONE, NeedKind.BED_BOUND]))
        if chance.random() < 0.3:
            details = Details(phone=f"1380000{chance.randrange(10_000):04d}", registered_address="样例路1号")
            usecases.change_resident(session, key(person), details, now=clock.now())
        other = chance.choice(place.households)
        if chance.random() < 0.3 and other.id != person.household_id:
            usecases.add_further_door(session, key(person), key(other), now=clock.now())
        if chance.random() < 0.2:
            usecases.mark_left(session, key(person), now=clock.now())
    for door in place.households:
        state = chance.choice([DoorState.UNVERIFIED, DoorState.LET, DoorState.SELF_OCCUPIED])
        usecases.set_door_state(session, key(door), state, now=clock.now())
        said = {"kind": CorrectionKind.NAME, "said": "样例", "now": clock.now()}
        usecases.send_correction(session, key(door), new_id(), resident_id=None, **said)
    usecases.set_needs(
        session, key(place.residents[0]), frozenset(), now=clock.now()
    )  # the rounds have followed it all


@pytest.mark.parametrize("seed", range(6))
def test_people_doors_and_buildings_that_are_separated_again_are_what_they_were(session, clock, place, seed):
    chance = random.Random(seed)
    compound = session.get_one(Compound, (place.community_id, place.building.compound_id))
    other = make_building(session, compound, name="3号楼西")
    furnish(session, place, chance, clock)
    for unit, room in (("2单元", "501"), ("2单元", "901"), ("9单元", "101")):
        home = make_household(session, make_unit_once(session, other, unit), room)
        usecases.add_resident(session, key(home), Details("赵样例"), now=clock.now())
        place.households.append(home)
    merges = {
        usecases.merge_residents: chance.sample(place.residents, 2),
        usecases.merge_households: chance.sample(place.households, 2),
        usecases.merge_buildings: chance.sample([place.building, other], 2),
    }

    for merge, (gone, kept) in chance.sample(list(merges.items()), 3):
        before, told = everything(session), ledger(session, place)
        clock.advance(minutes=5)
        merge(session, key(gone), key(kept), now=clock.now())
        clock.advance(minutes=5)
        separated = usecases.separate(session, the_merge(session), now=clock.now())
        usecases.separate(session, key(separated), now=clock.now())  # a repeat changes nothing

        check_same(before, everything(session))
        assert ledger(session, place) == told
        for id_ in (gone.id, kept.id):
            assert list_history(session, place.community_id, [id_])[0].kind is ChangeKind.SEPARATED


def make_unit_once(session, building, name):
    return find_unit(session, building, name) or make_unit(session, building, name)


def test_merges_of_merges_are_taken_back_the_last_one_first(session, clock, place):
    first, second, third = place.households[:3]
    before = everything(session)
    usecases.merge_households(session, key(first), key(second), now=clock.now())
    inner = the_merge(session)
    usecases.merge_households(session, key(second), key(third), now=clock.now())

    with pytest.raises(MergeContradicted) as refused:
        usecases.separate(session, inner, now=clock.now())
    assert "merged with another door" in refused.value.facts["what"]
    usecases.separate(session, the_merge(session), now=clock.now())
    usecases.separate(session, inner, now=clock.now())

    check_same(before, everything(session))


def test_what_was_changed_since_is_named_and_nothing_is_separated(session, clock, place):
    first, second = place.residents[0], place.residents[2]
    usecases.change_resident(session, key(first), Details(phone="13800000001"), now=clock.now())
    usecases.merge_residents(session, key(first), key(second), now=clock.now())
    usecases.change_resident(session, key(second), Details(phone="13800000002"), now=clock.now())

    with pytest.raises(MergeContradicted) as refused:
        usecases.separate(session, the_merge(session), now=clock.now())

    assert refused.value.facts["what"] == "phone"
    assert session.get_one(Resident, key(first)).merged_into == second.id


def test_a_ticket_that_was_scanned_for_the_other_meanwhile_holds_them_together(session, clock, place):
    first, second = place.residents[0], place.residents[2]
    ticket = make_ticket(session, place, first)
    usecases.merge_residents(session, key(first), key(second), now=clock.now())
    made = scan(session, place, ticket)

    with pytest.raises(ScannedSinceMerge), session.begin_nested():
        usecases.separate(session, the_merge(session), now=clock.now())
    scan(session, place, None, kind="undo", undoes=str(made.scan_id))
    usecases.separate(session, the_merge(session), now=clock.now())

    assert ledger(session, place) == (8, 0, 0, 8)


def test_a_line_of_an_official_list_that_was_recorded_meanwhile_holds_them_together(session, clock):
    connect()
    place = known_round(session)
    session.add(place.round.sqlmodel_update({"roster_taken_at": OPENED}))
    listed = keep(session, place, LINES[0])
    usecases.merge_residents(session, key(place.residents[0]), key(place.residents[2]), now=clock.now())
    record(session, place, listed)

    with pytest.raises(ScannedSinceMerge):
        usecases.separate(session, the_merge(session), now=clock.now())


def test_a_ticket_of_the_door_that_was_scanned_for_the_other_meanwhile_holds_them_together(session, clock, place):
    first, second = place.residents[0], place.residents[2]
    ticket = make_ticket(session, place)
    usecases.merge_residents(session, key(first), key(second), now=clock.now())
    scan(session, place, ticket, resident=str(first.id))

    with pytest.raises(ScannedSinceMerge):
        usecases.separate(session, the_merge(session), now=clock.now())


def entry_of(session, place, person):
    session.expire_all()
    return session.get(RosterEntry, (place.community_id, place.round.id, person.id))


@pytest.mark.parametrize("arrived", [[0], [2, 0]])
def test_two_who_are_separated_and_who_came_meanwhile_have_numbers_of_their_own(session, clock, place, arrived):
    first, second, third = (place.residents[number] for number in (0, 2, 4))
    tickets = [make_ticket(session, place, person) for person in place.residents]
    for number in arrived:
        scan(session, place, tickets[number], kind="arrived", scan_id=str(new_id()))
    usecases.merge_residents(session, key(first), key(second), now=clock.now())
    scan(session, place, tickets[4], kind="arrived", scan_id=str(new_id()))
    usecases.separate(session, the_merge(session), now=clock.now())

    numbers = [entry_of(session, place, person).arrived_number for person in (first, second, third)]
    there = [number for number in numbers if number is not None]
    assert len(set(there)) == len(there) == len(arrived) + 1


def test_a_round_that_was_cut_anew_meanwhile_is_left_as_it_was_cut(session, clock):
    connect()
    place = make_open_round(
        session, households=2, members=2, roster_taken_at=OPENED, state=RoundState.PLANNED, opened_at=None
    )
    usecases.merge_residents(session, key(place.residents[0]), key(place.residents[2]), now=clock.now())
    facts = {"community_id": place.community_id, "round_id": place.round.id, "position": 1}
    new = add(session, Cohort(**facts, id=new_id(), building_id=place.building.id, unit_id=place.unit.id))
    for entry in session.exec(select(RosterEntry)).all():
        session.add(entry.sqlmodel_update({"cohort_id": new.id}))
    session.flush()

    usecases.separate(session, the_merge(session), now=clock.now())

    assert [entry_of(session, place, person).cohort_id for person in place.residents] == [new.id] * 4


def test_a_round_that_was_closed_meanwhile_goes_on_saying_what_it_said(session, clock, place):
    first, second = place.residents[0], place.residents[2]
    make_excuse(session, first)
    usecases.merge_residents(session, key(first), key(second), now=clock.now())
    clock.advance(hours=5)
    close_round(session, key(place.round), now=clock.now())
    told = ledger(session, place)

    clock.advance(minutes=1)
    usecases.separate(session, the_merge(session), now=clock.now())

    assert ledger(session, place) == told == (7, 0, 1, 6)


def test_who_was_separated_is_not_offered_as_a_duplicate_again(session, clock, place):
    same = Details("赵样例", phone="13800000001")
    one, other = (usecases.add_resident(session, key(door), same, now=clock.now()) for door in place.households[:2])
    both = {one.id, other.id}

    def is_offered():
        return any({it.first.id, it.second.id} == both for it in list_pairs(session, place.community_id))

    assert is_offered()
    usecases.merge_residents(session, key(one), key(other), now=clock.now())
    usecases.separate(session, the_merge(session), now=clock.now())

    assert not is_offered()


def test_pairs_are_found_behind_any_number_of_those_who_were_told_apart(session, clock, place, monkeypatch):
    monkeypatch.setattr(alike, "MOST_PAIRS", 3)
    pairs = []
    for number in range(6):
        same = Details(f"样例{number}", phone=f"1380000000{number}")
        doors = place.households[:2]
        pairs.append([usecases.add_resident(session, key(door), same, now=clock.now()).id for door in doors])
    for one, other in pairs[:5]:
        usecases.tell_apart(session, (place.community_id, one), (place.community_id, other), now=clock.now())

    found = [{it.first.id, it.second.id} for it in list_pairs(session, place.community_id)]

    assert found[0] == set(pairs[5]) and not any(set(pair) in found for pair in pairs[:5])


def test_of_three_alike_those_who_were_not_told_apart_are_offered(session, clock, place):
    same = Details("赵样例", phone="13800000001")
    three = [usecases.add_resident(session, key(door), same, now=clock.now()).id for door in place.households[:3]]
    usecases.tell_apart(session, (place.community_id, three[0]), (place.community_id, three[1]), now=clock.now())

    found = [{it.first.id, it.second.id} for it in list_pairs(session, place.community_id)]

    assert [pair for pair in found if pair <= set(three)] == [{three[0], three[2]}, {three[1], three[2]}]
