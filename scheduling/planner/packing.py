"""Problems that only ask how many slots are needed: one point, every slot alike, cohorts free to go anywhere.

That is bin packing. A pattern is one filling of a slot; the fewest patterns that hold every cohort are wanted. The
patterns that could matter are found by column generation (Gilmore, Gomory 1961), and the linear programme over them,
rounded up, is a bound; the packing itself comes from diving: fix the fullest pattern, solve the rest again.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from scheduling.planner.arrays import Arrays

Pattern = tuple[int, ...]  # how often each size stands in it


@dataclass(frozen=True)
class Packing:
    """Cohorts of each slot, None = nothing better found; `bound` = slots that are needed at least."""

    slots: list[list[int]] | None
    bound: int


def is_packing(a: Arrays) -> bool:
    """Whether all that is decided is the number of slots, so that the order of slots and the place do not count."""
    room = a.capacity[0]
    return (
        len(a.capacity) == 1
        and a.finish > 0
        and a.spread == 0
        and not a.early.any()
        and bool((room == room[0]).all())
        and bool((a.first == 0).all() and (a.last == len(room) - 1).all())
        and bool((a.pin_slot < 0).all())
        and len(set(a.tier.tolist())) == 1
        and bool((np.diff(a.near_start)[a.group] == 1).all())
        and bool((a.heads <= room[0]).all())
    )
