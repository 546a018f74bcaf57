"""A day that runs and is planned again: who is called already, who was told what, and who can keep that place."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cached_property
from math import floor

from scheduling.planner.plan import Fact
from scheduling.planner.problem import Building, Point, Problem, Together
from scheduling.planner.rules import ROUNDING, Violation, first_pin_violation

Place = tuple[str, int]
Places = Mapping[str, Place]

# Beyond so many different sums of heads, who stays in a slot that became too small is chosen largest first.
MOST_SUMS = 20_000


class MoveKind(StrEnum):
    """Why somebody is told another place. The facts of each stand in the sentences of `scheduling/planner_sentences.py`."""

    POINT_CLOSED = "point_closed"
    SLOT_CLOSED = "slot_closed"
    SLOT_TOO_SMALL = "slot_too_small"
    POINT_NOT_ALLOWED = "point_not_allowed"
    OUTSIDE_WINDOW = "outside_window"
    TIER_NOT_SERVED = "tier_not_served"
    TOO_FAR = "too_far"
    PINNED = "pinned"
    WITH_BUILDING = "with_building"
    MAKES_ROOM = "makes_room"
    NEW = "new"
    NO_PLACE_LEFT = "no_place_left"
    SERVES_BETTER = "serves_better"


@dataclass(frozen=True, slots=True)
class Why:
    """Why somebody moves, as a kind and its facts."""

    kind: MoveKind
    facts: Mapping[str, Fact] = field(default_factory=dict)


class CalledCannotStay(Exception):
    """The problem has no room for those who are called already. `violation` says which rule they would break."""

    def __init__(self, violation: Violation) -> None:
        self.violation = violation
        super().__init__(str(violation.kind))


@dataclass(frozen=True)
class Day:
    """`problem` has the called pinned, and its slots before `from_slot` closed to everybody else. `told` is the place
    in force of everybody who is not called and had one; it may be possible no more."""

    problem: Problem
    called: Places
    told: Places
    from_slot: int

    @cached_property
    def fixed_load(self) -> dict[Place, int]:
        """Heads of those pinned, by place."""
        load: dict[Place, int] = defaultdict(int)
        for cohort, place in self.problem.pins.items():
            load[place] += self.problem.heads(cohort)
        return load

    @cached_property
    def fixed_tier(self) -> dict[Place, str]:
        return {place: self.problem.home(cohort).tier for cohort, place in self.problem.pins.items()}

    def moved_heads(self, places: Places) -> int:
        """Heads of those who were told a place and have another one, or none."""
        return sum(self.problem.heads(cohort) for cohort, place in self.told.items() if places.get(cohort) != place)

    def unplaced_heads(self, places: Places) -> int:
        return sum(self.problem.heads(cohort) for cohort in self.problem.cohort_ids if cohort not in places)


def foreign_cohort(problem: Problem, in_force: Places) -> str | None:
    """A cohort of the plan that the problem does not know, where it knows fewer than half of them: then the plan is
    another problem's. Some are always gone on the day. None = the plan may be of this problem."""
    unknown = [cohort for cohort in in_force if cohort not in problem.home_index]
    return unknown[0] if 2 * len(unknown) > len(in_force) else None


def running_day(problem: Problem, in_force: Places, from_slot: int) -> Day:
    """The day from the plan in force: whoever has a slot before `from_slot` is called.

    Cohorts that the problem does not know any more are gone. Raises CalledCannotStay.
    """
    known = {cohort: place for cohort, place in in_force.items() if cohort in problem.home_index}
    called = {cohort: place for cohort, place in known.items() if place[1] < from_slot}
    told = {cohort: place for cohort, place in known.items() if cohort not in called}
    pins = {**problem.pins, **called}
    pinned = replace(problem, buildings=tuple(_with_pins(building, pins) for building in problem.buildings))
    if broken := first_pin_violation(pinned):
        raise CalledCannotStay(broken)
    return Day(_close_begun(pinned, from_slot) if from_slot > 0 else pinned, called, told, from_slot)


def _with_pins(building: Building, pins: Places) -> Building:
    pinned = {cohort.id: pins[cohort.id] for cohort in building.cohorts if cohort.id in pins}
    return building if pinned == building.pinned else replace(building, pinned=pinned)


def _close_begun(problem: Problem, from_slot: int) -> Problem:
    """Nobody new is sent into a slot that has begun: it holds whom it holds."""
    load: dict[Place, int] = defaultdict(int)
    for cohort, place in problem.pins.items():
        load[place] += problem.heads(cohort)
    slots = range(problem.slots)
    points = tuple(
        replace(
            point,
            capacity=tuple(
                load[point.id, slot] if slot < from_slot else problem.capacity(point.id, slot) for slot in slots
            ),
        )
        for point in problem.points
    )
    return replace(problem, points=points)


def why_not(day: Day, cohort: str, place: Place) -> Why | None:
    """What keeps the cohort from the place for good, whoever else is there; None = nothing."""
    problem, (point, slot) = day.problem, place
    building, heads = problem.home(cohort), problem.heads(cohort)
    facts: dict[str, Fact] = {"point": point, "slot": slot, "building": building.id, "heads": heads}
    if point not in problem.point_index or _is_closed(problem.point(point), max(slot, day.from_slot), problem.slots):
        return Why(MoveKind.POINT_CLOSED, facts)
    if slot >= problem.slots or problem.capacity(point, slot) <= 0:
        return Why(MoveKind.SLOT_CLOSED, facts)
    for kind, is_broken in _rules_against(problem, building, cohort, place):
        if is_broken:
            return Why(kind, facts | {"tier": building.tier})
    room = floor(problem.capacity(point, slot)) - day.fixed_load.get(place, 0)
    if heads > room or day.fixed_tier.get(place, building.tier) != building.tier:
        return Why(MoveKind.SLOT_TOO_SMALL, facts | {"capacity": floor(problem.capacity(point, slot))})
    return None


