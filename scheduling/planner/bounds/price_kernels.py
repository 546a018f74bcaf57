"""The inner steps of the bound by prices: what each group pays at given prices of room, softly or exactly.

A kind is a window with an urgency: groups of one kind see the same price of a point, the least over its slots.
A soft minimum takes of everything a little, the cheaper the more; `heat` says how softly.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from scheduling.planner.kernel_cache import kernel

# Nothing may change by more than so many heats at once, else the prices swing.
LARGEST_CHANGE = 10.0


class Market(NamedTuple):
    """Who wants to come, and what room there is; the fields are those of `arrays.py`, by group or by kind."""

    heads: Any  # of each group, without those who fit nowhere
    kind: Any  # of each group
    near_start: Any
    near_point: Any
    near_cost: Any
    far_cost: Any
    first: Any  # of each kind
    last: Any
    urgency: Any
    times: Any
    capacity: Any


class Trade(NamedTuple):
    """What goes on at given prices."""

    price: Any  # [point, slot]
    least: Any  # [point]: no price goes below, as it is its opening shared by all its room
    away: Any  # [1]: what a head pays to stay away; inf = nobody may
    part: Any  # [kind, point, slot]: of the heads of the kind at the point, the part in each slot
    paid: Any  # [kind, point]: the least over slots of waiting and price; inf = no slot is open
    anywhere: Any  # [kind]: the least over all points
    choice: Any  # of each candidate
    sent: Any  # [thread, kind, point]: heads
    sent_far: Any  # [thread, kind]: heads sent to other points than their candidates
    sent_away: Any  # [thread]
    load: Any  # [point, slot]
    pays: Any  # of each group: what a head pays at least; inf = it has no way
    prefer: Any  # of each group: the near point where it pays least, -1 = none


@kernel
def price_slots(m: Any, t: Any, begin: Any, end: Any, limit: Any, heat: Any) -> None:
    """`paid` and `part` of the points begin..end with slots below `limit`; with heat 0 the exact minimum."""
    for k in range(len(m.first)):
        for p in range(begin, end):
            least = math.inf
            for s in range(m.first[k], min(m.last[k] + 1, limit)):
                if m.capacity[p, s] > 0:
                    least = min(least, m.urgency[k] * m.times[s] + t.price[p, s])
            t.paid[k, p] = least
            if heat == 0.0 or least == math.inf:
                continue
            total = 0.0
            for s in range(m.first[k], min(m.last[k] + 1, limit)):
                t.part[k, p, s] = 0.0
                if m.capacity[p, s] > 0:
                    t.part[k, p, s] = math.exp((least - m.urgency[k] * m.times[s] - t.price[p, s]) / heat)
                    total += t.part[k, p, s]
            t.paid[k, p] = least - heat * math.log(total)
            for s in range(m.first[k], min(m.last[k] + 1, limit)):
                t.part[k, p, s] /= total


@kernel
def price_anywhere(t: Any, heat: Any) -> None:
    """`anywhere` from `paid`."""
    for k in range(len(t.paid)):
        least = math.inf
        for p in range(t.paid.shape[1]):
            least = min(least, t.paid[k, p])
        total = 0.0
        if heat > 0.0 and least < math.inf:
            for p in range(t.paid.shape[1]):
                total += math.exp((least - t.paid[k, p]) / heat)
            least -= heat * math.log(total)
        t.anywhere[k] = least


@kernel
def choose_softly(m: Any, t: Any, thread: Any, begin: Any, end: Any, heat: Any) -> None:
    """`sent` of the groups begin..end."""
    for k in range(len(m.first)):
        t.sent_far[thread, k] = 0.0
        for p in range(len(t.price)):
            t.sent[thread, k, p] = 0.0
    t.sent_away[thread] = 0.0
    for g in range(begin, end):
        k = m.kind[g]
        far = m.far_cost[g] + t.anywhere[k]
        least = min(far, t.away[0])
        for i in range(m.near_start[g], m.near_start[g + 1]):
            t.choice[i] = m.near_cost[i] + t.paid[k, m.near_point[i]]
            least = min(least, t.choice[i])
        if least == math.inf or m.heads[g] == 0:
            continue
        to_far = math.exp((least - far) / heat)
        to_away = math.exp((least - t.away[0]) / heat)
        total = to_far + to_away
        for i in range(m.near_start[g], m.near_start[g + 1]):
            t.choice[i] = math.exp((least - t.choice[i]) / heat)
            total += t.choice[i]
        each = m.heads[g] / total
        t.sent_far[thread, k] += to_far * each
        t.sent_away[thread] += to_away * each
        for i in range(m.near_start[g], m.near_start[g + 1]):
            t.sent[thread, k, m.near_point[i]] += t.choice[i] * each


@kernel
def load_slots(m: Any, t: Any, begin: Any, end: Any, limit: Any, heat: Any) -> None:
    """`load` of the points begin..end from what all threads have sent."""
    for p in range(begin, end):
        for s in range(limit):
            t.load[p, s] = 0.0
        for k in range(len(m.first)):
            if t.paid[k, p] == math.inf:
                continue
            heads = 0.0
            for thread in range(len(t.sent)):
                heads += t.sent[thread, k, p]
                if t.sent_far[thread, k] > 0.0:
                    heads += t.sent_far[thread, k] * math.exp((t.anywhere[k] - t.paid[k, p]) / heat)
            for s in range(m.first[k], min(m.last[k] + 1, limit)):
                t.load[p, s] += heads * t.part[k, p, s]


@kernel
def settle_prices(m: Any, t: Any, begin: Any, end: Any, limit: Any, heat: Any, pace: Any) -> None:
    """Raise the price where more heads come than there is room, lower it where fewer do."""
    for p in range(begin, end):
        for s in range(limit):
            if m.capacity[p, s] > 0:
                change = pace * heat * math.log(max(t.load[p, s], 1e-9) / m.capacity[p, s])
                change = min(LARGEST_CHANGE * heat, max(-LARGEST_CHANGE * heat, change))
                t.price[p, s] = max(t.least[p], t.price[p, s] + change)


@kernel
def choose_least(m: Any, t: Any, begin: Any, end: Any) -> None:
    """`pays` and `prefer` of the groups begin..end."""
    for g in range(begin, end):
        k = m.kind[g]
        nearest = math.inf
        t.prefer[g] = -1
        for i in range(m.near_start[g], m.near_start[g + 1]):
            here = m.near_cost[i] + t.paid[k, m.near_point[i]]
            if here < nearest:
                nearest = here
                t.prefer[g] = m.near_point[i]
        t.pays[g] = min(nearest, m.far_cost[g] + t.anywhere[k])
