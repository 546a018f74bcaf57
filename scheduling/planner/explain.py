"""Why a building is where it is, and what the next best places would cost. Why somebody has none: `reasons.py`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from scheduling.planner.plan import Plan
from scheduling.planner.problem import Building, Problem
from scheduling.planner.rules import ROUNDING

Places = Mapping[str, tuple[str, int]]


class Obstacle(StrEnum):
    """What keeps a building from a point, all others staying where they are."""

    POINT_NOT_ALLOWED = "point_not_allowed"
    TIER_NOT_SERVED = "tier_not_served"
    TOO_FAR = "too_far"
    PINNED_ELSEWHERE = "pinned_elsewhere"
    NO_ROOM = "no_room"


@dataclass(frozen=True, slots=True)
class Alternative:
    """One point for a building, all others staying where they are. Its present point is among them.

    `extra_metres` is for each head, against the present point; `extra_minutes` is how much later a head is called on
    average; `extra_cost` is what the objective would change by. The last two are None where there is an obstacle.
    """

    point: str
    metres: float
    extra_metres: float
    obstacle: Obstacle | None
    extra_minutes: float | None = None
    extra_cost: float | None = None
    places: Mapping[str, tuple[str, int]] = field(default_factory=dict)


def alternatives(problem: Problem, plan: Plan, building_id: str, count: int = 5) -> list[Alternative]:
    """Where the building could go instead: first what is possible, cheapest first, then the rest by distance.

    The present point comes first, with nothing extra. Empty for a building without any place.
    """
    building = problem.buildings[problem.building_index[building_id]]
    places = plan.places
    own = {c.id: places[c.id] for c in building.cohorts if c.id in places}
    if not own:
        return []
    room = _Room(problem, {cohort: place for cohort, place in places.items() if cohort not in own})
    present = next(iter(own.values()))[0]
    found = [_alternative(problem, building, point.id, present, own, room) for point in problem.points]
    found.sort(key=lambda a: (a.point != present, a.obstacle is not None, a.extra_cost or 0, a.metres))
    return found[:count]


def _alternative(
    problem: Problem, building: Building, point: str, present: str, own: Places, room: _Room
) -> Alternative:
    here = problem.building_index[building.id]
    metres = problem.metres_between(here, problem.point_index[point])
    extra = metres - problem.metres_between(here, problem.point_index[present])
    if point == present:
        return Alternative(point, metres, 0, None, 0, 0, own)
    obstacle = obstacle_to(problem, building, point, metres)
    there = None if obstacle else room.first_fit(building, point, own)
    if there is None:
        return Alternative(point, metres, extra, obstacle or Obstacle.NO_ROOM)
    heads = sum(problem.heads(cohort) for cohort in own)
    later = sum(problem.heads(cohort) * (there[cohort][1] - own[cohort][1]) for cohort in own) / heads
    cost = room.cost(building, there) - room.cost(building, own)
    return Alternative(point, metres, extra, None, later * problem.slot_minutes, cost, there)


def obstacle_to(problem: Problem, building: Building, point: str, metres: float) -> Obstacle | None:
    """A rule that keeps the building from the point for good, whoever else goes there."""
    if building.points is not None and point not in building.points:
        return Obstacle.POINT_NOT_ALLOWED
    if building.tier not in problem.point(point).serves:
        return Obstacle.TIER_NOT_SERVED
    if problem.max_walk is not None and metres > problem.max_walk * (1 + ROUNDING):
        return Obstacle.TOO_FAR
    return Obstacle.PINNED_ELSEWHERE if any(p != point for p, _ in building.pinned.values()) else None


class _Room:
    """What the others leave free, and what a building's places would add to the objective."""

    def __init__(self, problem: Problem, others: Places) -> None:
        self.problem = problem
        self.load: dict[tuple[str, int], int] = {}
        self.tier: dict[tuple[str, int], str] = {}
        self.used = {point for point, _ in others.values()}
        self.last = max((slot for _, slot in others.values()), default=-1)
        for cohort, place in others.items():
            self.load[place] = self.load.get(place, 0) + problem.heads(cohort)
            self.tier[place] = problem.home(cohort).tier

    def first_fit(self, building: Building, point: str, own: Places) -> dict[str, tuple[str, int]] | None:
        """Places at the point, largest cohorts first, each into the earliest slot that takes it; None = no room."""
        first, last = self.problem.window(building)
        load = {slot: self.load.get((point, slot), 0) for slot in range(first, last + 1)}
        places = {}
        for cohort in sorted(own, key=self.problem.heads, reverse=True):
            heads = self.problem.heads(cohort)
            for slot in load:
                fits = load[slot] + heads <= self.problem.capacity(point, slot)
                if fits and self.tier.get((point, slot), building.tier) == building.tier:
                    places[cohort] = (point, slot)
                    load[slot] += heads
                    break
            else:
                return None
        return places

    def cost(self, building: Building, places: Places) -> float:
        """The part of the objective that these places decide."""
        problem, weights = self.problem, self.problem.weights
        point = next(iter(places.values()))[0]
        slots = [slot for _, slot in places.values()]
        heads = sum(problem.heads(cohort) for cohort in places)
        waits = sum(problem.heads(cohort) * slot for cohort, (_, slot) in places.items())
        index = problem.building_index[building.id]
        return (
            weights.walk * heads * problem.metres_between(index, problem.point_index[point])
            + weights.open * (0 if point in self.used else problem.point(point).open_cost)
            + weights.finish * (1 + max(self.last, *slots))
            + weights.early * building.urgency * waits
            + weights.spread * (max(slots) - min(slots))
            + weights.move * (heads if problem.previous.get(building.id, point) != point else 0)
        )
