"""What holds for any problem that the format allows, drawn from seeds, however odd; exact where all plans can be tried."""

import random
from collections.abc import Callable
from dataclasses import replace

import pytest

from scheduling.planner import (
    Building,
    Cohort,
    Plan,
    Point,
    Problem,
    Status,
    Together,
    Weights,
    objective,
    pin_violations,
    plan_to_json,
    problem_from_json,
    problem_to_json,
    solve,
)
from tests.scheduling.planner.making import all_plans, unplaced_heads
from tests.scheduling.planner.test_instances import SHARED, judge
from tests.scheduling.planner.test_solve import assert_honest, within_a_second

TIERS = ("normal", "closed", "strict")
# Few plans are left to try where there are so many places and cohorts.
MOST_TRIED = 20_000


def odd_problem(seed: int, *, buildings: int = 8, points: int = 5, slots: int = 6, cohorts: int = 4) -> Problem:
    """Anything the format allows, with a liking for its edges: nothing, closed, fractions of heads, weights below 0."""
    rng = random.Random(seed)
    number = rng.randint(1, slots)
    places = tuple(_odd_point(rng, k, number) for k in range(rng.randint(0 if rng.random() < 0.05 else 1, points)))
    homes = tuple(_odd_building(rng, k, number, places, cohorts) for k in range(rng.randint(1, buildings)))
    weight: tuple[float, ...] = rng.choice(((0, 1), (0, 1, 0.5, 30), (0, 1, -1), (0, 1e-6, 1e6)))
    matrix = tuple(tuple(rng.choice((0, 0, 20, 75.5, 140)) for _ in places) for _ in homes)
    has_last_time = [b for b in homes if places and rng.random() < 0.5]
    return Problem(
        slot_minutes=rng.choice((0, 0.5, 15)),
        slots=number,
        points=places,
        buildings=homes,
        walk=rng.choice((None, matrix)),
        max_walk=rng.choice((None, None, 0, 75.5, 150)),
        together=rng.choice(tuple(Together)),
        previous={b.id: rng.choice(places).id for b in has_last_time},
        weights=Weights(*(rng.choice(weight) for _ in range(6))),
    )


def _odd_point(rng: random.Random, number: int, slots: int) -> Point:
    room = rng.choice((0, 1, 5, 8, 12.5, 30, 1000))
    capacity = rng.choice((room, tuple(rng.choice((0, room, room / 2)) for _ in range(slots))))
    serves = rng.choice((("normal",), TIERS, TIERS[:2], TIERS[1:], ()))
    position = rng.choice((0, rng.uniform(-200, 200)))
    return Point(f"点{number}", capacity, position, rng.uniform(0, 200), rng.choice((0, 0, 50, 0.25, -10)), serves)


def _odd_building(rng: random.Random, number: int, slots: int, points: tuple[Point, ...], cohorts: int) -> Building:
    people = tuple(Cohort(f"楼{number}-{k}", rng.choice((1, 2, 5, 7, 12))) for k in range(rng.randint(0, cohorts)))
    names = [p.id for p in points]
    window = rng.choice((None, None, None, (-3, slots + 3), (rng.randrange(slots), slots - 1), (slots - 1, 0)))
    allowed = None if rng.random() < 0.7 else tuple(rng.choices(names, k=rng.randint(0, 2)) if names else ())
    building = Building(
        f"楼{number}",
        people,
        x=rng.choice((0, rng.uniform(-200, 200))),
        y=rng.uniform(0, 200),
        tier=rng.choice(("normal", *TIERS)),
        window=window,
        points=allowed,
        urgency=rng.choice((1, 1, 0, 3, 0.5)),
    )
    if people and rng.random() < 0.15:
        point = rng.choice([*names, "no such point"] if rng.random() < 0.1 else names or ["no such point"])
        pinned = {c.id: (point, rng.randrange(slots)) for c in people[: rng.randint(1, len(people))]}
        building = replace(building, pinned=pinned)
    return building


