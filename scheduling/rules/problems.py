"""From what is known of a round to the planner's problem. Pure; ids are ours, as text."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from scheduling.planner import Building, Cohort, Point, Problem, Together, Weights

DETOUR = 1.3  # people walk round houses: the straight line is this much too short
URGENT_SHARE = 4.0  # a building of frail people alone waits as unwillingly as five others


@dataclass(frozen=True, slots=True)
class PlannedPoint:
    """A point with lanes. `x`, `y` None = position unknown; `capacity` is heads in each slot."""

    id: str
    capacity: tuple[int, ...]
    tiers: tuple[str, ...] = ("normal",)
    x: float | None = None
    y: float | None = None


@dataclass(frozen=True, slots=True)
class PlannedBuilding:
    """A building and its cohorts as (id, heads). `window` and `point_ids` None = any."""

    id: str
    cohorts: tuple[tuple[str, int], ...]
    x: float | None = None
    y: float | None = None
    tier: str = "normal"
    window: tuple[int, int] | None = None
    point_ids: tuple[str, ...] | None = None
    frail_heads: int = 0


@dataclass(frozen=True, slots=True)
class RoundFacts:
    """All that decides a plan. `previous` is where each building went last time, `pins` {cohort: (point, slot)}."""

    slot_minutes: int
    slots: int
    points: tuple[PlannedPoint, ...]
    buildings: tuple[PlannedBuilding, ...]
    max_walk_metres: int | None = None
    weights: Mapping[str, float] = field(default_factory=dict)
    previous: Mapping[str, str] = field(default_factory=dict)
    pins: Mapping[str, tuple[str, int]] = field(default_factory=dict)

    @property
    def heads(self) -> int:
        return sum(heads for building in self.buildings for _, heads in building.cohorts)


def make_problem(facts: RoundFacts) -> Problem:
    """The planner's problem. Where a position is unknown, walking counts 0."""
    return Problem(
        slot_minutes=facts.slot_minutes,
        slots=facts.slots,
        points=tuple(
            Point(point.id, point.capacity, point.x or 0, point.y or 0, serves=point.tiers) for point in facts.points
        ),
        buildings=tuple(_building(building, facts) for building in facts.buildings),
        walk=tuple(tuple(walk_metres(building, point) for point in facts.points) for building in facts.buildings),
        max_walk=facts.max_walk_metres,
        together=Together.BUILDING,
        previous=_known_places(facts),
        weights=weights_of(facts),
    )


def walk_metres(building: PlannedBuilding, point: PlannedPoint) -> float:
    """How far each head walks; 0 where either place is unknown."""
    if building.x is None or building.y is None or point.x is None or point.y is None:
        return 0.0
    return round(DETOUR * math.hypot(building.x - point.x, building.y - point.y), 1)


def weights_of(facts: RoundFacts) -> Weights:
    """What each cost counts, in metres walked by one head, unless the round says otherwise.

    A head that waits a minute longer counts a metre; an end one slot later as much as a metre for everybody.
    """
    usual: dict[str, float] = {
        "walk": 1,
        "open": 1,
        "finish": facts.heads,
        "early": facts.slot_minutes,
        "spread": 150,
        "move": 40,
    }
    given = {name: float(weight) for name, weight in facts.weights.items() if name in usual}
    return Weights(**{**usual, **given})


def urgency(heads: int, frail_heads: int) -> float:
    """How unwillingly a building waits: 1, and more by the share of frail people in it."""
    return round(1 + URGENT_SHARE * frail_heads / heads, 2) if heads else 1.0


def with_pins(problem: Problem, pins: Mapping[str, tuple[str, int]]) -> Problem:
    """The same problem with these pins and no others."""
    return replace(
        problem,
        buildings=tuple(
            replace(building, pinned={c.id: pins[c.id] for c in building.cohorts if c.id in pins})
            for building in problem.buildings
        ),
    )


def _building(building: PlannedBuilding, facts: RoundFacts) -> Building:
    cohorts = tuple(Cohort(cohort, heads) for cohort, heads in building.cohorts)
    points = {point.id for point in facts.points}
    return Building(
        id=building.id,
        cohorts=cohorts,
        x=building.x or 0,
        y=building.y or 0,
        tier=building.tier,
        window=building.window,
        # A point that was removed since is no choice; where none is left the planner says so.
        points=None if building.point_ids is None else tuple(p for p in building.point_ids if p in points),
        urgency=urgency(sum(cohort.heads for cohort in cohorts), building.frail_heads),
        pinned={cohort.id: facts.pins[cohort.id] for cohort in cohorts if cohort.id in facts.pins},
    )


def _known_places(facts: RoundFacts) -> dict[str, str]:
    points = {point.id for point in facts.points}
    buildings = {building.id for building in facts.buildings}
    return {building: point for building, point in facts.previous.items() if building in buildings and point in points}
