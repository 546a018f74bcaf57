"""Branch and bound over the Lagrangian bound: proves how good a choice of sites is, and finds better ones on the way."""

from __future__ import annotations

import heapq
import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scheduling.planner.candidates import Floats, Ints
from scheduling.planner.one_slot.dual_kernels import DualTask, DualWork, Node, forget, read_answer
from scheduling.planner.one_slot.sites import Sites, forbidden_cost
from scheduling.planner.one_slot.strike_kernels import conclude, explore

Bytes = NDArray[np.int8]
# Fields of the dynamic programme of a knapsack: its room, and room times items.
TABLE, MARKS = 20_001, 400_000
# A bound is taken as a hair less than was summed, in parts of it.
HAIR = 1e-9
# Costs that lie so near whole numbers, in all, could be whole but for rounding. They are taken for whole where that is
# no more than so small a part of what the best way costs: then nothing that is cheaper by more than rounding is missed.
NEARLY, ROUNDING = 1e-2, 1e-8
# Rounds of so many steps for the whole and for a part; a part ends sooner where a round closes less of its gap.
ROOT_ROUNDS, ROOT_STEPS = 15, 60
PART_ROUNDS, PART_STEPS, PART_LEAST = 6, 20, 0.02
# How long the first steps are.
ROOT_LENGTH, PART_LENGTH = 1.0, 0.05
# A point that the last answers opened more rarely or more often than this is as good as decided.
LEAST_DOUBT = 0.02
# Of the parts taken, each so many-th is followed down to its end, always into the half that seems likelier.
DIVE = 3
MOST_BYTES = 600_000_000


