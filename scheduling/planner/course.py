"""The course of one run: a first plan, the flow for a bound and a better start, then the search until the limit;
small problems also go to the exact solver."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from scheduling.planner.arrays import arrays_of, places_of, size_of
from scheduling.planner.bounds.bound import FinishBound, bound_holds, fits_nowhere
from scheduling.planner.bounds.least_unplaced import least_unplaced
from scheduling.planner.candidates import NEAREST
from scheduling.planner.local_search.search import Rhythm, Search
from scheduling.planner.one_slot.site_search import Pace, SiteSearch
from scheduling.planner.one_slot.sites import Sites, may_be_sites, sites_of
from scheduling.planner.plan import Progress
from scheduling.planner.problem import Problem

# Where only steps limit the run, a bound that takes about so many seconds is left out.
MOST_SECONDS = 20
# Up to so many pairs of a building and a point the bound looks at all of them, not only at near ones; so does the search
# where near ones do not take everybody.
MOST_PAIRS_OF_BOUND = 200_000
# Afterwards each cohort takes so long to be written down and summed.
FINISH_SECONDS = 6e-6
# Part of the time that bounding may take before the search, and after it.
BOUND_SHARE = 0.1
SHARPEN_SHARE = 0.08
# Where people are still unplaced: after so much of the time it is asked how many must stay so, for so much of the rest.
COUNT_AFTER, COUNT_SHARE = 0.3, 0.4
# Without a clock it takes so many rounds: 10, and one more for so many steps.
MOST_ROUNDS, STEPS_OF_SHARPENING = 20_000, 500
# Up to so many possible places in all the exact solver begins; with one slot, up to so many it goes on after the search.
TINY = 1_500
ONE_SLOT = 30_000
# Where some have no place yet, the search looks for so long first: it finds them one sooner than the exact solver.
FIRST_LOOK = 0.15
# Without a clock the exact solver stops after so much of its own work: at least this, and this for each step.
LEAST_EFFORT, STEP_EFFORT = 1.0, 1e-5
# Packings tried: with a clock until it is over, else 3 and one more for so many steps.
MOST_ATTEMPTS, STEPS_OF_ATTEMPT = 10_000, 20_000


@dataclass(frozen=True)
class Limits:
    """When a run ends. With `steps` the clock has no say."""

    started: float
    seconds: float | None
    steps: int | None
    should_stop: Callable[[], bool]

    @property
    def deadline(self) -> float:
        return math.inf if self.seconds is None else self.started + self.seconds

    def left(self) -> float:
        return self.deadline - time.monotonic()

    def is_over(self) -> bool:
        return self.should_stop() or self.left() <= 0


class Course:
    """One run on one problem. After `run`, `places()` is valid, `lower_bound` proved, `is_proved` honest."""

    def __init__(
        self, problem: Problem, limits: Limits, seed: int, on_progress: Callable[[Progress], None] | None
    ) -> None:
        self.problem, self.limits, self.seed, self.on_progress = problem, limits, seed, on_progress
        self.arrays = self.wide = arrays_of(problem, len(problem.points) if may_be_sites(problem) else NEAREST)
        if len(problem.points) * len(problem.buildings) <= MOST_PAIRS_OF_BOUND:
            self.wide = arrays_of(problem, len(problem.points))
        if size_of(self.wide) <= TINY:
            self.arrays = self.wide
        self.search = Search(self.arrays, seed)
        self.hopeless = self.search.fewest = int(self.arrays.heads[fits_nowhere(self.arrays)].sum())
        self.lower_bound: float | None = None
        self.is_proved = False
        self.has_bound = bound_holds(self.arrays) and len(self.arrays.slots) == problem.slots
        self.bound: FinishBound | None = None

    def run(self) -> None:
        self.search.build(None, self.search.limit)
        if self.search.best.unplaced == self.hopeless == self._free_heads():
            self.is_proved = True  # whoever is not pinned has nowhere to go: there is only this plan
            return
        self.tell(self.search)
        if self.search.best.unplaced > self.hopeless:
            self.hopeless = self.search.fewest = max(self.hopeless, least_unplaced(self.wide))
        self._begin_from_flow()
        if self.search.best.unplaced > self.hopeless and self.wide is not self.arrays:
            self._look_further()
        self._take_bound(self.bound)
        for stage in self._stages():
            if self.is_proved or self.limits.is_over():
                break
            stage()
        if not self.is_proved:
            self._bound_of_the_rest()
            self._sharpen()
        self.tell(self.search)

    def _look_further(self) -> None:
        """Near points do not take everybody: from now on look at all."""
        best, fewest = self.search.best.state, self.search.fewest
        self.arrays, self.search = self.wide, Search(self.wide, self.seed)
        self.search.fewest = fewest
        self.search.offer_places(best.point, best.slot)
        flow = None if self.bound is None else self.bound.flows.get(self.bound.best_limit)
        self.search.build(None if flow is None else flow.prefer, self.search.limit)

    def places(self) -> dict[str, tuple[str, int]]:
        state = self.search.best.state
        return places_of(self.problem, self.arrays, state.point, state.slot)

    def tell(self, search: Search) -> None:
        if self.on_progress is not None:
            best, spent = search.best, time.monotonic() - self.limits.started
            self.on_progress(Progress(spent, best.unplaced, best.cost, self.lower_bound))

    def _free_heads(self) -> int:
        return int(self.arrays.heads[self.arrays.pin_slot < 0].sum())

    def _stages(self) -> list[Callable[[], None]]:
        """What is tried after the first plan, one after another."""
        from scheduling.planner.exact.packing import is_packing

        if is_packing(self.arrays):
            return [lambda: self._pack(0.9), lambda: self._search(1.0)]
        if (sites := sites_of(self.arrays)) is not None:
            return [lambda: self._choose_sites(sites), self._place_who_is_left]
        return self._other_stages()

    def _other_stages(self) -> list[Callable[[], None]]:
        from scheduling.planner.exact.whole import can_model

        if can_model(self.arrays):
            size = size_of(self.arrays)
            if size <= TINY:
                first = [lambda: self._search(FIRST_LOOK)] if self.search.best.unplaced > self.hopeless else []
                return [*first, lambda: self._solve_exactly(0.5), lambda: self._search(1.0)]
            if len(self.arrays.slots) == 1 and size <= ONE_SLOT:
                share = 0.5 if (self.arrays.opening > 0).any() else 0.2
                return [lambda: self._search(share), lambda: self._solve_exactly(0.98)]
        if self.search.best.unplaced > self.hopeless:
            return [lambda: self._search(COUNT_AFTER), self._count_fewest, lambda: self._search(1.0)]
        return [lambda: self._search(1.0)]

    def _count_fewest(self) -> None:
        """Ask how many heads must stay unplaced: what cannot be placed need not be tried."""
        from scheduling.planner.bounds.fewest import can_count, fewest_unplaced

        if self.search.best.unplaced > self.hopeless and can_count(self.arrays):
            fewest = fewest_unplaced(self.arrays, self.search.best.unplaced, self._after(COUNT_SHARE))
            self.hopeless = self.search.fewest = max(self.hopeless, fewest)
            self._take_bound(self.bound)

    def _search(self, share: float) -> None:
        self.search.improve(self._rhythm(share))
        self._take_bound(self.bound)

    def _choose_sites(self, sites: Sites) -> None:
        """Which points to open and who goes to which, all in one slot; what is proved holds where all are placed."""
        steps = self.limits.steps
        search = SiteSearch(sites, self.seed)
        end = time.monotonic() + 0.96 * self.limits.left() - self._finishing()
        pace = Pace(deadline=None if steps is not None else end, steps=steps, should_stop=self.limits.should_stop)
        search.improve(pace, lambda: self._take_sites(sites, search))
        self._take_sites(sites, search)

    def _place_who_is_left(self) -> None:
        """Go on in the usual way where not all could be placed."""
        for stage in self._other_stages() if self.search.best.unplaced else []:
            if not self.is_proved and not self.limits.is_over():
                stage()

    def _take_sites(self, sites: Sites, search: SiteSearch) -> None:
        if not np.isfinite(search.cost):
            return
        point = np.full(self.arrays.groups, -1, np.int64)
        point[sites.groups] = search.at
        self.search.offer_places(point, np.zeros(len(self.arrays.heads), np.int64))
        if self.search.best.unplaced == 0 and np.isfinite(search.bound):
            self.lower_bound = max(
                search.bound + sites.fixed, -math.inf if self.lower_bound is None else self.lower_bound
            )
            self.is_proved = search.is_proved
        self.tell(self.search)

    def _pack(self, share: float) -> None:
        """Fewer slots, and a bound on them. All else about such a problem costs the same for every plan."""
        from scheduling.planner.exact.packing import pack_slots

        end = time.monotonic() + share * self.limits.left()
        a, best, stop = self.arrays, self.search.best, self.limits.should_stop
        packing = pack_slots(
            a.heads,
            int(a.capacity[0, 0]),
            len(a.slots) + 1 if best.unplaced else int(best.state.slot.max()) + 1,
            attempts=MOST_ATTEMPTS if self.limits.steps is None else 3 + self.limits.steps // STEPS_OF_ATTEMPT,
            seconds=lambda: 0.0 if stop() else end - time.monotonic(),
            seed=self.seed,
        )
        if packing.slots is not None:
            slot = np.zeros(len(a.heads), np.int64)
            for s, cohorts in enumerate(packing.slots):
                slot[cohorts] = s
            self.search.offer_places(np.zeros(a.groups, np.int64), slot)
        best = self.search.best
        if best.unplaced == 0:
            used = int(best.state.slot.max()) + 1
            self.lower_bound = best.cost - a.finish * (used - packing.bound)
            self.is_proved = used <= packing.bound
        self.tell(self.search)

    def _solve_exactly(self, share: float) -> None:
        """Prove, or at least improve: first how few heads must stay unplaced, then what that costs."""
        from scheduling.planner.exact.whole import Model

        fewest = self.search.best.unplaced
        is_fewest = fewest == self.hopeless
        if not is_fewest:
            answer = self._run_model(Model(self.arrays, fewest, counts_heads=True), share / 3)
            is_fewest = answer
            fewest = self.search.best.unplaced
        floor = self.lower_bound if fewest == 0 else None
        proved = self._run_model(Model(self.arrays, fewest, floor=floor), share, takes_bound=True)
        self.is_proved = proved and is_fewest and self.search.best.unplaced == fewest

    def _run_model(self, model: object, share: float, takes_bound: bool = False) -> bool:
        """Let the exact solver go on from the best plan for a share of what is left. Returns whether it proved it."""
        from scheduling.planner.exact.whole import Model

        assert isinstance(model, Model)
        best = self.search.best.state
        model.hint(best.point, best.slot)
        steps = self.limits.steps
        solved = model.solve(
            seconds=None if self.limits.seconds is None else share * self.limits.left(),
            effort=None if steps is None else LEAST_EFFORT + STEP_EFFORT * steps,
            seed=self.seed,
            should_stop=self.limits.should_stop,
        )
        if solved.point is not None and solved.slot is not None:
            self.search.offer_places(solved.point, solved.slot)
        if takes_bound and solved.bound is not None and self.search.best.unplaced == model.most_unplaced:
            self.lower_bound = max(solved.bound, -math.inf if self.lower_bound is None else self.lower_bound)
        self.tell(self.search)
        return solved.is_proved

    def _begin_from_flow(self) -> None:
        """Solve the flow, and build from it for the cheapest last slot that takes everybody."""
        if not self.has_bound:
            return
        bound = FinishBound(self.problem, self.wide, self.hopeless)
        if not self._may_take(bound.seconds):
            return
        self.bound = bound
        bound.refine(self._after(BOUND_SHARE))
        flow = bound.flows.get(bound.best_limit)
        prefer = None if flow is None else flow.prefer
        for limit in range(bound.best_limit, len(self.arrays.slots) + 1):
            self.search.limit = limit
            if self.search.build(prefer, limit) <= self.hopeless or self.limits.is_over():
                break
        if self.search.best.unplaced > self.hopeless:
            self.search.limit = len(self.arrays.slots)

    def _may_take(self, seconds: float) -> bool:
        most = MOST_SECONDS if self.limits.seconds is None else self.limits.left() / 3
        return seconds < most

    def _after(self, share: float) -> Callable[[], bool]:
        """Says when this share of what is left is used up; with steps, never."""
        if self.limits.seconds is None:
            return self.limits.should_stop
        end = time.monotonic() + share * self.limits.left()
        return lambda: time.monotonic() >= end or self.limits.should_stop()

    def _take_bound(self, bound: FinishBound | None) -> None:
        """Take the bound over where it speaks of plans like the best one."""
        best = self.search.best
        if bound is None or bound.value is None or best.unplaced != bound.spare:
            return
        self.lower_bound = max(bound.value, -math.inf if self.lower_bound is None else self.lower_bound)
        fewest = best.unplaced == self.hopeless
        self.is_proved = fewest and self.lower_bound >= best.cost - 1e-9 * abs(best.cost)

    def _bound_of_the_rest(self) -> None:
        """Where some stay unplaced, the bound is asked again for plans that leave out as many."""
        unplaced = self.search.best.unplaced
        if unplaced and self.bound is not None and self.lower_bound is None and self._has_time_for_a_flow():
            bound = FinishBound(self.problem, self.wide, unplaced)
            bound.refine(self._after(0.3))
            self._take_bound(bound)
            self.bound = bound

    def _sharpen(self) -> None:
        """Raise the bound with the time that was kept for it, now that it is known what there is to reach."""
        best, steps = self.search.best, self.limits.steps
        if self.bound is None or best.unplaced != self.bound.spare:
            return
        rounds = MOST_ROUNDS if steps is None else min(MOST_ROUNDS, 10 + steps // STEPS_OF_SHARPENING)
        end = self.limits.deadline - self._finishing() - 0.02 * (self.limits.seconds or 0)
        slow = self.bound.seconds_of_round

        def is_over() -> bool:
            return self.limits.should_stop() or time.monotonic() + slow > end

        if steps is None or rounds * slow < MOST_SECONDS:
            self.bound.sharpen(best.cost, is_over, rounds)
            self._take_bound(self.bound)

    def _has_time_for_a_flow(self) -> bool:
        assert self.bound is not None
        return self.limits.left() > 1.2 * self.bound.slowest + self._finishing()

    def _finishing(self) -> float:
        """Seconds that writing the plan down and summing its costs will take, about."""
        return FINISH_SECONDS * len(self.arrays.heads)

    def _rhythm(self, share: float) -> Rhythm:
        seconds, now = self.limits.seconds, time.monotonic()
        reserve = 0.02 * (seconds or 0) + self._finishing() if share == 1 else 0
        if self.bound is not None and self.search.best.unplaced:
            reserve += 1.5 * self.bound.slowest  # for the bound of plans that leave some out
        if self.bound is not None and share == 1:
            reserve += SHARPEN_SHARE * (seconds or 0)
        return Rhythm(
            deadline=None if seconds is None else now + share * self.limits.left() - reserve,
            steps=self.limits.steps,
            should_stop=self.limits.should_stop,
            tell=self.tell,
        )
