"""The relaxation that is solved at once: single heads instead of whole cohorts, tiers and spread forgotten.

What is left is one min-cost flow: group -> (point, window and urgency) -> (point, slot) -> out. Its cost is a lower
bound of every plan, and where it sends most of a building is a good place to begin.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scheduling.planner.arrays import Arrays
from scheduling.planner.candidates import Floats, Ints, runs

# Costs become whole numbers for the solver, rounded down so that the bound stays one.
FINEST = 2_000_000
# Sums beyond this would not fit the solver's 64 bits.
LARGEST = 1e18


@dataclass(frozen=True)
class Flow:
    """`cost` bounds what all plans cost that use only slots below the limit, finish and spread aside; inf = there are
    none. `prefer` is the point that carries most of each group, -1 = none."""

    cost: float
    prefer: Ints

    @property
    def sent(self) -> bool:
        """Whether all heads found a way."""
        return bool(np.isfinite(self.cost))


class FlowModel:
    """The flow for one problem, to be solved for several last slots."""

    def __init__(self, arrays: Arrays, out: NDArray[np.bool_] | None = None) -> None:
        """`out` says of each cohort that it fits nowhere: such heads are in no plan and not counted here."""
        self.arrays = arrays
        a = arrays
        self.group = np.flatnonzero(np.diff(a.group_start) > 0)
        lead = a.group_start[self.group]
        coming = a.heads if out is None else np.where(out, 0, a.heads)
        self.heads = np.add.reduceat(coming, lead) if len(lead) else np.zeros(0, np.int64)
        urgency = a.early[lead] / a.heads[lead]
        keys = np.stack([a.first[lead].astype(np.float64), a.last[lead].astype(np.float64), urgency], axis=1)
        self.classes, kind = np.unique(keys, axis=0, return_inverse=True)
        self.kind = kind.reshape(-1)
        self.near, begins = runs(a.near_start, self.group)
        self.near_owner = np.repeat(np.arange(len(self.group)), np.diff(begins))

    @property
    def arcs(self) -> int:
        """About how many arcs there are."""
        points, slots = (int(n) for n in self.arrays.capacity.shape)
        kinds = len(self.classes)
        return len(self.near) + kinds * points * slots + points * slots + 2 * len(self.group) + kinds * points

    def solve(self, limit: int, spare: int) -> Flow | None:
        """With slots below `limit` only and `spare` heads free to stay away. None = the solver gave up."""
        from ortools.graph.python import min_cost_flow

        solver = min_cost_flow.SimpleMinCostFlow()
        tails, tips, room, cost, nodes = self._arcs(limit, spare)
        scale = self._scale(cost)
        if (
            float(self.heads.astype(np.float64).sum()) * max(float(np.abs(cost).max(initial=0)) * scale, nodes)
            > LARGEST
        ):
            return None
        whole = np.floor(cost * scale).astype(np.int64)
        arcs = solver.add_arcs_with_capacity_and_unit_cost(tails, tips, room, whole)
        supply = np.zeros(nodes, dtype=np.int64)
        supply[: len(self.heads)] = self.heads
        supply[nodes - 1] = -int(self.heads.sum())
        solver.set_nodes_supplies(np.arange(nodes), supply)
        status = solver.solve()
        if status == solver.INFEASIBLE:
            # Some have no way; where most of the others go is still a good place to begin.
            if limit < self.arrays.capacity.shape[1] or solver.solve_max_flow_with_min_cost() != solver.OPTIMAL:
                return Flow(np.inf, np.full(self.arrays.groups, -1, np.int64))
            return Flow(np.inf, self._preferred(solver.flows(arcs)))
        if status != solver.OPTIMAL:
            return None
        return Flow(solver.optimal_cost() / scale, self._preferred(solver.flows(arcs)))

    def _scale(self, cost: Floats) -> float:
        largest = float(np.abs(cost).max(initial=0)) or 1.0
        scale = 1.0
        while largest * scale * 10 <= FINEST:
            scale *= 10
        while largest * scale > FINEST * 100:
            scale /= 10
        return scale

    def _arcs(self, limit: int, spare: int) -> tuple[Ints, Ints, Ints, Floats, int]:
        """Tail, tip, room and cost of each arc; first those from groups to points. Nodes: groups, (kind, point),
        (point, slot), elsewhere of each kind, away, out."""
        a, n = self.arrays, len(self.heads)
        points, kinds = a.capacity.shape[0], len(self.classes)
        at_point, at_slot = n, n + kinds * points
        elsewhere = at_slot + points * limit
        away, out = elsewhere + kinds, elsewhere + kinds + 1
        capacity = a.capacity[:, :limit]
        total = capacity.sum(axis=1)
        share = np.where(total > 0, a.opening / np.maximum(total, 1), 0.0)
        all_heads = int(self.heads.sum())

        p, owner = a.near_point[self.near], self.near_owner
        tails, tips = [owner], [at_point + self.kind[owner] * points + p]
        room, cost = [self.heads[owner]], [a.near_cost[self.near] + share[p]]

        far = np.flatnonzero(np.isfinite(a.far_cost[self.group]))
        tails.append(far)
        tips.append(elsewhere + self.kind[far])
        room.append(self.heads[far])
        cost.append(a.far_cost[self.group][far])
        if len(far):
            k, q = np.divmod(np.arange(kinds * points), points)
            tails.append(elsewhere + k)
            tips.append(at_point + k * points + q)
            room.append(np.full(len(k), all_heads))
            cost.append(share[q])

        for number, (first, last, urgency) in enumerate(self.classes):
            slots = np.arange(int(first), min(int(last) + 1, limit))
            if len(slots):
                q, s = np.repeat(np.arange(points), len(slots)), np.tile(slots, points)
                is_open = capacity[q, s] > 0
                q, s = q[is_open], s[is_open]
                tails.append(at_point + number * points + q)
                tips.append(at_slot + q * limit + s)
                room.append(capacity[q, s])
                cost.append(urgency * a.times[s])

        q, s = np.nonzero(capacity > 0)
        tails.append(at_slot + q * limit + s)
        tips.append(np.full(len(q), out))
        room.append(capacity[q, s])
        cost.append(np.zeros(len(q)))
        if spare:
            tails += [np.arange(n), np.array([away])]
            tips += [np.full(n, away), np.array([out])]
            room += [np.minimum(self.heads, spare), np.array([spare])]
            cost += [np.zeros(n), np.zeros(1)]
        joined = [np.concatenate(part).astype(np.int64) for part in (tails, tips, room)]
        return joined[0], joined[1], np.minimum(joined[2], all_heads), np.concatenate(cost), out + 1

    def _preferred(self, flows: NDArray[np.int64]) -> Ints:
        """The point that carries most of each group; the cheaper one of equals."""
        carried = flows[: len(self.near)]
        prefer = np.full(self.arrays.groups, -1, dtype=np.int64)
        order = np.lexsort((np.arange(len(carried)), -carried, self.near_owner))
        owners, at = np.unique(self.near_owner[order], return_index=True)
        best = order[at]
        prefer[self.group[owners]] = np.where(carried[best] > 0, self.arrays.near_point[self.near[best]], -1)
        return prefer
