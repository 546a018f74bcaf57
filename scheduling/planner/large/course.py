"""The course of a large problem: a quick plan; the bound, whose prices say who goes where (where there is no time for them
a rough flow over everything does); then areas searched side by side."""

from __future__ import annotations

import math
import time
from collections.abc import Callable

import numpy as np

from scheduling.planner.arrays import Arrays, places_of
from scheduling.planner.bounds.bound import FinishBound
from scheduling.planner.bounds.prices import PriceModel, Prices, least_seconds
from scheduling.planner.candidates import Ints
from scheduling.planner.course import Course, Limits
from scheduling.planner.large.bound import (
    LONGER,
    SLOWER,
    Answers,
    BoundPart,
    bound_part,
    find_bound,
    made_true,
    second_part,
)
from scheduling.planner.large.coarse import CoarseModel
from scheduling.planner.large.guide import guide_at
from scheduling.planner.large.rounds import LOOK_SECONDS, MOST_WIDER, Best, Rounds
from scheduling.planner.large.wider import with_more_candidates
from scheduling.planner.large.workers import Crew
from scheduling.planner.local_search.search import Search
from scheduling.planner.plan import Progress
from scheduling.planner.problem import Problem
from scheduling.planner.sums import cost_of

# From so many buildings and points on a problem is large; with one slot there are better ways.
LARGE, MANY_POINTS = 3_000, 50
# The rough flow takes about so long for each group; without twice that the quick plan goes to the rounds as it is.
COARSE_SECONDS = 2e-5
# The part under this number is the bound; of all the time of all the crew it may take so much.
BOUND, BOUND_SHARE = -1, 0.25
# Its prices are waited for where they usually come in so much of the time; on a busy machine they may take three times as
# long, and are still worth more than the rounds that are missed: without them a city ended at 10 % above its bound, not 4 %.
USUAL_SHARE, WAIT_SHARE = 0.13, 0.4
# A cohort takes so long to be written down: half of what it takes where the plain functions sum the costs.
FINISH_SECONDS = 3e-6
# Part of the time that looking for the best last slot may take.
LIMIT_SHARE = 0.1


