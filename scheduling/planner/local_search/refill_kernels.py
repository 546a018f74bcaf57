"""Slots filled afresh: the cohorts of some slots of a point are taken out, and the slots filled again one after another,
each as profitably as it can be (a knapsack). Where points are full to the last place a whole building gets in only so:
what is free there lies scattered over the slots, and single exchanges seldom gather it."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from scheduling.planner.kernel_cache import kernel
from scheduling.planner.local_search.kernels import (
    draw,
    last_busy,
    pick,
    pick_place,
    place_of,
    put,
    spread_of,
    take,
)
from scheduling.planner.local_search.move_kernels import allowance, opened

# Large cohorts come a little sooner, up to so much of their profit, as they find room less easily later.
SIZE_MATTERS = 0.02
# Who must come soon counts for more, the sooner the more.
SOON = 2.0
# Of all fillings so many send nobody elsewhere; profits are shaken by so much, else the same would come out again.
REFILLS, NOISE = 0.1, 0.03
# So many who could make room for a group are looked at, and so often it is asked whether one may go where that came from.
TRIES, TRADES = 12, 0.7
# Up to so many slots more than needed are filled.
MORE_SLOTS = 3


class Shelf(NamedTuple):
    """Where slots are filled."""

    table: Any  # [cohorts + 1, room + 1]: what the first of them are worth in so much room
    mark: Any  # of each slot whether it is filled afresh: where the group comes, and where another goes
    listed: Any  # cohorts taken out, those of a group one after another
    old_slot: Any  # of each of them
    items: Any  # cohorts that may come to the slot that is being filled
    best: Any  # those of the best filling


@kernel
def list_group(task: Any, g: Any, listed: Any, n: Any) -> Any:
    """Write down the free cohorts of group g from listed[n] on. Returns where they end, -1 = there is no room."""
    if n < 0:
        return n
    for c in range(task.group_start[g], task.group_start[g + 1]):
        if task.pinned[c] < 0:
            if n >= len(listed):
                return -1
            listed[n] = c
            n += 1
    return n


@kernel
def list_slots(task: Any, state: Any, p: Any, g: Any, h: Any, mark: Any, listed: Any, n: Any) -> Any:
    """The same for all in the marked slots of point p but groups g and h."""
    for s in range(len(mark)):
        c = state.top[p, s] if mark[s] else -1
        while c >= 0:
            if task.group[c] != g and task.group[c] != h and task.pinned[c] < 0:
                if n >= len(listed):
                    return -1
                listed[n] = c
                n += 1
            c = state.after[c]
    return n


@kernel
def mark_slots(task: Any, state: Any, p: Any, g: Any, h: Any, limit: Any, mark: Any) -> Any:
    """Mark the slots of point p that are filled afresh when group g comes and h (-1 = nobody) goes: those of h, then
    those with most room until there is enough, and some others. Returns whether there is enough."""
    mark[:] = False
    first, end = task.first[task.group_start[g]], min(limit, task.last[task.group_start[g]] + 1)
    free = 0
    if h >= 0:
        for c in range(task.group_start[h], task.group_start[h + 1]):
            s = state.slot[c]
            if task.pinned[c] < 0 and 0 <= s < limit:
                if first <= s < end:
                    free += task.heads[c] + (0 if mark[s] else state.room[p, s])
                mark[s] = True
    while free < task.weight[g]:
        most, best = 0, -1
        for s in range(first, end):
            if not mark[s] and state.room[p, s] > most:
                most, best = state.room[p, s], s
        if best < 0:
            return False
        mark[best] = True
        free += most
    for _ in range(pick(state, 0, MORE_SLOTS + 1)):
        mark[pick(state, 0, limit)] = True
    return True


@kernel
def cost_of_listed(task: Any, state: Any, listed: Any, n: Any) -> Any:
    """What the listed cohorts cost with the spread of their buildings, each once."""
    total = 0.0
    for i in range(n):
        c = listed[i]
        s, b = state.slot[c], task.building[c]
        if s < 0:
            total += task.penalty * task.heads[c]
        else:
            total += task.early[c] * task.times[s] + task.near_cost[state.place[task.group[c]]] * task.heads[c]
        is_new = task.spread != 0
        for j in range(i):
            if task.building[listed[j]] == b:
                is_new = False
        if is_new:
            total += task.spread * spread_of(task, state, b)
    return total


@kernel
def saved_by_now(task: Any, state: Any, c: Any) -> Any:
    """What it saves in spread to call cohort c now: others of its building have been called, few are left."""
    b = task.building[c]
    called, left = 0, 0
    for d in range(task.building_start[b], task.building_start[b + 1]):
        if state.slot[d] >= 0:
            called += 1
        else:
            left += 1
    return task.spread / left if called > 0 else 0.0


@kernel
def profit_of(task: Any, state: Any, c: Any, s: Any, limit: Any) -> Any:
    """What it is worth to call cohort c in slot s rather than in a later one."""
    profit = task.early[c] + 1e-6 * task.heads[c]
    if task.last[c] < limit - 1:
        profit *= 1.0 + SOON / (task.last[c] - s + 1)
    profit += SIZE_MATTERS * profit * task.heads[c] / (task.heads[c] + 100.0)
    profit *= 1.0 + NOISE * draw(state.random)
    return profit + (saved_by_now(task, state, c) if task.spread != 0 else 0.0)


@kernel
def fill_table(task: Any, state: Any, items: Any, n: Any, s: Any, room: Any, limit: Any, table: Any) -> Any:
    """table[k, r]: the most that the first k items are worth in r heads of room. Returns the last of all."""
    for r in range(room + 1):
        table[0, r] = 0.0
    for k in range(n):
        c = items[k]
        weight, profit = task.heads[c], profit_of(task, state, c, s, limit)
        without, then = table[k], table[k + 1]
        for r in range(min(weight, room + 1)):
            then[r] = without[r]
        if weight <= room:
            beside, here = without[weight : room + 1], then[weight : room + 1]
            for r in range(room + 1 - weight):
                taken = without[r] + profit
                here[r] = taken if taken > beside[r] else beside[r]
    return table[n, room]


@kernel
def fill_slot(task: Any, state: Any, p: Any, s: Any, low: Any, high: Any, limit: Any, shelf: Any) -> Any:
    """Call the most profitable of the listed cohorts low..high that have no slot in slot s of point p: one tier of
    them, those of the slot's where it has one. Returns how many come."""
    room, worth, chosen = state.room[p, s], 0.0, 0
    held, tier = -1, -1
    if state.count[p, s] > 0:
        held = state.held[p, s]
    while True:
        n, after = 0, 1 << 60
        for i in range(low, high):
            c = shelf.listed[i]
            if state.slot[c] >= 0 or s < task.first[c] or s > task.last[c] or task.heads[c] > room:
                continue
            t = task.tier[c]
            if (held >= 0 and t != held) or t <= tier:
                continue
            if t < after:
                n, after = 0, t
            if t == after:
                shelf.items[n] = c
                n += 1
        if n == 0:
            break
        tier = after
        value = fill_table(task, state, shelf.items, n, s, room, limit, shelf.table)
        if value > worth:
            worth, chosen, r = value, 0, room
            for k in range(n - 1, -1, -1):
                if shelf.table[k + 1, r] != shelf.table[k, r]:
                    shelf.best[chosen] = shelf.items[k]
                    chosen += 1
                    r -= task.heads[shelf.items[k]]
    for k in range(chosen):
        put(task, state, shelf.best[k], p, s)
    return chosen


