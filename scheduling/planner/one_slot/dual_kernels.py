"""The Lagrangian bound of one-slot problems: the inner steps.

"Each customer once" is given up for a price per customer. What is left is a 0-1 knapsack for each point, and which points
to open so that together they have room for everybody: again a knapsack. Its value is a lower bound for any prices (Holmberg,
Ronnqvist, Yuan 1999); subgradient steps improve them.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from scheduling.planner.kernel_cache import kernel
from scheduling.planner.one_slot.knapsack_kernels import knapsack, knapsack_fitting, sort_by_key

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
def read_answer(task: Any, work: Any, at: Any) -> None:
    """The point of each customer, as the last answer has it."""
    for j in range(len(task.room)):
        if work.chosen[j]:
            for k in range(work.picked[j]):
                at[work.picks[j, k]] = j
