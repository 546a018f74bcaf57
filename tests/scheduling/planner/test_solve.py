"""What holds for every plan, drawn from seeds; exact on tiny problems; the hopeless ones at once."""

import json
import subprocess
import sys
import time
from dataclasses import replace

import pytest

from scheduling.planner import (
    Building,
    Cohort,
    Plan,
    Problem,
    ReasonKind,
    Status,
    Together,
    Weights,
    english_sentence,
    objective,
    plan_from_json,
    plan_to_json,
    solve,
    violations,
)
from scheduling.planner.plan import plan_to_text
from tests.scheduling.planner.making import (
    best_by_trying,
    make_building,
    make_point,
    make_problem,
    random_problem,
    unplaced_heads,
)

STEPS = 3_000


def assert_honest(problem: Problem, plan: Plan) -> None:
    """Every rule is kept, everybody stands once, and the plan's own figures are true."""
    if plan.status is Status.INFEASIBLE:
        assert not plan.assignments
    else:
        assert violations(problem, plan.assignments) == []
    named = [a.cohort for a in plan.assignments] + [u.cohort for u in plan.unplaced]
    assert sorted(named) == sorted(problem.cohort_ids)
    assert plan.objective == pytest.approx(objective(problem, plan.assignments))
    assert plan.lower_bound is None or plan.lower_bound <= plan.objective + 1e-6 * abs(plan.objective)
    assert all(english_sentence(u.reason) for u in plan.unplaced)
    if plan.status in (Status.FEASIBLE, Status.PARTIAL):
        assert (plan.status is Status.PARTIAL) == bool(plan.unplaced)


@pytest.mark.parametrize("seed", range(150))
def test_every_plan_keeps_every_rule_and_tells_the_truth(seed):
    problem = random_problem(seed)

    plan = solve(problem, steps=STEPS, seed=seed)

    assert_honest(problem, plan)


@pytest.mark.parametrize("seed", range(60))
def test_on_tiny_problems_no_plan_is_better_and_no_bound_is_false(seed):
    problem = random_problem(seed + 10_000, most_buildings=2, most_points=2, most_slots=2)
    if len(problem.cohort_ids) > 4:
        problem = replace(problem, buildings=problem.buildings[:1], walk=problem.walk and problem.walk[:1], previous={})
    best = best_by_trying(problem)

    plan = solve(problem, steps=20_000, seed=seed)

    assert_honest(problem, plan)
    if best is None:
        assert plan.status is Status.INFEASIBLE
        return
    left = unplaced_heads(problem, plan.assignments)
    assert (left, plan.objective) == (best[0], pytest.approx(best[1]))
    assert plan.lower_bound is None or plan.lower_bound <= best[1] + 1e-6


@pytest.mark.parametrize("seed", range(5))
def test_the_same_problem_seed_and_steps_give_the_same_plan(seed):
    problem = random_problem(seed, most_buildings=30)

    first, second = (solve(problem, steps=STEPS, seed=7) for _ in range(2))

    assert replace(first, seconds=0) == replace(second, seconds=0)


@pytest.mark.parametrize("weight", [-1, 0.25, 1e9])
def test_odd_weights_give_valid_plans(weight):
    for name in ("walk", "open", "finish", "early", "spread", "move"):
        problem = replace(random_problem(3), weights=Weights(**{name: weight}))

        assert_honest(problem, solve(problem, steps=STEPS))


