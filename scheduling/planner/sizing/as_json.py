"""A sizing as JSON, without its problems and plans."""

from __future__ import annotations

import dataclasses

from scheduling.planner.sizing.options import Option, Sizing


def sizing_to_json(sizing: Sizing) -> dict[str, object]:
    """Lacks and ways out as kinds and facts."""
    return {
        "heads": sizing.heads,
        "hopeless_heads": sizing.hopeless_heads,
        "is_stopped": sizing.is_stopped,
        "least": dataclasses.asdict(sizing.least),
        "lacks": [{"kind": str(lack.kind), "facts": dict(lack.facts)} for lack in sizing.lacks],
        "ways": [{"target": str(way.target), "facts": dict(way.facts)} for way in sizing.ways],
        "options": [option_to_json(option) for option in sizing.options],
    }


def option_to_json(option: Option) -> dict[str, object]:
    """The figures of an option."""
    return {
        "goals": [str(goal) for goal in option.goals],
        "proved": [str(goal) for goal in option.proved],
        "misses": [str(target) for target in option.misses],
        "points": [dataclasses.asdict(point) for point in option.points],
        "lanes": option.lanes,
        "staff": option.staff,
        "end_slot": option.end_slot,
        "minutes": option.minutes,
        "mean_walk": round(option.mean_walk, 1),
        "walk_95": round(option.walk_95, 1),
        "max_walk": round(option.max_walk, 1),
        "unplaced_heads": option.unplaced_heads,
        "status": str(option.plan.status),
        "objective": option.plan.objective,
        "lower_bound": option.plan.lower_bound,
    }
