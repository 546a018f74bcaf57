"""People, doors and buildings changed by hand, and what the rounds make of it."""

import contextlib
import random

import pytest
from sqlmodel import Session, col, select

from app import connect
from bulou.errors import DomainError
from followup.queries.coverage import get_coverage
from registry import usecases
from registry.errors import DoorIsHome, DoorTaken, HeadsAreNamed, MergesWithItself
from registry.models import Compound, DoorAlias, Excuse, Household, NeedFlag, Resident, ResidentDoor
from registry.queries.doors import find_households
from registry.queries.history import list_history
from registry.reading import read_roster
from registry.rules import ChangeKind, DoorState, ExcuseKind, NeedKind
from registry.usecases import Details
from scheduling.models import RosterEntry
from tests.checkin.factories import OPENED, Place, make_open_round, make_ticket
from tests.factories import make_building, make_household, make_resident, make_unit
from tests.registry.hands import key, ledger, scan
from tests.registry.workbooks import SIMPLE, make_xlsx


@pytest.fixture
def database_kind() -> str:
    """What differs between the two kinds is tried in test_merging.py."""
    return "sqlite"


@pytest.fixture
def place(session: Session) -> Place:
    connect()
    return make_open_round(session, households=3, members=2, roster_taken_at=OPENED)


def test_what_is_changed_by_hand_is_told_with_what_stood_there_before(session, clock):
    connect()
    place = make_open_round(session)
    household = place.households[0]
    person = usecases.add_resident(session, key(household), Details("赵样例", phone="10000000001"), now=clock.now())

    usecases.change_resident(
        session, key(person), Details("赵小样", identity_number="P1234567"), clear=frozenset({"phone"}), now=clock.now()
    )

    added, changed = list_history(session, household.community_id, [person.id])[::-1]
    assert added.kind is ChangeKind.ADDED
    assert {(line.field, line.old, line.new) for line in changed.fields} == {
        ("name", "赵*例", "赵*样"),
        ("phone", "100****0001", None),
        ("identity_number", None, "…4567"),
    }
    assert person.phone_index is None


def test_nothing_said_changes_nothing(session, clock):
    connect()
    place = make_open_round(session)
    assert not usecases.change_resident(session, key(place.residents[0]), Details(), now=clock.now())
    assert list_history(session, place.community_id, [place.residents[0].id]) == []


def test_needs_excuses_and_numbers_follow_whoever_stays(session, clock, place):
    gone, kept = place.residents[0], place.residents[2]
    usecases.set_needs(session, key(gone), [NeedKind.FRAIL], source="女儿", now=clock.now())
    usecases.change_resident(session, key(gone), Details(phone="10000000001"), now=clock.now())
    usecases.excuse_resident(session, key(gone), kind=ExcuseKind.AWAY, from_at=clock.now(), now=clock.now())
    clock.advance(minutes=1)

    usecases.merge_residents(session, key(gone), key(kept), now=clock.now())

    (flag,) = session.exec(select(NeedFlag).where(NeedFlag.resident_id == kept.id))
    assert (flag.kind, flag.source) == (NeedKind.FRAIL, "女儿")
    assert kept.phone is not None
    assert kept.phone_index is not None
    assert ledger(session, place) == (5, 0, 1, 4)
    excuses = session.exec(select(Excuse).where(Excuse.resident_id == gone.id)).all()
    assert [excuse.withdrawn_at for excuse in excuses] == [clock.now()]


def test_whoever_lives_here_of_two_that_are_one_decides_the_door(session, clock, place):
    gone, kept = place.residents[0], place.residents[2]
    usecases.mark_left(session, key(kept), now=clock.now())

    usecases.merge_residents(session, key(gone), key(kept), now=clock.now())

    assert (kept.left_at, kept.household_id) == (None, place.households[0].id)
    assert ledger(session, place)[0] == 5


def test_a_merge_of_a_merge_points_to_the_last_of_them(session, clock, place):
    one, two, three = place.residents[:3]
    usecases.merge_residents(session, key(one), key(two), now=clock.now())
    usecases.merge_residents(session, key(two), key(three), now=clock.now())

    assert one.merged_into == two.merged_into == three.id
    assert ledger(session, place)[0] == 4
    usecases.merge_residents(session, key(one), key(three), now=clock.now())
    with pytest.raises(MergesWithItself):
        usecases.merge_residents(session, key(one), key(one), now=clock.now())


