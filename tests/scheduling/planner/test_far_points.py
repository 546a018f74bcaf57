"""Points beyond the near ones: what is proved holds for them too, and nobody stays out while one of them has room."""

import pytest

from scheduling.planner import Point, Status, Weights, solve, violations
from scheduling.planner.arrays import arrays_of, size_of
from scheduling.planner.bounds.bound import FinishBound
from scheduling.planner.course import Course, Limits
from scheduling.planner.exact.whole import can_model
from tests.scheduling.planner.making import make_building, make_point, make_problem

NEAR, FAR = 17, 8


def points(near: float = 10, far: float = 100, opening: float = 0) -> tuple[Point, ...]:
    """Seventeen near points, and eight behind them."""
    close = [make_point(f"N{k}", near, x=k, open_cost=opening) for k in range(NEAR)]
    return (*close, *(make_point(f"F{k}", far, x=500 + k) for k in range(FAR)))


def test_a_far_point_that_is_cheaper_to_open_is_found_and_nothing_else_called_optimal():
    problem = make_problem(
        slots=2, points=points(opening=10_000), buildings=(make_building("B", (10,)),), weights=Weights(walk=1, open=1)
    )

    plan = solve(problem, steps=2_000)

    assert plan.status is Status.OPTIMAL
    assert plan.objective == plan.lower_bound == 5_000


def test_the_exact_model_is_not_asked_where_points_or_slots_are_left_out():
    buildings = (make_building("B", (10,)),)
    far = make_problem(slots=2, points=points(), buildings=buildings)
    long = make_problem(slots=20_000_001, points=(make_point(),), buildings=buildings, weights=Weights(finish=-1))

    assert can_model(arrays_of(far, len(far.points)))
    assert not can_model(arrays_of(far))
    assert not can_model(arrays_of(long))
    assert solve(long, steps=100).status is Status.FEASIBLE


def test_nobody_stays_out_while_a_far_point_has_room():
    buildings = tuple(make_building(f"B{k}", (10, 10)) for k in range(20))
    problem = make_problem(slots=2, points=points(), buildings=buildings, weights=Weights(walk=1))

    plan = solve(problem, steps=2_000)

    assert not plan.unplaced
    assert not violations(problem, plan.assignments)


@pytest.mark.parametrize("move", [-50.0, 0.0, 50.0])
def test_the_bound_of_near_points_holds_where_staying_costs_or_pays(move):
    buildings = tuple(make_building(f"B{k}", (10,), x=-200) for k in range(30))
    problem = make_problem(
        slots=2,
        points=points(),
        buildings=buildings,
        previous={building.id: "N0" for building in buildings},
        weights=Weights(walk=1, move=move),
    )
    course = Course(problem, Limits(0.0, None, 20_000, lambda: False), 0, None)

    course.run()
    near, wide = (FinishBound(problem, arrays_of(problem, nearest), 0) for nearest in (4, len(problem.points)))
    for bound in (near, wide):
        bound.refine(lambda: False)

    assert size_of(course.arrays) == 30 * 25 * 2
    for value in (near.value, wide.value):
        assert value is not None and value <= course.search.best.cost + 1e-6
