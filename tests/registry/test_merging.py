"""Two entries that are one person, in an open round."""

import pytest

from app import connect
from bulou.ids import new_id
from checkin.queries.scans import list_scans_of
from checkin.queries.ticket_pages import get_ticket_home, get_ticket_page
from checkin.usecases.paper import TypedWalkIn, find_walk_in
from registry import usecases
from registry.errors import GroupIsNoBuilding
from registry.models import Compound, Resident
from registry.queries.alike import MOST_ALIKE, find_alike, list_pairs
from registry.queries.corrections import count_waiting, list_open, list_sent
from registry.queries.doors import door_of, find_households
from registry.queries.history import list_door_history, list_history
from registry.queries.merging import SharedDoor, list_shared_doors
from registry.rules import CorrectionKind
from registry.usecases import Details, merging
from tests.checkin.factories import OPENED, make_open_round, make_ticket
from tests.factories import make_building, make_household, make_resident, make_unit
from tests.registry.hands import key, ledger, scan


@pytest.fixture
def place(session):
    connect()
    return make_open_round(session, households=3, members=2, roster_taken_at=OPENED)


@pytest.mark.parametrize("sampled", [(1,), (0, 1)])
def test_two_entries_of_one_person_count_once_whoever_of_them_was_sampled(session, clock, place, sampled):
    first, second = place.residents[0], place.residents[2]
    tickets = [make_ticket(session, place, person) for person in (first, second)]
    for number in sampled:
        scan(session, place, tickets[number])

    usecases.merge_residents(session, key(second), key(first), now=clock.now())

    assert ledger(session, place) == (5, 1 if sampled else 0, 0, 4 if sampled else 5)
    [listed] = list_scans_of(session, *key(first))
    assert len(listed.scans) == len(sampled)
    assert scan(session, place, tickets[1]).resident.id == first.id
    assert ledger(session, place) == (5, 1, 0, 4)


def test_a_scan_of_the_entry_that_went_can_still_be_taken_back(session, clock, place):
    first, second = place.residents[0], place.residents[2]
    made = scan(session, place, make_ticket(session, place, second))
    usecases.merge_residents(session, key(second), key(first), now=clock.now())
    assert ledger(session, place) == (5, 1, 0, 4)

    scan(session, place, None, kind="undo", undoes=str(made.scan_id))

    assert ledger(session, place) == (5, 0, 0, 5)


def test_who_is_alike_is_found_behind_the_same_door_first(session, clock, place):
    here, there = place.households[:2]
    twice = Details("赵样例", phone="10000000001", identity_number="P1234567")
    elsewhere = usecases.add_resident(session, key(there), twice, now=clock.now())
    namesake = usecases.add_resident(session, key(here), Details("赵样例"), now=clock.now())
    usecases.add_resident(session, key(there), Details("钱样例"), now=clock.now())

    said = {"name": "赵样例", "phone": "10000000001", "identity_number": "P1234567"}
    found = find_alike(session, place.community_id, here.id, **said)

    assert [(it.person.id, it.is_at_the_door) for it in found] == [(namesake.id, True), (elsewhere.id, False)]
    again = usecases.add_resident(session, key(here), twice, now=clock.now())
    pairs = {frozenset((pair.first.id, pair.second.id)) for pair in list_pairs(session, place.community_id)}
    assert {frozenset((elsewhere.id, again.id)), frozenset((namesake.id, again.id))} <= pairs


def test_the_slip_and_the_spelling_of_a_door_that_was_merged_twice_mean_the_door_it_is(session, clock, place):
    first, second, third = place.households
    slip = make_ticket(session, place)

    usecases.merge_households(session, key(first), key(second), now=clock.now())
    usecases.merge_households(session, key(second), key(third), now=clock.now())

    page = get_ticket_page(session, slip.code, now=clock.now())
    assert (page.door, len(page.persons)) == ("3栋2单元503", 6)
    assert [row.id for row in find_households(session, place.community_id, "3-2-501")] == [third.id]
    assert len(scan(session, place, slip).members) == 6
    scan(session, place, slip, resident=str(place.residents[4].id))
    assert ledger(session, place) == (6, 1, 0, 5)


def test_what_residents_said_waits_where_door_and_person_are_now(session, clock, place):
    door, person = place.households[0], place.residents[0]
    said = {"kind": CorrectionKind.NAME, "said": "我叫张小样", "now": clock.now()}
    usecases.send_correction(session, key(door), new_id(), resident_id=person.id, **said)
    kept = place.residents[4]
    ticket = make_ticket(session, place, kept)

    usecases.merge_residents(session, key(person), key(kept), now=clock.now())
    usecases.merge_households(session, key(door), key(place.households[2]), now=clock.now())

    (line,) = list_open(session, place.community_id, now=clock.now()).lines
    assert (line.door.id, line.person.id) == (place.households[2].id, kept.id)
    assert count_waiting(session, place.community_id).count == 1
    home = get_ticket_home(session, ticket.code)
    assert len(list_sent(session, place.community_id, home.residents, home.household_id)) == 1