def dual_task(sites: Sites) -> DualTask:
    forbidden = forbidden_cost(sites)
    cost = np.where(np.isfinite(sites.cost), sites.cost, forbidden)
    unit = max(1, math.gcd(*sites.room.tolist()))
    return DualTask(
        cost=np.ascontiguousarray(cost.T),
        weight=sites.weight,
        room=sites.room,
        opening=sites.opening,
        size=sites.room // unit,
        need=-(-int(sites.weight.sum()) // unit),
        forbidden=forbidden,
    )


def work_of(task: DualTask) -> DualWork:
    points, customers = task.cost.shape
    longest = max(points, customers) + 1
    by_point = {name: np.zeros(points, np.int64) for name in ("left", "picked", "positives", "chosen")}
    scratch = {name: np.zeros(longest, np.int64) for name in ("size", "item", "taken", "answer", "fewest")}
    sums = {name: np.zeros(points) for name in ("worth", "filled", "open_often")}
    return DualWork(
        order=np.ascontiguousarray(np.argsort(task.cost / task.weight, axis=1, kind="stable")),
        picks=np.zeros((points, customers), np.int64),
        rank=np.arange(points),
        best=np.zeros(customers),
        slope=np.zeros(customers),
        mean=np.zeros(customers),
        key=np.zeros(longest),
        profit=np.zeros(longest),
        table=np.zeros(TABLE),
        mark=np.zeros(MARKS, np.int8),
        often=np.zeros((points, customers)),
        number=np.array([0.0, -np.inf, 1.0, 1.0, 0.0, 0.0, 0.1]),
        **by_point,
        **scratch,
        **sums,
    )


def grain_of(sites: Sites) -> tuple[float, float]:
    """(grain, error): all plans cost a multiple of the grain but for the error; grain 0 = they may cost anything."""
    allowed = np.where(np.isfinite(sites.cost), sites.cost, 0)
    whole, opening = np.round(allowed), np.round(sites.opening)
    error = float(np.abs(allowed - whole).max(axis=1).sum() + np.abs(sites.opening - opening).sum())
    if error > NEARLY or max(whole.max(), opening.max()) > 2**50:
        return 0.0, 0.0
    grain = math.gcd(*whole.astype(np.int64).ravel().tolist(), *opening.astype(np.int64).tolist())
    return float(grain), error


@dataclass(order=True)
class Part:
    """A part still to be looked at: nothing in it costs less than `bound`. `places` are the bits of those not struck out."""

    bound: float
    number: int
    places: NDArray[np.uint8]
    point: Bytes
    price: Floats
    rounds: int = 0


class Tree:
    """`bound` is proved for all ways to send everybody somewhere; `at`, of cost `cost`, is the best one found or offered,
    None = none yet. `is_done` = there is no better one. `sets`: (bound, points that would be opened)
    of the parts looked at."""

    def __init__(self, sites: Sites) -> None:
        self.task = dual_task(sites)
        self.work = work_of(self.task)
        self.grain, self.error = grain_of(sites)
        self.cost = math.inf
        self.at: Ints | None = None
        self.sets: list[tuple[float, Ints]] = []
        self.bound, self.is_done = -math.inf, False
        self.count = 0
        self.open: list[Part] = []
        self.part: Part | None = None  # the one being looked at
        self.taken, self.likely = 0, list[Part]()  # of a dive: the part to go on with
        self.node = Node(np.zeros(self.task.cost.shape, np.int8), np.zeros(len(sites.room), np.int8), np.zeros(0))
        self._begin()

    def _begin(self) -> None:
        task = self.task
        place = (task.cost < task.forbidden).astype(np.int8)
        second = np.sort(task.cost, axis=0)[: min(2, len(task.cost))]
        price = np.where(second[-1] < task.forbidden, second[-1], second[0])
        price = price + float(np.median(task.opening / np.maximum(1, task.room))) * task.weight
        node = Node(place, np.ones(len(task.room), np.int8), price)
        if conclude(task, node):
            self.open = [Part(-math.inf, 0, np.packbits(place > 0), node.point, price)]

    @property
    def is_full(self) -> bool:
        """Whether there is no room for more parts."""
        return bool(len(self.open) * (self.node.place.size // 8 + 9 * len(self.task.weight) + 500) > MOST_BYTES)

    @property
    def cut(self) -> float:
        """A part whose bound reaches this has nothing better than the best."""
        if not math.isfinite(self.cost):
            return float(self.task.forbidden)
        hair = HAIR * abs(self.cost)
        is_whole = 2 * self.error <= ROUNDING * abs(self.cost)
        return self.cost + hair - max(2 * hair, 0.999 * self.grain - 2 * self.error if is_whole else 0.0)

    @property
    def lower_bound(self) -> float:
        """What every way costs at least, rounded to the safe side."""
        bound = self.bound - HAIR * abs(self.bound)
        if self.grain and math.isfinite(bound):
            bound = max(bound, math.ceil((bound - self.error) / self.grain - 1e-6) * self.grain - self.error)
        return min(bound, self.cost)

    def offer(self, cost: float, at: Ints) -> None:
        if cost < self.cost:
            self.cost, self.at = cost, at.copy()
            self._settle()

    def step(self, most_steps: int) -> None:
        """One round, of so many steps at most, on the part with the lowest bound."""
        if self.part is None:
            self._take_part()
        part, work = self.part, self.work
        if part is None:
            return
        is_root = part.number == 0
        steps, least = (ROOT_STEPS, -1.0) if is_root else (PART_STEPS, PART_LEAST)
        goal = self.cost if math.isfinite(self.cost) else 1.05 * max(0.0, float(work.number[1])) + 1
        with np.errstate(invalid="ignore"):  # uncompiled, the first look compares with a bound of minus infinity
            end = explore(self.task, self.node, work, min(steps, most_steps), goal, self.cut, least)
        part.rounds += 1
        if is_root and end in (0, 3):
            self.bound = max(self.bound, float(work.number[1]))
        if end == 1:
            self._take_answer()
        if end == 3 and part.rounds < (ROOT_ROUNDS if is_root else PART_ROUNDS):
            return
        self.part = None
        bound = max(part.bound, float(work.number[1]))
        if end != 2 and bound < self.cut:
            self.sets.append((bound, work.chosen.copy()))
            self._divide(bound)
        self._settle()

    def _take_part(self) -> None:
        self._settle()
        if not self.open and not self.likely:
            return
        if not self.likely:
            self.taken += 1
        part = self.part = self.likely.pop() if self.likely else heapq.heappop(self.open)
        bits = np.unpackbits(part.places, count=self.node.place.size)
        self.node.place[:] = bits.reshape(self.node.place.shape)
        self.node = Node(self.node.place, part.point.copy(), part.price.copy())
        forget(self.task, self.work, PART_LENGTH if part.number else ROOT_LENGTH)
        if not conclude(self.task, self.node):
            self.part = None
            self._take_part()

    def _settle(self) -> None:
        """Drop what has nothing better, and see what is proved."""
        cut = self.cut
        while self.open and self.open[0].bound >= cut:
            heapq.heappop(self.open)
        if self.likely and self.likely[0].bound >= cut:
            self.likely.clear()
        if self.part is None and not self.open and not self.likely:
            self.is_done, self.bound = True, max(self.bound, self.cost if math.isfinite(self.cost) else -math.inf)
            return
        lowest = [self.part] if self.part is not None else []
        self.bound = max(self.bound, min(part.bound for part in lowest + self.likely + self.open[:1]))

    def _take_answer(self) -> None:
        at = np.full(len(self.task.weight), -1, np.int64)
        read_answer(self.task, self.work, at)
        load = np.bincount(at, self.task.weight, len(self.task.room))
        used = np.bincount(at, minlength=len(self.task.room)) > 0
        if (load <= self.task.room).all():
            cost = self.task.cost[at, np.arange(len(at))].sum() + self.task.opening[used].sum()
            self.offer(float(cost), at)

    def _divide(self, bound: float) -> None:
        """Keep both halves, the likelier one for now where this is a dive."""
        for place, point in self._halves():
            self.count += 1
            node = Node(place, point, self.work.best)
            if not conclude(self.task, node):
                continue
            part = Part(bound, self.count, np.packbits(place > 0), point, self.work.best.copy())
            if self.taken % DIVE == 0 and not self.likely:
                self.likely = [part]
            else:
                heapq.heappush(self.open, part)

    def _halves(self) -> list[tuple[Bytes, Bytes]]:
        """The part divided in two, the likelier half first: a point open or closed, or a customer sent to these places or
        to those."""
        node, work = self.node, self.work
        total = max(1e-9, float(work.number[4]))
        share = work.open_often / total
        doubt = np.where(node.point == 1, np.minimum(share, 1 - share), -1)
        often = np.where(node.place == 1, work.often / total, 0)
        undecided = (node.place == 1).sum(axis=0) > 1
        if doubt.max() > LEAST_DOUBT or not undecided.any():
            j = int(np.where(node.point == 1, doubt, -2).argmax())
            likely, other = (2, 0) if share[j] > 0.5 else (0, 2)
            return [self._with_point(j, likely), self._with_point(j, other)]
        unsure = np.where(undecided, (1.01 - often.max(axis=0)) * self.task.weight, -1)
        i = int(unsure.argmax())
        places = np.flatnonzero(node.place[:, i] == 1)
        places = places[np.argsort(-often[places, i], kind="stable")]
        sums = np.cumsum(often[places, i])
        middle = min(int(np.searchsorted(sums, sums[-1] / 2)) + 1, len(places) - 1)
        return [self._without_places(i, places[:middle]), self._without_places(i, places[middle:])]

    def _with_point(self, j: int, said: int) -> tuple[Bytes, Bytes]:
        place, point = self.node.place.copy(), self.node.point.copy()
        point[j] = said
        if said == 0:
            place[j] = 0
        return place, point

    def _without_places(self, i: int, places: Ints) -> tuple[Bytes, Bytes]:
        place = self.node.place.copy()
        place[places, i] = 0
        return place, self.node.point.copy()