@kernel
def fill_point(task: Any, state: Any, p: Any, low: Any, high: Any, limit: Any, mark: Any, shelf: Any) -> Any:
    """Call the listed cohorts low..high, none of which has a slot, in the marked slots of point p. Returns how many
    find none."""
    left = high - low
    for s in range(limit):
        if mark[s] and left > 0 and state.room[p, s] > 0:
            left -= fill_slot(task, state, p, s, low, high, limit, shelf)
    return left


@kernel
def take_listed(task: Any, state: Any, n: Any, shelf: Any) -> None:
    """Take out the listed cohorts that have a slot."""
    for i in range(n):
        c = shelf.listed[i]
        if state.slot[c] >= 0:
            take(task, state, c, state.point[task.group[c]])


@kernel
def put_back(task: Any, state: Any, n: Any, shelf: Any) -> None:
    """Listed cohorts go where they were; their groups have the points they had."""
    take_listed(task, state, n, shelf)
    for i in range(n):
        c = shelf.listed[i]
        if shelf.old_slot[i] >= 0:
            put(task, state, c, state.point[task.group[c]], shelf.old_slot[i])


@kernel
def mark_some(task: Any, state: Any, p: Any, c: Any, limit: Any, mark: Any) -> None:
    """Mark a few slots of point p that follow one another, and for cohort c (-1 = nobody) those with most room, until
    there is enough for it."""
    mark[:] = False
    begin = pick(state, 0, limit)
    for s in range(begin, min(limit, begin + 2 + pick(state, 0, 2 * MORE_SLOTS))):
        mark[s] = True
    free = 0
    while c >= 0 and free < task.heads[c]:
        most, best = 0, -1
        for s in range(task.first[c], min(limit, task.last[c] + 1)):
            if state.room[p, s] > most and not mark[s]:
                most, best = state.room[p, s], s
        if best < 0:
            return
        mark[best] = True
        free += most


