"""Reasons found among near points only are those found among all."""

from dataclasses import replace

import pytest

from scheduling.planner import reasons
from scheduling.planner.plan import ReasonKind
from scheduling.planner.reasons import reasons_unplaced
from tests.scheduling.planner.making import make_building, make_point, make_problem, random_problem


@pytest.mark.parametrize("seed", range(40))
def test_looking_at_near_points_alone_changes_no_reason(monkeypatch, seed):
    problem = replace(random_problem(seed, most_points=12), walk=None)
    slow = reasons_unplaced(problem, {})

    monkeypatch.setattr(reasons, "MANY_POINTS", 0)
    quick = reasons_unplaced(problem, {})

    assert quick == slow
    assert [each.cohort for each in quick] == problem.cohort_ids


def test_who_has_a_place_is_told_nothing():
    problem = make_problem(points=(make_point("P1", 15),), buildings=(make_building("B1", (10, 20)),))

    (left,) = reasons_unplaced(problem, {"B1-1": ("P1", 0)})

    assert (left.cohort, left.reason.kind) == ("B1-2", ReasonKind.COHORT_TOO_LARGE)
    assert left.reason.facts == {"building": "B1", "heads": 20, "point": "P1", "capacity": 15}
