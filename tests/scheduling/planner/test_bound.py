"""A bound is never above any plan that leaves as few heads unplaced, whichever way it was found."""

from dataclasses import replace

import numpy as np
import pytest

from scheduling.planner import Plan, Problem, Reason, ReasonKind, Status, Unplaced, Weights, kernel_cache, objective
from scheduling.planner import candidates as candidate_rules
from scheduling.planner.arrays import arrays_of
from scheduling.planner.bounds import bound as bounds
from scheduling.planner.bounds.bound import FinishBound, bound_holds, fits_nowhere
from scheduling.planner.bounds.flow import FlowModel
from scheduling.planner.bounds.prices import PriceModel
from scheduling.planner.large.bound import bound_part, find_bound, made_true, second_part
from scheduling.planner.rules import first_pin_violation
from scheduling.planner_sentences import quality_sentence
from tests.scheduling.planner.making import (
    all_plans,
    make_building,
    make_point,
    make_problem,
    random_problem,
    unplaced_heads,
)

# Rounds of fillings: enough to come to worths of bids, few enough for plain Python.
ROUNDS = 15


def tiny_problem(seed: int) -> Problem:
    """Few enough cohorts to try every plan."""
    problem = random_problem(seed, most_buildings=3, most_points=3, most_slots=3)
    places = len(problem.points) * problem.slots + 1
    while places ** len(problem.cohort_ids) > 3_000:
        kept = problem.buildings[:-1]
        if not kept:
            kept = (replace(problem.buildings[0], cohorts=problem.buildings[0].cohorts[:-1], pinned={}),)
        previous = {b.id: problem.previous[b.id] for b in kept if b.id in problem.previous}
        problem = replace(problem, buildings=kept, walk=problem.walk and problem.walk[: len(kept)], previous=previous)
    return problem


def cheapest_by_unplaced(problem: Problem) -> dict[int, float]:
    """What the cheapest plan costs that leaves at most so many heads unplaced, of every plan there is."""
    found: dict[int, float] = {}
    for plan in all_plans(problem):
        left = unplaced_heads(problem, plan)
        found[left] = min(found.get(left, np.inf), objective(problem, plan))
    return {left: min(cost for other, cost in found.items() if other <= left) for left in found}


def assert_below(value: float | None, cost: float) -> None:
    assert value is None or value <= cost + 1e-7 * abs(cost)


@pytest.mark.parametrize("model", ["flow", "prices"])
@pytest.mark.parametrize("nearest", [24, 1])
@pytest.mark.parametrize("seed", range(7))
def test_no_plan_of_a_tiny_problem_costs_less_than_its_bound(seed, nearest, model, monkeypatch):
    monkeypatch.setattr(bounds, "MOST_ARCS", 10**9 if model == "flow" else -1)
    monkeypatch.setattr(kernel_cache, "COMPILED", True)
    monkeypatch.setattr(candidate_rules, "FEW_POINTS", nearest)
    problem = tiny_problem(seed)
    if first_pin_violation(problem) or not problem.cohort_ids:
        return
    arrays = arrays_of(problem, nearest)

    cheapest = cheapest_by_unplaced(problem)

    assert bound_holds(arrays)
    answers = find_bound(bound_part(problem, arrays, min(cheapest), [1], None))
    for left, cost in cheapest.items():
        bound = FinishBound(problem, arrays, left)
        bound.refine(lambda: False)
        assert_below(bound.value, cost)
        bound.sharpen(10 * cost + 1_000, lambda: False, ROUNDS)
        assert_below(bound.value, cost)
        other = FinishBound(problem, arrays, left)  # from what a worker found for another number of heads
        other.take(answers, min(cheapest))
        assert_below(other.value, cost)


def test_the_bound_rises_where_those_who_would_go_far_are_asked_about_more_points(monkeypatch):
    monkeypatch.setattr(bounds, "MOST_ARCS", -1)
    monkeypatch.setattr(kernel_cache, "COMPILED", True)
    monkeypatch.setattr(candidate_rules, "FEW_POINTS", 1)
    points = (make_point("P1", 10), make_point("P2", 100, x=10), make_point("P3", 100, x=900))
    buildings = tuple(make_building(f"B{k}", (6,)) for k in range(5))
    problem = make_problem(slots=1, points=points, buildings=buildings, weights=Weights(walk=1, early=5))
    arrays = arrays_of(problem, 1)
    cheapest = min(objective(problem, plan) for plan in all_plans(problem) if not unplaced_heads(problem, plan))

    part = bound_part(problem, arrays, 0, [], None)
    found = find_bound(part)
    wide, again = second_part(part, found, problem, arrays)
    assert again is not None
    values = []
    for answers in (made_true(found, arrays), made_true(find_bound(again), wide)):
        bound = FinishBound(problem, wide, 0)
        bound.take(answers, 0)
        values.append(bound.value or 0.0)

    assert values[0] < 0.9 * values[1]
    assert values[1] <= cheapest == 240


