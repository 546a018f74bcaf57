"""The moves of the search: each looks at what it would change and does it only where that is accepted."""

from __future__ import annotations

import math
from typing import Any

from scheduling.planner.kernel_cache import kernel
from scheduling.planner.local_search.kernels import (
    delist,
    drain,
    draw,
    enlist,
    fill,
    fits,
    group_cost,
    last_busy,
    put,
    settle,
    slot_for,
    spread_of,
    take,
)


@kernel
def accepted(state: Any, delta: Any, temperature: Any) -> Any:
    """Metropolis: what saves always, what costs by a chance that falls with the cost."""
    if delta <= 0:
        return True
    return delta < 30 * temperature and draw(state.random) < math.exp(-delta / temperature)


@kernel
def allowance(state: Any, temperature: Any) -> Any:
    """The same decided beforehand: by how much a move may raise the cost."""
    return -temperature * math.log(draw(state.random) + 1e-300)


@kernel
def spread_if(task: Any, state: Any, c: Any, s: Any, d: Any, t: Any) -> Any:
    """Last slot - first slot of the building of cohort c if c were called in slot s, and cohort d in t (-1 = no d)."""
    b = task.building[c]
    least, most = task.times[s], task.times[s]
    for e in range(task.building_start[b], task.building_start[b + 1]):
        u = state.slot[e]
        if e == c:
            u = s
        elif e == d:
            u = t
        if u >= 0:
            time = task.times[u]
            least, most = min(least, time), max(most, time)
    return most - least


@kernel
def move_slot(task: Any, state: Any, c: Any, s: Any, temperature: Any) -> Any:
    """Call cohort c, which has a slot, in slot s of its point instead; it fits. Returns what it changed the cost by."""
    p, old = state.point[task.group[c]], state.slot[c]
    delta = task.early[c] * (task.times[s] - task.times[old])
    if task.spread != 0:
        delta += task.spread * (spread_if(task, state, c, s, -1, -1) - spread_of(task, state, task.building[c]))
    if task.finish != 0:
        before = last_busy(task, state)
        state.busy[old] -= 1
        state.busy[s] += 1
        delta += task.finish * (last_busy(task, state) - before)
        state.busy[old] += 1
        state.busy[s] -= 1
    if not accepted(state, delta, temperature):
        return 0.0
    take(task, state, c, p)
    put(task, state, c, p, s)
    return delta


@kernel
def swap_slots(task: Any, state: Any, c: Any, d: Any, temperature: Any) -> Any:
    """Let cohorts c and d of one point change slots. Returns what it changed the cost by."""
    p = state.point[task.group[c]]
    s, t = state.slot[c], state.slot[d]
    more = task.heads[c] - task.heads[d]
    if s == t or state.room[p, t] < more or state.room[p, s] < -more:
        return 0.0
    if t < task.first[c] or t > task.last[c] or s < task.first[d] or s > task.last[d]:
        return 0.0
    if task.tier[c] != task.tier[d] and (state.count[p, s] > 1 or state.count[p, t] > 1):
        return 0.0
    delta = (task.early[c] - task.early[d]) * (task.times[t] - task.times[s])
    if delta > 30 * temperature + task.spread * 2 * abs(task.times[t] - task.times[s]):
        return 0.0
    a, b = task.building[c], task.building[d]
    if task.spread != 0 and a != b:
        delta += task.spread * (spread_if(task, state, c, t, -1, -1) - spread_of(task, state, a))
        delta += task.spread * (spread_if(task, state, d, s, -1, -1) - spread_of(task, state, b))
    if not accepted(state, delta, temperature):
        return 0.0
    take(task, state, c, p)
    take(task, state, d, p)
    put(task, state, c, p, t)
    put(task, state, d, p, s)
    return delta


@kernel
def lift(task: Any, state: Any, g: Any) -> None:
    """Count the free cohorts of group g out of their slots; where they stood is still written down."""
    p = state.point[g]
    for c in range(task.group_start[g], task.group_start[g + 1]):
        if state.slot[c] >= 0 and task.pinned[c] < 0:
            drain(task, state, c, p, state.slot[c])


