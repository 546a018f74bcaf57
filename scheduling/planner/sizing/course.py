"""The course of a sizing: bounds first, then for each goal the best choice that a plan confirms."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import product

from scheduling.planner.plan import Fact
from scheduling.planner.sizing.ask import Ask
from scheduling.planner.sizing.choosing import Chooser, Sited
from scheduling.planner.sizing.cover import Cover, Effort, Limits
from scheduling.planner.sizing.ground import Ground, Lanes, within
from scheduling.planner.sizing.options import (
    Goal,
    Lack,
    LackKind,
    Least,
    Option,
    Sizing,
    misses_of,
    pareto,
    ways_of,
)
from scheduling.planner.sizing.trials import Planner, Trial, far_buildings, with_spare_staff

# Slots are hoped to be so full, one after another, until the plan places everybody.
TIGHTNESS = (1.0, 0.95, 1.1, 0.88)
# Of very many possible numbers of points so many are looked at.
MOST_COUNTS = 12
# Numbers of points that are planned before limits are taken for too narrow.
MOST_TRIED = 3
# Up to so many choices of points and lanes, each that could be better is planned.
FEW_CHOICES = 400
# Shares of the whole time: of one bound, of one trial plan, of the last plans together.
BOUND_SHARE, TRIAL_SHARE, LAST_SHARE = 0.05, 0.025, 0.2
# Without a clock: nodes of the search for one bound, steps of a trial plan in parts of the whole.
BOUND_NODES, TRIAL_PART = 2_000, 5

Watch = Callable[[float], None]


@dataclass(frozen=True, slots=True)
class Budget:
    """How long it may take; with `steps` nothing depends on the clock."""

    started: float
    seconds: float | None
    steps: int | None
    seed: int
    should_stop: Callable[[], bool]

    def left(self) -> float:
        return math.inf if self.seconds is None else self.started + self.seconds - time.monotonic()

    def is_over(self) -> bool:
        return self.should_stop() or self.left() <= (self.seconds or 0) * LAST_SHARE

    def for_bound(self) -> Effort:
        if self.seconds is None:
            return Effort(None, BOUND_NODES)
        return Effort(max(0.05, min(self.seconds * BOUND_SHARE, self.left())), None)

    def for_trial(self) -> tuple[float | None, int | None]:
        if self.seconds is None:
            assert self.steps is not None
            return None, max(1, self.steps // TRIAL_PART)
        return max(0.05, min(self.seconds * TRIAL_SHARE, self.left())), None


class Sizer:
    """One run. `pool` is every trial that places all who can be placed."""

    def __init__(self, ask: Ask, budget: Budget, tell: Watch) -> None:
        self.ask, self.budget, self.tell = ask, budget, tell
        self.ground = Ground(ask)
        self.chooser = Chooser(self.ground, self._is_over)
        self.planner = Planner(self.ground, budget.seed, budget.should_stop)
        self.pool: list[Trial] = []
        self.fewest: dict[float | None, int] = {}  # points that a walk needs at least
        targets = ask.targets
        self.limits = Limits(ask.last_slot, ask.staffing.at_hand, targets.walk, targets.share)
        self.widest = replace(self.limits, last=ask.problem.slots - 1)

    def run(self) -> Sizing:
        if lack := self._nothing_to_do():
            return Sizing((), (lack,), Least(), self._all_heads(), self.ground.hopeless)
        lacks = self._lacks()
        least = Least() if lacks else self._least()
        if lacks or least.points is None:
            self._nearest()
            return self._answer(self._polished(), lacks or [Lack(LackKind.TARGETS_TOGETHER)], Least())
        self._within_targets(least)
        if not self.pool:
            lacks = [Lack(LackKind.NO_PLAN)]
            self._nearest()
        return self._answer(self._polished(), lacks, least)

    def _is_over(self) -> bool:
        """An answer without any option helps nobody: the first one may take up to three times as long as was given."""
        if not self.budget.is_over():
            return False
        late = self.budget.left() <= -2 * (self.budget.seconds or 0)
        return bool(self.pool) or late or self.budget.should_stop()

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
        self.fewest[self.limits.walk] = points.bound
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

    # Choices.

    def _counts(self, limits: Limits) -> list[int]:
        """Numbers of points that might do, as far as staff and rooms say; of very many, some."""
        least = max(1, self._fewest_for(limits.walk))
        counts = [count for count in range(least, self._most_points(limits) + 1) if self._may_do(limits, count)]
        if len(counts) <= MOST_COUNTS:
            return counts
        return sorted({counts[round(k * (len(counts) - 1) / (MOST_COUNTS - 1))] for k in range(MOST_COUNTS)})

    def _fewest_for(self, walk: float | None) -> int:
        if walk not in self.fewest:
            widest = Limits(self.widest.last, None, walk, self.limits.share)
            self.fewest[walk] = self._cover(widest).fewest_points(self.budget.for_bound()).bound
        return self.fewest[walk]

    def _most_points(self, limits: Limits) -> int:
        staffing, most = self.ask.staffing, self.ground.points
        if limits.staff is not None and staffing.per_point + staffing.per_lane:
            most = min(most, limits.staff // (staffing.per_point + staffing.per_lane))
        return most

    def _may_do(self, limits: Limits, count: int) -> bool:
        """Whether so many points could take everybody, were they the roomiest."""
        rooms = sorted((self._lane_room(p, limits.last) for p in range(self.ground.points)), reverse=True)
        lanes = sum(sorted((self.ground.most_lanes(p) for p in range(self.ground.points)), reverse=True)[:count])
        staffing = self.ask.staffing
        if limits.staff is not None and staffing.per_lane:
            lanes = min(lanes, (limits.staff - count * staffing.per_point) // staffing.per_lane)
        return bool(rooms) and lanes * rooms[0] >= self.ground.heads

    def _lane_room(self, p: int, last: int) -> float:
        """Heads that a lane takes at most."""
        room = self.ground.room
        return max((room(p, n, last, is_bound=True) / n for n in range(1, self.ground.most_lanes(p) + 1)), default=0)

    def _realise(self, limits: Limits, count: int, *, spares_staff: bool = False) -> Trial | None:
        """A plan for everybody with just so many points, walks as short as can be found; None = none was found.

        Staff that are there work, unless `spares_staff`.
        """
        known: set[tuple[tuple[int, int], ...]] = set()
        for tightness in TIGHTNESS:
            sited = None if self._is_over() else self.chooser.choose(limits, count, tightness)
            if sited is None:
                continue
            lanes = sited.lanes if spares_staff else with_spare_staff(self.ground, sited, limits)
            if (key := tuple(sorted(lanes.items()))) in known:
                continue
            known.add(key)
            if trial := self._grown(lanes, limits, far_buildings(self.ground, sited, limits)):
                return trial
        return None

    def _any(self, limits: Limits, *, spares_staff: bool = False) -> Trial | None:
        """The same with any number of points: first the number that has the shortest walk, then two others."""
        walks: list[tuple[float, int]] = []
        for tightness in (TIGHTNESS[0], max(TIGHTNESS)):
            for count in self._counts(limits):
                sited = None if walks and self._is_over() else self.chooser.choose(limits, count, tightness)
                if sited is not None:
                    walks.append((self._walk_of(sited), count))
            if walks:
                break
        for _, count in sorted(walks)[:MOST_TRIED]:
            if found := self._realise(limits, count, spares_staff=spares_staff):
                return found
        return None

    def _walk_of(self, sited: Sited) -> float:
        return sum(g.heads * g.metres[p] for g, p in zip(self.ground.groups, sited.homes, strict=True))

    def _grown(self, lanes: Lanes, limits: Limits, far: frozenset[int]) -> Trial | None:
        """The plan of this choice, with a lane more while somebody has no place and staff are left."""
        while not self._is_over():
            seconds, steps = self.budget.for_trial()
            trial = self.planner.plan(lanes, limits, far, seconds=seconds, steps=steps)
            if self.planner.is_whole(trial):
                self.pool.append(trial)
                return trial
            grown = self._one_lane_more(trial)
            if grown is None:
                return None
            lanes = grown
        return None

    def _one_lane_more(self, trial: Trial) -> Lanes | None:
        """A lane more at the point that those without a place are nearest to."""
        index, left = self.ground.problem.point_index, trial.option.plan.unplaced
        problem = trial.option.problem
        heads: dict[int, int] = {}
        for one in left:
            home = problem.home_index[one.cohort]
            allowed = problem.buildings[home].points
            near = [p for p in trial.lanes if allowed is None or self.ground.problem.points[p].id in allowed]
            if near:
                nearest = min(near, key=lambda p: (self.ground.problem.metres_between(home, p), p))
                heads[nearest] = heads.get(nearest, 0) + problem.heads(one.cohort)
        assert set(trial.lanes) <= set(index.values())
        for p in sorted(heads, key=lambda p: (-heads[p], p)):
            grown = trial.lanes | {p: trial.lanes[p] + 1}
            fits = trial.limits.staff is None or self.ground.staff(grown) <= trial.limits.staff
            if fits and grown[p] <= self.ground.most_lanes(p):
                return grown
        return None

    # Goals.

    def _within_targets(self, least: Least) -> None:
        steps: list[Callable[[], object]] = [
            lambda: self._fewest_points(least.points or 1),
            lambda: self._any(self.limits),
            lambda: self._earliest_end(self.limits, least.end_slot or 0),
            lambda: self._fewest_staff(self.limits, least.staff or 0),
            self._in_between,
            lambda: self._all_choices(least),
        ]
        for k, step in enumerate(steps):
            step()
            self.tell((k + 1) / (len(steps) + 1))

    def _fewest_points(self, bound: int) -> None:
        for count in range(max(1, bound), self._most_points(self.limits) + 1):
            if self._is_over() or self._realise(self.limits, count):
                return

    def _earliest_end(self, limits: Limits, bound: int) -> None:
        """From the bound on, in growing strides until a plan confirms it, then back by halves."""
        low, stride, last = bound, 1, bound
        while last <= limits.last and not self._any(replace(limits, last=last)):
            if self._is_over():
                return
            low, last, stride = last + 1, last + stride, stride * 2
        high = min(last, limits.last)
        while low < high and not self._is_over():
            middle = (low + high) // 2
            if self._any(replace(limits, last=middle)):
                high = middle
            else:
                low = middle + 1

    def _fewest_staff(self, limits: Limits, bound: int) -> None:
        """Between what the sums say and the least that a plan has got by with, halving what is left."""
        known = [trial.option.staff for trial in self.pool if self._keeps(trial, limits)]
        low, high = bound, min([self._all_staff() if limits.staff is None else limits.staff, *known])
        stride = 0
        while low < high and not self._is_over():
            # Few staff are often enough: strides grow from the bound, until a plan says how many are.
            middle = min(low + stride, (low + high) // 2)
            found = self._any(replace(limits, staff=middle), spares_staff=True)
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
        counts = sorted({len(trial.option.points) for trial in self.pool})
        if len(counts) >= 2 and counts[-1] - counts[0] >= 2:
            self._realise(self.limits, (counts[0] + counts[-1]) // 2)

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
        for last in range(least.end_slot or 0, min((t.option.end_slot for t in self.pool), default=self.limits.last)):
            limits = replace(self.limits, last=last)
            if any(self._tried(choice, limits) for choice in choices if self._has_room(choice, limits)):
                return

    def _better_choice(self, choices: list[Lanes], merit: Callable[[Lanes], int], bound: int) -> None:
        best = min((merit(self._used(trial)) for trial in self.pool), default=math.inf)
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
        if self._is_over():
            return False
        seconds, steps = self.budget.for_trial()
        trial = self.planner.plan(lanes, limits, frozenset(), seconds=seconds, steps=steps)
        if self.planner.is_whole(trial):
            self.pool.append(trial)
        return self.planner.is_whole(trial)

    # Targets that cannot be kept.

    def _nothing_to_do(self) -> Lack | None:
        ground, last = self.ground, self.ask.last_slot
        everywhere = [(p, ground.most_lanes(p)) for p in range(ground.points) if ground.most_lanes(p)]
        if not any(building.cohorts for building in self.ask.problem.buildings):
            return Lack(LackKind.NOBODY)
        if not everywhere:
            return Lack(LackKind.NO_CANDIDATES)
        if all(ground.room(p, lanes, last, is_bound=True) == 0 for p, lanes in everywhere):
            return Lack(LackKind.NO_HOURS)
        if not ground.groups:
            return Lack(LackKind.NOWHERE_TO_GO, {"heads": ground.hopeless})
        return None

    def _lacks(self) -> list[Lack]:
        """Targets that cannot be kept, each by itself."""
        return [lack for lack in (self._lack_of_walk(), self._lack_of_room()) if lack]

    def _lack_of_walk(self) -> Lack | None:
        walk, ground = self.limits.walk, self.ground
        far = [group for group in ground.groups if not group.near(walk)]
        heads = sum(group.heads for group in far)
        if walk is None or heads <= (1 - self.limits.share) * ground.heads + 1e-6:
            return None
        worst = max(far, key=lambda group: min(group.metres.values()))
        point, metres = min(worst.metres.items(), key=lambda item: item[1])
        facts: dict[str, Fact] = {"heads": heads, "limit": walk, "metres": metres}
        facts["building"] = self.ask.problem.buildings[worst.building].id
        return Lack(LackKind.TOO_FAR, facts | {"point": self.ask.problem.points[point].id})

    def _lack_of_room(self) -> Lack | None:
        effort, ground = self.budget.for_bound(), self.ground
        facts: dict[str, Fact] = {"heads": ground.heads, "hours": self._hours(self.limits.last)}
        for staff, kind in ((None, LackKind.TOO_FEW_LANES), (self.limits.staff, LackKind.TOO_FEW_STAFF)):
            limits = Limits(self.limits.last, staff)
            most = Cover(ground, limits, takes_all=False).most_heads(effort)
            if most < ground.heads:
                hours = self._hours(self.limits.last)
                more = math.ceil((ground.heads - most) * hours / max(1, most))
                known = {} if staff is None else {"staff": staff, "more_hours": more}
                return Lack(kind, facts | known | {"most": most})
        return None

    def _hours(self, last: int) -> float:
        """Hours until the end of a slot in which any candidate is open."""
        ground = self.ground
        opened = [
            slot
            for slot in range(last + 1)
            if any(ground.rooms[p] and ground.rooms[p][-1][slot] > 0 for p in range(ground.points))
        ]
        return round(len(opened) * self.ask.problem.slot_minutes / 60, 2)

    def _nearest(self) -> None:
        """For each target: how far it has to give way so that the others can be kept."""
        steps = list(self._ways())
        for k, step in enumerate(steps):
            step()
            self.tell((k + 1) / (len(steps) + 1))

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
            yield lambda: None if self.pool else self._later_end(replace(free, last=self.widest.last))
            yield lambda: None if self.pool else self._more_staff(replace(free, staff=None))
        yield lambda: None if self.pool else self._more_staff(Limits(self.widest.last))

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
            if self._is_over() or self._any(replace(limits, walk=walks[k])):
                return

    # The answer.

    def _polished(self) -> list[Option]:
        """The options worth showing, their plans looked at for longer."""
        chosen = self._chosen()
        polished: list[Option] = []
        for k, (trial, goals) in enumerate(chosen):
            seconds = None if self.budget.seconds is None else max(0.05, self.budget.left() / (len(chosen) - k))
            seconds = None if seconds is None else min(seconds, 2.0)
            steps = None if self.budget.seconds is not None else self.budget.steps
            again = self.planner.plan(trial.lanes, trial.limits, trial.far, seconds=seconds, steps=steps)
            best = min((again, trial), key=lambda t: (t.option.unplaced_heads, t.option.plan.objective))
            polished.append(replace(best.option, goals=goals))
        return polished

    def _chosen(self) -> list[tuple[Trial, tuple[Goal, ...]]]:
        """For each goal the best trial; one trial may be the best for several."""
        front = pareto([trial.option for trial in self.pool])
        trials = [trial for trial in self.pool if any(trial.option is option for option in front)]
        found: dict[int, list[Goal]] = {}
        for goal, merit in MERITS.items():
            if trials:
                best = min(range(len(trials)), key=lambda k: merit(trials[k].option))
                found.setdefault(best, []).append(goal)
        for k, trial in enumerate(trials):
            counts = sorted(len(trials[other].option.points) for other in found)
            if k not in found and len(found) < len(Goal) and counts[0] < len(trial.option.points) < counts[-1]:
                found[k] = [Goal.BETWEEN]
        return [(trials[k], tuple(goals)) for k, goals in found.items()]

    def _answer(self, options: list[Option], lacks: list[Lack], least: Least) -> Sizing:
        said = [
            replace(option, misses=misses_of(option, self.ask), proved=_proved(option, least)) for option in options
        ]
        if self.ground.hopeless:
            lacks = [*lacks, Lack(LackKind.NOWHERE_TO_GO, {"heads": self.ground.hopeless})]
        return Sizing(
            tuple(said), tuple(lacks), least, self._all_heads(), self.ground.hopeless, ways_of(said, self.ask)
        )

    def _all_heads(self) -> int:
        return self.ground.heads + self.ground.hopeless


def _walk(option: Option) -> tuple[float, ...]:
    return option.mean_walk, option.end_slot, len(option.points), option.staff


MERITS: dict[Goal, Callable[[Option], tuple[float, ...]]] = {
    Goal.POINTS: lambda option: (len(option.points), option.mean_walk, option.end_slot, option.staff),
    Goal.WALK: _walk,
    Goal.END: lambda option: (option.end_slot, option.mean_walk, len(option.points), option.staff),
    Goal.STAFF: lambda option: (option.staff, option.mean_walk, option.end_slot, len(option.points)),
}


def _proved(option: Option, least: Least) -> tuple[Goal, ...]:
    """Of its goals those whose figure meets the bound."""
    reached = {
        Goal.POINTS: (len(option.points), least.points),
        Goal.END: (option.end_slot, least.end_slot),
        Goal.STAFF: (option.staff, least.staff),
    }
    return tuple(goal for goal in option.goals if goal in reached and reached[goal][0] == reached[goal][1])
