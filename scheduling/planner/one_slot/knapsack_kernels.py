"""One 0-1 knapsack, as the bound of one-slot problems asks thousands of them: searched, then filled by dynamic programming."""

from __future__ import annotations

import math
from typing import Any

from scheduling.planner.kernel_cache import kernel

# A knapsack is searched for so many steps, then filled by dynamic programming where it has at most so many fields.
MOST_STEPS = 3_000


@kernel
def knapsack(work: Any, count: Any, room: Any) -> Any:
    """The most that `profit` can be with `size` within the room (items by profit for size, all above 0), or a little
    more where that takes too long. `answer` says which."""
    size, profit, answer, taken = work.size, work.profit, work.answer, work.taken
    total = 0
    for k in range(count):
        total += size[k]
    if total <= room:
        value = 0.0
        for k in range(count):
            answer[k] = 1
            value += profit[k]
        return value
    least = total + 1
    for k in range(count - 1, -1, -1):
        least = min(least, size[k])
        work.fewest[k] = least
        answer[k] = 0
        taken[k] = 0
    work.fewest[count] = total + 1
    best, value, steps, k, first = -1.0, 0.0, 0, 0, math.inf
    while steps < MOST_STEPS:
        steps += 1
        # Dantzig's bound of what is left.
        bound, free, m = value, room, k
        while m < count and size[m] <= free:
            free -= size[m]
            bound += profit[m]
            m += 1
        if m < count and work.fewest[k] <= room:
            bound += free * profit[m] / size[m]
        first = min(first, bound) if steps == 1 else first
        if bound > best:
            while k < count and size[k] <= room:
                taken[k] = 1
                room -= size[k]
                value += profit[k]
                k += 1
            if k < count and work.fewest[k] <= room:
                taken[k] = 0
                k += 1
                continue
            if value > best:
                best = value
                for m in range(count):
                    answer[m] = taken[m] if m < k else 0
        k -= 1
        while k >= 0 and taken[k] == 0:
            k -= 1
        if k < 0:
            return best
        taken[k] = 0
        room += size[k]
        value -= profit[k]
        k += 1
    for m in range(k):
        room += size[m] if taken[m] else 0
    return fill(work, count, room, first)


@kernel
def fill(work: Any, count: Any, room: Any, otherwise: Any) -> Any:
    """The same by dynamic programming over the room; `otherwise` where the table would be too large."""
    table, mark, width = work.table, work.mark, room + 1
    if width > len(table) or width * count > len(mark):
        return otherwise
    for r in range(width):
        table[r] = 0.0
    for k in range(count):
        s, p = work.size[k], work.profit[k]
        for r in range(room, -1, -1):
            mark[k * width + r] = 0
            if r >= s and table[r - s] + p > table[r]:
                table[r] = table[r - s] + p
                mark[k * width + r] = 1
    r = room
    for k in range(count - 1, -1, -1):
        work.answer[k] = mark[k * width + r]
        if work.answer[k]:
            r -= work.size[k]
    return table[room]


@kernel
def sort_by_key(order: Any, key: Any, count: Any) -> None:
    """Largest key first; quick where the order hardly changes."""
    for k in range(1, count):
        i = order[k]
        m = k - 1
        while m >= 0 and key[order[m]] < key[i]:
            order[m + 1] = order[m]
            m -= 1
        order[m + 1] = i


@kernel
def knapsack_fitting(work: Any, count: Any, room: Any) -> Any:
    """`knapsack`, the items too large left out (their answer is 0)."""
    kept = 0
    for k in range(count):
        if work.size[k] <= room:
            kept += 1
    if kept == count:
        return knapsack(work, count, room)
    # The large ones are put behind the others, in the same order, and the answer is of the whole list again.
    m = 0
    for k in range(count):
        if work.size[k] <= room:
            swap_down(work, m, k)
            m += 1
    value = knapsack(work, kept, room) if kept else 0.0
    for k in range(kept, count):
        work.answer[k] = 0
    return value


@kernel
def swap_down(work: Any, m: Any, k: Any) -> None:
    """Put item k at place m, those between one further."""
    profit, size, item = work.profit[k], work.size[k], work.item[k]
    while k > m:
        work.profit[k], work.size[k], work.item[k] = work.profit[k - 1], work.size[k - 1], work.item[k - 1]
        k -= 1
    work.profit[m], work.size[m], work.item[m] = profit, size, item