@pytest.mark.parametrize("huge", [10**9, 10**12, 10**15])
def test_enormous_numbers_do_no_harm(huge):
    buildings = tuple(make_building(f"B{k}", (huge, huge // 3 + k), x=k * huge / 20, urgency=huge) for k in range(6))
    points = (make_point("P1", huge), make_point("P2", huge, x=huge, open_cost=huge))
    weights = Weights(*(huge for _ in range(6)))

    for together in Together:
        problem = make_problem(points=points, buildings=buildings, weights=weights, together=together)
        assert_honest(problem, solve(problem, steps=STEPS))


@pytest.mark.parametrize("slots", [10**6, 10**12])
def test_very_many_slots_cost_nothing(slots):
    late = make_building("B3", (4,), window=(slots - 2, slots - 1))
    problem = make_problem(slots=slots, buildings=(make_building("B1", (10, 20)), late), weights=Weights(early=1))

    plan = solve(problem, seconds=1)

    assert_honest(problem, plan)
    assert plan.places["B3-1"][1] == slots - 2


def within_a_second(problem: Problem) -> Plan:
    started = time.monotonic()
    plan = solve(problem, seconds=10)
    assert time.monotonic() - started < 1
    assert_honest(problem, plan)
    return plan


def test_without_points_everybody_is_unplaced_at_once():
    plan = within_a_second(make_problem(points=()))

    assert [u.reason.kind for u in plan.unplaced] == [ReasonKind.NO_POINTS] * 4


def test_without_buildings_the_plan_is_empty_and_proved():
    plan = within_a_second(make_problem(buildings=()))

    assert (plan.status, plan.objective, plan.assignments) == (Status.OPTIMAL, 0, ())


def test_buildings_without_cohorts_disturb_nobody():
    problem = make_problem(buildings=(make_building("B1", ()), make_building("B2", (5,)), make_building("B3", ())))

    plan = solve(problem, steps=STEPS)

    assert_honest(problem, plan)
    assert [a.cohort for a in plan.assignments] == ["B2-1"]


def test_with_everybody_pinned_the_pins_are_the_plan():
    pinned = tuple(make_building(f"B{k}", (5,), pinned={f"B{k}-1": ("P1", k % 4)}) for k in range(40))

    plan = within_a_second(make_problem(buildings=pinned))

    assert plan.status is Status.OPTIMAL
    assert plan.lower_bound == plan.objective


@pytest.mark.parametrize(
    "pinned",
    [
        {"B1-1": ("P9", 0)},
        {"B1-1": ("P1", 4)},
        {"B1-1": ("P1", -1)},
        {"B1-1": ("P1", 0), "B1-2": ("P2", 0)},
        {"B1-1": ("P3", 0), "B1-2": ("P3", 0)},
    ],
)
def test_pins_that_cannot_be_kept_are_infeasible_at_once(pinned):
    points = (make_point("P1"), make_point("P2"), make_point("P3", 15))

    plan = within_a_second(make_problem(points=points, buildings=(make_building("B1", (10, 10, 3), pinned=pinned),)))

    assert plan.status is Status.INFEASIBLE
    for left in plan.unplaced:
        own = left.cohort in pinned
        assert left.reason.kind is (ReasonKind.PINS_CONTRADICT if own else ReasonKind.PINS_OF_OTHERS)


@pytest.mark.parametrize(
    ("facts", "kind"),
    [
        ({"tier": "closed"}, ReasonKind.TIER_NOT_SERVED),
        ({"points": ()}, ReasonKind.NO_ALLOWED_POINT),
        ({"x": 5_000}, ReasonKind.TOO_FAR),
        ({"window": (3, 2)}, ReasonKind.NO_OPEN_SLOT),
        ({"window": (0, 0)}, ReasonKind.NO_OPEN_SLOT),
    ],
)
def test_whoever_has_no_place_is_told_why(facts, kind):
    points = (make_point("P1", (0, 30, 30, 30)),)
    problem = make_problem(points=points, max_walk=300, buildings=(make_building("B1", (10,), **facts),))

    plan = within_a_second(problem)

    assert [u.reason.kind for u in plan.unplaced] == [kind]


def test_too_large_and_no_room_are_told_apart():
    problem = make_problem(slots=1, points=(make_point("P1", 30),), buildings=(make_building("B1", (31, 20, 20)),))

    plan = solve(problem, steps=STEPS)

    assert {u.cohort: u.reason.kind for u in plan.unplaced} == {
        "B1-1": ReasonKind.COHORT_TOO_LARGE,
        next(c for c in ("B1-2", "B1-3") if c not in plan.places): ReasonKind.BUILDING_TIED_TO_FULL_POINT,
    }


def test_a_run_keeps_its_time_and_stops_when_told():
    problem = random_problem(5, most_buildings=40)
    seen = []

    started = time.monotonic()
    plan = solve(problem, seconds=30, on_progress=seen.append, should_stop=lambda: time.monotonic() - started > 0.3)

    assert time.monotonic() - started < 1.5
    assert_honest(problem, plan)
    assert seen
    costs = [(p.unplaced_heads, p.objective) for p in seen]
    assert costs == sorted(costs, reverse=True)


def test_no_time_at_all_still_gives_a_valid_plan():
    problem = random_problem(8, most_buildings=40)

    assert_honest(problem, solve(problem, seconds=0))
    assert_honest(problem, solve(problem, steps=0))


@pytest.mark.parametrize("seed", range(6))
def test_a_plan_written_and_read_is_the_same(seed):
    plan = solve(random_problem(seed), steps=STEPS)

    written = plan_to_text(plan)

    assert plan_from_json(json.loads(written)) == plan
    assert json.loads(written) == json.loads(json.dumps(plan_to_json(plan)))


PLAIN = """
from scheduling.planner import kernel_cache
kernel_cache.COMPILED = False
from tests.scheduling.planner.making import random_problem
from tests.scheduling.planner.test_solve import assert_honest
from scheduling.planner import solve
problem = random_problem(4)
assert_honest(problem, solve(problem, steps=500))
assert_honest(problem, solve(problem, seconds=0.5))
import sys
assert not hasattr(sys.modules["scheduling.planner.local_search.anneal"].anneal, "py_func")
"""


def test_without_a_compile_cache_the_planner_works_all_the_same():
    subprocess.run([sys.executable, "-c", PLAIN], check=True, timeout=60)


NO_COMPILING = """
from numba.core import event
seen = []
class Listener(event.Listener):
    def on_start(self, event): seen.append(event)
    def on_end(self, event): pass
event.register("numba:compile", Listener())
from scheduling.planner import kernel_cache, solve
from tests.scheduling.planner.making import random_problem
assert kernel_cache.COMPILED
for seed in range(12):
    solve(random_problem(seed, most_buildings=40, most_points=12, most_slots=20), seconds=0.2)
assert not seen, seen
"""


def test_nobody_waits_for_a_compiler():
    from scheduling.planner import kernel_cache

    if not kernel_cache.COMPILED:
        pytest.skip("the compile cache is not made yet: make setup")

    subprocess.run([sys.executable, "-c", NO_COMPILING], check=True, timeout=60)


def test_a_problem_in_plain_words_is_planned_as_anybody_would():
    buildings = (
        Building("B1", (Cohort("B1-1", 10),), x=0),
        Building("B2", (Cohort("B2-1", 10),), x=100),
    )
    problem = Problem(
        15, 2, (make_point("P1", 10), make_point("P2", 10, x=100)), buildings, weights=Weights(1, early=1)
    )

    plan = solve(problem, steps=STEPS)

    assert plan.places == {"B1-1": ("P1", 0), "B2-1": ("P2", 0)}
    assert (plan.status, plan.objective) == (Status.OPTIMAL, 0)
