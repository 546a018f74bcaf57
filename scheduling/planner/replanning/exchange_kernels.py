"""Exchanges that let people go back to the place they were told where slots are full: one or two cohorts of a slot for
up to two of another slot of the point, nobody put out."""

from __future__ import annotations

from typing import Any

from scheduling.planner.kernel_cache import kernel
from scheduling.planner.local_search.exchange_kernels import may_change, pick_cohort
from scheduling.planner.local_search.kernels import draw, put, take
from scheduling.planner.local_search.move_kernels import accepted


@kernel
def stays(told: Any, heads: Any, c: Any, p: Any, s: Any) -> Any:
    """Heads of cohort c that would be where they were told, at slot s of point p."""
    return float(heads[c]) if told[0, c] == p and told[1, c] == s else 0.0


@kernel
def gain_of(task: Any, told: Any, c: Any, p: Any, s: Any, t: Any) -> Any:
    """How many heads more would stay, if cohort c (-1 = nobody) changed from slot s to t."""
    if c < 0:
        return 0.0
    return stays(told, task.heads, c, p, t) - stays(told, task.heads, c, p, s)


@kernel
def pick_for(task: Any, state: Any, told: Any, p: Any, s: Any, t: Any, least: Any, most: Any, four: Any) -> Any:
    """None, one or two cohorts of slot t for slot s, together from `least` to `most` heads: those of whom most would
    stay then, any of the best with equal chance. Written into four[2] and four[3], -1 = nobody. Returns whether
    there are some."""
    best, found = -1e300, 0
    if least <= 0:
        best, found = 0.0, 1
        four[2], four[3] = -1, -1
    d = state.top[p, t]
    while d >= 0:
        if may_change(task, d, s):
            heads, gain = task.heads[d], gain_of(task, told, d, p, t, s)
            if least <= heads <= most and gain >= best:
                found = found + 1 if gain == best else 1
                best = gain
                if draw(state.random) * found < 1:
                    four[2], four[3] = d, -1
            e = state.after[d]
            while e >= 0:
                if least <= heads + task.heads[e] <= most and may_change(task, e, s):
                    both = gain + gain_of(task, told, e, p, t, s)
                    if both >= best:
                        found = found + 1 if both == best else 1
                        best = both
                        if draw(state.random) * found < 1:
                            four[2], four[3] = d, e
                e = state.after[e]
        d = state.after[d]
    return found > 0


@kernel
def exchange_told(task: Any, state: Any, told: Any, c: Any, t: Any, temperature: Any, four: Any) -> Any:
    """Call cohort c, often with another one of its slot, in slot t of its point, and for them up to two of t in its
    slot. Returns what it changed the burden by."""
    p, s = state.point[task.group[c]], state.slot[c]
    if s == t or not may_change(task, c, t):
        return 0.0
    if state.count[p, t] > 0 and state.held[p, s] != state.held[p, t]:
        return 0.0
    four[0], four[1], heads = c, -1, task.heads[c]
    if draw(state.random) < 0.5:
        e = pick_cohort(state, p, s)
        if e != c and may_change(task, e, t):
            four[1] = e
            heads += task.heads[e]
    if not pick_for(task, state, told, p, s, t, heads - state.room[p, t], heads + state.room[p, s], four):
        return 0.0
    delta = 0.0
    for i in range(4):
        delta -= gain_of(task, told, four[i], p, s if i < 2 else t, t if i < 2 else s)
    if not accepted(state, delta, temperature):
        return 0.0
    for i in range(4):
        if four[i] >= 0:
            take(task, state, four[i], p)
    for i in range(4):
        if four[i] >= 0:
            put(task, state, four[i], p, t if i < 2 else s)
    return delta
