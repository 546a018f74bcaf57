"""From roster to draft, as the job does it and as a person changes it by hand."""

from collections import Counter
from datetime import timedelta

import pytest
from sqlmodel import select

from bulou.ids import new_id
from registry.models import Excuse
from registry.rules import ExcuseKind, NeedKind
from scheduling import planner
from scheduling.errors import CohortNotFound, PlanIsStale, RoundHasNoHours, RoundIsOver
from scheduling.models import Assignment, Pin, Plan, RosterEntry, SamplingSession
from scheduling.queries.facts import count_cohort_heads, read_grid
from scheduling.rules import PointKind, RoundState
from scheduling.usecases.pinning import place_by_hand, unpin
from scheduling.usecases.planning import keep_draft, prepare, search
from scheduling.usecases.publishing import publish_plan
from tests.factories import NOON, make_point, make_sampling_session
from tests.scheduling.estates import Estate, make_estate, make_need, make_random_estate

STEPS = 2_000


def plan_of(session, estate: Estate, clock) -> Plan:
    prepared = prepare(session, estate.key, now=clock.now())
    plan_id = new_id()
    found = planner.solve(prepared.problem, steps=STEPS)
    keep_draft(session, estate.key, plan_id, prepared, found, author_id=None, now=clock.now())
    return session.get_one(Plan, (estate.community.id, plan_id))


@pytest.mark.parametrize(
    ("from_hours", "until_hours", "needs_room"),
    [(-24, 240, False), (-24, None, False), (-24, 0.5, True), (1, None, True)],
)
def test_who_is_excused_through_all_hours_needs_no_room(session, clock, from_hours, until_hours, needs_room):
    estate = make_estate(session)
    clock.at = NOON - timedelta(hours=30)
    session.add(
        Excuse(
            community_id=estate.community.id,
            id=new_id(),
            resident_id=estate.residents[0],
            kind=ExcuseKind.AWAY,
            from_at=NOON + timedelta(hours=from_hours),
            until_at=None if until_hours is None else NOON + timedelta(hours=until_hours),
            created_at=clock.now(),
        )
    )

    plan = plan_of(session, estate, clock)

    rows = session.exec(select(Assignment).where(Assignment.plan_id == plan.id)).all()
    assert sum(row.heads for row in rows) == len(estate.residents) - (not needs_room)
    assert sum(count_cohort_heads(session, estate.round).values()) == len(estate.residents)
    assert publish_plan(session, (estate.community.id, plan.id), now=clock.now()) == 1


def places_of(session, plan: Plan) -> dict[str, tuple[str, int]]:
    rows = session.exec(select(Assignment).where(Assignment.plan_id == plan.id)).all()
    return {str(row.cohort_id): (str(row.point_id), row.slot) for row in rows}


def test_everybody_gets_a_point_and_a_time_and_the_round_is_planned(session, clock):
    estate = make_estate(session)

    plan = plan_of(session, estate, clock)

    rows = session.exec(select(Assignment).where(Assignment.plan_id == plan.id)).all()
    assert sum(row.heads for row in rows) == len(estate.residents)
    assert all(row.ends_at - row.starts_at == timedelta(minutes=30) and row.starts_at >= NOON for row in rows)
    assert estate.round.state is RoundState.PLANNED
    assert not plan.is_stale


@pytest.mark.parametrize("seed", range(8))
def test_everybody_is_in_one_cohort_or_visited_and_heads_add_up(session, clock, seed):
    estate = make_random_estate(session, seed)

    plan = plan_of(session, estate, clock)

    entries = session.exec(select(RosterEntry)).all()
    assert len(entries) == len(estate.residents)
    assert all((entry.cohort_id is None) == entry.is_doorstep for entry in entries)
    heads = count_cohort_heads(session, estate.round)
    unplaced = {one["cohort"] for one in plan.result["unplaced"]}
    assert Counter(heads) == Counter(entry.cohort_id for entry in entries if entry.cohort_id)
    assert set(places_of(session, plan)) | unplaced == {str(cohort) for cohort in heads}
    assert set(places_of(session, plan)).isdisjoint(unplaced)


@pytest.mark.parametrize("seed", range(8))
def test_no_point_is_ever_sent_more_heads_than_it_can_take(session, clock, seed):
    estate = make_random_estate(session, seed)

    plan = plan_of(session, estate, clock)

    grid = read_grid(session, estate.round)
    capacity = {(point.id, slot): heads for point in grid.points for slot, heads in enumerate(point.capacity)}
    load = Counter()
    for row in session.exec(select(Assignment).where(Assignment.plan_id == plan.id)):
        load[str(row.point_id), row.slot] += row.heads
    assert all(heads <= capacity[where] for where, heads in load.items())


