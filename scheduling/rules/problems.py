"""From what is known of a round to the planner's problem. Pure; ids are ours, as text."""

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from scheduling.planner import Building, Cohort, Point, Problem, Together, Weights
from scheduling.rules.wishes import planner_weights

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
    """All that decides a plan. `weights` are factors by wish; `previous` is where each building went last time.

    `pins` is {cohort: (point, slot)}.
    """

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
        weights=Weights(**planner_weights(facts.weights, facts.heads)),
    )


def hold_begun(facts: RoundFacts, in_force: Mapping[str, tuple[str, int]], begun: int) -> RoundFacts:
    """On the day: who was called in one of the first `begun` slots stays there, and nobody else is sent into them."""
    heads = {cohort: count for building in facts.buildings for cohort, count in building.cohorts}
    points = {point.id for point in facts.points}
    held = {
        cohort: (point, slot)
        for cohort, (point, slot) in in_force.items()
        if slot < begun and cohort in heads and point in points
    }
    load: Counter[tuple[str, int]] = Counter()
    for cohort, place in held.items():
        load[place] += heads[cohort]
    past = [
        replace(p, capacity=(*(load[p.id, slot] for slot in range(begun)), *p.capacity[begun:])) for p in facts.points
    ]
    return replace(facts, points=tuple(past), pins={**facts.pins, **held})


def walk_metres(building: PlannedBuilding, point: PlannedPoint) -> float:
    """How far each head walks; 0 where either place is unknown."""
    if building.x is None or building.y is None or point.x is None or point.y is None:
        return 0.0
    return round(DETOUR * math.hypot(building.x - point.x, building.y - point.y), 1)


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