@kernel
def lower(task: Any, state: Any, g: Any) -> None:
    """Undo `lift`."""
    p = state.point[g]
    for c in range(task.group_start[g], task.group_start[g + 1]):
        if state.slot[c] >= 0 and task.pinned[c] < 0:
            fill(task, state, c, p, state.slot[c])


@kernel
def undo_plan(task: Any, state: Any, g: Any, k: Any, end: Any, plan: Any) -> None:
    """Count the cohorts of lifted group g out again, as far as they are planned: below `end` in the order."""
    p = task.near_point[k]
    for i in range(task.group_start[g], end):
        c = task.order[i]
        if task.pinned[c] < 0 and plan[c] >= 0:
            drain(task, state, c, p, plan[c])


@kernel
def plan_group(task: Any, state: Any, g: Any, k: Any, anchor: Any, limit: Any, budget: Any, plan: Any) -> Any:
    """Count lifted group g into its k-th candidate, its slots written into `plan`. Returns what it costs for itself;
    inf = more than the budget, and nothing is counted."""
    p, unit = task.near_point[k], task.near_cost[k]
    cost = unit * task.weight[g]
    for i in range(task.group_start[g], task.group_start[g + 1]):
        c = task.order[i]
        if task.pinned[c] >= 0:
            plan[c] = state.slot[c]
            cost += task.early[c] * task.times[plan[c]] + unit * task.heads[c]
            continue
        if cost > budget:
            undo_plan(task, state, g, k, i, plan)
            return math.inf
        s = slot_for(task, state, c, p, anchor, limit)
        plan[c] = s
        if s >= 0:
            fill(task, state, c, p, s)
            cost += task.early[c] * task.times[s]
        else:
            cost += (task.penalty - unit) * task.heads[c]
    if cost > budget:
        undo_plan(task, state, g, k, task.group_start[g + 1], plan)
        return math.inf
    return cost


@kernel
def spread_planned(task: Any, state: Any, b: Any, g: Any, h: Any, plan: Any) -> Any:
    """Last slot - first slot of building b where groups g and h (-1 = none) are called as planned."""
    least, most = 1e300, -1.0
    for c in range(task.building_start[b], task.building_start[b + 1]):
        s = plan[c] if task.group[c] == g or task.group[c] == h else state.slot[c]
        if s >= 0:
            t = task.times[s]
            least, most = min(least, t), max(most, t)
    return most - least if most >= 0 else 0.0


@kernel
def follow_plan(task: Any, state: Any, g: Any, k: Any, plan: Any) -> None:
    """Write the counted plan of group g down."""
    p, q, placed = state.point[g], task.near_point[k], 0
    for c in range(task.group_start[g], task.group_start[g + 1]):
        if task.pinned[c] < 0:
            if state.slot[c] >= 0:
                delist(state, c, p)
            if plan[c] >= 0:
                enlist(state, c, q, plan[c])
        if state.slot[c] >= 0:
            placed += 1
    settle(state, g, q, k, placed)


@kernel
def opened(task: Any, state: Any, p: Any, q: Any, r: Any) -> Any:
    """What these points cost for being open as they are used now, each once; -1 = no point."""
    total = 0.0
    if p >= 0 and state.used[p] > 0:
        total += task.opening[p]
    if q >= 0 and q != p and state.used[q] > 0:
        total += task.opening[q]
    if r >= 0 and r != p and r != q and state.used[r] > 0:
        total += task.opening[r]
    return total


@kernel
def move_group(task: Any, state: Any, g: Any, k: Any, anchor: Any, limit: Any, temperature: Any, plan: Any) -> Any:
    """Send group g to its k-th candidate, packed afresh; that may be its present point. Returns what it changed the
    cost by."""
    p, q, b = state.point[g], task.near_point[k], task.building[task.group_start[g]]
    before = group_cost(task, state, g) + task.spread * spread_of(task, state, b)
    allowed = allowance(state, temperature)
    if task.near_cost[k] * task.weight[g] > before + allowed + task.opening[p]:
        return 0.0
    loose = opened(task, state, p, q, -1) + task.finish * last_busy(task, state)
    lift(task, state, g)
    base = opened(task, state, p, q, -1) + task.finish * last_busy(task, state)
    budget = before + loose - base + allowed
    cost = plan_group(task, state, g, k, anchor, limit, budget, plan)
    if cost <= budget:
        cost += task.spread * spread_planned(task, state, b, g, -1, plan)
        cost += opened(task, state, p, q, -1) + task.finish * last_busy(task, state) - base
        if cost <= budget:
            follow_plan(task, state, g, k, plan)
            return cost - (before + loose - base)
        undo_plan(task, state, g, k, task.group_start[g + 1], plan)
    lower(task, state, g)
    return 0.0


