"""The course of one run: a first plan, the flow for a bound and a better start, then the search until the limit."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass

from scheduling.planner.arrays import arrays_of, places_of
from scheduling.planner.bound import FinishBound, bound_holds
from scheduling.planner.problem import Problem
from scheduling.planner.search import Rhythm, Search
from scheduling.planner.solve import Progress

# Beyond so many arcs the flow is left out where only steps limit the run.
MOST_ARCS = 3_000_000
# A flow takes about so long for each arc, at large sizes.
ARC_SECONDS = 1.5e-5
# Part of the time that bounding may take before the search.
BOUND_SHARE = 0.1


@dataclass(frozen=True)
class Limits:
    """When a run ends. With `steps` the clock has no say."""

    started: float
    seconds: float | None
    steps: int | None
    should_stop: Callable[[], bool]

    @property
    def deadline(self) -> float:
        return math.inf if self.seconds is None else self.started + self.seconds

    def left(self) -> float:
        return self.deadline - time.monotonic()

    def is_over(self) -> bool:
        return self.should_stop() or self.left() <= 0


class Course:
    """One run on one problem. After `run`, `places()` is valid, `lower_bound` proved, `is_proved` honest."""

    def __init__(
        self, problem: Problem, limits: Limits, seed: int, on_progress: Callable[[Progress], None] | None
    ) -> None:
        self.problem, self.limits, self.on_progress = problem, limits, on_progress
        self.arrays = arrays_of(problem)
        self.search = Search(self.arrays, seed)
        self.lower_bound: float | None = None
        self.is_proved = False
        self.has_bound = bound_holds(self.arrays) and len(self.arrays.slots) == problem.slots
        self.bound: FinishBound | None = None

    def run(self) -> None:
        self.search.build(None, self.search.limit)
        self.tell(self.search)
        self._begin_from_flow()
        self._prove(self.bound)
        if not self.is_proved and not self.limits.is_over():
            self.search.improve(self._rhythm())
        if not self.is_proved:
            self._bound_of_the_rest()
        self.tell(self.search)

    def places(self) -> dict[str, tuple[str, int]]:
        state = self.search.best.state
        return places_of(self.problem, self.arrays, state.point, state.slot)

    def tell(self, search: Search) -> None:
        if self.on_progress is not None:
            unplaced = search.unplaced_heads()
            cost = search.best.cost - unplaced * self.arrays.penalty
            self.on_progress(Progress(time.monotonic() - self.limits.started, unplaced, cost, self.lower_bound))

    def _begin_from_flow(self) -> None:
        """Solve the flow, and build from it for the cheapest last slot that takes everybody."""
        if not self.has_bound:
            return
        bound = FinishBound(self.problem, self.arrays, 0)
        if not self._may_take(bound.model.arcs):
            return
        self.bound = bound
        bound.refine(self._after(BOUND_SHARE))
        flow = bound.flows.get(bound.best_limit)
        prefer = flow.prefer if flow is not None and flow.sent else None
        if prefer is not None and len(prefer) != self.arrays.groups:
            prefer = prefer[self.arrays.building]
        for limit in range(bound.best_limit, len(self.arrays.slots) + 1):
            self.search.limit = limit
            if self.search.build(prefer, limit) == 0 or self.limits.is_over():
                break
        if self.search.unplaced_heads():
            self.search.limit = len(self.arrays.slots)

    def _may_take(self, arcs: int) -> bool:
        if self.limits.seconds is None:
            return arcs <= MOST_ARCS
        return arcs * ARC_SECONDS < self.limits.left() / 3

    def _after(self, share: float) -> Callable[[], bool]:
        """Says when this share of what is left is used up; with steps, never."""
        if self.limits.seconds is None:
            return self.limits.should_stop
        end = time.monotonic() + share * self.limits.left()
        return lambda: time.monotonic() >= end or self.limits.should_stop()

    def _prove(self, bound: FinishBound | None) -> None:
        """Take the bound over where it speaks of plans like the best one."""
        if bound is None or bound.value is None or self.search.unplaced_heads() > bound.spare:
            return
        self.lower_bound = bound.value
        cost = self.search.best.cost - self.arrays.penalty * self.search.unplaced_heads()
        self.is_proved = bound.spare == 0 and self.lower_bound >= cost - 1e-9 * abs(cost)

    def _bound_of_the_rest(self) -> None:
        """Where some stay unplaced, the bound is asked again for plans that leave out as many."""
        unplaced = self.search.unplaced_heads()
        if unplaced and self.bound is not None:
            bound = FinishBound(self.problem, self.arrays, unplaced)
            bound.refine(self._after(0.9))
            self._prove(bound)

    def _rhythm(self) -> Rhythm:
        reserve = 0.02 * (self.limits.seconds or 0)
        return Rhythm(
            deadline=None if self.limits.seconds is None else self.limits.deadline - reserve,
            steps=self.limits.steps,
            should_stop=self.limits.should_stop,
            tell=self.tell,
        )
