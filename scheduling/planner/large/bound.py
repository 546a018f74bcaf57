"""The bound of a large problem, as a part that one worker does while the others search."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from scheduling.planner.arrays import Arrays
from scheduling.planner.bounds.bound import FinishBound
from scheduling.planner.bounds.flow import Flow
from scheduling.planner.bounds.prices import ROUNDS, PriceModel, Prices
from scheduling.planner.candidates import Floats
from scheduling.planner.large.wider import with_more_candidates
from scheduling.planner.problem import Problem

Answers = Mapping[int, Flow | Prices]

# One of many at work takes so much longer than a bound says by itself.
SLOWER = 2.0
# Without a clock, how many last slots are looked at.
MOST_LIMITS = 6


# While prices are sought, points that are no candidates count as so much dearer than they may be: else all the
# overflow goes there in thought, and the room of those that it would really fill seems worth nothing.
STIFFNESS = 2.0
# The last prices are sought with so many times the usual rounds: that brings 0.1 to 0.2 % where room is short.
LONGER = 2
# Last slots whose bound is above the weakest by no more than such a part are solved again.
NEARLY = 0.005


@dataclass(frozen=True)
class BoundPart:
    """What the bound is made of. `limits` are looked at first; then those where it is weakest, for so many seconds
    (None = for so many last slots)."""

    problem: Problem  # without its buildings, points and walks: the arrays tell of them
    arrays: Arrays
    spare: int
    limits: tuple[int, ...]
    seconds: float | None
    known: Mapping[int, Floats] = field(default_factory=dict)  # prices of room to go on from, for these last slots


def bound_part(problem: Problem, arrays: Arrays, spare: int, limits: list[int], seconds: float | None) -> BoundPart:
    bare = replace(problem, buildings=(), points=(), walk=None, previous={})
    return BoundPart(bare, replace(arrays, cohorts=[]), spare, tuple(dict.fromkeys(limits)), seconds)


def find_bound(part: BoundPart) -> Answers:
    """The answers for some last slots, all slots always among them; none where already that would take too long."""
    begun = time.monotonic()
    bound = FinishBound(part.problem, part.arrays, part.spare)
    if part.known and isinstance(bound.model, PriceModel):
        bound.model.rounds = LONGER * ROUNDS
        for limit, price in part.known.items():
            bound.model.price = price
            bound.solve(limit)
        return bound.flows
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


def second_part(part: BoundPart, found: Answers, problem: Problem, arrays: Arrays) -> tuple[Arrays, BoundPart | None]:
    """Those who at these prices would rather go to a point that is none of their candidates get more of them. Returns
    the arrays with these, and what is to be solved again: where the bound is weakest or nearly so, from these prices, points that
    are still no candidates counted for what they cost at least. None = there is nothing to gain."""
    prices = {limit: answer for limit, answer in found.items() if isinstance(answer, Prices) and answer.sent}
    if not prices:
        return arrays, None
    model, near = PriceModel(arrays), PriceModel(replace(arrays, far_cost=np.full(arrays.groups, np.inf)))
    is_far = np.zeros(arrays.groups, np.bool_)
    for limit, answer in prices.items():
        is_far |= model.pays_at(answer.room, limit) < near.pays_at(answer.room, limit)
    if not is_far.any():
        return arrays, None
    wide = with_more_candidates(problem, arrays, np.flatnonzero(is_far))
    total = {limit: float(answer.cost + arrays.finish * arrays.times[limit - 1]) for limit, answer in prices.items()}
    known = {limit: prices[limit].room for limit in prices if total[limit] <= (1 + NEARLY) * min(total.values())}
    return wide, replace(part, arrays=replace(wide, cohorts=[]), known=known)


def made_true(answers: Answers, arrays: Arrays) -> Answers:
    """What each pays at the prices found, with all points for what they really cost at least; a flow stays as it is."""
    model = PriceModel(arrays)
    return {
        limit: replace(answer, pays=model.pays_at(answer.room, limit))
        if isinstance(answer, Prices) and answer.sent
        else answer
        for limit, answer in answers.items()
    }
