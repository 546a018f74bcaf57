"""Simulated annealing over places (Kirkpatrick, Gelatt, Vecchi 1983): four kinds of moves, taken where they save, or
by the chance that the temperature gives."""

from __future__ import annotations

import math
from typing import Any

from scheduling.planner.kernel_cache import kernel
from scheduling.planner.kernels import (
    clear,
    draw,
    fits,
    group_cost,
    last_busy,
    list_members,
    list_unplaced,
    pack,
    put,
    slot_for,
    spread_of,
    take,
    unit_cost,
)

# A point moves as a whole only where looking through all groups is cheap.
MOST_GROUPS = 3_000


@kernel
def accepted(state: Any, delta: Any, temperature: Any) -> Any:
    if delta <= 0:
        return True
    return delta < 30 * temperature and draw(state.random) < math.exp(-delta / temperature)


@kernel
def move_slot(task: Any, state: Any, c: Any, s: Any, temperature: Any) -> Any:
    """Call cohort c in slot s of its point instead. Returns what it changed the cost by."""
    p, old = state.point[task.group[c]], state.slot[c]
    if s == old or not fits(task, state, c, p, s):
        return 0.0
    delta = task.early[c] * (task.times[s] - task.times[old])
    if task.spread == 0 and task.finish == 0:
        if accepted(state, delta, temperature):
            take(task, state, c, p)
            put(task, state, c, p, s)
            return delta
        return 0.0
    b = task.building[c]
    delta -= task.spread * spread_of(task, state, b) + task.finish * last_busy(task, state)
    take(task, state, c, p)
    put(task, state, c, p, s)
    delta += task.spread * spread_of(task, state, b) + task.finish * last_busy(task, state)
    if accepted(state, delta, temperature):
        return delta
    take(task, state, c, p)
    put(task, state, c, p, old)
    return 0.0


@kernel
def swap_slots(task: Any, state: Any, c: Any, d: Any, temperature: Any) -> Any:
    """Let cohorts c and d of one point change slots. Returns what it changed the cost by."""
    p = state.point[task.group[c]]
    s, t = state.slot[c], state.slot[d]
    if s == t or t < task.first[c] or t > task.last[c] or s < task.first[d] or s > task.last[d]:
        return 0.0
    more = task.heads[c] - task.heads[d]
    if state.load[p, t] + more > task.capacity[p, t] or state.load[p, s] - more > task.capacity[p, s]:
        return 0.0
    if task.tier[c] != task.tier[d] and (state.count[p, s] > 1 or state.count[p, t] > 1):
        return 0.0
    delta = (task.early[c] - task.early[d]) * (task.times[t] - task.times[s])
    a, b = task.building[c], task.building[d]
    if task.spread != 0 and a != b:
        delta -= task.spread * (spread_of(task, state, a) + spread_of(task, state, b))
        state.slot[c], state.slot[d] = t, s
        delta += task.spread * (spread_of(task, state, a) + spread_of(task, state, b))
        state.slot[c], state.slot[d] = s, t
    if not accepted(state, delta, temperature):
        return 0.0
    take(task, state, c, p)
    take(task, state, d, p)
    put(task, state, c, p, t)
    put(task, state, d, p, s)
    return delta


@kernel
def local_cost(task: Any, state: Any, g: Any, h: Any, points: Any, n: Any) -> Any:
    """The part of the cost that groups g and h (-1 = none) and these points decide."""
    a = task.building[task.group_start[g]]
    total = group_cost(task, state, g) + task.finish * last_busy(task, state) + task.spread * spread_of(task, state, a)
    if h >= 0:
        b = task.building[task.group_start[h]]
        total += group_cost(task, state, h)
        if b != a:
            total += task.spread * spread_of(task, state, b)
    for k in range(n):
        p = points[k]
        if p >= 0 and state.used[p] > 0 and task.opening[p] != 0:
            seen = False
            for j in range(k):
                if points[j] == p:
                    seen = True
            if not seen:
                total += task.opening[p]
    return total


@kernel
def remember(task: Any, state: Any, g: Any, memory: Any, at: Any) -> Any:
    for c in range(task.group_start[g], task.group_start[g + 1]):
        memory[at] = state.slot[c]
        at += 1
    return at