def test_who_left_by_mistake_is_missing_again_when_back(session, clock, place):
    usecases.mark_left(session, key(place.residents[0]), now=clock.now())
    assert ledger(session, place) == (6, 0, 1, 5)
    clock.advance(minutes=5)

    usecases.bring_back(session, key(place.residents[0]), now=clock.now())

    assert ledger(session, place) == (6, 0, 0, 6)


def test_who_moves_counts_behind_the_new_door(session, clock, place):
    compound = session.get_one(Compound, (place.community_id, place.building.compound_id))
    building = make_building(session, compound, name="5栋")
    other = make_household(session, make_unit(session, building, "1单元"), "101")

    usecases.move_resident(session, key(place.residents[0]), key(other), now=clock.now())

    rows = {row.name: row.count.roster for row in get_coverage(session, place.round, now=clock.now()).buildings}
    assert rows == {"3栋": 5, "5栋": 1}


def test_a_door_that_was_merged_is_a_spelling_of_the_other(session, clock, place):
    first, second = place.households[:2]

    heads = usecases.merge_households(session, key(second), key(first), now=clock.now())

    assert heads == 2
    assert [row.id for row in find_households(session, place.community_id, "3-2-502")] == [first.id]
    assert ledger(session, place)[0] == 6
    entries = session.exec(select(RosterEntry).where(RosterEntry.household_id == first.id)).all()
    assert len(entries) == 4
    with pytest.raises(DoorTaken):
        usecases.add_household(session, key(place.building), unit="2", room="502", now=clock.now())


def test_a_door_spelled_anew_is_still_found_by_its_old_spelling(session, clock, place):
    door = place.households[0]

    usecases.change_household(
        session, key(door), unit="2", room="5010", floor=None, state=DoorState.LET, now=clock.now()
    )

    assert [row.id for row in find_households(session, place.community_id, "3栋2单元501")] == [door.id]
    assert (door.door, door.floor, door.state) == ("5010", 50, DoorState.LET)
    usecases.change_household(session, key(door), unit="2", room="501", floor=5, state=DoorState.LET, now=clock.now())
    aliases = session.exec(select(DoorAlias.door)).all()
    assert aliases == ["5010"]


def test_a_building_that_was_merged_gives_all_its_doors_and_people(session, clock, place):
    compound = session.get_one(Compound, (place.community_id, place.building.compound_id))
    other = make_building(session, compound, name="3号楼西")
    unit = make_unit(session, other, "2单元")
    same, only_there = make_household(session, unit, "501"), make_household(session, unit, "901")
    for home in (same, only_there):
        make_resident(session, home)
    usecases.set_heads(session, key(only_there), 2, now=clock.now())
    assert ledger(session, place)[0] == 9

    usecases.merge_buildings(session, key(other), key(place.building), now=clock.now())

    rows = {row.name: row.count.roster for row in get_coverage(session, place.round, now=clock.now()).buildings}
    assert rows == {"3栋": 9}
    assert same.merged_into == place.households[0].id
    assert (only_there.building_id, only_there.unit_id) == (place.building.id, place.unit.id)
    entries = session.exec(select(RosterEntry).where(RosterEntry.household_id == only_there.id)).all()
    assert {entry.cohort_id for entry in entries} == {place.cohort.id}


def test_a_unit_that_is_there_already_is_written_down_once(session, clock, place):
    unit = usecases.add_unit(session, key(place.building), "3", now=clock.now())

    assert usecases.add_unit(session, key(place.building), "3单元", now=clock.now()).id == unit.id

    assert len(list_history(session, place.community_id, [place.building.id])) == 1


def test_heads_come_and_go_by_number_and_nobody_with_a_name_goes_by_it(session, clock, place):
    door = place.households[0]

    assert usecases.set_heads(session, key(door), 4, now=clock.now()) == 2
    assert ledger(session, place)[0] == 8
    usecases.set_heads(session, key(door), 3, now=clock.now())
    assert ledger(session, place) == (8, 0, 1, 7)  # the round is open: who left is excused
    with pytest.raises(HeadsAreNamed):
        usecases.set_heads(session, key(door), 1, now=clock.now())


def test_a_household_that_moves_leaves_its_door_vacant(session, clock, place):
    first, second = place.households[:2]

    assert usecases.move_household(session, key(first), key(second), now=clock.now()) == 2

    assert first.state is DoorState.VACANT
    assert ledger(session, place)[0] == 6


def test_a_household_that_left_is_excused_and_leaves_its_door_vacant(session, clock, place):
    door = place.households[0]

    assert usecases.leave_household(session, key(door), now=clock.now()) == 2

    assert door.state is DoorState.VACANT
    assert ledger(session, place) == (6, 0, 2, 4)
    assert usecases.leave_household(session, key(door), now=clock.now()) == 0


