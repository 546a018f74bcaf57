"""Why somebody has no place, and the way out."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import chain, compress, count, repeat
from operator import attrgetter, not_
from typing import Any

from scheduling.planner.plan import Fact, Reason, ReasonKind, Unplaced
from scheduling.planner.problem import Building, Cohort, Problem, Together, in_bulk
from scheduling.planner.rules import ROUNDING, Violation

Places = Mapping[str, tuple[str, int]]

# Beyond so many points only so many near ones are looked at, where one of them would do.
MANY_POINTS, NEAR_POINTS = 200, 50


def contradicting_pins(problem: Problem, broken: Violation) -> tuple[Unplaced, ...]:
    """Everybody unplaced, because the pins break a rule; the reason names the rule and one place where they do. Who has
    no pin is told that it is the pins of others."""
    place = broken.facts.get("point") or broken.facts.get("cohort") or broken.facts.get("building", "")
    facts: dict[str, Fact] = {**broken.facts, "place": place, "rule": str(broken.kind)}
    own, others = Reason(ReasonKind.PINS_CONTRADICT, facts), Reason(ReasonKind.PINS_OF_OTHERS, facts)
    cohorts, pins = problem.cohort_ids, problem.pins
    return tuple(in_bulk(Unplaced, cohort=cohorts, reason=[own if cohort in pins else others for cohort in cohorts]))


def pins_behind(problem: Problem, facts: Mapping[str, Fact]) -> list[str]:
    """The pinned cohorts that such a reason is about, in the order of the problem."""
    if "cohort" in facts:
        return [str(facts["cohort"])]
    if "building" in facts:
        return list(problem.buildings[problem.building_index[str(facts["building"])]].pinned)
    return [cohort for cohort, place in problem.pins.items() if place == (facts.get("point"), facts.get("slot"))]


def reasons_unplaced(problem: Problem, places: Places) -> tuple[Unplaced, ...]:
    """Everybody without a place, each with what keeps them from having one and the way out."""
    openings = Openings(problem)
    missing = []
    for home in _homes_of_those_left(problem, places):
        building = problem.buildings[home]
        left = [cohort for cohort in building.cohorts if cohort.id not in places]
        sent = next((places[c.id][0] for c in building.cohorts if c.id in places), None)
        tied = sent if problem.together is Together.BUILDING else None
        points, reason = points_within_rules(problem, home, openings)
        largest = openings.largest_of(points, problem.window(building))
        missing += [Unplaced(c.id, reason or _full(problem, building, c, points, tied, largest)) for c in left]
    return tuple(missing)


def _homes_of_those_left(problem: Problem, places: Places) -> list[int]:
    """The buildings in which somebody has no place."""
    homes = chain.from_iterable(map(repeat, count(), map(len, map(attrgetter("cohorts"), problem.buildings))))
    return list(dict.fromkeys(compress(homes, map(not_, map(places.__contains__, problem.cohort_ids)))))


def points_within_rules(problem: Problem, home: int, openings: Openings) -> tuple[list[int], Reason | None]:
    """The points that no rule keeps the building from, nearest first; where there is none, the rule that ended it."""
    building = problem.buildings[home]
    if near := openings.nearest(building):
        return near, None
    index = problem.point_index
    names = building.points if building.points is not None else tuple(index)
    points = sorted({index[name] for name in names}, key=lambda p: problem.metres_between(home, p))
    here: dict[str, Fact] = {"building": building.id}
    if not problem.points:
        return [], Reason(ReasonKind.NO_POINTS)
    if not points:
        return [], Reason(ReasonKind.NO_ALLOWED_POINT, here)
    nearest = problem.points[points[0]].id
    points = [p for p in points if building.tier in problem.points[p].serves]
    if not points:
        return [], Reason(ReasonKind.TIER_NOT_SERVED, {**here, "tier": building.tier, "point": nearest})
    nearest, metres = problem.points[points[0]].id, problem.metres_between(home, points[0])
    limit = problem.max_walk
    points = [p for p in points if limit is None or problem.metres_between(home, p) <= limit * (1 + ROUNDING)]
    if not points and limit is not None:
        return [], Reason(ReasonKind.TOO_FAR, {**here, "point": nearest, "metres": metres, "limit": limit})
    nearest = problem.points[points[0]].id
    points = [p for p in points if openings.largest_slot(p, problem.window(building)) > 0]
    return points, None if points else Reason(ReasonKind.NO_OPEN_SLOT, {**here, "point": nearest})


def _full(
    problem: Problem,
    building: Building,
    cohort: Cohort,
    points: list[int],
    tied: str | None,
    largest: tuple[int, float],
) -> Reason:
    """The reason where only room is wanting."""
    roomiest, capacity = largest
    facts: dict[str, Fact] = {"building": building.id, "heads": cohort.heads}
    if cohort.heads > capacity:
        facts |= {"point": problem.points[roomiest].id, "capacity": capacity}
        return Reason(ReasonKind.COHORT_TOO_LARGE, facts)
    if tied is not None:
        return Reason(ReasonKind.BUILDING_TIED_TO_FULL_POINT, {**facts, "point": tied})
    return Reason(ReasonKind.NO_ROOM, {**facts, "point": problem.points[points[0]].id})


class Openings:
    """What a slot of a point takes at most within a window, and which points are near: remembered."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.known: dict[tuple[int, int, int], float] = {}
        self.serving: dict[str, Any] = {}

    def nearest(self, building: Building) -> list[int]:
        """Of very many points the nearest that no rule speaks against; empty = look at all of them, one by one."""
        problem = self.problem
        if len(problem.points) <= MANY_POINTS or problem.walk is not None or building.points is not None:
            return []
        import numpy as np

        if building.tier not in self.serving:
            serving = [k for k, p in enumerate(problem.points) if building.tier in p.serves]
            place = np.array([(problem.points[k].x, problem.points[k].y) for k in serving]).reshape(-1, 2)
            self.serving[building.tier] = np.array(serving, dtype=np.int64), place
        points, place = self.serving[building.tier]
        metres = np.hypot(place[:, 0] - building.x, place[:, 1] - building.y)
        near = _smallest(metres, min(NEAR_POINTS, len(metres)))
        if problem.max_walk is not None:
            near = near[metres[near] <= problem.max_walk]
        window = problem.window(building)
        return [point for point in points[near].tolist() if self.largest_slot(point, window) > 0]

    def largest_of(self, points: list[int], window: tuple[int, int]) -> tuple[int, float]:
        """The point among these with the largest slot, the first of equals, and that slot; of none nothing."""
        sizes = [self.largest_slot(point, window) for point in points]
        largest = max(sizes, default=0)
        return (points[sizes.index(largest)], largest) if points else (-1, 0)

    def largest_slot(self, point: int, window: tuple[int, int]) -> float:
        key = (point, *window)
        if key not in self.known:
            first, last = window
            capacity = self.problem.points[point].capacity
            slots = capacity[first : last + 1] if isinstance(capacity, tuple) else (capacity,)
            self.known[key] = max(slots, default=0) if first <= last else 0
        return self.known[key]


def _smallest(values: Any, count: int) -> Any:
    """Where the smallest values stand, the smallest first."""
    import numpy as np

    few = np.argpartition(values, count - 1)[:count] if count else np.zeros(0, dtype=np.int64)
    return few[np.argsort(values[few])]
