"""What a plan costs, one plain function for each cost: slow and obviously right.

Each takes the placed cohorts as {cohort: (point, slot)} and gives its cost without the weight.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from scheduling.planner.plan import Assignment
from scheduling.planner.problem import Problem

Places = Mapping[str, tuple[str, int]]


def walk_cost(problem: Problem, places: Places) -> float:
    """Head-metres walked; an unplaced cohort walks nothing."""
    return sum(problem.heads(cohort) * problem.metres(cohort, point) for cohort, (point, _) in places.items())


def open_cost(problem: Problem, places: Places) -> float:
    """What the used points cost, each once."""
    return sum(problem.point(point).open_cost for point in {point: None for point, _ in places.values()})


def finish_cost(problem: Problem, places: Places) -> float:
    """1 + the last slot used at any point; 0 where nothing is placed."""
    return 1 + max((slot for _, slot in places.values()), default=-1)


def early_cost(problem: Problem, places: Places) -> float:
    """Urgency x heads x slot, over all placed cohorts."""
    return sum(problem.home(cohort).urgency * problem.heads(cohort) * slot for cohort, (_, slot) in places.items())


def spread_cost(problem: Problem, places: Places) -> float:
    """Last slot - first slot of a building's placed cohorts, summed over buildings."""
    slots: dict[str, list[int]] = {}
    for cohort, (_, slot) in places.items():
        slots.setdefault(problem.home(cohort).id, []).append(slot)
    return sum(max(used) - min(used) for used in slots.values())


def move_cost(problem: Problem, places: Places) -> float:
    """Heads sent to another point than last time, where there was a last time."""
    return sum(
        problem.heads(cohort)
        for cohort, (point, _) in places.items()
        if problem.previous.get(problem.home(cohort).id, point) != point
    )


COSTS = {
    "walk": walk_cost,
    "open": open_cost,
    "finish": finish_cost,
    "early": early_cost,
    "spread": spread_cost,
    "move": move_cost,
}


def costs(problem: Problem, assignments: Iterable[Assignment]) -> dict[str, float]:
    """All costs by name, without their weights."""
    places = {a.cohort: (a.point, a.slot) for a in assignments}
    return {name: cost(problem, places) for name, cost in COSTS.items()}


def objective(problem: Problem, assignments: Iterable[Assignment]) -> float:
    """The weighted sum of all costs: what a plan minimises after the heads unplaced."""
    parts = costs(problem, assignments)
    return sum((float(getattr(problem.weights, name)) * cost for name, cost in parts.items()), 0.0)
