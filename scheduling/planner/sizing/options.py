"""What is answered: a few ways to set a round up, each with the plan behind it, and what cannot be had."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from scheduling.planner.plan import Fact, Plan
from scheduling.planner.problem import Problem
from scheduling.planner.sizing.ask import Ask


class Goal(StrEnum):
    """What an option is the best of those found in."""

    POINTS = "fewest_points"
    WALK = "shortest_walk"
    END = "earliest_end"
    STAFF = "fewest_staff"
    BETWEEN = "in_between"


class Target(StrEnum):
    """What was asked to be kept."""

    STAFF = "staff"
    END = "end"
    WALK = "walk"


class LackKind(StrEnum):
    """What cannot be had. The facts of each stand in the sentences of `scheduling/sizing_sentences.py`."""

    NO_CANDIDATES = "no_candidates"
    NOBODY = "nobody"
    NO_HOURS = "no_hours"
    NOWHERE_TO_GO = "nowhere_to_go"
    TOO_FEW_LANES = "too_few_lanes"
    TOO_FEW_STAFF = "too_few_staff"
    TOO_FAR = "too_far"
    TARGETS_TOGETHER = "targets_together"
    NO_PLAN = "no_plan"


@dataclass(frozen=True, slots=True)
class Lack:
    """What cannot be had, as a kind and its facts, so that it can be said in any language."""

    kind: LackKind
    facts: Mapping[str, Fact] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class OpenPoint:
    """A point of an option. `first_slot` and `last_slot` are those in which somebody comes; `minutes` it is open."""

    point: str
    lanes: int
    heads: int
    first_slot: int
    last_slot: int
    minutes: float


@dataclass(frozen=True)
class Option:
    """A way to set the round up. `plan` is valid on `problem`, whose points are those opened.

    `goals`: what no other option is better in; `proved`: those of them that nothing at all can be better in.
    Walks are metres of those with a place: of a head on average, of 95 % at most, at most. `end_slot` -1 = nobody has
    a place; `minutes` = from first to last slot, without those in which nothing is open.
    """

    goals: tuple[Goal, ...]
    proved: tuple[Goal, ...]
    misses: tuple[Target, ...]
    points: tuple[OpenPoint, ...]
    staff: int
    end_slot: int
    minutes: float
    mean_walk: float
    walk_95: float
    max_walk: float
    unplaced_heads: int
    problem: Problem
    plan: Plan

    @property
    def lanes(self) -> int:
        return sum(point.lanes for point in self.points)


@dataclass(frozen=True, slots=True)
class Least:
    """What every choice within the targets needs at least; None = not known, or there is no such choice."""

    points: int | None = None
    lanes: int | None = None
    staff: int | None = None
    end_slot: int | None = None


@dataclass(frozen=True, slots=True)
class Way:
    """How far a target has to give way so that the others can be kept, confirmed by an option's plan.

    Facts: `staff` and how many `more`; `hours` more; `metres`.
    """

    target: Target
    facts: Mapping[str, Fact]


@dataclass(frozen=True, slots=True)
class Sizing:
    """The answer. Where the targets cannot be kept together, `lacks` says so and each option misses one of them.

    `is_stopped`: it was ended early; this was found until then.
    """

    options: tuple[Option, ...]
    lacks: tuple[Lack, ...]
    least: Least
    heads: int
    hopeless_heads: int
    ways: tuple[Way, ...] = ()
    is_stopped: bool = False


def option_of(ask: Ask, problem: Problem, plan: Plan, lanes: Mapping[str, int]) -> Option:
    """The figures of a plan; points to which nobody is sent stay closed."""
    used = {point: sorted(slot for p, slot in plan.places.values() if p == point) for point in problem.point_index}
    points = tuple(_open_point(problem, plan, point, lanes[point], slots) for point, slots in used.items() if slots)
    end = max((point.last_slot for point in points), default=-1)
    walks = sorted((problem.metres(a.cohort, a.point), problem.heads(a.cohort)) for a in plan.assignments)
    return Option(
        goals=(),
        proved=(),
        misses=(),
        points=points,
        staff=ask.staffing.needed(point.lanes for point in points),
        end_slot=end,
        minutes=problem.slot_minutes * sum(_is_open(problem, slot) for slot in range(end + 1)),
        mean_walk=sum(metres * heads for metres, heads in walks) / max(1, sum(heads for _, heads in walks)),
        walk_95=walk_of_share(walks, 0.95),
        max_walk=walks[-1][0] if walks else 0,
        unplaced_heads=sum(problem.heads(one.cohort) for one in plan.unplaced),
        problem=problem,
        plan=plan,
    )


def misses_of(option: Option, ask: Ask) -> tuple[Target, ...]:
    """The targets that the plan does not keep."""
    targets, staff = ask.targets, ask.staffing.at_hand
    walks = sorted(
        (option.problem.metres(a.cohort, a.point), option.problem.heads(a.cohort)) for a in option.plan.assignments
    )
    missed = {
        Target.STAFF: staff is not None and option.staff > staff,
        Target.END: targets.last_slot is not None and option.end_slot > targets.last_slot,
        Target.WALK: targets.walk is not None and walk_of_share(walks, targets.share) > targets.walk * (1 + 1e-9),
    }
    return tuple(target for target, is_missed in missed.items() if is_missed)


def ways_of(options: Sequence[Option], ask: Ask) -> tuple[Way, ...]:
    """For each target the option that misses it alone, and by the least."""
    ways: list[Way] = []
    for target, amount in AMOUNTS.items():
        found = [option for option in options if option.misses == (target,)]
        if found:
            ways.append(Way(target, _facts_of_way(min(found, key=amount), target, ask)))
    return tuple(ways)


def _facts_of_way(option: Option, target: Target, ask: Ask) -> dict[str, Fact]:
    if target is Target.STAFF:
        return {"staff": option.staff, "more": option.staff - (ask.staffing.at_hand or 0)}
    if target is Target.WALK:
        return {"metres": math.ceil(option.max_walk)}
    problem = option.problem
    more = sum(_is_open(problem, slot) for slot in range(ask.last_slot + 1, option.end_slot + 1))
    return {"hours": round(more * problem.slot_minutes / 60, 2), "slot": option.end_slot}


AMOUNTS: dict[Target, Callable[[Option], float]] = {
    Target.STAFF: lambda option: option.staff,
    Target.END: lambda option: option.end_slot,
    Target.WALK: lambda option: option.max_walk,
}


def walk_of_share(walks: Sequence[tuple[float, int]], share: float) -> float:
    """Metres that this share of the heads walks at most; `walks` are (metres, heads), shortest first."""
    wanted, seen = share * sum(heads for _, heads in walks) - 1e-6, 0
    for metres, heads in walks:
        seen += heads
        if seen >= wanted:
            return metres
    return 0.0


def pareto(options: Sequence[Option]) -> list[Option]:
    """Those that no other is at least as good as in everything; of equals the first."""
    kept: list[Option] = []
    for option in sorted(options, key=_merits):
        if not any(_is_as_good(other, option) for other in kept):
            kept.append(option)
    return kept


def _merits(option: Option) -> tuple[float, ...]:
    return option.unplaced_heads, len(option.points), option.end_slot, round(option.mean_walk, 1), option.staff


def _is_as_good(one: Option, other: Option) -> bool:
    return all(a <= b for a, b in zip(_merits(one), _merits(other), strict=True))


def _open_point(problem: Problem, plan: Plan, point: str, lanes: int, slots: list[int]) -> OpenPoint:
    heads = sum(problem.heads(a.cohort) for a in plan.assignments if a.point == point)
    opened = sum(problem.capacity(point, slot) > 0 for slot in range(slots[0], slots[-1] + 1))
    return OpenPoint(point, lanes, heads, slots[0], slots[-1], problem.slot_minutes * opened)


def _is_open(problem: Problem, slot: int) -> bool:
    return any(problem.capacity(point.id, slot) > 0 for point in problem.points)
