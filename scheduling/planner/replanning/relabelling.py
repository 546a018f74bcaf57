"""Slots of a point exchanged as a whole: which filling is called when is free, so each goes where most people of it
were told to come."""

from __future__ import annotations

from collections import defaultdict

import numpy as np

from scheduling.planner.replanning.keeping import Day, Place, Places

# What a filling may not be called at counts so much: more than any heads it could win.
IMPOSSIBLE = -1e12


def relabelled(day: Day, places: Places) -> dict[str, Place]:
    """The places with the fillings of each point's slots called in the order in which most heads stay.

    No cohort changes its point, and whoever is called together stays together.
    """
    by_point: dict[str, dict[int, list[str]]] = defaultdict(lambda: defaultdict(list))
    for cohort, (point, slot) in places.items():
        by_point[point][slot].append(cohort)
    found = dict(places)
    for point, fillings in by_point.items():
        found.update(_best_order(day, point, fillings))
    return found


def _best_order(day: Day, point: str, fillings: dict[int, list[str]]) -> dict[str, Place]:
    from scipy.optimize import linear_sum_assignment

    problem, pins = day.problem, day.problem.pins
    own = sorted(slot for slot, cohorts in fillings.items() if not any(cohort in pins for cohort in cohorts))
    held = {slot for slot in fillings if slot not in own}
    free = [slot for slot in range(problem.slots) if slot not in held]
    worth = np.array([[_worth(day, point, fillings[slot], slot, then) for then in free] for slot in own])
    if not own or worth.max() <= 0:
        return {}
    rows, columns = linear_sum_assignment(worth, maximize=True)
    return {c: (point, free[k]) for row, k in zip(rows, columns, strict=True) for c in fillings[own[row]]}


def _worth(day: Day, point: str, cohorts: list[str], slot: int, then: int) -> float:
    """Heads of these that were told to come then."""
    problem = day.problem
    if then != slot:
        room = problem.capacity(point, then)
        windows = [problem.window(problem.home(cohort)) for cohort in cohorts]
        if sum(map(problem.heads, cohorts)) > room or any(not a <= then <= b for a, b in windows):
            return IMPOSSIBLE
    return sum(problem.heads(cohort) for cohort in cohorts if day.told.get(cohort) == (point, then))
