"""A pair for each hard rule: kept, and broken."""

import pytest

from scheduling.planner import Together, ViolationKind, english_violation, pin_violations, violations
from tests.scheduling.planner.making import assign, make_building, make_point, make_problem


def kinds(problem, assignments) -> list[ViolationKind]:
    return [violation.kind for violation in violations(problem, assignments)]


def test_each_cohort_has_one_place_at_most():
    problem = make_problem()

    assert kinds(problem, assign(("B1-1", "P1", 0), ("B1-2", "P1", 1))) == []
    assert kinds(problem, assign(("B1-1", "P1", 0), ("B1-1", "P1", 1))) == [ViolationKind.PLACED_TWICE]
    assert kinds(problem, assign(("B9-1", "P1", 0))) == [ViolationKind.UNKNOWN_COHORT]


def test_places_are_points_and_slots_of_the_problem():
    problem = make_problem(slots=4)

    assert kinds(problem, assign(("B1-1", "P1", 3))) == []
    assert kinds(problem, assign(("B1-1", "P9", 3))) == [ViolationKind.UNKNOWN_POINT]
    assert kinds(problem, assign(("B1-1", "P1", 4))) == [ViolationKind.UNKNOWN_SLOT]


@pytest.mark.parametrize("capacity", [30, 30.5, (0, 30, 0, 0)])
def test_a_slot_takes_no_more_heads_than_its_capacity(capacity):
    problem = make_problem(points=(make_point("P1", capacity),))

    assert kinds(problem, assign(("B1-1", "P1", 1), ("B1-2", "P1", 1))) == []
    assert kinds(problem, assign(("B2-1", "P1", 1), ("B2-2", "P1", 1))) == [ViolationKind.OVER_CAPACITY]


def test_a_building_is_called_within_its_window():
    problem = make_problem(buildings=(make_building("B1", window=(1, 2)),))

    assert kinds(problem, assign(("B1-1", "P1", 2))) == []
    assert kinds(problem, assign(("B1-1", "P1", 3))) == [ViolationKind.OUTSIDE_WINDOW]


def test_a_building_with_a_list_of_points_goes_to_one_of_them():
    problem = make_problem(buildings=(make_building("B1", points=("P2",)),))

    assert kinds(problem, assign(("B1-1", "P2", 0))) == []
    assert kinds(problem, assign(("B1-1", "P1", 0))) == [ViolationKind.POINT_NOT_ALLOWED]


def test_a_point_is_sent_only_the_tiers_it_serves():
    points = (make_point("P1"), make_point("P2", serves=("normal", "closed")))
    problem = make_problem(points=points, buildings=(make_building("B1", tier="closed"),))

    assert kinds(problem, assign(("B1-1", "P2", 0))) == []
    assert kinds(problem, assign(("B1-1", "P1", 0))) == [ViolationKind.TIER_NOT_SERVED]


def test_nobody_walks_further_than_the_limit():
    near = make_problem(max_walk=100)
    nearer = make_problem(max_walk=99.9)

    assert kinds(near, assign(("B1-1", "P2", 0))) == []
    assert kinds(nearer, assign(("B1-1", "P2", 0))) == [ViolationKind.TOO_FAR]


def test_a_pinned_cohort_keeps_its_place():
    problem = make_problem(buildings=(make_building("B1", pinned={"B1-1": ("P1", 2)}),))

    assert kinds(problem, assign(("B1-1", "P1", 2))) == []
    assert kinds(problem, assign(("B1-1", "P1", 1))) == [ViolationKind.PIN_NOT_KEPT]
    assert kinds(problem, []) == [ViolationKind.PIN_NOT_KEPT]


def test_a_building_goes_to_one_point_where_buildings_stay_together():
    divided = assign(("B1-1", "P1", 0), ("B1-2", "P2", 0))

    assert kinds(make_problem(together=Together.COHORT), divided) == []
    assert kinds(make_problem(together=Together.BUILDING), divided) == [ViolationKind.BUILDING_SPLIT]


def test_two_tiers_never_share_a_slot_of_a_point():
    points = (make_point("P1", serves=("normal", "closed")),)
    problem = make_problem(points=points, buildings=(make_building("B1"), make_building("B2", tier="closed")))

    assert kinds(problem, assign(("B1-1", "P1", 0), ("B2-1", "P1", 1))) == []
    assert kinds(problem, assign(("B1-1", "P1", 0), ("B2-1", "P1", 0))) == [ViolationKind.TIERS_MIXED]


def test_pins_are_judged_by_themselves():
    fine = make_problem(buildings=(make_building("B1", (10, 20), pinned={"B1-1": ("P1", 2)}),))
    nowhere = make_problem(buildings=(make_building("B1", pinned={"B1-1": ("P9", 2)}),))
    apart = make_problem(buildings=(make_building("B1", (1, 1), pinned={"B1-1": ("P1", 2), "B1-2": ("P2", 2)}),))

    assert pin_violations(fine) == []
    assert [v.kind for v in pin_violations(nowhere)] == [ViolationKind.UNKNOWN_POINT]
    assert [v.kind for v in pin_violations(apart)] == [ViolationKind.BUILDING_SPLIT]


def test_a_violation_can_be_said_in_words():
    problem = make_problem(points=(make_point("P1", 15),))

    (violation,) = violations(problem, assign(("B1-2", "P1", 0)))

    assert english_violation(violation) == "P1 is sent 20 heads in slot 0 and can sample 15."
