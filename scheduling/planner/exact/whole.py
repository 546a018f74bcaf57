"""The whole problem as a 0-1 model for CP-SAT: for small ones, started from the search and bounded by the flow.

x[cohort, point, slot] = placed there; y[group, point] = the group goes there; u[cohort] = unplaced.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from ortools.sat.python import cp_model

from scheduling.planner.arrays import Arrays
from scheduling.planner.candidates import Ints

# CP-SAT counts in whole numbers; costs are multiplied until their parts are, or so large as this.
LARGEST_COST = 10**12
# A cost so near a whole number is one: heads x (metres / heads) comes out a hair beside it.
NEARLY = 1e-8


@dataclass(frozen=True)
class Solved:
    """`slot` and `point` of the best found, None = nothing found; `bound` is of what the model minimises."""

    point: Ints | None
    slot: Ints | None
    bound: float | None
    is_proved: bool


def can_model(a: Arrays) -> bool:
    """Whether the model says the same as the problem: points and slots that are left out of the arrays, negative spread
    and heads beyond its whole numbers it does not know."""
    heads = float(a.heads.astype(np.float64).sum())
    is_whole = bool(np.isinf(a.far_cost).all()) and not a.are_slots_cut
    return is_whole and a.spread >= 0 and heads < LARGEST_COST and bool((a.times == np.arange(len(a.times))).all())


class Model:
    """All plans that leave out at most `most_unplaced` heads; minimises their number where `counts_heads`, else what
    they cost. `floor` is a bound on the cost that is known already."""

    def __init__(
        self, a: Arrays, most_unplaced: int, *, counts_heads: bool = False, floor: float | None = None
    ) -> None:
        self.a, self.most_unplaced = a, most_unplaced
        self.model = cp_model.CpModel()
        self.cost: list[tuple[cp_model.LinearExprT, float]] = []
        self.x: dict[tuple[int, int, int], cp_model.IntVar] = {}
        self.y: dict[tuple[int, int], cp_model.IntVar] = {}
        self.u: dict[int, cp_model.IntVar] = {}
        self._places()
        self._rooms()
        if counts_heads:
            self.cost = [(u, float(a.heads[c])) for c, u in self.u.items()]
        else:
            self._finish()
            self._spread()
        self.rounding = 0.0
        self.scale = self._objective(floor)

    def _places(self) -> None:
        a, m = self.a, self.model
        for g in range(a.groups):
            low, high = int(a.group_start[g]), int(a.group_start[g + 1])
            near = range(int(a.near_start[g]), int(a.near_start[g + 1]))
            for k in near:
                self.y[g, int(a.near_point[k])] = m.new_bool_var("")
            if len(near) and high > low:
                m.add_at_most_one([self.y[g, int(a.near_point[k])] for k in near])
            for c in range(low, high):
                self._cohort(c, g, near)

    def _cohort(self, c: int, g: int, near: range) -> None:
        a, m = self.a, self.model
        heads, everywhere = int(a.heads[c]), []
        for k in near:
            p, here = int(a.near_point[k]), []
            for s in range(int(a.first[c]), int(a.last[c]) + 1):
                pinned = a.pin_slot[c] >= 0 and (p, s) != (a.pin_point[c], a.pin_slot[c])
                if a.capacity[p, s] < heads or pinned:
                    continue
                self.x[c, p, s] = x = m.new_bool_var("")
                here.append(x)
                self.cost.append((x, float(a.near_cost[k]) * heads + float(a.early[c] * a.times[s])))
            everywhere += here
            if here:
                m.add(sum(here) <= self.y[g, p])
        if a.pin_slot[c] >= 0 or not self.most_unplaced:
            m.add_exactly_one(everywhere)
        else:
            self.u[c] = m.new_bool_var("")
            m.add_exactly_one([*everywhere, self.u[c]])

    def _rooms(self) -> None:
        """Capacity, tiers apart, and opening: a used point's slots are tied to its opening."""
        a, m = self.a, self.model
        at: dict[tuple[int, int], list[int]] = {}
        for c, p, s in self.x:
            at.setdefault((p, s), []).append(c)
        opened: dict[int, cp_model.IntVar] = {}
        for p in {p for p, _ in at if a.opening[p] != 0}:
            opened[p] = m.new_bool_var("")
            self.cost.append((opened[p], float(a.opening[p])))
            users = [y for (_, q), y in self.y.items() if q == p]
            for y in users:
                m.add_implication(y, opened[p])
            if a.opening[p] < 0:
                m.add(sum(x for (_, q, _), x in self.x.items() if q == p) >= opened[p])
        for (p, s), cohorts in at.items():
            load = sum(int(a.heads[c]) * self.x[c, p, s] for c in cohorts)
            m.add(load <= int(a.capacity[p, s]) * opened[p] if p in opened else load <= int(a.capacity[p, s]))
            tiers = sorted({int(a.tier[c]) for c in cohorts})
            if len(tiers) > 1:
                held = {tier: m.new_bool_var("") for tier in tiers}
                m.add_at_most_one(held.values())
                for c in cohorts:
                    m.add_implication(self.x[c, p, s], held[int(a.tier[c])])

    def _finish(self) -> None:
        a, m = self.a, self.model
        if not a.finish:
            return
        # busy[s] = some slot from s on is used; its steps add up to the last slot.
        slots = sorted({s for _, _, s in self.x})
        later: cp_model.IntVar | None = None
        busy = {s: m.new_bool_var("") for s in slots}
        for s in reversed(slots):
            for (_, _, t), x in self.x.items():
                if t == s:
                    m.add_implication(x, busy[s])
            if later is not None:
                m.add_implication(later, busy[s])
            if a.finish < 0:
                used = [x for (_, _, t), x in self.x.items() if t >= s]
                m.add(sum(used) >= busy[s])
            later = busy[s]
        before = 0.0
        for s in slots:
            self.cost.append((busy[s], a.finish * (float(a.times[s]) + 1 - before)))
            before = float(a.times[s]) + 1

    def _spread(self) -> None:
        """Per building: reached[s] = some cohort is called at s or before, coming[s] = at s or after; the slots that
        lie between are those where both hold."""
        a, m = self.a, self.model
        if not a.spread:
            return
        by_building: dict[int, dict[int, list[cp_model.IntVar]]] = {}
        for (c, _, s), x in self.x.items():
            by_building.setdefault(int(a.building[c]), {}).setdefault(s, []).append(x)
        for b, used in by_building.items():
            if a.building_start[b + 1] - a.building_start[b] < 2:
                continue
            first, last = m.new_int_var(0, len(a.times), ""), m.new_int_var(0, len(a.times), "")
            for s, xs in used.items():
                for x in xs:
                    m.add(first <= s).only_enforce_if(x)
                    m.add(last >= s).only_enforce_if(x)
            m.add(last >= first)
            self.cost.append((last - first, a.spread))

    def _objective(self, floor: float | None) -> float:
        """Costs as whole numbers; returns what they were multiplied by."""
        largest = max((abs(cost) for _, cost in self.cost), default=1.0) or 1.0
        scale = min(1.0, LARGEST_COST / largest)
        while scale * largest * 10 <= LARGEST_COST and not self._is_whole(scale):
            scale *= 10
        total = sum(term * round(cost * scale) for term, cost in self.cost)
        self.model.minimize(total)
        if self.u:
            self.model.add(sum(int(self.a.heads[c]) * u for c, u in self.u.items()) <= self.most_unplaced)
        self.rounding = len(self.cost) * (NEARLY if self._is_whole(scale) else 1.0) / scale
        if floor is not None:
            self.model.add(total >= int((floor - self.rounding) * scale * (1 - 1e-9)) - 1)
        return scale

    def _is_whole(self, scale: float) -> bool:
        return all(abs(cost * scale - round(cost * scale)) <= NEARLY for _, cost in self.cost)

    def hint(self, point: Ints, slot: Ints) -> None:
        a = self.a
        for (c, p, s), x in self.x.items():
            self.model.add_hint(x, int(slot[c] == s and point[a.group[c]] == p))
        for (g, p), y in self.y.items():
            self.model.add_hint(y, int(point[g] == p))
        for c, u in self.u.items():
            self.model.add_hint(u, int(slot[c] < 0))

    def solve(
        self, *, seconds: float | None, effort: float | None, seed: int, should_stop: Callable[[], bool]
    ) -> Solved:
        """Until proved, stopped, or `seconds` (two threads) or `effort` (one thread, reproducible) is used up."""
        solver = cp_model.CpSolver()
        solver.parameters.random_seed = seed % 2**31
        solver.parameters.num_workers = 2 if effort is None else 1
        if effort is not None:
            solver.parameters.max_deterministic_time = effort
        if seconds is not None:
            solver.parameters.max_time_in_seconds = max(0.01, seconds)
        over = threading.Event()
        watcher = threading.Thread(target=_stop_when, args=(should_stop, over, solver), daemon=True)
        watcher.start()
        try:
            status = solver.solve(self.model)
        finally:
            over.set()
            watcher.join()
        if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            return Solved(None, None, None, False)
        point = np.full(self.a.groups, -1, np.int64)
        slot = np.full(len(self.a.heads), -1, np.int64)
        for (c, p, s), x in self.x.items():
            if solver.boolean_value(x):
                point[self.a.group[c]], slot[c] = p, s
        bound = solver.best_objective_bound / self.scale - self.rounding
        return Solved(point, slot, bound, status == cp_model.OPTIMAL)


def _stop_when(should_stop: Callable[[], bool], over: threading.Event, solver: cp_model.CpSolver) -> None:
    while not over.wait(0.05):
        if should_stop():
            solver.stop_search()
