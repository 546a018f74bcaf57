"""One-slot problems: which points to open, and which one each group goes to as a whole.

That is single-source capacitated facility location; the capacitated p-median problem where room forces the number of
points, and the generalised assignment problem where points cost nothing to open.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import gcd

import numpy as np

from scheduling.planner.arrays import Arrays
from scheduling.planner.candidates import Floats, Ints
from scheduling.planner.local_search.kernels import seeded
from scheduling.planner.one_slot.site_kernels import SiteState, SiteTask
from scheduling.planner.problem import Problem

# Up to so many pairs of a building and a point all of them are looked at.
MOST_PAIRS = 2_000_000
# Similar points are told by at most so many customers.
MOST_WITNESSES = 200


@dataclass(frozen=True)
class Sites:
    """Groups with at least one cohort are the customers; who may not go to a point has cost inf there."""

    groups: Ints  # the group of each customer
    weight: Ints  # heads of each customer, divided by what divides all
    room: Ints  # of each point, divided likewise
    cost: Floats  # [customer, point], of all its heads
    opening: Floats  # of each point
    fixed: float  # what every plan costs besides


def may_be_sites(problem: Problem) -> bool:
    """Whether it is worth listing all points of each building, for the methods here."""
    return problem.slots == 1 and len(problem.points) * len(problem.buildings) <= MOST_PAIRS


def sites_of(a: Arrays) -> Sites | None:
    """The problem as sites where it is one and everybody could have a place; None = it is something else."""
    groups = np.flatnonzero(np.diff(a.group_start) > 0)
    if not _is_plain(a) or not len(groups):
        return None
    heads = np.add.reduceat(a.heads, a.group_start[:-1][groups])
    points = len(a.opening)
    cost = np.full((len(groups), points), np.inf)
    for row, g in enumerate(groups):
        near = slice(int(a.near_start[g]), int(a.near_start[g + 1]))
        cost[row, a.near_point[near]] = a.near_cost[near] * heads[row]
    room = a.capacity[:, 0]
    cost[heads[:, None] > room[None, :]] = np.inf
    if not np.isfinite(cost).any(axis=1).all():
        return None
    divisor = gcd(*heads.tolist())
    return Sites(groups, heads // divisor, room // divisor, cost, a.opening, a.finish)


def _is_plain(a: Arrays) -> bool:
    """One slot, open to all, one tier, every point listed, no cost below 0."""
    costs = (a.near_cost, a.opening, np.array([a.spread, a.finish]))
    return bool(
        len(a.slots) == 1
        and a.slots[0] == 0
        and len(a.opening) * a.groups <= MOST_PAIRS
        and np.isinf(a.far_cost).all()
        and (a.first == 0).all()
        and (a.last == 0).all()
        and len(set(a.tier.tolist())) == 1
        and all(float(part.min(initial=0)) >= 0 for part in costs)
        and float(a.heads.astype(np.float64).sum()) < 2**50
    )


def forbidden_cost(sites: Sites) -> float:
    """More than any plan costs."""
    worst = np.where(np.isfinite(sites.cost), sites.cost, 0).max(axis=1, initial=0).sum()
    return float(2 * (worst + sites.opening.sum()) + 1)


def task_of_sites(sites: Sites) -> SiteTask:
    forbidden = forbidden_cost(sites)
    cost = np.where(np.isfinite(sites.cost), sites.cost, forbidden)
    return SiteTask(
        cost=np.ascontiguousarray(cost),
        weight=sites.weight,
        room=sites.room,
        opening=sites.opening,
        cheapest=np.argsort(cost, axis=1, kind="stable"),
        alike=_alike(sites),
        closable=int((sites.opening > 0).any()),
        forbidden=forbidden,
    )


def _alike(sites: Sites) -> Ints:
    """Of each point all others, those first whose costs differ least over the customers."""
    chosen = np.linspace(0, len(sites.cost) - 1, min(len(sites.cost), MOST_WITNESSES)).astype(np.int64)
    cost = sites.cost[chosen]
    cost = np.where(np.isfinite(cost), cost, 2 * np.where(np.isfinite(cost), cost, 0).max(initial=0) + 1)
    away = np.array([np.abs(cost - cost[:, [p]]).sum(axis=0) for p in range(cost.shape[1])])
    np.fill_diagonal(away, -1)
    return np.ascontiguousarray(np.argsort(away, axis=1, kind="stable")[:, 1:])


def start_of(task: SiteTask, seed: int) -> SiteState:
    """Nobody is anywhere yet; `begin` sends them."""
    customers, points = task.cost.shape
    price = _price(task)
    of_customer = ("place", "waiting", "is_waiting", "out", "kept_at", "at", "best_at")
    of_point = ("load", "count", "is_open", "is_touched", "opened", "rank", "kept_open", "best_open")
    return SiteState(
        member=np.zeros((points, customers), np.int64),
        sizes=np.zeros(3, np.int64),
        value=np.array([np.inf, 0.0, task.forbidden, price, price / 30, price * 100]),
        random=seeded(seed),
        **{name: np.zeros(customers, np.int64) for name in of_customer},
        **{name: np.zeros(points, np.int64) for name in of_point},
    )


def _price(task: SiteTask) -> float:
    """Of a head beyond the room: about what it costs to send it to the second best point, or to open one more."""
    allowed = np.where(task.cost < task.forbidden, task.cost, np.nan)
    second = np.nan_to_num(np.sort(allowed, axis=1)[:, min(1, task.cost.shape[1] - 1)] - np.nanmin(allowed, axis=1))
    way = float((second / task.weight).mean())
    opening = float((task.opening / np.maximum(1, task.room)).mean())
    return max(way + opening, 1e-9)