@pytest.mark.parametrize("seed", range(10))
def test_prices_come_close_to_the_flow_and_never_above(seed):
    arrays = arrays_of(random_problem(seed, most_buildings=60, most_points=6, most_slots=8))
    limit, out = len(arrays.slots), fits_nowhere(arrays)

    for spare in (0, 40):
        exact, priced = FlowModel(arrays, out).solve(limit, spare), PriceModel(arrays, out).solve(limit, spare)

        assert exact is not None
        assert priced.cost <= exact.cost * (1 + 1e-4)  # the flow rounds its costs down
        if exact.sent and spare == 0:
            assert priced.cost >= 0.9 * exact.cost - 1e-6


def sharp_bound(problem: Problem, target: float) -> float:
    bound = FinishBound(problem, arrays_of(problem), 0)
    bound.refine(lambda: False)
    bound.sharpen(target, lambda: False, 300)
    assert bound.value is not None
    return bound.value


def test_whole_cohorts_leave_room_empty_and_the_bound_knows(monkeypatch):
    monkeypatch.setattr(kernel_cache, "COMPILED", True)
    buildings = tuple(make_building(f"B{k}", (6,)) for k in range(4))
    problem = make_problem(points=(make_point("P1", 10),), buildings=buildings, weights=Weights(early=1))

    bound = sharp_bound(problem, 36)

    assert bound == pytest.approx(6 * (0 + 1 + 2 + 3))  # by heads alone it would be 10 + 2 x 4 = 18


def test_tiers_that_share_no_slot_and_buildings_that_do_not_fit_into_one_count(monkeypatch):
    monkeypatch.setattr(kernel_cache, "COMPILED", True)
    points = (make_point("P1", 10, serves=("normal", "closed")),)
    buildings = (make_building("B1", (6, 6)), make_building("B2", (1,), tier="closed"))
    problem = make_problem(points=points, buildings=buildings, weights=Weights(early=1, spread=5))

    bound = sharp_bound(problem, 13)

    assert bound == pytest.approx(13)  # B1 in slots 0 and 1: 6 + 5; B2 in slot 2: 2


def test_cohorts_that_fit_nowhere_leave_a_bound_for_the_others():
    buildings = (make_building("B1", (40, 10)), make_building("B2", (10,), x=100))
    problem = make_problem(points=(make_point("P1", 30),), buildings=buildings, weights=Weights(walk=1))

    bound = FinishBound(problem, arrays_of(problem), 0)
    bound.refine(lambda: False)

    assert bound.spare == 40
    assert bound.value == pytest.approx(1_000)


@pytest.mark.parametrize(
    ("status", "lower_bound", "unplaced", "says"),
    [
        (Status.OPTIMAL, 100.0, (), "No better plan exists for these wishes: that is proved."),
        (Status.FEASIBLE, 98.36, (), "At most 1.7 % above the best plan possible."),
        (Status.FEASIBLE, 99.99, (), "At most 0.1 % above the best plan possible."),
        (
            Status.PARTIAL,
            80.0,
            (ReasonKind.NO_POINTS,),
            "At most 25.0 % above the best plan that leaves as few people without a place.",
        ),
        (
            Status.PARTIAL,
            80.0,
            (ReasonKind.NO_POINTS, ReasonKind.NO_ROOM),
            "At most 25.0 % above any plan that leaves as many people without a place; "
            "fewer without a place may be possible.",
        ),
        (Status.FEASIBLE, None, (), "How far this is from the best plan possible has not been proved."),
        (Status.FEASIBLE, 0.0, (), "How far this is from the best plan possible has not been proved."),
        (Status.INFEASIBLE, None, (ReasonKind.PINS_CONTRADICT,), ""),
    ],
)
def test_how_good_a_plan_is_is_said_in_words_and_never_too_well(status, lower_bound, unplaced, says):
    left = tuple(Unplaced(f"B1-{k}", Reason(kind)) for k, kind in enumerate(unplaced))

    plan = Plan(status, 100.0, lower_bound, (), left, 1.0)

    assert quality_sentence(plan, str) == says


def test_slots_up_to_the_last_pin_are_paid_in_any_case():
    pinned = make_building("B1", (10,), pinned={"B1-1": ("P1", 3)})
    others = tuple(make_building(f"B{k}", (10,)) for k in range(2, 6))
    problem = make_problem(points=(make_point("P1", 20),), buildings=(pinned, *others), weights=Weights(finish=100))

    bound = FinishBound(problem, arrays_of(problem), 0)
    bound.refine(lambda: False)

    assert bound.best_limit == 4
    assert bound.value == pytest.approx(400)
