"""The bound by fillings: tighter than the flow, as cohorts are whole, tiers apart, and spread counts.

Lagrangian decomposition (Guignard, Kim 1987). Every cohort's coming to a point is given a worth. On one side each slot
of each point is filled as profitably as it can be, a knapsack of whole cohorts of one tier; on the other each
building goes where it is worth least. Whatever the worths, the difference is a bound; the better they are, the less
both sides disagree, and the bound rises (the volume algorithm: Barahona, Anbil 2000).

Spread in a knapsack: a building that needs m slots at a point, and takes k >= m, pays spread over k - 1 slots at
least; so each of its parts pays (m - 1) / m of a slot, and half a slot where m is 1 and the part is not the whole.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from scheduling.planner.arrays import Arrays
from scheduling.planner.bounds.prices import MANY, SAFE, THREADS, Prices
from scheduling.planner.bounds.worth_kernels import Bench, Offers, choose_points, count_slots, fill_points
from scheduling.planner.candidates import Floats, Ints

# A knapsack looks at every part of a slot's room; so many parts at most, and so many parts for all its cohorts.
MOST_PARTS, MOST_TAKEN = 2_000, 20_000_000
# Of the volume algorithm: part of the way to the target in a step at first and at last, weight of the newest answer,
# answers without gain until steps become shorter, and by how much they change.
FIRST_STEP, NEXT_STEP, LAST_STEP = 0.2, 0.05, 2e-4
NEWEST, PATIENCE, SHORTER, LONGER = 0.1, 8, 0.66, 1.1


class Worths:
    """What worths prove, for plans that leave at most `spare` heads unplaced beside those who are `out`, as they fit
    nowhere. `charge` is what spread over one slot more costs, 0 where groups are not kept together."""

    def __init__(self, a: Arrays, out: NDArray[np.bool_], spare: int, charge: float, room_price: Floats) -> None:
        self.arrays, self.out, self.spare = a, out, spare
        self.threads = THREADS if len(a.near_point) >= MANY else 1
        sizes, owner = np.diff(a.group_start), np.repeat(np.arange(a.groups), np.diff(a.near_start))
        bids = np.concatenate([[0], np.cumsum(sizes[owner])])
        self.bid_start = bids[:-1].astype(np.int64)
        self.cohort = np.repeat(a.group_start[owner] - self.bid_start, sizes[owner]) + np.arange(bids[-1])
        self.filler = self._price_elsewhere(room_price)
        self.far = self._far()
        self.offers = self._offers(owner, charge)
        self.benches = [self._bench(sizes[owner], owner) for _ in range(self.threads)]
        self.gains = np.zeros(a.capacity.shape)
        self.lost = charge * float((np.cumsum(np.sort(a.heads[~out])) <= spare).sum()) if spare else 0.0

    def _price_elsewhere(self, price: Floats) -> Floats:
        """What a head from elsewhere pays in each slot at least: the least at any point."""
        a = self.arrays
        if not np.isfinite(a.far_cost).any():
            return np.zeros(len(a.times))
        least = np.where(a.capacity > 0, price, np.inf).min(axis=0)
        return np.maximum(0.0, np.where(np.isfinite(least), least, 0.0))

    def _far(self) -> Floats:
        """What a group costs at least at a point that is not among its candidates."""
        a = self.arrays
        if not np.isfinite(a.far_cost).any():
            return np.where(np.diff(a.near_start) > 0, np.inf, 0.0)
        least = np.full(len(a.heads), np.inf)
        for s in np.flatnonzero((a.capacity > 0).any(axis=0)):
            here = a.early * a.times[s] + a.heads * self.filler[s]
            least = np.where((a.first <= s) & (s <= a.last), np.minimum(least, here), least)
        least = np.where(self.out, 0.0, a.far_cost[a.group] * a.heads + least)
        far = np.bincount(a.group, weights=least, minlength=a.groups)
        return np.where(np.isfinite(a.far_cost), far, np.where(np.diff(a.near_start) > 0, np.inf, 0.0))

    def _offers(self, owner: Ints, charge: float) -> Offers:
        a = self.arrays
        tier = a.tier[np.minimum(a.group_start[:-1], len(a.heads) - 1)]
        ranks = np.bincount(a.near_point, minlength=len(a.capacity))
        cohorts = np.bincount(a.near_point, weights=np.diff(a.group_start)[owner], minlength=len(a.capacity))
        parts = max(1, min(MOST_PARTS, int(MOST_TAKEN // (cohorts.max(initial=0) + 1))))
        coarse = max(1, -(-int(a.capacity.max(initial=0)) // parts))
        offers = Offers(
            heads=a.heads,
            weight=a.heads // coarse,
            is_out=self.out,
            first=a.first,
            last=a.last,
            early=a.early,
            times=a.times,
            pin_point=a.pin_point,
            pin_slot=a.pin_slot,
            group_start=a.group_start,
            tier=tier,
            near_start=a.near_start,
            near_cost=a.near_cost,
            owner=owner,
            bid_start=self.bid_start,
            needed=np.zeros(len(owner), np.int64),
            at_start=np.concatenate([[0], np.cumsum(ranks)]).astype(np.int64),
            at=np.lexsort((owner, tier[owner], a.near_point)).astype(np.int64),
            capacity=a.capacity,
            room=a.capacity // coarse,
            filler=self.filler * coarse,
            slack=int(coarse > 1),
            opening=a.opening,
            charge=charge,
        )
        count_slots(offers, a.near_point, offers.needed)
        return offers

    def _bench(self, sizes: Ints, owner: Ints) -> Bench:
        near, points = self.arrays.near_point, len(self.arrays.capacity)
        parts = int(self.offers.room.max(initial=0)) + 1
        items = int(np.bincount(near, weights=sizes, minlength=points).max(initial=0)) + 1
        groups = int(np.bincount(near, minlength=points).max(initial=0)) + 2
        return Bench(
            best=np.zeros(parts),
            part=np.zeros(parts),
            item=np.zeros(items, np.int64),
            profit=np.zeros(items),
            taken=np.zeros((items, parts), np.bool_),
            chosen_near=np.zeros(groups, np.int64),
            whole_weight=np.zeros(groups, np.int64),
            whole_profit=np.zeros(groups),
            items_from=np.zeros(groups, np.int64),
            how=np.zeros((groups, parts), np.int8),
            chosen=np.zeros(items * len(self.arrays.times), np.int64),
            count=np.zeros(len(self.cohort), np.int64),
        )

    def ask(self, worth: Floats, leave: float, limit: int) -> tuple[Floats, Floats, int]:
        """(a bound for each last slot + 1 of 1, 2, ..., at these worths of the bids, where staying away costs `leave` a
        head; how much more often each bid is met than taken where slots below `limit` count; heads that stay away)."""
        a = self.arrays
        for bench in self.benches:
            bench.count[:] = 0
        met = self._on_threads(lambda k: self._both_sides(k, worth, leave, limit))
        total = sum(part for part, _ in met)
        earned = np.cumsum(self.gains, axis=1) - a.opening[:, None]
        bounds = total - np.maximum(0.0, earned).sum(axis=0) + a.finish * (a.times + 1) - self.lost
        if self.spare:
            bounds -= leave * self.spare
        rounding = SAFE * (float(np.abs(worth).sum()) + float(np.abs(earned).sum()) + abs(total))
        count = sum((bench.count for bench in self.benches[1:]), self.benches[0].count)
        return bounds - rounding, -count.astype(np.float64), sum(staying for _, staying in met)

    def _on_threads(self, work: Callable[[int], tuple[float, int]]) -> list[tuple[float, int]]:
        """The answers of all threads. Each has points and groups of its own, so that their order decides nothing."""
        if self.threads == 1:
            return [work(0)]
        with ThreadPoolExecutor(self.threads) as pool:
            return list(pool.map(work, range(self.threads)))

    def _both_sides(self, thread: int, worth: Floats, leave: float, limit: int) -> tuple[float, int]:
        """Fill the slots of this thread's points, and send its groups; what those are worth, and who stays away."""
        begin, end = self._share(thread, len(self.gains))
        count = self.benches[thread].count
        fill_points(self.offers, self.benches[thread], begin, end, limit, worth, self.gains)
        begin, end = self._share(thread, self.arrays.groups)
        total, staying = choose_points(self.offers, self.far, worth, leave, begin, end, count)
        return float(total), int(staying)

    def _share(self, thread: int, length: int) -> tuple[int, int]:
        return length * thread // self.threads, length * (thread + 1) // self.threads


