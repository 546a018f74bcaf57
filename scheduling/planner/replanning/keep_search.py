"""Annealing for few unplaced and few moved: two threads from the same start, in cycles that begin ever cooler."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from scheduling.planner.arrays import Arrays
from scheduling.planner.candidates import Ints
from scheduling.planner.kernel_cache import COMPILED
from scheduling.planner.local_search.kernels import State, put_all, seeded
from scheduling.planner.local_search.search import copy_of, empty_state, task_of
from scheduling.planner.replanning.keep_kernels import MOST_OUT, keep_more
from scheduling.planner.replanning.pace import Pace

THREADS = 2
CHUNK = 20_000 if COMPILED else 400
# Each cycle of few steps still has so many chunks.
LEAST_CHUNKS = 4
# In heads of a usual cohort: how hot the first cycle begins and all end; each cycle begins at half the heat.
HOT, COLD = 1.0, 0.02
# In each cycle: a head without a place counts as much as so many that move. Few, so that there is a way round, in turn
# with many, which bring those back who lost their place on the way.
MISSING = (3.0, 20.0, 10.0, 20.0, 10.0, 20.0)


class KeepSearch:
    """`best` is the best state found: fewest heads unplaced, then fewest moved; `value` are these. `told` is the point
    and the slot of each cohort in force, -1 = none."""

    def __init__(self, arrays: Arrays, told: tuple[Ints, Ints], seed: int) -> None:
        self.arrays, self.task, self.seed = arrays, task_of(arrays), seed
        self.told = np.stack(told)
        self.best = empty_state(arrays, self.task, seed)
        self.value = self.value_of(self.best)

    def begin(self, point: Ints, slot: Ints) -> None:
        """From the point of each group and the slot of each cohort, -1 = none."""
        state = empty_state(self.arrays, self.task, self.seed)
        put_all(self.task, state, point, slot)
        self.best, self.value = state, self.value_of(state)

    def anneal_once(self, steps: int) -> None:
        """So many moves of one thread; the same steps, the same plan."""
        run = _Run(self, 0)
        run.anneal(HOT * float(np.median(self.arrays.heads)), MISSING[0], steps)
        self._offer(run.state)

    def value_of(self, state: State) -> tuple[int, int]:
        """Heads unplaced, heads moved."""
        a, has_place = self.arrays, state.slot >= 0
        told = (self.told[1] >= 0) & (a.pin_slot < 0)
        stays = has_place & (state.slot == self.told[1]) & (state.point[a.group] == self.told[0])
        return int(a.heads[~has_place].sum()), int(a.heads[told & ~stays].sum())

    def improve(self, pace: Pace, is_enough: Callable[[tuple[int, int]], bool]) -> None:
        """Until the pace ends, or until the value is enough."""
        usual = float(np.median(self.arrays.heads))
        steps = pace.at_once(CHUNK, THREADS * len(MISSING) * LEAST_CHUNKS)
        with ThreadPoolExecutor(THREADS) as pool:
            for cycle, missing in enumerate(MISSING):
                begins, ends = cycle / len(MISSING), (cycle + 1) / len(MISSING)
                runs = [_Run(self, THREADS * cycle + k) for k in range(THREADS)]
                hot = HOT * usual * 0.5**cycle
                while (now := pace.progress()) < ends and not pace.is_over() and not is_enough(self.value):
                    part = (now - begins) / (ends - begins)
                    heat = hot * (COLD * usual / hot) ** part
                    list(pool.map(lambda run, heat=heat, missing=missing: run.anneal(heat, missing, steps), runs))
                    pace.count(THREADS * steps)
                    for run in runs:
                        self._offer(run.state)

    def _offer(self, state: State) -> None:
        if (value := self.value_of(state)) < self.value:
            self.best, self.value = copy_of(state), value


class _Run:
    """One thread's annealing, from the best state."""

    def __init__(self, search: KeepSearch, number: int) -> None:
        a, self.search = search.arrays, search
        self.state = copy_of(search.best, seeded(search.seed, number))
        self.start = np.zeros(len(a.capacity) + 1, np.int64)
        self.members = np.zeros(max(1, a.groups), np.int64)
        self.seekers = np.zeros(len(a.heads), np.int64)
        self.out = np.zeros(MOST_OUT, np.int64)
        self.memory = np.zeros(2 * len(a.heads) + 3, np.int64)

    def anneal(self, heat: float, missing: float, steps: int) -> None:
        keep_more(
            self.search.task, self.state, self.search.told, missing, steps, heat, heat * 0.95,
            self.start, self.members, self.seekers, self.out, self.memory,
        )  # fmt: skip
