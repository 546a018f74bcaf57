"""The moves of whole points: closed, or changed for another one, with all who stood there sent elsewhere."""

from __future__ import annotations

from typing import Any

from scheduling.planner.kernel_cache import kernel
from scheduling.planner.local_search.kernels import clear, group_cost, last_busy, pack, put, spread_of
from scheduling.planner.local_search.move_kernels import accepted


@kernel
def remember(task: Any, state: Any, g: Any, memory: Any, at: Any) -> Any:
    for c in range(task.group_start[g], task.group_start[g + 1]):
        memory[at] = state.slot[c]
        at += 1
    return at


@kernel
def restore(task: Any, state: Any, g: Any, p: Any, k: Any, memory: Any, at: Any) -> Any:
    """Put group g back to point p as remembered; it must have been cleared."""
    for c in range(task.group_start[g], task.group_start[g + 1]):
        if state.slot[c] < 0 and memory[at] >= 0:
            put(task, state, c, p, memory[at])
        at += 1
    state.point[g], state.place[g] = p, k
    return at


@kernel
def cost_of_groups(task: Any, state: Any, groups: Any, n: Any) -> Any:
    """What the first n groups listed, in their order, cost with the spread of their buildings."""
    total, before = 0.0, -1
    for k in range(n):
        g = groups[k]
        b = task.building[task.group_start[g]]
        total += group_cost(task, state, g)
        if b != before:
            total += task.spread * spread_of(task, state, b)
        before = b
    return total


@kernel
def find_home(task: Any, state: Any, g: Any, p: Any, q: Any, limit: Any) -> None:
    """Send cleared group g to the cheapest point that is used, or is q, and is not p, and takes it whole."""
    for k in range(task.near_start[g], task.near_start[g + 1]):
        r = task.near_point[k]
        if r != p and (r == q or state.used[r] > 0):
            if pack(task, state, g, k, 0, limit) == 0:
                return
            clear(task, state, g)


@kernel
def close_point(
    task: Any, state: Any, p: Any, q: Any, limit: Any, temperature: Any, groups: Any, n: Any, memory: Any
) -> Any:
    """Send all groups of point p, the first n listed, elsewhere: to used points, or to the unused point q (-1 = none).
    Returns what it changed the cost by."""
    before = cost_of_groups(task, state, groups, n) + task.finish * last_busy(task, state) + task.opening[p]
    at = 0
    for k in range(n):
        at = remember(task, state, groups[k], memory, at)
        at += 1
        memory[at - 1] = state.place[groups[k]]
    for k in range(n):
        clear(task, state, groups[k])
    for k in range(n):
        if state.point[groups[k]] < 0:
            find_home(task, state, groups[k], p, q, limit)
    delta = cost_of_groups(task, state, groups, n) + task.finish * last_busy(task, state) - before
    if state.used[p] > 0:
        delta += task.opening[p]
    if q >= 0 and state.used[q] > 0:
        delta += task.opening[q]
    if accepted(state, delta, temperature):
        return delta
    for k in range(n):
        clear(task, state, groups[k])
    at = 0
    for k in range(n):
        g = groups[k]
        at = restore(task, state, g, p, memory[at + task.group_start[g + 1] - task.group_start[g]], memory, at) + 1
    return 0.0


@kernel
def groups_at(state: Any, p: Any, found: Any) -> Any:
    """Writes down the groups of point p; returns how many there are."""
    n = 0
    for g in range(len(state.point)):
        if state.point[g] == p:
            found[n] = g
            n += 1
    return n
