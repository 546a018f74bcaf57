"""Who is where in the search for sites, for one slot: what is kept, and the smallest steps. Compiled where the cache is ready,
else the same in plain Python.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from scheduling.planner.kernel_cache import kernel

# A gain below this part of the costs is rounding.
TINY = 1e-11


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
