"""What was done and given out at a door that turned out to be another one."""

import pytest

from app import connect
from bulou.ids import new_id
from checkin.queries.handed_out import list_tickets
from checkin.queries.slips import list_carer_slips
from checkin.rules import TicketKind
from followup.queries.missing import list_missing
from followup.queries.people import get_door_card
from followup.rules import VisitOutcome
from followup.usecases import VisitReport, record_attempt
from registry import usecases
from scheduling.usecases.life import close_round
from tests.checkin.factories import OPENED, make_open_round, make_ticket
from tests.factories import NOON
from tests.registry.hands import key


@pytest.fixture
def database_kind() -> str:
    """Nothing here differs between the kinds of database."""
    return "sqlite"


@pytest.fixture
def place(session):
    connect()
    return make_open_round(session, households=3, members=2, roster_taken_at=OPENED)


def knock(session, place, door, hour):
    said = VisitReport(new_id(), VisitOutcome.NOBODY_HOME)
    return record_attempt(session, place.round, door.id, said, by=None, now=NOON.replace(hour=hour))


def attempts(session, place):
    """By door: how often somebody came, as the missing list and the card of the door say it."""
    listed = {door.household_id: door.attempt for door in list_missing(session, place.round, now=NOON)}
    for door, latest in listed.items():
        card = get_door_card(session, place.round, door)
        assert len(card.attempts) == (latest.times if latest else 0)
        alone = list_missing(session, place.round, now=NOON, household=door)
        assert [it.attempt for it in alone] == [latest]
    return {door: latest.times for door, latest in listed.items() if latest}


def test_calls_at_a_door_follow_it_into_the_one_it_was_merged_into(session, clock, place):
    first, second, third = place.households
    knock(session, place, first, 1)
    knock(session, place, second, 2)

    usecases.merge_households(session, key(first), key(second), now=clock.now())
    assert attempts(session, place) == {second.id: 2}
    usecases.merge_households(session, key(second), key(third), now=clock.now())

    assert attempts(session, place) == {third.id: 2}
    assert get_door_card(session, place.round, first.id).household_id == third.id


def test_a_closed_round_goes_on_saying_which_door_somebody_came_to(session, clock, place):
    first, second, _third = place.households
    knock(session, place, first, 1)
    close_round(session, key(place.round), now=NOON.replace(hour=6))

    usecases.merge_households(session, key(first), key(second), now=clock.now())

    assert attempts(session, place) == {first.id: 1}


def test_the_slips_of_a_door_and_of_a_person_that_were_merged_lead_to_the_same_people(session, clock, place):
    first, second, _third = place.households
    of_door, of_person = make_ticket(session, place), make_ticket(session, place, place.residents[0])

    usecases.merge_households(session, key(first), key(second), now=clock.now())
    usecases.merge_residents(session, key(place.residents[0]), key(place.residents[2]), now=clock.now())

    kinds = {line.code: line.kind for line in list_tickets(session, place.round)}
    assert kinds[of_door.code] is TicketKind.HOUSEHOLD
    assert kinds[of_person.code] is TicketKind.RESIDENT
    slips = list_carer_slips(session, place.round, [of_person.code, of_door.code], now=NOON)
    assert [(slip.code, slip.heads, slip.door) for slip in slips] == [
        (of_person.code, 1, slips[0].door),
        (of_door.code, 3, slips[0].door),
    ]
