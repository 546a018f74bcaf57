"""A small part of a plan, planned anew and exactly, while everybody else stays: for few unplaced, and few moved."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace

import numpy as np

from scheduling.planner.arrays import Arrays, arrays_of, places_of
from scheduling.planner.candidates import Ints
from scheduling.planner.exact.whole import Model, Solved, can_model
from scheduling.planner.problem import Building, Cohort, Problem, Together
from scheduling.planner.replanning.keeping import Day, Place, Places

# What stands for those who stay: invented buildings, whose names no problem's building has.
OTHERS = "\x00others "


@dataclass(frozen=True)
class Core:
    """Who may move, and the points that are looked at."""

    free: frozenset[str]
    points: frozenset[str]


@dataclass(frozen=True)
class Answer:
    """Places of those who were free. `unplaced` and `moved` are their heads; `is_proved`: no fewer, in that order."""

    places: Places
    unplaced: int
    moved: int
    is_proved: bool


def part_of(problem: Problem, places: Places, core: Core) -> Problem:
    """The problem of the core alone: those who stay are one pinned cohort for each point, slot and tier.

    Of a building that is partly free the rest stays pinned. Those without a place who are not free are left out.
    """
    homes = sorted({problem.home_index[cohort] for cohort in core.free})
    inside = {cohort.id for home in homes for cohort in problem.buildings[home].cohorts}
    tied = {place[0] for cohort, place in places.items() if cohort in inside and cohort not in core.free}
    points = [p for p in problem.points if p.id in core.points or p.id in tied]
    buildings = [_of_core(problem.buildings[home], places, core, {p.id for p in points}) for home in homes]
    metres: list[tuple[float, ...]] = [
        tuple(problem.metres_between(home, problem.point_index[p.id]) for p in points) for home in homes
    ]
    others = _others(problem, places, inside, {p.id for p in points})
    known = {p.id for p in points}
    return replace(
        problem,
        points=tuple(points),
        buildings=(*buildings, *others),
        walk=tuple(metres + [(0.0,) * len(points)] * len(others)),
        previous={b.id: problem.previous[b.id] for b in buildings if problem.previous.get(b.id) in known},
    )


def _of_core(building: Building, places: Places, core: Core, points: set[str]) -> Building:
    cohorts = tuple(c for c in building.cohorts if c.id in core.free or c.id in places)
    pinned = {c.id: places[c.id] for c in cohorts if c.id not in core.free} | {
        c.id: building.pinned[c.id] for c in cohorts if c.id in building.pinned
    }
    allowed = None if building.points is None else tuple(p for p in building.points if p in points)
    return replace(building, cohorts=cohorts, pinned=pinned, points=allowed)


def _others(problem: Problem, places: Places, inside: set[str], points: set[str]) -> list[Building]:
    load: dict[tuple[Place, str], int] = defaultdict(int)
    for cohort, place in places.items():
        if place[0] in points and cohort not in inside:
            load[place, problem.home(cohort).tier] += problem.heads(cohort)
    return [
        Building(f"{OTHERS}{k}", (Cohort(f"{OTHERS}{k}", heads),), tier=tier, pinned={f"{OTHERS}{k}": place})
        for k, ((place, tier), heads) in enumerate(load.items())
    ]


def size_of_core(problem: Problem, core: Core) -> int:
    """About how many places the free have to choose from."""
    total = 0
    for cohort in core.free:
        first, last = problem.window(problem.home(cohort))
        total += len(core.points) * max(0, last - first + 1)
    return total


def plan_core(
    day: Day,
    places: Places,
    core: Core,
    *,
    seconds: float | None,
    seed: int,
    should_stop: Callable[[], bool] = lambda: False,
    effort: float | None = None,
) -> Answer | None:
    """The free planned anew: fewest heads unplaced, then fewest moved. None = nothing was found in time.

    Ends after `seconds`, or after so much of the solver's own work (`effort`), then reproducible.
    """
    part = part_of(day.problem, places, core)
    arrays = arrays_of(part, nearest=len(part.points))
    if not can_model(arrays):
        return None
    lexicographic = Lexicographic(part, arrays, day.told)
    lexicographic.hint(places)
    solved = lexicographic.solve(seconds=seconds, seed=seed, should_stop=should_stop, effort=effort)
    if solved.point is None or solved.slot is None:
        return None
    found = places_of(part, arrays, solved.point, solved.slot)
    chosen = {cohort: place for cohort, place in found.items() if cohort in core.free}
    return Answer(chosen, *_heads(day, core.free, chosen), solved.is_proved)


def _heads(day: Day, free: Collection[str], places: Places) -> tuple[int, int]:
    heads = day.problem.heads
    unplaced = sum(heads(cohort) for cohort in free if cohort not in places)
    return unplaced, sum(heads(c) for c in free if c in day.told and places.get(c) != day.told[c])


class Lexicographic:
    """CP-SAT's model of a problem with another aim: heads unplaced first, then heads not where they were told."""

    def __init__(self, problem: Problem, arrays: Arrays, told: Places) -> None:
        self.problem, self.arrays, self.told = problem, arrays, told
        free = int(arrays.heads[arrays.pin_slot < 0].sum())
        self.built = Model(arrays, most_unplaced=free, counts_heads=True)
        self.built.scale, self.built.rounding = 1.0, 0.0
        unplaced = sum(int(arrays.heads[c]) * u for c, u in self.built.u.items())
        self.stays = self._stays()
        self.all_told = int(sum(arrays.heads[c] for c in range(len(arrays.heads)) if self._is_free_and_told(c)))
        staying = sum(int(arrays.heads[c]) * self.built.x[key] for c, key in self.stays.items())
        self.built.model.minimize((self.all_told + 1) * unplaced - staying)

    def _is_free_and_told(self, c: int) -> bool:
        return bool(self.arrays.pin_slot[c] < 0) and self.arrays.cohorts[c] in self.told

    def _stays(self) -> dict[int, tuple[int, int, int]]:
        """For each free cohort the variable of the place it was told, where that is possible."""
        a = self.arrays
        stays: dict[int, tuple[int, int, int]] = {}
        slots = {slot: k for k, slot in enumerate(a.slots)}
        for c, name in enumerate(a.cohorts):
            if a.pin_slot[c] < 0 and name in self.told:
                point, slot = self.told[name]
                key = (c, self.problem.point_index.get(point, -1), slots.get(slot, -1))
                if key in self.built.x:
                    stays[c] = key
        return stays

    def hint(self, places: Places) -> None:
        self.built.hint(*as_arrays(self.problem, self.arrays, places))

    def demand(self, model: Model, moved: int) -> None:
        """Let another model of the same problem move no more heads than that."""
        kept = sum(int(self.arrays.heads[c]) * model.x[key] for c, key in self.stays.items())
        model.model.add(kept >= self.all_told - moved)

    def solve(
        self, *, seconds: float | None, seed: int, should_stop: Callable[[], bool], effort: float | None = None
    ) -> Solved:
        return self.built.solve(seconds=seconds, effort=effort, seed=seed, should_stop=should_stop)

    def bounds(self, bound: float) -> tuple[int, int]:
        """(heads unplaced, heads moved) at least, from a bound on what is minimised: the second only holds for plans
        with just as many unplaced as the first."""
        least = math.ceil(bound - 1e-6 * max(1.0, abs(bound)))
        unplaced = max(0, -(-least // (self.all_told + 1)))
        return unplaced, max(0, least - unplaced * (self.all_told + 1) + self.all_told)


def as_arrays(problem: Problem, a: Arrays, places: Places) -> tuple[Ints, Ints]:
    """The point of each group and the slot of each cohort, -1 = none; pins are kept whatever `places` says."""
    slots = {slot: k for k, slot in enumerate(a.slots)}
    point = np.full(a.groups, -1, np.int64)
    slot = np.full(len(a.heads), -1, np.int64)
    for c, name in enumerate(a.cohorts):
        place = places.get(name) if a.pin_slot[c] < 0 else problem.pins[name]
        if place is not None and place[0] in problem.point_index:
            point[a.group[c]], slot[c] = problem.point_index[place[0]], slots[place[1]]
    return point, slot


def groups_of(problem: Problem, cohorts: Collection[str]) -> frozenset[str]:
    """These cohorts and all that go to one point with them."""
    if problem.together is not Together.BUILDING:
        return frozenset(cohorts)
    homes = {problem.home_index[cohort] for cohort in cohorts}
    return frozenset(c.id for home in homes for c in problem.buildings[home].cohorts)
