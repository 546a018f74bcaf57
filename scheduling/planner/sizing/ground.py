"""What the models and the plans of a sizing share: who can go where, and how many heads fit."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property

from scheduling.planner.problem import Building, Problem, Together
from scheduling.planner.rules import ROUNDING
from scheduling.planner.sizing.ask import Ask

Lanes = dict[int, int]  # lanes of each open candidate, by its place in the problem


@dataclass(frozen=True, slots=True)
class Group:
    """Cohorts that go to one point. `metres` has only the candidates that the problem's own rules allow."""

    building: int
    heads: int
    largest: int  # cohort; 1 where cohorts are cut to fit
    window: tuple[int, int]
    metres: dict[int, float]

    def near(self, walk: float | None) -> list[int]:
        """Candidates within the walk, nearest first."""
        return [p for p, metres in self.metres.items() if within(metres, walk)]


def within(metres: float, walk: float | None) -> bool:
    return walk is None or metres <= walk * (1 + ROUNDING)


class Ground:
    """All sums are in heads; `last` is the last slot that is open."""

    def __init__(self, ask: Ask, check: Callable[[], None] = lambda: None) -> None:
        """`check` is called again and again by whatever may take long; what it raises ends that."""
        self.ask, self.problem, self.check = ask, ask.problem, check
        self.points = len(self.problem.points)
        self.rooms = [ask.rooms[point.id] for point in self.problem.points]
        self.groups: list[Group] = []
        self._roomiest: dict[tuple[int, int, int, int], int] = {}
        self.hopeless = 0  # heads that no candidate could ever take
        for k, building in enumerate(self.problem.buildings):
            check()
            self._add(k, building)
        self._usable: dict[int, int] = {}
        self._filled: dict[int, int] = {}
        self._sums: dict[tuple[int, int, int, int, bool], int] = {}

    @cached_property
    def heads(self) -> int:
        """All heads that have somewhere to go."""
        return sum(group.heads for group in self.groups)

    def most_lanes(self, p: int) -> int:
        return len(self.rooms[p])

    def largest_slot(self, p: int, lanes: int, window: tuple[int, int], last: int) -> int:
        """The roomiest slot of a window."""
        key = (p, lanes, window[0], min(window[1], last))
        if key not in self._roomiest:
            self._roomiest[key] = int(max(self.rooms[p][lanes - 1][key[2] : key[3] + 1], default=0))
        return self._roomiest[key]

    def room(self, p: int, lanes: int, last: int, *, first: int = 0, is_bound: bool = False) -> int:
        """Heads that a candidate takes until `last`: as a bound never too few; else about what whole cohorts fill."""
        key = (p, lanes, first, last, is_bound)
        if key not in self._sums:
            fill = self._most_of if is_bound else self._about
            self._sums[key] = sum(fill(int(room)) for room in self.rooms[p][lanes - 1][first : last + 1])
        return self._sums[key]

    def fits(self, group: Group, p: int, lanes: int, last: int) -> bool:
        """Whether each cohort of the group fits into some slot."""
        return self.largest_slot(p, lanes, group.window, last) >= group.largest

    def lanes_for(self, group: Group, p: int, last: int) -> int:
        """The fewest lanes at which each cohort of the group fits; 0 = it never does."""
        return next((n for n in range(1, self.most_lanes(p) + 1) if self.fits(group, p, n, last)), 0)

    def staff(self, lanes: Lanes) -> int:
        return self.ask.staffing.needed(lanes.values())

    def cut(self, room: int) -> tuple[Building, ...]:
        """The buildings with cohorts for slots of so many heads."""
        return self.problem.buildings if self.ask.cut is None else self.ask.cut(room)

    def smallest_slot(self, lanes: Lanes, last: int) -> int:
        """The fewest heads that an open slot takes; 1 where none is open."""
        opened = [int(room) for p, count in lanes.items() for room in self.rooms[p][count - 1][: last + 1] if room >= 1]
        return min(opened, default=1)

    def _add(self, k: int, building: Building) -> None:
        problem, is_cut = self.problem, self.ask.cut is not None
        metres = _metres(problem, k, building)
        window = problem.window(building)
        best = max((self.largest_slot(p, self.most_lanes(p), window, problem.slots) for p in metres), default=0)
        cohorts = self.cut(best)[k].cohorts if is_cut and best > 0 else building.cohorts
        sizes = [cohort.heads for cohort in cohorts]
        kept = [heads for heads in sizes if heads <= best]
        self.hopeless += sum(sizes) - sum(kept)
        by_cohort = problem.together is Together.COHORT and not is_cut
        for members in [[heads] for heads in kept] if by_cohort else [kept] if kept else []:
            self.groups.append(Group(k, sum(members), 1 if is_cut else max(members), window, metres))

    @cached_property
    def _subset_sums(self) -> int:
        """Bit n = some cohorts together have n heads."""
        largest = max((int(max(slots, default=0)) for rooms in self.rooms for slots in rooms), default=0)
        bits, mask = 1, (1 << (largest + 1)) - 1
        for building in self.problem.buildings:
            for cohort in building.cohorts:
                bits |= bits << cohort.heads & mask
        return bits

    def _most_of(self, room: int) -> int:
        """No slot of this room is ever filled with more."""
        if self.ask.cut is not None or room <= 0:
            return max(0, room)
        if room not in self._usable:
            self._usable[room] = (self._subset_sums & ((1 << (room + 1)) - 1)).bit_length() - 1
        return self._usable[room]

    def _about(self, room: int) -> int:
        """What whole cohorts fill of a slot, as first fit decreasing does (Johnson 1973)."""
        if room not in self._filled:
            sizes = sorted((c.heads for b in self.cut(room) for c in b.cohorts if c.heads <= room), reverse=True)
            self._filled[room] = math.floor(sum(sizes) / max(1, _first_fit(sizes, room))) if sizes else 0
        return self._filled[room]


def _first_fit(sizes: Iterable[int], room: int) -> int:
    """How many slots it takes."""
    # free[n] = slots with n heads of room left: as quick as it is for many cohorts.
    free: dict[int, int] = {}
    slots = 0
    for heads in sizes:
        left = min((n for n, count in free.items() if count and n >= heads), default=0)
        if left:
            free[left] -= 1
        else:
            slots, left = slots + 1, room
        free[left - heads] = free.get(left - heads, 0) + 1
    return slots


def _metres(problem: Problem, k: int, building: Building) -> dict[int, float]:
    """The candidates that lists, tiers, pins and the longest walk allow, nearest first."""
    pinned = {point for point, _ in building.pinned.values()}
    found = {
        p: problem.metres_between(k, p)
        for p, point in enumerate(problem.points)
        if building.tier in point.serves
        and (building.points is None or point.id in building.points)
        and (not pinned or point.id in pinned)
    }
    near = sorted((metres, p) for p, metres in found.items() if within(metres, problem.max_walk))
    return {p: metres for metres, p in near}
