"""What a plan in arrays costs and whether it keeps the rules, summed for all at once: for plans too large for the plain
functions of `rules.py` and `costs.py`, which say the same and against which these are tested."""

from __future__ import annotations

import numpy as np

from scheduling.planner.arrays import Arrays
from scheduling.planner.candidates import Floats, Ints


def heads_unplaced(a: Arrays, slot: Ints) -> int:
    return int(a.heads[slot < 0].sum())


def cost_of(a: Arrays, point: Ints, slot: Ints) -> float:
    """The objective of a plan that keeps the rules: the point of each group and the slot of each cohort, -1 = none."""
    placed = np.flatnonzero(slot >= 0)
    if not len(placed):
        return 0.0
    heads = np.bincount(a.group[placed], a.heads[placed], minlength=a.groups)
    total = float((heads[heads > 0] * unit_costs(a, point)[heads > 0]).sum())
    total += float((a.early[placed] * a.times[slot[placed]]).sum())
    used = np.zeros(len(a.opening), np.bool_)
    used[point[a.group[placed]]] = True
    total += float(a.opening[used].sum())
    total += a.finish * float(a.times[slot[placed].max()] + 1)
    return total + a.spread * _spread(a, slot)


def unit_costs(a: Arrays, point: Ints) -> Floats:
    """What a head of each group costs at its point; inf = it may not go there, or goes nowhere."""
    owner = np.repeat(np.arange(a.groups), np.diff(a.near_start))
    here = np.flatnonzero(a.near_point == point[owner])
    cost = np.full(a.groups, np.inf)
    cost[owner[here]] = a.near_cost[here]
    return cost


def _spread(a: Arrays, slot: Ints) -> float:
    """Last slot - first slot of the placed cohorts of a building, summed over buildings."""
    placed = np.flatnonzero(slot >= 0)
    building, time = a.building[placed], a.times[slot[placed]]
    begins = np.flatnonzero(np.diff(building, prepend=-1))
    return float((np.maximum.reduceat(time, begins) - np.minimum.reduceat(time, begins)).sum())


def is_kept(a: Arrays, point: Ints, slot: Ints) -> bool:
    """Whether the plan keeps every rule, pins among them."""
    if len(point) != a.groups or len(slot) != len(a.heads) or slot.max(initial=-1) >= len(a.slots):
        return False
    placed = np.flatnonzero(slot >= 0)
    at, when = point[a.group[placed]], slot[placed]
    if not np.isfinite(unit_costs(a, point)[a.group[placed]]).all():
        return False
    pinned = np.flatnonzero(a.pin_slot >= 0)
    if (slot[pinned] != a.pin_slot[pinned]).any() or (point[a.group[pinned]] != a.pin_point[pinned]).any():
        return False
    if (when < a.first[placed]).any() or (when > a.last[placed]).any():
        return False
    points, slots = a.capacity.shape
    place = at * slots + when
    if (np.bincount(place, a.heads[placed], minlength=points * slots) > a.capacity.reshape(-1)).any():
        return False
    held = np.full(points * slots, -1, np.int64)
    held[place] = a.tier[placed]
    return bool((held[place] == a.tier[placed]).all())
