"""Where each building may go: the points that its rules allow, cheapest first; of many points, the nearest ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import repeat
from operator import attrgetter

import numpy as np
from numpy.typing import NDArray

from scheduling.planner.problem import Building, Point, Problem, Together
from scheduling.planner.rules import ROUNDING

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
# Points, the cost of a head at each, and what a head costs at least at any point left out (inf = none is).
Near = tuple[Ints, Floats, float]

# Up to this many points a building may go anywhere; beyond, to its nearest ones.
FEW_POINTS = 24
NEAREST = 16
# The tree of points is asked by so many threads; they change nothing about its answers.
THREADS = 2


@dataclass(frozen=True)
class Candidates:
    """What is `Near` of one, of all: `start` gives where the run of each begins, one entry more than there are."""

    start: Ints
    point: Ints
    cost: Floats
    rest: Floats  # of each: what a head costs at least at any point left out


@dataclass(frozen=True)
class _Table:
    """The same of the buildings `here`, a row for each; only so many of its entries are `allowed`."""

    here: Ints
    point: Ints
    cost: Floats
    allowed: Ints
    rest: Floats


def candidates(problem: Problem, nearest: int) -> Candidates:
    """Of each building: points that the rules allow, the cost of a head at each, and what any left out costs at least."""
    finder = _PointFinder(problem, nearest)
    tables: list[_Table] = []
    if problem.walk is None and not finder.few and problem.weights.walk >= 0:  # else the nearest are not the cheapest
        tables = _tables(problem, nearest)
    is_single = np.ones(len(problem.buildings), np.bool_)
    for table in tables:
        is_single[table.here] = False
    singles = {k: finder.of(k, problem.buildings[k]) for k in np.flatnonzero(is_single).tolist()}
    return _joined(len(problem.buildings), tables, singles)


def of_cohorts(near: Candidates, building: Ints, pin_point: Ints) -> Candidates:
    """The candidates of single cohorts, by the building and the pinned point (-1 = none) of each: of a pinned one only
    its point."""
    run, start = runs(near.start, building)
    owner = np.repeat(np.arange(len(building)), np.diff(start))
    keeps = (pin_point[owner] < 0) | (near.point[run] == pin_point[owner])
    run, owner = run[keeps], owner[keeps]
    rest = np.where(pin_point < 0, near.rest[building], np.inf)
    return Candidates(starts(np.bincount(owner, minlength=len(building))), near.point[run], near.cost[run], rest)


def starts(counts: Ints) -> Ints:
    """Where runs of these lengths begin, one after another, and where the last ends."""
    return np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(counts, dtype=np.int64)])


def runs(start: Ints, chosen: Ints) -> tuple[Ints, Ints]:
    """What stands in the chosen runs, one after another, and where each of them begins there."""
    counts = start[chosen + 1] - start[chosen]
    begins = starts(counts)
    inside = np.arange(int(begins[-1])) - np.repeat(begins[:-1], counts)
    return np.repeat(start[chosen], counts) + inside, begins


def _joined(count: int, tables: list[_Table], singles: dict[int, Near]) -> Candidates:
    """Those of the tables and the single ones, in the order of the buildings."""
    counts, rest = np.zeros(count, np.int64), np.full(count, np.inf)
    for table in tables:
        counts[table.here], rest[table.here] = table.allowed, table.rest
    for k, (points, _, far) in singles.items():
        counts[k], rest[k] = len(points), far
    start = starts(counts)
    point, cost = np.zeros(int(start[-1]), np.int64), np.zeros(int(start[-1]))
    for table in tables:
        column = np.arange(table.point.shape[1])
        is_allowed = column < table.allowed[:, None]
        at = (start[table.here][:, None] + column)[is_allowed]
        point[at], cost[at] = table.point[is_allowed], table.cost[is_allowed]
    for k, (points, costs, _) in singles.items():
        point[start[k] : start[k + 1]], cost[start[k] : start[k + 1]] = points, costs
    return Candidates(start, point, cost, rest)


def _tables(problem: Problem, nearest: int) -> list[_Table]:
    """Those of the usual buildings of a large problem, by a tree of the points of each tier."""
    usual: dict[str, list[int]] = {}
    for k, building in enumerate(problem.buildings):
        if building.points is None and not building.pinned:
            usual.setdefault(building.tier, []).append(k)
    tables, before = [], _points_before(problem)
    for tier, here in sorted(usual.items()):
        points = np.array([k for k, p in enumerate(problem.points) if tier in p.serves], dtype=np.int64)
        if len(points) > nearest:
            tables.append(_nearest_of_tree(problem, np.array(here, dtype=np.int64), points, before, nearest))
    return tables


def _nearest_of_tree(problem: Problem, here: Ints, points: Ints, before: Ints, nearest: int) -> _Table:
    from scipy.spatial import cKDTree

    weights = problem.weights
    tree = cKDTree(positions(problem.points)[points])
    metres, chosen = tree.query(positions(problem.buildings)[here], k=nearest + 1, workers=THREADS)
    chosen = points[chosen]
    cost = weights.walk * metres
    rest = cost[:, -1] + min(0.0, weights.move) * (before[here] >= 0)
    if problem.previous and weights.move:
        known = np.flatnonzero(before[here] >= 0)
        cost[known] += weights.move * (chosen[known] != before[here[known], None])
    if problem.max_walk is not None:
        cost[metres > problem.max_walk * (1 + 0.999 * ROUNDING)] = np.inf
        rest[metres[:, -1] > problem.max_walk * (1 + ROUNDING)] = np.inf
    cost, chosen = cost[:, :-1], chosen[:, :-1]
    # Mostly the nearest first is the cheapest first.
    odd = np.flatnonzero((cost[:, 1:] < cost[:, :-1]).any(axis=1))
    order = np.argsort(cost[odd], axis=1, kind="stable")
    cost[odd], chosen[odd] = (np.take_along_axis(part[odd], order, axis=1) for part in (cost, chosen))
    return _Table(here, chosen, cost, np.isfinite(cost).sum(axis=1), rest)


def positions(items: Sequence[Building] | Sequence[Point]) -> Floats:
    """Where they lie, [item, axis]."""
    columns = [np.fromiter(map(attrgetter(axis), items), np.float64, len(items)) for axis in ("x", "y")]
    return np.stack(columns, axis=1)


def _points_before(problem: Problem) -> Ints:
    """Where each building went last time, by the place in `points`; -1 = nothing is said of that."""
    if not problem.previous:
        return np.full(len(problem.buildings), -1, np.int64)
    names = map(problem.previous.get, map(attrgetter("id"), problem.buildings), repeat(""))
    return np.fromiter(map(problem.point_index.get, names, repeat(-1)), np.int64, len(problem.buildings))


class _PointFinder:
    def __init__(self, problem: Problem, nearest: int) -> None:
        self.problem, self.nearest = problem, nearest
        self.few = len(problem.points) <= max(FEW_POINTS, nearest)
        self.position = positions(problem.points)
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