def test_a_door_of_3_is_never_one_of_13(session, clock, place):
    """Else whoever wrote a door that is not there would move, merge or tick somebody of another building."""
    compound = session.get_one(Compound, (place.community_id, place.building.compound_id))
    for name in ("13栋", "A3栋", "样例区3栋"):
        unit = make_unit(session, make_building(session, compound, name=name), "2单元")
        make_resident(session, make_household(session, unit, "901"), name=name)

    found = find_households(session, place.community_id, "3-2-901")
    ticked = find_walk_in(session, place.round, TypedWalkIn(1, "3-2-901", "", None))

    assert [door_of(session, row) for row in found] == [f"{compound.name}样例区3栋2单元901"]
    assert [session.get_one(Resident, (place.community_id, id_)).name for id_ in ticked] == ["样例区3栋"]


def test_among_hundreds_of_namesakes_the_one_at_the_door_is_found(session, clock, place):
    here, there = place.households[:2]
    many = [make_resident(session, there, name="赵样例") for _each in range(MOST_ALIKE)]
    namesake = make_resident(session, here, name="赵样例")

    found = find_alike(session, place.community_id, here.id, name="赵样例", phone="", identity_number="")

    assert len(many) == MOST_ALIKE
    assert [it.person.id for it in found] == [namesake.id]


def test_a_building_and_a_group_never_become_one(session, clock, place):
    """Two doors 501 of two units would be one family: a group has no units."""
    make_household(session, make_unit(session, place.building, "1单元"), "501")
    group = usecases.add_group(session, (place.community_id, place.building.compound_id), "样例工地", now=clock.now())

    with pytest.raises(GroupIsNoBuilding):
        usecases.merge_buildings(session, key(place.building), key(group), now=clock.now())


def test_what_two_buildings_share_is_told_before_and_written_at_doors_and_people_after(session, clock, place):
    compound = session.get_one(Compound, (place.community_id, place.building.compound_id))
    other = make_building(session, compound, name="3号楼西")
    unit = make_unit(session, other, "2单元")
    came = make_resident(session, make_household(session, unit, "501"), name="赵样例")
    make_household(session, unit, "901")

    shared = list_shared_doors(session, place.community_id, other.id, place.building.id)
    usecases.merge_buildings(session, key(other), key(place.building), now=clock.now())

    assert shared == [SharedDoor("2单元", "501", 1, 2)]
    [line] = list_history(session, place.community_id, [place.households[0].id])
    told = {it.field: it.new for it in line.fields}
    assert told == {"merged_from": f"{compound.name}3号楼西2单元501", "people": ["赵*例"], "heads": 1}
    [moved] = list_history(session, place.community_id, [came.id])
    assert [it.old for it in moved.fields] == [told["merged_from"]]


def test_both_rows_of_a_merge_are_held_in_the_order_of_their_ids(session, clock, place, monkeypatch):
    opened, ours = [], merging.open_household
    monkeypatch.setattr(merging, "open_household", lambda session, key: opened.append(key[1]) or ours(session, key))
    first, second = sorted(place.households[:2], key=lambda row: row.id)

    usecases.merge_households(session, key(first), key(second), now=clock.now())

    assert opened == [first.id, second.id]
    opened.clear()
    usecases.merge_households(session, key(second), key(place.households[2]), now=clock.now())
    assert opened == sorted(opened)


def test_the_history_of_a_door_says_who_came_and_went_with_masked_names(session, clock, place):
    home, there = place.households[:2]
    person = usecases.add_resident(session, key(home), Details("赵样例"), now=clock.now())
    usecases.mark_left(session, key(person), now=clock.now())
    usecases.bring_back(session, key(person), now=clock.now())
    before = list_door_history(session, place.community_id, home.id)
    usecases.move_resident(session, key(person), key(there), now=clock.now())

    assert {str(line.kind) for line in before} == {"added", "left", "came_back"}
    assert {it.new for line in before for it in line.fields if it.field == "name"} == {"赵*例"}
    [gone] = list_door_history(session, place.community_id, home.id)
    assert {it.field: it.old for it in gone.fields}["name"] == "赵*例"
    assert "moved" in {str(line.kind) for line in list_door_history(session, place.community_id, there.id)}
