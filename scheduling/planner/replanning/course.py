"""One run of planning again: first all stay who can, and only the others look for places; then many small moves, and
small parts of the plan that are freed and planned exactly (large neighbourhood search, Shaw 1998); small problems go to
the exact solver as a whole. What is wanted is said in `replan.py`.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

import numpy as np

from scheduling.planner.arrays import Arrays, arrays_of, places_of, size_of
from scheduling.planner.bounds.bound import fits_nowhere
from scheduling.planner.bounds.least_unplaced import least_unplaced
from scheduling.planner.candidates import Ints
from scheduling.planner.costs import objective
from scheduling.planner.exact.cores import Core, Lexicographic, as_arrays, groups_of, plan_core, size_of_core
from scheduling.planner.exact.whole import Model, can_model
from scheduling.planner.local_search.search import Search
from scheduling.planner.plan import Assignment, Plan, Status
from scheduling.planner.problem import Problem, Together
from scheduling.planner.reasons import reasons_unplaced
from scheduling.planner.replanning.going_home import gone_home
from scheduling.planner.replanning.keep_search import KeepSearch
from scheduling.planner.replanning.keeping import Day, Keepers, Place, Places, keepers
from scheduling.planner.replanning.least_moved import least_moved
from scheduling.planner.replanning.moves import Replan, list_moves
from scheduling.planner.replanning.pace import Watch
from scheduling.planner.replanning.relabelling import relabelled
from scheduling.planner.replanning.short_room import ShortRoom
from scheduling.planner.solve import solve

# Up to so many possible places the whole day is one core.
WHOLE = 4_000
# Places to choose from in one core, and the longest it may take.
CORE_SIZE, CORE_SECONDS = 2_500, 0.6
# Without a clock: one for so many steps, and so much of the solver's own work for each.
STEPS_OF_CORE, CORE_EFFORT = 20_000, 0.2
# Parts of the time: until everybody who lost a place is looked after; until fewer move; the rest makes it cheaper.
PLACED_BY, MOVED_BY = 0.2, 0.65
# The same where room is short: until those who lost a place are looked after, until it is known how few need stay
# without one, and until many are back at the point they were told.
SHORT_PLACED_BY, SHORT_FEWEST_BY, SHORT_BACK_BY = 0.08, 0.5, 0.75
# The search for fewer moves: when it begins, until when by small moves, and by cores.
SEARCH, SHORT_SEARCH = (PLACED_BY, (PLACED_BY + MOVED_BY) / 2, MOVED_BY), (SHORT_BACK_BY, 0.93, 0.95)
# The small moves get at least this part of the time that is left.
LEAST_OF_REST = 0.4
# While some have no place, this part of the cores is for somebody who moves.
MOVED_SEEK = 0.5
# Cores without any gain until the search for fewer moves ends early.
PATIENCE = 40


@dataclass
class Replanning:
    """One run. `places` is a valid plan at any time."""

    day: Day
    watch: Watch
    seed: int
    places: dict[str, Place] = field(default_factory=dict)
    least: int = 0
    fewest: int = 0
    has_proof: bool = False  # that no fewer heads are unplaced, and then no fewer move
    is_short: bool = False  # of room: the held plan with gaps filled leaves more unplaced than must stay so

    def __post_init__(self) -> None:
        self.problem = self.day.problem
        self.keepers: Keepers = keepers(self.day)
        self.places = {**self.problem.pins, **self.keepers.kept}
        self.random = random.Random(self.seed)

    @property
    def value(self) -> tuple[int, int]:
        """Heads unplaced, heads moved."""
        return self.day.unplaced_heads(self.places), self.day.moved_heads(self.places)

    def run(self) -> None:
        if not self.problem.points or len(self.places) == len(self.problem.home_index):
            self.least, self.has_proof = self.value[1], True  # nobody who moves or stays out could do otherwise
            return
        self.arrays: Arrays = arrays_of(self.problem)
        self.fewest = self._least_unplaced()
        is_small = can_model(self.arrays) and size_of(self.arrays) <= WHOLE
        self._place_the_lost(PLACED_BY if is_small else SHORT_PLACED_BY)
        self._bound()
        if is_small and not self.has_proof:
            self._whole(PLACED_BY + (MOVED_BY - PLACED_BY) * 0.8)
        if not self.has_proof:
            self.is_short = self.value[0] > self.fewest
            if self.is_short:
                self._make_room()
            self._search()
        if is_small:
            self._cheapest_of_all()
        self._polish()
        self.places = gone_home(self.problem, self.places, self.keepers.possible)

    def insert(self) -> None:
        """In a moment: those without a place look for one, the others move as little as will do. Nothing is proved."""
        if not self.problem.points or len(self.places) == len(self.problem.home_index):
            return
        self.arrays = arrays_of(self.problem)
        self.fewest = self._least_unplaced()
        if self.value[0] > self.fewest:
            self._place_the_lost(0.5)
        if self.value[0] > self.fewest:
            before = self.places
            self._anneal(0.5, 1.0)
            if any(cohort not in self.places for cohort in before):
                self.places = before  # others were sent home for them: that is no way out

    def result(self, problem: Problem) -> Replan:
        """The plan with its honest claims; `problem` is as it was given, without the called as pins."""
        assignments = tuple(Assignment(c, *self.places[c]) for c in problem.cohort_ids if c in self.places)
        unplaced = reasons_unplaced(self.problem, self.places)
        status = Status.PARTIAL if unplaced else Status.FEASIBLE
        cost, spent = objective(problem, assignments), time.monotonic() - self.watch.started
        heads, moved = self.value
        least = moved if self.has_proof else min(self.least, moved)
        is_least = self.has_proof or (heads == self.fewest and moved == least)
        plan = Plan(status, cost, None, assignments, unplaced, spent)
        return Replan(plan, list_moves(self.day, self.keepers, self.places, unplaced), heads, moved, least, is_least)

    def _least_unplaced(self) -> int:
        """So many heads at least stay without a place; the flow counts more of them, but of a large problem nothing."""
        alone = int(self.arrays.heads[fits_nowhere(self._left_by_pins())].sum())
        return max(alone, least_unplaced(self.arrays))

    def _left_by_pins(self) -> Arrays:
        """The arrays with only the room that pinned cohorts leave."""
        capacity = self.arrays.capacity.copy()
        slots = {slot: k for k, slot in enumerate(self.arrays.slots)}
        for (point, slot), load in self.day.fixed_load.items():
            capacity[self.problem.point_index[point], slots[slot]] -= load
        return replace(self.arrays, capacity=capacity)

    # Placing those who lost their place.

    def _place_the_lost(self, share: float = PLACED_BY) -> None:
        """They look for places until then; all others stay."""
        lost = [cohort for cohort in self.problem.cohort_ids if cohort not in self.places]
        if not lost:
            return
        core = Core(frozenset(lost), self._points_of(lost))
        if size_of_core(self.problem, core) <= CORE_SIZE:
            self._try(core, self.watch.left(share))
        else:
            self._fill_gaps()
        self._tell()

    def _fill_gaps(self) -> None:
        """One after another, where there is room; nobody else is asked."""
        arrays = arrays_of(self._held(self.places))
        search = Search(arrays, self.seed)
        search.build(None, search.limit)
        self._adopt(places_of(self.problem, arrays, search.best.state.point, search.best.state.slot))

    def _held(self, places: Places) -> Problem:
        """The problem with these places pinned."""
        buildings = []
        for building in self.problem.buildings:
            pinned = {c.id: places[c.id] for c in building.cohorts if c.id in places}
            buildings.append(building if pinned == building.pinned else replace(building, pinned=pinned))
        return replace(self.problem, buildings=tuple(buildings))

    def _solved(self, problem: Problem, seconds: float, steps: int | None) -> dict[str, Place]:
        return solve(
            problem,
            seconds=max(0.0, seconds) if steps is None else None,
            steps=steps,
            seed=self.seed,
            should_stop=self.watch.should_stop,
        ).places

    def _points_of(self, cohorts: Iterable[str]) -> frozenset[str]:
        """All points that one of these may be sent to."""
        homes = {self.problem.home_index[cohort] for cohort in cohorts}
        by_cohort = self.problem.together is Together.COHORT
        ways = np.flatnonzero(np.isin(self.arrays.building, sorted(homes))) if by_cohort else homes
        near = {int(p) for g in ways for p in self._near(int(g))}
        return frozenset(self.problem.points[p].id for p in near)

    def _near(self, group: int) -> list[int]:
        a = self.arrays
        return [int(p) for p in a.near_point[a.near_start[group] : a.near_start[group + 1]]]

    # Keeping what is better.

    def _adopt(self, places: dict[str, Place]) -> bool:
        """Take the places where fewer are unplaced, or as few and no more move. True = it is better than before."""
        before = self.value
        new = self.day.unplaced_heads(places), self.day.moved_heads(places)
        if new <= before:
            self.places = places
        return new < before

    def _try(self, core: Core, seconds: float, most_effort: float | None = None) -> bool:
        in_time, effort = self.watch.exactly(seconds, most_effort)
        answer = plan_core(
            self.day,
            self.places,
            core,
            seconds=in_time,
            effort=effort,
            seed=self.random.randrange(2**31),
            should_stop=self.watch.should_stop,
        )
        if answer is None:
            return False
        others = {cohort: place for cohort, place in self.places.items() if cohort not in core.free}
        return self._adopt(others | dict(answer.places))

    def _tell(self) -> None:
        self.watch.tell(self.value[0], self._cost(self.places))

    def _bound(self) -> None:
        unplaced, moved = self.value
        self.least = least_moved(self.day, self.keepers, unplaced)
        self.has_proof = unplaced == self.fewest and moved == self.least

    # The whole day as one core.

    def _whole(self, share: float) -> None:
        model = Lexicographic(self.problem, self.arrays, self.day.told)
        model.hint(self.places)
        seconds, effort = self.watch.exactly(self.watch.left(share))
        solved = model.solve(seconds=seconds, effort=effort, seed=self.seed, should_stop=self.watch.should_stop)
        if solved.point is None or solved.slot is None:
            return
        self._adopt(places_of(self.problem, self.arrays, solved.point, solved.slot))
        if solved.is_proved:
            self.has_proof = True
        elif solved.bound is not None:
            unplaced, moved = model.bounds(solved.bound)
            self.fewest = max(self.fewest, unplaced)
            if unplaced == self.value[0]:
                pinned_away = self._pinned_away()
                self.least = max(self.least, moved + pinned_away)
            self.has_proof = self.value == (self.fewest, self.least)

    def _pinned_away(self) -> int:
        """Heads told another place than the one they are pinned to now."""
        pins, heads = self.problem.pins, self.problem.heads
        return sum(heads(c) for c, place in self.day.told.items() if pins.get(c, place) != place)

    def _cheapest_of_all(self) -> None:
        """Of all plans with as few unplaced and moved the cheapest, exactly."""
        unplaced, moved = self.value
        if not self.has_proof or self.watch.is_over():
            return
        ways = Lexicographic(self.problem, self.arrays, self.day.told)
        model = Model(self.arrays, most_unplaced=unplaced)
        ways.demand(model, moved - self._pinned_away())
        model.hint(*as_arrays(self.problem, self.arrays, self.places))
        seconds, effort = self.watch.exactly(self.watch.left(0.9))
        solved = model.solve(seconds=seconds, effort=effort, seed=self.seed, should_stop=self.watch.should_stop)
        if solved.point is not None and solved.slot is not None:
            self._cheaper(places_of(self.problem, self.arrays, solved.point, solved.slot))

    # Room is short: how few need stay without a place.

    def _make_room(self) -> None:
        """How few need stay unplaced, and a plan with so many that the moves back start from."""
        self.places = gone_home(self.problem, self.places, self.keepers.possible)
        short = ShortRoom(self.problem, self.arrays, self._told(), self.fewest, self.seed)
        self._adopt(short.fewest_without(self.places, self.watch.pace(SHORT_PLACED_BY, SHORT_FEWEST_BY)))
        self._bound()
        self._tell()
        if self.has_proof or self.watch.is_over():
            return
        self._adopt(short.back_to_points(self.places, self.watch.pace(SHORT_FEWEST_BY, SHORT_BACK_BY)))
        self._adopt(relabelled(self.day, self.places))
        self._bound()
        self._tell()

    # Large neighbourhood search.

    def _search(self) -> None:
        """Free small parts, again and again, until nobody more can be placed and no fewer seem to move."""
        begins, annealed, end = SHORT_SEARCH if self.is_short else SEARCH
        self._anneal(begins, annealed)
        self._bound()
        self._tell()
        vain, most = 0, self.watch.times(annealed, end, STEPS_OF_CORE)
        while vain < PATIENCE and most > 0 and not self.has_proof and not self.watch.is_over(end):
            core = self._core()
            if core is None:
                return
            gained = self._try(core, min(CORE_SECONDS, self.watch.left(end)), CORE_EFFORT)
            most -= 1
            vain = 0 if gained else vain + 1
            if gained:
                self._bound()
                self._tell()

    def _anneal(self, begins: float, ends: float) -> None:
        """Many small moves; what they find is a plan, but never a proof. Where what came before took longer than it
        should, they get a part of the rest all the same."""
        least = least_moved(self.day, self.keepers, self.fewest)
        search = KeepSearch(self.arrays, self._told(), self.seed)
        search.begin(*as_arrays(self.problem, self.arrays, self.places))
        others = self.value[1] - search.value[1]  # whose place is impossible
        search.improve(
            self.watch.pace(begins, ends, LEAST_OF_REST),
            lambda value: value[0] == self.fewest and value[1] + others <= least,
        )
        self._adopt(places_of(self.problem, self.arrays, search.best.point, search.best.slot))
        self.places = gone_home(self.problem, self.places, self.keepers.possible)

    def _told(self) -> tuple[Ints, Ints]:
        """The point and the slot that each cohort was told, where that is still possible; -1 = none."""
        slots = {slot: k for k, slot in enumerate(self.arrays.slots)}
        index, possible = self.problem.point_index, self.keepers.possible
        told = [possible.get(name) for name in self.arrays.cohorts]
        point = np.array([-1 if place is None else index[place[0]] for place in told], dtype=np.int64)
        return point, np.array([-1 if place is None else slots[place[1]] for place in told], dtype=np.int64)

    def _core(self) -> Core | None:
        """Somebody without a place, or who moves, and whoever is in the way; None = there is nobody."""
        places, told = self.places, self.day.told
        lost = [c for c in self.problem.cohort_ids if c not in places]
        moved = [c for c, place in told.items() if c in places and places[c] != place and c not in self.problem.pins]
        if not lost and not moved:
            return None
        # Some may have to stay without a place: they must not keep the others from going back.
        seekers = moved if moved and (not lost or self.random.random() < MOVED_SEEK) else lost
        seeker = self.random.choice(seekers)
        points = self._points_for(seeker)
        free = set(groups_of(self.problem, [seeker]))
        candidates = [c for c, (p, _) in places.items() if p in points and c not in self.problem.pins]
        self.random.shuffle(candidates)
        fixed = self.problem.pins
        for cohort in sorted(candidates, key=lambda c: places[c] != told.get(seeker)):
            size = size_of_core(self.problem, Core(frozenset(free), frozenset(points)))
            if size > CORE_SIZE:
                break
            free |= groups_of(self.problem, [cohort])
        return Core(frozenset(c for c in free if c not in fixed), frozenset(points))

    def _points_for(self, seeker: str) -> set[str]:
        """The points to look at: where the seeker is, was told to be, and one or two near ones."""
        a, problem = self.arrays, self.problem
        group = a.cohorts.index(seeker) if problem.together is Together.COHORT else problem.home_index[seeker]
        near = [problem.points[p].id for p in self._near(int(group))]
        points = {place[0] for c in groups_of(problem, [seeker]) if (place := self.places.get(c))}
        if seeker in self.keepers.possible:
            points.add(self.keepers.possible[seeker][0])
        more = 1 + self.random.randrange(2)
        for _ in range(more):
            if near:
                points.add(near[int(len(near) * self.random.random() ** 2)])
        return points

    # Afterwards.

    def _cheaper(self, places: dict[str, Place]) -> None:
        """Take the places where they are no worse, and cheaper."""
        new = self.day.unplaced_heads(places), self.day.moved_heads(places)
        if new < self.value or (new == self.value and self._cost(places) < self._cost(self.places)):
            self.places = places

    def _cost(self, places: Places) -> float:
        return objective(self.problem, [Assignment(c, *place) for c, place in places.items()])

    def _polish(self) -> None:
        """Those who keep their place stay; all others are placed as cheaply as can be."""
        told = self.day.told
        kept = {c: place for c, place in self.places.items() if c in self.problem.pins or told.get(c) == place}
        if len(kept) < len(self.places) and not self.watch.is_over():
            steps = None if self.watch.steps is None else self.watch.steps_between(MOVED_BY, 1.0)
            self._cheaper(self._solved(self._held(kept), self.watch.left(0.97), steps))
