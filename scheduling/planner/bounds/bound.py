"""A proved lower bound on the objective: no plan that leaves as few heads unplaced costs less."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from scheduling.planner import kernel_cache
from scheduling.planner.arrays import Arrays
from scheduling.planner.bounds.flow import Flow, FlowModel
from scheduling.planner.bounds.prices import PriceModel, Prices
from scheduling.planner.candidates import Floats, Ints
from scheduling.planner.problem import Problem, Together

# Up to so many arcs the flow is solved exactly; beyond, prices come within 0.1 % of it in a fifth of the time.
MOST_ARCS = 150_000
# A flow takes about so long for each arc.
ARC_SECONDS = 7e-6
# A round of fillings takes about so long for each cohort at each slot it might come to.
BID_SECONDS = 2e-8


def bound_holds(arrays: Arrays) -> bool:
    """The relaxation reasons that each cost is at least 0; with other weights nothing is proved."""
    costs = (arrays.near_cost, arrays.early, arrays.opening, np.array([arrays.spread, arrays.finish]))
    return all(float(part.min(initial=0)) >= 0 for part in costs)


class FinishBound:
    """The bound over all last slots, for plans that leave at most `spare` heads unplaced; those who fit nowhere may
    always stay unplaced. What the relaxation costs falls as slots are added, so one answer also bounds the slots below.

    `refine` until enough, then `sharpen` where a plan is known; `value` is the bound so far. `flows[limit]` is the
    answer with slots below the limit: `prefer` is a good point for each group, and where prices were used `room` and
    `pays` say what room is worth.
    """

    def __init__(self, problem: Problem, arrays: Arrays, spare: int) -> None:
        self.arrays, self._problem = arrays, problem
        self.out = out = fits_nowhere(arrays)
        self._charge = arrays.spread if problem.together is Together.BUILDING else 0.0
        # So many slots are used at least, as pins are kept.
        self._least = max(1, int(arrays.pin_slot.max(initial=-1)) + 1)
        self._movable = int(arrays.heads[(arrays.pin_slot < 0) & ~out].sum())
        self.model: FlowModel | PriceModel = FlowModel(arrays, out)
        if self.model.arcs > MOST_ARCS and kernel_cache.COMPILED:
            self.model = PriceModel(arrays, out)
        self._price_model = self.model if isinstance(self.model, PriceModel) else None
        self.flows: dict[int, Flow | Prices] = {}
        self.slowest = 0.0  # seconds
        self.leave_out(spare)

    def leave_out(self, spare: int) -> None:
        """From now on for plans that leave at most so many heads unplaced; what was found before is forgotten."""
        hopeless = int(self.arrays.heads[self.out].sum())
        self.spare = max(spare, hopeless)
        self._free = self.spare - hopeless
        self.spread = forced_spread(self._problem, self.arrays, self.out, self._free)
        self.flows = {}
        self._sharp: Floats | None = None  # by fillings, for each last slot + 1

    @property
    def seconds(self) -> float:
        """About how long the first answer takes."""
        return self.model.seconds if isinstance(self.model, PriceModel) else self.model.arcs * ARC_SECONDS

    @property
    def seconds_of_round(self) -> float:
        """About how long a round of `sharpen` takes."""
        a = self.arrays
        bids = int((np.diff(a.near_start) * np.diff(a.group_start)).sum())
        return 1e-4 + BID_SECONDS * bids * len(a.slots)

    def solve(self, limit: int) -> Flow | Prices | None:
        """The answer with slots below `limit`, remembered."""
        if limit not in self.flows:
            begun = time.monotonic()
            flow = self._answer(limit)
            self.slowest = max(self.slowest, time.monotonic() - begun)
            if flow is None:
                return None
            self.flows[limit] = flow
        return self.flows[limit]

    def _answer(self, limit: int) -> Flow | Prices | None:
        """Of prices, those of another last slot are tried first: they often show that this one is no better."""
        if isinstance(self.model, PriceModel) and self.flows:
            known = self.model.solve(limit, self._free, rounds=0)
            if self._total_of(known, limit) >= min(self._total(other) for other in self.flows):
                return known
        return self.model.solve(limit, self._free)

    def take(self, found: Mapping[int, Flow | Prices], spare: int) -> None:
        """Go on from the answers of another bound of the same arrays, for plans that left out `spare` heads. Prices
        say something of any plan; a flow only of plans that leave out no more than it does."""
        for limit, answer in found.items():
            if isinstance(answer, Prices) and isinstance(self.model, PriceModel):
                if (prices := self.model.for_spare(answer, limit, self._free)) is not None:
                    self.flows[limit] = prices
            elif self.spare <= spare:
                self.flows[limit] = answer

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
        exact = min(self._total(limit) for limit in self.flows if limit >= self._least)
        if low in self.flows or floor >= exact:
            return None
        return (low + high) // 2

    def _total(self, limit: int) -> float:
        return self._total_of(self.flows[limit], limit)

    def _total_of(self, answer: Flow | Prices, limit: int) -> float:
        return float(answer.cost + self.arrays.finish * (self.arrays.times[limit - 1] + 1))

    def _stretches(self) -> list[tuple[float, int, int]]:
        """(floor, first, last limit) between the limits that were solved: at least the flow of the one above, and the
        finish of the first. The solved limit itself is a stretch of its own. Pins leave only the later ones."""
        stretches, below = [], self._least - 1
        for limit in sorted(limit for limit in self.flows if limit >= self._least):
            if limit - 1 > below and math.isfinite(self.flows[limit].cost):
                floor = self.flows[limit].cost + self.arrays.finish * (self.arrays.times[below] + 1)
                stretches.append((float(floor), below + 1, limit - 1))
            stretches.append((self._total(limit), limit, limit))
            below = limit
        return stretches

    @property
    def value(self) -> float | None:
        """The bound so far; None = none yet."""
        if len(self.arrays.slots) not in self.flows:
            return None
        floors = self._floors()
        lowest = float((floors if self._sharp is None else np.maximum(floors, self._sharp)).min())
        if self._free >= self._movable:
            lowest = min(lowest, 0.0)  # a plan that places nobody ends in no slot at all
        return max(0.0, lowest) if math.isfinite(lowest) else None  # no cost is negative: `bound_holds`

    def _floors(self) -> Floats:
        """For each last slot + 1 of 1, 2, ...: what the flow and the forced spread say of plans that end there."""
        floors = np.full(len(self.arrays.slots), np.inf)
        for floor, low, high in self._stretches():
            floors[low - 1 : high] = floor + self.spread
        floors[: self._least - 1] = floors[self._least - 1 :].max()  # no plan ends there: any number is true
        return floors

    def sharpen(self, target: float, is_over: Callable[[], bool], rounds: int) -> None:
        """Raise the bound by fillings, at most to the target, which is what a plan costs; for as many rounds or until
        `is_over`. Takes much longer for each round than the flow; does nothing where the kernels are not compiled."""
        from scheduling.planner.bounds.worths import Ascent, Worths

        if self.value is None or self.value >= target or not kernel_cache.COMPILED:
            return
        prices = self._prices(self.best_limit)
        if is_over():
            return
        worths = Worths(self.arrays, self.out, self._free, self._charge, prices.room)
        ascent = Ascent(worths, prices, self._floors())
        rounds -= ascent.climb(target, is_over, rounds)
        self._sharp, alone = ascent.best, set[int]()
        while rounds > 0 and self._sharp.min() < target and not is_over():
            weakest = int(np.argmin(self._sharp)) + 1
            if weakest in alone:
                return
            alone.add(weakest)
            ascent = Ascent(worths, self._prices(weakest), self._sharp, weakest)
            rounds -= ascent.climb(target, is_over, rounds) + 1
            self._sharp = ascent.best

    def _prices(self, limit: int) -> Prices:
        """Prices with slots below the limit; the fillings begin from them."""
        if self._price_model is None:
            self._price_model = PriceModel(self.arrays, self.out)
        known = self.flows.get(limit)
        return known if isinstance(known, Prices) else self._price_model.solve(limit, self._free)

    @property
    def best_limit(self) -> int:
        """The last slot + 1 where the flow is cheapest: where to begin."""
        solved = [limit for limit in self.flows if self.flows[limit].sent and limit >= self._least]
        return min(solved, key=self._total, default=len(self.arrays.slots))


def largest_slots(a: Arrays) -> tuple[Ints, Ints]:
    """The largest slot open in its window: of each candidate, and of each group at any point it may go to; 0 = none."""
    owner = np.repeat(np.arange(a.groups), np.diff(a.near_start))
    lead = np.minimum(a.group_start[:-1], len(a.heads) - 1)
    points, later = len(a.capacity), len(a.slots) + 2  # a window may end before the first slot, at -1
    keys, kind = np.unique(a.first[lead] * later + a.last[lead] + 1, return_inverse=True)
    windows = np.stack([keys // later, keys % later - 1], axis=1)
    room = np.array([a.capacity[:, max(0, first) : last + 1].max(axis=1, initial=0) for first, last in windows])
    room = room.reshape(len(windows), points)
    at_near = room[kind[owner], a.near_point]
    of_group = np.where(np.isfinite(a.far_cost), room.max(axis=1, initial=0)[kind], 0)
    some = np.flatnonzero(np.diff(a.near_start) > 0)
    if len(some):
        of_group[some] = np.maximum(of_group[some], np.maximum.reduceat(at_near, a.near_start[some]))
    return at_near, of_group


def fits_nowhere(a: Arrays) -> NDArray[np.bool_]:
    """Of each cohort: whether no slot of any point it may go to could take it, were it empty. The pinned have a place."""
    _, largest = largest_slots(a)
    return np.asarray((a.pin_slot < 0) & (a.heads > largest[a.group]))


def forced_spread(problem: Problem, a: Arrays, out: NDArray[np.bool_], spare: int) -> float:
    """What spread costs at least: a building kept together needs so many slots one after another. Each cohort of those
    that may stay away needs at most one slot less, and no more cohorts than the smallest can."""
    if not a.spread or problem.together is not Together.BUILDING:
        return 0.0
    _, largest = largest_slots(a)
    heads = np.bincount(a.group, weights=np.where(out, 0, a.heads), minlength=a.groups)
    slots = np.maximum(0, np.ceil(heads / np.maximum(1, largest)) - 1).sum()
    staying = int((np.cumsum(np.sort(a.heads[~out])) <= spare).sum())
    return a.spread * max(0.0, float(slots) - staying)
