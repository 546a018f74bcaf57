"""Which candidates open, with how many lanes: a search over sets of candidates, each judged by a min-cost flow.

The flow sends single heads to open candidates with room, as near as it can; whether whole cohorts fit is then asked of
a plan. Sets are bettered by exchanging one candidate for another (Teitz and Bart 1968), most promising ones first.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from ortools.graph.python import min_cost_flow

from scheduling.planner.sizing.cover import Limits, needed_near
from scheduling.planner.sizing.ground import Ground, Lanes

# Exchanges judged by a flow in one pass, and passes for one set.
MOST_TRIED, MOST_PASSES = 14, 25
# Metres that stand for "nowhere".
NOWHERE = 1e7

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Key = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Sited:
    """Lanes of the open candidates, and the candidate of each group."""

    lanes: Lanes
    homes: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Judged:
    """A set with lanes. `short` = heads without room, `far` = heads too many beyond the walk; both 0 = it will do."""

    short: int
    far: int
    walk: float
    lanes: Lanes
    homes: tuple[int, ...]

    @property
    def merit(self) -> tuple[float, ...]:
        return self.short, self.far, self.walk


class Chooser:
    """Remembers the best set of each number of candidates: the next question begins there."""

    def __init__(self, ground: Ground, is_over: Callable[[], bool]) -> None:
        self.ground, self.is_over = ground, is_over
        self.heads = np.array([group.heads for group in ground.groups], dtype=np.int64)
        self.metres = np.full((len(ground.groups), ground.points), NOWHERE)
        for g, group in enumerate(ground.groups):
            for p, metres in group.metres.items():
                self.metres[g, p] = metres
        self.largest = np.array([group.largest for group in ground.groups], dtype=np.int64)
        self.windows = sorted({group.window for group in ground.groups})
        number = {window: k for k, window in enumerate(self.windows)}
        self.window_of = np.array([number[group.window] for group in ground.groups], dtype=np.int64)
        self.usual = float(self.metres[self.metres < NOWHERE].max(initial=1.0))
        self.kept: dict[tuple[float | None, int], Key] = {}

    def choose(self, limits: Limits, count: int, tightness: float = 1.0) -> Sited | None:
        """The best set found of just so many candidates; None = none was found that takes everybody."""
        guide = self._guide(limits)
        usable = [p for p in range(self.ground.points) if self._room(p, self.ground.most_lanes(p), limits.last) > 0]
        if count > len(usable):
            return None
        judge = _Judge(self, limits, guide, tightness)
        best = judge(self._start(guide, usable, (limits.walk, count)))
        for _ in range(MOST_PASSES):
            better = None if self.is_over() else self._exchange(judge, guide, usable, best)
            if better is None:
                break
            best = better
        self.kept[limits.walk, count] = tuple(sorted(best.lanes))
        return None if best.short or best.far else Sited(_trimmed(self.ground, limits, best, tightness), best.homes)

    def _guide(self, limits: Limits) -> Floats:
        """Metres, with a way round for what is beyond the walk."""
        if limits.walk is None:
            return self.metres
        beyond = self.metres > limits.walk * (1 + 1e-9)
        return np.where(beyond & (self.metres < NOWHERE), self.metres + 10 * self.usual, self.metres)

    def _room(self, p: int, lanes: int, last: int) -> int:
        return self.ground.room(p, lanes, last) if lanes else 0

    def _start(self, guide: Floats, usable: list[int], key: tuple[float | None, int]) -> Key:
        """The set known for this number; else that of one less or nothing, and what helps most, one after another."""
        walk, count = key
        known = self.kept.get(key) or self.kept.get((walk, count - 1)) or ()
        chosen = [p for p in known if p in usable]
        nearest = guide[:, chosen].min(axis=1) if chosen else np.full(len(self.heads), 10 * NOWHERE)
        while len(chosen) < count:
            costs = self.heads @ np.minimum(nearest[:, None], guide[:, usable])
            p = usable[min((k for k in range(len(usable)) if usable[k] not in chosen), key=lambda k: (costs[k], k))]
            chosen.append(p)
            nearest = np.minimum(nearest, guide[:, p])
        return tuple(sorted(chosen))

    def _exchange(self, judge: _Judge, guide: Floats, usable: list[int], best: Judged) -> Judged | None:
        """The best of the most promising exchanges of one candidate for another; None = none is better."""
        chosen = sorted(best.lanes)
        closed = [p for p in usable if p not in best.lanes]
        if not closed:
            return None
        promising: list[tuple[float, int, int]] = []
        for p in chosen:
            rest = [q for q in chosen if q != p]
            without = guide[:, rest].min(axis=1) if rest else np.full(len(self.heads), 10 * NOWHERE)
            costs = self.heads @ np.minimum(without[:, None], guide[:, closed])
            promising += [(float(cost), p, q) for cost, q in zip(costs, closed, strict=True)]
        found = best
        for _, p, q in sorted(promising)[:MOST_TRIED]:
            tried = judge(tuple(sorted({*chosen, q} - {p})))
            if tried.merit < found.merit:
                found = tried
        return None if found is best else found


class _Judge:
    """What sets are worth within some limits, remembered."""

    def __init__(self, chooser: Chooser, limits: Limits, guide: Floats, tightness: float) -> None:
        self.chooser, self.ground, self.limits = chooser, chooser.ground, limits
        self.guide, self.tightness = guide, tightness
        self.known: dict[Key, Judged] = {}

    def __call__(self, chosen: Key) -> Judged:
        if chosen not in self.known:
            near = self.guide[:, list(chosen)].argmin(axis=1)
            first = self._flow(self._lanes(chosen, tuple(chosen[k] for k in near.tolist())))
            again = self._flow(self._lanes(chosen, first.homes))
            self.known[chosen] = min((first, again), key=lambda judged: judged.merit)
        return self.known[chosen]

    def _lanes(self, chosen: Key, homes: Key) -> Lanes:
        """All lanes that the staff allow, each to where it would take longest; at least as many as the cohorts need."""
        ground, limits, staffing = self.ground, self.limits, self.ground.ask.staffing
        load = dict.fromkeys(chosen, 0)
        lanes = dict.fromkeys(chosen, 1)
        for group, p in zip(ground.groups, homes, strict=True):
            load[p] += group.heads
            while lanes[p] < ground.most_lanes(p) and not ground.fits(group, p, lanes[p], limits.last):
                lanes[p] += 1
        if limits.staff is None or not staffing.per_lane:
            return {p: ground.most_lanes(p) for p in chosen}
        left = (limits.staff - ground.staff(lanes)) // staffing.per_lane
        for _ in range(max(0, left)):
            growing = [p for p in chosen if lanes[p] < ground.most_lanes(p)]
            if not growing:
                break
            lanes[max(growing, key=lambda p: (load[p] / max(1, ground.room(p, lanes[p], limits.last)), -p))] += 1
        return lanes

    def _flow(self, lanes: Lanes) -> Judged:
        ground, limits = self.ground, self.limits
        heads, count = self.chooser.heads, len(ground.groups)
        if limits.staff is not None and ground.staff(lanes) > limits.staff:
            return Judged(ground.heads, 0, 0.0, lanes, (min(lanes),) * count)
        points = np.array(sorted(lanes), dtype=np.int64)
        room = [int(self.tightness * ground.room(int(p), lanes[int(p)], limits.last)) for p in points]
        metres = self.guide[:, points]
        allowed = metres < (NOWHERE if limits.share < 1 or limits.walk is None else 10 * self.chooser.usual)
        if ground.ask.cut is None:
            for k, p in enumerate(points.tolist()):
                slot = np.array([ground.largest_slot(p, lanes[p], w, limits.last) for w in self.chooser.windows])
                allowed[:, k] &= self.chooser.largest <= slot[self.chooser.window_of]
        who, where = np.nonzero(allowed)
        return self._sent(who, where, points, room, metres, lanes, heads)

    def _sent(
        self, who: Ints, where: Ints, points: Ints, room: list[int], metres: Floats, lanes: Lanes, heads: Ints
    ) -> Judged:
        """Groups 0..n-1, then points, then the sink; an arc from each group to the sink is for those without room."""
        count, limits = len(heads), self.limits
        sink = count + len(points)
        groups = np.arange(count)
        tails = np.concatenate([who, groups, count + np.arange(len(points))])
        tips = np.concatenate([count + where, np.full(count + len(points), sink)])
        most = np.concatenate([heads[who], heads, np.array(room, dtype=np.int64)])
        dear = np.full(count, round(100 * self.chooser.usual) + 1000)
        cost = np.concatenate([np.rint(metres[who, where]).astype(np.int64), dear, np.zeros(len(points), np.int64)])
        flow = min_cost_flow.SimpleMinCostFlow()
        arcs = flow.add_arcs_with_capacity_and_unit_cost(tails, tips, most, cost)
        flow.set_nodes_supplies(groups, heads)
        flow.set_node_supply(sink, -int(heads.sum()))
        status = flow.solve()
        assert status == flow.OPTIMAL, status
        carried = flow.flows(arcs)
        sent, short = carried[: len(who)], int(carried[len(who) : len(who) + count].sum())
        true = self.chooser.metres[who, points[where]]
        far = 0
        if limits.walk is not None and limits.share < 1:
            near = int(sent[true <= limits.walk * (1 + 1e-9)].sum())
            far = max(0, needed_near(self.ground, limits.share) - near)
        return Judged(short, far, float(sent @ true), lanes, _homes(who, points[where], sent, count, int(points[0])))


def _homes(who: Ints, points: Ints, sent: Any, count: int, usual: int) -> Key:
    """The candidate that most of each group goes to; of equals the first."""
    homes, most = [usual] * count, [-1] * count
    for g, p, heads in zip(who.tolist(), points.tolist(), sent.tolist(), strict=True):
        if heads > most[g]:
            homes[g], most[g] = p, heads
    return tuple(homes)


def loads(ground: Ground, homes: Key, lanes: Mapping[int, int]) -> dict[int, int]:
    """Heads sent to each open candidate."""
    load = dict.fromkeys(lanes, 0)
    for group, p in zip(ground.groups, homes, strict=True):
        load[p] += group.heads
    return load


def _trimmed(ground: Ground, limits: Limits, judged: Judged, tightness: float) -> Lanes:
    """As few lanes as take those who are sent there; candidates to which nobody is sent stay closed."""
    lanes, load = {}, loads(ground, judged.homes, judged.lanes)
    for p, found in sorted(judged.lanes.items()):
        members = [group for group, home in zip(ground.groups, judged.homes, strict=True) if home == p]
        enough = (
            n
            for n in range(1, found + 1)
            if tightness * ground.room(p, n, limits.last) >= load[p]
            and all(ground.fits(group, p, n, limits.last) for group in members)
        )
        if members:
            lanes[p] = next(enough, found)
    return lanes
