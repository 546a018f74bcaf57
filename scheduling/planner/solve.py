"""One problem in, the best plan found in the time given out."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from operator import attrgetter
from typing import TYPE_CHECKING

from scheduling.planner.costs import objective
from scheduling.planner.large.workers import Alone, Crew, Processes
from scheduling.planner.plan import Assignment, Plan, Progress, Status
from scheduling.planner.problem import Problem
from scheduling.planner.reading.problems import without_collecting
from scheduling.planner.reasons import contradicting_pins, reasons_unplaced
from scheduling.planner.rules import first_pin_violation

if TYPE_CHECKING:
    from scheduling.planner.course import Limits

DEFAULT_SECONDS = 10.0
LEAST_SECONDS_OF_CREW = 3.0


def solve(
    problem: Problem,
    *,
    seconds: float | None = None,
    steps: int | None = None,
    seed: int = 0,
    on_progress: Callable[[Progress], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
    crew: Crew | None = None,
    dask: str = "",
) -> Plan:
    """The best plan found until the limit; valid whenever it is stopped.

    `seconds` is wall time from the call; with `steps` instead, the same problem, seed and steps give the same plan.
    With neither, 10 seconds. It ends earlier where the plan is proved optimal or `should_stop` says so. A large problem
    is searched by a crew: the one given, the Dask cluster at the address `dask`, or processes of this machine.
    """
    started = time.monotonic()
    if broken := first_pin_violation(problem):
        unplaced = contradicting_pins(problem, broken)
        return Plan(Status.INFEASIBLE, 0, None, (), unplaced, time.monotonic() - started)
    if leaves_nothing_to_decide(problem):
        return finished(problem, problem.pins, None, True, started)
    # Loaded here: reading and refusing a problem works without numpy, numba and OR-Tools.
    from scheduling.planner.course import Course, Limits
    from scheduling.planner.large.course import is_large

    if seconds is None and steps is None:
        seconds = DEFAULT_SECONDS
    limits = Limits(started, None if steps is not None else seconds, steps, should_stop or (lambda: False))
    if not is_large(problem):
        course = Course(problem, limits, seed, on_progress)
        course.run()
        return finished(problem, course.places(), course.lower_bound, course.is_proved, started)
    with without_collecting():
        return solve_by_areas(problem, limits, seed, on_progress, crew, dask)


def solve_by_areas(
    problem: Problem,
    limits: Limits,
    seed: int,
    on_progress: Callable[[Progress], None] | None,
    crew: Crew | None,
    dask: str,
) -> Plan:
    """The same for a large problem."""
    from scheduling.planner.large.course import LargeCourse

    own = None if crew is not None else crew_for(limits.seconds, dask)
    try:
        large = LargeCourse(problem, limits, seed, on_progress, crew or own or Alone())
        large.run()
    finally:
        if own is not None:
            own.close()
    started = limits.started
    return finished(problem, large.places(), large.lower_bound, large.is_proved, started, large.objective())


def crew_for(seconds: float | None, dask: str) -> Crew:
    """Who searches by areas, where the caller has nobody: the cluster at the address `dask`; without one, or where
    nobody answers there, all cores of this machine, if there is time for their start to pay."""
    if dask:
        from scheduling.planner.large.dask_crew import DaskCrew

        try:
            return DaskCrew(dask, seconds)
        except (OSError, ValueError, ImportError) as reason:
            logging.getLogger(__name__).warning("No Dask scheduler at %s (%s): planned on this machine.", dask, reason)
    return Alone() if seconds is not None and seconds < LEAST_SECONDS_OF_CREW else Processes()


def leaves_nothing_to_decide(problem: Problem) -> bool:
    """No points, or everybody pinned: there is only one plan."""
    return not problem.points or len(problem.pins) == sum(map(len, map(attrgetter("cohorts"), problem.buildings)))


def finished(
    problem: Problem,
    places: dict[str, tuple[str, int]],
    lower_bound: float | None,
    is_proved: bool,
    started: float,
    cost: float | None = None,
) -> Plan:
    """The plan with its honest claims: costs summed afresh by the plain functions, `optimal` only when proved. The cost
    of a plan for which they would take seconds is given."""
    assignments = tuple([Assignment(cohort, point, slot) for cohort, (point, slot) in places.items()])
    if cost is None:
        cost = objective(problem, assignments)
    unplaced = reasons_unplaced(problem, places)
    if is_proved:
        status, lower_bound = Status.OPTIMAL, cost
    else:
        status = Status.PARTIAL if unplaced else Status.FEASIBLE
        lower_bound = None if lower_bound is None else min(lower_bound, cost)
    return Plan(status, cost, lower_bound, assignments, unplaced, time.monotonic() - started)