@kernel
def restore(task: Any, state: Any, g: Any, p: Any, memory: Any, at: Any) -> Any:
    """Put group g back to point p as remembered; it must have been cleared."""
    for c in range(task.group_start[g], task.group_start[g + 1]):
        if state.slot[c] < 0 and memory[at] >= 0:
            put(task, state, c, p, memory[at])
        at += 1
    state.point[g] = p
    return at


@kernel
def move_group(
    task: Any, state: Any, g: Any, q: Any, anchor: Any, limit: Any, temperature: Any, points: Any, memory: Any
) -> Any:
    """Send group g to point q, packed afresh; q may be its present point. Returns what it changed the cost by."""
    p = state.point[g]
    points[0], points[1] = p, q
    before = local_cost(task, state, g, -1, points, 2)
    remember(task, state, g, memory, 0)
    clear(task, state, g)
    pack(task, state, g, q, anchor, limit)
    delta = local_cost(task, state, g, -1, points, 2) - before
    if accepted(state, delta, temperature):
        return delta
    clear(task, state, g)
    restore(task, state, g, p, memory, 0)
    return 0.0


@kernel
def swap_groups(
    task: Any,
    state: Any,
    g: Any,
    h: Any,
    q: Any,
    r: Any,
    anchor: Any,
    limit: Any,
    temperature: Any,
    points: Any,
    memory: Any,
) -> Any:
    """Send group g to q, where h is, and h on to r. Returns what it changed the cost by."""
    p = state.point[g]
    points[0], points[1], points[2] = p, q, r
    before = local_cost(task, state, g, h, points, 3)
    at = remember(task, state, g, memory, 0)
    remember(task, state, h, memory, at)
    clear(task, state, g)
    clear(task, state, h)
    pack(task, state, g, q, anchor, limit)
    pack(task, state, h, r, anchor, limit)
    delta = local_cost(task, state, g, h, points, 3) - before
    if accepted(state, delta, temperature):
        return delta
    clear(task, state, g)
    clear(task, state, h)
    at = restore(task, state, g, p, memory, 0)
    restore(task, state, h, q, memory, at)
    return 0.0


@kernel
def cost_of_groups(task: Any, state: Any, groups: Any, n: Any) -> Any:
    """What the first n groups listed cost, with spread."""
    total = 0.0
    for k in range(n):
        g = groups[k]
        total += group_cost(task, state, g) + task.spread * spread_of(task, state, task.building[task.group_start[g]])
    return total


@kernel
def find_home(task: Any, state: Any, g: Any, p: Any, q: Any, limit: Any) -> None:
    """Send cleared group g to the cheapest point that is used, or is q, and is not p, and takes it whole."""
    for k in range(task.near_start[g], task.near_start[g + 1]):
        r = task.near_point[k]
        if r != p and (r == q or state.used[r] > 0):
            if pack(task, state, g, r, 0, limit) == 0:
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
        at = restore(task, state, groups[k], p, memory, at)
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


@kernel
def replace(task: Any, state: Any, c: Any, d: Any, limit: Any, temperature: Any) -> Any:
    """Let unplaced cohort c take the slot of d, and d the first other one that takes it, else none."""
    p, s = state.point[task.group[d]], state.slot[d]
    g, h = task.group[c], task.group[d]
    a, b = task.building[c], task.building[d]
    before = group_cost(task, state, g) + group_cost(task, state, h) * (g != h) + task.finish * last_busy(task, state)
    before += task.spread * (spread_of(task, state, a) + spread_of(task, state, b) * (a != b))
    take(task, state, d, p)
    if not fits(task, state, c, p, s):
        put(task, state, d, p, s)
        return 0.0
    put(task, state, c, p, s)
    t = slot_for(task, state, d, p, 0, limit)
    if t >= 0:
        put(task, state, d, p, t)
    after = group_cost(task, state, g) + group_cost(task, state, h) * (g != h) + task.finish * last_busy(task, state)
    after += task.spread * (spread_of(task, state, a) + spread_of(task, state, b) * (a != b))
    if accepted(state, after - before, temperature):
        if t < 0:
            settle(task, state, h)
        return after - before
    if t >= 0:
        take(task, state, d, p)
    take(task, state, c, p)
    put(task, state, d, p, s)
    return 0.0


