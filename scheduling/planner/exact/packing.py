"""Problems that only ask how many slots are needed: one point, every slot alike, cohorts free to go anywhere.

That is bin packing. A pattern is one filling of a slot; the fewest patterns that hold every cohort are wanted. The
patterns that could matter are found by column generation (Gilmore, Gomory 1961), and the linear programme over them,
rounded up, is a bound: its prices, cut to whole numbers, prove it in whole numbers alone (Farley 1990). A packing comes
from packing by shaken prices (Belov, Scheithauer 2007), from the 0-1 programme over the patterns found, and from diving:
fix what the linear programme is surest of, solve the rest again, go back where the rest needs a slot too many.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from ortools.linear_solver import pywraplp
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csc_array

from scheduling.planner.arrays import Arrays
from scheduling.planner.bounds.fillings import Filler, can_fill
from scheduling.planner.candidates import Floats, Ints

MOST_COHORTS = 2_000
MOST_ROUNDS = 2_000
# A price of 1 as a whole number, and how far a pattern must be above it to be worth adding.
ONE = 10_000_000
BETTER = ONE + 10
# Prices are shaken so often before the linear programme is asked for whole patterns, and so strongly.
SHAKEN_PACKINGS = 40
SHAKES = (0.02, 0.08, 0.25)
# Of a dive: how often it may go back, and which part of the slots is fixed at once while many are left.
MOST_RETURNS = 40
AT_ONCE = 12
SURE = 1e-6

Flags = npt.NDArray[np.bool_]


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
        and can_fill(a.heads, int(room[0]))
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

    master = Master(heads, room, known, is_over)
    bound = max(1, math.ceil(int(heads.sum()) / room))
    bound = max(bound, master.generate(master.demand, known))
    rng = random.Random(seed)
    for attempt in range(attempts):
        if bound >= master.known or is_over():
            break
        match attempt % 3:
            case 0:
                master.shake(rng)
            case 1:
                master.dive(rng if attempt > 1 else None, master.known - 1)
            case _:
                master.whole(seconds())
    found = None if master.found is None else master.cohorts_of(master.found)
    return Packing(found, bound)


class Master:
    """The patterns found so far, the linear programme over them, and the best packing: `found`, into `known` slots."""

    def __init__(self, heads: Ints, room: int, known: int, is_over: Callable[[], bool]) -> None:
        self.heads, self.room, self.known, self.is_over = heads, room, known, is_over
        self.found: list[Ints] | None = None
        self.sizes, self.demand = np.unique(heads, return_counts=True)
        self.filler = Filler(self.sizes, self.demand, room)
        self.patterns: list[Ints] = []
        self.matrix = np.zeros((0, len(self.sizes)), np.int64)  # of the patterns, brought up to date when asked for
        self.seen: set[bytes] = set()
        # Kept from one question to the next: with a pattern more, GLOP goes on from where it was.
        self.programme = pywraplp.Solver.CreateSolver("GLOP")
        self.rows = [self.programme.Constraint(0.0, self.programme.infinity()) for _ in self.sizes]
        self.used: list[Any] = []
        self.barred: Flags = np.zeros(0, np.bool_)  # patterns that hold more than is left
        self.programme.Objective().SetMinimization()
        for k, size in enumerate(self.sizes):
            # One alone is always among the patterns that do not hold more than is left.
            for count in (1, min(room // int(size), int(self.demand[k]))):
                single = np.zeros(len(self.sizes), np.int64)
                single[k] = count
                self._add(single)

    def offer(self, filled: list[Ints]) -> None:
        """Keep a packing of everybody, where it needs fewer slots than the best."""
        if len(filled) < self.known:
            self.found, self.known = filled, len(filled)

    def _add(self, pattern: Ints) -> bool:
        if (key := pattern.tobytes()) in self.seen:
            return False
        self.seen.add(key)
        self.patterns.append(pattern)
        variable = self.programme.NumVar(0.0, self.programme.infinity(), "")
        self.programme.Objective().SetCoefficient(variable, 1.0)
        for k in np.flatnonzero(pattern).tolist():
            self.rows[k].SetCoefficient(variable, float(pattern[k]))
        self.used.append(variable)
        return True

    def _bar(self, demand: Ints) -> None:
        """Take the patterns out of the linear programme that hold more than is left, and the others back in."""
        if len(self.matrix) < len(self.patterns):
            self.matrix = np.array(self.patterns)
        barred: Flags = np.any(self.matrix > demand, axis=1)
        before = np.concatenate([self.barred, np.zeros(len(barred) - len(self.barred), np.bool_)])
        for k in np.flatnonzero(barred != before).tolist():
            self.used[k].SetUb(0.0 if barred[k] else self.programme.infinity())
        self.barred = barred

    def generate(self, demand: Ints, enough: int) -> int:
        """Add patterns until none could help, or it is certain that `enough` slots or more are needed; returns the best
        bound on the slots for this demand on the way."""
        bound = 0
        self._bar(demand)
        for row, wanted in zip(self.rows, demand.tolist(), strict=True):
            row.SetLb(float(wanted))
        for _ in range(MOST_ROUNDS):
            value, worth = self._prices(demand)
            most, has_new = self._add_by(worth, demand)
            # No filling is worth more than `most`, so many slots are needed to hold what all are worth.
            bound = max(bound, -(-int(worth @ demand) // max(most, 1)))
            if bound >= enough or math.ceil(value - SURE) <= bound or not has_new or self.is_over():
                break
        return bound

    def _prices(self, demand: Ints) -> tuple[float, Ints]:
        """The slots in all where parts of a slot count as parts, and the price of each size as a whole number."""
        self.programme.Solve()
        price = np.maximum(0.0, [row.dual_value() for row in self.rows])
        return float(price @ demand), np.floor(price * ONE).astype(np.int64)

    def _add_by(self, worth: Ints, demand: Ints) -> tuple[int, bool]:
        """Fill slot after slot with what is worth most, as long as that helps; returns what the first is worth, and
        whether any pattern is new."""
        left, first, has_new = demand.copy(), 0, False
        while left.any():
            pattern, value = self.filler.best(left, worth)
            first = first or value
            if value < BETTER or self.is_over():
                break
            has_new |= self._add(pattern)
            left = left - pattern
        return first, has_new

    def used_parts(self) -> Floats:
        """How often each pattern is used, parts counting as parts."""
        self.programme.Solve()  # patterns may have come since
        return np.array([variable.solution_value() for variable in self.used])

    def shake(self, rng: random.Random) -> None:
        """Pack slot after slot by slightly other prices; every filling is kept for later."""
        self.generate(self.demand, self.known)
        _, worth = self._prices(self.demand)
        for k in range(SHAKEN_PACKINGS):
            if self.is_over():
                return
            shake = SHAKES[k % len(SHAKES)]
            # A little more for the large: of equals the fuller slot is better.
            other = [w * rng.uniform(1 - shake, 1 + shake) for w in worth.tolist()] + ONE / 100 * self.sizes / self.room
            self.pack_by(np.maximum(other.astype(np.int64), 1))

    def pack_by(self, worth: Ints) -> None:
        """Fill slot after slot with what is worth most of those left, and keep the packing and its patterns."""
        left, filled = self.demand.copy(), list[Ints]()
        while left.any():
            if self.is_over():
                return
            pattern, _ = self.filler.best(left, worth)
            self._add(pattern)
            filled.append(pattern)
            left = left - pattern
        self.offer(filled)

    def whole(self, seconds: float) -> None:
        """The fewest whole patterns of those found that hold everybody, by branch and bound for a while."""
        solved = milp(
            np.ones(len(self.patterns)),
            constraints=LinearConstraint(csc_array(np.array(self.patterns).T), lb=self.demand.astype(np.float64)),
            integrality=np.ones(len(self.patterns)),
            bounds=Bounds(0, np.inf),
            options={"node_limit": 200} | ({} if math.isinf(seconds) else {"time_limit": min(1.5, max(0.01, seconds))}),
        )
        if solved.x is not None:
            whole = np.round(solved.x).astype(int).tolist()
            self.offer(self._trimmed([p for p, n in zip(self.patterns, whole, strict=True) for _ in range(n)]))

    def dive(self, rng: random.Random | None, target: int) -> None:
        """Take the patterns the relaxation is surest of, and ask again for the rest. Where the rest then needs more
        slots than are left, go back and take the next; by chance now and then another."""
        path: list[tuple[Ints, list[Ints], int]] = []  # what was left, what was filled, which was taken
        demand, filled, skip, returns = self.demand.copy(), list[Ints](), 0, 0
        while not self.is_over():
            slots = target - len(filled)
            if not demand.any():
                return self.offer(filled)
            if slots <= 0 or self.generate(demand, slots + 1) > slots or skip > 3:
                if not path or returns >= MOST_RETURNS:
                    return None
                returns += 1
                demand, filled, skip = path.pop()
                continue
            chosen = self._surest(demand, slots, skip, rng)
            path.append((demand, filled, skip + 1))
            filled, skip = filled + chosen, 0
            for pattern in chosen:
                demand = demand - pattern
        return None

    def _surest(self, demand: Ints, slots: int, skip: int, rng: random.Random | None) -> list[Ints]:
        """The whole parts and the largest of what the relaxation uses, where many slots are left; else the largest one,
        of which `skip` are passed over. Each is filled up with who fits beside."""
        x = self.used_parts()
        order = np.argsort(-x, kind="stable")
        if rng is not None and not skip:
            near = [k for k in order[:4].tolist() if x[k] > 0.6 * x[order[0]]]
            order = np.concatenate([[rng.choice(near)], order])
        at_once = 1 if skip else max(1, slots // AT_ONCE)
        chosen = list[Ints]()
        for k in order[skip:].tolist():
            for _ in range(max(1, int(x[k] + SURE))):
                if len(chosen) >= at_once and x[k] < 1 - SURE:
                    return chosen
                if x[k] <= SURE or (self.patterns[k] > demand).any():
                    break
                pattern = self._filled_up(self.patterns[k], demand)
                chosen.append(pattern)
                demand = demand - pattern
                if len(chosen) >= slots:
                    return chosen
        return chosen

    def _filled_up(self, pattern: Ints, demand: Ints) -> Ints:
        """The pattern with the largest of the rest that fit beside."""
        pattern, room = pattern.copy(), self.room - int(pattern @ self.sizes)
        for k in range(len(self.sizes) - 1, -1, -1):
            if n := min(int(demand[k] - pattern[k]), room // int(self.sizes[k])):
                pattern[k] += n
                room -= n * int(self.sizes[k])
        return pattern

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
