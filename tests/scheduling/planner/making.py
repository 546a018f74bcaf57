"""Invented problems for the tests of the planner, and an exhaustive search that is obviously right."""

import random
import time
from collections.abc import Iterator
from dataclasses import replace
from itertools import product

from scheduling.planner import Assignment, Building, Cohort, Point, Problem, Together, Weights, objective, violations
from scheduling.planner.course import Limits

ALL_WEIGHTS = Weights(walk=1, open=1, finish=7, early=2, spread=5, move=3)


def make_building(name: str = "B1", heads: tuple[int, ...] = (10,), **facts: object) -> Building:
    """A building with a cohort for each number of heads, named B1-1, B1-2 ..."""
    cohorts = tuple(Cohort(f"{name}-{k + 1}", count) for k, count in enumerate(heads))
    return replace(Building(name, cohorts), **facts)  # type: ignore[arg-type]


def make_point(name: str = "P1", capacity: float | tuple[float, ...] = 100, **facts: object) -> Point:
    return replace(Point(name, capacity), **facts)  # type: ignore[arg-type]


def make_problem(**facts: object) -> Problem:
    """Two buildings of two cohorts, two points 100 m apart, four slots; all costs count."""
    usual: dict[str, object] = {
        "slot_minutes": 15,
        "slots": 4,
        "points": (make_point("P1"), make_point("P2", x=100)),
        "buildings": (make_building("B1", (10, 20)), make_building("B2", (30, 5), x=100)),
        "weights": ALL_WEIGHTS,
    }
    return Problem(**(usual | facts))  # type: ignore[arg-type]


def assign(*places: tuple[str, str, int]) -> list[Assignment]:
    return [Assignment(*place) for place in places]


def random_problem(seed: int, *, most_buildings: int = 12, most_points: int = 4, most_slots: int = 6) -> Problem:
    """Anything that FORMAT.md allows may occur: tiers, windows, lists of points, pins, closed slots, no room."""
    rng = random.Random(seed)
    slots = rng.randint(1, most_slots)
    points = tuple(_random_point(rng, k, slots) for k in range(rng.randint(1, most_points)))
    buildings = tuple(_random_building(rng, k, slots, points) for k in range(rng.randint(1, most_buildings)))
    weights = Weights(*(rng.choice((0, 1, 1, 2.5, 30)) for _ in range(6)))
    matrix = tuple(tuple(rng.choice((0, 20, 75.5, 140)) for _ in points) for _ in buildings)
    return Problem(
        slot_minutes=15,
        slots=slots,
        points=points,
        buildings=buildings,
        walk=matrix if rng.random() < 0.5 else None,
        max_walk=rng.choice((None, None, 120)),
        together=rng.choice(tuple(Together)),
        previous={b.id: rng.choice(points).id for b in buildings if rng.random() < 0.5},
        weights=weights,
    )


def _random_point(rng: random.Random, number: int, slots: int) -> Point:
    room = rng.choice((8, 15, 20.5, 40))
    listed = tuple(rng.choice((0, room, room)) for _ in range(slots))
    return Point(
        id=f"P{number}",
        capacity=rng.choice((room, listed)),
        x=rng.uniform(0, 200),
        y=rng.uniform(0, 200),
        open_cost=rng.choice((0, 50, 700)),
        serves=rng.choice((("normal",), ("normal", "closed"))),
    )


def _random_building(rng: random.Random, number: int, slots: int, points: tuple[Point, ...]) -> Building:
    building = make_building(
        f"B{number}",
        tuple(rng.randint(1, 12) for _ in range(rng.randint(1, 3))),
        x=rng.uniform(0, 200),
        y=rng.uniform(0, 200),
        tier=rng.choice(("normal", "normal", "normal", "closed")),
        urgency=rng.choice((1, 1, 3)),
    )
    if rng.random() < 0.2:
        building = replace(building, window=(rng.randrange(slots), slots - 1))
    if rng.random() < 0.2:
        building = replace(building, points=(rng.choice(points).id,))
    if rng.random() < 0.08:
        place = (rng.choice(points).id, rng.randrange(slots))
        building = replace(building, pinned={building.cohorts[0].id: place})
    return building


def all_plans(problem: Problem) -> Iterator[list[Assignment]]:
    """Every valid plan of a tiny problem."""
    places = [None, *product([p.id for p in problem.points], range(problem.slots))]
    for chosen in product(places, repeat=len(problem.cohort_ids)):
        plan = [Assignment(c, *at) for c, at in zip(problem.cohort_ids, chosen, strict=True) if at is not None]
        if not violations(problem, plan):
            yield plan


def unplaced_heads(problem: Problem, assignments: object) -> int:
    placed = {a.cohort for a in assignments}  # type: ignore[attr-defined]
    return sum(problem.heads(cohort) for cohort in problem.cohort_ids if cohort not in placed)


def best_by_trying(problem: Problem) -> tuple[int, float] | None:
    """(heads unplaced, objective) of the best plan of a tiny problem; None = no plan keeps the pins."""
    return min(((unplaced_heads(problem, plan), objective(problem, plan)) for plan in all_plans(problem)), default=None)


def steps_only(steps: int) -> Limits:
    """A run that no clock ends."""
    return Limits(time.monotonic(), None, steps, lambda: False)
