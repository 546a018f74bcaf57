from dataclasses import replace
from datetime import timedelta

import pytest
from sqlmodel import select

from accounts.rules import Role
from bulou.ids import new_id
from followup.errors import (
    AttemptIdReused,
    DoorNotFound,
    RoundIsClosed,
    StewardNotFound,
    WhoNotSaid,
)
from followup.models import Attempt, RoundTally, Stewardship
from followup.queries.coverage import get_coverage
from followup.queries.missing import list_missing
from followup.queries.people import list_buildings_of
from followup.rules import VisitOutcome
from followup.usecases import VisitReport, assign_steward, record_attempt, sign_tally
from registry.errors import ExcuseReviewed
from registry.models import Excuse, Household
from registry.rules import ExcuseState
from registry.usecases import review_excuse
from scheduling.rules import RoundClosed
from tests.factories import NOON, count_rows, make_account, make_community, make_household, make_resident
from tests.followup.factories import Place, make_entry


def report(outcome: VisitOutcome, **facts) -> VisitReport:
    return VisitReport(**{"attempt_id": new_id(), "outcome": outcome, **facts})


def knock(session, place, said, person=0, now=NOON):
    record_attempt(session, place.round, place.people[person].household_id, said, by=None, now=now)


def test_a_building_has_one_steward_at_a_time(session):
    place = Place(session)
    key = (place.community.id, place.building.id)
    first, second = (make_account(session, place.community.id, Role.VOLUNTEER) for _ in range(2))

    assign_steward(session, key, first.id, by=None, now=NOON)
    assign_steward(session, key, first.id, by=None, now=NOON)
    assign_steward(session, key, second.id, by=None, now=NOON + timedelta(hours=1))

    later = NOON + timedelta(hours=2)
    assert count_rows(session, Stewardship) == 2
    assert list_buildings_of(session, place.community.id, first.id, now=later) == []
    assert list_buildings_of(session, place.community.id, second.id, now=later) == [place.building.id]
    assert get_coverage(session, place.round, now=later).buildings[0].steward == second.shown_name


def test_a_steward_of_another_community_is_refused(session):
    place = Place(session)
    stranger = make_account(session, make_community(session).id)

    with pytest.raises(StewardNotFound):
        assign_steward(session, (place.community.id, place.building.id), stranger.id, by=None, now=NOON)


def test_an_attempt_sent_twice_is_one_attempt(session):
    place = Place(session)
    said = report(VisitOutcome.NOBODY_HOME)

    knock(session, place, said)
    knock(session, place, said)

    assert count_rows(session, Attempt) == 1


def test_another_outcome_under_the_same_id_is_refused(session):
    place = Place(session)
    said = report(VisitOutcome.NOBODY_HOME)
    knock(session, place, said)

    with pytest.raises(AttemptIdReused):
        knock(session, place, report(VisitOutcome.REFUSED, attempt_id=said.attempt_id))


def test_the_latest_attempt_stands_on_the_list(session):
    place = Place(session)
    knock(session, place, report(VisitOutcome.NOBODY_HOME))

    knock(session, place, report(VisitOutcome.REFUSED), now=NOON + timedelta(minutes=5))

    door = next(door for door in list_missing(session, place.round, now=NOON) if door.attempt)
    assert (door.attempt.outcome, door.attempt.times) == (VisitOutcome.REFUSED, 2)


def test_an_outcome_that_excuses_is_a_proposal_until_it_is_reviewed(session):
    place = Place(session, people=1)
    knock(session, place, report(VisitOutcome.AWAY))
    knock(session, place, report(VisitOutcome.AWAY))
    excuse = session.exec(select(Excuse)).one()
    before = get_coverage(session, place.round, now=NOON).total

    review_excuse(session, (excuse.community_id, excuse.id), is_accepted=True, by=None, now=NOON)

    after = get_coverage(session, place.round, now=NOON).total
    assert (before.missing, before.excused) == (1, 0)
    assert (after.missing, after.excused) == (0, 1)


def test_a_review_is_final(session):
    place = Place(session, people=1)
    knock(session, place, report(VisitOutcome.MOVED_OUT))
    excuse = session.exec(select(Excuse)).one()
    key = (excuse.community_id, excuse.id)
    review_excuse(session, key, is_accepted=False, answer="在家", by=None, now=NOON)
    review_excuse(session, key, is_accepted=False, answer="在家", by=None, now=NOON)

    with pytest.raises(ExcuseReviewed):
        review_excuse(session, key, is_accepted=True, by=None, now=NOON)

    assert excuse.state is ExcuseState.REJECTED


