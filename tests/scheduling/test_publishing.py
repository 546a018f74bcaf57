"""A draft becomes the version in force."""

import pytest
from sqlmodel import select

from bulou.announcements import _listeners, on
from bulou.ids import new_id
from registry.models import Household
from registry.rules import RosterChanged
from scheduling.errors import PlanHasUnplaced, PlanIsStale, PlanNotFound, PlanWasReplaced, RoundIsOver
from scheduling.models import Plan
from scheduling.queries.plans import find_latest_plan, places_in_force
from scheduling.rules import PlanPublished, PlanState, RoundState
from scheduling.usecases import publish_plan
from scheduling.usecases.roster import follow_registry
from tests.factories import make_resident
from tests.scheduling.estates import Estate, make_estate
from tests.scheduling.test_planning import plan_of

CRAMPED = [{"lanes": 1, "heads_per_lane_hour": 24}]  # 12 heads in a slot, which is three floors


@pytest.fixture
def announced():
    heard = []

    def hear(session, event):
        heard.append(event)

    on(PlanPublished, hear)
    yield heard
    _listeners[PlanPublished].remove(hear)


def publish(session, plan: Plan, clock, **given) -> int:
    return publish_plan(session, (plan.community_id, plan.id), now=clock.now(), **given)


def make_draft(session, estate: Estate, clock) -> Plan:
    clock.advance(minutes=1)
    return plan_of(session, estate, clock)


def test_the_first_plan_published_is_version_1_and_in_force(session, clock, announced):
    estate = make_estate(session)
    plan = make_draft(session, estate, clock)

    version = publish(session, plan, clock)

    assert version == plan.version == estate.round.version == 1
    assert (plan.state, estate.round.state) == (PlanState.PUBLISHED, RoundState.PUBLISHED)
    assert estate.round.published_at == plan.published_at == clock.now()
    assert announced == [PlanPublished(*estate.key, plan.id, 1)]


def test_publishing_again_changes_nothing(session, clock, announced):
    estate = make_estate(session)
    plan = make_draft(session, estate, clock)
    publish(session, plan, clock)
    published_at = plan.published_at
    clock.advance(minutes=5)

    version = publish(session, plan, clock)

    assert (version, plan.published_at, len(announced)) == (1, published_at, 1)


def test_the_next_version_replaces_the_one_before(session, clock):
    estate = make_estate(session)
    first = make_draft(session, estate, clock)
    publish(session, first, clock)
    second = make_draft(session, estate, clock)

    publish(session, second, clock)

    session.refresh(first)
    assert (first.state, first.version) == (PlanState.REPLACED, 1)
    assert (second.state, second.version, estate.round.version) == (PlanState.PUBLISHED, 2, 2)
    assert find_latest_plan(session, estate.key) == second.id
    assert {place.plan_id for place in places_in_force(session, estate.round).values()} == {second.id}


def test_a_version_that_was_replaced_stays_so(session, clock):
    estate = make_estate(session)
    first = make_draft(session, estate, clock)
    publish(session, first, clock)
    publish(session, make_draft(session, estate, clock), clock)
    session.refresh(first)

    with pytest.raises(PlanWasReplaced):
        publish(session, first, clock)


def test_a_round_that_is_open_stays_open(session, clock):
    estate = make_estate(session)
    publish(session, make_draft(session, estate, clock), clock)
    estate.round.state = RoundState.OPEN

    publish(session, make_draft(session, estate, clock), clock)

    assert estate.round.state is RoundState.OPEN


def test_a_draft_of_an_older_roster_is_not_published(session, clock):
    estate = make_estate(session)
    plan = make_draft(session, estate, clock)
    make_resident(session, session.get(Household, (estate.community.id, estate.households[0])))
    follow_registry(session, RosterChanged(estate.community.id, ()), now=clock.now())
    session.refresh(plan)

    with pytest.raises(PlanIsStale):
        publish(session, plan, clock)


def test_a_draft_of_other_cohorts_is_not_published(session, clock):
    estate = make_estate(session, floors=20)
    older = make_draft(session, estate, clock)
    estate.points[0].lanes = 1
    make_draft(session, estate, clock)

    with pytest.raises(PlanIsStale):
        publish(session, older, clock)


def test_whoever_has_no_place_is_published_only_knowingly(session, clock):
    estate = make_estate(session, points=CRAMPED, hours=1)
    plan = make_draft(session, estate, clock)

    with pytest.raises(PlanHasUnplaced) as refusal:
        publish(session, plan, clock)

    assert refusal.value.facts == {"heads": len(estate.residents) - 12}  # of two slots the first has begun
    assert publish(session, plan, clock, accept_unplaced=True) == 1


@pytest.mark.parametrize("state", [RoundState.CLOSED, RoundState.CANCELLED, RoundState.ARCHIVED])
def test_nothing_is_published_in_a_round_that_is_over(session, clock, state):
    estate = make_estate(session)
    plan = make_draft(session, estate, clock)
    estate.round.state = state

    with pytest.raises(RoundIsOver):
        publish(session, plan, clock)


def test_another_communitys_plan_is_not_found(session, clock):
    plan = make_draft(session, make_estate(session), clock)
    other = make_estate(session)

    with pytest.raises(PlanNotFound):
        publish_plan(session, (other.community.id, plan.id), now=clock.now())
    with pytest.raises(PlanNotFound):
        publish_plan(session, (other.community.id, new_id()), now=clock.now())
    assert session.exec(select(Plan.version)).all() == [None]
