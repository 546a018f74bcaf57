"""The search for sites goes downhill: who is out comes in where it is cheapest, one moves or two change points, a whole
neighbourhood moves to the point that suits it best. Overfull points are allowed at a price.
"""

from __future__ import annotations

import math
from typing import Any

from scheduling.planner.kernel_cache import kernel
from scheduling.planner.local_search.kernels import draw
from scheduling.planner.one_slot.site_kernels import TINY, close_point, enter, excess, leave, open_point, wait, wait_all

# A customer looks at so many open points, its cheapest, for a move.
NEAR_OPEN = 8


@kernel
def insert(task: Any, state: Any, i: Any) -> None:
    """Send customer i where it costs least now."""
    price, w = state.value[3], task.weight[i]
    best, chosen = math.inf, -1
    for k in range(state.sizes[0]):
        q = state.opened[k]
        worth = task.cost[i, q]
        if worth < best:
            worth += price * (excess(task, q, state.load[q] + w) - excess(task, q, state.load[q]))
            if worth < best:
                best, chosen = worth, q
    enter(task, state, i, chosen)
    wait_all(state, chosen)


@kernel
def insert_all(task: Any, state: Any) -> None:
    """Send everybody who was taken out somewhere, in an order by chance in which the large rather come first."""
    while state.sizes[2] > 0:
        pick = int(draw(state.random) * state.sizes[2])
        other = int(draw(state.random) * state.sizes[2])
        if task.weight[state.out[other]] > task.weight[state.out[pick]]:
            pick = other
        i = state.out[pick]
        state.sizes[2] -= 1
        state.out[pick] = state.out[state.sizes[2]]
        insert(task, state, i)


@kernel
def pull(task: Any, state: Any, q: Any) -> None:
    """Let those look for whom the new point q would be cheaper."""
    for i in range(len(task.weight)):
        if state.at[i] >= 0 and task.cost[i, q] < task.cost[i, state.at[i]]:
            wait(state, i)


@kernel
def try_point(task: Any, state: Any, i: Any, q: Any, best: Any) -> Any:
    """(gain, partner) of the best move of customer i to q: alone (partner -1) or in exchange; `best` is to be beaten."""
    p, w, price = state.at[i], task.weight[i], state.value[3]
    here = excess(task, p, state.load[p]) + excess(task, q, state.load[q])
    first = task.cost[i, q] - task.cost[i, p]
    partner = -2
    delta = excess(task, p, state.load[p] - w) + excess(task, q, state.load[q] + w) - here
    if first + price * delta < best:
        best, partner = first + price * delta, -1
    for m in range(state.count[q]):
        k = state.member[q, m]
        worth = first + task.cost[k, p] - task.cost[k, q]
        more = w - task.weight[k]
        if worth < best or here > 0:
            worth += price * (excess(task, p, state.load[p] - more) + excess(task, q, state.load[q] + more) - here)
            if worth < best:
                best, partner = worth, k
    return best, partner


@kernel
def improve_one(task: Any, state: Any, i: Any) -> Any:
    """Take the best move of customer i, if one gains. Returns whether."""
    p = state.at[i]
    best, partner, chosen = -TINY * task.forbidden, -2, -1
    looks_at_all = state.sizes[0] <= NEAR_OPEN + 4
    seen, k = 0, 0
    end = state.sizes[0] if looks_at_all else len(task.room)
    while k < end and seen < NEAR_OPEN + 4:
        q = state.opened[k] if looks_at_all else task.cheapest[i, k]
        k += 1
        if state.is_open[q] == 0:
            continue
        seen += 1
        if q == p or task.cost[i, q] >= task.forbidden:
            continue
        gain, found = try_point(task, state, i, q, best)
        if found > -2:
            best, partner, chosen = gain, found, q
    if chosen < 0:
        return False
    leave(task, state, i)
    if partner >= 0:
        leave(task, state, partner)
        enter(task, state, partner, p)
    enter(task, state, i, chosen)
    wait_all(state, p)
    wait_all(state, chosen)
    return True


@kernel
def recentre(task: Any, state: Any, p: Any) -> Any:
    """Send all customers of p to the closed point that suits them best, if one does better. Returns whether."""
    best, chosen = -TINY * task.forbidden, -1
    over = excess(task, p, state.load[p])
    for q in range(len(task.room)):
        if state.is_open[q]:
            continue
        worth = task.opening[q] - task.opening[p]
        worth += state.value[3] * (excess(task, q, state.load[p]) - over)
        for m in range(state.count[p]):
            i = state.member[p, m]
            worth += task.cost[i, q] - task.cost[i, p]
        if worth < best:
            best, chosen = worth, q
    if chosen < 0:
        return False
    open_point(state, chosen)
    while state.count[p] > 0:
        i = state.member[p, state.count[p] - 1]
        leave(task, state, i)
        enter(task, state, i, chosen)
    close_point(state, p)
    wait_all(state, chosen)
    pull(task, state, chosen)
    return True


@kernel
def recentre_touched(task: Any, state: Any) -> None:
    """Look at the points that have changed, each once."""
    k = 0
    while k < state.sizes[0]:
        p = state.opened[k]
        if state.is_touched[p] and state.count[p] > 0:
            state.is_touched[p] = 0
            if recentre(task, state, p):
                continue
        k += 1


@kernel
def descend(task: Any, state: Any) -> None:
    """Improve those who wait until nobody can be; then close what stands empty."""
    while state.sizes[1] > 0:
        while state.sizes[1] > 0:
            state.sizes[1] -= 1
            i = state.waiting[state.sizes[1]]
            state.is_waiting[i] = 0
            improve_one(task, state, i)
        if task.closable:
            recentre_touched(task, state)
    if task.closable:
        close_empty(task, state)


@kernel
def close_empty(task: Any, state: Any) -> None:
    k = 0
    while k < state.sizes[0]:
        p = state.opened[k]
        if state.count[p] == 0 and state.sizes[0] > 1 and task.opening[p] > 0:
            close_point(state, p)
        else:
            k += 1
