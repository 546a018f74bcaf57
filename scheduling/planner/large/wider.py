"""More candidates for some groups of a large problem: where room is short, their nearest points do not do."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from scheduling.planner.arrays import Arrays, arrays_of
from scheduling.planner.candidates import Ints
from scheduling.planner.large.areas import Flags
from scheduling.planner.problem import Problem

# They are then asked about so many points by name.
MANY_NEAREST = 64


def with_more_candidates(problem: Problem, arrays: Arrays, chosen: Flags) -> Arrays:
    """The same arrays, but the groups of the buildings of those chosen know more of their nearest points."""
    homes = np.unique(_building_of_group(arrays)[chosen])
    homes = homes[homes >= 0]
    if not len(homes):
        return arrays
    wide = arrays_of(_only(problem, homes.tolist()), MANY_NEAREST)
    groups = np.flatnonzero(np.isin(_building_of_group(arrays), homes))
    owner = np.repeat(np.arange(arrays.groups), np.diff(arrays.near_start))
    keeps = ~np.isin(owner, groups)
    owners = np.concatenate([owner[keeps], np.repeat(groups, np.diff(wide.near_start))])
    order = np.argsort(owners, kind="stable")
    far = arrays.far_cost.copy()
    far[groups] = wide.far_cost
    return replace(
        arrays,
        near_start=np.searchsorted(owners[order], np.arange(arrays.groups + 1)).astype(np.int64),
        near_point=np.concatenate([arrays.near_point[keeps], wide.near_point])[order],
        near_cost=np.concatenate([arrays.near_cost[keeps], wide.near_cost])[order],
        far_cost=far,
    )


def _building_of_group(arrays: Arrays) -> Ints:
    """Of each group its building; -1 = nobody lives in it."""
    counts = np.diff(arrays.group_start)
    return np.where(counts > 0, np.append(arrays.building, -1)[arrays.group_start[:-1]], -1)


def _only(problem: Problem, homes: list[int]) -> Problem:
    """The problem of some of its buildings."""
    walk = problem.walk and tuple(problem.walk[home] for home in homes)
    return replace(problem, buildings=tuple(problem.buildings[home] for home in homes), walk=walk)
