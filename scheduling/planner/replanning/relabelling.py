"""Slots of a point exchanged as a whole: which filling is called when is free, so each goes where most people of it
were told to come."""

from __future__ import annotations

from collections import defaultdict

from scheduling.planner.replanning.keeping import Day, Place, Places


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
    problem, pins = day.problem, day.problem.pins
    own = sorted(slot for slot, cohorts in fillings.items() if not any(cohort in pins for cohort in cohorts))
    held = {slot for slot in fillings if slot not in own}
    free = [slot for slot in range(problem.slots) if slot not in held]
    worth = [[_worth(day, point, fillings[slot], slot, then) for then in free] for slot in own]
    if not any(heads for row in worth for heads in row):
        return {}
    return {c: (point, free[k]) for slot, k in zip(own, _assigned(worth), strict=True) for c in fillings[slot]}


def _assigned(worth: list[list[int | None]]) -> list[int]:
    """A column for each row, all different, of the greatest sum; None = not that one."""
    # Loaded here, for it takes a moment; scipy's takes up to a second of the five.
    from ortools.graph.python.linear_sum_assignment import SimpleLinearSumAssignment

    most = max(heads or 0 for row in worth for heads in row)
    columns, solver = len(worth[0]), SimpleLinearSumAssignment()
    nobody: list[list[int | None]] = [[most] * columns] * (columns - len(worth))  # as many rows as columns
    for k, row in enumerate(worth + nobody):
        for j, heads in enumerate(row):
            if heads is not None:
                solver.add_arc_with_cost(k, j, most - heads)
    if solver.solve() != solver.OPTIMAL:
        raise AssertionError("Every filling can be called when it is.")
    return [solver.right_mate(k) for k in range(len(worth))]


def _worth(day: Day, point: str, cohorts: list[str], slot: int, then: int) -> int | None:
    """Heads of these that were told to come then; None = they cannot come then."""
    problem = day.problem
    if then != slot:
        room = problem.capacity(point, then)
        windows = [problem.window(problem.home(cohort)) for cohort in cohorts]
        if sum(map(problem.heads, cohorts)) > room or any(not a <= then <= b for a, b in windows):
            return None
    return sum(problem.heads(cohort) for cohort in cohorts if day.told.get(cohort) == (point, then))