def test_a_household_larger_than_a_slot_is_unplaced_and_says_so(session, clock):
    estate = make_estate(session, buildings=1, units=1, floors=1, doors=1, heads=70)

    plan = plan_of(session, estate, clock)

    unplaced = planner.plan_from_json(plan.result).unplaced
    assert [one.reason.kind for one in unplaced] == [planner.ReasonKind.COHORT_TOO_LARGE]


def test_trips_from_door_to_door_and_makeup_sessions_are_not_planned(session, clock):
    estate = make_estate(session, points=[{}])
    make_point(session, estate.round, kind=PointKind.DOORSTEP)
    later = NOON + timedelta(hours=10)
    make_sampling_session(session, estate.round, starts_at=later, ends_at=later + timedelta(hours=2), is_makeup=True)

    prepared = prepare(session, estate.key, now=clock.now())

    assert [point.id for point in prepared.problem.points] == [str(estate.points[0].id)]
    assert prepared.problem.slots == 8


def test_a_building_with_frail_people_is_more_urgent(session, clock):
    estate = make_estate(session)
    make_need(session, estate, estate.residents[0], NeedKind.FRAIL)

    problem = prepare(session, estate.key, now=clock.now()).problem

    assert problem.buildings[0].urgency > problem.buildings[1].urgency == 1


def test_where_buildings_went_last_time_is_known_by_the_name_of_the_point(session, clock):
    from scheduling.usecases.publishing import publish_plan
    from tests.factories import make_round

    estate = make_estate(session)
    plan = plan_of(session, estate, clock)
    publish_plan(session, (estate.community.id, plan.id), now=clock.now())
    campaign = estate.round.campaign_id
    second = make_round(session, type("C", (), {"community_id": estate.community.id, "id": campaign})())
    make_sampling_session(session, second)
    again = {point.name: make_point(session, second, name=point.name, lanes=2) for point in estate.points}

    problem = prepare(session, (estate.community.id, second.id), now=clock.now()).problem

    names = {str(point.id): point.name for point in estate.points}
    cohorts = {str(c.id): str(building) for c, building in _cohort_buildings(session, estate)}
    went = {cohorts[cohort]: names[point] for cohort, (point, _) in places_of(session, plan).items()}
    assert problem.previous == {building: str(again[name].id) for building, name in went.items()}


def _cohort_buildings(session, estate):
    from scheduling.models import Cohort

    return [(c, c.building_id) for c in session.exec(select(Cohort).where(Cohort.round_id == estate.round.id))]


def test_a_round_without_hours_cannot_be_planned(session, clock):
    estate = make_estate(session)
    session.delete(session.exec(select(SamplingSession)).one())
    session.flush()

    with pytest.raises(RoundHasNoHours):
        prepare(session, estate.key, now=clock.now())


def test_a_round_that_is_over_cannot_be_planned(session, clock):
    estate = make_estate(session, state=RoundState.CLOSED)

    with pytest.raises(RoundIsOver):
        prepare(session, estate.key, now=clock.now())


def test_keeping_a_draft_twice_keeps_one(session, clock):
    estate = make_estate(session)
    prepared = prepare(session, estate.key, now=clock.now())
    found, plan_id = search(prepared, seconds=0.2), new_id()

    first = keep_draft(session, estate.key, plan_id, prepared, found, author_id=None, now=clock.now())
    again = keep_draft(session, estate.key, plan_id, prepared, found, author_id=None, now=clock.now())

    assert (first, again) == (True, False)


def test_a_draft_says_that_the_roster_changed_while_it_was_made(session, clock):
    estate = make_estate(session)
    prepared = prepare(session, estate.key, now=clock.now())
    found, plan_id = search(prepared, seconds=0.2), new_id()
    session.delete(session.get(RosterEntry, (*estate.key, estate.residents[0])))

    keep_draft(session, estate.key, plan_id, prepared, found, author_id=None, now=clock.now())

    assert session.get_one(Plan, (estate.community.id, plan_id)).is_stale