@kernel
def refill(task: Any, state: Any, p: Any, c: Any, limit: Any, temperature: Any, shelf: Any) -> Any:
    """Fill some slots of point p, one after another, afresh, with unplaced cohort c of a group there too (-1 = nobody).
    Returns what it changed the cost by."""
    mark = shelf.mark[0]
    mark_some(task, state, p, c, limit, mark)
    n = list_slots(task, state, p, -1, -1, mark, shelf.listed, 0)
    if c >= 0 and 0 <= n < len(shelf.listed):
        shelf.listed[n] = c
        n += 1
    if n <= 0:
        return 0.0
    before = cost_of_listed(task, state, shelf.listed, n) + task.finish * last_busy(task, state)
    budget = before + allowance(state, temperature)
    for i in range(n):
        shelf.old_slot[i] = state.slot[shelf.listed[i]]
    take_listed(task, state, n, shelf)
    if fill_point(task, state, p, 0, n, limit, mark, shelf) == 0:
        after = cost_of_listed(task, state, shelf.listed, n) + task.finish * last_busy(task, state)
        if after <= budget:
            return after - before
    put_back(task, state, n, shelf)
    return 0.0


@kernel
def send(task: Any, state: Any, g: Any, k: Any, h: Any, j: Any, limit: Any, temperature: Any, shelf: Any) -> Any:
    """Send group g to its k-th candidate, where others are, and where h >= 0 group h from there to its j-th; some slots
    of both are filled afresh. Returns what it changed the cost by."""
    p, q, at, r, home = state.point[g], task.near_point[k], state.place[g], -1, -1
    come, go = shelf.mark[0], shelf.mark[1]
    if not mark_slots(task, state, q, g, h, limit, come):
        return 0.0
    n = list_group(task, g, shelf.listed, list_slots(task, state, q, g, h, come, shelf.listed, 0))
    middle = n
    if h >= 0:
        r, home = task.near_point[j], state.place[h]
        if not mark_slots(task, state, r, h, g if r == p else -1, limit, go):
            return 0.0
        n = list_group(task, h, shelf.listed, list_slots(task, state, r, g, h, go, shelf.listed, n))
    if n < 0 or middle < 0:
        return 0.0
    before = cost_of_listed(task, state, shelf.listed, n)
    before += opened(task, state, p, q, r) + task.finish * last_busy(task, state)
    budget = before + allowance(state, temperature)
    for i in range(n):
        shelf.old_slot[i] = state.slot[shelf.listed[i]]
    take_listed(task, state, n, shelf)
    state.point[g], state.place[g] = q, k
    left = fill_point(task, state, q, 0, middle, limit, come, shelf)
    if h >= 0:
        state.point[h], state.place[h] = r, j
        if left == 0:
            left = fill_point(task, state, r, middle, n, limit, go, shelf)
    if left == 0:
        after = cost_of_listed(task, state, shelf.listed, n)
        after += opened(task, state, p, q, r) + task.finish * last_busy(task, state)
        if after <= budget:
            return after - before
    take_listed(task, state, n, shelf)
    state.point[g], state.place[g] = p, at
    if h >= 0:
        state.point[h], state.place[h] = q, home
    put_back(task, state, n, shelf)
    return 0.0


