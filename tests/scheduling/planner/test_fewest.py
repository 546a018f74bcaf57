"""How many must stay unplaced: never more than the best plan leaves out, and as many where whole cohorts decide."""

from dataclasses import replace

import pytest

from scheduling.planner import Status, Weights, solve
from scheduling.planner.arrays import arrays_of
from scheduling.planner.bounds.fewest import can_count, fewest_unplaced
from scheduling.planner.rules import first_pin_violation
from tests.scheduling.planner.making import best_by_trying, make_building, make_point, make_problem, random_problem


def has_few_cohorts(seed: int) -> bool:
    problem = random_problem(seed, most_buildings=2, most_points=2, most_slots=2)
    few = 1 <= len(problem.cohort_ids) <= 4 and problem.points
    return bool(few) and not first_pin_violation(problem)


@pytest.mark.parametrize("seed", [seed for seed in range(200) if has_few_cohorts(seed)][:50])
def test_no_plan_leaves_out_fewer_heads_than_counted(seed):
    problem = random_problem(seed, most_buildings=2, most_points=2, most_slots=2)
    best = best_by_trying(problem)
    assert best is not None

    arrays = arrays_of(problem)

    assert can_count(arrays)
    assert fewest_unplaced(arrays, 10**6, lambda: False) <= best[0]


def test_a_slot_takes_whole_cohorts_only():
    # 115 heads take three of 36 to 38, so of nine cohorts in two slots three stay out, at least the smallest ones.
    building = make_building("B1", (36, 36, 36, 37, 37, 37, 38, 38, 38))
    problem = make_problem(slots=2, points=(make_point("P1", 115),), buildings=(building,))

    assert fewest_unplaced(arrays_of(problem), 10**6, lambda: False) == 36 * 3


def test_buildings_that_share_points_in_every_way_leave_some_out():
    # Each point takes 50 heads in all; one of the buildings of 40 finds only 10 heads of room.
    buildings = tuple(make_building(f"B{k}", (10, 10, 10, 10)) for k in range(3))
    problem = make_problem(slots=5, points=(make_point("P1", 10), make_point("P2", 10)), buildings=buildings)

    assert fewest_unplaced(arrays_of(problem), 10**6, lambda: False) == 30
    assert fewest_unplaced(arrays_of(problem), 30, lambda: False) == 30
    assert fewest_unplaced(arrays_of(problem), 10**6, lambda: True) == 0


def test_windows_count():
    problem = make_problem(
        slots=4, points=(make_point("P1", 20),), buildings=(make_building("B1", (20, 20, 20), window=(0, 1)),)
    )

    assert fewest_unplaced(arrays_of(problem), 10**6, lambda: False) == 20


def test_what_cannot_be_placed_is_proved_and_the_rest_is_planned_cheaply():
    heads = tuple(range(30, 40)) * 4
    buildings = tuple(make_building(f"B{k}", heads) for k in range(3))
    points = (make_point("P1", 115), make_point("P2", 115))
    problem = make_problem(slots=14, points=points, buildings=buildings, weights=Weights(walk=1, early=1))

    plan = solve(replace(problem, max_walk=None), steps=60_000)

    sizes = {c.id: c.heads for b in buildings for c in b.cohorts}
    unplaced = sum(sizes[u.cohort] for u in plan.unplaced)
    least = fewest_unplaced(arrays_of(problem), 10**6, lambda: False)
    assert plan.status is Status.PARTIAL
    assert least <= unplaced <= least + 30
    assert least > sum(sizes.values()) - 2 * 14 * 115  # more than the room alone says