def assert_judged_valid(problem: Problem, plan: Plan) -> None:
    """By the format's own judge where it is at hand, and by our rules anyway."""
    assert_honest(problem, plan)
    assert (plan.status is Status.INFEASIBLE) == bool(pin_violations(problem))
    if SHARED.exists():
        _, broken = judge().judge(problem_to_json(problem), plan_to_json(plan))
        assert not broken, broken[:3]


@pytest.mark.parametrize("seed", range(120))
def test_any_problem_is_read_and_planned_validly(seed):
    problem = odd_problem(seed)

    plan = solve(problem_from_json(problem_to_json(problem)), steps=1_000, seed=seed)

    assert_judged_valid(problem, plan)


def tiny_problem(seed: int) -> Problem:
    """Small enough for all its plans to be tried, by leaving buildings out."""
    problem = odd_problem(seed, buildings=3, points=3, slots=3, cohorts=2)
    places = 1 + len(problem.points) * problem.slots
    while places ** len(problem.cohort_ids) > MOST_TRIED:
        rows = None if problem.walk is None else problem.walk[:-1]
        left = problem.buildings[:-1]
        last_time = {b.id: problem.previous[b.id] for b in left if b.id in problem.previous}
        problem = replace(problem, buildings=left, walk=rows, previous=last_time)
    return problem


@pytest.mark.parametrize("seed", range(60))
def test_no_bound_and_no_proof_is_false_where_all_plans_are_tried(seed):
    problem = tiny_problem(seed)
    tried = [(unplaced_heads(problem, plan), objective(problem, plan)) for plan in all_plans(problem)]

    plan = solve(problem, steps=5_000, seed=seed)

    assert_judged_valid(problem, plan)
    if plan.status is Status.INFEASIBLE:
        assert not tried
        return
    left = unplaced_heads(problem, plan.assignments)
    cheapest = min(cost for heads, cost in tried if heads <= left)
    assert plan.lower_bound is None or plan.lower_bound <= cheapest + 1e-6 * max(1, abs(cheapest))
    if plan.status is Status.OPTIMAL:
        assert (left, plan.objective) == (min(tried)[0], pytest.approx(min(tried)[1]))
    assert left == min(tried)[0]


def after_calls(calls: int) -> Callable[[], bool]:
    """Says stop from the so-manieth time on that it is asked."""
    asked = iter(range(calls))
    return lambda: next(asked, None) is None


@pytest.mark.parametrize("seed", range(40))
def test_stopped_at_any_moment_the_plan_is_valid(seed):
    problem = odd_problem(seed + 500, buildings=30, points=8)
    calls = random.Random(seed).choice((0, 1, 2, 3, 5, 10, 40))

    assert_judged_valid(problem, solve(problem, steps=20_000, seed=seed, should_stop=after_calls(calls)))


@pytest.mark.parametrize("seed", range(15))
def test_any_problem_is_planned_the_same_way_twice(seed):
    problem = odd_problem(seed + 900, buildings=20)

    first, second = (solve(problem, steps=3_000, seed=seed) for _ in range(2))

    assert replace(first, seconds=0) == replace(second, seconds=0)


def hopeless(problem: Problem) -> Problem:
    """Nobody may be called anywhere."""
    return replace(problem, buildings=tuple(replace(b, points=(), pinned={}) for b in problem.buildings))


def pinned_as_planned(problem: Problem) -> Problem:
    """Everybody who had a place keeps it; the others are left out."""
    places = solve(problem, steps=500).places
    buildings = []
    for b in problem.buildings:
        cohorts = tuple(c for c in b.cohorts if c.id in places)
        buildings.append(replace(b, cohorts=cohorts, pinned={c.id: places[c.id] for c in cohorts}))
    return replace(problem, buildings=tuple(buildings))


def without_buildings(problem: Problem) -> Problem:
    return replace(problem, buildings=(), walk=None, previous={})


@pytest.mark.parametrize("change", [hopeless, pinned_as_planned, without_buildings])
@pytest.mark.parametrize("seed", range(8))
def test_where_nothing_is_left_to_decide_the_answer_comes_at_once_and_proved(seed, change):
    problem = change(odd_problem(seed + 2_000, buildings=60, points=10))

    plan = within_a_second(problem)

    assert plan.status is Status.OPTIMAL
    assert plan.lower_bound == plan.objective
