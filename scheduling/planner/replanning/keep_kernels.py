"""The inner steps of planning again: annealing where only heads unplaced and heads moved count.

A move calls one cohort in another slot, or sends a group to another point; whoever is in the way is put out and goes to
the place they were told, else to the first slot that takes them, else nowhere. Compiled as `kernels.py` is.
"""

from __future__ import annotations

from typing import Any

from scheduling.planner.kernel_cache import kernel
from scheduling.planner.local_search.closing_kernels import remember, restore
from scheduling.planner.local_search.kernels import (
    clear,
    draw,
    fits,
    list_members,
    place_of,
    put,
    settle,
    slot_for,
    take,
)
from scheduling.planner.local_search.move_kernels import accepted, count_home
from scheduling.planner.replanning.exchange_kernels import exchange_told

# So many are put out for one at most.
MOST_OUT = 4
# So many of the moves to another slot are exchanges.
EXCHANGES = 0.6


@kernel
def burden(task: Any, told: Any, missing: Any, c: Any, p: Any, s: Any) -> Any:
    """What cohort c counts at slot s of point p; s < 0 = without a place, where a head counts as `missing` that move."""
    if s < 0:
        return task.heads[c] * (missing + (1.0 if told[1, c] >= 0 else 0.0))
    if told[1, c] < 0 or (told[0, c] == p and told[1, c] == s):
        return 0.0
    return float(task.heads[c])


@kernel
def slot_again(task: Any, state: Any, told: Any, c: Any, p: Any, anchor: Any) -> Any:
    """The slot that cohort c was told, where it is at p and takes it; else the nearest from `anchor` on; or -1."""
    if told[0, c] == p and told[1, c] >= 0 and fits(task, state, c, p, told[1, c]):
        return told[1, c]
    return slot_for(task, state, c, p, anchor, len(state.busy))


@kernel
def someone_at(task: Any, state: Any, p: Any, s: Any, start: Any, members: Any, skip: Any) -> Any:
    """A cohort in slot s of point p that may be put out, drawn at random; -1 = nobody. `skip` is not meant."""
    low, n = start[p], start[p + 1] - start[p]
    if n <= 0:
        return -1
    begin = int(draw(state.random) * n)
    for k in range(n):
        g = members[low + (begin + k) % n]
        if state.point[g] != p:
            continue
        for c in range(task.group_start[g], task.group_start[g + 1]):
            if state.slot[c] == s and c != skip and task.pinned[c] < 0:
                return c
    return -1


@kernel
def call_at(
    task: Any,
    state: Any,
    told: Any,
    missing: Any,
    c: Any,
    p: Any,
    s: Any,
    start: Any,
    members: Any,
    temperature: Any,
    out: Any,
) -> Any:
    """Call cohort c in slot s of p, where its group is or may be as it has no point yet. Returns the change."""
    old = state.slot[c]
    if s == old or s < task.first[c] or s > task.last[c] or task.heads[c] > task.capacity[p, s]:
        return 0.0
    g = task.group[c]
    before = burden(task, told, missing, c, p, old)
    if old >= 0:
        take(task, state, c, p)
    n = 0
    while not fits(task, state, c, p, s) and n < MOST_OUT:
        d = someone_at(task, state, p, s, start, members, c)
        if d < 0:
            break
        take(task, state, d, p)
        out[n] = d
        n += 1
    is_in = fits(task, state, c, p, s)
    after = 0.0
    if is_in:
        put(task, state, c, p, s)
        for k in range(n):
            d = out[k]
            before += burden(task, told, missing, d, p, s)
            t = slot_again(task, state, told, d, p, int(draw(state.random) * len(state.busy)))
            if t >= 0:
                put(task, state, d, p, t)
            after += burden(task, told, missing, d, p, t)
        if accepted(state, after - before + burden(task, told, missing, c, p, s), temperature):
            settle(state, g, p, place_of(task, g, p), 1)
            for k in range(n):
                count_home(task, state, task.group[out[k]])
            return after - before + burden(task, told, missing, c, p, s)
        take(task, state, c, p)
    for k in range(n):
        if state.slot[out[k]] >= 0:
            take(task, state, out[k], p)
    for k in range(n):
        put(task, state, out[k], p, s)
    if old >= 0:
        put(task, state, c, p, old)
    return 0.0


@kernel
def burden_of(task: Any, state: Any, told: Any, missing: Any, g: Any) -> Any:
    total = 0.0
    for c in range(task.group_start[g], task.group_start[g + 1]):
        total += burden(task, told, missing, c, state.point[g], state.slot[c])
    return total


