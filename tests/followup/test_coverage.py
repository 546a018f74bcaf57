import random
from datetime import timedelta

import pytest

from followup.queries.coverage import get_coverage
from registry.rules import ExcuseKind, ExcuseState
from tests.factories import NOON
from tests.followup.factories import Place, make_entry, make_excuse


def counts_of(session, place, **when):
    total = get_coverage(session, place.round, now=when.pop("now", NOON), **when).total
    return total.roster, total.sampled, total.excused, total.missing


def test_sampled_wins_over_excused_wins_over_missing(session):
    place = Place(session, people=3)
    make_excuse(session, place.people[0])
    make_excuse(session, place.people[1])

    place.sample(0)

    assert counts_of(session, place) == (3, 1, 1, 1)


def test_an_excuse_counts_only_from_its_beginning_to_its_end(session):
    place = Place(session, people=1)
    make_excuse(session, place.people[0], from_at=NOON + timedelta(hours=1), until_at=NOON + timedelta(hours=2))

    missing = [counts_of(session, place, now=NOON + timedelta(hours=hours))[3] for hours in (0, 1, 2)]

    assert missing == [1, 0, 1]


def test_a_proposal_excuses_nobody(session):
    place = Place(session, people=1)

    make_excuse(session, place.people[0], state=ExcuseState.PROPOSED)

    assert counts_of(session, place) == (1, 0, 0, 1)


def test_two_excuses_of_one_person_count_once_and_give_one_reason(session):
    place = Place(session, people=1)
    make_excuse(session, place.people[0], kind=ExcuseKind.AWAY)
    make_excuse(session, place.people[0], kind=ExcuseKind.IN_HOSPITAL)

    coverage = get_coverage(session, place.round, now=NOON)

    assert sum(coverage.excused_by_reason.values()) == coverage.total.excused == 1


def test_a_closed_round_stays_as_it_was_when_it_closed(session):
    place = Place(session, people=2)
    place.round.closed_at = NOON + timedelta(hours=1)
    before = counts_of(session, place, now=NOON + timedelta(hours=1))

    make_excuse(session, place.people[0], created_at=NOON + timedelta(hours=2))

    assert counts_of(session, place, now=NOON + timedelta(days=9)) == before == (2, 0, 0, 2)


def test_what_was_sampled_later_does_not_count_in_a_look_back(session):
    place = Place(session, people=2)
    place.sample(0, NOON + timedelta(minutes=10))
    place.sample(1, NOON + timedelta(minutes=50))

    early = counts_of(session, place, now=NOON + timedelta(hours=2), as_of=NOON + timedelta(minutes=30))

    assert early == (2, 1, 0, 1)


def test_people_whose_door_is_unknown_stand_in_a_row_of_their_own(session):
    place = Place(session, people=1)
    stranger = place.people[0]
    session.delete(place.entries[0])
    session.flush()
    make_entry(session, place.round, stranger, None)

    rows = get_coverage(session, place.round, now=NOON).buildings

    assert [(row.building_id, row.count.roster) for row in rows] == [(None, 1)]


@pytest.mark.parametrize("seed", range(12))
def test_roster_is_sampled_and_excused_and_missing_after_any_history(session, seed):
    chance = random.Random(seed)
    place = Place(session, people=8)
    sampled, excused = set(), {}

    for hour in range(30):
        now = NOON + timedelta(hours=hour)
        number = chance.randrange(8)
        match chance.randrange(4):
            case 0:
                place.sample(number, now)
                sampled.add(number)
            case 1:
                place.sample(number, None)
                sampled.discard(number)
            case 2:
                until = now + timedelta(hours=chance.randrange(1, 6))
                make_excuse(session, place.people[number], from_at=now, until_at=until, created_at=now)
                excused[number] = max(until, excused.get(number, until))
            case _:
                make_excuse(session, place.people[number], state=ExcuseState.REJECTED, from_at=now)

        away = {who for who, until in excused.items() if until > now} - sampled
        expected = (8, len(sampled), len(away), 8 - len(sampled) - len(away))
        assert counts_of(session, place, now=now) == expected
