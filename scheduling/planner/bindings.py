"""What holds a building where and when it is: the rules that leave it few points, and who fills the better places."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from scheduling.planner.explain import obstacle_to
from scheduling.planner.plan import Fact, Plan
from scheduling.planner.problem import Building, Problem
from scheduling.planner.replanning.keeping import Places

# Nearer points that are told of one by one.
MOST_NEARER = 3


class BindingKind(StrEnum):
    """What binds. The facts of each kind stand in `ENGLISH_BINDINGS`."""

    PINNED = "pinned"
    FEW_POINTS = "few_points"
    TIER = "tier"
    WALK_LIMIT = "walk_limit"
    WINDOW = "window"
    NEARER_FULL = "nearer_full"
    EARLIER_FULL = "earlier_full"
    SPREAD = "spread"


# Plain English, for those who use the planner alone. `by` is the building that has most heads there.
ENGLISH_BINDINGS: dict[BindingKind, str] = {
    BindingKind.PINNED: "A place was chosen by hand: %(point)s.",
    BindingKind.FEW_POINTS: "It may be sent to %(count)d of %(points)d points only.",
    BindingKind.TIER: "%(count)d of %(points)d points serve its tier %(tier)s.",
    BindingKind.WALK_LIMIT: "%(count)d of %(points)d points are within %(limit)d m.",
    BindingKind.WINDOW: "It may be called from slot %(first)d to slot %(last)d only.",
    BindingKind.NEARER_FULL: "%(point)s is nearer, but has no room left in its times; %(by)s fills most of it.",
    BindingKind.EARLIER_FULL: "Earlier times at %(point)s are taken, most of them by %(by)s.",
    BindingKind.SPREAD: "There is room at %(point)s earlier; its groups are kept close together.",
}


@dataclass(frozen=True, slots=True)
class Binding:
    """One thing that binds, as a kind and its facts."""

    kind: BindingKind
    facts: Mapping[str, Fact] = field(default_factory=dict)


def bindings(problem: Problem, plan: Plan, building_id: str) -> list[Binding]:
    """What binds a building with a place, the firm first. Empty for a building without any place."""
    building = problem.buildings[problem.building_index[building_id]]
    places = plan.places
    own = {c.id: places[c.id] for c in building.cohorts if c.id in places}
    if not own:
        return []
    return [*_rules(problem, building), *_nearer(problem, building, places, own), *_earlier(problem, places, own)]


def _rules(problem: Problem, building: Building) -> Iterator[Binding]:
    total, home = len(problem.points), problem.building_index[building.id]
    if building.pinned:
        yield Binding(BindingKind.PINNED, {"point": next(iter(building.pinned.values()))[0]})
    if building.points is not None and len(set(building.points)) < total:
        yield Binding(BindingKind.FEW_POINTS, {"count": len(set(building.points)), "points": total})
    serving = sum(building.tier in point.serves for point in problem.points)
    if serving < total:
        yield Binding(BindingKind.TIER, {"count": serving, "points": total, "tier": building.tier})
    if problem.max_walk is not None:
        near = sum(problem.metres_between(home, p) <= problem.max_walk for p in range(total))
        if near < total:
            yield Binding(BindingKind.WALK_LIMIT, {"count": near, "points": total, "limit": problem.max_walk})
    if building.window is not None:
        first, last = problem.window(building)
        yield Binding(BindingKind.WINDOW, {"first": first, "last": last})


def _nearer(problem: Problem, building: Building, places: Places, own: Places) -> Iterator[Binding]:
    """Nearer points that no rule forbids and that have no slot for the largest of its cohorts."""
    home = problem.building_index[building.id]
    present = problem.metres_between(home, problem.point_index[next(iter(own.values()))[0]])
    metres = {point.id: problem.metres_between(home, k) for k, point in enumerate(problem.points)}
    nearer = sorted((m, point) for point, m in metres.items() if m < present)
    open_to = [p for m, p in nearer if obstacle_to(problem, building, p, m) is None]
    for point in open_to[:MOST_NEARER]:
        first, last = problem.window(building)
        load, by = _taken(problem, places, point, set(range(first, last + 1)))
        heads = max(problem.heads(cohort) for cohort in own)
        if by and all(load[s] + heads > problem.capacity(point, s) for s in range(first, last + 1)):
            yield Binding(BindingKind.NEARER_FULL, {"point": point, "by": by})


def _earlier(problem: Problem, places: Places, own: Places) -> Iterator[Binding]:
    """Why its first cohort is not called earlier at its point."""
    cohort, (point, slot) = min(own.items(), key=lambda one: one[1][1])
    first, _ = problem.window(problem.home(cohort))
    earlier = [s for s in range(first, slot) if problem.capacity(point, s) > 0]
    load, by = _taken(problem, places, point, set(earlier))
    if not earlier:
        return
    heads = problem.heads(cohort)
    if all(load[s] + heads > problem.capacity(point, s) for s in earlier) and by:
        yield Binding(BindingKind.EARLIER_FULL, {"point": point, "by": by})
    elif len(own) > 1:
        yield Binding(BindingKind.SPREAD, {"point": point})


def _taken(problem: Problem, places: Places, point: str, slots: set[int]) -> tuple[Counter[int], str | None]:
    """Heads in each of these slots of the point, and the building with most of them."""
    load: Counter[int] = Counter()
    whose: Counter[str] = Counter()
    for cohort, (there, slot) in places.items():
        if there == point and slot in slots:
            load[slot] += problem.heads(cohort)
            whose[problem.home(cohort).id] += problem.heads(cohort)
    return load, whose.most_common(1)[0][0] if whose else None
