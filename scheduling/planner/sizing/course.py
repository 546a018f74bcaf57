"""The course of a sizing: bounds first, then for each goal the best choice that a plan confirms."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import product

from scheduling.planner.sizing.ask import Ask
from scheduling.planner.sizing.budget import Budget, Stopped
from scheduling.planner.sizing.cover import Cover, Limits
from scheduling.planner.sizing.ground import Ground, Lanes, within
from scheduling.planner.sizing.labels import MERITS, nearest, proved_by, worth_showing
from scheduling.planner.sizing.lacks import lacks_of, nothing_to_do
from scheduling.planner.sizing.options import Goal, Lack, LackKind, Least, Option, Sizing, misses_of, ways_of
from scheduling.planner.sizing.realising import Realiser
from scheduling.planner.sizing.trials import Trial

# Up to so many choices of points and lanes, each that could be better is planned.
FEW_CHOICES = 400


class Sizer:
    """One run; `run` is called once. `share` says how much is done, 0 to 1."""

    def __init__(self, ask: Ask, budget: Budget) -> None:
        self.ask, self.budget, self.share = ask, budget, 0.0
        self.is_ready = False  # it is known who can go where
        self.lacks: list[Lack] = []
        self.least = Least()
        self.sought: set[Goal] = set()  # what there was time to look for
        targets = ask.targets
        self.limits = Limits(ask.last_slot, ask.staffing.at_hand, targets.walk, targets.share)
        self.widest = replace(self.limits, last=ask.problem.slots - 1)

    def run(self) -> Sizing:
        """The answer; of a sizing that is stopped, what was found until then."""
        try:
            self.ground = Ground(self.ask, self.budget.check)
            self.realiser = Realiser(self.ground, self.budget)
            self.is_ready = True
            if lack := nothing_to_do(self.ground, self.limits.last):
                return Sizing((), (lack,), Least(), self._all_heads(), self.ground.hopeless)
            self._look()
            return self._answer()
        except Stopped:
            return self.so_far()

    def so_far(self) -> Sizing:
        """What has been found, at any moment, also while another thread runs on."""
        if not self.is_ready:
            return Sizing((), (), Least(), sum(b.heads for b in self.ask.problem.buildings), 0, is_stopped=True)
        return self._answer(is_stopped=True)

    def _look(self) -> None:
        self.lacks = lacks_of(self.ground, self.limits, self.budget.for_bound())
        self.least = Least() if self.lacks else self._least()
        if not self.lacks and self.least.points is None:
            self.lacks = [Lack(LackKind.TARGETS_TOGETHER)]
        if not self.lacks:
            self._within_targets(self.least)
            self.budget.check()  # who is stopped has not shown that there is no plan
            self.lacks = [] if self.realiser.pool else [Lack(LackKind.NO_PLAN)]
        if not self.realiser.pool:
            self._nearest()
        self.budget.check()

    # Bounds.

    def _cover(self, limits: Limits) -> Cover:
        return Cover(self.ground, limits)

    def _is_possible(self, limits: Limits) -> bool:
        return self._cover(limits).is_possible(self.budget.for_bound())

    def _least(self) -> Least:
        """What the targets need at least; points None = proved that they cannot be kept together."""
        effort = self.budget.for_bound()
        points = self._cover(self.limits).fewest_points(effort)
        if points.is_impossible:
            return Least()
        self.realiser.fewest[self.limits.walk] = points.bound
        return Least(
            points=points.bound,
            lanes=self._cover(self.limits).fewest_lanes(effort).bound,
            staff=self._cover(self.limits).fewest_staff(effort).bound,
            end_slot=self._first_possible(self.limits),
        )

    def _first_possible(self, limits: Limits) -> int:
        """No choice ends before this slot. `limits` themselves are possible, or nobody knows."""
        low, high = 0, limits.last
        while low < high:
            middle = (low + high) // 2
            if self._is_possible(replace(limits, last=middle)):
                high = middle
            else:
                low = middle + 1
        return low

    # Goals.

    def _within_targets(self, least: Least) -> None:
        """Each goal has its share of the time that is left when it begins."""
        steps: list[tuple[Goal, float, Callable[[], object]]] = [
            (Goal.POINTS, 0.25, lambda: self._fewest_points(least.points or 1)),
            (Goal.WALK, 0.25, lambda: self.realiser.any(self.limits)),
            (Goal.END, 0.5, lambda: self._earliest_end(self.limits, least.end_slot or 0)),
            (Goal.STAFF, 0.7, lambda: self._fewest_staff(self.limits, least.staff or 0)),
            (Goal.BETWEEN, 0.7, self._in_between),
            (Goal.BETWEEN, 1.0, lambda: self._all_choices(least)),
        ]
        for k, (goal, share, step) in enumerate(steps):
            self.realiser.begin(share)
            if not self.realiser.is_over():
                self.sought.add(goal)
            step()
            self.share = (k + 1) / (len(steps) + 1)

    def _fewest_points(self, bound: int) -> None:
        for count in range(max(1, bound), self.realiser.most_points(self.limits) + 1):
            if self.realiser.is_over() or self.realiser.realise(self.limits, count):
                return

    def _earliest_end(self, limits: Limits, bound: int) -> None:
        """From the bound on, in growing strides until a plan confirms it, then back by halves."""
        low, stride, last = bound, 1, bound
        while last <= limits.last and not self.realiser.any(replace(limits, last=last)):
            if self.realiser.is_over():
                return
            low, last, stride = last + 1, last + stride, stride * 2
        high = min(last, limits.last)
        while low < high and not self.realiser.is_over():
            middle = (low + high) // 2
            if self.realiser.any(replace(limits, last=middle)):
                high = middle
            else:
                low = middle + 1

    def _fewest_staff(self, limits: Limits, bound: int) -> None:
        """Between what the sums say and the least that a plan has got by with, halving what is left."""
        known = [trial.option.staff for trial in self.realiser.pool if self._keeps(trial, limits)]
        low, high = bound, min([self._all_staff() if limits.staff is None else limits.staff, *known])
        stride = 0
        while low < high and not self.realiser.is_over():
            # Few staff are often enough: strides grow from the bound, until a plan says how many are.
            middle = min(low + stride, (low + high) // 2)
            found = self.realiser.any(replace(limits, staff=middle), spares_staff=True)
            if found is None:
                low, stride = middle + 1, 2 * stride + 1
            else:
                high = min(middle, found.option.staff)

    def _keeps(self, trial: Trial, limits: Limits) -> bool:
        option = trial.option
        walks = limits.walk is None or (trial.limits.walk is not None and trial.limits.walk <= limits.walk)
        return walks and option.end_slot <= limits.last and (limits.staff is None or option.staff <= limits.staff)

    def _all_staff(self) -> int:
        return self.ask.staffing.needed(self.ground.most_lanes(p) for p in range(self.ground.points))

    def _in_between(self) -> None:
        """A number of points half-way between the fewest and those of the shortest walk."""
        counts = sorted({len(trial.option.points) for trial in self.realiser.pool})
        if len(counts) >= 2 and counts[-1] - counts[0] >= 2:
            self.realiser.realise(self.limits, (counts[0] + counts[-1]) // 2)

    # All choices, where they are few.

    def _all_choices(self, least: Least) -> None:
        """Where the search found more points, staff or slots than the least, each better choice is planned."""
        if self.limits.share < 1 or math.prod(len(rooms) + 1 for rooms in self.ground.rooms) > FEW_CHOICES:
            return
        lanes = [range(len(rooms) + 1) for rooms in self.ground.rooms]
        choices = [{p: n for p, n in enumerate(counts) if n} for counts in product(*lanes)]
        choices = [choice for choice in choices if choice and self._has_room(choice, self.limits)]
        for merit, bound in ((len, least.points), (self.ground.staff, least.staff)):
            self._better_choice(sorted(choices, key=merit), merit, bound or 0)
        for last in range(
            least.end_slot or 0, min((t.option.end_slot for t in self.realiser.pool), default=self.limits.last)
        ):
            limits = replace(self.limits, last=last)
            if any(self._tried(choice, limits) for choice in choices if self._has_room(choice, limits)):
                return

    def _better_choice(self, choices: list[Lanes], merit: Callable[[Lanes], int], bound: int) -> None:
        best = min((merit(self._used(trial)) for trial in self.realiser.pool), default=math.inf)
        for choice in choices:
            if merit(choice) >= best or best <= bound or self._tried(choice, self.limits):
                return

    def _used(self, trial: Trial) -> Lanes:
        index = self.ask.problem.point_index
        return {index[point.point]: point.lanes for point in trial.option.points}

    def _has_room(self, lanes: Lanes, limits: Limits) -> bool:
        """What a choice needs at least, seen without planning it."""
        ground = self.ground
        room = sum(ground.room(p, n, limits.last, is_bound=True) for p, n in lanes.items())
        if room < ground.heads or (limits.staff is not None and ground.staff(lanes) > limits.staff):
            return False
        return all(
            any(p in lanes and ground.fits(group, p, lanes[p], limits.last) for p in group.near(limits.walk))
            for group in ground.groups
        )

    def _tried(self, lanes: Lanes, limits: Limits) -> bool:
        if self.realiser.is_over():
            return False
        return self.realiser.planner.is_whole(self.realiser.tried(lanes, limits))

    def _nearest(self) -> None:
        """For each target: how far it has to give way so that the others can be kept."""
        self.sought = set(MERITS)
        steps = list(self._ways())
        for k, step in enumerate(steps):
            self.realiser.begin(1 / (len(steps) - k))
            step()
            self.share = (k + 1) / (len(steps) + 1)

    def _ways(self) -> Iterator[Callable[[], None]]:
        targets = self.ask.targets
        if self.limits.staff is not None:
            yield lambda: self._more_staff(replace(self.limits, staff=None))
        if targets.last_slot is not None and self.widest.last > self.limits.last:
            yield lambda: self._later_end(self.widest)
        if targets.walk is not None:
            yield lambda: self._longer_walk(self.limits)
            # Where even one target cannot give way enough, the walk does as well.
            free = replace(self.limits, walk=None)
            yield lambda: None if self.realiser.pool else self._later_end(replace(free, last=self.widest.last))
            yield lambda: None if self.realiser.pool else self._more_staff(replace(free, staff=None))
        yield lambda: None if self.realiser.pool else self._more_staff(Limits(self.widest.last))

    def _more_staff(self, limits: Limits) -> None:
        covered = self._cover(limits).fewest_staff(self.budget.for_bound())
        if not covered.is_impossible:
            self._fewest_staff(limits, covered.bound)

    def _later_end(self, limits: Limits) -> None:
        if self._is_possible(limits):
            self._earliest_end(limits, self._first_possible(limits))

    def _longer_walk(self, limits: Limits) -> None:
        """The shortest walk that everybody can be kept within."""
        walks = sorted({metres for group in self.ground.groups for metres in group.metres.values()})
        walks = [metres for metres in walks if not within(metres, limits.walk)]
        low, high = 0, len(walks) - 1
        if not walks or not self._is_possible(replace(limits, walk=walks[-1])):
            return
        while low < high:
            middle = (low + high) // 2
            if self._is_possible(replace(limits, walk=walks[middle])):
                high = middle
            else:
                low = middle + 1
        for k in range(low, len(walks), max(1, (len(walks) - low) // 5)):
            if self.realiser.is_over() or self.realiser.any(replace(limits, walk=walks[k])):
                return

    # The answer.

    def _answer(self, *, is_stopped: bool = False) -> Sizing:
        least, lacks = self.least, self.lacks
        said = tuple(
            replace(option, misses=misses_of(option, self.ask), proved=proved_by(option, least))
            for option in self._options(is_near=bool(lacks), is_stopped=is_stopped)
        )
        if self.ground.hopeless:
            lacks = [*lacks, Lack(LackKind.NOWHERE_TO_GO, {"heads": self.ground.hopeless})]
        ways = ways_of(said, self.ask)
        return Sizing(said, tuple(lacks), least, self._all_heads(), self.ground.hopeless, ways, is_stopped)

    def _options(self, *, is_near: bool, is_stopped: bool) -> list[Option]:
        """Those worth showing, their plans looked at for longer."""
        found = [trial.option for trial in self.realiser.pool]
        shown = worth_showing(nearest(found, self.ask) if is_near else found, self.sought)
        if is_stopped:
            return shown
        plans = [option.plan for option in shown]
        trials = [trial for trial in self.realiser.pool if any(trial.option.plan is plan for plan in plans)]
        polished = [self._polished(trial, len(trials) - k) for k, trial in enumerate(trials)]
        return worth_showing(polished, self.sought)

    def _polished(self, trial: Trial, left: int) -> Option:
        self.budget.check()
        seconds, steps = self.budget.for_last(left)
        again = self.realiser.planner.plan(trial.lanes, trial.limits, trial.far, seconds=seconds, steps=steps)
        best = min((again, trial), key=lambda t: (t.option.unplaced_heads, t.option.plan.objective))
        return best.option

    def _all_heads(self) -> int:
        return self.ground.heads + self.ground.hopeless
