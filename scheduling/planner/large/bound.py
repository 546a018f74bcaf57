"""The bound of a large problem, as a part that one worker does while the others search."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from scheduling.planner.arrays import Arrays, arrays_of
from scheduling.planner.bounds.bound import FinishBound
from scheduling.planner.bounds.flow import Flow
from scheduling.planner.bounds.prices import PriceModel, Prices
from scheduling.planner.candidates import Ints
from scheduling.planner.problem import Problem

Answers = Mapping[int, Flow | Prices]

# One of many at work takes so much longer than a bound says by itself.
SLOWER = 2.0
# Without a clock, how many last slots are looked at.
MOST_LIMITS = 6


# While prices are sought, points that are no candidates count as so much dearer than they may be: else all the
# overflow goes there in thought, and the room of those that it would really fill seems worth nothing.
STIFFNESS = 2.0
# Those who pay least at such a point are then asked about so many points by name.
MANY_NEAREST = 64


@dataclass(frozen=True)
class BoundPart:
    """What the bound is made of. `limits` are looked at first; then those where it is weakest, for so many seconds
    (None = for so many last slots)."""

    problem: Problem  # without its buildings, points and walks: the arrays tell of them
    arrays: Arrays
    spare: int
    limits: tuple[int, ...]
    seconds: float | None


def bound_part(problem: Problem, arrays: Arrays, spare: int, limits: list[int], seconds: float | None) -> BoundPart:
    bare = replace(problem, buildings=(), points=(), walk=None, previous={})
    return BoundPart(bare, replace(arrays, cohorts=[]), spare, tuple(dict.fromkeys(limits)), seconds)


def find_bound(part: BoundPart) -> Answers:
    """The answers for some last slots, all slots always among them; none where already that would take too long."""
    begun = time.monotonic()
    bound = FinishBound(part.problem, part.arrays, part.spare)
    if part.seconds is not None and bound.seconds * SLOWER > part.seconds:
        return {}
    if isinstance(bound.model, PriceModel):
        bound.model = PriceModel(replace(part.arrays, far_cost=part.arrays.far_cost * STIFFNESS), bound.out)

    def is_over() -> bool:
        if part.seconds is None:
            return len(bound.flows) >= MOST_LIMITS
        return time.monotonic() - begun + bound.slowest / 2 > part.seconds

    for limit in (len(part.arrays.slots), *part.limits):
        if not bound.flows or not is_over():
            bound.solve(limit)
    bound.refine(is_over)
    return bound.flows


def made_true(answers: Answers, problem: Problem, arrays: Arrays) -> Answers:
    """What each pays at the prices found, with all points for what they really cost at least; a flow stays as it is."""
    prices = {limit: answer for limit, answer in answers.items() if isinstance(answer, Prices) and answer.sent}
    model, near = PriceModel(arrays), PriceModel(replace(arrays, far_cost=np.full(arrays.groups, np.inf)))
    pays = {limit: model.pays_at(found.room, limit) for limit, found in prices.items()}
    is_far = np.zeros(arrays.groups, np.bool_)
    for limit, found in prices.items():
        is_far |= pays[limit] < near.pays_at(found.room, limit)
    homes = np.unique(arrays.building[arrays.group_start[:-1][is_far]])
    if len(homes):
        wide = arrays_of(_only(problem, homes.tolist()), MANY_NEAREST)
        asked, groups = PriceModel(wide), np.flatnonzero(np.isin(_building_of_group(arrays), homes))
        for limit, found in prices.items():
            pays[limit][groups] = np.maximum(pays[limit][groups], asked.pays_at(found.room, limit))
    return {**answers, **{limit: replace(prices[limit], pays=pays[limit]) for limit in prices}}


def _building_of_group(arrays: Arrays) -> Ints:
    """Of each group its building; -1 = nobody lives in it."""
    counts = np.diff(arrays.group_start)
    return np.where(counts > 0, np.append(arrays.building, -1)[arrays.group_start[:-1]], -1)


def _only(problem: Problem, homes: list[int]) -> Problem:
    """The problem of some of its buildings."""
    walk = problem.walk and tuple(problem.walk[home] for home in homes)
    return replace(problem, buildings=tuple(problem.buildings[home] for home in homes), walk=walk)
