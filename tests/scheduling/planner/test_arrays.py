"""The arrays, made of whole columns, say what the problem says of one building after another."""

from dataclasses import replace

import numpy as np
import pytest

from scheduling.planner import Problem, Together, pin_violations
from scheduling.planner import candidates as candidate_rules
from scheduling.planner.arrays import arrays_of
from tests.scheduling.planner.making import random_problem

PROBLEMS = [
    problem
    for problem in (random_problem(seed, most_buildings=20, most_points=12) for seed in range(80))
    if not pin_violations(problem)
]


def allowed_at(problem: Problem, cohort: str) -> list[str]:
    """The points that a cohort may be sent to, whatever is full, by the rules as they stand in FORMAT.md."""
    building = problem.home(cohort)
    pins = building.pinned if problem.together is Together.BUILDING else {}
    own = {cohort: building.pinned[cohort]} if cohort in building.pinned else {}
    return [
        point.id
        for point in problem.points
        if building.tier in point.serves
        and (building.points is None or point.id in building.points)
        and all(place[0] == point.id for place in (pins | own).values())
        and (problem.max_walk is None or problem.metres(cohort, point.id) <= problem.max_walk)
    ]


def unit_cost(problem: Problem, cohort: str, point: str) -> float:
    before = problem.previous.get(problem.home(cohort).id, point)
    return problem.weights.walk * problem.metres(cohort, point) + problem.weights.move * (before != point)


@pytest.mark.parametrize("problem", PROBLEMS)
def test_every_cohort_stands_with_its_own_facts(problem):
    arrays = arrays_of(problem)

    tiers = list(dict.fromkeys(b.tier for b in problem.buildings))
    for c, cohort in enumerate(problem.cohort_ids):
        home = problem.home(cohort)
        point, slot = home.pinned.get(cohort, (None, -1))
        assert arrays.cohorts[c] == cohort
        assert arrays.heads[c] == problem.heads(cohort)
        assert problem.buildings[arrays.building[c]] is home
        assert (arrays.first[c], arrays.last[c]) == problem.window(home)
        assert tiers[arrays.tier[c]] == home.tier
        assert arrays.early[c] == problem.weights.early * home.urgency * problem.heads(cohort)
        assert arrays.pin_point[c] == (-1 if point is None else problem.point_index[point])
        assert arrays.pin_slot[c] == slot


@pytest.mark.parametrize("problem", PROBLEMS)
def test_a_group_may_go_where_the_rules_allow_it_cheapest_first(problem):
    arrays = arrays_of(problem)

    for g in range(arrays.groups):
        run = slice(arrays.near_start[g], arrays.near_start[g + 1])
        points = [problem.points[p].id for p in arrays.near_point[run]]
        cohort = arrays.cohorts[arrays.group_start[g]]
        costs = [unit_cost(problem, cohort, point) for point in points]
        assert set(points) == set(allowed_at(problem, cohort))
        assert arrays.near_cost[run] == pytest.approx(costs)
        assert costs == pytest.approx(sorted(costs))
        assert arrays.far_cost[g] == np.inf


@pytest.mark.parametrize("together", list(Together))
@pytest.mark.parametrize("seed", range(30))
def test_of_many_points_all_at_once_finds_what_one_by_one_finds(monkeypatch, seed, together):
    monkeypatch.setattr(candidate_rules, "FEW_POINTS", 1)
    problem = replace(
        random_problem(seed, most_buildings=20, most_points=12), walk=None, previous={}, together=together
    )
    problem = replace(problem, weights=replace(problem.weights, walk=2.5))
    if pin_violations(problem):
        return
    finder = candidate_rules._PointFinder(problem, 3)
    wanted = [finder.of(k, building) for k, building in enumerate(problem.buildings)]

    found = candidate_rules.candidates(problem, 3)

    for k, (points, costs, rest) in enumerate(wanted):
        run = slice(found.start[k], found.start[k + 1])
        assert found.point[run].tolist() == points.tolist()
        assert found.cost[run] == pytest.approx(costs, rel=1e-12)
        assert found.rest[k] == pytest.approx(rest, rel=1e-12)
