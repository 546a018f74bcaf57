"""The bound of a large problem, as a part that one worker does while the others search."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace

from scheduling.planner.arrays import Arrays
from scheduling.planner.bound import FinishBound
from scheduling.planner.flow import Flow
from scheduling.planner.prices import Prices
from scheduling.planner.problem import Problem

Answers = Mapping[int, Flow | Prices]

# Without a clock, how many last slots are looked at.
MOST_LIMITS = 6


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
    """The answers for some last slots, all slots always among them."""
    begun = time.monotonic()
    bound = FinishBound(part.problem, part.arrays, part.spare)

    def is_over() -> bool:
        if part.seconds is None:
            return len(bound.flows) >= MOST_LIMITS
        return time.monotonic() - begun + bound.slowest / 2 > part.seconds

    for limit in (len(part.arrays.slots), *part.limits):
        if not bound.flows or not is_over():
            bound.solve(limit)
    bound.refine(is_over)
    return bound.flows
