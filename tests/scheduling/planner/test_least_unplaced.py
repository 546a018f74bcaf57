"""How many must stay unplaced, counted in a moment: never more than the best plan leaves out."""

from dataclasses import replace

import pytest

from scheduling.planner import Status, Together, Weights, solve
from scheduling.planner.arrays import arrays_of
from scheduling.planner.bounds.bound import fits_nowhere
from scheduling.planner.bounds.least_unplaced import least_unplaced
from scheduling.planner.replanning.replan import replan
from scheduling.planner.rules import first_pin_violation
from tests.scheduling.planner.making import best_by_trying, make_building, make_point, make_problem, random_problem


def tiny_problem(seed):
    return random_problem(seed, most_buildings=3, most_points=2, most_slots=2)


def is_tiny(seed):
    problem = tiny_problem(seed)
    return 1 <= len(problem.cohort_ids) <= 5 and bool(problem.points) and not first_pin_violation(problem)


@pytest.mark.parametrize("seed", [seed for seed in range(80) if is_tiny(seed)])
def test_no_plan_leaves_out_fewer_heads(seed):
    best = best_by_trying(tiny_problem(seed))
    assert best is not None

    arrays = arrays_of(tiny_problem(seed))

    alone = int(arrays.heads[fits_nowhere(arrays)].sum())
    assert alone <= least_unplaced(arrays) <= best[0]


@pytest.mark.parametrize(
    ("heads", "facts", "least"),
    [
        pytest.param((20, 20), {"points": (make_point("P1", 30),), "slots": 1}, 20, id="whole cohorts stay out"),
        pytest.param((20,) * 5, {"points": (make_point("P1", 50),), "slots": 2}, 20, id="slots are filled by whole cohorts"),
        pytest.param((40, 5), {"points": (make_point("P1", (30, 40)),), "slots": 2}, 0, id="the large slot is enough"),
        pytest.param((40, 40), {"points": (make_point("P1", (30, 40)),), "slots": 2}, 40, id="one slot is large enough"),
        pytest.param((30,) * 4, {"points": (make_point("P1", 30), make_point("P2", 30)), "slots": 2}, 60, id="to one point"),
    ],
)  # fmt: skip
def test_whole_cohorts_count(heads, facts, least):
    problem = make_problem(buildings=(make_building("B1", heads),), **facts)

    assert least_unplaced(arrays_of(problem)) == least


def test_buildings_that_may_be_divided_use_all_points():
    points = (make_point("P1", 30), make_point("P2", 30))
    problem = make_problem(buildings=(make_building("B1", (30,) * 4),), points=points, slots=2)

    assert least_unplaced(arrays_of(replace(problem, together=Together.COHORT))) == 0


def test_the_pinned_take_their_room_and_keep_other_tiers_out():
    pinned = make_building("B1", (10,), pinned={"B1-1": ("P1", 0)})
    points = (make_point("P1", 30, serves=("normal", "closed")),)
    problem = make_problem(buildings=(pinned, make_building("B2", (20, 20))), points=points, slots=2)
    other_tier = make_problem(buildings=(pinned, make_building("B2", (20, 20), tier="closed")), points=points, slots=2)

    assert least_unplaced(arrays_of(problem)) == 0
    assert least_unplaced(arrays_of(other_tier)) == 20


def test_what_is_short_in_two_places_is_rounded_up_in_each():
    # 5 heads too many on either side: nobody but a whole cohort of 25 or of 35 stays out, although 10 are short in all.
    buildings = (make_building("B1", (25, 30), points=("P1",)), make_building("B2", (35, 30), points=("P2",)))
    points = (make_point("P1", 50), make_point("P2", 60))
    problem = make_problem(buildings=buildings, points=points, slots=1)

    assert least_unplaced(arrays_of(problem)) == 25 + 30


def test_a_plan_that_leaves_out_as_few_as_must_be_is_optimal_where_nothing_costs_anything():
    buildings = tuple(make_building(f"B{k}", (20, 20, 20)) for k in range(40))
    points = tuple(make_point(f"P{k}", 50) for k in range(4))
    problem = make_problem(slots=12, points=points, buildings=buildings, weights=Weights())

    plan = solve(problem, steps=2_000)

    assert plan.status is Status.OPTIMAL
    assert len(plan.unplaced) == 120 - 2 * 4 * 12


def test_planning_again_is_proved_where_room_is_short():
    buildings = tuple(make_building(f"B{k}", (20,) * 8) for k in range(40))
    problem = make_problem(slots=40, points=(make_point("P1", 80), make_point("P2", 80)), buildings=buildings)
    told = {f"B{k}-{c + 1}": (f"P{k % 2 + 1}", 2 * (k // 2) + c // 4) for k in range(40) for c in range(8)}
    closed = (make_point("P1", (0,) * 3 + (80,) * 37), problem.points[1])

    found = replan(replace(problem, points=closed), told, steps=2_000)

    assert (found.unplaced_heads, found.moved_heads, found.is_least) == (240, 240, True)