def test_a_search_that_is_watched_can_be_stopped_early(session, clock, monkeypatch):
    monkeypatch.setattr("scheduling.usecases.planning.TELL_EVERY", 0.05)
    estate = make_estate(session, buildings=40, floors=20, doors=4, hours=48)
    prepared = prepare(session, estate.key, now=clock.now())
    seen = []

    found = search(prepared, seconds=60, watch=lambda progress: bool(seen.append(progress)) or len(seen) >= 2)

    assert found.seconds < 50 or found.status is planner.Status.OPTIMAL


def test_a_place_chosen_by_hand_makes_a_new_draft_and_is_kept_when_planned_again(session, clock):
    estate = make_estate(session)
    plan = plan_of(session, estate, clock)
    cohort, (point, slot) = next(iter(places_of(session, plan).items()))

    draft_id = place_by_hand(
        session, (estate.community.id, plan.id), {cohort: (point, 7)}, cause="", by=None, now=clock.now()
    )
    draft = session.get_one(Plan, (estate.community.id, draft_id))
    again = plan_of(session, estate, clock)

    assert draft.parent_id == plan.id and draft.state == "draft"
    assert places_of(session, draft) == {**places_of(session, plan), cohort: (point, 7)}
    assert places_of(session, plan)[cohort] == (point, slot)
    assert places_of(session, again)[cohort] == (point, 7)


def test_a_place_that_breaks_a_rule_is_answered_with_the_rule_and_changes_nothing(session, clock):
    estate = make_estate(session, buildings=1)
    plan = plan_of(session, estate, clock)
    cohort, (point, slot) = next(iter(places_of(session, plan).items()))
    other = next(str(p.id) for p in estate.points if str(p.id) != point)

    broken = place_by_hand(
        session, (estate.community.id, plan.id), {cohort: (other, slot)}, cause="", by=None, now=clock.now()
    )

    assert [violation.kind for violation in broken] == [planner.ViolationKind.BUILDING_SPLIT]
    assert session.exec(select(Pin)).all() == []
    assert len(session.exec(select(Plan.id)).all()) == 1


def test_a_cohort_of_another_plan_cannot_be_placed(session, clock):
    estate = make_estate(session)
    plan = plan_of(session, estate, clock)

    with pytest.raises(CohortNotFound):
        place_by_hand(
            session, (estate.community.id, plan.id), {str(new_id()): ("", 0)}, cause="", by=None, now=clock.now()
        )


def test_a_stale_draft_cannot_be_changed_by_hand(session, clock):
    estate = make_estate(session)
    plan = plan_of(session, estate, clock)
    cohort, (point, _) = next(iter(places_of(session, plan).items()))
    plan.is_stale = True

    with pytest.raises(PlanIsStale):
        place_by_hand(session, (estate.community.id, plan.id), {cohort: (point, 7)}, cause="", by=None, now=clock.now())


def test_what_is_unpinned_the_planner_may_move_again(session, clock):
    estate = make_estate(session)
    plan = plan_of(session, estate, clock)
    cohort, (point, _) = next(iter(places_of(session, plan).items()))
    key = (estate.community.id, plan.id)
    place_by_hand(session, key, {cohort: (point, 7)}, cause="", by=None, now=clock.now())

    unpin(session, key, [row.cohort_id for row in session.exec(select(Pin))], by=None, now=clock.now())

    assert prepare(session, estate.key, now=clock.now()).problem.pins == {}


def test_a_pin_whose_hour_is_gone_holds_nobody(session, clock):
    estate = make_estate(session)
    plan = plan_of(session, estate, clock)
    cohort, (point, _) = next(iter(places_of(session, plan).items()))
    key = (estate.community.id, plan.id)
    place_by_hand(session, key, {cohort: (point, 7)}, cause="", by=None, now=clock.now())
    session.exec(select(SamplingSession)).one().ends_at = NOON + timedelta(hours=3)
    session.flush()

    assert prepare(session, estate.key, now=clock.now()).problem.pins == {}


def test_on_the_day_who_was_called_stays_and_nobody_is_sent_into_the_past(session, clock):
    from scheduling.usecases.publishing import publish_plan

    estate = make_estate(session)
    plan = plan_of(session, estate, clock)
    publish_plan(session, (estate.community.id, plan.id), now=clock.now())
    estate.round.state = RoundState.OPEN
    clock.advance(minutes=20)

    again = plan_of(session, estate, clock)

    before, after = places_of(session, plan), places_of(session, again)
    called = {cohort: place for cohort, place in before.items() if place[1] == 0}
    assert called
    assert {cohort: place for cohort, place in after.items() if place[1] == 0} == called
