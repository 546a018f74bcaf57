"""Ways out for people without a place: each is tried before it is offered. And what binds those who have one."""

import random
import sys
from dataclasses import replace
from types import SimpleNamespace

import pytest

from scheduling.planner import Building, Plan, Problem, Status, bindings, exchange, may_make_room, solve, violations
from scheduling.planner.bindings import ENGLISH_BINDINGS, BindingKind
from scheduling.planner.plan import Assignment
from scheduling.planner.reasons import reasons_unplaced
from scheduling.planner.ways_out.changes import ClosedPoint, WayKind, apply_change
from scheduling.planner.ways_out.search import WayOut, ways_out
from scheduling.planner.ways_out.trying import Trial, try_changes
from scheduling.planner_sentences import way_sentence
from tests.scheduling.planner.making import make_building, make_point, make_problem, random_problem


def plan_with(problem: Problem, places: dict[str, tuple[str, int]]) -> Plan:
    unplaced = reasons_unplaced(problem, places)
    assignments = tuple(Assignment(cohort, *place) for cohort, place in places.items())
    return Plan(Status.PARTIAL if unplaced else Status.FEASIBLE, 0, None, assignments, unplaced, 0)


def said_of(way: WayOut) -> str:
    return way_sentence(way, lambda sentence: sentence)


def one_full_point(*buildings: Building, **facts: object) -> Problem:
    return make_problem(points=(make_point("P1", 30),), slots=1, buildings=buildings, **facts)


@pytest.mark.parametrize("seed", range(8))
def test_what_is_offered_really_gives_them_a_place(seed):
    problem = random_problem(seed, most_buildings=8, most_points=3, most_slots=3)
    problem = replace(problem, buildings=tuple(replace(b, pinned={}) for b in problem.buildings))
    plan = solve(problem, steps=500)

    left_out = sum(problem.heads(u.cohort) for u in plan.unplaced)
    ways = ways_out(problem, plan, seconds=0.8)

    for way in random.Random(seed).sample(ways, min(3, len(ways))):
        trial = try_changes(problem, plan.places, way.changes, way.placed, lane_more={}, seconds=1)
        changed = problem
        for change in way.changes:
            changed = apply_change(changed, change)
        best = solve(changed, steps=2_000)
        placed = sum(problem.heads(cohort) for cohort in way.placed)
        assert sum(changed.heads(u.cohort) for u in best.unplaced) <= left_out - placed
        assert violations(changed, [Assignment(c, *place) for c, place in trial.places.items()]) == []
        assert set(plan.places) <= set(trial.places)


def test_nothing_is_offered_where_all_have_a_place():
    assert ways_out(make_problem(), solve(make_problem(), steps=200)) == []


def test_one_lane_more_is_counted_as_the_point_is_set_up():
    problem = one_full_point(make_building("B1", (30,)), make_building("B2", (10,)))
    plan = plan_with(problem, {"B1-1": ("P1", 0)})

    enough = ways_out(problem, plan, lane_more={"P1": (10,)}, kinds=[WayKind.ONE_LANE_MORE])
    too_few = ways_out(problem, plan, lane_more={"P1": (9,)}, kinds=[WayKind.ONE_LANE_MORE])

    assert [said_of(way) for way in enough] == ["One lane more at P1 (10 people more in a slot)"]
    assert (enough[0].placed, enough[0].moved_heads) == (("B2-1",), 0)
    assert too_few == []


def test_half_an_hour_longer_is_so_many_slots_more():
    problem = one_full_point(make_building("B1", (30,)), make_building("B2", (25,)))
    plan = plan_with(problem, {"B1-1": ("P1", 0)})

    way = ways_out(problem, plan, kinds=[WayKind.OPEN_LONGER])[0]

    assert said_of(way) == "P1 open 30 minutes longer"
    assert (way.placed_heads, way.moved_heads) == (25, 0)
    assert apply_change(problem, way.changes[0]).slots == 3


@pytest.mark.parametrize(
    ("building", "facts", "said"),
    [
        ({"tier": "strict"}, {}, "P1 also for the tier strict"),
        ({"x": 170}, {"max_walk": 100}, "Walks of up to 200 m"),
        ({"points": ()}, {}, "B2 also allowed at P1"),
        ({"window": (1, 1)}, {"slots": 2}, "B2 called at any time"),
    ],
)
def test_a_rule_that_keeps_them_out_may_be_bent(building, facts, said):
    problem = make_problem(
        points=(make_point("P1", (30,) + (0,) * (facts.get("slots", 1) - 1)),),
        buildings=(make_building("B2", (10,), **building),),
        **({"slots": 1} | facts),
    )

    ways = ways_out(problem, plan_with(problem, {}))

    assert said in [said_of(way) for way in ways]


def test_a_group_larger_than_a_slot_is_divided():
    problem = make_problem(points=(make_point("P1", 20),), slots=3, buildings=(make_building("B1", (50,)),))

    ways = ways_out(problem, plan_with(problem, {}), kinds=[WayKind.DIVIDE])

    assert [(said_of(way), way.placed_heads) for way in ways] == [("B1-1 divided into 3 groups", 50)]


def test_where_one_change_is_not_enough_several_are_tried_together():
    buildings = (make_building("B1", (25,)), make_building("B2", (25,)))
    problem = make_problem(points=(make_point("P1", 10), make_point("P2", 10)), slots=1, buildings=buildings)

    ways = ways_out(problem, plan_with(problem, {}), lane_more={"P1": (15,), "P2": (15,)})

    assert ways[0].placed_heads == 50
    assert len(ways[0].changes) == 2


