"""One way out tried: the changed problem planned for a moment with the least change."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from scheduling.planner.problem import Problem
from scheduling.planner.replanning.keeping import CalledCannotStay, Places, running_day
from scheduling.planner.ways_out.changes import Change, Lanes, apply_change

TRIAL_SECONDS = 0.4


@dataclass(frozen=True)
class Trial:
    """Who found a place with the changes, and the places of all that were looked at."""

    placed: tuple[str, ...]
    heads: int
    moved_heads: int
    places: Places


def try_changes(
    problem: Problem,
    places: Places,
    changes: Sequence[Change],
    wanted: Sequence[str],
    *,
    lane_more: Lanes,
    from_slot: int = 0,
    seconds: float = TRIAL_SECONDS,
    seed: int = 0,
) -> Trial | None:
    """Plan the changed problem with the least change. None where somebody who has a place would lose it."""
    from scheduling.planner.replanning.course import Replanning
    from scheduling.planner.replanning.pace import Watch

    for change in changes:
        problem = apply_change(problem, change, lane_more)
    try:
        day = running_day(problem, places, from_slot)
    except CalledCannotStay:
        return None
    replanning = Replanning(day, Watch(time.monotonic(), seconds, lambda: False, None), seed)
    replanning.insert()
    found = replanning.places
    if any(cohort not in found for cohort in places):
        return None
    placed = tuple(cohort for cohort in wanted if all(part in found for part in _parts(problem, cohort)))
    heads = sum(problem.heads(part) for cohort in placed for part in _parts(problem, cohort))
    return Trial(placed, heads, day.moved_heads(found), found)


def _parts(problem: Problem, cohort: str) -> list[str]:
    """The cohort, or what it was divided into."""
    if cohort in problem.home_index:
        return [cohort]
    return [c for c in problem.cohort_ids if c.startswith(f"{cohort}/")]
