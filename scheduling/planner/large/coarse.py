"""A rough flow over everything, fast enough for a city: which neighbourhood sends how many to which point.

Groups with the same cheapest point and the same rules go as one; of times only the usual urgency is left. What it says
is no bound and no plan, but it sees what no single area sees: where room is wanting and how far the overflow has to go.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from scheduling.planner.arrays import Arrays
from scheduling.planner.candidates import Ints

# A group with fewer points than this is not mixed with those that have more.
FEW = 8
# Whole cohorts fill so much of a slot where room is short: what a rough flow may count on.
PACKED = 0.95
# Costs become whole numbers up to this for the solver; sums of them fit its 64 bits.
FINEST = 1_000_000


@dataclass(frozen=True)
class Coarse:
    """`cost` of the rough flow, finish aside; `missing` heads found no way; `carried` is what goes which way."""

    cost: float
    missing: int
    carried: Ints


class CoarseModel:
    """The rough flow of one problem, to be solved for several last slots."""

    def __init__(self, arrays: Arrays) -> None:
        self.arrays = a = arrays
        self.packed = PACKED
        counts = np.diff(a.group_start)
        self.heads = np.zeros(a.groups, np.int64)
        some = np.flatnonzero(counts > 0)
        self.heads[some] = np.add.reduceat(a.heads, a.group_start[some]) if len(some) else 0
        self.bundle = _bundles(a, some)
        self.bundles = int(self.bundle.max(initial=-1)) + 1
        owner = np.repeat(np.arange(a.groups), np.diff(a.near_start))
        points = len(a.opening)
        self.way, self.way_of_near = np.unique(self.bundle[owner] * points + a.near_point, return_inverse=True)
        self.way_of_near = self.way_of_near.reshape(-1)
        weight = self.heads[owner].astype(np.float64)
        self.room = np.bincount(self.way_of_near, weight, minlength=len(self.way))
        total = np.bincount(self.way_of_near, weight * a.near_cost, minlength=len(self.way))
        self.walk = total / np.maximum(self.room, 1)
        self.owner = owner

    def solve(self, limit: int) -> Coarse | None:
        """With slots below `limit` only. None = the solver gave up."""
        from ortools.graph.python import min_cost_flow

        a, points = self.arrays, len(self.arrays.opening)
        capacity = np.floor(a.capacity[:, :limit] * self.packed).astype(np.int64)
        share = a.opening / np.maximum(capacity.sum(axis=1), 1)
        p, s = np.nonzero(capacity > 0)
        early = a.early.sum() / max(1, a.heads.sum())
        out = self.bundles + points
        tails = np.concatenate([self.way // points, self.bundles + p])
        tips = np.concatenate([self.bundles + self.way % points, np.full(len(p), out)])
        room = np.concatenate([self.room.astype(np.int64), capacity[p, s]])
        cost = np.concatenate([self.walk + share[self.way % points], early * a.times[s]])
        solver = min_cost_flow.SimpleMinCostFlow()
        scale = FINEST / max(1e-9, float(np.abs(cost).max(initial=0)))
        arcs = solver.add_arcs_with_capacity_and_unit_cost(tails, tips, room, np.floor(cost * scale).astype(np.int64))
        supply = np.zeros(out + 1, np.int64)
        np.add.at(supply, self.bundle[self.bundle >= 0], self.heads[self.bundle >= 0])
        supply[out] = -supply.sum()
        solver.set_nodes_supplies(np.arange(out + 1), supply)
        if solver.solve_max_flow_with_min_cost() != solver.OPTIMAL:
            return None
        carried = solver.flows(arcs)[: len(self.way)]
        missing = int(self.heads.sum()) - int(solver.maximum_flow())
        return Coarse(solver.optimal_cost() / scale, missing, carried)

    def best_limit(self, is_over: Callable[[], bool]) -> tuple[int, Coarse | None]:
        """The last slot + 1 for which the flow and the finish together cost least, as far as there is time, and its
        flow. Cost falls with more slots, ever less; so it is enough to see where one less stops paying. The slots up to
        the last pin are used in any case."""
        high = len(self.arrays.slots)
        known: dict[int, Coarse | None] = {high: self.solve(high)}

        def total(limit: int) -> tuple[float, float]:
            if limit not in known:
                known[limit] = self.solve(limit)
            flow = known[limit]
            cost = math.inf if flow is None else flow.cost + self.arrays.finish * (self.arrays.times[limit - 1] + 1)
            return (math.inf if flow is None else flow.missing, cost)

        low = max(1, int(self.arrays.pin_slot.max(initial=-1)) + 1)
        middle = max(low, high - 1)  # most often the last slot is worth having
        while low < high and not is_over():
            if total(middle) < total(middle + 1):
                high = middle
            else:
                low = middle + 1
            middle = (low + high) // 2
        return high, known[high]

    def shared_out(self, carried: Ints) -> Ints:
        """A point for each group, -1 = none, so that about as many heads go each way as are carried: those to whom it
        matters most choose first."""
        a = self.arrays
        prefer = self._only_ways(carried)
        left = carried.astype(np.int64).tolist()
        cost = np.where(carried[self.way_of_near] > 0, a.near_cost, np.inf)
        order = np.flatnonzero(np.isfinite(cost) & (prefer[self.owner] < 0))
        order = order[np.lexsort((order, cost[order], self.owner[order]))]
        ways, costs = self.way_of_near[order].tolist(), cost[order].tolist()
        starts = np.searchsorted(self.owner[order], np.arange(a.groups + 1)).tolist()
        regret = [
            (costs[low] - costs[low + 1] if high - low > 1 else -1e300, g)
            for g, (low, high) in enumerate(pairwise(starts))
            if high > low
        ]
        points, heads = len(a.opening), self.heads.tolist()
        for _, g in sorted(regret):
            choice = ways[starts[g] : starts[g + 1]]
            way = next((w for w in choice if 2 * left[w] >= heads[g]), None)
            if way is None:
                way = max(choice, key=lambda w: left[w])
            left[way] -= heads[g]
            prefer[g] = self.way[way] % points
        return prefer

    def _only_ways(self, carried: Ints) -> Ints:
        """The point of each group whose bundle goes one way only; -1 = of the others."""
        points, used = len(self.arrays.opening), np.flatnonzero(carried > 0)
        ways = np.bincount(self.way[used] // points, minlength=self.bundles)
        only = np.full(self.bundles + 1, -1, np.int64)  # the last one stands for groups without a bundle
        single = used[ways[self.way[used] // points] == 1]
        only[self.way[single] // points] = self.way[single] % points
        goes = only[self.bundle]
        reached = np.zeros(self.arrays.groups, np.bool_)
        reached[self.owner[self.arrays.near_point == goes[self.owner]]] = True
        return np.where(reached, goes, -1)


def _bundles(a: Arrays, some: Ints) -> Ints:
    """The bundle of each group: same cheapest point, tier, and whether its points are few; -1 = nobody or nowhere."""
    choices = np.diff(a.near_start)[some]
    some = some[choices > 0]
    choices = choices[choices > 0]
    lead = a.group_start[some]
    keys = np.stack([a.near_point[a.near_start[some]], a.tier[lead], choices < FEW], axis=1)
    bundle = np.full(a.groups, -1, np.int64)
    if len(some):
        bundle[some] = np.unique(keys, axis=0, return_inverse=True)[1].reshape(-1)
    return bundle
