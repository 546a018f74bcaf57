"""The Lagrangian bound of one-slot problems: the inner steps.

"Each customer once" is given up for a price per customer. What is left is a 0-1 knapsack for each point, and which points
to open so that together they have room for everybody: again a knapsack. Its value is a lower bound for any prices (Holmberg,
Ronnqvist, Yuan 1999); subgradient steps improve them. What a point or a customer would cost at least if it were decided
otherwise closes points and strikes out places.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from scheduling.planner.kernel_cache import kernel

# A knapsack is searched for so many steps, then filled by dynamic programming where it has at most so many fields.
MOST_STEPS = 3_000
# Steps without a better bound after which they are shortened.
STALLED = 12
# Steps of the averages over the last answers, which tell what is undecided.
FRESH = 0.08


class DualTask(NamedTuple):
    """What does not change; point-major, as each point is a knapsack."""

    cost: Any  # [point, customer], `forbidden` where it may not go
    weight: Any  # of each customer
    room: Any  # of each point
    opening: Any  # of each point
    size: Any  # the room of each point in the fewest units that say the same, and the units needed for everybody
    need: Any
    forbidden: Any


class Node(NamedTuple):
    """What is decided in a part of the search: of each place 0 = struck out, 1 = open, 2 = taken; of each point
    0 = closed, 1 = undecided, 2 = open."""

    place: Any  # [point, customer]
    point: Any
    price: Any  # of each customer


class DualWork(NamedTuple):
    """The last answer, the averages, and room to work in."""

    order: Any  # [point, rank]: the customers, those worth most per head first (as of the last look)
    worth: Any  # [point]: opening less what the knapsack gains
    filled: Any  # [point]: what the knapsack of free customers gains
    left: Any  # [point]: its room, less those that are taken
    picks: Any  # [point, k]: whom it takes
    picked: Any  # [point]: how many
    positives: Any  # [point]: how many of `order` would gain
    chosen: Any  # [point]: 1 = opened
    rank: Any  # the points by worth for size (as of the last look)
    best: Any  # best prices, by customer
    slope: Any  # by customer
    mean: Any  # by customer: the slope of the averaged answers
    key: Any
    profit: Any  # of the knapsack being solved, in order; longest of customers, points
    size: Any
    item: Any
    taken: Any
    answer: Any
    fewest: Any
    table: Any
    mark: Any
    often: Any  # [point, customer]: how often of late, in `number[3]`
    open_often: Any  # [point]
    number: Any  # [looks so far, best bound, step length, weight of the averages, its sum, stalls, share of
    # the last slope in the mean]


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
def look_at_point(task: Any, node: Any, work: Any, j: Any) -> None:
    """Solve the knapsack of point j."""
    order, price, cost = work.order[j], node.price, task.cost[j]
    room, base, customers = task.room[j], 0.0, len(task.weight)
    for i in range(customers):
        work.key[i] = -1.0
        if node.place[j, i] == 1:
            work.key[i] = (price[i] - cost[i]) / task.weight[i]
        elif node.place[j, i] == 2:
            base += price[i] - cost[i]
            room -= task.weight[i]
    sort_by_key(order, work.key, customers)
    count = 0
    while count < customers and work.key[order[count]] > 0:
        count += 1
    work.positives[j] = count
    work.left[j] = room
    kept = 0
    for k in range(count):
        i = order[k]
        if task.weight[i] <= room:
            work.profit[kept] = price[i] - cost[i]
            work.size[kept] = task.weight[i]
            work.item[kept] = i
            kept += 1
    gain = knapsack(work, kept, room) if kept else 0.0
    work.filled[j] = gain
    work.worth[j] = task.opening[j] - base - gain
    n = 0
    for k in range(kept):
        if work.answer[k]:
            work.picks[j, n] = work.item[k]
            n += 1
    for i in range(customers):
        if node.place[j, i] == 2:
            work.picks[j, n] = i
            n += 1
    work.picked[j] = n


@kernel
def decision(node: Any, j: Any, asked: Any, wanted: Any) -> Any:
    return wanted if j == asked else node.point[j]


@kernel
def cover(task: Any, node: Any, work: Any, asked: Any, wanted: Any, keeps: Any) -> Any:
    """The least that opening points with room for everybody adds; inf = there is not enough. Point `asked` (-1 = none)
    is taken as `wanted`. With `keeps`, `chosen` says which."""
    total, need, most, count, rest = 0.0, task.need, 0, 0, 0.0
    for m in range(len(work.rank)):
        j = work.rank[m]
        said = decision(node, j, asked, wanted)
        if keeps:
            work.chosen[j] = 0
        if said == 0:
            continue
        if said == 2 or work.worth[j] <= 0:
            total += work.worth[j]
            need -= task.size[j]
            if keeps:
                work.chosen[j] = 1
        else:
            work.profit[count] = work.worth[j]
            work.size[count] = task.size[j]
            work.item[count] = j
            rest += work.worth[j]
            most += task.size[j]
            count += 1
    if need <= 0:
        return total
    if most < need:
        return math.inf
    # Those that stay closed, as much as they may be together.
    total += rest - knapsack_fitting(work, count, most - need)
    if keeps:
        for k in range(count):
            work.chosen[work.item[k]] = 1 - work.answer[k]
    return total


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


@kernel
def relax(task: Any, node: Any, work: Any) -> Any:
    """The bound at these prices."""
    points, total = len(task.room), 0.0
    for j in range(points):
        if node.point[j] > 0:
            look_at_point(task, node, work, j)
    for j in range(points):
        work.key[j] = work.worth[j] / max(1, task.size[j])
    sort_by_key(work.rank, work.key, points)
    for i in range(len(task.weight)):
        total += node.price[i]
        work.slope[i] = 1.0
    total += cover(task, node, work, -1, 0, True)
    if math.isinf(total):
        return total
    for j in range(points):
        if work.chosen[j]:
            for k in range(work.picked[j]):
                work.slope[work.picks[j, k]] -= 1.0
    return total


@kernel
def average(task: Any, work: Any) -> None:
    """Count the last answer, later ones more."""
    number = work.number
    if number[3] > 1e60:
        for j in range(len(task.room)):
            work.open_often[j] /= number[3]
            for i in range(len(task.weight)):
                work.often[j, i] /= number[3]
        number[4] /= number[3]
        number[3] = 1.0
    for j in range(len(task.room)):
        if work.chosen[j]:
            work.open_often[j] += number[3]
            for k in range(work.picked[j]):
                work.often[j, work.picks[j, k]] += number[3]
    number[4] += number[3]
    number[3] *= 1.0 + FRESH


@kernel
def forget(task: Any, work: Any, length: Any) -> None:
    """Begin with another node, by steps of this length."""
    work.number[1], work.number[2], work.number[5] = -math.inf, length, 0.0
    work.number[3], work.number[4] = 1.0, 0.0
    for j in range(len(task.room)):
        work.open_often[j] = 0.0
        for i in range(len(task.weight)):
            work.often[j, i] = 0.0


@kernel
def ascend(task: Any, node: Any, work: Any, steps: Any, goal: Any, cut: Any) -> Any:
    """So many steps of the volume algorithm (Barahona, Anbil 2000): from the best prices along the averaged slope, towards
    the goal. Ends at once when the bound reaches `cut` or an answer sends everybody just once (returns 1; 2 = there is no
    room for everybody; else 0). The best prices stand in `best`."""
    number, customers = work.number, len(task.weight)
    for _ in range(steps):
        bound = relax(task, node, work)
        number[0] += 1
        if math.isinf(bound):
            return 2
        average(task, work)
        square, along, length = 0.0, 0.0, 0.0
        for i in range(customers):
            square += work.slope[i] * work.slope[i]
            along += work.slope[i] * work.mean[i]
            length += work.mean[i] * work.mean[i]
        share = (length - along) / max(1e-12, length + square - 2 * along)
        share = min(number[6], max(number[6] / 10, share)) if number[1] > -math.inf else 1.0
        for i in range(customers):
            work.mean[i] = share * work.slope[i] + (1 - share) * work.mean[i]
        if bound > number[1]:
            if along >= 0 and bound > number[1] + 1e-3 * abs(goal - number[1]):
                number[2] = min(2.0, number[2] * 1.1)
            if bound > number[1] + 1e-4 * abs(goal - bound):
                number[5] = 0
            number[1] = bound
            for i in range(customers):
                work.best[i] = node.price[i]
        else:
            number[5] += 1
        if number[5] >= STALLED:
            number[5] = 0
            number[2] *= 0.66
        if square == 0 or number[1] >= cut:
            return 1
        square = 0.0
        for i in range(customers):
            square += work.mean[i] * work.mean[i]
        step = number[2] * max(goal - number[1], 1e-7 * abs(goal)) / max(square, 1e-9)
        for i in range(customers):
            node.price[i] = work.best[i] + step * work.mean[i]
    return 0


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


@kernel
def read_answer(task: Any, work: Any, at: Any) -> None:
    """The point of each customer, as the last answer has it."""
    for j in range(len(task.room)):
        if work.chosen[j]:
            for k in range(work.picked[j]):
                at[work.picks[j, k]] = j
