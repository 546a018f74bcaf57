"""Areas: the points cut into neighbourhoods, each with the groups that are sent there, as a problem of its own.

A point belongs to one area, with all its slots; so areas cannot get into each other's way, and what each of them finds
can be put together. What one area cannot mend the next cut can, for its borders run elsewhere.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from scheduling.planner.arrays import Arrays
from scheduling.planner.candidates import Floats, Ints, positions, runs
from scheduling.planner.problem import Problem

Flags = NDArray[np.bool_]

# Buildings that tell how far points are from one another, where walks are given as a matrix.
LANDMARKS = 6


@dataclass(frozen=True)
class Area:
    """Some points with the groups that are sent to them; `arrays` numbers both afresh, in the same order."""

    points: Ints
    groups: Ints
    cohorts: Ints
    arrays: Arrays


def positions_of(problem: Problem) -> Floats:
    """Where the points lie, [point, axis]: near ones have like numbers. With a matrix of walks it alone is believed:
    the axes are the ways from a few buildings, each far from those before it."""
    if problem.walk is None or not problem.walk:
        return positions(problem.points)
    walk = problem.walk
    step = max(1, len(walk) // 500)
    rows = np.array(walk[::step], dtype=np.float64)
    chosen, nearest = [0], np.full(len(rows), np.inf)
    while len(chosen) < min(LANDMARKS, len(rows)):
        nearest = np.minimum(nearest, np.abs(rows - rows[chosen[-1]]).mean(axis=1))
        chosen.append(int(nearest.argmax()))
    return np.ascontiguousarray(rows[chosen].T)


def cut(position: Floats, weight: Floats, count: int, turn: int) -> Ints:
    """The area of each point: `count` areas of about the same weight. Another turn has its borders elsewhere."""
    axes = position.shape[1]
    angles = np.random.default_rng(turn).normal(size=(axes, axes))
    turned = position @ np.linalg.qr(angles)[0]
    area = np.zeros(len(position), np.int64)
    _split(turned, weight + 1e-9, np.arange(len(position)), (0, count), area)
    return area


def _split(position: Floats, weight: Floats, points: Ints, numbers: tuple[int, int], area: Ints) -> None:
    """Divide these points among the areas of these numbers, always across the longest side."""
    first, end = numbers
    if end - first == 1 or len(points) < 2:
        area[points] = first
        return
    here = position[points]
    axis = int(np.argmax(here.max(axis=0) - here.min(axis=0)))
    order = points[np.lexsort((points, here[:, axis]))]
    middle = (first + end) // 2
    sums = np.cumsum(weight[order])
    at = 1 + int(np.argmin(np.abs(sums - sums[-1] * (middle - first) / (end - first))))
    at = min(max(at, 1), len(order) - 1)
    _split(position, weight, order[:at], (first, middle), area)
    _split(position, weight, order[at:], (middle, end), area)


def areas_of(arrays: Arrays, area: Ints, point: Ints, slot: Ints) -> list[Area]:
    """The areas, by the area of each point and the point of each group (-1 = none: it counts where it would go
    cheapest). Cohorts of a building whose others are elsewhere keep their place, as its spread is all of theirs."""
    counts = np.diff(arrays.group_start)
    first = np.where(np.diff(arrays.near_start) > 0, arrays.near_start[:-1], -1)
    cheapest = np.where(first >= 0, np.append(arrays.near_point, -1)[first], -1)
    at = np.where(point >= 0, point, cheapest)
    home = np.where((at >= 0) & (counts > 0), area[at], -1)
    held = _torn(arrays, home)
    order = np.lexsort((np.arange(len(home)), home))
    starts = np.searchsorted(home[order], np.arange(int(area.max(initial=-1)) + 2))
    by_area = np.lexsort((np.arange(len(area)), area))
    ends = np.searchsorted(area[by_area], np.arange(int(area.max(initial=-1)) + 2))
    found = []
    for k in range(len(starts) - 1):
        groups, points = order[starts[k] : starts[k + 1]], by_area[ends[k] : ends[k + 1]]
        if len(groups):
            found.append(part_of(arrays, points, groups, slot if held[groups].any() else None, held, point))
    return found


def _torn(arrays: Arrays, home: Ints) -> Flags:
    """Whether the building of each group has groups in several areas, and that matters."""
    groups = len(home)
    if not arrays.spread or groups == len(arrays.building_start) - 1:
        return np.zeros(groups, np.bool_)
    building = arrays.building[np.minimum(arrays.group_start[:-1], len(arrays.heads) - 1)]
    least = np.full(len(arrays.building_start) - 1, np.iinfo(np.int64).max)
    most = np.full(len(arrays.building_start) - 1, -1)
    np.minimum.at(least, building, home)
    np.maximum.at(most, building, home)
    torn: Flags = least[building] != most[building]
    return torn


def part_of(arrays: Arrays, points: Ints, groups: Ints, slot: Ints | None, held: Flags, point: Ints) -> Area:
    """The problem of these points and groups alone, both in rising order."""
    a = arrays
    cohorts, group_start = runs(a.group_start, groups)
    near, near_start = runs(a.near_start, groups)
    local = np.full(len(a.opening), -1, np.int64)
    local[points] = np.arange(len(points))
    is_here = local[a.near_point[near]] >= 0
    owner = np.repeat(np.arange(len(groups)), np.diff(near_start))
    near = near[is_here]
    _, building = np.unique(a.building[cohorts], return_inverse=True)
    building = building.reshape(-1).astype(np.int64)
    pin_point, pin_slot = a.pin_point[cohorts], a.pin_slot[cohorts]
    if slot is not None:
        group = a.group[cohorts]
        stays = held[group] & (slot[cohorts] >= 0)
        pin_point = np.where(stays, point[group], pin_point)
        pin_slot = np.where(stays, slot[cohorts], pin_slot)
    part = replace(
        a,
        cohorts=[],
        heads=a.heads[cohorts],
        group=np.repeat(np.arange(len(groups)), np.diff(group_start)),
        building=building,
        first=a.first[cohorts],
        last=a.last[cohorts],
        tier=a.tier[cohorts],
        early=a.early[cohorts],
        pin_point=np.where(pin_point >= 0, local[pin_point], -1),
        pin_slot=pin_slot,
        group_start=group_start,
        building_start=np.searchsorted(building, np.arange(int(building.max(initial=-1)) + 2)).astype(np.int64),
        near_start=_starts_of(owner[is_here], len(groups)),
        near_point=local[a.near_point[near]],
        near_cost=a.near_cost[near],
        far_cost=np.full(len(groups), math.inf),
        capacity=np.ascontiguousarray(a.capacity[points]),
        opening=a.opening[points],
        finish=0.0,
    )
    return Area(points, groups, cohorts, part)


def _starts_of(owner: Ints, count: int) -> Ints:
    """Where each owner's run begins, of owners in rising order."""
    return np.searchsorted(owner, np.arange(count + 1)).astype(np.int64)
