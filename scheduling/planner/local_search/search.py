"""The search: from a first plan through annealing, in several threads that now and then agree on the best."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from scheduling.planner.arrays import Arrays
from scheduling.planner.candidates import Ints
from scheduling.planner.kernel_cache import COMPILED
from scheduling.planner.local_search.anneal import anneal
from scheduling.planner.local_search.kernels import State, Task, construct, put_all, seeded, total_cost
from scheduling.planner.local_search.refill_kernels import Shelf

THREADS = 2  # always, so that a plan does not depend on the machine
FIRST_CHUNK = 2_000 if COMPILED else 20
CHUNK_SECONDS = 0.1
# Where the cycles of annealing end, in parts of the whole; beyond so many cohorts one cycle needs all the time.
SHARES: tuple[float, ...] = (0.4, 0.7, 1.0)
MANY_COHORTS = 3_000
# So many have no time to cool down from the heat that finds few their best points.
HOT_OF_MANY = 0.2
# Which moves are tried how often, as `anneal` explains.
MANY_SLOTS: tuple[float, ...] = (0.85, 0.9, 0.003, 0.6, 0.0)
ONE_SLOT: tuple[float, ...] = (0.1, 0.5, 0.03, 0.0, 0.0)
# Slots with more room than this are not filled afresh, nor points with more cohorts.
MOST_ROOM, MOST_LISTED = 2_000, 500
# Of each thread: heat for placing people, in penalties of a usual cohort.
PLACING_HEAT = (0.3, 1.0)


def task_of(a: Arrays) -> Task:
    order = np.lexsort((-a.heads, a.group))
    weight = np.zeros(a.groups, np.int64)
    np.add.at(weight, a.group, np.where(a.pin_slot < 0, a.heads, 0))
    return Task(
        a.heads, a.group, a.building, a.first, a.last, a.tier, a.early, a.pin_slot, a.group_start, a.building_start,
        order, weight, a.near_start, a.near_point, a.near_cost, a.capacity, a.opening, a.times, a.spread, a.finish, a.penalty,
    )  # fmt: skip


def empty_state(arrays: Arrays, task: Task, seed: int) -> State:
    """Nobody has a place but the pinned."""
    points, slots = arrays.capacity.shape
    state = State(
        point=np.full(arrays.groups, -1, np.int64),
        place=np.full(arrays.groups, -1, np.int64),
        slot=np.full(len(arrays.heads), -1, np.int64),
        room=arrays.capacity.copy(),
        count=np.zeros((points, slots), np.int64),
        held=np.zeros((points, slots), np.int64),
        used=np.zeros(points, np.int64),
        busy=np.zeros(slots, np.int64),
        top=np.full((points, slots), -1, np.int64),
        after=np.full(len(arrays.heads), -1, np.int64),
        before=np.full(len(arrays.heads), -1, np.int64),
        random=seeded(seed),
    )
    pinned = np.flatnonzero(arrays.pin_point >= 0)
    point = np.full(arrays.groups, -1, np.int64)
    point[arrays.group[pinned]] = arrays.pin_point[pinned]
    put_all(task, state, point, arrays.pin_slot)
    return state


def shelf_of(a: Arrays) -> Shelf:
    """Where points of this problem are filled afresh."""
    n = min(MOST_LISTED, len(a.heads))
    table = np.zeros((n + 1, int(a.capacity.max(initial=0)) + 1))
    return Shelf(table, np.zeros((2, len(a.slots)), np.bool_), *(np.zeros(n, np.int64) for _ in range(4)))


NO_SHELF = Shelf(np.zeros((1, 1)), np.zeros((2, 1), np.bool_), *(np.zeros(0, np.int64) for _ in range(4)))


def copy_of(state: State, random: Ints | None = None) -> State:
    copied = State(*(part.copy() for part in state))
    return copied if random is None else copied._replace(random=random)


@dataclass
class Found:
    """A state, the heads it leaves unplaced, and what it costs."""

    state: State
    unplaced: int
    cost: float


class Search:
    """Keeps the best state found; `best` is valid at any time."""

    def __init__(self, arrays: Arrays, seed: int, threads: int = THREADS) -> None:
        self.arrays, self.task, self.seed, self.threads = arrays, task_of(arrays), seed, threads
        self.limit = len(arrays.slots)
        self.chances = MANY_SLOTS if self.limit > 1 else ONE_SLOT
        self.fewest = 0  # heads that are known to stay unplaced, whatever is done
        state = empty_state(arrays, self.task, seed)
        self.best = self._found(state)

    def _found(self, state: State) -> Found:
        unplaced = int(self.arrays.heads[state.slot < 0].sum())
        return Found(state, unplaced, float(total_cost(self.task, state)) - self.arrays.penalty * unplaced)

    def offer(self, state: State) -> bool:
        """Keep the state where it is better than the best: fewer heads unplaced, or as few and cheaper."""
        found = self._found(state)
        if (found.unplaced, found.cost) < (self.best.unplaced, self.best.cost - 1e-9):
            self.best = found
            return True
        return False

    def offer_places(self, point: Ints, slot: Ints) -> bool:
        """The same for a plan found elsewhere: the point of each group, the slot of each cohort."""
        state = empty_state(self.arrays, self.task, self.seed)
        put_all(self.task, state, point, slot)
        return self.offer(state)

    def build(self, prefer: Ints | None, limit: int) -> int:
        """A plan from nothing, hard cases first. Returns the heads it leaves unplaced."""
        a = self.arrays
        state = empty_state(a, self.task, self.seed)
        if prefer is None:
            prefer = np.full(a.groups, -1, np.int64)
        construct(self.task, state, self._queue(), prefer, limit)
        self.offer(state)
        return int(a.heads[state.slot < 0].sum())

    def place_again(self, point: Ints, slot: Ints, groups: Ints) -> None:
        """Go on from a plan found elsewhere: all of these groups but the pinned are placed afresh, each where it costs
        least then."""
        a = self.arrays
        is_free = np.zeros(a.groups, np.bool_)
        is_free[groups] = True
        state = empty_state(a, self.task, self.seed)
        put_all(self.task, state, point, np.where(is_free[a.group] & (a.pin_slot < 0), -1, slot))
        queue = self._queue()
        construct(self.task, state, queue[is_free[queue]], np.full(a.groups, -1, np.int64), self.limit)
        self.offer(state)

    def _queue(self) -> Ints:
        """Few points and narrow windows first, then the urgent, then the large."""
        a = self.arrays
        lead = np.minimum(a.group_start[:-1], len(a.heads) - 1)
        heads = np.add.reduceat(np.append(a.heads, 0), a.group_start[:-1])
        choices = np.diff(a.near_start)
        narrow = (a.last[lead] - a.first[lead] + 1) < 0.75 * len(a.slots)
        tight = np.where(choices <= 4, 0, np.where(narrow, 1, 2))
        urgency = a.early[lead] / np.maximum(a.heads[lead], 1)
        pinned = np.where(a.pin_point[lead] >= 0, 0, 1)
        queue = np.lexsort((-heads, -urgency, tight, pinned))
        return queue[np.diff(a.group_start)[queue] > 0].astype(np.int64)

    def keep(self, state: State) -> None:
        """Offer a state that goes on changing."""
        self.offer(copy_of(state))

    def improve(self, rhythm: Rhythm) -> None:
        """Anneal from the best, again and again, until the rhythm ends."""
        with ThreadPoolExecutor(self.threads) as pool:
            if len(self.arrays.heads) > MANY_COHORTS:
                rhythm.shares, rhythm.hot = (1.0,), HOT_OF_MANY
            while (cycle := rhythm.next_cycle()) is not None:
                runs = [Run(self, k, cycle) for k in range(self.threads)]
                while (heat := rhythm.next_chunk(cycle)) is not None:
                    list(pool.map(lambda run, heat=heat: run.anneal(*heat), runs))
                    rhythm.learn()
                    for run in runs:
                        self.keep(run.state)
                    rhythm.tell(self)


@dataclass(frozen=True)
class Cycle:
    """One annealing from the best state: how hot it begins and ends, in parts of the usual change of cost."""

    number: int
    hot: float
    cold: float


class Run:
    """One thread's annealing."""

    def __init__(self, search: Search, thread: int, cycle: Cycle) -> None:
        self.search = search
        a = search.arrays
        self.state = copy_of(search.best.state, seeded(search.seed, cycle.number, thread))
        self.scale = heat_scale(a) * heat_of_thread(a, thread)
        is_small = len(a.heads) <= MANY_COHORTS
        if is_small and search.best.unplaced > search.fewest and cycle.number < len(SHARES):
            # First of all more have to find a place; at this heat what it costs does not count.
            self.scale = a.penalty * float(np.median(a.heads)) * PLACING_HEAT[thread % THREADS]
        self.start = np.zeros(len(a.capacity) + 1, np.int64)
        self.members = np.zeros(max(1, a.groups), np.int64)
        self.unplaced = np.zeros(len(a.heads), np.int64)
        self.found = np.zeros(max(1, a.groups), np.int64)
        self.memory = np.zeros(len(a.heads) + a.groups, np.int64)
        self.plan = np.zeros(len(a.heads), np.int64)
        self.four = np.zeros(4, np.int64)
        self.chances = np.array(search.chances)
        self.chances[4] *= int(a.capacity.max(initial=0)) <= MOST_ROOM
        self.shelf = shelf_of(a) if self.chances[4] > 0 else NO_SHELF

    def anneal(self, steps: int, hot: float, cold: float) -> float:
        """Try so many moves, the heat falling, in parts of the scale. Returns what they changed the cost by."""
        change: float = anneal(
            self.search.task, self.state, steps, hot * self.scale, cold * self.scale, self.search.limit, self.chances,
            self.start, self.members, self.unplaced, self.found, self.memory,
            self.plan, self.four, self.shelf,
        )  # fmt: skip
        return change