class Ascent:
    """Raises the bound from the worths that prices give, first with one worth for each cohort, then for each bid, so
    that buildings stay together. `floors` bounds already, for each last slot + 1 of 1, 2, ..., the plans that end
    there; `best` is what is known in the end. With `alone` only plans that end there are looked at."""

    def __init__(self, worths: Worths, prices: Prices, floors: Floats, alone: int | None = None) -> None:
        self.worths, a = worths, worths.arrays
        self.floors, self.best, self.alone = floors, floors.copy(), alone
        self.by_cohort = True
        pays = np.where(np.isfinite(prices.pays), prices.pays, 0.0)
        # The worths, and last what staying away costs a head.
        self.centre = np.append(np.where(worths.out, 0.0, a.heads * pays[a.group]), self._first_leave(pays))
        self.scale = np.append(a.heads.astype(np.float64), 1 / max(1, worths.spare))
        self.limit = alone or int(np.argmin(self.best)) + 1
        self.step, self.waited = FIRST_STEP, 0
        self.level, self.direction = self._ask(self.centre)

    def _first_leave(self, pays: Floats) -> float:
        """What the heads pay who pay more than all but the `spare` ones; inf = nobody may stay away."""
        a, spare = self.worths.arrays, self.worths.spare
        if not spare:
            return np.inf
        each = np.where(self.worths.out, 0.0, pays[a.group])
        order = np.argsort(-each, kind="stable")
        beyond = np.flatnonzero(np.cumsum(a.heads[order]) > spare)
        return float(each[order[beyond[0]]]) if len(beyond) else 0.0

    @property
    def value(self) -> float:
        """The bound on the plans that are looked at."""
        return float(self.best.min() if self.alone is None else self.best[self.alone - 1])

    def climb(self, target: float, is_over: Callable[[], bool], rounds: int) -> int:
        """At most so many answers, until the bound has come to the target, or nothing is gained any more. Returns how
        many were asked."""
        for done in range(rounds):
            if is_over() or self.value >= target:
                return done
            if self.step < LAST_STEP:
                if not self.by_cohort:
                    return done
                self._tell_points_apart()
            self._one(target)
        return rounds

    def _one(self, target: float) -> None:
        """Go from the best worths so far along the average of what was still out of balance."""
        length = float((self.scale * self.direction**2).sum())
        if length == 0:
            self.step = 0.0  # both sides agree: these worths are the best
            return
        ahead = self.step * max(target - self.level, 0.0) / length
        there = self.centre + ahead * self.scale * self.direction
        level, found = self._ask(there)
        agrees = float((self.scale * self.direction * found).sum()) >= 0
        self.direction = NEWEST * found + (1 - NEWEST) * self.direction
        if level > self.level:
            self.centre, self.level, self.waited = there, level, 0
            self.step *= LONGER if agrees else 1.0
            return
        self.waited += 1
        if self.waited >= PATIENCE:
            self.step, self.waited = self.step * SHORTER, 0

    def _ask(self, position: Floats) -> tuple[float, Floats]:
        """(the bound, what is out of balance) at these worths of cohorts, or of bids, and this price of staying away."""
        worths, leave = self.worths, max(0.0, float(position[-1]))
        worth = position[:-1][worths.cohort] if self.by_cohort else position[:-1]
        levels, of_bids, staying = worths.ask(worth, leave, self.limit)
        self.best = np.maximum(self.best, levels)
        if self.by_cohort:
            of_bids = np.bincount(worths.cohort, weights=of_bids, minlength=len(position) - 1).astype(np.float64)
        balance = np.append(of_bids, staying - worths.spare)
        if self.alone is not None:
            return float(levels[self.alone - 1]), balance
        known = np.maximum(levels, self.floors)
        self.limit = int(np.argmin(known)) + 1  # the weakest, to be raised next
        return float(known.min()), balance

    def _tell_points_apart(self) -> None:
        self.by_cohort = False
        bids = np.append(self.worths.cohort, -1)
        self.centre, self.scale = self.centre[bids], self.scale[bids]
        self.step, self.waited = NEXT_STEP, 0
        self.level, self.direction = self._ask(self.centre)