@kernel
def free_at(state: Any, p: Any, limit: Any) -> Any:
    """Heads that still fit at point p."""
    free = 0
    for s in range(limit):
        free += state.room[p, s]
    return free


@kernel
def pick_nearer(task: Any, state: Any, g: Any) -> Any:
    """One of the candidates of group g that are cheaper than the one it has, any where it has none; -1 = there is none."""
    if state.place[g] < 0:
        return pick_place(task, state, g)
    low, end = task.near_start[g], state.place[g]
    return pick(state, low, end) if end > low else -1


@kernel
def way_out(task: Any, state: Any, g: Any, h: Any, k: Any, limit: Any) -> Any:
    """To which candidate group h may go from the k-th one of g, if g comes: often where g was; -1 = nowhere."""
    p, q = state.point[g], task.near_point[k]
    j = -1
    if p >= 0 and draw(state.random) < TRADES:
        j = place_of(task, h, p)
    if j < 0:
        j = pick_place(task, state, h)
    if j < 0 or task.near_point[j] == q:
        return -1
    r = task.near_point[j]
    more = task.weight[g] if r == p else 0
    return j if free_at(state, r, limit) + more >= task.weight[h] else -1


@kernel
def try_refill(
    task: Any, state: Any, c: Any, limit: Any, temperature: Any, start: Any, members: Any, shelf: Any
) -> Any:
    """Fill the point of cohort c afresh, or send its group to a cheaper one that is filled afresh, where room is wanting
    for one of those there: of some the one whose way costs least."""
    g = task.group[c]
    p = state.point[g]
    if p >= 0 and (state.slot[c] < 0 or draw(state.random) < REFILLS):
        return refill(task, state, p, c if state.slot[c] < 0 else -1, limit, temperature, shelf)
    k = pick_nearer(task, state, g)
    if k < 0:
        return 0.0
    q = task.near_point[k]
    if q == p or state.used[q] == 0:
        return 0.0
    free = free_at(state, q, limit)
    if free >= task.weight[g]:
        return send(task, state, g, k, -1, -1, limit, temperature, shelf)
    if start[q + 1] <= start[q]:
        return 0.0
    gain = (task.near_cost[state.place[g]] - task.near_cost[k]) * task.weight[g] if p >= 0 else math.inf
    least, best, way = gain + 2.0 * temperature, -1, -1
    for _ in range(TRIES):
        h = members[pick(state, start[q], start[q + 1])]
        if h == g or state.point[h] != q or free + task.weight[h] < task.weight[g]:
            continue
        j = way_out(task, state, g, h, k, limit)
        if j >= 0:
            cost = (task.near_cost[j] - task.near_cost[state.place[h]]) * task.weight[h]
            if cost < least:
                least, best, way = cost, h, j
    return send(task, state, g, k, best, way, limit, temperature, shelf) if best >= 0 else 0.0
