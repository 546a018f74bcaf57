"""The problem as arrays, for the search: what is allowed is listed, what is weighted is multiplied out.

A group is what goes to one point as a whole: a building, or a single cohort where each goes for itself.
Cohorts stand in the order of the problem, so those of a group, and of a building, follow one another.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from scheduling.planner.candidates import NEAREST, Floats, Ints, candidates, pinned_only
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
    slots = _slots_that_matter(problem)
    slot_index = {slot: k for k, slot in enumerate(slots)}
    times = np.array(slots, dtype=np.float64)
    counts = np.array([len(b.cohorts) for b in problem.buildings], dtype=np.int64)
    building_start = _starts(counts)
    building = np.repeat(np.arange(len(counts)), counts)
    heads = np.array([c.heads for b in problem.buildings for c in b.cohorts], dtype=np.int64)
    windows = [problem.window(b) for b in problem.buildings]
    first = np.searchsorted(times, [w[0] for w in windows], "left")
    last = np.searchsorted(times, [w[1] for w in windows], "right") - 1
    tiers = {name: k for k, name in enumerate(dict.fromkeys(b.tier for b in problem.buildings))}
    tier = np.array([tiers[b.tier] for b in problem.buildings], dtype=np.int64)
    urgency = np.array([b.urgency for b in problem.buildings], dtype=np.float64)
    pin_point, pin_slot = _pins(problem, slot_index)
    by_cohort = problem.together is Together.COHORT
    group_start = np.arange(len(heads) + 1) if by_cohort else building_start
    near = candidates(problem, nearest)
    if by_cohort:
        near = [pinned_only(near[b], pin) for b, pin in zip(building, pin_point, strict=True)]
    near_start = _starts(np.array([len(points) for points, _, _ in near], dtype=np.int64))
    near_cost = np.concatenate([costs for _, costs, _ in near]) if near else np.zeros(0)
    opening = problem.weights.open * np.array([p.open_cost for p in problem.points], dtype=np.float64)
    early = problem.weights.early * urgency[building] * heads
    weights = problem.weights
    worst = (np.abs(near_cost).max(initial=0) + np.abs(early / heads).max(initial=0) * (times.max() + 1)) * 2
    worst += np.abs(opening).sum() + (abs(weights.finish) + abs(weights.spread)) * (times.max() + 1)
    return Arrays(
        cohorts=[c.id for b in problem.buildings for c in b.cohorts],
        slots=slots,
        times=times,
        heads=heads,
        group=np.arange(len(heads)) if by_cohort else building,
        building=building,
        first=first[building].astype(np.int64),
        last=last[building].astype(np.int64),
        tier=tier[building],
        early=early,
        pin_point=pin_point,
        pin_slot=pin_slot,
        group_start=group_start.astype(np.int64),
        building_start=building_start,
        near_start=near_start,
        near_point=np.concatenate([points for points, _, _ in near]) if near else np.zeros(0, dtype=np.int64),
        near_cost=near_cost,
        far_cost=np.array([rest for _, _, rest in near], dtype=np.float64),
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


def _starts(counts: Ints) -> Ints:
    return np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(counts, dtype=np.int64)])


def _slots_that_matter(problem: Problem) -> list[int]:
    """All slots; of very many, those that follow the start of a window or a pin, as many as could be filled."""
    listed = any(isinstance(point.capacity, tuple) for point in problem.points)
    if listed or problem.slots * len(problem.points) <= MOST_PLACES:
        return list(range(problem.slots))
    starts = {0} | {problem.window(b)[0] for b in problem.buildings} | {slot for _, slot in problem.pins.values()}
    length = max(1, min(len(problem.cohort_ids), MOST_PLACES // len(problem.points) // len(starts)))
    slots = {slot for start in starts for slot in range(start, min(start + length, problem.slots))}
    return sorted(slots)


def _pins(problem: Problem, slot_index: dict[int, int]) -> tuple[Ints, Ints]:
    places = [b.pinned.get(c.id) for b in problem.buildings for c in b.cohorts]
    points = [-1 if place is None else problem.point_index[place[0]] for place in places]
    slots = [-1 if place is None else slot_index[place[1]] for place in places]
    return np.array(points, dtype=np.int64), np.array(slots, dtype=np.int64)


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
