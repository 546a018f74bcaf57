"""A large problem cut down to what lies around a few cohorts, so that a way out is planned in a moment."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from scheduling.planner.problem import Point, Problem
from scheduling.planner.replanning.keeping import Places

# So many points near somebody without a place are tried.
NEAR_POINTS = 4
# Beyond so many cohorts only the surroundings of those without a place are planned.
MANY_COHORTS, AROUND = 1_500, 8


def around(problem: Problem, places: Places, cohorts: Sequence[str]) -> Problem:
    """The problem, or of a large one only the points near these cohorts and whoever is sent there."""
    if len(problem.home_index) <= MANY_COHORTS:
        return problem
    homes = list(dict.fromkeys(problem.home_index[cohort] for cohort in cohorts))[:NEAR_POINTS]
    near = {p for home in homes for p in sorted(range(len(problem.points)), key=distance(problem, home))[:AROUND]}
    points = {problem.points[p].id for p in near}
    kept = [
        k
        for k, b in enumerate(problem.buildings)
        if k in homes or any(places[c.id][0] in points for c in b.cohorts if c.id in places)
    ]
    points |= {places[c.id][0] for k in kept for c in problem.buildings[k].cohorts if c.id in places}
    return _only(problem, kept, points, places)


def without(problem: Problem, cohorts: set[str]) -> Problem:
    """Others who have no place either would take what is found for these."""
    buildings = tuple(
        replace(b, cohorts=tuple(c for c in b.cohorts if c.id not in cohorts))
        if any(c.id in cohorts for c in b.cohorts)
        else b
        for b in problem.buildings
    )
    return replace(problem, buildings=buildings)


def distance(problem: Problem, home: int) -> Callable[[int], float]:
    return lambda p: problem.metres_between(home, p)


def _only(problem: Problem, kept: list[int], points: set[str], places: Places) -> Problem:
    """These buildings and points alone. Other people at those points keep their room: it is taken off."""
    inside = {c.id for k in kept for c in problem.buildings[k].cohorts}
    load: dict[tuple[str, int], int] = {}
    for cohort, place in places.items():
        if cohort not in inside and place[0] in points:
            load[place] = load.get(place, 0) + problem.heads(cohort)
    columns = [k for k, point in enumerate(problem.points) if point.id in points]
    left = tuple(_less(problem, problem.points[k], load) for k in columns)
    buildings = tuple(
        b if b.points is None else replace(b, points=tuple(p for p in b.points if p in points))
        for b in (problem.buildings[k] for k in kept)
    )
    walk = None if problem.walk is None else tuple(tuple(problem.walk[k][p] for p in columns) for k in kept)
    known = {b.id for b in buildings}
    previous = {b: p for b, p in problem.previous.items() if b in known and p in points}
    return replace(problem, points=left, buildings=buildings, walk=walk, previous=previous)


def _less(problem: Problem, point: Point, load: Mapping[tuple[str, int], int]) -> Point:
    if not any(place[0] == point.id for place in load):
        return point
    slots = range(problem.slots)
    # A slot that somebody outside uses is closed: whose tier is there would have to be known.
    return replace(point, capacity=tuple(0 if (point.id, s) in load else problem.capacity(point.id, s) for s in slots))