class LargeCourse(Course):
    """One run on a large problem, with a crew that it neither starts nor ends."""

    def __init__(
        self,
        problem: Problem,
        limits: Limits,
        seed: int,
        on_progress: Callable[[Progress], None] | None,
        crew: Crew,
    ) -> None:
        super().__init__(problem, limits, seed, on_progress)
        self.crew = crew
        self.best = self._best_of(self.search)
        self.rounds: Rounds | None = None
        self.answers: Answers = {}
        self.bound_part: BoundPart | None = None  # what the answers that come are to, None = to nothing more
        self.bound_arrays = self.arrays  # with more candidates for some, where the bound needs them

    def run(self) -> None:
        self.search.build(None, self.search.limit)
        self.best = self._best_of(self.search)
        self._show()
        if self.best.unplaced == self.hopeless == self._free_heads():
            self.is_proved = True  # whoever is not pinned has nowhere to go: there is only this plan
            return
        try:
            self._ask_for_bound()
            self._search_by_areas()
            if self.limits.steps is not None:  # so that the same steps give the same
                self._await_bound(self.limits.should_stop)
        finally:
            self.crew.drop()
        self._settle_bound()
        self._show()

    def _search_by_areas(self) -> None:
        guide = self._guide_at_prices()
        has_prices = guide is not None
        guide = guide if has_prices else self._rough_guide()
        self.best = self._best_of(self.search)
        limit = self.search.limit
        self.rounds = Rounds(self.problem, self.arrays, self.best, seed=self.seed, limit=limit, tell=self._show)
        self.rounds.from_flow = not has_prices
        self.rounds.run(self.crew, self.limits, self._end(), guide, self._hear)

    def places(self) -> dict[str, tuple[str, int]]:
        return places_of(self.problem, self.arrays, self.best.point, self.best.slot)

    def objective(self) -> float:
        """What the plan costs, summed afresh."""
        return cost_of(self.rounds.arrays if self.rounds else self.arrays, self.best.point, self.best.slot)

    def _best_of(self, search: Search) -> Best:
        found = search.best
        return Best(found.state.point.copy(), found.state.slot.copy(), found.unplaced, found.cost)

    def _guide_at_prices(self) -> Ints | None:
        """Build from where the prices of the bound would send each group, for the last slot that it finds best; returns that,
        None = there are no prices in time."""
        usual = 0.0 if self.limits.seconds is None else least_seconds(self.arrays)
        if self.bound_part is not None and usual < USUAL_SHARE * self.limits.left():
            self._await_bound(self._after(WAIT_SHARE))
        if self.bound is None or self.limits.is_over():
            return None
        limit = self.bound.best_limit
        prices = self.bound.flows.get(limit)
        if not isinstance(prices, Prices) or not prices.sent:
            return None
        guide = guide_at(self.bound_arrays, prices.room, limit)
        self._know_more(self.bound_arrays)
        self._build(guide, limit)
        return guide

    def _know_more(self, arrays: Arrays) -> None:
        """Go on with more candidates for some."""
        self.arrays, self.search = arrays, Search(arrays, self.seed)
        self.search.offer_places(self.best.point, self.best.slot)

    def _build(self, guide: Ints, limit: int) -> None:
        """A plan from the guide; slots below the limit are enough from now on, where the best plan keeps to them."""
        self.search.build(guide, limit)
        used = int(self.search.best.state.slot.max(initial=-1)) + 1
        self.search.limit = limit if used <= limit else len(self.arrays.slots)

    def _rough_guide(self) -> Ints | None:
        """Build from the rough flow, for the last slot that it finds best; returns where it would send each group."""
        if self.limits.left() < 2 * COARSE_SECONDS * self.arrays.groups + self._finishing():
            self._ask_further()
            return None
        model = CoarseModel(self.arrays)
        limit, flow = model.best_limit(self._after(LIMIT_SHARE))
        if flow is None or self.limits.is_over():
            return None
        guide = model.shared_out(flow.carried)
        self._build(guide, limit)
        return guide

    def _ask_further(self) -> None:
        """In place of the rough flow, where there is no time for it: who has no place yet asks at more points."""
        groups = np.unique(self.arrays.group[self.best.slot < 0])
        if self.limits.is_over() or not 0 < len(groups) <= MOST_WIDER:
            return
        arrays = with_more_candidates(self.problem, self.arrays, groups)
        search = Search(arrays, self.seed)
        search.place_again(self.best.point, self.best.slot, groups)
        found = self._best_of(search)
        if (found.unplaced, found.cost) < (self.best.unplaced, self.best.cost):
            self.arrays, self.search, self.best = arrays, search, found

    def _finishing(self) -> float:
        return FINISH_SECONDS * len(self.arrays.heads)

    def _ask_for_bound(self) -> None:
        """Let one of the crew look for a bound, where there is time for it."""
        if not self.has_bound:
            return
        seconds = None if self.limits.seconds is None else BOUND_SHARE * self.limits.left() * self.crew.width
        if seconds is not None and seconds < least_seconds(self.arrays) * SLOWER:
            return
        self.bound_part = bound_part(self.problem, self.arrays, self.hopeless, [len(self.arrays.slots) - 1], seconds)
        self.crew.submit(BOUND, find_bound, self.bound_part)

    def _hear(self, number: int, found: Answers | None) -> None:
        """Something came back that is no area: the bound, or the same again with more candidates."""
        if number != BOUND or (part := self.bound_part) is None:
            return
        self.bound_part = None
        if not found:
            return
        if not part.known:
            self.bound_arrays, again = second_part(part, found, self.problem, self.arrays)
            self.bound = None
            if again is not None and self._has_time_for(again):
                self.bound_part = again
                self.crew.submit(BOUND, find_bound, again)
        self.answers = {**self.answers, **made_true(found, self.bound_arrays)}
        self._settle_bound()

    def _has_time_for(self, part: BoundPart) -> bool:
        """Whether the bound may be asked again; it goes on from good prices, with two thirds of the heats."""
        if self.limits.seconds is None:
            return True
        seconds, left = PriceModel(part.arrays).seconds * SLOWER * LONGER * 2 / 3, self.limits.left()
        return seconds < min(BOUND_SHARE * left * self.crew.width, left - self._finishing())

    def _await_bound(self, is_over: Callable[[], bool]) -> None:
        """Let nothing else be done until the bound is known."""
        while self.bound_part is not None and not is_over():
            for number, found in self.crew.results(LOOK_SECONDS):
                self._hear(number, found)

    def _settle_bound(self) -> None:
        """What the answers say of plans that leave as many heads out as the best one."""
        if not self.answers:
            return
        if self.bound is None:
            self.bound = FinishBound(self.problem, self.bound_arrays, self.best.unplaced)
        self.bound.leave_out(self.best.unplaced)
        self.bound.take(self.answers, self.hopeless)
        value = self.bound.value
        if value is not None:
            self.lower_bound = max(value, -math.inf if self.lower_bound is None else self.lower_bound)
            fewest = self.best.unplaced == self.hopeless
            self.is_proved = fewest and self.lower_bound >= self.best.cost - 1e-9 * abs(self.best.cost)

    def _end(self) -> float:
        if self.limits.seconds is None:
            return math.inf
        return self.limits.deadline - 0.02 * self.limits.seconds - self._finishing()

    def _show(self) -> None:
        if self.on_progress is not None:
            spent = time.monotonic() - self.limits.started
            self.on_progress(Progress(spent, self.best.unplaced, self.best.cost, self.lower_bound))


def is_large(problem: Problem) -> bool:
    """Whether areas are worth it."""
    return len(problem.buildings) >= LARGE and len(problem.points) >= MANY_POINTS and problem.slots > 1
