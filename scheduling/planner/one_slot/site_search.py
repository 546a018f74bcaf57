"""The way to a plan for one slot: a local search on one thread, the proof on another, each helping the other."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np

from scheduling.planner.candidates import Ints
from scheduling.planner.one_slot.shake_kernels import begin, rounds
from scheduling.planner.one_slot.site_kernels import SiteState, restore
from scheduling.planner.one_slot.site_tree import Tree
from scheduling.planner.one_slot.sites import Sites, start_of, task_of_sites

CHUNK_SECONDS = 0.1
# With steps: a round of the search counts as so many, and a step is worth so many pairs of a customer and a point looked
# at for the proof.
STEPS_OF_ROUND, PAIRS_OF_STEP = 40, 30
# Heat at the beginning of a cycle and at its end, in what a usual customer costs beyond the room.
HOT, COLD = 0.3, 0.01
# Where the cycles end, in parts of the whole; each goes on from the best.
SHARES = (0.1, 0.25, 0.5, 1.0)
# Sets of points that the proof would open get two of three chunks, at this heat: in turn a new one, and one of so many,
# the best so far.
BEST_SETS, CALM = 4, 0.01
MOST_SETS = 1_000
# Without any way to place all after this part of the time, other methods shall try.
PATIENCE = 0.3


class Pace:
    """Divides the time, or the steps, into chunks. With steps nothing depends on the clock."""

    def __init__(self, *, deadline: float | None, steps: int | None, should_stop: Callable[[], bool]) -> None:
        self.deadline, self.steps, self.should_stop = deadline, steps, should_stop
        self.begun = time.monotonic()
        self.rounds, self.rounds_seconds = 0, 0.0
        self.looks, self.looks_seconds = 0.0, 0.0

    def progress(self) -> float:
        """How much of the time or of the steps is used, 0 to 1."""
        if self.steps is not None:
            return min(1.0, self.rounds * STEPS_OF_ROUND / self.steps) if self.steps else 1.0
        assert self.deadline is not None
        return (time.monotonic() - self.begun) / max(1e-9, self.deadline - self.begun)

    def is_over(self) -> bool:
        return self.should_stop() or self.progress() >= 1

    def next_rounds(self) -> int:
        """Rounds of the next chunk of the search."""
        if self.steps is not None:
            return max(1, self.steps // STEPS_OF_ROUND // 60)
        assert self.deadline is not None
        left = min(CHUNK_SECONDS, self.deadline - time.monotonic())
        # The first chunks are small, as nothing is known yet about how long a round takes.
        return max(1, min(int(self.rounds / max(self.rounds_seconds, 1e-6) * left), 3 * self.rounds))

    def prove(self, tree: Tree) -> None:
        """A chunk of the proof."""
        end = min(time.monotonic() + CHUNK_SECONDS, math.inf if self.deadline is None else self.deadline)
        looks = tree.work.number[0] + self._looks_of_chunk(tree)
        while not tree.is_done and not tree.is_full and tree.work.number[0] < looks:
            begun, before = time.monotonic(), float(tree.work.number[0])
            if self.steps is None and begun >= end:
                return
            tree.step(self._steps_of_look(looks - before))
            self.looks += float(tree.work.number[0]) - before
            self.looks_seconds += time.monotonic() - begun

    def _looks_of_chunk(self, tree: Tree) -> float:
        if self.steps is None:
            return math.inf
        return max(1.0, self.steps * PAIRS_OF_STEP / float(tree.task.cost.size) / 60)

    def _steps_of_look(self, looks: float) -> int:
        if self.steps is not None:
            return max(1, int(looks))
        return max(1, int(min(1e6, self.looks / max(self.looks_seconds, 1e-6) * CHUNK_SECONDS)))


@dataclass
class SiteSet:
    """Open points, whatever they cost at least, and the best way found to send everybody there (`at` empty = none yet)."""

    bound: float
    is_open: Ints
    cost: float = math.inf
    at: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    chunks: int = 0


class SiteSearch:
    """Keeps the best found: `cost`, inf = nobody found a way to place all yet, and `at`, the point of each customer.
    `bound` is proved for all ways to place everybody; `is_proved` = there is no better one."""

    def __init__(self, sites: Sites, seed: int) -> None:
        self.task, self.tree = task_of_sites(sites), Tree(sites)
        self.cost, self.at = math.inf, np.zeros(0, np.int64)
        self.is_open = np.ones(len(sites.room), np.int64)
        self.state, self.other = (start_of(self.task, seed + 1_000 * k) for k in range(2))
        self.scale = float(self.state.value[3] * np.median(self.task.weight))
        self.chunks, self.part = 0, 0.0
        self.fixed = self.task._replace(closable=0)
        self.sets: dict[bytes, SiteSet] = {}

    @property
    def bound(self) -> float:
        return self.tree.lower_bound

    @property
    def is_proved(self) -> bool:
        return self.tree.is_done and math.isfinite(self.cost)

    def improve(self, pace: Pace, tell: Callable[[], None]) -> None:
        """Search and prove until the pace ends, it is proved, or it seems that not all can be placed."""
        begin(self.task, self.state, self.is_open)
        self._take(self.state)
        with ThreadPoolExecutor(2) as pool:
            start = 0.0
            for end in SHARES:
                if start:
                    self._go_on_from_best()
                while (now := pace.progress()) < end and not pace.is_over() and not self.tree.is_done:
                    if now > PATIENCE and not math.isfinite(self.cost):
                        return
                    self.part = (now - start) / (end - start)
                    self._chunk(pool, pace)
                    tell()
                start = end

    def _chunk(self, pool: ThreadPoolExecutor, pace: Pace) -> None:
        proof = pool.submit(pace.prove, self.tree)
        begun, steps = time.monotonic(), pace.next_rounds()
        self._search(steps)
        pace.rounds += steps
        pace.rounds_seconds += time.monotonic() - begun
        proof.result()
        self._agree()

    def _search(self, steps: int) -> None:
        """A chunk of the search: of all points, or of who goes where among those of one set."""
        self.chunks += 1
        found = self._next_set() if self.chunks % 3 else None
        if found is not None:
            self._search_set(found, steps)
        else:
            heat = self.scale * HOT * (COLD / HOT) ** self.part
            rounds(self.task, self.state, steps, heat, heat)
            self._take(self.state)

    def _next_set(self) -> SiteSet | None:
        """In turn the new set of the lowest bound, and of the best ones that which was looked at least."""
        sets = [found for found in self.sets.values() if found.bound < self.cost]
        new = [found for found in sets if not found.chunks]
        if new and (self.chunks % 3 == 1 or len(new) == len(sets)):
            return min(new, key=lambda found: found.bound)
        best = sorted((found for found in sets if found.chunks), key=lambda found: found.cost)[:BEST_SETS]
        return min(best, key=lambda found: found.chunks, default=None)

    def _search_set(self, found: SiteSet, steps: int) -> None:
        state = self.other
        if found.chunks:
            self._stand(state, found.at, found.is_open, found.cost)
        else:
            begin(self.fixed, state, found.is_open)
        rounds(self.fixed, state, steps, self.scale * CALM, self.scale * CALM)
        found.chunks += 1
        if state.value[2] < found.cost:
            found.cost, found.at = float(state.value[2]), state.best_at.copy()
            self._take(state)

    def _agree(self) -> None:
        """What one has found, the other shall know."""
        tree = self.tree
        if tree.at is not None and tree.cost < self.cost:
            self._keep(tree.at.copy())
        elif math.isfinite(self.cost):
            tree.offer(self.cost, self.at)
        for bound, chosen in tree.sets:
            if len(self.sets) < MOST_SETS:
                self.sets.setdefault(chosen.tobytes(), SiteSet(bound, chosen))
        tree.sets.clear()

    def _take(self, state: SiteState) -> None:
        """Keep the best of this state, where it is better."""
        if state.value[2] < min(self.cost, self.task.forbidden):
            self._keep(state.best_at.copy())

    def _keep(self, at: Ints) -> None:
        used = np.bincount(at, minlength=len(self.is_open)) > 0
        self.is_open, self.at = (used | (self.task.opening <= 0)).astype(np.int64), at
        self.cost = float(self.task.cost[np.arange(len(at)), at].sum() + self.task.opening[used].sum())

    def _go_on_from_best(self) -> None:
        if math.isfinite(self.cost):
            self._stand(self.state, self.at, self.is_open, self.cost)

    def _stand(self, state: SiteState, at: Ints, is_open: Ints, cost: float) -> None:
        """Let the search go on from here."""
        if not len(at):
            return
        restore(self.task, state, at, is_open)
        state.kept_at[:], state.best_at[:] = at, at
        state.kept_open[:], state.best_open[:] = is_open, is_open
        state.value[0], state.value[1], state.value[2] = cost, 0.0, cost
