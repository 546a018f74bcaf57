"""How many heads must stay unplaced at least, where few buildings compete for few points.

Every way of sending the buildings to points is looked at, as far as it could leave fewer heads out than the plan at
hand. What a point cannot take of its buildings is bounded by fillings of slots with whole cohorts: a linear programme
over patterns (Gilmore and Gomory 1961), whose prices give a bound in whole numbers. Tiers and pins are forgotten.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import numpy as np
from ortools.linear_solver import pywraplp

from scheduling.planner.arrays import Arrays
from scheduling.planner.bounds.fillings import LARGEST_SLOT, Filler
from scheduling.planner.candidates import Ints

MOST_GROUPS, MOST_POINTS, MOST_COHORTS, MOST_SLOTS = 12, 8, 1_000, 500
# Prices are whole numbers of this part of a head.
PART = 1 << 20
# Columns are added so often at most; whatever the prices are then, the bound holds.
MOST_TURNS = 200
# Sets of buildings that are looked at for a point, in all.
MOST_SETS = 3_000


def can_count(a: Arrays) -> bool:
    """Whether there are so few that it is worth a try."""
    points, slots = a.capacity.shape
    is_small = a.groups <= MOST_GROUPS and points <= MOST_POINTS and slots <= MOST_SLOTS
    return is_small and len(a.heads) <= MOST_COHORTS and not np.isfinite(a.far_cost).any() and _has_small_slots(a)


def _has_small_slots(a: Arrays) -> bool:
    return bool(a.capacity.max(initial=0) <= LARGEST_SLOT and a.heads.max(initial=0) <= LARGEST_SLOT)


def fewest_unplaced(a: Arrays, known: int, is_over: Callable[[], bool]) -> int:
    """So many heads at least stay unplaced in every plan; 0 where time ran out. There is a plan that leaves out `known`,
    so the answer is never more."""
    return _Sending(a, known, is_over).fewest()


class _Sending:
    """Sends one building after another to each of its points in turn, and turns back where too many are left out."""

    def __init__(self, a: Arrays, known: int, is_over: Callable[[], bool]) -> None:
        self.a, self.best, self.is_over = a, known, is_over
        heads = [int(a.heads[a.group_start[g] : a.group_start[g + 1]].sum()) for g in range(a.groups)]
        self.order = sorted(range(a.groups), key=lambda g: -heads[g])
        self.left_out: dict[tuple[bytes, tuple[int, ...]], int] = {}
        self.has_stopped = False

    def fewest(self) -> int:
        self._send(0, [()] * len(self.a.capacity), 0)
        return 0 if self.has_stopped else self.best

    def _send(self, k: int, sets: list[tuple[int, ...]], left: int) -> None:
        """The k-th building of the order; `sets` are the buildings of each point so far, which leave out `left`."""
        if left >= self.best or self.has_stopped:
            return
        if k == len(self.order):
            self.best = left
            return
        g, a = self.order[k], self.a
        near = a.near_point[a.near_start[g] : a.near_start[g + 1]].tolist()
        if not near:
            self._send(k + 1, sets, left + int(a.heads[a.group_start[g] : a.group_start[g + 1]].sum()))
        found = []
        for p in near:
            more = tuple(sorted((*sets[p], g)))
            found.append((left - self._left_out(p, sets[p]) + self._left_out(p, more), p, more))
        for then, p, more in sorted(found):
            self._send(k + 1, [*sets[:p], more, *sets[p + 1 :]], then)

    def _left_out(self, p: int, groups: tuple[int, ...]) -> int:
        """Heads of these groups that point p cannot take, at least; remembered for points of equal capacity."""
        key = (self.a.capacity[p].tobytes(), groups)
        if key not in self.left_out:
            self.has_stopped = self.has_stopped or len(self.left_out) >= MOST_SETS or self.is_over()
            self.left_out[key] = 0 if self.has_stopped or not groups else left_out(self.a, p, groups)
        return self.left_out[key]


def left_out(a: Arrays, p: int, groups: tuple[int, ...]) -> int:
    """Heads of these groups that point p cannot take, at least."""
    cohorts = np.concatenate([np.arange(a.group_start[g], a.group_start[g + 1]) for g in groups])
    return int(a.heads[cohorts].sum()) - _Patterns(a, p, cohorts).most_placed()


class _Patterns:
    """The linear programme over fillings of the slots of one point: which cohorts of a kind (heads and window) are called
    in how many slots of a kind (capacity and who may be called)."""

    def __init__(self, a: Arrays, p: int, cohorts: Ints) -> None:
        kinds = Counter((int(a.heads[c]), int(a.first[c]), int(a.last[c])) for c in cohorts)
        self.heads = np.array([kind[0] for kind in kinds], np.int64)
        self.demand = np.array(list(kinds.values()), np.int64)
        slots = Counter(
            (int(room), tuple(k for k, (_, first, last) in enumerate(kinds) if first <= s <= last))
            for s, room in enumerate(a.capacity[p])
        )
        self.slots = [(np.array(here, np.int64), room, n) for (room, here), n in slots.items() if room and here]
        self.fillers = [Filler(self.heads[here], self.demand[here], room) for here, room, _ in self.slots]
        self.solver = pywraplp.Solver.CreateSolver("GLOP")
        self.rows = [self.solver.Constraint(0, int(n)) for n in self.demand]
        self.counts = [self.solver.Constraint(0, n) for _, _, n in self.slots]
        self.solver.Objective().SetMaximization()

    def most_placed(self) -> int:
        """No more heads find a slot."""
        price, value = np.zeros(len(self.heads)), np.zeros(len(self.slots))
        most = int(self.heads @ self.demand)
        for _ in range(MOST_TURNS):
            bound, is_new = self._fill(price, value)
            most = min(most, bound)
            if not is_new:
                break
            self.solver.Solve()
            price = np.array([row.dual_value() for row in self.rows])
            value = np.array([count.dual_value() for count in self.counts])
        return most

    def _fill(self, price: np.ndarray, value: np.ndarray) -> tuple[int, bool]:
        """The bound that these prices of cohorts give, and whether there was a filling worth more than its slot."""
        whole = np.maximum(0, np.round(price * PART)).astype(np.int64)
        total, is_new = int(whole @ self.demand), False
        for k, (here, _, n) in enumerate(self.slots):
            pattern, worth = self.fillers[k].best(self.demand[here], self.heads[here] * PART - whole[here])
            total += n * worth
            if worth > (value[k] + 1e-6) * PART:
                self._add(k, here, pattern)
                is_new = True
        return total // PART, is_new

    def _add(self, k: int, here: Ints, pattern: Ints) -> None:
        column = self.solver.NumVar(0, self.solver.infinity(), "")
        self.solver.Objective().SetCoefficient(column, float(self.heads[here] @ pattern))
        self.counts[k].SetCoefficient(column, 1)
        for i in np.flatnonzero(pattern).tolist():
            self.rows[int(here[i])].SetCoefficient(column, int(pattern[i]))
