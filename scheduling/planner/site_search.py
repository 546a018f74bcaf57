"""The local search for one-slot problems: two threads, each with chance and heat of its own, and the best of both."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from scheduling.planner.candidates import Ints
from scheduling.planner.search import THREADS
from scheduling.planner.site_kernels import SiteState, SiteTask, begin, restore, rounds
from scheduling.planner.sites import start_of

CHUNK_SECONDS = 0.1
# A round is about so many steps of the search of many slots.
STEPS_OF_ROUND = 40
# Of each thread: heat in what a usual customer's weight costs beyond the room.
HEAT, COLD = (0.3, 0.1), 0.01
# Where the cycles end, in parts of the whole; each goes on from the best of all.
SHARES = (0.1, 0.25, 0.5, 1.0)


class Pace:
    """Divides the time, or the rounds, into chunks. With rounds nothing depends on the clock."""

    def __init__(self, *, deadline: float | None, rounds: int | None, should_stop: Callable[[], bool]) -> None:
        self.deadline, self.rounds, self.should_stop = deadline, rounds, should_stop
        self.begun = self.chunk_at = time.monotonic()
        self.done, self.chunk, self.speed = 0, 0, 0.0

    def progress(self) -> float:
        """How much of the time or of the rounds is used, 0 to 1."""
        if self.rounds is not None:
            return self.done / self.rounds if self.rounds else 1.0
        assert self.deadline is not None
        return (time.monotonic() - self.begun) / max(1e-9, self.deadline - self.begun)

    def is_over(self) -> bool:
        return self.should_stop() or self.progress() >= 1

    def next_chunk(self) -> int:
        """Rounds of the next chunk."""
        now = time.monotonic()
        if self.rounds is not None:
            self.chunk = max(1, min(self.rounds - self.done, self.rounds // 60))
        else:
            assert self.deadline is not None
            left = min(CHUNK_SECONDS, self.deadline - now)
            # The first chunks are small, as nothing is known yet about how long a round takes.
            self.chunk = max(1, min(int(self.speed * left), 4 * self.chunk))
        self.chunk_at = now
        self.done += self.chunk
        return self.chunk

    def learn(self) -> None:
        """After a chunk: how fast it went."""
        self.speed = self.chunk / max(time.monotonic() - self.chunk_at, 1e-6)


class SiteSearch:
    """Keeps the best found: `cost`, inf = nobody found a way to place all yet, and `at`, the point of each customer."""

    def __init__(self, task: SiteTask, seed: int, at: Ints | None) -> None:
        """`at`: where to begin, None = with every point open."""
        self.task = task
        self.cost, self.at, self.is_open = np.inf, np.zeros(0, np.int64), np.zeros(0, np.int64)
        points = len(task.room)
        is_open = np.ones(points, np.int64)
        if at is not None and task.closable:
            is_open = (np.bincount(at, minlength=points) > 0) | (task.opening <= 0)
        self.states = [start_of(task, is_open.astype(np.int64), seed + 1_000 * k) for k in range(THREADS)]
        self.scale = float(self.states[0].value[3] * np.median(task.weight))
        for state in self.states:
            begin(task, state)
            self.take(state)

    def take(self, state: SiteState) -> bool:
        """Keep the best of this thread, where it is better."""
        if state.value[2] >= min(self.cost, self.task.forbidden):
            return False
        self.cost, self.at, self.is_open = float(state.value[2]), state.best_at.copy(), state.best_open.copy()
        return True

    def offer(self, at: Ints) -> None:
        """The same for a way found elsewhere that keeps every room."""
        is_open = ((np.bincount(at, minlength=len(self.task.room)) > 0) | (self.task.opening <= 0)).astype(np.int64)
        cost = float(self.task.cost[np.arange(len(at)), at].sum() + self.task.opening[is_open > 0].sum())
        if cost < self.cost:
            self.cost, self.at, self.is_open = cost, at.copy(), is_open

    def go_on_from_best(self, state: SiteState) -> None:
        if not np.isfinite(self.cost):
            return
        restore(self.task, state, self.at, self.is_open)
        state.kept_at[:], state.kept_open[:] = self.at, self.is_open
        state.best_at[:], state.best_open[:] = self.at, self.is_open
        state.value[0:3] = self.cost, 0.0, self.cost

    def improve(self, pace: Pace, tell: Callable[[], None]) -> None:
        """Search until the pace ends."""
        with ThreadPoolExecutor(THREADS) as pool:
            start = 0.0
            for end in SHARES:
                for state in self.states if start else []:
                    self.go_on_from_best(state)
                while not pace.is_over() and (now := pace.progress()) < end:
                    part = (now - start) / (end - start)
                    self._chunk(pool, pace, part)
                    tell()
                start = end

    def _chunk(self, pool: ThreadPoolExecutor, pace: Pace, part: float) -> None:
        steps = pace.next_chunk()

        def run(k: int) -> None:
            heat = self.scale * HEAT[k] * (COLD / HEAT[k]) ** part
            rounds(self.task, self.states[k], steps, heat, heat)

        list(pool.map(run, range(THREADS)))
        pace.learn()
        for state in self.states:
            self.take(state)
