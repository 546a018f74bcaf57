"""Where each group of a large problem would go at the prices that the bound has found for room.

The prices see all of the city: where room is wanting and how far the overflow has to go. Where each goes to its cheapest
point, nearly all is as the relaxation has it; whole buildings are a little too many for some points, and from those go
who lose least, as in an auction whose prices only rise (Bertsekas 1988).
"""

from __future__ import annotations

import numpy as np

from scheduling.planner.arrays import Arrays
from scheduling.planner.bounds.prices import PriceModel
from scheduling.planner.candidates import Floats, Ints
from scheduling.planner.large.guide_kernels import Demand, Share, choose_cheapest, even_out

# Whole cohorts fill so much of a point's slots with little trouble.
PACKED = 0.985
# Points become dearer by at least such a part of the usual step of cost; at most so many moves for each group.
LEAST_RISE, MOST_MOVES = 0.2, 3


def guide_at(arrays: Arrays, room: Floats, limit: int) -> Ints:
    """A point for each group, -1 = none, at these prices of room [point, slot] and with slots below `limit`."""
    model = PriceModel(arrays)
    demand = Demand(
        heads=model.market.heads,
        near_start=arrays.near_start,
        near_point=arrays.near_point,
        cost=model.costs_at(room, limit),
        room=np.floor(arrays.capacity[:, :limit].sum(axis=1) * PACKED).astype(np.int64),
    )
    share = _nobody(arrays.groups, len(demand.room))
    even_out(demand, share, choose_cheapest(demand, share), MOST_MOVES * arrays.groups, LEAST_RISE * model.unit)
    guide: Ints = share.point
    return guide


def _nobody(groups: int, points: int) -> Share:
    return Share(
        point=np.full(groups, -1, np.int64),
        load=np.zeros(points, np.int64),
        raised=np.zeros(points),
        first=np.full(points, -1, np.int64),
        after=np.full(groups, -1, np.int64),
        waiting=np.zeros(points, np.int64),
        waits=np.zeros(points, np.bool_),
    )
