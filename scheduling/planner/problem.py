"""What is to be planned, as frozen values. Units: metres, minutes, heads; slots count from 0."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from itertools import chain, repeat
from typing import Any, TypeVar

T = TypeVar("T")


def in_bulk(kind: type[T], **columns: Sequence[Any]) -> list[T]:
    """A frozen value with slots for each row of the columns, which name all its fields: a third of the time that as
    many calls of its `__init__` would take."""
    values: list[T] = [object.__new__(kind) for _ in next(iter(columns.values()))]
    for name, column in columns.items():
        deque(map(kind.__dict__[name].__set__, values, column), maxlen=0)
    return values


class Together(StrEnum):
    """What goes to one point as a whole: all of a building, or each cohort for itself."""

    BUILDING = "building"
    COHORT = "cohort"


@dataclass(frozen=True, slots=True)
class Cohort:
    """People called together, never divided."""

    id: str
    heads: int


@dataclass(frozen=True, slots=True)
class Point:
    """A candidate sampling point. `capacity` is heads in a slot: one number, or one for each slot (0 = closed)."""

    id: str
    capacity: float | tuple[float, ...]
    x: float = 0
    y: float = 0
    open_cost: float = 0
    serves: tuple[str, ...] = ("normal",)


@dataclass(frozen=True, slots=True)
class Building:
    """Where people live, and where and when they may be called.

    `window` None = any slot; `points` None = any point; `pinned` is {cohort: (point, slot)}, a person's order.
    A pin may name a point or a slot that does not exist: then no plan can keep it.
    """

    id: str
    cohorts: tuple[Cohort, ...]
    x: float = 0
    y: float = 0
    tier: str = "normal"
    window: tuple[int, int] | None = None
    points: tuple[str, ...] | None = None
    urgency: float = 1
    pinned: Mapping[str, tuple[str, int]] = field(default_factory=dict)

    @property
    def heads(self) -> int:
        return sum(cohort.heads for cohort in self.cohorts)


@dataclass(frozen=True, slots=True)
class Weights:
    """What each cost counts in the objective."""

    walk: float = 0
    open: float = 0
    finish: float = 0
    early: float = 0
    spread: float = 0
    move: float = 0


@dataclass(frozen=True)
class Problem:
    """One round to be planned. `walk` is metres `[building][point]`; None = the straight line between x, y."""

    slot_minutes: float
    slots: int
    points: tuple[Point, ...]
    buildings: tuple[Building, ...]
    walk: tuple[tuple[float, ...], ...] | None = None
    max_walk: float | None = None
    together: Together = Together.BUILDING
    previous: Mapping[str, str] = field(default_factory=dict)
    weights: Weights = Weights()

    @cached_property
    def point_index(self) -> dict[str, int]:
        return {point.id: k for k, point in enumerate(self.points)}

    @cached_property
    def building_index(self) -> dict[str, int]:
        return {building.id: k for k, building in enumerate(self.buildings)}

    @cached_property
    def home_index(self) -> dict[str, int]:
        """The place in `buildings` of each cohort's building."""
        counts = (len(building.cohorts) for building in self.buildings)
        homes = chain.from_iterable(map(repeat, range(len(self.buildings)), counts))
        return dict(zip(self.cohort_ids, homes, strict=True))

    @cached_property
    def _cohorts(self) -> dict[str, Cohort]:
        return {cohort.id: cohort for building in self.buildings for cohort in building.cohorts}

    @cached_property
    def pins(self) -> dict[str, tuple[str, int]]:
        """All pins of all buildings."""
        return {cohort: place for building in self.buildings for cohort, place in building.pinned.items()}

    @property
    def cohort_ids(self) -> list[str]:
        """All cohorts, in the order of the problem."""
        return [cohort.id for building in self.buildings for cohort in building.cohorts]

    def heads(self, cohort: str) -> int:
        return self._cohorts[cohort].heads

    def home(self, cohort: str) -> Building:
        return self.buildings[self.home_index[cohort]]

    def point(self, point: str) -> Point:
        return self.points[self.point_index[point]]

    def metres(self, cohort: str, point: str) -> float:
        """How far each head of the cohort walks to the point."""
        return self.metres_between(self.home_index[cohort], self.point_index[point])

    def metres_between(self, building: int, point: int) -> float:
        """The same, by the places in `buildings` and `points`."""
        if self.walk is not None:
            return self.walk[building][point]
        a, b = self.buildings[building], self.points[point]
        return math.hypot(a.x - b.x, a.y - b.y)

    def capacity(self, point: str, slot: int) -> float:
        """Heads that the point can sample in the slot."""
        capacity = self.point(point).capacity
        return capacity[slot] if isinstance(capacity, tuple) else capacity

    def window(self, building: Building) -> tuple[int, int]:
        """First and last slot in which the building may be called; last < first = none."""
        first, last = building.window or (0, self.slots - 1)
        return max(first, 0), min(last, self.slots - 1)


def problem_to_json(problem: Problem) -> dict[str, object]:
    """The problem as FORMAT.md has it; `problem_from_json` reads it back unchanged."""
    data: dict[str, object] = {
        "version": 1,
        "slot_minutes": problem.slot_minutes,
        "slots": problem.slots,
        "points": [_point_to_json(point) for point in problem.points],
        "buildings": [_building_to_json(building) for building in problem.buildings],
        "together": str(problem.together),
        "previous": dict(problem.previous),
        "weights": {name: getattr(problem.weights, name) for name in Weights.__slots__},
    }
    if problem.walk is not None:
        data["walk"] = [list(row) for row in problem.walk]
    if problem.max_walk is not None:
        data["max_walk"] = problem.max_walk
    return data


def _point_to_json(point: Point) -> dict[str, object]:
    capacity = list(point.capacity) if isinstance(point.capacity, tuple) else point.capacity
    return {
        "id": point.id,
        "x": point.x,
        "y": point.y,
        "capacity": capacity,
        "open_cost": point.open_cost,
        "serves": list(point.serves),
    }


def _building_to_json(building: Building) -> dict[str, object]:
    data: dict[str, object] = {
        "id": building.id,
        "x": building.x,
        "y": building.y,
        "tier": building.tier,
        "cohorts": [{"id": cohort.id, "heads": cohort.heads} for cohort in building.cohorts],
        "urgency": building.urgency,
        "pinned": {cohort: list(place) for cohort, place in building.pinned.items()},
    }
    if building.window is not None:
        data["window"] = list(building.window)
    if building.points is not None:
        data["points"] = list(building.points)
    return data
