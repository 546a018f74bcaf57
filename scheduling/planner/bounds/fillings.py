"""The best fillings of a slot: which sizes together are worth most. Sums of whole numbers, so every answer is exact.

A bundle is a power of two of one size (or what is left of it), so that "each size at most so often" becomes "each
bundle or not". Compiled where their compile cache is ready, else the same in plain Python.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from scheduling.planner.candidates import Ints
from scheduling.planner.kernel_cache import COMPILED, kernel


@kernel
def fill_best(sizes: Any, most: Any, worth: Any, room: int, table: Any, took: Any, pattern: Any) -> Any:
    """The filling that is worth most, into `pattern`; returns its worth. Sizes that are worth nothing are left out.

    `table` is 2 x (room + 1), `took` (bundles, room + 1) at least; both are only worked on.
    """
    for r in range(room + 1):
        table[0, r] = 0
    now, count = 0, 0
    for k in range(len(sizes)):
        pattern[k] = 0
        if worth[k] <= 0 or sizes[k] > room:
            continue
        left, bundle = min(most[k], room // sizes[k]), 1
        while left > 0:
            n = min(bundle, left)
            weight, value, then = n * sizes[k], n * worth[k], 1 - now
            for r in range(min(weight, room + 1)):
                table[then, r] = table[now, r]
                took[count, r] = 0
            for r in range(weight, room + 1):
                without, with_it = table[now, r], table[now, r - weight] + value
                took[count, r] = with_it > without
                table[then, r] = max(with_it, without)
            now = then
            count += 1
            left -= n
            bundle *= 2
    best, r = table[now, room], room
    for k in range(len(sizes) - 1, -1, -1):
        if worth[k] <= 0 or sizes[k] > room:
            continue
        most_of_it = min(most[k], room // sizes[k])
        bundles, left, bundle = 0, most_of_it, 1
        while left > 0:
            left -= min(bundle, left)
            bundle *= 2
            bundles += 1
        for b in range(bundles - 1, -1, -1):
            count -= 1
            if took[count, r]:
                n = min(1 << b, most_of_it - ((1 << b) - 1))
                pattern[k] += n
                r -= n * sizes[k]
    return best


@kernel
def search_best(sizes: Any, worth: Any, room: int, dense_after: Any, best_after: Any, stack: Any) -> Any:
    """The same by trying, for the few cohorts that a slot of very many heads takes; returns how many and their worth.

    `sizes` falls and names each cohort by itself; `dense_after` and `best_after` are one longer and only worked on.
    Who is in the filling stands in the second row of `stack`. The last who has room is not tried but looked up.
    """
    n, smallest = len(sizes), sizes[len(sizes) - 1]
    dense_after[n], best_after[n] = 0.0, n
    for k in range(n - 1, -1, -1):
        dense_after[k] = max(dense_after[k + 1], worth[k] / sizes[k])
        after = best_after[k + 1]
        best_after[k] = k if after == n or worth[k] > worth[after] else after
    best, best_depth, depth, value, k = 0, 0, 0, 0, 0
    while True:
        while k < n and sizes[k] > room:
            k += 1
        # One more than the product: it may be a hair too small, and no filling must be passed over.
        if k < n and value + int(dense_after[k] * room) + 1 > best:
            if room >= 2 * smallest:
                stack[0, depth] = k
                depth += 1
                room -= sizes[k]
                value += worth[k]
                k += 1
                continue
            last = best_after[k]
            if value + worth[last] > best:
                best, best_depth = value + worth[last], depth + 1
                for d in range(depth):
                    stack[1, d] = stack[0, d]
                stack[1, depth] = last
        elif k >= n and value > best:
            best, best_depth = value, depth
            for d in range(depth):
                stack[1, d] = stack[0, d]
        if depth == 0:
            return best_depth, best
        depth -= 1
        k = stack[0, depth]
        room += sizes[k]
        value -= worth[k]
        same = sizes[k]
        while k < n and sizes[k] == same:
            k += 1


# The table looks at every number of heads up to the capacity of a slot; in larger slots only few cohorts may fit.
LARGEST_SLOT, FEW = 20_000, 6


def can_fill(heads: Ints, room: int) -> bool:
    """Whether the best filling of such a slot is found in some milliseconds."""
    return room <= LARGEST_SLOT or (COMPILED and room // int(heads.min()) <= FEW)


class Filler:
    """Finds the best filling, with arrays to work on that are made once."""

    def __init__(self, sizes: Ints, demand: Ints, room: int) -> None:
        self.sizes, self.room = sizes, room
        most = np.minimum(demand, room // sizes)
        self.pattern = np.zeros(len(sizes), np.int64)
        self.by_table = room <= LARGEST_SLOT
        if self.by_table:
            self.table = np.zeros((2, room + 1), np.int64)
            self.took = np.zeros((sum(int(m).bit_length() for m in most), room + 1), np.bool_)
        else:
            cohorts = int(most.sum())
            self.dense, self.after = np.zeros(cohorts + 1), np.zeros(cohorts + 1, np.int64)
            self.stack = np.zeros((2, FEW + 2), np.int64)

    def best(self, most: Ints, worth: Ints) -> tuple[Ints, int]:
        """The filling of a slot that is worth most, each size at most so often, and what it is worth."""
        if not self.by_table:
            return self._search(most, worth)
        if not COMPILED:
            return fill_plainly(self.sizes, most, worth, self.room)
        value = fill_best(self.sizes, most, worth, self.room, self.table, self.took, self.pattern)
        return self.pattern.copy(), int(value)

    def _search(self, most: Ints, worth: Ints) -> tuple[Ints, int]:
        copies = np.where(worth > 0, np.minimum(most, self.room // self.sizes), 0)
        kind = np.repeat(np.arange(len(self.sizes)), copies)[::-1]
        pattern = np.zeros(len(self.sizes), np.int64)
        if not len(kind):
            return pattern, 0
        count, value = search_best(self.sizes[kind], worth[kind], self.room, self.dense, self.after, self.stack)
        np.add.at(pattern, kind[self.stack[1, :count]], 1)
        return pattern, int(value)


def fill_plainly(sizes: Ints, most: Ints, worth: Ints, room: int) -> tuple[Ints, int]:
    """What `fill_best` gives, quicker where nothing is compiled."""
    best = np.zeros(room + 1, np.int64)
    taken = []  # (size index, how many at once, heads, where it was better to take them)
    for k in np.flatnonzero((worth > 0) & (most > 0) & (sizes <= room)).tolist():
        left, bundle = min(int(most[k]), room // int(sizes[k])), 1
        while left > 0:
            n = min(bundle, left)
            weight = n * int(sizes[k])
            with_it = np.full(room + 1, -1)
            with_it[weight:] = best[: room + 1 - weight] + n * int(worth[k])
            better = with_it > best
            best = np.where(better, with_it, best)
            taken.append((k, n, weight, better))
            left, bundle = left - n, bundle * 2
    pattern, at = np.zeros(len(sizes), np.int64), room
    for index, count, heads, better in reversed(taken):
        if better[at]:
            pattern[index] += count
            at -= heads
    return pattern, int(best[room])