@kernel
def settle(task: Any, state: Any, g: Any) -> None:
    """A group without any placed cohort has no point."""
    for c in range(task.group_start[g], task.group_start[g + 1]):
        if state.slot[c] >= 0:
            return
    state.point[g] = -1


@kernel
def pick_point(task: Any, state: Any, g: Any) -> Any:
    """One of the points of group g, the cheap ones more often; -1 = it has none."""
    low, n = task.near_start[g], task.near_start[g + 1] - task.near_start[g]
    if n == 0:
        return -1
    x = draw(state.random)
    return task.near_point[low + int(n * x * x)]


@kernel
def anneal(
    task: Any,
    state: Any,
    steps: Any,
    hot: Any,
    cold: Any,
    limit: Any,
    chances: Any,
    start: Any,
    members: Any,
    unplaced: Any,
    found: Any,
    memory: Any,
) -> Any:
    """Try so many moves, the temperature falling from hot to cold; no slot from `limit` on is filled anew.

    `chances` = up to which number a draw means: slot move, slot swap, group move; above: groups change points.
    Returns what all of it changed the cost by.
    """
    points = memory[-3:]
    change, missing, temperature = 0.0, 0, hot
    cohorts, groups = len(state.slot), len(state.point)
    renew = max(1000, groups)
    has_openings = False
    for p in range(len(task.opening)):
        has_openings = has_openings or task.opening[p] > 0
    for step in range(steps):
        if step % renew == 0:
            list_members(state.point, start, members)
            missing = list_unplaced(state.slot, unplaced)
        if step % 128 == 0:
            temperature = hot * (cold / hot) ** (step / steps)
        kind = draw(state.random)
        c = int(draw(state.random) * cohorts)
        if missing > 0 and draw(state.random) < 0.2:
            c = unplaced[int(draw(state.random) * missing)]
        g = task.group[c]
        p = state.point[g]
        if kind < chances[1]:
            if p < 0 or task.pinned[c] >= 0:
                continue
            if kind < chances[0] and state.slot[c] >= 0:
                s = task.first[c] + int(draw(state.random) * (min(task.last[c] + 1, limit) - task.first[c]))
                if 0 <= s < limit:
                    change += move_slot(task, state, c, s, temperature)
                continue
            if start[p + 1] <= start[p]:
                continue
            h = members[start[p] + int(draw(state.random) * (start[p + 1] - start[p]))]
            d = task.group_start[h] + int(draw(state.random) * (task.group_start[h + 1] - task.group_start[h]))
            if state.point[h] != p or d == c or state.slot[d] < 0 or task.pinned[d] >= 0:
                continue
            if state.slot[c] < 0:
                change += replace(task, state, c, d, limit, temperature)
            elif state.slot[c] < limit and state.slot[d] < limit:
                change += swap_slots(task, state, c, d, temperature)
            continue
        q = pick_point(task, state, g)
        if q < 0:
            continue
        if p >= 0 and has_openings and groups <= MOST_GROUPS and draw(state.random) < 0.03:
            q = q if state.used[q] == 0 else -1
            n = groups_at(state, p, found)
            change += close_point(task, state, p, q, limit, temperature, found, n, memory)
            continue
        anchor = 0 if draw(state.random) < 0.5 else int(draw(state.random) * limit)
        if kind < chances[2]:
            change += move_group(task, state, g, q, anchor, limit, temperature, points, memory)
            continue
        if q == p or start[q + 1] <= start[q]:
            continue
        h = members[start[q] + int(draw(state.random) * (start[q + 1] - start[q]))]
        r = p if p >= 0 and draw(state.random) < 0.6 else pick_point(task, state, h)
        if h == g or state.point[h] != q or r < 0 or unit_cost(task, h, r) == math.inf:
            continue
        change += swap_groups(task, state, g, h, q, r, anchor, limit, temperature, points, memory)
    return change
