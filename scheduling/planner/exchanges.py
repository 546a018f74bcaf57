"""What it would take to send a building to a point that is full: who else would be told another place."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

from scheduling.planner.explain import Obstacle, obstacle_to
from scheduling.planner.plan import Plan
from scheduling.planner.problem import Building, Problem
from scheduling.planner.replanning.keeping import CalledCannotStay, Day, Places, running_day
from scheduling.planner.ways_out.around import around, without


@dataclass(frozen=True, slots=True)
class Exchange:
    """What it takes to send a building to a point: these other buildings are told another place, `moved_heads` in all.
    `places` are the building's own then."""

    point: str
    buildings: tuple[str, ...]
    moved_heads: int
    places: Places


def may_make_room(problem: Problem, plan: Plan, building_id: str, point: str, *, from_slot: int = 0) -> bool:
    """False = proved: with the building there somebody would lose a place, whoever else moved. True = nothing is proved."""
    # Loaded here: what binds is said without OR-Tools.
    from scheduling.planner.arrays import arrays_of
    from scheduling.planner.bounds.least_unplaced import least_unplaced

    if _is_forbidden(problem, building_id, point):
        return False
    problem = without(problem, {cohort for cohort in problem.home_index if cohort not in plan.places})
    day = _day_with(problem, plan.places, building_id, point, from_slot)
    return day is not None and least_unplaced(arrays_of(day.problem)) == 0


def exchange(
    problem: Problem, plan: Plan, building_id: str, point: str, *, from_slot: int = 0, seconds: float = 0.5
) -> Exchange | None:
    """Plan it: the building there, as few others as possible moved. None = a rule forbids it, or no room was found."""
    from scheduling.planner.replanning.course import Replanning
    from scheduling.planner.replanning.pace import Watch

    if _is_forbidden(problem, building_id, point):
        return None
    cohorts = [c.id for c in _building(problem, building_id).cohorts if c.id in plan.places]
    problem = around(problem, plan.places, cohorts)
    day = _day_with(problem, plan.places, building_id, point, from_slot)
    if day is None:
        return None
    replanning = Replanning(day, Watch(time.monotonic(), seconds, lambda: False, None), 0)
    replanning.insert()
    found = replanning.places
    if any(cohort not in found for cohort in (*cohorts, *day.called, *day.told)):
        return None
    moved = [cohort for cohort, place in day.told.items() if found[cohort] != place]
    homes = dict.fromkeys(problem.home(cohort).id for cohort in moved)
    heads = sum(map(problem.heads, moved))
    return Exchange(point, tuple(homes), heads, {cohort: found[cohort] for cohort in cohorts})


def _building(problem: Problem, building_id: str) -> Building:
    return problem.buildings[problem.building_index[building_id]]


def _is_forbidden(problem: Problem, building_id: str, point: str) -> bool:
    metres = problem.metres_between(problem.building_index[building_id], problem.point_index[point])
    return obstacle_to(problem, _building(problem, building_id), point, metres) not in (None, Obstacle.NO_ROOM)


def _day_with(problem: Problem, places: Places, building_id: str, point: str, from_slot: int) -> Day | None:
    """The day on which the building may go nowhere but there; None = those who are called leave no room for that."""
    own = {cohort.id for cohort in _building(problem, building_id).cohorts}
    others = {c: at for c, at in places.items() if c in problem.home_index and c not in own}
    there = tuple(replace(b, points=(point,)) if b.id == building_id else b for b in problem.buildings)
    try:
        return running_day(replace(problem, buildings=there), others, from_slot)
    except (CalledCannotStay, KeyError):
        return None
