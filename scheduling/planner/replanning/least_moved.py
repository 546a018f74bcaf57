"""A proved lower bound on the heads that must be told another place: single heads in a min-cost flow.

Each head stays where it was told for nothing, or goes anywhere its rules allow, or stays away, for 1. What can stay in
a slot is bounded by subset sums first, as cohorts are never divided. Whatever the plan, no fewer heads move.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from scheduling.planner.arrays import Arrays, arrays_of
from scheduling.planner.candidates import Ints
from scheduling.planner.replanning.keeping import Day, Keepers

# Beyond so many arcs only those whose place is impossible are counted.
MOST_ARCS = 1_500_000


def least_moved(day: Day, keepers: Keepers, spare: int) -> int:
    """Heads that move in every plan which leaves at most `spare` heads unplaced."""
    heads = day.problem.heads
    pins = day.problem.pins
    staying = {cohort for cohort, place in day.told.items() if pins.get(cohort) == place}
    lost = sum(heads(c) for c in day.told if c not in keepers.possible and c not in staying)
    told = sum(heads(cohort) for cohort in keepers.possible)
    crowded = lost + told - sum(keepers.room.values())
    if not day.problem.points or not day.problem.cohort_ids:
        return crowded
    arrays = arrays_of(day.problem)
    return max(crowded, _Flow(day, keepers, arrays, spare).least() or 0)


@dataclass
class _Flow:
    """Nodes: free cohorts, groups, (kind, point), (point, slot), told places, elsewhere of each kind, away, out."""

    day: Day
    keepers: Keepers
    arrays: Arrays
    spare: int

    def least(self) -> int | None:
        """None = too large, or no flow."""
        from ortools.graph.python import min_cost_flow

        a = self.arrays
        if len(a.slots) != self.day.problem.slots:
            return None
        free = np.flatnonzero(a.pin_slot < 0)
        if not len(free):
            return 0
        windows = np.stack([a.first, a.last], axis=1)
        classes, kind = np.unique(windows, axis=0, return_inverse=True)
        points, slots = a.capacity.shape
        if len(classes) * points * slots + len(a.near_point) > MOST_ARCS:
            return None
        arcs = self._arcs(free, classes, kind.reshape(-1))
        tails, tips, room, cost, nodes = arcs
        solver = min_cost_flow.SimpleMinCostFlow()
        solver.add_arcs_with_capacity_and_unit_cost(tails, tips, room, cost)
        supply = np.zeros(nodes, dtype=np.int64)
        supply[: len(free)] = a.heads[free]
        supply[nodes - 1] = -int(a.heads[free].sum())
        solver.set_nodes_supplies(np.arange(nodes), supply)
        return int(solver.optimal_cost()) if solver.solve() == solver.OPTIMAL else None

    def _arcs(self, free: Ints, classes: Ints, kind: Ints) -> tuple[Ints, Ints, Ints, Ints, int]:
        a, problem = self.arrays, self.day.problem
        points, slots = a.capacity.shape
        kinds, total = len(classes), int(a.heads[free].sum())
        at_group = len(free)
        at_point = at_group + a.groups
        at_slot = at_point + kinds * points
        at_told = at_slot + points * slots
        told = {place: k for k, place in enumerate(self.keepers.room)}
        elsewhere = at_told + len(told)
        away, out = elsewhere + kinds, elsewhere + kinds + 1
        names = [a.cohorts[c] for c in free]
        counts = np.array([name in self.day.told for name in names], dtype=np.int64)
        arcs: list[tuple[Ints, Ints, Ints, Ints]] = []

        def add(tail: Ints, tip: Ints, room: Ints | int, cost: Ints | int = 0) -> None:
            shape = np.zeros(len(tail), dtype=np.int64)
            arcs.append((tail, np.asarray(tip) + shape, np.asarray(room) + shape, np.asarray(cost) + shape))

        own = np.arange(len(free))
        add(own, at_group + a.group[free], a.heads[free], counts)
        if self.spare:
            add(own, np.array(away), a.heads[free], counts)
            add(np.array([away]), np.array(out), self.spare)
        stay = np.array([k for k, name in enumerate(names) if name in self.keepers.possible], dtype=np.int64)
        where = np.array([told[self.keepers.possible[names[k]]] for k in stay], dtype=np.int64)
        add(stay, at_told + where, a.heads[free][stay])
        index = np.array([problem.point_index[p] * slots + s for p, s in told], dtype=np.int64)
        add(at_told + np.arange(len(told)), at_slot + index, np.array(list(self.keepers.room.values()), dtype=np.int64))

        lead = np.minimum(a.group_start[:-1], len(a.heads) - 1)
        owner = np.repeat(np.arange(a.groups), np.diff(a.near_start))
        add(at_group + owner, at_point + kind[lead][owner] * points + a.near_point, total)
        far = np.flatnonzero(np.isfinite(a.far_cost))
        add(at_group + far, elsewhere + kind[lead][far], total)
        k, q = np.divmod(np.arange(kinds * points), points)
        add(elsewhere + k, at_point + k * points + q, total)
        for number, (first, last) in enumerate(classes):
            within = np.arange(int(first), int(last) + 1)
            q, s = np.repeat(np.arange(points), len(within)), np.tile(within, points)
            add(at_point + number * points + q, at_slot + q * slots + s, total)
        room = a.capacity.reshape(-1).copy()
        for (point, slot), load in self.day.fixed_load.items():
            room[problem.point_index[point] * slots + slot] -= load
        add(at_slot + np.arange(points * slots), np.array(out), room)
        parts = [np.concatenate(part).astype(np.int64) for part in zip(*arcs, strict=True)]
        return parts[0], parts[1], parts[2], parts[3], out + 1
