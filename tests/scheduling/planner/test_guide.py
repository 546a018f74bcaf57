"""The guide of a large problem: everybody to the cheapest point at the prices, but no more than a point takes."""

import numpy as np

from scheduling.planner import Weights
from scheduling.planner.arrays import arrays_of
from scheduling.planner.large.guide import guide_at
from tests.scheduling.planner.making import make_building, make_point, make_problem


def row_of(places, room):
    """Points 100 m apart and buildings of ten heads at these metres along them."""
    points = tuple(make_point(f"P{k}", room, x=100 * k) for k in range(3))
    buildings = tuple(make_building(f"B{k}", (5, 5), x=x) for k, x in enumerate(places))
    return arrays_of(make_problem(points=points, buildings=buildings, slots=2, weights=Weights(walk=1)))


def test_where_there_is_room_each_goes_where_it_is_cheapest_with_room_paid_for():
    arrays = row_of((0, 40, 60, 200), room=100)
    prices = np.array([[0.0, 0.0], [30.0, 30.0], [0.0, 0.0]])

    assert guide_at(arrays, prices, 2).tolist() == [0, 0, 0, 2]


def test_from_a_full_point_those_leave_who_lose_least():
    arrays = row_of((0, 10, 45, 20), room=17)  # of which three buildings are meant to come

    assert guide_at(arrays, np.zeros((3, 2)), 2).tolist() == [0, 0, 1, 0]


def test_the_overflow_goes_on_from_point_to_point():
    arrays = row_of((0, 1, 2, 3, 4, 5), room=11)

    guide = guide_at(arrays, np.zeros((3, 2)), 2)

    assert np.bincount(guide).tolist() == [2, 2, 2]
    assert guide[:2].tolist() == [0, 0]


def test_where_nobody_finds_room_it_comes_to_an_end():
    arrays = row_of((0,) * 12, room=11)

    guide = guide_at(arrays, np.zeros((3, 2)), 2)

    assert (guide >= 0).all()
