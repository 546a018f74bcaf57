"""From what is known of a round to the planner's problem. Pure; ids are ours, as text."""

import math
from collections import Counter
from collections.abc import Iterator, Mapping
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
    """While hours run: who was called in one of the first `begun` slots stays there, and nobody else is sent into them.

    Of a building that is partly called the rest is a building of its own from then on: it may go elsewhere.
    """
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
    buildings = tuple(part for building in facts.buildings for part in _by_called(building, held, facts))
    free = {cohort: place for cohort, place in facts.pins.items() if cohort not in held and place[1] >= begun}
    return replace(facts, points=tuple(past), buildings=buildings, pins={**free, **held})


def _by_called(
    building: PlannedBuilding, held: Mapping[str, tuple[str, int]], facts: RoundFacts
) -> Iterator[PlannedBuilding]:
    """The rest of the building, and those of it that are called at each point, whom no rule moves any more."""
    rest = tuple(one for one in building.cohorts if one[0] not in held)
    if rest:
        yield replace(building, cohorts=rest)
    points = {point.id: point for point in facts.points}
    called: dict[str, list[tuple[str, int]]] = {}
    for cohort, heads in building.cohorts:
        if cohort in held:
            called.setdefault(held[cohort][0], []).append((cohort, heads))
    for number, (point, cohorts) in enumerate(called.items()):
        there = points[point]
        limit = facts.max_walk_metres
        is_near = limit is None or walk_metres(building, there) <= limit
        yield PlannedBuilding(
            called_part(building.id, number) if rest or number else building.id,
            tuple(cohorts),
            x=building.x if is_near else None,
            y=building.y if is_near else None,
            # Whatever tier the building has by now: they are called.
            tier=there.tiers[0] if there.tiers else building.tier,
        )


CALLED = "#called"


def called_part(building: str, number: int) -> str:
    """How a plan names those of a building who were called before it was made."""
    return f"{building}{CALLED}{number}"


def drop_lost_pins(facts: RoundFacts, in_force: Mapping[str, tuple[str, int]]) -> tuple[RoundFacts, int]:
    """On the day a place chosen by hand may be gone, with its point or its room: then it holds nobody. How many."""
    heads = {cohort: count for building in facts.buildings for cohort, count in building.cohorts}
    room = {point.id: list(point.capacity) for point in facts.points}
    kept: dict[str, tuple[str, int]] = {}
    # Who sits in force where the pin says comes first.
    for cohort, place in sorted(facts.pins.items(), key=lambda pin: in_force.get(pin[0]) != pin[1]):
        point, slot = place
        if cohort in heads and room[point][slot] >= heads[cohort]:
            room[point][slot] -= heads[cohort]
            kept[cohort] = place
    return replace(facts, pins=kept), sum(cohort in heads for cohort in facts.pins) - len(kept)


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
