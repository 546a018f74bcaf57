"""Where each building may go: the points that its rules allow, cheapest first; of many points, the nearest ones."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from scheduling.planner.problem import Building, Problem, Together
from scheduling.planner.rules import ROUNDING

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
# Points, the cost of a head at each, and what a head costs at least at any point left out (inf = none is).
Near = tuple[Ints, Floats, float]

# Up to this many points a building may go anywhere; beyond, to its nearest ones.
FEW_POINTS = 24
NEAREST = 16


def pinned_only(near: Near, pin: int) -> Near:
    """The candidates of a single cohort: of a pinned one only its point."""
    points, costs, _ = near
    return (points[points == pin], costs[points == pin], np.inf) if pin >= 0 else near


def candidates(problem: Problem, nearest: int) -> list[Near]:
    """Of each building: points that the rules allow, the cost of a head at each, and what any left out costs at least."""
    finder = _PointFinder(problem, nearest)
    found: dict[int, Near] = {}
    if problem.walk is None and not finder.few and problem.weights.walk >= 0:  # else the nearest are not the cheapest
        found = _all_at_once(problem, nearest)
    return [found[k] if k in found else finder.of(k, b) for k, b in enumerate(problem.buildings)]


def _all_at_once(problem: Problem, nearest: int) -> dict[int, Near]:
    """The same for the usual buildings of a large problem, by a tree of the points of each tier."""
    found: dict[int, Near] = {}
    usual = [k for k, b in enumerate(problem.buildings) if b.points is None and not b.pinned]
    for tier in sorted({problem.buildings[k].tier for k in usual}):
        here = [k for k in usual if problem.buildings[k].tier == tier]
        points = np.array([k for k, p in enumerate(problem.points) if tier in p.serves], dtype=np.int64)
        if len(points) > nearest:
            found |= _nearest_of_tree(problem, here, points, nearest)
    return found


def _nearest_of_tree(problem: Problem, here: list[int], points: Ints, nearest: int) -> dict[int, Near]:
    from scipy.spatial import cKDTree

    weights, index = problem.weights, problem.point_index
    tree = cKDTree([(problem.points[p].x, problem.points[p].y) for p in points])
    metres, chosen = tree.query([(problem.buildings[k].x, problem.buildings[k].y) for k in here], k=nearest + 1)
    chosen = points[chosen]
    before = np.array([index.get(problem.previous.get(problem.buildings[k].id, ""), -1) for k in here])
    cost = weights.walk * metres + weights.move * ((chosen != before[:, None]) & (before >= 0)[:, None])
    rest = weights.walk * metres[:, -1] + min(0.0, weights.move) * (before >= 0)
    if problem.max_walk is not None:
        cost[metres > problem.max_walk * (1 + 0.999 * ROUNDING)] = np.inf
        rest[metres[:, -1] > problem.max_walk * (1 + ROUNDING)] = np.inf
    cost = cost[:, :-1]
    order = np.argsort(cost, axis=1, kind="stable")
    cost = np.take_along_axis(cost, order, axis=1)
    chosen = np.take_along_axis(chosen, order, axis=1)
    allowed = np.isfinite(cost).sum(axis=1)
    return {k: (chosen[row, : allowed[row]], cost[row, : allowed[row]], float(rest[row])) for row, k in enumerate(here)}


class _PointFinder:
    def __init__(self, problem: Problem, nearest: int) -> None:
        self.problem, self.nearest = problem, nearest
        self.few = len(problem.points) <= max(FEW_POINTS, nearest)
        self.position = np.array([(p.x, p.y) for p in problem.points], dtype=np.float64).reshape(-1, 2)
        self.serving: dict[str, Ints] = {}

    def of(self, k: int, building: Building) -> Near:
        problem, weights = self.problem, self.problem.weights
        points = self._within_rules(building)
        metres = self._metres(k, building, points)
        if problem.max_walk is not None:
            # Safe by a hair, as numpy and math may round a distance differently; a pinned place has been checked.
            close = metres <= problem.max_walk * (1 + 0.999 * ROUNDING)
            close |= np.isin(points, self._pinned(building))
            points, metres = points[close], metres[close]
        cost = weights.walk * metres
        previous = problem.previous.get(building.id)
        if previous is not None:
            cost = cost + weights.move * (points != problem.point_index[previous])
        order = np.argsort(cost, kind="stable")
        rest = np.inf
        if not self.few and building.points is None and len(points) > self.nearest:
            rest = float(cost[order[self.nearest]])
            is_pinned = np.isin(points[order], self._pinned(building))
            order = order[is_pinned | (np.arange(len(order)) < self.nearest)]
        return points[order], cost[order], rest

    def _within_rules(self, building: Building) -> Ints:
        problem = self.problem
        named = building.points
        if building.pinned and problem.together is Together.BUILDING:
            pins = {place[0] for place in building.pinned.values()}
            named = tuple(pins) if named is None else tuple(pins.intersection(named))
        if named is None:
            return self._serving(building.tier)
        index = {problem.point_index[name] for name in named}
        return np.array(sorted(k for k in index if building.tier in problem.points[k].serves), dtype=np.int64)

    def _serving(self, tier: str) -> Ints:
        if tier not in self.serving:
            serving = [k for k, point in enumerate(self.problem.points) if tier in point.serves]
            self.serving[tier] = np.array(serving, dtype=np.int64)
        return self.serving[tier]

    def _pinned(self, building: Building) -> Ints:
        return np.array([self.problem.point_index[place[0]] for place in building.pinned.values()], dtype=np.int64)

    def _metres(self, k: int, building: Building, points: Ints) -> Floats:
        if self.problem.walk is not None:
            return np.array(self.problem.walk[k], dtype=np.float64)[points]
        offset = self.position[points] - (building.x, building.y)
        return np.hypot(offset[:, 0], offset[:, 1])
