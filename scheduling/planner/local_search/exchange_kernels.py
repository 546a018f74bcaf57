"""The exchange of one or two cohorts for up to two others between two slots of a point: where slots are full to the
last head, single cohorts of other sizes have no way past each other."""

from __future__ import annotations

from typing import Any

from scheduling.planner.kernel_cache import kernel
from scheduling.planner.local_search.kernels import draw, put, spread_of, take
from scheduling.planner.local_search.move_kernels import accepted


@kernel
def pick_cohort(state: Any, p: Any, s: Any) -> Any:
    """One of the cohorts of slot s of point p, where there is one."""
    c = state.top[p, s]
    for _ in range(int(draw(state.random) * state.count[p, s])):
        c = state.after[c]
    return c


@kernel
def may_change(task: Any, c: Any, s: Any) -> Any:
    """Whether cohort c (-1 = nobody) may be called in slot s instead, room aside."""
    return c < 0 or (task.pinned[c] < 0 and task.first[c] <= s <= task.last[c])


@kernel
def pick_partners(task: Any, state: Any, p: Any, s: Any, t: Any, least: Any, most: Any, four: Any) -> Any:
    """One or two cohorts of slot t that may go to slot s and have together from `least` to `most` heads, any such
    with equal chance, written into four[2] and four[3] (-1 = nobody). Returns whether there are some."""
    found = 0
    d = state.top[p, t]
    while d >= 0:
        if may_change(task, d, s):
            heads = task.heads[d]
            if least <= heads <= most:
                found += 1
                if draw(state.random) * found < 1:
                    four[2], four[3] = d, -1
            e = state.after[d]
            while e >= 0:
                if least <= heads + task.heads[e] <= most and may_change(task, e, s):
                    found += 1
                    if draw(state.random) * found < 1:
                        four[2], four[3] = d, e
                e = state.after[e]
        d = state.after[d]
    return found > 0


@kernel
def spread_of_four(task: Any, state: Any, four: Any) -> Any:
    """The spread of their buildings, each once."""
    total = 0.0
    for i in range(4):
        if four[i] >= 0:
            b, seen = task.building[four[i]], False
            for j in range(i):
                if four[j] >= 0 and task.building[four[j]] == b:
                    seen = True
            if not seen:
                total += spread_of(task, state, b)
    return total


@kernel
def call_four(state: Any, four: Any, s: Any, t: Any) -> None:
    """Note the first two in slot s, the others in t, for sums of spread."""
    for i in range(4):
        if four[i] >= 0:
            state.slot[four[i]] = s if i < 2 else t


@kernel
def exchange(task: Any, state: Any, c: Any, t: Any, temperature: Any, four: Any) -> Any:
    """Call cohort c, often with another one of its slot, in slot t of its point, and for them one or two of t in its
    slot. Returns what it changed the cost by."""
    p, s = state.point[task.group[c]], state.slot[c]
    if s == t or state.count[p, t] == 0 or state.held[p, s] != state.held[p, t]:
        return 0.0
    four[0], four[1], heads = c, -1, task.heads[c]
    if draw(state.random) < 0.5:
        e = pick_cohort(state, p, s)
        if e != c and may_change(task, e, t):
            four[1] = e
            heads += task.heads[e]
    if not pick_partners(task, state, p, s, t, heads - state.room[p, t], heads + state.room[p, s], four):
        return 0.0
    rate = 0.0
    for i in range(4):
        if four[i] >= 0:
            rate += task.early[four[i]] if i < 2 else -task.early[four[i]]
    delta = rate * (task.times[t] - task.times[s])
    if task.spread != 0:
        before = spread_of_four(task, state, four)
        call_four(state, four, t, s)
        delta += task.spread * (spread_of_four(task, state, four) - before)
        call_four(state, four, s, t)
    if not accepted(state, delta, temperature):
        return 0.0
    for i in range(4):
        if four[i] >= 0:
            take(task, state, four[i], p)
    for i in range(4):
        if four[i] >= 0:
            put(task, state, four[i], p, t if i < 2 else s)
    return delta