def test_a_building_says_what_keeps_it_from_better_places():
    problem = make_problem(
        slots=2,
        points=(make_point("P1", 30), make_point("P2", 30, x=100), make_point("P3", 30, x=900, serves=("strict",))),
        buildings=(make_building("B1", (30, 30)), make_building("B2", (20,)), make_building("B3", (15,), x=100)),
        max_walk=500,
    )
    places = {"B1-1": ("P1", 0), "B1-2": ("P1", 1), "B3-1": ("P2", 0), "B2-1": ("P2", 1)}

    found = {one.kind: dict(one.facts) for one in bindings(problem, plan_with(problem, places), "B2")}

    assert found == {
        BindingKind.TIER: {"count": 2, "points": 3, "tier": "normal"},
        BindingKind.WALK_LIMIT: {"count": 2, "points": 3, "limit": 500},
        BindingKind.NEARER_FULL: {"point": "P1", "by": "B1"},
        BindingKind.EARLIER_FULL: {"point": "P2", "by": "B3"},
    }
    assert set(BindingKind) == set(ENGLISH_BINDINGS)


def test_going_to_a_full_point_says_whom_it_would_push_out():
    problem = make_problem(
        slots=1,
        points=(make_point("P1", 30), make_point("P2", 30, x=100)),
        buildings=(make_building("B1", (30,)), make_building("B2", (20,), x=100)),
    )
    plan = plan_with(problem, {"B1-1": ("P1", 0), "B2-1": ("P2", 0)})

    found = exchange(problem, plan, "B1", "P2")

    assert may_make_room(problem, plan, "B1", "P2")
    assert (found.buildings, found.moved_heads, dict(found.places)) == (("B2",), 20, {"B1-1": ("P2", 0)})


def test_where_nobody_could_make_room_nothing_is_promised():
    problem = make_problem(
        slots=1,
        points=(make_point("P1", 30), make_point("P2", 30, x=100)),
        buildings=(make_building("B1", (30,)), make_building("B2", (20,), points=("P2",))),
    )
    plan = plan_with(problem, {"B1-1": ("P1", 0), "B2-1": ("P2", 0)})

    assert exchange(problem, plan, "B1", "P2") is None
    assert not may_make_room(problem, plan, "B1", "P2")


def test_somebody_who_has_no_place_need_not_find_one_for_others_to_make_room():
    problem = make_problem(
        slots=1,
        points=(make_point("P1", 30), make_point("P2", 30, x=100)),
        buildings=(make_building("B1", (30,)), make_building("B2", (20,), x=100), make_building("B3", (10,))),
    )
    plan = plan_with(problem, {"B1-1": ("P1", 0), "B2-1": ("P2", 0)})

    assert may_make_room(problem, plan, "B1", "P2")


@pytest.mark.parametrize("seed", range(8))
def test_where_room_was_found_it_is_never_said_that_nobody_can_make_it(seed):
    problem = random_problem(seed)
    plan = solve(problem, steps=200, seed=seed)
    for building in problem.buildings[:3]:
        for point in problem.points:
            found = exchange(problem, plan, building.id, point.id, seconds=0.02)

            assert found is None or may_make_room(problem, plan, building.id, point.id)


def test_who_is_called_already_does_not_make_room():
    problem = make_problem(
        slots=2,
        points=(make_point("P1", 30), make_point("P2", (20, 0), x=100)),
        buildings=(make_building("B1", (20,)), make_building("B2", (20,), x=100)),
    )
    plan = plan_with(problem, {"B1-1": ("P1", 1), "B2-1": ("P2", 0)})

    assert may_make_room(problem, plan, "B1", "P2")
    assert not may_make_room(problem, plan, "B1", "P2", from_slot=1)


def test_a_closed_point_is_offered_to_be_opened_again():
    buildings = (make_building("B1", (25,)), make_building("B2", (25,)))
    problem = make_problem(points=(make_point("P1", 0), make_point("P2", 30)), slots=1, buildings=buildings)
    plan = plan_with(problem, {"B2-1": ("P2", 0)})

    ways = ways_out(problem, plan, lane_more={"P2": (10,)}, closed={"P1": ClosedPoint(3, (30,))})

    assert (said_of(ways[0]), ways[0].placed, ways[0].moved_heads) == (
        "P1 open again (lanes: 3)",
        ("B1-1",),
        0,
    )
    assert all(change.facts.get("point") != "P1" for way in ways[1:] for change in way.changes)


def test_a_closed_point_that_would_still_be_too_small_is_not_offered():
    problem = make_problem(points=(make_point("P1", 0),), slots=1, buildings=(make_building("B1", (25,)),))

    assert ways_out(problem, plan_with(problem, {}), closed={"P1": ClosedPoint(1, (24,))}, seconds=0.5) == []


def test_what_is_enough_only_together_is_still_tried_where_single_changes_would_take_all_the_time(monkeypatch):
    """Six single changes of 0.1 s each, and 0.6 s in all: some of it is left for what is enough together."""
    points = tuple(make_point(f"P{n}", 10) for n in range(3))
    buildings = tuple(make_building(f"B{n}", (25,)) for n in range(3))
    problem = make_problem(points=points, slots=1, buildings=buildings)
    now = [0.0]

    def slow(problem, places, changes, wanted, **_given):
        now[0] += 0.1
        return Trial(tuple(wanted[: len(changes)]), 25 * len(changes), 0, {})

    module = sys.modules[WayOut.__module__]
    monkeypatch.setattr(module, "try_changes", slow)
    monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: now[0]))

    ways = ways_out(problem, plan_with(problem, {}), seconds=0.6)

    assert len(ways[0].changes) == 2
