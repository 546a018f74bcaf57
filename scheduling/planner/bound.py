"""A proved lower bound on the objective: no plan that leaves as few heads unplaced costs less."""

from __future__ import annotations

import math
import time
from collections.abc import Callable

import numpy as np

from scheduling.planner.arrays import Arrays
from scheduling.planner.flow import Flow, FlowModel
from scheduling.planner.problem import Problem, Together


def bound_holds(arrays: Arrays) -> bool:
    """The relaxation reasons that each cost is at least 0; with other weights nothing is proved."""
    costs = (arrays.near_cost, arrays.early, arrays.opening, np.array([arrays.spread, arrays.finish]))
    return all(float(part.min(initial=0)) >= 0 for part in costs)


class FinishBound:
    """The bound over all last slots. Flow cost falls as slots are added, so one flow also bounds the slots below."""

    def __init__(self, problem: Problem, arrays: Arrays, spare: int) -> None:
        self.arrays, self.model, self.spare = arrays, FlowModel(arrays), spare
        self.spread = 0.0 if spare else forced_spread(problem, arrays)
        self.flows: dict[int, Flow] = {}
        self.slowest = 0.0  # seconds

    def solve(self, limit: int) -> Flow | None:
        """The flow with slots below `limit`, remembered."""
        if limit not in self.flows:
            begun = time.monotonic()
            flow = self.model.solve(limit, self.spare)
            self.slowest = max(self.slowest, time.monotonic() - begun)
            if flow is None:
                return None
            self.flows[limit] = flow
        return self.flows[limit]

    def refine(self, is_over: Callable[[], bool]) -> None:
        """Look at more last slots, always where the bound is weakest, until it is as good as it gets."""
        self.solve(len(self.arrays.slots))
        while not is_over():
            weak = self._weakest()
            if weak is None or self.solve(weak) is None:
                return

    def _weakest(self) -> int | None:
        """The last slot to look at next: the middle of the stretch with the lowest floor; None = nothing to gain."""
        stretches = self._stretches()
        if not stretches:
            return None
        floor, low, high = min(stretches)
        exact = min(self._total(limit) for limit in self.flows)
        if low == high or floor >= exact:
            return None
        return (low + high) // 2

    def _total(self, limit: int) -> float:
        return float(self.flows[limit].cost + self.arrays.finish * (self.arrays.times[limit - 1] + 1))

    def _stretches(self) -> list[tuple[float, int, int]]:
        """(floor, first, last limit) between the limits that were solved: at least the flow of the one above, and the
        finish of the first. The solved limit itself is a stretch of its own."""
        stretches, below = [], 0
        for limit in sorted(self.flows):
            if limit - 1 > below and math.isfinite(self.flows[limit].cost):
                floor = self.flows[limit].cost + self.arrays.finish * (self.arrays.times[below] + 1)
                stretches.append((float(floor), below + 1, limit - 1))
            stretches.append((self._total(limit), limit, limit))
            below = limit
        return stretches

    @property
    def value(self) -> float | None:
        """The bound so far; None = none yet."""
        stretches = self._stretches()
        if not stretches or len(self.arrays.slots) not in self.flows:
            return None
        floor = min(stretches)[0]
        return floor + self.spread if math.isfinite(floor) else None

    @property
    def best_limit(self) -> int:
        """The last slot + 1 where the flow is cheapest: where to begin."""
        solved = [limit for limit in self.flows if self.flows[limit].sent]
        return min(solved, key=self._total, default=len(self.arrays.slots))


def forced_spread(problem: Problem, arrays: Arrays) -> float:
    """What spread costs at least where all are placed: a building kept together needs so many slots one after another."""
    if not arrays.spread or problem.together is not Together.BUILDING:
        return 0.0
    largest, total = arrays.capacity.max(axis=1, initial=0), 0.0
    for b in range(len(arrays.building_start) - 1):
        low, high = arrays.building_start[b], arrays.building_start[b + 1]
        near = arrays.near_point[arrays.near_start[b] : arrays.near_start[b + 1]]
        if high > low and len(near):
            everywhere = largest.max() if math.isfinite(arrays.far_cost[b]) else largest[near].max()
            total += max(0, math.ceil(arrays.heads[low:high].sum() / max(1, everywhere)) - 1)
    return arrays.spread * total
