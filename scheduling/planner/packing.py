"""Problems that only ask how many slots are needed: one point, every slot alike, cohorts free to go anywhere.

That is bin packing. A pattern is one filling of a slot; the fewest patterns that hold every cohort are wanted. The
patterns that could matter are found by column generation (Gilmore, Gomory 1961), and the linear programme over them,
rounded up, is a bound. A packing comes from the 0-1 programme over the patterns found, else from diving: fix what the
linear programme is surest of, solve the rest again.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from ortools.linear_solver import pywraplp
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csc_array

from scheduling.planner.arrays import Arrays
from scheduling.planner.candidates import Floats, Ints

# The knapsack for new patterns looks at every number of heads up to the capacity of a slot.
LARGEST_SLOT = 20_000
MOST_COHORTS = 2_000
MOST_ROUNDS = 2_000
EXTRA_PATTERNS = 150
SURE = 1e-6


@dataclass(frozen=True)
class Packing:
    """The cohorts of each slot, None = no packing found; `bound` = so many slots are needed at least."""

    slots: list[list[int]] | None
    bound: int


def is_packing(a: Arrays) -> bool:
    """Whether all that counts is the number of slots, and any cohort may go into any."""
    room = a.capacity[0]
    return bool(
        len(a.capacity) == 1
        and 0 < len(a.heads) <= MOST_COHORTS
        and a.finish > 0
        and a.spread == 0
        and not a.early.any()
        and (room == room[0]).all()
        and room[0] <= LARGEST_SLOT
        and (a.first == 0).all()
        and (a.last == len(room) - 1).all()
        and (a.pin_slot < 0).all()
        and len(set(a.tier.tolist())) == 1
        and (np.diff(a.near_start)[a.group] == 1).all()
        and (a.heads <= room[0]).all()
    )


def pack_slots(
    heads: Ints, room: int, known: int, *, attempts: int, seconds: Callable[[], float], seed: int
) -> Packing:
    """A packing into fewer slots than `known`, if one is found, and a bound. Ends when proved, after so many attempts,
    or when `seconds()`, which says how many are left, are used up."""

    def is_over() -> bool:
        return seconds() <= 0

    master = Master(heads, room)
    bound = max(1, math.ceil(int(heads.sum()) / room))
    bound = max(bound, master.generate(master.demand, is_over))
    rng = random.Random(seed)
    found: list[list[int]] | None = None
    for attempt in range(attempts):
        if bound >= known or is_over():
            break
        if attempt > 1:
            master.enrich(rng, is_over)
        filled = master.dive(rng, attempt, is_over) if attempt % 3 == 1 else master.whole(seconds())
        if filled is not None and len(filled) < known:
            found, known = master.cohorts_of(filled), len(filled)
    return Packing(found, bound)


class Master:
    """The patterns found so far, and the linear programme over them."""

    def __init__(self, heads: Ints, room: int) -> None:
        self.heads, self.room = heads, room
        self.sizes, self.demand = np.unique(heads, return_counts=True)
        self.patterns: list[Ints] = []
        self.seen: set[bytes] = set()
        # Kept from one question to the next: with a pattern more, GLOP goes on from where it was.
        self.programme = pywraplp.Solver.CreateSolver("GLOP")
        self.rows = [self.programme.Constraint(0.0, self.programme.infinity()) for _ in self.sizes]
        self.used: list[Any] = []
        self.programme.Objective().SetMinimization()
        for k, size in enumerate(self.sizes):
            single = np.zeros(len(self.sizes), np.int64)
            single[k] = min(room // int(size), int(self.demand[k]))
            self._add(single)

    def _add(self, pattern: Ints) -> bool:
        if (key := pattern.tobytes()) in self.seen:
            return False
        self.seen.add(key)
        self.patterns.append(pattern)
        variable = self.programme.NumVar(0.0, self.programme.infinity(), "")
        self.programme.Objective().SetCoefficient(variable, 1.0)
        for k in np.flatnonzero(pattern):
            self.rows[k].SetCoefficient(variable, float(pattern[k]))
        self.used.append(variable)
        return True

    def generate(self, demand: Ints, is_over: Callable[[], bool]) -> int:
        """Add patterns until none could help; returns the best bound on the slots for this demand on the way."""
        bound = 0
        for _ in range(MOST_ROUNDS):
            _, value, price = self._relaxed(demand)
            pattern, worth = knapsack(self.sizes, demand, price, self.room)
            # Farley 1990: with prices divided by the worth of the best pattern, no pattern is worth more than 1.
            bound = max(bound, math.ceil(value / max(1.0, worth) - SURE))
            if worth <= 1 + SURE or not self._add(pattern) or is_over():
                break
        return bound

    def _relaxed(self, demand: Ints) -> tuple[Floats, float, Floats]:
        """How often each pattern is used where parts of a slot count as parts; the slots in all; the price of a size."""
        for row, wanted in zip(self.rows, demand, strict=True):
            row.SetLb(float(wanted))
        self.programme.Solve()
        x = np.array([variable.solution_value() for variable in self.used])
        price = np.array([max(0.0, row.dual_value()) for row in self.rows])
        return x, float(price @ demand), price

    def enrich(self, rng: random.Random, is_over: Callable[[], bool]) -> None:
        """Add patterns that would be best at slightly other prices: a whole packing needs more than the relaxation."""
        _, _, price = self._relaxed(self.demand)
        for _ in range(EXTRA_PATTERNS):
            if is_over():
                return
            shaken = price * np.array([rng.uniform(0.8, 1.2) for _ in price]) + 1e-3 * self.sizes / self.room
            self._add(knapsack(self.sizes, self.demand, shaken, self.room)[0])

    def whole(self, seconds: float) -> list[Ints] | None:
        """The fewest whole patterns of those found that hold everybody, by branch and bound for a while."""
        solved = milp(
            np.ones(len(self.patterns)),
            constraints=LinearConstraint(csc_array(np.array(self.patterns).T), lb=self.demand.astype(np.float64)),
            integrality=np.ones(len(self.patterns)),
            bounds=Bounds(0, np.inf),
            options={"node_limit": 200} | ({} if math.isinf(seconds) else {"time_limit": min(1.5, max(0.01, seconds))}),
        )
        if solved.x is None:
            return None
        return self._trimmed([p for p, n in zip(self.patterns, np.round(solved.x), strict=True) for _ in range(int(n))])

    def dive(self, rng: random.Random, attempt: int, is_over: Callable[[], bool]) -> list[Ints] | None:
        """Take the patterns the relaxation is surest of, and ask again for the rest; by chance now and then another."""
        demand, filled = self.demand.copy(), list[Ints]()
        while demand.any():
            if is_over():
                return None
            self.generate(demand, is_over)
            x, _, _ = self._relaxed(demand)
            chosen = self._surest(x, demand, rng if attempt > 1 else None)
            filled += chosen
            for pattern in chosen:
                demand = demand - pattern
        return filled

    def _surest(self, x: Floats, demand: Ints, rng: random.Random | None) -> list[Ints]:
        """The whole parts of x, else the largest; each only as far as somebody is left for it."""
        order = np.argsort(-x)
        whole = [self.patterns[k] for k in order for _ in range(int(x[k] + SURE))]
        if not whole:
            likely = [k for k in order[:5] if x[k] > 0.3] or [order[0]]
            whole = [self.patterns[rng.choice(likely) if rng else order[0]]]
        chosen = []
        for pattern in whole:
            fitting = np.minimum(pattern, demand)
            if fitting.any():
                chosen.append(fitting)
                demand = demand - fitting
        return chosen

    def _trimmed(self, filled: list[Ints]) -> list[Ints]:
        """Patterns may hold more than there are; nobody stands twice."""
        left, kept = self.demand.copy(), []
        for pattern in filled:
            fitting = np.minimum(pattern, left)
            left = left - fitting
            if fitting.any():
                kept.append(fitting)
        return kept

    def cohorts_of(self, filled: list[Ints]) -> list[list[int]]:
        """The cohorts for each pattern."""
        waiting = {int(size): np.flatnonzero(self.heads == size).tolist() for size in self.sizes}
        return [
            [waiting[int(size)].pop() for size, n in zip(self.sizes, pattern, strict=True) for _ in range(int(n))]
            for pattern in filled
        ]


def knapsack(sizes: Ints, most: Ints, worth: Floats, room: int) -> tuple[Ints, float]:
    """The filling of a slot that is worth most, each size at most so often."""
    best = np.zeros(room + 1)
    taken = []  # (size index, how many at once, where it was better to take them)
    for k in np.flatnonzero((worth > 1e-12) & (most > 0)):
        left, bundle = min(int(most[k]), room // int(sizes[k])), 1
        while left > 0:
            n = min(bundle, left)
            weight, value = n * int(sizes[k]), n * float(worth[k])
            if weight <= room:
                with_it = np.full(room + 1, -1.0)
                with_it[weight:] = best[: room + 1 - weight] + value
                better = with_it > best + 1e-12
                best = np.where(better, with_it, best)
                taken.append((int(k), n, weight, better))
            left, bundle = left - n, bundle * 2
    pattern = np.zeros(len(sizes), np.int64)
    at = int(room)
    for index, count, heads, better in reversed(taken):
        if better[at]:
            pattern[index] += count
            at -= heads
    return pattern, float(best[room])