@kernel
def mean_slot(task: Any, state: Any, g: Any) -> Any:
    """About when group g is called."""
    total, n = 0.0, 0
    for c in range(task.group_start[g], task.group_start[g + 1]):
        if state.slot[c] >= 0:
            total += task.times[state.slot[c]]
            n += 1
    return total / n if n > 0 else 0.0


@kernel
def traded(task: Any, state: Any, g: Any, h: Any, k: Any, j: Any) -> Any:
    """About what it costs if group g goes to its k-th candidate and h to its j-th, each at the other's time."""
    walk = (task.near_cost[k] - task.near_cost[state.place[g]]) * task.weight[g]
    walk += (task.near_cost[j] - task.near_cost[state.place[h]]) * task.weight[h]
    rate = task.early[task.group_start[g]] / task.heads[task.group_start[g]] * task.weight[g]
    rate -= task.early[task.group_start[h]] / task.heads[task.group_start[h]] * task.weight[h]
    return walk + rate * (mean_slot(task, state, h) - mean_slot(task, state, g))


@kernel
def swap_groups(
    task: Any, state: Any, g: Any, h: Any, k: Any, j: Any, anchors: Any, limit: Any, temperature: Any, plan: Any
) -> Any:
    """Send group g to its k-th candidate, where h is, and h to its j-th; each packed from its anchor on. Returns what
    it changed the cost by."""
    p, q, r = state.point[g], task.near_point[k], task.near_point[j]
    a, b = task.building[task.group_start[g]], task.building[task.group_start[h]]
    before = group_cost(task, state, g) + group_cost(task, state, h) + task.spread * spread_of(task, state, a)
    if a != b:
        before += task.spread * spread_of(task, state, b)
    allowed = allowance(state, temperature)
    walk = task.near_cost[j] * task.weight[h]
    if p >= 0 and traded(task, state, g, h, k, j) > allowed + task.opening[p] + task.opening[q]:
        return 0.0
    loose = opened(task, state, p, q, r) + task.finish * last_busy(task, state)
    lift(task, state, g)
    lift(task, state, h)
    base = opened(task, state, p, q, r) + task.finish * last_busy(task, state)
    budget = before + loose - base + allowed
    cost = plan_group(task, state, g, k, anchors[0], limit, budget - walk, plan)
    if cost <= budget:
        more = plan_group(task, state, h, j, anchors[1], limit, budget - cost, plan)
        cost += more
        if cost <= budget:
            cost += task.spread * spread_planned(task, state, a, g, h, plan)
            if a != b:
                cost += task.spread * spread_planned(task, state, b, g, h, plan)
            cost += opened(task, state, p, q, r) + task.finish * last_busy(task, state) - base
            if cost <= budget:
                follow_plan(task, state, g, k, plan)
                follow_plan(task, state, h, j, plan)
                return cost - (before + loose - base)
        if more < math.inf:
            undo_plan(task, state, h, j, task.group_start[h + 1], plan)
        undo_plan(task, state, g, k, task.group_start[g + 1], plan)
    lower(task, state, g)
    lower(task, state, h)
    return 0.0


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
            count_home(task, state, h)
        return after - before
    if t >= 0:
        take(task, state, d, p)
    take(task, state, c, p)
    put(task, state, d, p, s)
    return 0.0


@kernel
def count_home(task: Any, state: Any, g: Any) -> None:
    """A group without any placed cohort has no point."""
    placed = 0
    for c in range(task.group_start[g], task.group_start[g + 1]):
        if state.slot[c] >= 0:
            placed += 1
    settle(state, g, state.point[g], state.place[g], placed)
