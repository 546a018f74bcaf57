"""How many heads must stay unplaced at least, at any size and in a moment: a maximum flow of single heads.

Group -> (kind, point) -> (point, slot) -> out. What cannot flow has no place in any plan. Whole cohorts count in four
ways: a cohort goes to no slot that it is too large for; a slot takes no more than the fullest filling by cohorts of one
tier; a group sends no more to its one point than that can take; and those who stay out are whole cohorts too.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray
from ortools.graph.python import max_flow

from scheduling.planner.arrays import Arrays
from scheduling.planner.candidates import Ints

Flags = NDArray[np.bool_]

# Beyond so many arcs nothing is counted: that would take more than a second.
MOST_ARCS = 1_000_000
# Beyond so many heads it is not asked whether whole cohorts come to just as many.
MOST_SUM = 200_000


def least_unplaced(a: Arrays) -> int:
    """So many heads at least have no place, whatever the plan; pins are kept. 0 where it would take long."""
    if a.groups * len(a.capacity) > MOST_ARCS:
        return 0
    rooms = Rooms(a)
    if rooms.fits.size > MOST_ARCS:
        return 0
    coming = rooms.who_fits()
    hopeless = int(a.heads[rooms.free].sum() - a.heads[coming].sum())
    return hopeless + (_Flow(rooms, coming).left_out() if len(coming) else 0)


class Rooms:
    """Who may come where: `fits[kind, point, slot]`, `goes[group, point]`, and the heads a slot takes at most. Cohorts
    of a kind have the same window and tier, and the same rooms are too small for them."""

    def __init__(self, a: Arrays) -> None:
        self.a = a
        self.free = np.flatnonzero(a.pin_slot < 0)
        self.room, held = _left_by_pins(a)
        self.room = np.minimum(self.room, a.heads[self.free].sum())
        levels = np.unique(self.room[self.room > 0])
        keys = [a.first, a.last, a.tier, np.searchsorted(levels, a.heads)]
        kinds, kind = np.unique(np.stack(keys, axis=1)[self.free], axis=0, return_inverse=True)
        self.kind = np.full(len(a.heads), -1, np.int64)
        self.kind[self.free] = kind.reshape(-1)
        self.tier = kinds[:, 2]
        first, last, tier, level = kinds.T[:, :, None, None]
        slots = np.arange(self.room.shape[1])
        is_open = (self.room > 0) & (np.searchsorted(levels, self.room) >= level)
        self.fits = is_open & (first <= slots) & (slots <= last) & ((held < 0) | (held == tier))
        self.goes = np.zeros((a.groups, len(a.capacity)), np.bool_)
        self.goes[np.repeat(np.arange(a.groups), np.diff(a.near_start)), a.near_point] = True
        self.goes[np.isfinite(a.far_cost)] = True  # some are no candidates: any may be meant

    def who_fits(self) -> Ints:
        """The free cohorts for whom some slot is large enough."""
        fits = self.fits.any(axis=2)
        somewhere = (fits[self.kind[self.free]] & self.goes[self.a.group[self.free]]).any(axis=1)
        return np.asarray(self.free[somewhere])

    def fill(self, coming: Ints) -> None:
        """Lower the rooms to the fullest fillings by these cohorts."""
        a = self.a
        for p in range(len(a.capacity)):
            here = coming[self.goes[a.group[coming], p]]
            slots: dict[bytes, list[int]] = defaultdict(list)
            for s in np.flatnonzero(self.fits[:, p].any(axis=0)).tolist():
                slots[self.fits[:, p, s].tobytes()].append(s)
            for alike in slots.values():
                who = here[self.fits[self.kind[here], p, alike[0]]]
                self.room[p, alike] = _fullest(a.heads[who], a.tier[who], self.room[p, alike])


def _left_by_pins(a: Arrays) -> tuple[Ints, Ints]:
    """The room that pinned cohorts leave, and the tier they hold a slot for, -1 = none."""
    pinned = np.flatnonzero(a.pin_slot >= 0)
    at = a.pin_point[pinned], a.pin_slot[pinned]
    room, held = a.capacity.copy(), np.full(a.capacity.shape, -1, np.int64)
    np.subtract.at(room, at, a.heads[pinned])
    held[at] = a.tier[pinned]
    return room, held


def _fullest(heads: Ints, tiers: Ints, rooms: Ints) -> Ints:
    """Of each room the most heads that cohorts of one tier fill of it."""
    if rooms.max() > MOST_SUM:
        return rooms
    best = np.zeros(len(rooms), np.int64)
    for tier in np.unique(tiers):
        sums = sums_of(heads[tiers == tier], int(rooms.max()), rooms.tolist())
        filled = [(sums & ((2 << room) - 1)).bit_length() - 1 for room in rooms.tolist()]
        best = np.maximum(best, filled)
    return best


def sums_of(heads: Ints, most: int, wanted: Iterable[int] = ()) -> int:
    """The sums up to `most` that some of these have: bit k stands for k. Ends early where all `wanted` are among them."""
    sums, within, goal = 1, (2 << most) - 1, sum(1 << one for one in set(wanted))
    counts = np.bincount(heads[heads <= most])
    for size in np.flatnonzero(counts).tolist():
        count, part = int(counts[size]), 1
        while count > 0:
            sums |= (sums << size * min(part, count)) & within
            count, part = count - part, 2 * part
        if goal and sums & goal == goal:
            break
    return sums


class _Flow:
    """Nodes: in, groups, packets (of a group those of a kind), (kind, point), (point, slot), out."""

    def __init__(self, rooms: Rooms, coming: Ints) -> None:
        self.rooms, self.a, self.coming = rooms, rooms.a, coming
        rooms.fill(coming)
        kinds, points = rooms.fits.shape[:2]
        pairs, packet = np.unique(self.a.group[coming] * kinds + rooms.kind[coming], return_inverse=True)
        self.groups, self.kinds = np.divmod(pairs, kinds)
        self.heads = np.zeros(len(pairs), np.int64)
        np.add.at(self.heads, packet.reshape(-1), self.a.heads[coming])
        self.most = np.where(rooms.fits, rooms.room, 0).sum(axis=2)  # [kind, point]
        self.at_packet = 1 + self.a.groups
        self.at_point = self.at_packet + len(pairs)
        self.at_slot = self.at_point + kinds * points
        self.out = self.at_slot + rooms.room.size

    def left_out(self) -> int:
        sent = self._sent_by_group()
        tails, tips, room = self._arcs(sent)
        solver = max_flow.SimpleMaxFlow()
        solver.add_arcs_with_capacity(tails, tips, room)
        if solver.solve(0, self.out) != solver.OPTIMAL:
            return 0
        is_crowded = np.isin(1 + np.arange(self.a.groups), solver.get_source_side_min_cut())
        left = self._heads_of_groups() - solver.flows(np.arange(self.a.groups))
        return self._whole(np.asarray(left), is_crowded)

    def _sent_by_group(self) -> Ints:
        """What a group sends at most: all to one point, by whole cohorts."""
        a, coming = self.a, self.coming
        at, loosest = (np.zeros(self.rooms.goes.shape, np.int64) for _ in range(2))
        here = np.where(self.rooms.goes[self.groups], self.most[self.kinds], 0)
        np.add.at(at, self.groups, np.minimum(here, self.heads[:, None]))
        np.maximum.at(loosest, self.groups, here)
        sent = np.minimum(at, loosest).max(axis=1)
        is_part = (sent < self._heads_of_groups()) & (sent <= MOST_SUM)
        for g in np.flatnonzero(is_part & (sent > 0)).tolist():
            sums = sums_of(a.heads[coming[a.group[coming] == g]], int(sent[g]))
            sent[g] = sums.bit_length() - 1
        return np.asarray(sent)

    def _heads_of_groups(self) -> Ints:
        heads = np.zeros(self.a.groups, np.int64)
        np.add.at(heads, self.groups, self.heads)
        return heads

    def _arcs(self, sent: Ints) -> tuple[Ints, Ints, Ints]:
        """(from, to, heads at most); first those into the groups, in their order."""
        packets, points = np.arange(len(self.groups)), self.most.shape[1]
        owner, p = np.nonzero(self._reach())
        kind, q, s = np.nonzero(self.rooms.fits)
        places = np.arange(self.rooms.room.size)
        slot = q * self.rooms.room.shape[1] + s
        tails = [
            np.zeros(len(sent)), 1 + self.groups, self.at_packet + owner, self.at_point + kind * points + q,
            self.at_slot + places,
        ]  # fmt: skip
        tips = [
            1 + np.arange(len(sent)), self.at_packet + packets, self.at_point + self.kinds[owner] * points + p,
            self.at_slot + slot, np.full(len(places), self.out),
        ]  # fmt: skip
        room = [
            sent, self.heads, np.minimum(self.heads[owner], self.most[self.kinds[owner], p]),
            self.rooms.room[q, s], self.rooms.room.reshape(-1),
        ]  # fmt: skip
        joined = [np.concatenate(part).astype(np.int64) for part in (tails, tips, room)]
        return joined[0], joined[1], joined[2]

    def _reach(self) -> Flags:
        """[packet, point]: whether some slot there is for it."""
        return np.asarray(self.rooms.goes[self.groups] & (self.most[self.kinds] > 0))

    def _whole(self, left: Ints, is_crowded: Flags) -> int:
        """Heads `left` over of each group, rounded up to whole cohorts. Groups that are not crowded leave their own
        cohorts out, the crowded of each part of the map some of theirs."""
        total, part = int(left[~is_crowded].sum()), self._parts()
        group = self.a.group[self.coming]
        for k in np.unique(part[is_crowded & (left > 0)]).tolist():
            among = is_crowded & (part == k)
            total += _next_sum(self.a.heads[self.coming[among[group]]], int(left[among].sum()))
        return total

    def _parts(self) -> Ints:
        """Of each group the part of the map it is in: no points of two parts have a group in common."""
        reach = np.zeros(self.rooms.goes.shape, np.bool_)
        np.logical_or.at(reach, self.groups, self._reach())
        points = np.arange(reach.shape[1])
        while True:
            groups = np.where(reach, points, len(points)).min(axis=1)
            joined = np.minimum(points, np.where(reach, groups[:, None], len(points)).min(axis=0))
            if (joined == points).all():
                return np.asarray(groups)
            points = joined


def _next_sum(heads: Ints, least: int) -> int:
    """The smallest sum of some of them that is no less."""
    if least + int(heads.max()) > MOST_SUM:
        return least
    above = sums_of(heads, least + int(heads.max())) >> least
    return least + (above & -above).bit_length() - 1
