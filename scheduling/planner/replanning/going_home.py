"""Whoever can go back to the place they were told without anybody else moving does."""

from __future__ import annotations

from collections import defaultdict

from scheduling.planner.exact.cores import groups_of
from scheduling.planner.problem import Problem
from scheduling.planner.replanning.keeping import Place, Places


def gone_home(problem: Problem, places: Places, possible: Places) -> dict[str, Place]:
    """The places with as many as can be at the `possible` place they were told."""
    found = dict(places)
    load: dict[Place, int] = defaultdict(int)
    tier: dict[Place, str] = {}
    for cohort, place in found.items():
        load[place] += problem.heads(cohort)
        tier[place] = problem.home(cohort).tier
    has_gone = True
    while has_gone:
        has_gone = False
        for cohort, place in possible.items():
            if found.get(cohort) != place and _may_return(problem, found, cohort, place, load, tier):
                if cohort in found:
                    load[found[cohort]] -= problem.heads(cohort)
                load[place] += problem.heads(cohort)
                tier[place] = problem.home(cohort).tier
                found[cohort] = place
                has_gone = True
    return found


def _may_return(
    problem: Problem, places: Places, cohort: str, place: Place, load: dict[Place, int], tier: dict[Place, str]
) -> bool:
    if load[place] + problem.heads(cohort) > problem.capacity(*place):
        return False
    if load[place] and tier[place] != problem.home(cohort).tier:
        return False
    others = groups_of(problem, [cohort]) - {cohort}
    return all(places[other][0] == place[0] for other in others if other in places)
