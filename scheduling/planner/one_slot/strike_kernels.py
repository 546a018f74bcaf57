"""What the bound of one-slot problems decides: the inner steps.

What a point or a customer would cost at least if it were decided otherwise closes points and strikes out places.
"""

from __future__ import annotations

import math
from typing import Any

from scheduling.planner.kernel_cache import kernel
from scheduling.planner.one_slot.dual_kernels import ascend, cover, relax


@kernel
def without(task: Any, node: Any, work: Any, j: Any, skipped: Any, room: Any) -> Any:
    """Dantzig's bound on what the free customers but one gain at point j within the room."""
    total = 0.0
    for k in range(work.positives[j]):
        i = work.order[j, k]
        w = task.weight[i]
        if i == skipped or node.place[j, i] != 1 or w > work.left[j]:
            continue
        gain = node.price[i] - task.cost[j, i]
        if w > room:
            return total + gain * room / w
        room -= w
        total += gain
    return total


@kernel
def strike(task: Any, node: Any, work: Any, bound: Any, cut: Any) -> Any:
    """At the last answer, of this bound: strike out and take whatever would else cost `cut` or more. Returns how many
    were, -1 = nothing is left."""
    struck, prices = 0, 0.0
    for i in range(len(task.weight)):
        prices += node.price[i]
    for j in range(len(task.room)):
        if node.point[j] == 0:
            continue
        if_open = bound if work.chosen[j] else prices + cover(task, node, work, j, 2, False)
        if_closed = prices + cover(task, node, work, j, 0, False) if work.chosen[j] else bound
        if node.point[j] == 2:
            if_closed = math.inf
        if if_open >= cut:
            if if_closed >= cut:
                return -1
            close(task, node, j)
            struck += 1
            continue
        if if_closed >= cut and node.point[j] == 1:
            node.point[j] = 2
            struck += 1
        struck += strike_places(task, node, work, j, if_open + work.filled[j], if_closed, cut)
    return struck


@kernel
def strike_places(task: Any, node: Any, work: Any, j: Any, empty: Any, if_closed: Any, cut: Any) -> Any:
    """The same for the places at point j; `empty` is the bound were it open without any free customer."""
    struck = 0
    for i in range(len(task.weight)):
        if node.place[j, i] != 1:
            continue
        w, gain, inside = task.weight[i], node.price[i] - task.cost[j, i], -math.inf
        if w <= work.left[j]:
            inside = gain + without(task, node, work, j, i, work.left[j] - w)
        if empty - inside >= cut:
            node.place[j, i] = 0
            struck += 1
        elif if_closed >= cut and gain > 0 and empty - without(task, node, work, j, i, work.left[j]) >= cut:
            node.place[j, i] = 2
            work.left[j] -= w
            # The bound of the point is of before; with one taken, nothing more is concluded here.
            return struck + 1
    return struck


@kernel
def close(task: Any, node: Any, j: Any) -> None:
    node.point[j] = 0
    for i in range(len(task.weight)):
        node.place[j, i] = 0


@kernel
def conclude(task: Any, node: Any) -> Any:
    """What follows: who has one place left is sent there, its point is open, whoever no longer fits there is struck out.
    Returns False where somebody has none."""
    changed = True
    while changed:
        changed = False
        for i in range(len(task.weight)):
            left = settle_customer(task, node, i)
            if left == 0:
                return False
            changed = changed or left == 1
        for j in range(len(task.room)):
            struck = fit(task, node, j) if node.point[j] > 0 else 0
            if struck < 0:
                return False
            changed = changed or struck > 0
    return True


@kernel
def settle_customer(task: Any, node: Any, i: Any) -> Any:
    """0 = customer i has no place left; 1 = it was sent to its last one just now; 2 = nothing new."""
    places, last, points = 0, -1, len(task.room)
    for j in range(points):
        if node.place[j, i] == 2:
            for k in range(points):
                if k != j:
                    node.place[k, i] = 0
            new = node.point[j] != 2
            node.point[j] = 2
            return 1 if new else 2
        if node.place[j, i] == 1:
            places, last = places + 1, j
    if places == 1:
        node.place[last, i] = 2
        node.point[last] = 2
    return min(places, 2)


@kernel
def fit(task: Any, node: Any, j: Any) -> Any:
    """Strike out who no longer fits into j. Returns how many; -1 where those taken do not."""
    room, struck = task.room[j], 0
    for i in range(len(task.weight)):
        if node.place[j, i] == 2:
            room -= task.weight[i]
    if room < 0:
        return -1
    for i in range(len(task.weight)):
        if node.place[j, i] == 1 and task.weight[i] > room:
            node.place[j, i] = 0
            struck += 1
    return struck


@kernel
def explore(task: Any, node: Any, work: Any, steps: Any, goal: Any, cut: Any, least: Any) -> Any:
    """Bound a node by so many steps, then strike out. Returns 2 where it can be left out, 1 where an answer sends everybody
    once, 0 where this closed less than a part `least` of the gap, else 3."""
    before, work.number[5] = work.number[1], 0
    end = ascend(task, node, work, steps, goal, cut)
    if end == 2 or work.number[1] >= cut:
        return 2
    if end == 1:
        return 1
    for i in range(len(task.weight)):
        node.price[i] = work.best[i]
    bound = relax(task, node, work)
    struck = strike(task, node, work, bound, cut)
    if struck < 0 or not conclude(task, node):
        return 2
    return 0 if struck == 0 and work.number[1] - before < least * (cut - work.number[1]) else 3
