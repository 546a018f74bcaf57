"""Areas searched side by side, in rounds whose borders run elsewhere each time.

Areas share nothing but the last slot, which is chosen beforehand. So in whatever order their results come, and whoever
found them, the plan at the end of a round is the same.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from scheduling.planner.arrays import Arrays
from scheduling.planner.candidates import Ints
from scheduling.planner.course import Limits
from scheduling.planner.large.area_search import AreaPart, search_area
from scheduling.planner.large.areas import Area, areas_of, cut, positions_of
from scheduling.planner.large.wider import with_more_candidates
from scheduling.planner.large.workers import Crew
from scheduling.planner.problem import Problem
from scheduling.planner.sums import cost_of, heads_unplaced, is_kept

# Groups of a usual area: enough that few live at a border, few enough that its arrays stay in a processor's cache.
# And points of the smallest: what is full has to have neighbours.
AREA_GROUPS, LEAST_POINTS = 2_000, 10
# Of so many areas each has little time, and smaller ones are searched faster: half as large.
MANY_AREAS = 30
# Many areas are made a multiple of this, so that so many workers have all the same to do.
EVEN = 8
# With a clock a round lasts at least so long for an area; there are no more rounds than this.
LEAST_AREA_SECONDS, MOST_ROUNDS = 0.4, 3
# Of more groups than this without a place there is no room for most.
MOST_WIDER = 5_000
# Rounds of a run that is limited by steps, and threads that its steps are counted for.
ROUNDS_OF_STEPS, COUNTED_THREADS = 3, 2
# How often it looks whether to stop, and how late a result may come.
LOOK_SECONDS, LATE_SECONDS = 0.05, 0.5
# Where the annealing of the first round begins, with a quarter of a millisecond for each cohort: the more time, the
# hotter it pays to begin, as annealing too hot for its time ends worse than it began. Each later round at so much of it.
HOT, HOTTEST, COOLER = 0.2, 1.2, 0.7
USUAL_EFFORT, SECONDS_OF_STEP = 2.5e-4, 5e-7


# Told the number and the result of a part that is no area.
Hear = Callable[[int, Any], None]


@dataclass
class Best:
    """The plan so far: the point of each group, the slot of each cohort; -1 = none."""

    point: Ints
    slot: Ints
    unplaced: int
    cost: float


class Rounds:
    """Improves a plan by areas. `best` is a valid plan at any time."""

    def __init__(
        self, problem: Problem, arrays: Arrays, best: Best, *, seed: int, limit: int, tell: Callable[[], None]
    ) -> None:
        self.problem, self.arrays, self.best = problem, arrays, best
        self.seed, self.limit, self.tell = seed, limit, tell
        self.position = positions_of(problem)
        self.count = areas_wanted(arrays)
        self.hot = HOT
        self.from_flow = True  # whether the areas of the first round begin from their flows

    def run(self, crew: Crew, limits: Limits, end: float, guide: Ints | None, hear: Hear) -> None:
        """Rounds until the end (math.inf with steps). Who has no place is looked after where the guide, a point for each
        group, would send them, and later where there is most room. `hear` is told what comes besides areas."""
        rounds = self._rounds(end, crew.width)
        self.hot = self._heat(end, crew.width, limits.steps)
        for k in range(rounds):
            if limits.should_stop() or time.monotonic() >= end:
                return
            if k == rounds - 1:
                self._look_further()
            now = time.monotonic()
            steps = steps_of_round(limits.steps, rounds)
            turn = Turn(self, k, limits, now + (end - now) / (rounds - k), steps, hear)
            turn.run(crew, self._areas(k, guide))
            if self.best.unplaced:
                self.limit = len(self.arrays.slots)

    def _look_further(self) -> None:
        """Whoever has no place yet may go to more points than the nearest ones."""
        groups = np.unique(self.arrays.group[self.best.slot < 0])
        if 0 < len(groups) <= MOST_WIDER:
            self.arrays = with_more_candidates(self.problem, self.arrays, groups)

    def _rounds(self, end: float, width: int) -> int:
        if math.isinf(end):
            return ROUNDS_OF_STEPS
        seconds = (end - time.monotonic()) * width / self.count
        return int(min(MOST_ROUNDS, max(1, seconds / LEAST_AREA_SECONDS)))

    def _heat(self, end: float, width: int, steps: int | None) -> float:
        """Where to begin with the time that there is, or the steps."""
        seconds = (end - time.monotonic()) * width if steps is None else steps * COUNTED_THREADS * SECONDS_OF_STEP
        effort = max(0.0, seconds) / max(1, len(self.arrays.heads)) / USUAL_EFFORT
        return float(min(HOTTEST, max(HOT / 2, HOT * effort**0.8)))

    def _areas(self, number: int, guide: Ints | None) -> list[Area]:
        """The areas of a round, cut so that each has about as much to do."""
        a, at = self.arrays, self.best.point
        if guide is not None and number == 0:
            at = np.where(at >= 0, at, guide)
        at = np.where(at >= 0, at, roomiest(a, self.best))
        weight = np.bincount(at[at >= 0], np.diff(a.group_start)[at >= 0], minlength=len(a.opening))
        area = cut(self.position, weight.astype(np.float64), self.count, self.seed % 1_000_003 * 1_009 + number)
        return areas_of(a, area, at, self.best.slot)

    def take(self, area: Area, point: Ints, slot: Ints) -> None:
        """Put what was found for an area into the plan where it is better, and really a plan."""
        best, here = self.best, area.arrays
        old_point, old_slot = placed_in(area, best)
        if not is_kept(here, point, slot):
            return
        saved = cost_of(here, old_point, old_slot) - cost_of(here, point, slot)
        placed = heads_unplaced(here, old_slot) - heads_unplaced(here, slot)
        if (placed, saved) > (0, 0):
            best.point[area.groups] = np.where(point >= 0, area.points[point], -1)
            best.slot[area.cohorts] = slot
            best.unplaced -= placed
            best.cost -= saved
            self.tell()


class Turn:
    """One round: every area once."""

    def __init__(
        self, rounds: Rounds, number: int, limits: Limits, end: float, steps: float | None, hear: Hear
    ) -> None:
        self.rounds, self.number, self.limits, self.end, self.steps = rounds, number, limits, end, steps
        self.hear = hear

    def run(self, crew: Crew, areas: list[Area]) -> None:
        """Hand out the areas one by one, so that each knows how much time is left for it."""
        waiting, under_way = list(range(len(areas))), set[int]()
        while waiting or under_way:
            while waiting and len(under_way) < crew.width:
                k = waiting.pop(0)
                crew.submit(k, search_area, self._part(k, areas[k], len(waiting) + 1, crew.width))
                under_way.add(k)
            for k, found in crew.results(LOOK_SECONDS):
                if k not in under_way:
                    self.hear(k, found)
                elif found is not None:
                    self.rounds.take(areas[k], *found)
                under_way.discard(k)
            if self.limits.should_stop() or time.monotonic() >= self.end + LATE_SECONDS:
                crew.drop(under_way)
                return

    def _part(self, k: int, area: Area, left: int, width: int) -> AreaPart:
        rounds, seconds, steps = self.rounds, None, None
        if self.steps is None:
            seconds = (self.end - time.monotonic()) / math.ceil(left / width)
        else:
            steps = math.ceil(self.steps * len(area.cohorts) / len(rounds.arrays.heads))
        point, slot = placed_in(area, rounds.best)
        seed = (rounds.seed * 1_000_003 + self.number * 10_007 + k) % 2**31
        hot = rounds.hot * COOLER**self.number
        return AreaPart(
            area.arrays, point, slot, rounds.limit, seed, rounds.from_flow and self.number == 0, hot, seconds, steps
        )


def placed_in(area: Area, best: Best) -> tuple[Ints, Ints]:
    """The plan of an area in its own numbers."""
    local = np.full(int(area.points.max()) + 2, -1, np.int64)
    local[area.points] = np.arange(len(area.points))
    return local[best.point[area.groups]], best.slot[area.cohorts]


def roomiest(a: Arrays, best: Best) -> Ints:
    """Of the points that each group may go to the one with most room left, the cheapest of equals; -1 = none."""
    placed = np.flatnonzero(best.slot >= 0)
    load = np.bincount(best.point[a.group[placed]], a.heads[placed], minlength=len(a.opening))
    room = a.capacity.sum(axis=1) - load
    owner = np.repeat(np.arange(a.groups), np.diff(a.near_start))
    order = np.lexsort((np.arange(len(owner)), -room[a.near_point], owner))
    some = np.flatnonzero(np.diff(a.near_start) > 0)
    found = np.full(a.groups, -1, np.int64)
    found[some] = a.near_point[order[a.near_start[some]]]
    return found


def areas_wanted(arrays: Arrays) -> int:
    """How many areas a problem is cut into; it does not depend on the machine."""
    count = round(arrays.groups / AREA_GROUPS)
    count = 2 * count if count > MANY_AREAS else count
    count = max(1, min(count, len(arrays.opening) // LEAST_POINTS))
    return count if count < EVEN else math.ceil(count / EVEN) * EVEN


def steps_of_round(steps: int | None, rounds: int) -> float | None:
    return None if steps is None else steps * COUNTED_THREADS / rounds
