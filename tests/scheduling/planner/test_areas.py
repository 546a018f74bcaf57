"""Areas: each point and each group once, and what is found in them is a plan of the whole."""

import numpy as np
import pytest

from scheduling.planner import Together, Weights, pin_violations
from scheduling.planner.arrays import arrays_of
from scheduling.planner.large.areas import areas_of, cut, positions_of
from scheduling.planner.large.rounds import Best, Rounds
from scheduling.planner.large.workers import Alone
from scheduling.planner.local_search.search import Search
from scheduling.planner.sums import cost_of, heads_unplaced, is_kept
from tests.scheduling.planner.making import make_building, make_point, make_problem, random_problem, steps_only


def wide_problem(seed=0, **facts):
    """Anything that may occur, over more points and buildings than usual."""
    return random_problem(seed, most_buildings=40, most_points=24, most_slots=6)


def nothing_else(number, found):
    raise AssertionError(f"{number} is no area")


def first_plan(problem):
    arrays = arrays_of(problem)
    search = Search(arrays, 0)
    search.build(None, search.limit)
    state = search.best.state
    return arrays, Best(state.point, state.slot, search.best.unplaced, search.best.cost)


PROBLEMS = [p for p in map(wide_problem, range(40)) if p.home_index and not pin_violations(p)]


@pytest.mark.parametrize("problem", PROBLEMS)
def test_every_point_and_every_group_with_a_choice_is_in_one_area(problem):
    arrays, best = first_plan(problem)

    area = cut(positions_of(problem), np.ones(len(problem.points)), 3, turn=1)
    areas = areas_of(arrays, area, best.point, best.slot)

    points = np.concatenate([a.points for a in areas])
    groups = np.concatenate([a.groups for a in areas])
    assert len(set(points)) == len(points)
    can_go = (np.diff(arrays.near_start) > 0) & (np.diff(arrays.group_start) > 0)
    assert sorted(groups) == np.flatnonzero(can_go | ((best.point >= 0) & (np.diff(arrays.group_start) > 0))).tolist()
    assert sum(a.arrays.heads.sum() for a in areas) == arrays.heads[np.isin(arrays.group, groups)].sum()


@pytest.mark.parametrize("problem", PROBLEMS)
def test_the_plans_of_areas_make_up_the_plan_of_the_whole(problem):
    arrays, best = first_plan(problem)
    rounds = Rounds(problem, arrays, best, seed=1, limit=len(arrays.slots), tell=lambda: None)
    rounds.count = 3
    before = (best.unplaced, best.cost)

    rounds.run(Alone(), steps_only(600), np.inf, None, nothing_else)

    assert is_kept(arrays, best.point, best.slot)
    assert (best.unplaced, best.cost) <= before
    assert best.unplaced == heads_unplaced(arrays, best.slot)
    assert cost_of(arrays, best.point, best.slot) <= best.cost + 1e-6 * abs(best.cost) + 1e-6


def test_areas_are_about_as_heavy_as_each_other_and_lie_elsewhere_each_turn():
    position = np.random.default_rng(1).uniform(size=(400, 2))

    areas = [cut(position, np.ones(400), 8, turn) for turn in range(3)]

    for area in areas:
        assert np.bincount(area).min() >= 45
    assert not np.array_equal(areas[0], areas[1])


def test_points_near_by_matrix_lie_near_each_other_though_they_have_no_position():
    at = np.array([0, 900, 10, 910, 20, 920])
    walk = tuple(tuple(float(abs(x - p)) for p in at) for x in range(0, 1000, 25))
    points = tuple(make_point(f"P{k}") for k in range(6))
    problem = make_problem(points=points, buildings=tuple(make_building(f"B{k}") for k in range(40)), walk=walk)

    area = cut(positions_of(problem), np.ones(6), 2, turn=0)

    assert area.tolist() in ([0, 1, 0, 1, 0, 1], [1, 0, 1, 0, 1, 0])


def test_who_finds_no_room_in_an_area_finds_it_beyond_its_border_in_a_later_round():
    # Everybody lives at the first two points, which have room for a third of them.
    points = tuple(make_point(f"P{k}", 20, x=100 * k) for k in range(6))
    buildings = tuple(make_building(f"B{k}", (10, 10), x=k % 2 * 100) for k in range(12))
    problem = make_problem(points=points, buildings=buildings, slots=2, weights=Weights(walk=1))
    arrays = arrays_of(problem)
    nobody = Best(np.full(12, -1), np.full(24, -1), 240, 0.0)
    left = []

    rounds = Rounds(problem, arrays, nobody, seed=0, limit=2, tell=lambda: left.append(nobody.unplaced))
    rounds.count = 3
    rounds.run(Alone(), steps_only(3_000), np.inf, None, nothing_else)

    assert left[0] > 0
    assert nobody.unplaced == 0
    assert is_kept(arrays, nobody.point, nobody.slot)


def test_a_building_that_is_in_two_areas_keeps_its_hours():
    building = make_building("B1", (10, 10), x=50, points=("P0", "P1"))
    points = (make_point("P0", 10), make_point("P1", 10, x=100))
    problem = make_problem(points=points, buildings=(building,), together=Together.COHORT)
    arrays = arrays_of(problem)

    areas = areas_of(arrays, np.array([0, 1]), np.array([0, 1]), np.array([0, 3]))

    assert [a.arrays.pin_slot.tolist() for a in areas] == [[0], [3]]
