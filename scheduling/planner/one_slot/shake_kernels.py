"""The rounds of the search for sites.

Each changes something large (a point is closed, opened or changed for another, a neighbourhood is emptied), then goes downhill;
the price of what is too much follows the search. Whether the result is kept is decided as in annealing.
"""

from __future__ import annotations

import math
from typing import Any

from scheduling.planner.kernel_cache import kernel
from scheduling.planner.local_search.kernels import draw
from scheduling.planner.one_slot.descent_kernels import descend, insert_all, pull
from scheduling.planner.one_slot.site_kernels import (
    TINY,
    close_point,
    cost_of,
    excess_of,
    open_point,
    restore,
    take_out,
    wait_all,
)

# Of the chances of a round where points may be closed: change, close, open; the rest empties a neighbourhood.
CHANGE, CLOSE, OPEN = 0.35, 0.45, 0.55


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
