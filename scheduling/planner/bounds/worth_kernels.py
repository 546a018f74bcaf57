"""The inner steps of the bound by fillings: the best filling of every slot with whole cohorts, at given worths.

A candidate is a group with a point it may go to; a bid is what one cohort's coming to one candidate's point is worth.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from scheduling.planner.kernel_cache import kernel

NONE, PARTLY, WHOLE = 0, 1, 2


class Offers(NamedTuple):
    """Who may come to which point at what cost. Cohorts that fit nowhere are left out of it."""

    heads: Any  # of each cohort
    weight: Any  # the same in parts, rounded down
    is_out: Any  # of each cohort: fits nowhere
    first: Any
    last: Any
    early: Any
    times: Any
    pin_point: Any
    pin_slot: Any
    group_start: Any
    tier: Any  # of each group
    near_start: Any
    near_cost: Any
    owner: Any  # the group of each candidate
    bid_start: Any  # of each candidate, where the bids of its cohorts begin
    needed: Any  # of each candidate: slots that its group needs at least at its point
    at_start: Any  # of each point, where its candidates begin in `at`
    at: Any  # candidates, of each point those of a tier one after another
    capacity: Any
    room: Any  # the same in parts, rounded down
    filler: Any  # of each slot: what a part of room is worth to heads from elsewhere, who come singly
    slack: Any  # parts of room that may be left beside the whole ones: 1, and 0 where a part is a head
    opening: Any
    charge: Any  # what spread over one slot more costs a building, 0 = nothing is charged


class Bench(NamedTuple):
    """Where a slot is filled, one for each thread."""

    best: Any  # [room]
    part: Any  # [room]
    item: Any  # cohorts that could come
    profit: Any  # of each item
    taken: Any  # [item, room]
    chosen_near: Any  # candidates that could come
    whole_weight: Any  # of each group that could come
    whole_profit: Any
    items_from: Any
    how: Any  # [group, room]
    chosen: Any  # bids taken at one point
    count: Any  # of each bid: how often it was taken


@kernel
def count_slots(o: Any, near_point: Any, needed: Any) -> None:
    """needed[i]: so many slots the group needs at least at its point: by its sum, and as no two large ones share one."""
    for i in range(len(near_point)):
        g = o.owner[i]
        room = 0
        total = 0
        large = 0
        for c in range(o.group_start[g], o.group_start[g + 1]):
            for s in range(o.first[c], o.last[c] + 1):
                room = max(room, o.capacity[near_point[i], s])
        for c in range(o.group_start[g], o.group_start[g + 1]):
            if not o.is_out[c]:
                total += o.heads[c]
                if 2 * o.heads[c] > room:
                    large += 1
        needed[i] = max(1, large, (total + room - 1) // max(1, room))


@kernel
def may_fill(o: Any, c: Any, p: Any, s: Any) -> Any:
    """Whether cohort c may be called to slot s of point p, were it empty."""
    if s < o.first[c] or s > o.last[c] or o.heads[c] > o.capacity[p, s]:
        return False
    return o.pin_slot[c] < 0 or (o.pin_slot[c] == s and o.pin_point[c] == p)


@kernel
def list_items(o: Any, w: Any, i: Any, p: Any, s: Any, worth: Any, items: Any, groups: Any) -> Any:
    """Write down who of candidate i's group would be worth its place in the slot; whole_weight -1 = not all could
    come together. Returns how many."""
    g = o.owner[i]
    found = 0
    weight = 0
    gain = 0.0
    is_whole = o.needed[i] == 1
    for c in range(o.group_start[g], o.group_start[g + 1]):
        if o.is_out[c]:
            continue
        if not may_fill(o, c, p, s):
            is_whole = False
            continue
        profit = worth[o.bid_start[i] + c - o.group_start[g]] - o.heads[c] * o.near_cost[i] - o.early[c] * o.times[s]
        weight += o.weight[c]
        gain += profit
        if profit > 0.0:
            w.item[items + found] = c
            w.profit[items + found] = profit
            found += 1
    w.chosen_near[groups] = i
    w.items_from[groups] = items
    w.whole_weight[groups] = weight if is_whole and weight <= o.room[p, s] else -1
    w.whole_profit[groups] = gain
    return found


@kernel
def add_partly(o: Any, w: Any, low: Any, high: Any, room: Any, charge: Any) -> None:
    """part[j]: the best that j parts of the room are worth with some cohorts of the group, for a charge."""
    for j in range(room + 1):
        w.part[j] = w.best[j] - charge
    for k in range(low, high):
        weight = o.weight[w.item[k]]
        profit = w.profit[k]
        for j in range(room, weight - 1, -1):
            value = w.part[j - weight] + profit
            better = value > w.part[j]
            w.taken[k, j] = better
            if better:
                w.part[j] = value
        for j in range(min(weight, room + 1)):
            w.taken[k, j] = False


@kernel
def add_group(w: Any, n: Any, room: Any, is_partly: Any) -> None:
    """best[j] with the n-th group too: not at all, some of it, or the whole."""
    weight = w.whole_weight[n]
    gain = w.whole_profit[n]
    for j in range(room, -1, -1):
        how = NONE
        value = w.best[j]
        if is_partly and w.part[j] > value:
            how = PARTLY
            value = w.part[j]
        if 0 <= weight <= j and w.best[j - weight] + gain > value:
            how = WHOLE
            value = w.best[j - weight] + gain
        w.how[n, j] = how
        w.best[j] = value


@kernel
def fill_slot(o: Any, w: Any, low: Any, high: Any, p: Any, s: Any, worth: Any) -> Any:
    """Fill the slot from the candidates at[low:high], all of one tier. Returns (groups, items) written down;
    best[room] is what the best filling is worth."""
    room = o.room[p, s]
    for j in range(room + 1):
        w.best[j] = o.filler[s] * (j + o.slack)
    groups = 0
    items = 0
    for n in range(low, high):
        i = o.at[n]
        found = list_items(o, w, i, p, s, worth, items, groups)
        comes_whole = w.whole_weight[groups] >= 0 and w.whole_profit[groups] > 0.0
        if not comes_whole:
            w.whole_weight[groups] = -1
        if found == 0 and not comes_whole:
            continue
        needed = o.needed[i]
        g = o.owner[i]
        is_single = comes_whole and o.group_start[g + 1] - o.group_start[g] == 1
        if is_single:
            found = 0
        elif found > 0:
            charge = o.charge * (0.5 if needed == 1 else (needed - 1.0) / needed)
            add_partly(o, w, items, items + found, room, charge)
        add_group(w, groups, room, found > 0)
        items += found
        groups += 1
    w.items_from[groups] = items
    return groups


@kernel
def write_chosen(o: Any, w: Any, groups: Any, room: Any, at: Any) -> Any:
    """Write down who is in the best filling, from chosen[at] on. Returns where it ends."""
    j = room
    for n in range(groups - 1, -1, -1):
        how = w.how[n, j]
        i = w.chosen_near[n]
        g = o.owner[i]
        base = o.bid_start[i] - o.group_start[g]
        if how == WHOLE:
            for c in range(o.group_start[g], o.group_start[g + 1]):
                if not o.is_out[c]:
                    w.chosen[at] = base + c
                    at += 1
            j -= w.whole_weight[n]
        elif how == PARTLY:
            for k in range(w.items_from[n + 1] - 1, w.items_from[n] - 1, -1):
                if w.taken[k, j]:
                    w.chosen[at] = base + w.item[k]
                    at += 1
                    j -= o.weight[w.item[k]]
    return at


@kernel
def best_of_tiers(o: Any, w: Any, p: Any, s: Any, worth: Any, at: Any) -> Any:
    """(what the best filling of the slot is worth, where its bids end in `chosen`): one tier alone has it."""
    value = o.filler[s] * (o.room[p, s] + o.slack)
    end = at
    low = o.at_start[p]
    while low < o.at_start[p + 1]:
        tier = o.tier[o.owner[o.at[low]]]
        high = low + 1
        while high < o.at_start[p + 1] and o.tier[o.owner[o.at[high]]] == tier:
            high += 1
        groups = fill_slot(o, w, low, high, p, s, worth)
        if w.best[o.room[p, s]] > value:
            value = w.best[o.room[p, s]]
            end = write_chosen(o, w, groups, o.room[p, s], at)
        low = high
    return value, end


@kernel
def fill_points(o: Any, w: Any, begin: Any, end: Any, limit: Any, worth: Any, gains: Any) -> None:
    """gains[point, slot] for the points begin..end: what the best filling is worth; `count` adds up who is in the
    fillings of the slots below `limit`, at the points that are worth opening for them."""
    for p in range(begin, end):
        total = 0.0
        at = 0
        for s in range(len(o.times)):
            gains[p, s] = 0.0
            if o.capacity[p, s] > 0:
                value, after = best_of_tiers(o, w, p, s, worth, at)
                gains[p, s] = value
                if s < limit:
                    total += value
                    at = after
        if total > o.opening[p]:
            for k in range(at):
                w.count[w.chosen[k]] += 1


@kernel
def choose_points(o: Any, far: Any, worth: Any, leave: Any, begin: Any, end: Any, count: Any) -> Any:
    """Send each of the groups begin..end where all of it together is worth least: to a candidate, or elsewhere at
    far[g]; a cohort may stay away for `leave` a head. Takes one from `count` of every bid that is so met. Returns
    (the sum of the worths, heads that stay away)."""
    total = 0.0
    staying = 0
    for g in range(begin, end):
        least = far[g]
        chosen = -1
        low = o.group_start[g]
        for i in range(o.near_start[g], o.near_start[g + 1]):
            here = 0.0
            for c in range(low, o.group_start[g + 1]):
                if not o.is_out[c]:
                    here += min(worth[o.bid_start[i] + c - low], leave * o.heads[c])
            if here < least:
                least = here
                chosen = i
        total += least
        if chosen >= 0:
            for c in range(low, o.group_start[g + 1]):
                k = o.bid_start[chosen] + c - low
                if o.is_out[c]:
                    continue
                if worth[k] <= leave * o.heads[c]:
                    count[k] -= 1
                else:
                    staying += o.heads[c]
    return total, staying
