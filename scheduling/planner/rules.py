"""What a plan must keep, one plain function for each hard rule: slow and obviously right.

Each takes the placed cohorts as {cohort: (point, slot)} and yields what breaks its rule.
`violations` is all of them: it judges pins, changes made by hand, and whole plans.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from scheduling.planner.plan import Assignment, Fact
from scheduling.planner.problem import Problem, Together

Places = Mapping[str, tuple[str, int]]

# Relative, on distances against max_walk, as the format's judge has it.
ROUNDING = 1e-9


class ViolationKind(StrEnum):
    """Which rule is broken. The facts of each kind stand in `ENGLISH_VIOLATIONS`."""

    UNKNOWN_COHORT = "unknown_cohort"
    PLACED_TWICE = "placed_twice"
    UNKNOWN_POINT = "unknown_point"
    UNKNOWN_SLOT = "unknown_slot"
    OVER_CAPACITY = "over_capacity"
    OUTSIDE_WINDOW = "outside_window"
    POINT_NOT_ALLOWED = "point_not_allowed"
    TIER_NOT_SERVED = "tier_not_served"
    TOO_FAR = "too_far"
    PIN_NOT_KEPT = "pin_not_kept"
    BUILDING_SPLIT = "building_split"
    TIERS_MIXED = "tiers_mixed"


# Plain English, for those who use the planner alone; slots are numbered as in the problem.
ENGLISH_VIOLATIONS: dict[ViolationKind, str] = {
    ViolationKind.UNKNOWN_COHORT: "There is no cohort %(cohort)s.",
    ViolationKind.PLACED_TWICE: "%(cohort)s has two places.",
    ViolationKind.UNKNOWN_POINT: "%(cohort)s is sent to %(point)s, which is no point.",
    ViolationKind.UNKNOWN_SLOT: "%(cohort)s is called in slot %(slot)d, which does not exist.",
    ViolationKind.OVER_CAPACITY: "%(point)s is sent %(heads)d heads in slot %(slot)d and can sample %(capacity)d.",
    ViolationKind.OUTSIDE_WINDOW: "%(cohort)s is called in slot %(slot)d, outside the time window of %(building)s.",
    ViolationKind.POINT_NOT_ALLOWED: "%(building)s may not be sent to %(point)s.",
    ViolationKind.TIER_NOT_SERVED: "%(point)s does not serve the tier %(tier)s of %(building)s.",
    ViolationKind.TOO_FAR: "%(building)s would walk %(metres)d m to %(point)s; the limit is %(limit)d m.",
    ViolationKind.PIN_NOT_KEPT: "%(cohort)s is pinned to %(point)s in slot %(slot)d.",
    ViolationKind.BUILDING_SPLIT: "%(building)s would be divided between %(point)s and %(other)s.",
    ViolationKind.TIERS_MIXED: "The tiers %(tier)s and %(other)s would share %(point)s in slot %(slot)d.",
}


@dataclass(frozen=True, slots=True)
class Violation:
    """One broken rule, as a kind and its facts, so that it can be said in any language."""

    kind: ViolationKind
    facts: Mapping[str, Fact] = field(default_factory=dict)


def english_violation(violation: Violation) -> str:
    """The violation in plain English."""
    return ENGLISH_VIOLATIONS[violation.kind] % dict(violation.facts)


def one_place_each(problem: Problem, assignments: Iterable[Assignment]) -> Iterator[Violation]:
    """Every assignment is of a cohort that exists, and no cohort has two."""
    seen: set[str] = set()
    for cohort in (a.cohort for a in assignments):
        if cohort not in problem.home_index:
            yield Violation(ViolationKind.UNKNOWN_COHORT, {"cohort": cohort})
        elif cohort in seen:
            yield Violation(ViolationKind.PLACED_TWICE, {"cohort": cohort})
        seen.add(cohort)


def places_exist(problem: Problem, places: Places) -> Iterator[Violation]:
    """Points and slots are of the problem."""
    for cohort, (point, slot) in places.items():
        if point not in problem.point_index:
            yield Violation(ViolationKind.UNKNOWN_POINT, {"cohort": cohort, "point": point})
        if not 0 <= slot < problem.slots:
            yield Violation(ViolationKind.UNKNOWN_SLOT, {"cohort": cohort, "slot": slot})


def capacity_kept(problem: Problem, places: Places) -> Iterator[Violation]:
    """In no slot is a point sent more heads than its capacity."""
    load: dict[tuple[str, int], int] = {}
    for cohort, place in places.items():
        load[place] = load.get(place, 0) + problem.heads(cohort)
    for (point, slot), heads in load.items():
        if heads > (capacity := problem.capacity(point, slot)):
            facts: dict[str, Fact] = {"point": point, "slot": slot, "heads": heads, "capacity": capacity}
            yield Violation(ViolationKind.OVER_CAPACITY, facts)


def window_kept(problem: Problem, places: Places) -> Iterator[Violation]:
    """A building is called within its window."""
    for cohort, (_, slot) in places.items():
        building = problem.home(cohort)
        first, last = problem.window(building)
        if not first <= slot <= last:
            facts: dict[str, Fact] = {"cohort": cohort, "building": building.id, "slot": slot}
            yield Violation(ViolationKind.OUTSIDE_WINDOW, {**facts, "first": first, "last": last})


def allowed_points_kept(problem: Problem, places: Places) -> Iterator[Violation]:
    """A building with a list of points goes to one of them."""
    for cohort, (point, _) in places.items():
        building = problem.home(cohort)
        if building.points is not None and point not in building.points:
            facts: dict[str, Fact] = {"cohort": cohort, "building": building.id, "point": point}
            yield Violation(ViolationKind.POINT_NOT_ALLOWED, facts)


def tiers_served(problem: Problem, places: Places) -> Iterator[Violation]:
    """A point is sent only tiers that it serves."""
    for cohort, (point, _) in places.items():
        building = problem.home(cohort)
        if building.tier not in problem.point(point).serves:
            facts: dict[str, Fact] = {"cohort": cohort, "building": building.id, "point": point}
            yield Violation(ViolationKind.TIER_NOT_SERVED, {**facts, "tier": building.tier})


def walk_kept(problem: Problem, places: Places) -> Iterator[Violation]:
    """No head walks further than `max_walk`."""
    for cohort, (point, _) in places.items():
        metres = problem.metres(cohort, point)
        if problem.max_walk is not None and metres > problem.max_walk * (1 + ROUNDING):
            facts: dict[str, Fact] = {"cohort": cohort, "building": problem.home(cohort).id, "point": point}
            yield Violation(ViolationKind.TOO_FAR, {**facts, "metres": metres, "limit": problem.max_walk})


def pins_kept(problem: Problem, places: Places) -> Iterator[Violation]:
    """A pinned cohort has its place."""
    for cohort, (point, slot) in problem.pins.items():
        if places.get(cohort) != (point, slot):
            yield Violation(ViolationKind.PIN_NOT_KEPT, {"cohort": cohort, "point": point, "slot": slot})


def together_kept(problem: Problem, places: Places) -> Iterator[Violation]:
    """Where buildings stay together, all cohorts of one go to one point."""
    if problem.together is not Together.BUILDING:
        return
    sent: dict[str, str] = {}
    for cohort, (point, _) in places.items():
        building = problem.home(cohort).id
        if sent.setdefault(building, point) != point:
            facts: dict[str, Fact] = {"cohort": cohort, "building": building, "point": sent[building], "other": point}
            yield Violation(ViolationKind.BUILDING_SPLIT, facts)


def tiers_apart(problem: Problem, places: Places) -> Iterator[Violation]:
    """Two tiers never share a point in the same slot."""
    present: dict[tuple[str, int], str] = {}
    for cohort, (point, slot) in places.items():
        tier = problem.home(cohort).tier
        if (first := present.setdefault((point, slot), tier)) != tier:
            facts: dict[str, Fact] = {"cohort": cohort, "point": point, "slot": slot, "tier": first, "other": tier}
            yield Violation(ViolationKind.TIERS_MIXED, facts)


RULES = (
    capacity_kept,
    window_kept,
    allowed_points_kept,
    tiers_served,
    walk_kept,
    together_kept,
    tiers_apart,
)


def violations(problem: Problem, assignments: Iterable[Assignment]) -> list[Violation]:
    """All that the assignments break; none = they are a valid plan, whoever is left out being unplaced."""
    assignments = tuple(assignments)
    if broken := list(one_place_each(problem, assignments)):
        return broken
    places = {a.cohort: (a.point, a.slot) for a in assignments}
    if broken := list(places_exist(problem, places)):
        return broken
    return [v for rule in (*RULES, pins_kept) for v in rule(problem, places)]


def pin_violations(problem: Problem) -> list[Violation]:
    """What the pins alone break. A problem is infeasible exactly when there is any."""
    return list(_broken_by_pins(problem))


def first_pin_violation(problem: Problem) -> Violation | None:
    """The first thing that the pins alone break, sooner than all of them; None = they can be kept."""
    return next(_broken_by_pins(problem), None)


def _pinned_part(problem: Problem) -> Problem:
    """The problem without the buildings that have no pin: of a city nearly all need not be looked at."""
    pinned = [k for k, building in enumerate(problem.buildings) if building.pinned]
    if len(pinned) == len(problem.buildings):
        return problem
    walk = None if problem.walk is None else tuple(problem.walk[k] for k in pinned)
    return replace(problem, buildings=tuple(problem.buildings[k] for k in pinned), walk=walk)


def _broken_by_pins(problem: Problem) -> Iterator[Violation]:
    problem = _pinned_part(problem)
    pins, are_places = problem.pins, True
    for violation in places_exist(problem, pins):
        are_places = False
        yield violation
    if are_places:
        for rule in RULES:
            yield from rule(problem, pins)
