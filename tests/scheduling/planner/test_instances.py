"""Whole instances: our own invented ones, and the published ones where they are at hand, judged by their own judge."""

import importlib.util
import json
from pathlib import Path
from types import ModuleType

import pytest

from scheduling.planner import Status, plan_to_json, problem_from_json, solve, violations

OWN = sorted((Path(__file__).parent / "instances").glob("*.json"))
SHARED = Path(__file__).parents[4] / "shared" / "planning"
PUBLISHED = sorted(p for p in SHARED.glob("instances/**/*.json") if p.name != "known.json")
# Real blocks: everybody has a place, and it is found soon.
REAL_SECONDS = 3


def judge() -> ModuleType:
    spec = importlib.util.spec_from_file_location("check_plan", SHARED / "check_plan.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("path", OWN, ids=[p.stem for p in OWN])
def test_our_own_instances_are_planned_as_known(path):
    data = json.loads(path.read_text())
    problem = problem_from_json(data)

    plan = solve(problem, steps=50_000)

    expected = data["expected"]  # beside what the format has; the planner does not look at it
    assert plan.status is Status.INFEASIBLE or violations(problem, plan.assignments) == []
    assert sum(problem.heads(u.cohort) for u in plan.unplaced) == expected["unplaced_heads"]
    assert plan.objective <= expected["at_most"]
    assert plan.lower_bound is None or plan.lower_bound <= expected["at_most"]


def test_the_published_instances_are_planned_validly():
    if not PUBLISHED:
        pytest.skip("../shared is absent: its planning instances cannot be tried")
    check_plan = judge()

    for path in PUBLISHED:
        data = json.loads(path.read_text())
        seconds = REAL_SECONDS if path.parent.name == "real" else 0.3
        plan = solve(problem_from_json(data), seconds=seconds)

        verdict, broken = check_plan.judge(data, plan_to_json(plan))

        assert not broken, (path.stem, broken[:3])
        assert verdict["unplaced_heads"] == 0 or path.stem == "towers-2", path.stem
