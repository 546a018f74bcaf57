"""The inner steps of `guide.py`: from points to which more would go than there is room, those leave who lose least."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from scheduling.planner.kernel_cache import kernel


class Demand(NamedTuple):
    """Who wants to go where; groups and candidates as in `arrays.py`."""

    heads: Any  # of each group
    near_start: Any
    near_point: Any
    cost: Any  # of a head at each candidate, its room paid for
    room: Any  # heads that each point is meant to take


class Share(NamedTuple):
    """Who goes where so far."""

    point: Any  # of each group, -1 = none
    load: Any  # heads of each point
    raised: Any  # what a head pays at each point beside its cost, as too many came
    first: Any  # of each point: the first in the list of its groups, -1 = none
    after: Any  # of each group: the next in that list
    waiting: Any  # points with too many, a ring
    waits: Any  # of each point whether it is in the ring


@kernel
def choose_cheapest(d: Any, h: Any) -> Any:
    """Send each group to its cheapest candidate. Returns how many points have too many, which then wait."""
    for g in range(len(d.heads)):
        best, least = -1, math.inf
        for i in range(d.near_start[g], d.near_start[g + 1]):
            if d.cost[i] < least:
                best, least = d.near_point[i], d.cost[i]
        if best >= 0 and d.heads[g] > 0:
            join(d, h, g, best)
    n = 0
    for p in range(len(d.room)):
        if h.load[p] > d.room[p]:
            h.waiting[n] = p
            h.waits[p] = True
            n += 1
    return n


@kernel
def join(d: Any, h: Any, g: Any, p: Any) -> None:
    h.point[g], h.after[g], h.first[p] = p, h.first[p], g
    h.load[p] += d.heads[g]


@kernel
def leave(d: Any, h: Any, g: Any, p: Any) -> None:
    """Undo `join`."""
    h.load[p] -= d.heads[g]
    if h.first[p] == g:
        h.first[p] = h.after[g]
        return
    k = h.first[p]
    while h.after[k] != g:
        k = h.after[k]
    h.after[k] = h.after[g]


@kernel
def next_best(d: Any, h: Any, g: Any, p: Any) -> Any:
    """(what a head of group g loses if it leaves point p, for which other point; -1 = it has none)."""
    here, least, best = 0.0, math.inf, -1
    for i in range(d.near_start[g], d.near_start[g + 1]):
        q = d.near_point[i]
        if q == p:
            here = d.cost[i]
        elif d.cost[i] + h.raised[q] < least:
            least, best = d.cost[i] + h.raised[q], q
    return least - here, best


@kernel
def first_to_leave(d: Any, h: Any, p: Any) -> Any:
    """(what it loses, which group of point p loses least by leaving, for which point); of those that would leave the
    point nearer to its room than it is."""
    least, who, where = math.inf, -1, -1
    g = h.first[p]
    while g >= 0:
        if h.load[p] - d.heads[g] // 2 > d.room[p]:
            lost, q = next_best(d, h, g, p)
            if lost < least:
                least, who, where = lost, g, q
        g = h.after[g]
    return least, who, where


@kernel
def even_out(d: Any, h: Any, n: Any, moves: Any, step: Any) -> Any:
    """While points wait, let those leave them who lose least, at most so many moves; their points become dearer, by
    a step more than was lost, so that groups do not go to and fro for nothing. Returns how many moved."""
    points, at, done = len(d.room), 0, 0
    while n > 0 and done < moves:
        p = h.waiting[at]
        at, n = (at + 1) % points, n - 1
        h.waits[p] = False
        lost, g, q = first_to_leave(d, h, p)
        while g >= 0 and done < moves:
            h.raised[p] = max(h.raised[p], lost + step)
            leave(d, h, g, p)
            join(d, h, g, q)
            done += 1
            if h.load[q] > d.room[q] and not h.waits[q]:
                h.waiting[(at + n) % points] = q
                h.waits[q] = True
                n += 1
            lost, g, q = first_to_leave(d, h, p)
    return done
