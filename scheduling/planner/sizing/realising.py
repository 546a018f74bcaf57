"""From limits to a plan that keeps them: choices are made, planned, and mended where somebody has no place."""

from __future__ import annotations

import time

from scheduling.planner.sizing.budget import Budget
from scheduling.planner.sizing.choosing import Chooser, Sited
from scheduling.planner.sizing.cover import Cover, Limits
from scheduling.planner.sizing.ground import Ground, Lanes
from scheduling.planner.sizing.trials import Planner, Trial, far_buildings, with_spare_staff

# Slots are hoped to be so full, one after another, until the plan places everybody.
TIGHTNESS = (1.0, 0.95, 1.1, 0.88)
# Of very many possible numbers of points so many are looked at.
MOST_COUNTS = 12
# Numbers of points that are planned before limits are taken for too narrow.
MOST_TRIED = 3
# Where at most this share of the heads has no place, a trial is given so many times its usual time once more.
FEW_LEFT, MORE_PATIENCE = 0.03, 5


class Realiser:
    """`pool` is every trial that places all who can be placed."""

    def __init__(self, ground: Ground, budget: Budget) -> None:
        self.ground, self.budget = ground, budget
        self.chooser = Chooser(ground, self.is_over)
        self.planner = Planner(ground, budget.seed, budget.should_stop)
        self.pool: list[Trial] = []
        self.fewest: dict[float | None, int] = {}  # points that a walk needs at least
        self.until: float | None = None  # when the present question ends; None = with the search

    def is_over(self) -> bool:
        """Whether the present question has had its time."""
        if self.budget.should_stop():
            return True
        is_over = self.budget.left_for_search() <= 0 or (self.until is not None and time.monotonic() >= self.until)
        return is_over and (bool(self.pool) or self.budget.is_far_over())

    def begin(self, share: float) -> None:
        """Another question begins: it has this share of the time that is left."""
        if self.budget.seconds is not None:
            self.until = time.monotonic() + max(0.0, self.budget.left_for_search()) * share

    def counts(self, limits: Limits) -> list[int]:
        """Numbers of points that might do, as far as staff and rooms say; of very many, some."""
        least = max(1, self._fewest_for(limits.walk))
        counts = [count for count in range(least, self.most_points(limits) + 1) if self._may_do(limits, count)]
        if len(counts) <= MOST_COUNTS:
            return counts
        return sorted({counts[round(k * (len(counts) - 1) / (MOST_COUNTS - 1))] for k in range(MOST_COUNTS)})

    def _fewest_for(self, walk: float | None) -> int:
        if walk not in self.fewest:
            widest = Limits(self.ground.problem.slots - 1, None, walk, self.ground.ask.targets.share)
            self.fewest[walk] = Cover(self.ground, widest).fewest_points(self.budget.for_bound()).bound
        return self.fewest[walk]

    def most_points(self, limits: Limits) -> int:
        staffing, most = self.ground.ask.staffing, self.ground.points
        if limits.staff is not None and staffing.per_point + staffing.per_lane:
            most = min(most, limits.staff // (staffing.per_point + staffing.per_lane))
        return most

    def _may_do(self, limits: Limits, count: int) -> bool:
        """Whether so many points could take everybody, were they the roomiest."""
        rooms = sorted((self._lane_room(p, limits.last) for p in range(self.ground.points)), reverse=True)
        lanes = sum(sorted((self.ground.most_lanes(p) for p in range(self.ground.points)), reverse=True)[:count])
        staffing = self.ground.ask.staffing
        if limits.staff is not None and staffing.per_lane:
            lanes = min(lanes, (limits.staff - count * staffing.per_point) // staffing.per_lane)
        return bool(rooms) and lanes * rooms[0] >= self.ground.heads

    def _lane_room(self, p: int, last: int) -> float:
        """Heads that a lane takes at most."""
        room = self.ground.room
        return max((room(p, n, last, is_bound=True) / n for n in range(1, self.ground.most_lanes(p) + 1)), default=0)

    def realise(self, limits: Limits, count: int, *, spares_staff: bool = False) -> Trial | None:
        """A plan for everybody with just so many points, walks as short as can be found; None = none was found.

        Staff that are there work, unless `spares_staff`.
        """
        known: set[tuple[tuple[int, int], ...]] = set()
        for tightness in TIGHTNESS:
            sited = None if self.is_over() else self.chooser.choose(limits, count, tightness)
            if sited is None:
                continue
            lanes = sited.lanes if spares_staff else with_spare_staff(self.ground, sited, limits)
            if (key := tuple(sorted(lanes.items()))) in known:
                continue
            known.add(key)
            if trial := self._grown(lanes, limits, far_buildings(self.ground, sited, limits)):
                return trial
        return None

    def any(self, limits: Limits, *, spares_staff: bool = False) -> Trial | None:
        """The same with any number of points: first the number that has the shortest walk, then two others."""
        walks: list[tuple[float, int]] = []
        for tightness in (TIGHTNESS[0], max(TIGHTNESS)):
            for count in self.counts(limits):
                sited = None if walks and self.is_over() else self.chooser.choose(limits, count, tightness)
                if sited is not None:
                    walks.append((self._walk_of(sited), count))
            if walks:
                break
        for _, count in sorted(walks)[:MOST_TRIED]:
            if found := self.realise(limits, count, spares_staff=spares_staff):
                return found
        return None

    def _walk_of(self, sited: Sited) -> float:
        return sum(g.heads * g.metres[p] for g, p in zip(self.ground.groups, sited.homes, strict=True))

    def _grown(self, lanes: Lanes, limits: Limits, far: frozenset[int]) -> Trial | None:
        """The plan of this choice, with a lane more while somebody has no place and staff are left."""
        while not self.is_over():
            trial = self.tried(lanes, limits, far)
            if self.planner.is_whole(trial):
                return trial
            grown = self._one_lane_more(trial)
            if grown is None:
                return None
            lanes = grown
        return None

    def tried(self, lanes: Lanes, limits: Limits, far: frozenset[int] = frozenset()) -> Trial:
        """The plan of just this choice; one that places everybody joins the pool.

        Where only few are left without a place, it is looked for longer: slots that are nearly full take time.
        """
        for patience in (1, MORE_PATIENCE):
            seconds, steps = self.budget.for_trial(patience)
            trial = self.planner.plan(lanes, limits, far, seconds=seconds, steps=steps)
            left = trial.option.unplaced_heads - self.ground.hopeless
            if left <= 0:
                self.pool.append(trial)
            if left <= 0 or left > FEW_LEFT * self.ground.heads or self.is_over():
                break
        return trial

    def _one_lane_more(self, trial: Trial) -> Lanes | None:
        """A lane more at the point that those without a place are nearest to."""
        left, problem = trial.option.plan.unplaced, trial.option.problem
        heads: dict[int, int] = {}
        for one in left:
            home = problem.home_index[one.cohort]
            allowed = problem.buildings[home].points
            near = [p for p in trial.lanes if allowed is None or self.ground.problem.points[p].id in allowed]
            if near:
                nearest = min(near, key=lambda p: (self.ground.problem.metres_between(home, p), p))
                heads[nearest] = heads.get(nearest, 0) + problem.heads(one.cohort)
        for p in sorted(heads, key=lambda p: (-heads[p], p)):
            grown = trial.lanes | {p: trial.lanes[p] + 1}
            fits = trial.limits.staff is None or self.ground.staff(grown) <= trial.limits.staff
            if fits and grown[p] <= self.ground.most_lanes(p):
                return grown
        return None
