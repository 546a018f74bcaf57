"""What each option is the best in, of those found and of all there could be."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace

from scheduling.planner.sizing.ask import Ask
from scheduling.planner.sizing.options import AMOUNTS, Goal, Least, Option, misses_of, pareto

MOST_OPTIONS = 5
Merit = Callable[[Option], tuple[float, ...]]

MERITS: dict[Goal, Merit] = {
    Goal.POINTS: lambda option: (len(option.points), option.mean_walk, option.end_slot, option.staff),
    Goal.WALK: lambda option: (option.mean_walk, option.end_slot, len(option.points), option.staff),
    Goal.END: lambda option: (option.end_slot, option.mean_walk, len(option.points), option.staff),
    Goal.STAFF: lambda option: (option.staff, option.mean_walk, option.end_slot, len(option.points)),
}


def worth_showing(options: Sequence[Option], sought: Collection[Goal]) -> list[Option]:
    """For each goal that was sought the best option, and some between them; each with its goals."""
    front = pareto(options)
    best = {goal: min(front, key=merit) for goal, merit in MERITS.items() if goal in sought and front}
    shown = list({id(option): option for option in best.values()}.values())
    counts = [len(option.points) for option in shown]
    for option in front:
        is_shown = any(option is other for other in shown)
        if not is_shown and len(shown) < MOST_OPTIONS and min(counts) < len(option.points) < max(counts):
            shown.append(option)
    goals = [tuple(goal for goal, found in best.items() if found is option) for option in shown]
    return [replace(option, goals=own or (Goal.BETWEEN,)) for option, own in zip(shown, goals, strict=True)]


def nearest(options: Sequence[Option], ask: Ask) -> list[Option]:
    """Where no option keeps all targets: of those that miss one alone, for each target the one that misses it least."""
    found: list[Option] = []
    for target, amount in AMOUNTS.items():
        missing = [option for option in options if misses_of(option, ask) == (target,)]
        if missing:
            found.append(min(missing, key=lambda option: (amount(option), option.mean_walk)))
    return found or list(options)


def proved_by(option: Option, least: Least) -> tuple[Goal, ...]:
    """Of its goals those whose figure meets the bound."""
    reached = {
        Goal.POINTS: (len(option.points), least.points),
        Goal.END: (option.end_slot, least.end_slot),
        Goal.STAFF: (option.staff, least.staff),
    }
    return tuple(goal for goal in option.goals if goal in reached and reached[goal][0] == reached[goal][1])