def heat_of_thread(a: Arrays, thread: int) -> float:
    """Threads differ in heat, as nobody knows the best one; where points are opened for one slot, more is wanted."""
    opens = len(a.slots) == 1 and bool((a.opening > 0).any())
    return ((4.0, 12.0) if opens else (0.4, 1.2))[thread % THREADS]


def heat_scale(a: Arrays) -> float:
    """What a usual move changes the cost by: one slot for a cohort, or half the way to a group's third nearest point."""
    slot = float(np.median(np.abs(a.early))) if len(a.early) else 0.0
    heads = np.add.reduceat(np.append(a.heads, 0), a.group_start[:-1])
    many = np.flatnonzero(np.diff(a.near_start) > 1)
    third = np.minimum(a.near_start[many] + 2, a.near_start[many + 1] - 1)
    way = float(np.median((a.near_cost[third] - a.near_cost[a.near_start[many]]) * heads[many])) if len(many) else 0.0
    return max(slot, way / 2 if not slot else way / 10, 1e-6)


class Rhythm:
    """Divides the time, or the steps, into cycles and chunks. With steps nothing depends on the clock."""

    def __init__(
        self,
        *,
        deadline: float | None,
        steps: int | None,
        should_stop: Callable[[], bool],
        tell: Callable[[Search], None],
    ) -> None:
        self.deadline, self.steps = deadline, steps
        self.should_stop, self.tell = should_stop, tell
        self.begun = time.monotonic()
        self.done = 0
        self.cycles = 0
        self.shares = SHARES
        self.hot = 1.0  # of the first cycle
        self.speed = 0.0
        self.cycle_begin = self.cycle_end = 0.0
        self.chunk_at = 0.0
        self.chunk_steps = FIRST_CHUNK

    def progress(self) -> float:
        """How much of the time or of the steps is used, 0 to 1."""
        if self.steps is not None:
            return self.done / self.steps if self.steps else 1.0
        assert self.deadline is not None
        return (time.monotonic() - self.begun) / max(1e-9, self.deadline - self.begun)

    def is_over(self) -> bool:
        return self.should_stop() or self.progress() >= 1

    def next_cycle(self) -> Cycle | None:
        if self.is_over() or self.cycles >= len(self.shares):
            return None
        self.cycle_begin = self.progress()
        self.cycle_end = self.shares[self.cycles]
        self.cycles += 1
        return Cycle(self.cycles, hot=self.hot / self.cycles, cold=0.01)

    def next_chunk(self, cycle: Cycle) -> tuple[int, float, float] | None:
        """(steps, hot, cold) of the next chunk; None = the cycle is over."""
        now = self.progress()
        if self.is_over() or now >= self.cycle_end:
            return None
        steps = self._steps_of_chunk()
        if self.steps is not None:
            after = (self.done + steps) / self.steps
        else:
            assert self.deadline is not None
            after = now + (steps / self.speed if self.speed else 0) / max(1e-9, self.deadline - self.begun)
        self.done += steps
        self.chunk_at, self.chunk_steps = time.monotonic(), steps
        length = self.cycle_end - self.cycle_begin
        part = [min(1.0, max(0.0, (at - self.cycle_begin) / length)) for at in (now, after)]
        return steps, *(cycle.hot * (cycle.cold / cycle.hot) ** x for x in part)

    def _steps_of_chunk(self) -> int:
        if self.steps is not None:
            return max(1, min(max(1_000, self.steps // 60), self.steps - self.done))
        if not self.speed:
            return FIRST_CHUNK
        assert self.deadline is not None
        left = min(CHUNK_SECONDS, max(0.002, self.deadline - time.monotonic()))
        return max(20, int(self.speed * left))

    def learn(self) -> None:
        """After a chunk: how fast it went."""
        self.speed = self.chunk_steps / max(time.monotonic() - self.chunk_at, 1e-6)