@kernel
def pack_again(task: Any, state: Any, told: Any, g: Any, p: Any, anchor: Any) -> None:
    """Put the unplaced cohorts of group g into slots of point p: first where they were told, then the largest."""
    placed = 0
    for c in range(task.group_start[g], task.group_start[g + 1]):
        if state.slot[c] < 0 and told[0, c] == p and told[1, c] >= 0 and fits(task, state, c, p, told[1, c]):
            put(task, state, c, p, told[1, c])
    for k in range(task.group_start[g], task.group_start[g + 1]):
        c = task.order[k]
        if state.slot[c] < 0:
            s = slot_for(task, state, c, p, anchor, len(state.busy))
            if s >= 0:
                put(task, state, c, p, s)
        if state.slot[c] >= 0:
            placed += 1
    settle(state, g, p, place_of(task, g, p), placed)


@kernel
def send_to(
    task: Any, state: Any, told: Any, missing: Any, g: Any, q: Any, h: Any, r: Any, temperature: Any, memory: Any
) -> Any:
    """Send group g to point q, and group h (-1 = none) from there to r. Returns the change."""
    p, k, j = state.point[g], state.place[g], state.place[h]
    anchor = int(draw(state.random) * len(state.busy))
    before = burden_of(task, state, told, missing, g)
    at = remember(task, state, g, memory, 0)
    if h >= 0:
        before += burden_of(task, state, told, missing, h)
        remember(task, state, h, memory, at)
        clear(task, state, h)
    clear(task, state, g)
    if (p >= 0 and state.point[g] >= 0) or (h >= 0 and state.point[h] >= 0):
        # Somebody of it is pinned: it stays.
        restore(task, state, g, p, k, memory, 0)
        if h >= 0:
            restore(task, state, h, q, j, memory, at)
        return 0.0
    pack_again(task, state, told, g, q, anchor)
    delta = burden_of(task, state, told, missing, g) - before
    if h >= 0:
        pack_again(task, state, told, h, r, anchor)
        delta += burden_of(task, state, told, missing, h)
    if accepted(state, delta, temperature):
        return delta
    clear(task, state, g)
    if h >= 0:
        clear(task, state, h)
    restore(task, state, g, p, k, memory, 0)
    if h >= 0:
        restore(task, state, h, q, j, memory, at)
    return 0.0


@kernel
def list_seekers(task: Any, state: Any, told: Any, missing: Any, seekers: Any) -> Any:
    """Writes down the free cohorts without a place or away from the one they were told; returns how many."""
    n = 0
    for c in range(len(state.slot)):
        if task.pinned[c] < 0 and burden(task, told, missing, c, state.point[task.group[c]], state.slot[c]) > 0:
            seekers[n] = c
            n += 1
    return n


@kernel
def keep_more(
    task: Any,
    state: Any,
    told: Any,
    missing: Any,
    steps: Any,
    hot: Any,
    cold: Any,
    start: Any,
    members: Any,
    seekers: Any,
    out: Any,
    memory: Any,
) -> Any:
    """Try so many moves, the temperature falling from hot to cold, mostly of those without the place they were told.
    Returns what all of it changed the burden by."""
    change, n, temperature = 0.0, 0, hot
    cohorts = len(state.slot)
    for step in range(steps):
        if step % 512 == 0:
            list_members(state.point, start, members)
            n = list_seekers(task, state, told, missing, seekers)
            if n == 0:
                return change
            temperature = hot * (cold / hot) ** (step / steps)
        c = seekers[int(draw(state.random) * n)]
        if draw(state.random) < 0.15:
            c = int(draw(state.random) * cohorts)
        if task.pinned[c] >= 0:
            continue
        g = task.group[c]
        p, kind = state.point[g], draw(state.random)
        if p >= 0 and kind < 0.7:
            s = task.first[c] + int(draw(state.random) * (task.last[c] + 1 - task.first[c]))
            if kind < 0.4 and told[0, c] == p and told[1, c] >= 0:
                s = told[1, c]
            if state.slot[c] >= 0 and draw(state.random) < EXCHANGES:
                change += exchange_told(task, state, told, c, s, temperature, out)
                continue
            change += call_at(task, state, told, missing, c, p, s, start, members, temperature, out)
            continue
        near = task.near_start[g + 1] - task.near_start[g]
        if near == 0:
            continue
        x = draw(state.random)
        q = task.near_point[task.near_start[g] + int(near * x * x)]
        if draw(state.random) < 0.4 and told[1, c] >= 0 and place_of(task, g, told[0, c]) >= 0:
            q = told[0, c]
        if p < 0 and kind < 0.4:
            s = task.first[c] + int(draw(state.random) * (task.last[c] + 1 - task.first[c]))
            change += call_at(task, state, told, missing, c, q, s, start, members, temperature, out)
            continue
        h = -1
        if q != p and p >= 0 and kind > 0.85 and start[q + 1] > start[q]:
            h = members[start[q] + int(draw(state.random) * (start[q + 1] - start[q]))]
            if h == g or state.point[h] != q or place_of(task, h, p) < 0:
                continue
        change += send_to(task, state, told, missing, g, q, h, p, temperature, memory)
    return change
