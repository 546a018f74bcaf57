"""Planning a running day again with the least change: fewest heads unplaced, of those plans fewest heads moved, of
those the best objective.

Whoever is called keeps that place, always. Moved is who was told a point and a time and is told another point, another
time (also a later one at the same point), or none at all.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from scheduling.planner.plan import Plan, Progress, Status
from scheduling.planner.problem import Problem
from scheduling.planner.reasons import contradicting_pins
from scheduling.planner.replanning.keeping import Places, running_day
from scheduling.planner.replanning.moves import Replan
from scheduling.planner.rules import first_pin_violation

DEFAULT_SECONDS = 5.0


def replan(
    problem: Problem,
    in_force: Places,
    *,
    from_slot: int = 0,
    seconds: float | None = None,
    steps: int | None = None,
    seed: int = 0,
    on_progress: Callable[[Progress], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> Replan:
    """The problem as it is now, planned with the least change to the places in force.

    It takes 5 seconds, or `seconds`; with `steps` instead, the same input, seed and steps give the same answer.
    Who has a slot before `from_slot` is called and stays; nobody else is sent there. Raises CalledCannotStay; pins that
    contradict each other are answered with a plan, `infeasible`.
    """
    started = time.monotonic()
    if broken := first_pin_violation(problem):
        unplaced = contradicting_pins(problem, broken)
        plan = Plan(Status.INFEASIBLE, 0, None, (), unplaced, time.monotonic() - started)
        return Replan(plan, (), sum(building.heads for building in problem.buildings), 0, 0, is_least=False)
    day = running_day(problem, in_force, from_slot)
    # Loaded here: refusing works without numpy, numba and OR-Tools.
    from scheduling.planner.replanning.course import Replanning
    from scheduling.planner.replanning.pace import Watch

    seconds = DEFAULT_SECONDS if seconds is None else seconds
    watch = Watch(started, seconds, should_stop or (lambda: False), on_progress, steps)
    replanning = Replanning(day, watch, seed)
    replanning.run()
    return replanning.result(problem)
