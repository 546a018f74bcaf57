"""The problem as arrays, for the search: what is allowed is listed, what is weighted is multiplied out.

A group is what goes to one point as a whole: a building, or a single cohort where each goes for itself.
Cohorts stand in the order of the problem, so those of a group, and of a building, follow one another.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from operator import attrgetter

import numpy as np

from scheduling.planner.candidates import NEAREST, Floats, Ints, candidates, of_cohorts, starts
from scheduling.planner.problem import Problem, Together

# Beyond this many (point, slot) pairs only slots that can matter are kept.
MOST_PLACES = 3_000_000


@dataclass(frozen=True)
class Arrays:
    """See each line; `*_start` gives where a group's or building's run begins, one entry more than there are."""

    cohorts: list[str]
    slots: list[int]  # the slots that are kept; all others here are places in this list
    times: Floats  # the same as numbers
    heads: Ints  # of each cohort
    group: Ints  # of each cohort
    building: Ints  # of each cohort
    first: Ints  # of each cohort, its window
    last: Ints
    tier: Ints  # of each cohort
    early: Floats  # of each cohort: what a slot later costs
    pin_point: Ints  # of each cohort, -1 = not pinned
    pin_slot: Ints
    group_start: Ints  # cohorts of a group
    building_start: Ints  # cohorts of a building
    near_start: Ints  # candidates of a group, cheapest first
    near_point: Ints
    near_cost: Floats  # of a head sent there: walk and move
    far_cost: Floats  # of each group: no point left out of its candidates costs a head less; inf = none is left out
    capacity: Ints  # [point, slot], whole heads
    opening: Floats  # of each point
    spread: float  # weights
    finish: float
    penalty: float  # of a head without a place: more than any way of placing it could save
    are_slots_cut: bool = False  # whether some slots are not kept

    @property
    def groups(self) -> int:
        return len(self.group_start) - 1


def arrays_of(problem: Problem, nearest: int = NEAREST) -> Arrays:
    """The arrays of a problem that has points and cohorts and whose pins can be kept."""
    buildings = problem.buildings
    slots = _slots_that_matter(problem)
    times = np.array(slots, dtype=np.float64)
    counts = np.fromiter(map(len, map(attrgetter("cohorts"), buildings)), np.int64, len(buildings))
    building_start = starts(counts)
    building = np.repeat(np.arange(len(counts)), counts)
    people = list(chain.from_iterable(map(attrgetter("cohorts"), buildings)))
    heads = np.fromiter(map(attrgetter("heads"), people), np.int64, len(people))
    first, last = _windows(problem, times)
    names = list(map(attrgetter("tier"), buildings))
    tiers = {name: k for k, name in enumerate(dict.fromkeys(names))}
    tier = np.fromiter(map(tiers.__getitem__, names), np.int64, len(names))
    urgency = np.fromiter(map(attrgetter("urgency"), buildings), np.float64, len(buildings))
    pin_point, pin_slot = _pins(problem, slots, building_start)
    by_cohort = problem.together is Together.COHORT
    near = candidates(problem, nearest)
    if by_cohort:
        near = of_cohorts(near, building, pin_point)
    opening = problem.weights.open * np.array([p.open_cost for p in problem.points], dtype=np.float64)
    early = problem.weights.early * urgency[building] * heads
    weights = problem.weights
    worst = (np.abs(near.cost).max(initial=0) + np.abs(early / heads).max(initial=0) * (times.max() + 1)) * 2
    worst += np.abs(opening).sum() + (abs(weights.finish) + abs(weights.spread)) * (times.max() + 1)
    return Arrays(
        cohorts=list(map(attrgetter("id"), people)),
        slots=slots,
        times=times,
        heads=heads,
        group=np.arange(len(heads)) if by_cohort else building,
        building=building,
        first=first[building],
        last=last[building],
        tier=tier[building],
        early=early,
        pin_point=pin_point,
        pin_slot=pin_slot,
        group_start=np.arange(len(heads) + 1) if by_cohort else building_start,
        building_start=building_start,
        near_start=near.start,
        near_point=near.point,
        near_cost=near.cost,
        far_cost=near.rest,
        capacity=_capacity(problem, slots),
        opening=opening,
        spread=float(weights.spread),
        finish=float(weights.finish),
        penalty=float(worst + 1),
        are_slots_cut=len(slots) < problem.slots,
    )


def size_of(a: Arrays) -> int:
    """About how many places there are to choose from, over all cohorts."""
    points = np.diff(a.near_start)[a.group]
    return int((points * np.maximum(0, a.last - a.first + 1)).sum())


def _slots_that_matter(problem: Problem) -> list[int]:
    """All slots; of very many, those that follow the start of a window or a pin, as many as could be filled."""
    listed = any(isinstance(point.capacity, tuple) for point in problem.points)
    if listed or problem.slots * len(problem.points) <= MOST_PLACES:
        return list(range(problem.slots))
    starts = {0} | {problem.window(b)[0] for b in problem.buildings} | {slot for _, slot in problem.pins.values()}
    length = max(1, min(len(problem.cohort_ids), MOST_PLACES // len(problem.points) // len(starts)))
    slots = {slot for start in starts for slot in range(start, min(start + length, problem.slots))}
    return sorted(slots)


def _windows(problem: Problem, times: Floats) -> tuple[Ints, Ints]:
    """Of each building the first and the last of the slots kept in which it may be called; last < first = none."""
    count = len(problem.buildings)
    first, last = np.zeros(count, np.int64), np.full(count, problem.slots - 1, np.int64)
    windows = map(attrgetter("window"), problem.buildings)
    for k in [k for k, window in enumerate(windows) if window is not None]:
        first[k], last[k] = problem.window(problem.buildings[k])
    return np.searchsorted(times, first, "left"), np.searchsorted(times, last, "right") - 1


def _pins(problem: Problem, slots: list[int], building_start: Ints) -> tuple[Ints, Ints]:
    """Of each cohort the point and the slot of its pin; -1 = none."""
    points, times = (np.full(int(building_start[-1]), -1, np.int64) for _ in range(2))
    slot_index = {slot: k for k, slot in enumerate(slots)} if problem.pins else {}
    pinned = map(attrgetter("pinned"), problem.buildings)
    for k in [k for k, pins in enumerate(pinned) if pins]:
        building = problem.buildings[k]
        for c, cohort in enumerate(building.cohorts, int(building_start[k])):
            if (place := building.pinned.get(cohort.id)) is not None:
                points[c], times[c] = problem.point_index[place[0]], slot_index[place[1]]
    return points, times


def _capacity(problem: Problem, slots: list[int]) -> Ints:
    """Heads are whole, so a fraction of a head takes nobody."""
    rows = [p.capacity if isinstance(p.capacity, tuple) else (p.capacity,) * len(slots) for p in problem.points]
    return np.floor(np.array(rows, dtype=np.float64)).astype(np.int64)


def places_of(
    problem: Problem, arrays: Arrays, point: Sequence[int] | Ints, slot: Sequence[int] | Ints
) -> dict[str, tuple[str, int]]:
    """{cohort: (point, slot)} from the point of each group and the slot of each cohort; -1 = no place."""
    names, chosen = [p.id for p in problem.points], np.asarray(slot)
    placed = np.flatnonzero(chosen >= 0)
    at = np.asarray(point)[arrays.group[placed]].tolist()
    cohorts = map(arrays.cohorts.__getitem__, placed.tolist())
    places = zip(map(names.__getitem__, at), map(arrays.slots.__getitem__, chosen[placed].tolist()), strict=True)
    return dict(zip(cohorts, places, strict=True))
