"""The fast sums say what the plain functions say."""

import random

import numpy as np
import pytest

from scheduling.planner import objective, pin_violations, violations
from scheduling.planner.arrays import arrays_of, places_of
from scheduling.planner.local_search.search import Search
from scheduling.planner.plan import Assignment
from scheduling.planner.sums import cost_of, heads_unplaced, is_kept
from tests.scheduling.planner.making import random_problem, unplaced_heads

PROBLEMS = [
    problem
    for problem in (random_problem(seed) for seed in range(60))
    if problem.home_index and not pin_violations(problem)
]


@pytest.mark.parametrize("problem", PROBLEMS)
def test_a_plan_costs_what_the_plain_functions_say(problem):
    arrays = arrays_of(problem)
    search = Search(arrays, 0)
    search.build(None, search.limit)
    state = search.best.state

    assignments = [Assignment(c, *place) for c, place in places_of(problem, arrays, state.point, state.slot).items()]

    assert is_kept(arrays, state.point, state.slot)
    assert cost_of(arrays, state.point, state.slot) == pytest.approx(objective(problem, assignments))
    assert heads_unplaced(arrays, state.slot) == unplaced_heads(problem, assignments)


@pytest.mark.parametrize("problem", PROBLEMS)
def test_whatever_breaks_a_rule_is_seen(problem):
    arrays, rng = arrays_of(problem), random.Random(1)
    search = Search(arrays, 0)
    search.build(None, search.limit)
    seen = set()

    for _ in range(20):
        point, slot = search.best.state.point.copy(), search.best.state.slot.copy()
        g = rng.randrange(arrays.groups)
        if rng.random() < 0.5 and point[g] >= 0:
            point[g] = rng.randrange(len(arrays.opening))
        else:
            slot[rng.randrange(len(slot))] = rng.randrange(len(arrays.slots))
        slot[point[arrays.group] < 0] = -1
        places = places_of(problem, arrays, point, slot)
        broken = violations(problem, [Assignment(cohort, *place) for cohort, place in places.items()])
        assert is_kept(arrays, point, slot) == (not broken)
        seen.add(bool(broken))

    assert seen


def test_nobody_placed_costs_nothing():
    arrays = arrays_of(random_problem(1))

    nobody = np.full(arrays.groups, -1), np.full(len(arrays.heads), -1)

    assert cost_of(arrays, *nobody) == 0
    assert heads_unplaced(arrays, nobody[1]) == arrays.heads.sum()
