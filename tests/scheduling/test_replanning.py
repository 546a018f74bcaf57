"""A round in force planned again: who is still to come, who is called, who moves and why."""

from datetime import timedelta

from sqlmodel import select

from bulou.ids import new_id
from registry.models import Excuse
from registry.rules import ExcuseKind, ExcuseState
from scheduling import planner
from scheduling.models import Assignment, Plan, RosterEntry
from scheduling.queries.facts import count_cohort_heads
from scheduling.queries.moves import list_changes
from scheduling.queries.plans import plan_page
from scheduling.rules import RoundState
from scheduling.usecases.planning import keep_draft, prepare, search
from scheduling.usecases.publishing import publish_plan
from tests.factories import NOON
from tests.scheduling.estates import Estate, make_estate


def make_open_estate(session, clock, **facts) -> tuple[Estate, Plan]:
    """A round in its first half hour, with its first version in force."""
    estate = make_estate(session, **facts)
    plan = planned(session, estate, clock)
    publish_plan(session, (estate.community.id, plan.id), now=clock.now())
    estate.round.state = RoundState.OPEN
    session.add(estate.round)
    session.flush()
    clock.advance(minutes=20)
    return estate, plan


def planned(session, estate: Estate, clock, **given) -> Plan:
    prepared = prepare(session, estate.key, now=clock.now(), **given)
    found = search(prepared, seconds=1)
    plan_id = new_id()
    keep_draft(session, estate.key, plan_id, prepared, found, author_id=None, now=clock.now())
    return session.get_one(Plan, (estate.community.id, plan_id))


def places_of(session, plan: Plan) -> dict:
    rows = session.exec(select(Assignment).where(Assignment.plan_id == plan.id)).all()
    return {row.cohort_id: (row.point_id, row.slot) for row in rows}


def entries_called_later(session, plan: Plan) -> list[RosterEntry]:
    later = {cohort for cohort, (_, slot) in places_of(session, plan).items() if slot > 0}
    entries = session.exec(select(RosterEntry)).all()
    cohort = next(entry.cohort_id for entry in entries if entry.cohort_id in later)
    return [entry for entry in entries if entry.cohort_id == cohort]


def close_one(session, estate: Estate, plan: Plan):
    """A point where somebody is still to be called takes nobody any more."""
    later = {point for point, slot in places_of(session, plan).values() if slot > 0}
    point = next(point for point in estate.points if point.id in later)
    point.lanes = 0
    session.add(point)
    session.flush()
    return point


def test_where_nothing_happened_nobody_moves(session, clock):
    estate, plan = make_open_estate(session, clock)

    again = planned(session, estate, clock)

    assert places_of(session, again) == places_of(session, plan)
    assert (again.result["moves"], again.result["moved_heads"], again.result["is_least"]) == ([], 0, True)


def test_when_a_point_closes_only_those_told_to_go_there_and_not_yet_called_move(session, clock):
    estate, plan = make_open_estate(session, clock, buildings=4)
    before = places_of(session, plan)
    closed = close_one(session, estate, plan)

    again = planned(session, estate, clock)

    after = places_of(session, again)
    moved = {cohort for cohort, place in before.items() if after.get(cohort) != place}
    assert moved == {cohort for cohort, (point, slot) in before.items() if point == closed.id and slot > 0}
    assert moved
    assert closed.id not in {after[cohort][0] for cohort in moved}
    assert not again.is_stale


def test_the_list_before_publishing_says_who_moves_and_why(session, clock):
    estate, plan = make_open_estate(session, clock, buildings=4)
    close_one(session, estate, plan)
    again = planned(session, estate, clock)

    change = list_changes(session, plan_page(session, (estate.community.id, again.id)))

    assert {move.why[0].kind for move in change.moves} == {planner.MoveKind.POINT_CLOSED}
    assert change.moved_heads == change.least_moved == sum(move.group.heads for move in change.moves)
    assert change.is_least
    assert publish_plan(session, (estate.community.id, again.id), now=clock.now()) == 2


def test_only_those_still_to_come_need_room(session, clock):
    estate, plan = make_open_estate(session, clock, hours=8)
    coming = entries_called_later(session, plan)
    coming[0].sampled_at = coming[1].arrived_at = clock.now()
    session.add_all(coming[:2])
    excuse = {"kind": ExcuseKind.AWAY, "state": ExcuseState.ACCEPTED, "from_at": NOON, "created_at": NOON}
    key = {"community_id": estate.community.id, "id": new_id(), "resident_id": coming[2].resident_id}
    session.add(Excuse(**key, **excuse))
    session.flush()

    prepared = prepare(session, estate.key, now=clock.now())

    cohort = coming[0].cohort_id
    assert prepared.problem.heads(str(cohort)) == len(coming) - 3
    assert count_cohort_heads(session, estate.round)[cohort] == len(coming)


def test_planned_afresh_the_called_stay_and_nobody_else_is_put_into_a_time_that_has_begun(session, clock):
    estate, plan = make_open_estate(session, clock)

    again = planned(session, estate, clock, afresh=True)

    before, after = places_of(session, plan), places_of(session, again)
    called = {cohort: place for cohort, place in before.items() if place[1] == 0}
    assert called
    assert {cohort: place for cohort, place in after.items() if place[1] == 0} == called
    assert "moves" not in again.result


def test_a_first_plan_made_while_hours_run_puts_nobody_into_a_time_that_has_begun(session, clock):
    estate = make_estate(session)
    clock.at = NOON + timedelta(minutes=40)

    plan = planned(session, estate, clock)

    assert min(slot for _, slot in places_of(session, plan).values()) >= 2


def test_of_a_building_that_is_partly_called_the_rest_may_go_elsewhere_when_its_point_closes(session, clock):
    estate, plan = make_open_estate(session, clock, buildings=1, units=6, hours=6)
    before = places_of(session, plan)
    used = close_one(session, estate, plan).id

    again = planned(session, estate, clock)

    after = places_of(session, again)
    assert set(after) == set(before)
    assert {after[c][0] for c, (_, slot) in before.items() if slot == 0} == {used}
    assert used not in {after[c][0] for c, (_, slot) in before.items() if slot > 0}
