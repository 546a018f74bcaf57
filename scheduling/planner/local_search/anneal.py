"""Simulated annealing over places (Kirkpatrick, Gelatt, Vecchi 1983): moves are taken where they save, or by the
chance that the temperature gives."""

from __future__ import annotations

from typing import Any

from scheduling.planner.kernel_cache import kernel
from scheduling.planner.local_search.closing_kernels import close_point, groups_at
from scheduling.planner.local_search.exchange_kernels import exchange, pick_cohort
from scheduling.planner.local_search.kernels import draw, fits, list_members, list_unplaced, pick, pick_place, place_of
from scheduling.planner.local_search.move_kernels import move_group, move_slot, replace, swap_groups, swap_slots
from scheduling.planner.local_search.refill_kernels import try_refill

# A point moves as a whole only where looking through all groups is cheap.
MOST_GROUPS = 3_000


@kernel
def pick_slot(task: Any, state: Any, c: Any, limit: Any) -> Any:
    """A slot that cohort c may have: often beside another cohort of its building, else any; -1 = there is none."""
    first, end = task.first[c], min(task.last[c] + 1, limit)
    if end <= first:
        return -1
    b = task.building[c]
    low, high = task.building_start[b], task.building_start[b + 1]
    if high - low > 1 and draw(state.random) < 0.5:
        s = state.slot[pick(state, low, high)] + pick(state, -1, 2)
        return s if first <= s < end else -1
    return pick(state, first, end)


@kernel
def try_cohort(task: Any, state: Any, c: Any, limit: Any, temperature: Any, exchanges: Any, four: Any) -> Any:
    """Call cohort c, whose group has a point, in another slot: where it fits, or in exchange for others."""
    p = state.point[task.group[c]]
    s = pick_slot(task, state, c, limit)
    if s < 0 or s == state.slot[c]:
        return 0.0
    if 0 <= state.slot[c] < limit and draw(state.random) < exchanges:
        return exchange(task, state, c, s, temperature, four)
    if state.slot[c] >= 0 and fits(task, state, c, p, s) and draw(state.random) < 0.7:
        return move_slot(task, state, c, s, temperature)
    if state.count[p, s] == 0:
        return 0.0
    d = pick_cohort(state, p, s)
    if task.pinned[d] >= 0:
        return 0.0
    if state.slot[c] < 0:
        return replace(task, state, c, d, limit, temperature)
    return swap_slots(task, state, c, d, temperature) if state.slot[c] < limit else 0.0


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
    plan: Any,
    four: Any,
    shelf: Any,
) -> Any:
    """Try so many moves, the temperature falling from hot to cold; no slot from `limit` on is filled anew.

    `chances` = up to which number a draw means: cohort move, group move; above: groups change points. The third is of
    a point being closed instead of a group moved, the fourth of a cohort move being an exchange of several. The
    fifth is of none of these but a point being filled afresh, mostly with another group.
    Returns what all of it changed the cost by.
    """
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
        c = pick(state, 0, cohorts)
        if missing > 0 and draw(state.random) < 0.2:
            c = unplaced[pick(state, 0, missing)]
        g = task.group[c]
        p = state.point[g]
        if chances[4] > 0.0 and draw(state.random) < chances[4]:
            change += try_refill(task, state, c, limit, temperature, start, members, shelf)
            continue
        if kind < chances[0]:
            if p >= 0 and task.pinned[c] < 0:
                change += try_cohort(task, state, c, limit, temperature, chances[3], four)
            continue
        k = pick_place(task, state, g)
        if k < 0:
            continue
        q = task.near_point[k]
        if p >= 0 and has_openings and groups <= MOST_GROUPS and draw(state.random) < chances[2]:
            q = q if state.used[q] == 0 else -1
            n = groups_at(state, p, found)
            change += close_point(task, state, p, q, limit, temperature, found, n, memory)
            continue
        if kind < chances[1] or start[q + 1] <= start[q]:
            anchor = 0 if draw(state.random) < 0.5 else pick(state, 0, limit)
            change += move_group(task, state, g, k, anchor, limit, temperature, plan)
            continue
        h = members[pick(state, start[q], start[q + 1])]
        j = state.place[g] if p == q else place_of(task, h, p)
        if p < 0 or j < 0 or draw(state.random) < 0.3:
            j = pick_place(task, state, h)
        if p == q:
            j = state.place[h]
        if h == g or state.point[h] != q or j < 0:
            continue
        four[0] = lowest_slot(task, state, h)
        four[1] = lowest_slot(task, state, g)
        change += swap_groups(task, state, g, h, k, j, four, limit, temperature, plan)
    return change


@kernel
def lowest_slot(task: Any, state: Any, g: Any) -> Any:
    """The first slot of the placed cohorts of group g; 0 where none is placed."""
    low = -1
    for c in range(task.group_start[g], task.group_start[g + 1]):
        s = state.slot[c]
        if s >= 0 and (low < 0 or s < low):
            low = s
    return max(low, 0)
