"""The inner steps of the search: what fits, put, take, pack. Compiled where their compile cache is ready,
else the same in plain Python (which is why nothing here is typed as numpy)."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from scheduling.planner.kernel_cache import kernel

# Xorshift, Marsaglia 2003: three shifts of 64 bits, the same numbers compiled and in plain numpy. The mask keeps the
# sign out of a shift to the right; the upper 53 bits make a number in [0, 1).
SIGNLESS = (1 << 57) - 1
MANTISSA = (1 << 53) - 1
UNIT = 1.0 / (1 << 53)


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
    weight: Any  # free heads of each group
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
    place: Any  # of each group: where its point stands in `near_point`; -1 = it has none
    slot: Any
    room: Any  # heads that still fit, [point, slot]
    count: Any  # cohorts, [point, slot]
    held: Any  # tier, [point, slot], where count > 0
    used: Any  # cohorts of each point
    busy: Any  # cohorts of each slot
    top: Any  # the first in the list of cohorts of [point, slot]; -1 = none
    after: Any  # of each cohort: the next and the one before in that list
    before: Any
    random: Any  # the state of the generator


def seeded(*numbers: int) -> Any:
    """The state of a generator, another one for other numbers; never 0, as it would stay 0."""
    return np.random.SeedSequence([n % 2**63 for n in numbers]).generate_state(1, np.uint64).view(np.int64) | 1


@kernel
def draw(random: Any) -> Any:
    """A number in [0, 1)."""
    x = random[0]
    x ^= x << 13
    x ^= (x >> 7) & SIGNLESS
    x ^= x << 17
    random[0] = x
    return ((x >> 11) & MANTISSA) * UNIT


@kernel
def pick(state: Any, low: Any, end: Any) -> Any:
    """A whole number from low to end - 1."""
    return low + int(draw(state.random) * (end - low))


@kernel
def pick_place(task: Any, state: Any, g: Any) -> Any:
    """One of the candidates of group g, the cheap ones more often; -1 = it has none."""
    low, n = task.near_start[g], task.near_start[g + 1] - task.near_start[g]
    if n == 0:
        return -1
    x = draw(state.random)
    return low + int(n * x * x)


@kernel
def fits(task: Any, state: Any, c: Any, p: Any, s: Any) -> Any:
    """Whether cohort c may go to slot s of point p as the slots are filled now."""
    if state.room[p, s] < task.heads[c] or s < task.first[c] or s > task.last[c]:
        return False
    return state.count[p, s] == 0 or state.held[p, s] == task.tier[c]


@kernel
def fill(task: Any, state: Any, c: Any, p: Any, s: Any) -> None:
    """Count cohort c into slot s of point p; where c stands is told by `put` alone."""
    state.room[p, s] -= task.heads[c]
    state.count[p, s] += 1
    state.held[p, s] = task.tier[c]
    state.used[p] += 1
    state.busy[s] += 1


@kernel
def drain(task: Any, state: Any, c: Any, p: Any, s: Any) -> None:
    """Undo `fill`."""
    state.room[p, s] += task.heads[c]
    state.count[p, s] -= 1
    state.used[p] -= 1
    state.busy[s] -= 1


@kernel
def enlist(state: Any, c: Any, p: Any, s: Any) -> None:
    """Write cohort c into slot s and into the list of those of slot s of point p."""
    state.slot[c] = s
    d = state.top[p, s]
    state.after[c], state.before[c] = d, -1
    if d >= 0:
        state.before[d] = c
    state.top[p, s] = c


@kernel
def delist(state: Any, c: Any, p: Any) -> None:
    """Undo `enlist`."""
    d, e, s = state.before[c], state.after[c], state.slot[c]
    state.slot[c] = -1
    if d >= 0:
        state.after[d] = e
    else:
        state.top[p, s] = e
    if e >= 0:
        state.before[e] = d


@kernel
def put(task: Any, state: Any, c: Any, p: Any, s: Any) -> None:
    fill(task, state, c, p, s)
    enlist(state, c, p, s)


@kernel
def take(task: Any, state: Any, c: Any, p: Any) -> None:
    drain(task, state, c, p, state.slot[c])
    delist(state, c, p)


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
def place_of(task: Any, g: Any, p: Any) -> Any:
    """Where point p stands among the candidates of group g; -1 = it may not go there."""
    for k in range(task.near_start[g], task.near_start[g + 1]):
        if task.near_point[k] == p:
            return k
    return -1


@kernel
def put_all(task: Any, state: Any, point: Any, slot: Any) -> None:
    """Give each cohort that has none the place written down: the point of its group and its own slot, -1 = none."""
    for c in range(len(slot)):
        g = task.group[c]
        if slot[c] >= 0 and state.slot[c] < 0:
            state.point[g], state.place[g] = point[g], place_of(task, g, point[g])
            put(task, state, c, point[g], slot[c])


@kernel
def slot_for(task: Any, state: Any, c: Any, p: Any, anchor: Any, limit: Any) -> Any:
    """The first slot below `limit` of point p that takes cohort c from `anchor` on, else the nearest before; or -1."""
    heads, tier, first, end = task.heads[c], task.tier[c], task.first[c], min(limit, task.last[c] + 1)
    for s in range(max(anchor, first), end):
        if state.room[p, s] >= heads and (state.count[p, s] == 0 or state.held[p, s] == tier):
            return s
    for s in range(min(anchor, end) - 1, first - 1, -1):
        if state.room[p, s] >= heads and (state.count[p, s] == 0 or state.held[p, s] == tier):
            return s
    return -1


@kernel
def pack(task: Any, state: Any, g: Any, k: Any, anchor: Any, limit: Any) -> Any:
    """Put the unplaced cohorts of group g into slots of its k-th candidate, largest first. Returns the heads left
    over."""
    p = task.near_point[k]
    left = 0
    placed = 0
    for i in range(task.group_start[g], task.group_start[g + 1]):
        c = task.order[i]
        if state.slot[c] < 0:
            s = slot_for(task, state, c, p, anchor, limit)
            if s < 0:
                left += task.heads[c]
                continue
            put(task, state, c, p, s)
        placed += 1
    settle(state, g, p, k, placed)
    return left


@kernel
def settle(state: Any, g: Any, p: Any, k: Any, placed: Any) -> None:
    """Group g is at point p, its k-th candidate; without a placed cohort it has no point."""
    if placed > 0:
        state.point[g], state.place[g] = p, k
    else:
        state.point[g], state.place[g] = -1, -1


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
    settle(state, g, p, state.place[g], kept)


@kernel
def group_cost(task: Any, state: Any, g: Any) -> Any:
    """What the group costs for itself: walk, move, early, and the penalty of those without a place; not spread."""
    k = state.place[g]
    unit = task.near_cost[k] if k >= 0 else 0.0
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
            left = pack(task, state, g, k, 0, limit)
            cost = group_cost(task, state, g) + task.spread * spread_of(task, state, b) + opening
            if p == prefer[g] and left == 0:
                cost = -math.inf
            clear(task, state, g)
            if cost < best_cost:
                best, best_cost = k, cost
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
