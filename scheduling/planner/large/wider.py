"""More candidates for some groups of a large problem: where room is short, their nearest points do not do."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from scheduling.planner.arrays import Arrays, arrays_of
from scheduling.planner.candidates import Ints, starts
from scheduling.planner.problem import Problem

# They are then asked about so many points by name.
MANY_NEAREST = 64


def with_more_candidates(problem: Problem, arrays: Arrays, chosen: Ints) -> Arrays:
    """The same arrays, but the groups of the buildings of those chosen know more of their nearest points."""
    homes = _building_of_group(arrays)
    is_wider = np.zeros(len(arrays.building_start), np.bool_)
    is_wider[homes[chosen]] = True
    is_wider[-1] = False  # there stand groups in which nobody lives
    if not is_wider.any():
        return arrays
    wide = arrays_of(_only(problem, np.flatnonzero(is_wider).tolist()), MANY_NEAREST)
    groups = is_wider[homes]
    counts, far = np.diff(arrays.near_start), arrays.far_cost.copy()
    keeps = np.repeat(~groups, counts)
    counts[groups], far[groups] = np.diff(wide.near_start), wide.far_cost
    kept = np.repeat(~groups, counts)
    point, cost = np.zeros(len(kept), np.int64), np.zeros(len(kept))
    point[kept], cost[kept] = arrays.near_point[keeps], arrays.near_cost[keeps]
    point[~kept], cost[~kept] = wide.near_point, wide.near_cost
    return replace(arrays, near_start=starts(counts), near_point=point, near_cost=cost, far_cost=far)


def _building_of_group(arrays: Arrays) -> Ints:
    """Of each group its building; -1 = nobody lives in it."""
    counts = np.diff(arrays.group_start)
    return np.where(counts > 0, np.append(arrays.building, -1)[arrays.group_start[:-1]], -1)


def _only(problem: Problem, homes: list[int]) -> Problem:
    """The problem of some of its buildings."""
    walk = problem.walk and tuple(problem.walk[home] for home in homes)
    return replace(problem, buildings=tuple(problem.buildings[home] for home in homes), walk=walk)
