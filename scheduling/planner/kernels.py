"""The inner steps of the search: what fits, put, take, pack. Compiled where their compile cache is ready,
else the same in plain Python (which is why nothing here is typed as numpy)."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from scheduling.planner.kernel_cache import kernel

# Lehmer's generator, Park and Miller 1993; products stay within 64 bits, so plain Python gives the same numbers.
MULTIPLIER = 48271
MODULUS = 2147483647


class Task(NamedTuple):
    """What does not change during a search; the fields are explained in `arrays.py`."""

    heads: Any
    group: Any
    building: Any
    first: Any
    last: Any
    tier: Any
    early: Any
    pinned: Any  # the pinned slot of each cohort, -1 = free
    group_start: Any
    building_start: Any
    order: Any  # the cohorts, of each group the largest first
    near_start: Any
    near_point: Any
    near_cost: Any
    capacity: Any
    opening: Any
    times: Any
    spread: Any
    finish: Any
    penalty: Any


class State(NamedTuple):
    """Who is where: the point of each group and the slot of each cohort (-1 = no place), and sums of it."""

    point: Any
    slot: Any
    load: Any  # heads, [point, slot]
    count: Any  # cohorts, [point, slot]
    held: Any  # tier, [point, slot], where count > 0
    used: Any  # cohorts of each point
    busy: Any  # cohorts of each slot
    random: Any  # the state of the generator


@kernel
def draw(random: Any) -> Any:
    """A number in [0, 1)."""
    random[0] = random[0] * MULTIPLIER % MODULUS
    return random[0] / MODULUS


@kernel
def fits(task: Any, state: Any, c: Any, p: Any, s: Any) -> Any:
    """Whether cohort c may go to slot s of point p as the slots are filled now."""
    if s < task.first[c] or s > task.last[c] or state.load[p, s] + task.heads[c] > task.capacity[p, s]:
        return False
    return state.count[p, s] == 0 or state.held[p, s] == task.tier[c]


@kernel
def put(task: Any, state: Any, c: Any, p: Any, s: Any) -> None:
    state.slot[c] = s
    state.load[p, s] += task.heads[c]
    state.count[p, s] += 1
    state.held[p, s] = task.tier[c]
    state.used[p] += 1
    state.busy[s] += 1


@kernel
def take(task: Any, state: Any, c: Any, p: Any) -> None:
    s = state.slot[c]
    state.slot[c] = -1
    state.load[p, s] -= task.heads[c]
    state.count[p, s] -= 1
    state.used[p] -= 1
    state.busy[s] -= 1


@kernel
def spread_of(task: Any, state: Any, b: Any) -> Any:
    """Last slot - first slot of the placed cohorts of building b."""
    least, most = 1e300, -1.0
    for c in range(task.building_start[b], task.building_start[b + 1]):
        if state.slot[c] >= 0:
            t = task.times[state.slot[c]]
            least, most = min(least, t), max(most, t)
    return most - least if most >= 0 else 0.0


@kernel
def last_busy(task: Any, state: Any) -> Any:
    """1 + the last slot used; 0 where none is."""
    for s in range(len(state.busy) - 1, -1, -1):
        if state.busy[s] > 0:
            return task.times[s] + 1.0
    return 0.0


@kernel
def unit_cost(task: Any, g: Any, p: Any) -> Any:
    """What a head of group g costs at point p; inf = it may not go there."""
    for k in range(task.near_start[g], task.near_start[g + 1]):
        if task.near_point[k] == p:
            return task.near_cost[k]
    return math.inf


@kernel
def slot_for(task: Any, state: Any, c: Any, p: Any, anchor: Any, limit: Any) -> Any:
    """The first slot below `limit` of point p that takes cohort c from `anchor` on, else the nearest before; or -1."""
    for s in range(max(anchor, task.first[c]), min(limit, task.last[c] + 1)):
        if fits(task, state, c, p, s):
            return s
    for s in range(min(anchor, limit, task.last[c] + 1) - 1, task.first[c] - 1, -1):
        if fits(task, state, c, p, s):
            return s
    return -1


@kernel
def pack(task: Any, state: Any, g: Any, p: Any, anchor: Any, limit: Any) -> Any:
    """Put the unplaced cohorts of group g into slots of point p, largest first. Returns the heads left over."""
    left = 0
    placed = 0
    for k in range(task.group_start[g], task.group_start[g + 1]):
        c = task.order[k]
        if state.slot[c] < 0:
            s = slot_for(task, state, c, p, anchor, limit)
            if s < 0:
                left += task.heads[c]
                continue
            put(task, state, c, p, s)
        placed += 1
    state.point[g] = p if placed > 0 else -1
    return left


@kernel
def clear(task: Any, state: Any, g: Any) -> None:
    """Take all cohorts of group g that are not pinned out of their slots."""
    p = state.point[g]
    kept = 0
    for c in range(task.group_start[g], task.group_start[g + 1]):
        if state.slot[c] >= 0:
            if task.pinned[c] >= 0:
                kept += 1
            else:
                take(task, state, c, p)
    if kept == 0:
        state.point[g] = -1


@kernel
def group_cost(task: Any, state: Any, g: Any) -> Any:
    """What the group costs for itself: walk, move, early, and the penalty of those without a place; not spread."""
    unit = unit_cost(task, g, state.point[g]) if state.point[g] >= 0 else 0.0
    total = 0.0
    for c in range(task.group_start[g], task.group_start[g + 1]):
        s = state.slot[c]
        if s >= 0:
            total += task.early[c] * task.times[s] + unit * task.heads[c]
        else:
            total += task.penalty * task.heads[c]
    return total


@kernel
def construct(task: Any, state: Any, queue: Any, prefer: Any, limit: Any) -> None:
    """Place the groups of the queue one after another where each costs least now; `prefer[g]` is taken without
    asking where the whole group finds slots there. A group that has a point already stays there."""
    for g in queue:
        b = task.building[task.group_start[g]]
        fixed = state.point[g]
        best, best_cost = -1, math.inf
        for k in range(task.near_start[g], task.near_start[g + 1]):
            p = task.near_point[k]
            if fixed >= 0 and p != fixed:
                continue
            opening = task.opening[p] if state.used[p] == 0 else 0.0
            left = pack(task, state, g, p, 0, limit)
            cost = group_cost(task, state, g) + task.spread * spread_of(task, state, b) + opening
            if p == prefer[g] and left == 0:
                cost = -math.inf
            clear(task, state, g)
            if cost < best_cost:
                best, best_cost = p, cost
            if cost == -math.inf:
                break
        if best >= 0:
            pack(task, state, g, best, 0, limit)


@kernel
def list_members(point: Any, start: Any, members: Any) -> None:
    """The groups of each point, one point after another; those of p are members[start[p]:start[p + 1]]."""
    start[:] = 0
    for g in range(len(point)):
        if point[g] >= 0:
            start[point[g]] += 1
    total = 0
    for p in range(len(start)):
        total += start[p]
        start[p] = total
    for g in range(len(point) - 1, -1, -1):
        if point[g] >= 0:
            start[point[g]] -= 1
            members[start[point[g]]] = g


@kernel
def list_unplaced(slot: Any, unplaced: Any) -> Any:
    """Writes down the cohorts without a place; returns how many there are."""
    n = 0
    for c in range(len(slot)):
        if slot[c] < 0:
            unplaced[n] = c
            n += 1
    return n


@kernel
def total_cost(task: Any, state: Any) -> Any:
    """The objective and the penalties, summed afresh."""
    total = task.finish * last_busy(task, state)
    for g in range(len(state.point)):
        total += group_cost(task, state, g)
    for b in range(len(task.building_start) - 1):
        total += task.spread * spread_of(task, state, b)
    for p in range(len(state.used)):
        if state.used[p] > 0:
            total += task.opening[p]
    return total
