"""The same relaxation as in `flow.py`, for large problems: not solved, but bounded by prices of room.

Any prices give a bound: every head pays for the cheapest place it could have, and what all the room costs is taken
off again. Good prices come from letting heads choose softly and raising the price where too many come, at less and
less heat: Sinkhorn's scaling (Cuturi 2013) with room as an upper limit. A city takes some seconds; the result lies
about 0.1 % below the flow.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from scheduling.planner.arrays import Arrays
from scheduling.planner.bounds.price_kernels import (
    Market,
    Trade,
    choose_least,
    choose_softly,
    load_slots,
    price_anywhere,
    price_slots,
    settle_prices,
)
from scheduling.planner.candidates import Floats, Ints

# From twice the usual step of cost down to a part of it, half as hot each time; so many rounds at each heat.
HOTTEST, HEATS, ROUNDS = 2.0, 9, 20
# With good prices of another last slot at hand it begins at the fourth heat.
WARM_HEAT = 3
# Prices move further than would settle them at once: over-relaxation, found to halve the rounds.
PACE = 1.5
THREADS = 2
# From so many candidates on, threads are worth their start.
MANY = 50_000
# Urgencies that differ by less than such a part of all are one; kinds x points x slots stay below this.
MOST_LEVELS, MOST_PARTS = 10**9, 20_000_000
# What a candidate, or a slot of a kind at a point, takes in a round.
PART_SECONDS = 1.5e-8
# Sums of floating point are trusted to this part.
SAFE = 1e-11


@dataclass(frozen=True)
class Prices:
    """`cost` bounds what all plans cost that use only slots below the limit, finish and spread aside; inf = there are
    none. `prefer` is the cheapest near point of each group at these prices, -1 = none; `room` the price of a head's
    room [point, slot], `pays` what a head of each group pays for walk, wait and room, inf = it has no way."""

    cost: float
    prefer: Ints
    room: Floats
    pays: Floats

    @property
    def sent(self) -> bool:
        """Whether it could be that all heads find a way."""
        return bool(np.isfinite(self.cost))


class PriceModel:
    """The prices for one problem, to be asked for several last slots. `out` says of each cohort that it fits nowhere:
    such heads are in no plan and not counted here."""

    def __init__(self, arrays: Arrays, out: NDArray[np.bool_] | None = None) -> None:
        self.arrays = a = arrays
        self.market = _market_of(a, np.zeros(len(a.heads), bool) if out is None else out)
        self.total = int(self.market.heads.sum())
        self.unit = _usual_step(a, self.market)
        self.price: Floats | None = None
        self.rounds = ROUNDS
        self.threads = THREADS if len(a.near_point) >= MANY else 1

    @property
    def seconds(self) -> float:
        """About how long an answer takes."""
        slots = len(self.market.first) * self.arrays.capacity.size
        return least_seconds(self.arrays) + HEATS * ROUNDS * PART_SECONDS * slots

    def solve(
        self, limit: int, spare: int, is_over: Callable[[], bool] = lambda: False, rounds: int | None = None
    ) -> Prices:
        """Prices with slots below `limit` only and `spare` heads free to stay away. Ends early, with worse prices,
        when `is_over` says so. Begins from the prices found last; with no rounds it says what those are good for."""
        a, m = self.arrays, self.market
        rounds = self.rounds if rounds is None else rounds
        t = self._trade(limit, spare)
        if self.total - spare > int(a.capacity[:, :limit].sum()):
            return Prices(np.inf, t.prefer, t.price, t.pays)
        with ThreadPoolExecutor(self.threads) if self.threads > 1 else nullcontext() as pool:
            begin = 0 if self.price is None else WARM_HEAT
            for heat in [self.unit * HOTTEST / 2**k for k in range(begin, HEATS)]:
                for _ in range(rounds):
                    if is_over():
                        break
                    self._round(pool, t, limit, heat, spare)
        price_slots(m, t, 0, len(t.price), limit, 0.0)
        price_anywhere(t, 0.0)
        choose_least(m, t, 0, a.groups)
        if rounds:
            self.price = t.price
        return Prices(self._value(t, limit, spare), t.prefer, t.price, t.pays)

    def pays_at(self, room: Floats, limit: int) -> Floats:
        """What a head of each group pays at least, at these prices of room and with slots below `limit`."""
        t = self._trade(limit, 0)
        t = t._replace(price=np.maximum(room, t.least[:, None]))
        price_slots(self.market, t, 0, len(t.price), limit, 0.0)
        price_anywhere(t, 0.0)
        choose_least(self.market, t, 0, self.arrays.groups)
        pays: Floats = t.pays
        return pays

    def costs_at(self, room: Floats, limit: int) -> Floats:
        """What a head pays at each candidate, at these prices of room and with slots below `limit`; inf = no slot."""
        t = self._trade(limit, 0)
        t = t._replace(price=np.maximum(room, t.least[:, None]))
        price_slots(self.market, t, 0, len(t.price), limit, 0.0)
        kind = np.repeat(self.market.kind, np.diff(self.market.near_start))
        costs: Floats = self.market.near_cost + t.paid[kind, self.market.near_point]
        return costs

    def for_spare(self, prices: Prices, limit: int, spare: int) -> Prices | None:
        """What the same prices say of plans that leave out another number of heads; None = nothing, as there were no
        plans before and now there may be."""
        if not prices.sent:
            return prices if self.total - spare > int(self.arrays.capacity[:, :limit].sum()) else None
        trade = self._trade(limit, spare)._replace(price=prices.room, pays=prices.pays)
        return replace(prices, cost=self._value(trade, limit, spare))

    def _trade(self, limit: int, spare: int) -> Trade:
        a, m = self.arrays, self.market
        (points, slots), kinds = a.capacity.shape, len(m.first)
        room = a.capacity[:, :limit].sum(axis=1)
        # A point that is used pays its opening whole; spread over all its room that is a price nobody can undercut.
        least = np.maximum(0.0, np.where(room > 0, a.opening / np.maximum(room, 1), 0.0))
        price = np.repeat(least[:, None], slots, axis=1) if self.price is None else self.price.copy()
        highest = float(a.near_cost.max(initial=0) + m.urgency.max(initial=0) * a.times[-1]) + self.unit
        return Trade(
            price=np.maximum(price, least[:, None]),
            least=least,
            away=np.array([highest if spare else np.inf]),
            part=np.zeros((kinds, points, slots)),
            paid=np.zeros((kinds, points)),
            anywhere=np.zeros(kinds),
            choice=np.zeros(len(a.near_point)),
            sent=np.zeros((self.threads, kinds, points)),
            sent_far=np.zeros((self.threads, kinds)),
            sent_away=np.zeros(self.threads),
            load=np.zeros((points, slots)),
            pays=np.zeros(a.groups),
            prefer=np.full(a.groups, -1, np.int64),
        )

    def _round(self, pool: ThreadPoolExecutor | None, t: Trade, limit: int, heat: float, spare: int) -> None:
        """Everybody chooses, then prices follow. Each thread has groups and points of its own, so that the order in
        which they come to an end decides nothing."""
        m = self.market
        points, groups = self._shares(len(t.price)), self._shares(self.arrays.groups)

        def price(k: int) -> None:
            price_slots(m, t, points[k][0], points[k][1], limit, heat)

        def choose(k: int) -> None:
            choose_softly(m, t, k, groups[k][0], groups[k][1], heat)

        def settle(k: int) -> None:
            load_slots(m, t, points[k][0], points[k][1], limit, heat)
            settle_prices(m, t, points[k][0], points[k][1], limit, heat, PACE)

        self._on_threads(pool, price)
        price_anywhere(t, heat)
        self._on_threads(pool, choose)
        self._on_threads(pool, settle)
        if spare:
            wish = float(np.log(max(t.sent_away.sum(), 1e-9) / spare))
            t.away[0] = max(0.0, t.away[0] + heat * min(10.0, max(-10.0, PACE * wish)))

    def _on_threads(self, pool: ThreadPoolExecutor | None, work: Callable[[int], None]) -> None:
        list(map(work, range(self.threads)) if pool is None else pool.map(work, range(self.threads)))

    def _shares(self, length: int) -> list[tuple[int, int]]:
        cuts = [length * k // self.threads for k in range(self.threads + 1)]
        return list(pairwise(cuts))

    def _value(self, t: Trade, limit: int, spare: int) -> float:
        """What all pay but the `spare` heads that pay most, without what the room costs."""
        m = self.market
        heads = m.heads.astype(np.float64)
        pays = np.where(heads > 0, t.pays, 0.0)
        order = np.argsort(-pays, kind="stable")
        before = np.cumsum(heads[order]) - heads[order]
        coming = heads[order] - np.minimum(heads[order], np.maximum(0.0, spare - before))
        paying = np.where(coming > 0, pays[order], 0.0)
        if not np.isfinite(paying).all():
            return float(np.inf)
        costs, rooms = coming * paying, (t.price * self.arrays.capacity)[:, :limit].sum(axis=1)
        gained = np.maximum(0.0, rooms - self.arrays.opening)
        rounding = SAFE * float(np.abs(costs).sum() + rooms.sum() + np.abs(self.arrays.opening).sum())
        return float(costs.sum() - gained.sum()) - rounding


def least_seconds(arrays: Arrays) -> float:
    """What an answer takes at least, however few kinds of groups there are; said before a model is made."""
    return HEATS * ROUNDS * PART_SECONDS * len(arrays.near_point)


def _market_of(a: Arrays, out: NDArray[np.bool_]) -> Market:
    lead = np.minimum(a.group_start[:-1], len(a.heads) - 1)
    coming = np.append(np.where(out, 0, a.heads), 0)
    heads = np.where(np.diff(a.group_start) > 0, np.add.reduceat(coming, a.group_start[:-1]), 0)
    first, last, urgency, kind = _kinds(a.first[lead], a.last[lead], a.early[lead] / a.heads[lead], a.capacity.size)
    return Market(
        heads=heads.astype(np.int64),
        kind=kind,
        near_start=a.near_start,
        near_point=a.near_point,
        near_cost=a.near_cost,
        far_cost=a.far_cost,
        first=first,
        last=last,
        urgency=urgency,
        times=a.times,
        capacity=a.capacity,
    )


def _kinds(first: Ints, last: Ints, urgency: Floats, places: int) -> tuple[Ints, Ints, Floats, Ints]:
    """First, last and urgency of each kind, and the kind of each group. Of too many, urgencies count as the least of
    those near them, then windows as the whole time: what a kind pays is never more than each of its groups would."""
    for levels in (MOST_LEVELS, 64, 8, 1):
        span = float(np.ptp(urgency)) if len(urgency) else 0.0
        level = np.floor((urgency - urgency.min(initial=np.inf)) / span * (levels - 1) + 0.5) if span else urgency * 0
        keys = np.stack([first.astype(np.float64), last.astype(np.float64), level], axis=1)
        kinds, kind = np.unique(keys, axis=0, return_inverse=True)
        if len(kinds) * places <= MOST_PARTS:
            break
    else:
        kinds, kind = np.array([[first.min(), last.max(), 0.0]]), np.zeros(len(first), np.int64)
    kind = kind.reshape(-1).astype(np.int64)
    least = np.full(len(kinds), np.inf)
    np.minimum.at(least, kind, urgency)
    return kinds[:, 0].astype(np.int64), kinds[:, 1].astype(np.int64), least, kind


def _usual_step(a: Arrays, m: Market) -> float:
    """What a head's cost usually changes by: one slot later, or half the way to the third nearest point."""
    many = np.flatnonzero(np.diff(a.near_start) > 1)
    third = np.minimum(a.near_start[many] + 2, a.near_start[many + 1] - 1)
    way = float(np.median(a.near_cost[third] - a.near_cost[a.near_start[many]])) if len(many) else 0.0
    slot = float(np.median(np.abs(m.urgency[m.kind]))) if len(m.kind) else 0.0
    return max(slot, way / 2, 1e-6 * float(np.abs(a.near_cost).max(initial=0)), 1e-9)
