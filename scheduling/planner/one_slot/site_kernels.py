"""Local search over which points are open and who goes where, for one slot: the inner steps.

Each round changes something large (a point is closed, opened or changed for another, a neighbourhood is emptied), then
descends by moving one and by exchanging two; overfull points are allowed at a price that follows the search. Whether
the result is kept is decided as in annealing. Compiled where the cache is ready, else the same in plain Python.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from scheduling.planner.kernel_cache import kernel
from scheduling.planner.local_search.kernels import draw

# A customer looks at so many open points, its cheapest, for a move.
NEAR_OPEN = 8
# A gain below this part of the costs is rounding.
TINY = 1e-11
# Of the chances of a round where points may be closed: change, close, open; the rest empties a neighbourhood.
CHANGE, CLOSE, OPEN = 0.35, 0.45, 0.55


class SiteTask(NamedTuple):
    """What does not change. A customer is a group of `groups`; costs are those of all its heads."""

    cost: Any  # [customer, point], `forbidden` where it may not go
    weight: Any  # heads of each customer
    room: Any  # of each point
    opening: Any  # of each point
    cheapest: Any  # [customer, rank]: the points, cheapest first
    alike: Any  # [point, rank]: the other points, most similar first
    closable: Any  # 1 = points cost something to open, 0 = all may as well stay open
    forbidden: Any  # more than any plan costs


class SiteState(NamedTuple):
    """Who is where, and room to work in."""

    at: Any  # the point of each customer, -1 = taken out
    load: Any  # of each point
    count: Any  # of each point
    member: Any  # [point, place]: its customers
    place: Any  # of each customer in that list
    is_open: Any  # of each point
    opened: Any  # the open points, `sizes[0]` of them
    rank: Any  # of each open point in that list
    is_touched: Any  # of each point: 1 = its customers have changed since it was last looked at
    sizes: Any  # [open points, customers waiting, customers taken out]
    waiting: Any  # customers to be looked at
    is_waiting: Any
    out: Any  # customers taken out
    kept_at: Any  # what the search goes on from
    kept_open: Any
    best_at: Any  # the best that keeps every room
    best_open: Any
    value: Any  # [kept cost, kept excess, best cost, price of excess, lowest price, highest price]
    random: Any


@kernel
def excess(task: Any, p: Any, load: Any) -> Any:
    """Heads beyond the room of point p, were it loaded so."""
    return max(0, load - task.room[p])


@kernel
def open_point(state: Any, p: Any) -> None:
    state.is_open[p] = 1
    state.opened[state.sizes[0]] = p
    state.rank[p] = state.sizes[0]
    state.sizes[0] += 1


@kernel
def close_point(state: Any, p: Any) -> None:
    state.is_open[p] = 0
    state.sizes[0] -= 1
    last = state.opened[state.sizes[0]]
    state.opened[state.rank[p]] = last
    state.rank[last] = state.rank[p]


@kernel
def enter(task: Any, state: Any, i: Any, p: Any) -> None:
    state.at[i] = p
    state.load[p] += task.weight[i]
    state.member[p, state.count[p]] = i
    state.place[i] = state.count[p]
    state.count[p] += 1


@kernel
def leave(task: Any, state: Any, i: Any) -> None:
    p = state.at[i]
    state.at[i] = -1
    state.load[p] -= task.weight[i]
    state.count[p] -= 1
    last = state.member[p, state.count[p]]
    state.member[p, state.place[i]] = last
    state.place[last] = state.place[i]


@kernel
def wait(state: Any, i: Any) -> None:
    """Customer i is to be looked at."""
    if state.is_waiting[i] == 0:
        state.is_waiting[i] = 1
        state.waiting[state.sizes[1]] = i
        state.sizes[1] += 1


@kernel
def wait_all(state: Any, p: Any) -> None:
    """Point p has changed: it, and all its customers, are to be looked at."""
    state.is_touched[p] = 1
    for k in range(state.count[p]):
        wait(state, state.member[p, k])


@kernel
def take_out(task: Any, state: Any, i: Any) -> None:
    leave(task, state, i)
    state.out[state.sizes[2]] = i
    state.sizes[2] += 1


@kernel
def restore(task: Any, state: Any, at: Any, is_open: Any) -> None:
    """Stand where these arrays say."""
    state.sizes[0] = 0
    state.sizes[1] = 0
    state.sizes[2] = 0
    for p in range(len(task.room)):
        state.load[p] = 0
        state.count[p] = 0
        state.is_touched[p] = 0
        state.is_open[p] = 0
        if is_open[p]:
            open_point(state, p)
    for i in range(len(task.weight)):
        state.is_waiting[i] = 0
        enter(task, state, i, at[i])


@kernel
def cost_of(task: Any, state: Any) -> Any:
    total = 0.0
    for k in range(state.sizes[0]):
        total += task.opening[state.opened[k]]
    for i in range(len(task.weight)):
        total += task.cost[i, state.at[i]]
    return total


@kernel
def excess_of(task: Any, state: Any) -> Any:
    total = 0
    for k in range(state.sizes[0]):
        total += excess(task, state.opened[k], state.load[state.opened[k]])
    return total


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


@kernel
def empty_point(task: Any, state: Any, p: Any) -> None:
    """Take everybody out of p and close it."""
    while state.count[p] > 0:
        take_out(task, state, state.member[p, state.count[p] - 1])
    close_point(state, p)


@kernel
def closed_near(task: Any, state: Any, p: Any) -> Any:
    """A closed point by chance, mostly one much like p; -1 = all are open."""
    points = len(task.room)
    if state.sizes[0] == points:
        return -1
    skip = int(draw(state.random) * draw(state.random) * min(points - state.sizes[0], 24))
    for k in range(points - 1):
        q = task.alike[p, k]
        if state.is_open[q] == 0:
            if skip == 0:
                return q
            skip -= 1
    return -1


@kernel
def pull(task: Any, state: Any, q: Any) -> None:
    """Let those look for whom the new point q would be cheaper."""
    for i in range(len(task.weight)):
        if state.at[i] >= 0 and task.cost[i, q] < task.cost[i, state.at[i]]:
            wait(state, i)


@kernel
def scatter(task: Any, state: Any, p: Any) -> None:
    """Take some customers out of p and out of one or two open points much like it."""
    more = 1 + int(2 * draw(state.random))
    share = 0.2 + 0.6 * draw(state.random)
    q, k = p, 0
    while True:
        m = state.count[q] - 1
        while m >= 0:
            if draw(state.random) < share:
                take_out(task, state, state.member[q, m])
            m -= 1
        wait_all(state, q)
        if more == 0:
            return
        more -= 1
        while k < len(task.room) - 1 and (state.is_open[task.alike[p, k]] == 0 or draw(state.random) < 0.4):
            k += 1
        if k >= len(task.room) - 1:
            return
        q = task.alike[p, k]
        k += 1


@kernel
def shake(task: Any, state: Any) -> None:
    """Change something large."""
    chance = draw(state.random) if task.closable else 1.0
    p = state.opened[int(draw(state.random) * state.sizes[0])]
    q = -1
    if chance < CHANGE or CLOSE <= chance < OPEN:
        q = closed_near(task, state, p)
        if q >= 0:
            open_point(state, q)
            pull(task, state, q)
    if (chance < CHANGE and q >= 0) or (CHANGE <= chance < CLOSE and state.sizes[0] > 1):
        empty_point(task, state, p)
    elif q < 0:
        scatter(task, state, p)
    insert_all(task, state)


@kernel
def keep(task: Any, state: Any, cost: Any, over: Any) -> None:
    for i in range(len(task.weight)):
        state.kept_at[i] = state.at[i]
    for p in range(len(task.room)):
        state.kept_open[p] = state.is_open[p]
    state.value[0], state.value[1] = cost, over


@kernel
def keep_best(task: Any, state: Any, cost: Any) -> None:
    for i in range(len(task.weight)):
        state.best_at[i] = state.at[i]
    for p in range(len(task.room)):
        state.best_open[p] = state.is_open[p]
    state.value[2] = cost


@kernel
def begin(task: Any, state: Any, is_open: Any) -> None:
    """Forget what was kept, open these points, send everybody somewhere, and descend."""
    for part in range(3):
        state.sizes[part] = 0
    for p in range(len(task.room)):
        state.load[p] = 0
        state.count[p] = 0
        state.is_touched[p] = 0
        state.is_open[p] = 0
        if is_open[p]:
            open_point(state, p)
    for i in range(len(task.weight)):
        state.is_waiting[i] = 0
        state.out[i] = i
    state.sizes[2] = len(task.weight)
    insert_all(task, state)
    state.value[0], state.value[1], state.value[2] = math.inf, 0.0, task.forbidden
    settle(task, state, 0.0)


@kernel
def settle(task: Any, state: Any, temperature: Any) -> None:
    """Descend, then keep the result or go back. The price of excess rises while there is some, else it falls."""
    descend(task, state)
    cost, over = cost_of(task, state), excess_of(task, state)
    price = state.value[3]
    if over == 0 and cost < state.value[2] - TINY * task.forbidden:
        keep_best(task, state, cost)
    allowed = state.value[0] + price * state.value[1] - temperature * math.log(1e-12 + draw(state.random))
    if cost + price * over <= allowed:
        keep(task, state, cost, over)
    else:
        restore(task, state, state.kept_at, state.kept_open)
    price *= 1.03 if state.value[1] > 0 else 0.99
    state.value[3] = min(state.value[5], max(state.value[4], price))


@kernel
def rounds(task: Any, state: Any, steps: Any, hot: Any, cold: Any) -> None:
    """So many rounds at falling temperature."""
    for step in range(steps):
        shake(task, state)
        settle(task, state, hot * (cold / hot) ** (step / steps))
