"""What may be done differently for people without a place, and the problem with it done."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from scheduling.planner.plan import Fact
from scheduling.planner.problem import Building, Cohort, Point, Problem


class WayKind(StrEnum):
    """What would be changed; the cheapest first. The facts of each stand in the sentences of `scheduling/planner_sentences.py`."""

    ANY_TIME = "any_time"
    ALLOW_POINT = "allow_point"
    SERVE_TIER = "serve_tier"
    LONGER_WALK = "longer_walk"
    DIVIDE = "divide"
    OPEN_AGAIN = "open_again"
    ONE_LANE_MORE = "one_lane_more"
    OPEN_LONGER = "open_longer"


@dataclass(frozen=True, slots=True)
class Change:
    """One thing done differently, as a kind and its facts."""

    kind: WayKind
    facts: Mapping[str, Fact] = field(default_factory=dict)


Lanes = Mapping[str, Sequence[float]]


@dataclass(frozen=True, slots=True)
class ClosedPoint:
    """A point without any lane: how many it would have, open again, and what it would take then, slot by slot."""

    lanes: int
    capacity: tuple[float, ...]


def capacity_of(problem: Problem, point: Point) -> tuple[float, ...]:
    return point.capacity if isinstance(point.capacity, tuple) else (point.capacity,) * problem.slots


def lane_of(problem: Problem, point: Point, lane_more: Lanes) -> tuple[float, ...]:
    """What one lane more adds to the point, slot by slot: nothing where it is closed."""
    now = capacity_of(problem, point)
    more = lane_more.get(point.id)
    return now if more is None else tuple(more[: len(now)]) + (0.0,) * (len(now) - len(more))


def apply_change(problem: Problem, change: Change, lane_more: Lanes | None = None) -> Problem:
    """The problem with the change."""
    facts = change.facts
    if change.kind is WayKind.LONGER_WALK:
        return replace(problem, max_walk=max(problem.max_walk or 0.0, float(facts["metres"])))
    if change.kind is WayKind.OPEN_LONGER:
        return _open_longer(problem, str(facts["point"]), int(facts["slots"]))
    if change.kind in (WayKind.OPEN_AGAIN, WayKind.ONE_LANE_MORE, WayKind.SERVE_TIER):
        points = tuple(
            _changed_point(problem, point, change, lane_more or {}) if point.id == facts["point"] else point
            for point in problem.points
        )
        return replace(problem, points=points)
    return replace(problem, buildings=tuple(_changed_building(building, change) for building in problem.buildings))


def _changed_point(problem: Problem, point: Point, change: Change, lane_more: Lanes) -> Point:
    if change.kind is WayKind.SERVE_TIER:
        return replace(point, serves=(*point.serves, str(change.facts["tier"])))
    more = lane_of(problem, point, lane_more)
    return replace(point, capacity=tuple(a + b for a, b in zip(capacity_of(problem, point), more, strict=True)))


def _open_longer(problem: Problem, longer: str, slots: int) -> Problem:
    """So many slots more at the end, in which only this point is open, as it is in its last open slot."""
    points = []
    for point in problem.points:
        now = capacity_of(problem, point)
        last = next((heads for heads in reversed(now) if heads > 0), 0.0) if point.id == longer else 0.0
        points.append(replace(point, capacity=(*now, *(last for _ in range(slots)))))
    return replace(problem, slots=problem.slots + slots, points=tuple(points))


def _changed_building(building: Building, change: Change) -> Building:
    facts = change.facts
    if change.kind is WayKind.DIVIDE:
        cohorts = tuple(part for c in building.cohorts for part in _divided(c, facts))
        return building if cohorts == building.cohorts else replace(building, cohorts=cohorts)
    if building.id != facts["building"]:
        return building
    if change.kind is WayKind.ANY_TIME:
        return replace(building, window=None)
    return replace(building, points=(*(building.points or ()), str(facts["point"])))


def _divided(cohort: Cohort, facts: Mapping[str, Fact]) -> Iterator[Cohort]:
    if cohort.id != facts["cohort"]:
        yield cohort
        return
    parts = int(facts["parts"])
    for k in range(parts):
        yield Cohort(f"{cohort.id}/{k + 1}", cohort.heads // parts + (k < cohort.heads % parts))