def _is_closed(point: Point, slot: int, slots: int) -> bool:
    """Whether the point takes nobody in this slot and all later ones."""
    capacity = point.capacity[slot:] if isinstance(point.capacity, tuple) else (point.capacity,)
    return max(capacity, default=0) <= 0


def _rules_against(problem: Problem, building: Building, cohort: str, place: Place) -> Iterable[tuple[MoveKind, bool]]:
    point, slot = place
    first, last = problem.window(building)
    pins = {pin[0] for pin in building.pinned.values()} if problem.together is Together.BUILDING else set()
    metres = problem.metres(cohort, point)
    yield MoveKind.PINNED, building.pinned.get(cohort, place) != place
    yield MoveKind.WITH_BUILDING, bool(pins) and point not in pins
    yield MoveKind.POINT_NOT_ALLOWED, building.points is not None and point not in building.points
    yield MoveKind.TIER_NOT_SERVED, building.tier not in problem.point(point).serves
    yield MoveKind.TOO_FAR, problem.max_walk is not None and metres > problem.max_walk * (1 + ROUNDING)
    yield MoveKind.OUTSIDE_WINDOW, not first <= slot <= last


@dataclass(frozen=True)
class Keepers:
    """`possible`: told places that nothing but others speaks against. `kept`: as many of them as fit together, and
    those pinned there. `lost`: why the others cannot stay. `room`: heads of those told a place that can stay there, at most."""

    possible: Places
    kept: Places
    lost: Mapping[str, Why]
    room: Mapping[Place, int]


def keepers(day: Day) -> Keepers:
    """Who can keep the place they were told, if nobody but them is asked."""
    pins = day.problem.pins
    kept = {cohort: place for cohort, place in day.told.items() if pins.get(cohort) == place}
    lost = {c: why for c, place in day.told.items() if c not in kept and (why := why_not(day, c, place))}
    possible = {cohort: place for cohort, place in day.told.items() if cohort not in lost and cohort not in kept}
    staying, divided = _one_point_each(day.problem, possible)
    lost |= divided
    here: dict[Place, list[str]] = defaultdict(list)
    everybody: dict[Place, list[str]] = defaultdict(list)
    for cohort, place in possible.items():
        everybody[place].append(cohort)
        if cohort in staying:
            here[place].append(cohort)
    for place, cohorts in here.items():
        stay, _ = fullest(day, place, cohorts)
        kept |= dict.fromkeys(stay, place)
        facts: dict[str, Fact] = {
            "point": place[0],
            "slot": place[1],
            "capacity": floor(day.problem.capacity(*place)),
        }
        for cohort in set(cohorts) - set(stay):
            lost[cohort] = Why(MoveKind.SLOT_TOO_SMALL, facts | {"heads": day.problem.heads(cohort)})
    room = {place: fullest(day, place, cohorts)[1] for place, cohorts in everybody.items()}
    in_order = {cohort: kept[cohort] for cohort in day.told if cohort in kept}
    return Keepers(possible, in_order, {c: lost[c] for c in day.told if c in lost}, room)


def _one_point_each(problem: Problem, possible: Places) -> tuple[Places, dict[str, Why]]:
    """Where buildings stay together, those told the point of most heads of their building; and why not the others."""
    if problem.together is not Together.BUILDING:
        return possible, {}
    heads: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for cohort, (point, _) in possible.items():
        heads[problem.home(cohort).id][point] += problem.heads(cohort)
    most = {building: max(points, key=lambda p: points[p]) for building, points in heads.items()}
    staying, divided = {}, {}
    for cohort, place in possible.items():
        building = problem.home(cohort).id
        if place[0] == most[building]:
            staying[cohort] = place
        else:
            divided[cohort] = Why(MoveKind.WITH_BUILDING, {"building": building, "point": most[building]})
    return staying, divided


def fullest(day: Day, place: Place, cohorts: list[str]) -> tuple[list[str], int]:
    """Of these cohorts, all told this place, those of one tier that fill it best; and a bound on how many heads can."""
    problem = day.problem
    room = floor(problem.capacity(*place)) - day.fixed_load.get(place, 0)
    tiers: dict[str, list[str]] = defaultdict(list)
    for cohort in cohorts:
        tiers[problem.home(cohort).tier].append(cohort)
    best: list[str] = []
    bound = 0
    for members in tiers.values():
        chosen, at_most = _fill([(cohort, problem.heads(cohort)) for cohort in members], room)
        bound = max(bound, at_most)
        if sum(map(problem.heads, chosen)) > sum(map(problem.heads, best)):
            best = chosen
    return best, bound


def _fill(sized: list[tuple[str, int]], room: int) -> tuple[list[str], int]:
    """Which of them fill the room best (subset sums), and a bound on the sum."""
    total = sum(heads for _, heads in sized)
    if total <= room:
        return [name for name, _ in sized], total
    sums: dict[int, tuple[str, ...]] = {0: ()}
    for name, heads in sorted(sized, key=lambda one: (-one[1], one[0])):
        for value, chosen in list(sums.items()):
            if value + heads <= room:
                sums.setdefault(value + heads, (*chosen, name))
        if len(sums) > MOST_SUMS:
            return _largest_first(sized, room), room
    best = max(sums)
    return list(sums[best]), best


def _largest_first(sized: list[tuple[str, int]], room: int) -> list[str]:
    chosen = []
    for name, heads in sorted(sized, key=lambda one: (-one[1], one[0])):
        if heads <= room:
            chosen.append(name)
            room -= heads
    return chosen