def test_a_person_of_two_doors_counts_behind_one(session, clock, place):
    person = place.residents[0]
    with pytest.raises(DoorIsHome):
        usecases.add_further_door(session, key(person), key(place.households[0]), now=clock.now())

    usecases.add_further_door(session, key(person), key(place.households[1]), now=clock.now())

    assert ledger(session, place)[0] == 6
    usecases.move_resident(session, key(person), key(place.households[1]), now=clock.now())
    assert session.exec(select(ResidentDoor)).all() == []


@pytest.mark.parametrize("seed", range(2))
def test_whatever_is_changed_by_hand_while_a_round_is_open_its_ledger_adds_up(session, clock, place, seed):
    draw = random.Random(seed)
    tickets = [make_ticket(session, place, person) for person in place.residents]
    for _step in range(20):
        clock.advance(seconds=20)
        with contextlib.suppress(DomainError):
            do_something(session, place, draw, tickets, clock.now())

        ledger(session, place)
        here = (col(Resident.left_at).is_(None), col(Resident.merged_into).is_(None))
        living = session.exec(select(Resident.id).where(*here)).all()
        entries = session.exec(select(RosterEntry.resident_id)).all()
        merged = session.exec(select(Resident.id).where(col(Resident.merged_into).is_not(None))).all()
        assert set(living) <= set(entries)
        assert not set(merged) & set(entries)


def do_something(session, place, draw, tickets, now):
    """One thing that somebody does with people and doors on the day, drawn at random."""
    people = session.exec(select(Resident).order_by(col(Resident.id))).all()
    standing = select(Household).where(col(Household.merged_into).is_(None)).order_by(col(Household.id))
    doors = session.exec(standing).all()
    person, other, door, another = (key(draw.choice(rows)) for rows in (people, people, doors, doors))
    match draw.randrange(8):
        case 0:
            scan(session, place, draw.choice(tickets))
        case 1:
            usecases.merge_residents(session, person, other, now=now)
        case 2:
            usecases.move_resident(session, person, door, now=now)
        case 3:
            usecases.mark_left(session, person, now=now)
        case 4:
            usecases.bring_back(session, person, now=now)
        case 5:
            usecases.set_heads(session, door, draw.randint(1, 4), now=now)
        case 6:
            usecases.merge_households(session, door, another, now=now)
        case 7:
            usecases.excuse_resident(session, person, kind=ExcuseKind.AWAY, from_at=now, now=now)


def test_who_a_file_forgot_and_names_again_is_missing_again(session, clock, place):
    both = read_roster(make_xlsx([SIMPLE, *[[f"李样例{n}", "3", "2", f"90{n}", ""] for n in range(1, 10)]]), "a.xlsx")
    fewer = read_roster(make_xlsx([SIMPLE, *[[f"李样例{n}", "3", "2", f"90{n}", ""] for n in range(1, 9)]]), "b.xlsx")
    for file in (both, fewer):
        usecases.import_roster(session, place.community_id, file, may_leave=True, now=clock.now())
        clock.advance(seconds=5)
    assert ledger(session, place) == (15, 0, 7, 8)  # the file speaks for the whole building

    usecases.import_roster(session, place.community_id, both, now=clock.now())

    assert ledger(session, place) == (15, 0, 6, 9)


@pytest.fixture
def heard(monkeypatch):
    """What is announced: each announcement lets every round and every ticket follow, so of many people there is one."""
    heard = []
    for place in ("residents", "groups"):
        monkeypatch.setattr(f"registry.usecases.{place}.announce", lambda _session, event: heard.append(event))
    return heard


def test_a_group_of_many_names_in_two_teams_is_announced_once(session, clock, place, heard):
    compound, people = (place.community_id, place.building.compound_id), [f"赵样例{n}" for n in range(21)]

    group = usecases.add_group(session, compound, "样例工地", people=people, now=clock.now())

    assert [event.building_ids for event in heard] == [(group.id,)]


def test_a_change_of_a_whole_door_is_announced_once(session, clock, place, heard):
    (here, there), now = map(key, place.households[:2]), clock.now()
    changes = [
        lambda: usecases.set_heads(session, here, 5, now=now),
        lambda: usecases.set_heads(session, here, 2, now=now),
        lambda: usecases.move_household(session, here, there, now=now),
        lambda: usecases.leave_household(session, there, now=now),
        lambda: usecases.add_household(session, key(place.building), room="909", heads=3, now=now),
    ]

    for change in changes:
        heard.clear()
        change()

        assert [event.building_ids for event in heard] == [(place.building.id,)]