def test_a_refusal_stays_missing_and_proposes_nothing(session):
    place = Place(session, people=1)

    knock(session, place, report(VisitOutcome.REFUSED))

    assert count_rows(session, Excuse) == 0
    assert get_coverage(session, place.round, now=NOON).total.missing == 1


def test_one_of_a_family_in_hospital_excuses_nobody_else(session):
    place = Place(session, people=1)
    ill = place.people[0]
    well = make_resident(session, session.get_one(Household, (ill.community_id, ill.household_id)))
    make_entry(session, place.round, well, place.building.id)

    knock(session, place, report(VisitOutcome.IN_HOSPITAL, residents=(ill.id,)))

    assert session.exec(select(Excuse.resident_id)).all() == [ill.id]


def test_who_of_several_is_in_isolation_must_be_said_and_of_one_is_known(session):
    several = Place(session, people=1)
    first = several.people[0]
    second = make_resident(session, session.get_one(Household, (first.community_id, first.household_id)))
    make_entry(session, several.round, second, several.building.id)
    alone = Place(session, people=1)

    with pytest.raises(WhoNotSaid):
        knock(session, several, report(VisitOutcome.IN_ISOLATION))
    assert count_rows(session, Attempt) == 0
    knock(session, several, report(VisitOutcome.NOBODY_HOME))
    knock(session, alone, report(VisitOutcome.IN_ISOLATION))

    assert session.exec(select(Excuse.resident_id)).all() == [alone.people[0].id]


def test_going_back_to_say_it_of_another_of_the_family_loses_neither(session):
    place = Place(session, people=1)
    first = place.people[0]
    second = make_resident(session, session.get_one(Household, (first.community_id, first.household_id)))
    make_entry(session, place.round, second, place.building.id)
    said = report(VisitOutcome.IN_HOSPITAL, residents=(first.id,))
    knock(session, place, said)

    knock(session, place, replace(said, residents=(second.id,)), now=NOON + timedelta(minutes=1))

    assert count_rows(session, Attempt) == 1
    assert set(session.exec(select(Excuse.resident_id))) == {first.id, second.id}


def test_an_attempt_sent_again_after_its_proposal_was_rejected_proposes_nothing(session):
    place = Place(session, people=1)
    said = report(VisitOutcome.AWAY)
    knock(session, place, said)
    excuse = session.exec(select(Excuse)).one()
    review_excuse(session, (excuse.community_id, excuse.id), is_accepted=False, answer="在家", by=None, now=NOON)

    knock(session, place, said, now=NOON + timedelta(minutes=1))

    assert count_rows(session, Excuse) == 1


def test_who_will_come_need_not_say_when(session):
    place = Place(session)

    knock(session, place, report(VisitOutcome.WILL_COME))

    assert session.exec(select(Attempt.come_at)).all() == [None]


def test_a_door_that_is_not_in_the_round_is_refused(session):
    place = Place(session)
    other = make_household(session, place.unit)

    with pytest.raises(DoorNotFound):
        record_attempt(session, place.round, other.id, report(VisitOutcome.VACANT), by=None, now=NOON)


def test_nothing_is_recorded_after_closing(session):
    place = Place(session)
    place.round.closed_at = NOON

    with pytest.raises(RoundIsClosed):
        knock(session, place, report(VisitOutcome.REFUSED))


def test_what_is_reviewed_or_scanned_after_signing_does_not_change_what_was_signed_unseen(session):
    place = Place(session, people=2)
    knock(session, place, report(VisitOutcome.AWAY))
    place.round.closed_at = NOON + timedelta(hours=1)
    session.add(place.round)
    session.flush()
    sign_tally(session, RoundClosed(place.community.id, place.round.id))
    excuse = session.exec(select(Excuse)).one()

    later = NOON + timedelta(hours=2)
    review_excuse(session, (excuse.community_id, excuse.id), is_accepted=True, by=None, now=later)
    place.sample(1)

    coverage = get_coverage(session, place.round, now=later)
    assert (coverage.total.excused, coverage.total.missing) == (0, 1)
    assert coverage.sampled_since_signing == 1


def test_closing_signs_the_ledger_once(session):
    place = Place(session, people=3)
    place.sample(0)
    place.round.closed_at = NOON
    session.add(place.round)
    session.flush()
    event = RoundClosed(place.community.id, place.round.id)

    sign_tally(session, event)
    sign_tally(session, event)

    tally = session.exec(select(RoundTally)).one()
    assert (tally.coverage["roster"], tally.coverage["sampled"], tally.coverage["missing"]) == (3, 1, 2)
    assert get_coverage(session, place.round, now=NOON).signed_at == NOON
