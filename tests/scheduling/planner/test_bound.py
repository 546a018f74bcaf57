"""A bound is never above any plan that leaves as few heads unplaced, whichever way it was found."""

from dataclasses import replace

import numpy as np
import pytest

from scheduling.planner import Problem, objective
from scheduling.planner import bound as bounds
from scheduling.planner import candidates as candidate_rules
from scheduling.planner.arrays import Arrays, arrays_of
from scheduling.planner.bound import FinishBound, bound_holds, fits_nowhere
from scheduling.planner.flow import FlowModel
from scheduling.planner.large_bound import bound_part, find_bound
from scheduling.planner.prices import PriceModel
from scheduling.planner.rules import first_pin_violation
from tests.scheduling.planner.making import (
    all_plans,
    random_problem,
    unplaced_heads,
)


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


def bound_of(problem: Problem, arrays: Arrays, spare: int) -> float | None:
    bound = FinishBound(problem, arrays, spare)
    bound.refine(lambda: False)
    return bound.value


@pytest.mark.parametrize("model", ["flow", "prices"])
@pytest.mark.parametrize("nearest", [24, 1])
@pytest.mark.parametrize("seed", range(10))
def test_no_plan_of_a_tiny_problem_costs_less_than_its_bound(seed, nearest, model, monkeypatch):
    monkeypatch.setattr(bounds, "MOST_ARCS", 10**9 if model == "flow" else -1)
    monkeypatch.setattr(bounds, "COMPILED", True)
    monkeypatch.setattr(candidate_rules, "FEW_POINTS", nearest)
    problem = tiny_problem(seed)
    if first_pin_violation(problem) or not problem.cohort_ids:
        return
    arrays = arrays_of(problem, nearest)

    cheapest = cheapest_by_unplaced(problem)

    assert bound_holds(arrays)
    answers = find_bound(bound_part(problem, arrays, min(cheapest), [1], None))
    for left, cost in cheapest.items():
        value = bound_of(problem, arrays, left)
        assert value is None or value <= cost + 1e-7 * abs(cost)
        other = FinishBound(problem, arrays, left)  # from what a worker found for another number of heads
        other.take(answers, min(cheapest))
        assert other.value is None or other.value <= cost + 1e-7 * abs(cost)


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
