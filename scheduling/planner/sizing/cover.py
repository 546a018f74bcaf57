"""What every choice needs at least: a small 0-1 model of which candidates open and with how many lanes, for HiGHS.

It forgets who goes where, and keeps what must hold whoever does: everybody has an open candidate within reach, the
rooms add up (for all, and for those who can go to some candidates or in some slots only), the staff suffice. So what
it proves holds for every plan.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scheduling.planner.sizing.ground import Ground

Floats = NDArray[np.float64]

# More sets of reachable candidates, or more windows, than this are not counted against their heads one by one.
MOST_SETS = 150
# HiGHS keeps its constraints to 1e-6; a bound must clear a whole number by more than that to count.
NEARLY = 1e-4


@dataclass(frozen=True, slots=True)
class Limits:
    """What a choice must keep: staff at most, last slot, metres for a share of the heads."""

    last: int
    staff: int | None = None
    walk: float | None = None
    share: float = 1.0


@dataclass(frozen=True, slots=True)
class Effort:
    """Of one bound: wall time, or a reproducible number of nodes."""

    seconds: float | None
    nodes: int | None


@dataclass(frozen=True, slots=True)
class Covered:
    """`bound` is proved; `is_impossible` = proved that no choice keeps the limits."""

    bound: int
    is_impossible: bool = False


class Cover:
    """Variables: for each candidate whether it is open, then its lanes; with a share, then for each set of candidates
    within the walk whether the heads that have just these keep it."""

    def __init__(self, ground: Ground, limits: Limits, *, takes_all: bool = True) -> None:
        self.ground, self.limits, self.points = ground, limits, ground.points
        self.rows: list[tuple[dict[int, float], float]] = []  # {variable: factor}, at least so much
        self.most = [1.0] * self.points + [float(self._most_lanes(p)) for p in range(self.points)]
        for p in range(self.points):
            self._at_least({self._lanes(p): 1, p: -1}, 0)
            self._at_least({p: self.most[self._lanes(p)], self._lanes(p): -1}, 0)
        if limits.staff is not None:
            self._at_least({k: -v for k, v in self._staff().items()}, -limits.staff)
        if takes_all:
            self._reach()
            self._windows()

    def fewest_points(self, effort: Effort) -> Covered:
        return self._least(dict.fromkeys(range(self.points), 1.0), effort)

    def fewest_lanes(self, effort: Effort) -> Covered:
        return self._least({self._lanes(p): 1.0 for p in range(self.points)}, effort)

    def fewest_staff(self, effort: Effort) -> Covered:
        return self._least(self._staff(), effort)

    def is_possible(self, effort: Effort) -> bool:
        """False only where it is proved that no choice keeps the limits."""
        return not self._least({}, effort).is_impossible

    def most_heads(self, effort: Effort) -> int:
        """No choice within the limits takes more."""
        room = {v: -factor for v, factor in self._room(range(self.points)).items()}
        return -self._least(room, effort).bound

    def _lanes(self, p: int) -> int:
        return self.points + p

    def _most_lanes(self, p: int) -> int:
        """Lanes beyond which nobody more is taken."""
        room, most = self.ground.room, self.ground.most_lanes(p)
        everything = room(p, most, self.limits.last, is_bound=True) if most else 0
        return next((n for n in range(1, most + 1) if room(p, n, self.limits.last, is_bound=True) >= everything > 0), 0)

    def _staff(self) -> dict[int, float]:
        staffing = self.ground.ask.staffing
        of_points: dict[int, float] = dict.fromkeys(range(self.points), staffing.per_point)
        return of_points | {self._lanes(p): staffing.per_lane for p in range(self.points)}

    def _room(self, points: range | frozenset[int], first: int = 0, last: int | None = None) -> dict[int, float]:
        """Heads by lanes: of each candidate the most that any lane of it adds on average."""
        until = self.limits.last if last is None else min(last, self.limits.last)
        return {
            self._lanes(p): max(
                (
                    self.ground.room(p, n, until, first=first, is_bound=True) / n
                    for n in range(1, int(self.most[self._lanes(p)]) + 1)
                ),
                default=0.0,
            )
            for p in sorted(points)
        }

    def _at_least(self, factors: dict[int, float], bound: float) -> None:
        self.rows.append((factors, bound))

    def _reach(self) -> None:
        limits = self.limits
        heads: dict[frozenset[int], int] = {}
        near: dict[frozenset[int], int] = {}
        needs: set[tuple[tuple[int, int], ...]] = set()
        for group in self.ground.groups:
            self.ground.check()
            lanes = {
                p: n
                for p in group.near(limits.walk if limits.share >= 1 else None)
                if (n := self.ground.lanes_for(group, p, limits.last))
            }
            reach = frozenset(lanes)
            heads[reach] = heads.get(reach, 0) + group.heads
            needs.add(tuple(sorted(lanes.items())))
            if limits.share < 1 and limits.walk is not None:
                within = reach & set(group.near(limits.walk))
                near[within] = near.get(within, 0) + group.heads
        for reach in _smallest(heads):
            self._at_least(dict.fromkeys(sorted(reach), 1.0), 1)
        for lanes_of in sorted(needs):
            # Open with as many lanes as the largest cohort needs, a candidate counts 1 at least.
            if any(n > 1 for _, n in lanes_of):
                self._at_least({self._lanes(p): 1 / n for p, n in lanes_of}, 1)
        self._share_near(near)
        self._rooms_of_sets(heads)

    def _share_near(self, near: dict[frozenset[int], int]) -> None:
        if not near:
            return
        kept: dict[int, float] = {}
        for within in sorted(near, key=sorted):
            self.most.append(1.0)
            self._at_least({**dict.fromkeys(sorted(within), 1.0), len(self.most) - 1: -1.0}, 0)
            kept[len(self.most) - 1] = near[within]
        self._at_least(kept, needed_near(self.ground, self.limits.share))

    def _rooms_of_sets(self, heads: dict[frozenset[int], int]) -> None:
        """Who can go to these candidates alone must find room there."""
        self._at_least(self._room(range(self.points)), self.ground.heads)
        for reach in sorted(heads, key=lambda reach: (len(reach), sorted(reach)))[:MOST_SETS]:
            inside = sum(count for other, count in heads.items() if other <= reach)
            self._at_least(self._room(reach), inside)

    def _windows(self) -> None:
        """Who may be called in these slots alone must find room in them."""
        for first, last in sorted({group.window for group in self.ground.groups})[:MOST_SETS]:
            inside = sum(g.heads for g in self.ground.groups if first <= g.window[0] and g.window[1] <= last)
            self._at_least(self._room(range(self.points), first, last), inside)

    def _least(self, what: dict[int, float], effort: Effort) -> Covered:
        self.ground.check()
        from scipy.optimize import Bounds, LinearConstraint, milp
        from scipy.sparse import csr_array

        cost = np.zeros(len(self.most))
        for v, factor in what.items():
            cost[v] = factor
        entries = [(k, v, factor) for k, (factors, _) in enumerate(self.rows) for v, factor in factors.items()]
        at = ([k for k, _, _ in entries], [v for _, v, _ in entries])
        matrix = csr_array(([f for _, _, f in entries], at), shape=(len(self.rows), len(self.most)))
        lower = np.array([bound for _, bound in self.rows], dtype=np.float64)
        options: dict[str, float] = {}
        if effort.seconds is not None:
            options["time_limit"] = max(0.05, effort.seconds)
        if effort.nodes is not None:
            options["node_limit"] = effort.nodes
        found = milp(
            cost,
            integrality=np.ones(len(self.most)),
            bounds=Bounds(np.zeros(len(self.most)), np.array(self.most)),
            constraints=LinearConstraint(matrix, lower, np.inf),
            options=options,
        )
        if found.status == INFEASIBLE:
            return Covered(0, True)
        bound = found.mip_dual_bound if found.mip_dual_bound is not None else -math.inf
        floor = sum(min(0.0, factor) * self.most[v] for v, factor in what.items())
        bound = max(floor, bound if math.isfinite(bound) else -math.inf)
        return Covered(math.ceil(bound - NEARLY * max(1.0, abs(bound))))


INFEASIBLE = 2  # as scipy 1.11 numbers what milp answers


def _smallest(sets: dict[frozenset[int], int]) -> list[frozenset[int]]:
    """Those that contain no other: whoever has one of these has one of the larger ones."""
    kept: list[frozenset[int]] = []
    for one in sorted(sets, key=lambda one: (len(one), sorted(one))):
        if not any(other <= one for other in kept):
            kept.append(one)
    return kept


def needed_near(ground: Ground, share: float) -> int:
    """Heads that make up the share."""
    return math.ceil(share * ground.heads - 1e-6)
