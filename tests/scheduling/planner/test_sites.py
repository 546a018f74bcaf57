"""One slot: which points to open and who goes to which, against trying everything."""

import random
from dataclasses import replace

import pytest

from scheduling.planner import Building, Cohort, Point, Problem, Weights, objective, solve, violations
from scheduling.planner.arrays import arrays_of
from scheduling.planner.sites import sites_of
from tests.scheduling.planner.making import best_by_trying, random_problem, unplaced_heads


def siting(seed: int, buildings: int, points: int, tightness: float = 0.8) -> Problem:
    """Points that cost something, buildings around them, all in one slot."""
    rng = random.Random(seed)
    heads = [rng.randint(3, 30) for _ in range(buildings)]
    room = round(sum(heads) / points / tightness) + 15
    return Problem(
        slot_minutes=15,
        slots=1,
        points=tuple(
            Point(f"P{k}", room, rng.uniform(0, 100), rng.uniform(0, 100), open_cost=rng.choice((0, 200, 900)))
            for k in range(points)
        ),
        buildings=tuple(
            Building(f"B{k}", (Cohort(f"B{k}-1", count),), rng.uniform(0, 100), rng.uniform(0, 100))
            for k, count in enumerate(heads)
        ),
        weights=Weights(walk=1, open=1),
    )


@pytest.mark.parametrize("seed", range(40))
def test_in_one_slot_no_plan_is_better_and_no_bound_is_false(seed):
    problem = replace(random_problem(seed + 500, most_buildings=3, most_points=3, most_slots=1), slots=1)
    if len(problem.cohort_ids) > 5:
        problem = replace(problem, buildings=problem.buildings[:2], walk=problem.walk and problem.walk[:2], previous={})
    best = best_by_trying(problem)

    plan = solve(problem, steps=4_000, seed=seed)

    if best is not None:
        assert (unplaced_heads(problem, plan.assignments), plan.objective) == (best[0], pytest.approx(best[1]))
        assert plan.lower_bound is None or plan.lower_bound <= best[1] + 1e-6


@pytest.mark.parametrize("seed", range(6))
def test_sites_are_chosen_validly_and_the_same_way_again(seed):
    problem = siting(seed, buildings=40, points=8)
    assert sites_of(arrays_of(problem, 8)) is not None

    first, second = (solve(problem, steps=20_000, seed=seed) for _ in range(2))

    assert violations(problem, first.assignments) == []
    assert not first.unplaced
    assert first.objective == pytest.approx(objective(problem, first.assignments))
    assert first.assignments == second.assignments
