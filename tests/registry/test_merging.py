"""Two entries that are one person, in an open round."""

import pytest

from app import connect
from registry import usecases
from registry.queries.alike import find_alike, list_pairs
from registry.usecases import Details
from tests.checkin.factories import OPENED, make_open_round, make_ticket
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
