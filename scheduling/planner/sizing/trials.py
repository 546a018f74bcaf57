"""Choices tried by planning them: cohorts are whole, so that only a plan decides whether a choice will do."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from scheduling.planner.plan import Plan
from scheduling.planner.problem import Building, Problem, Weights
from scheduling.planner.rules import first_pin_violation
from scheduling.planner.sizing.choosing import Sited, loads
from scheduling.planner.sizing.cover import Limits
from scheduling.planner.sizing.ground import Ground, Lanes, within
from scheduling.planner.sizing.options import Option, option_of
from scheduling.planner.solve import finished, leaves_nothing_to_decide, solve

# Beyond so many cohorts the search alone is as good as the whole course.
MANY_COHORTS = 30


@dataclass(frozen=True, slots=True)
class Trial:
    """A choice and the plan made of it."""

    lanes: Lanes
    limits: Limits
    far: frozenset[int]  # buildings that may walk further than the target
    option: Option


class Planner:
    """Plans choices. `seconds` and `steps` are for one plan, as `solve` takes them."""

    def __init__(self, ground: Ground, seed: int, should_stop: Callable[[], bool]) -> None:
        self.ground, self.seed, self.should_stop = ground, seed, should_stop
        self.weights = weights_of(ground.problem)

    def plan(
        self, lanes: Lanes, limits: Limits, far: frozenset[int], *, seconds: float | None, steps: int | None
    ) -> Trial:
        """The plan by search alone; only where that leaves out somebody the whole course is run, with its proofs."""
        problem = problem_of(self.ground, lanes, limits, far, self.weights)
        for way in (search_alone, solve):
            self.ground.check()
            found = way(problem, seconds=seconds, steps=steps, seed=self.seed, should_stop=self.should_stop)
            trial = Trial(lanes, limits, far, self._option(problem, found, lanes))
            if self.is_whole(trial) or len(problem.home_index) > MANY_COHORTS:
                break
        return trial

    def is_whole(self, trial: Trial) -> bool:
        """Everybody has a place who could have one at all."""
        return trial.option.unplaced_heads <= self.ground.hopeless

    def _option(self, problem: Problem, plan: Plan, lanes: Lanes) -> Option:
        names = {self.ground.problem.points[p].id: count for p, count in lanes.items()}
        return option_of(self.ground.ask, problem, plan, names)


def search_alone(
    problem: Problem, *, seconds: float | None, steps: int | None, seed: int, should_stop: Callable[[], bool]
) -> Plan:
    """What `solve` finds without trying to prove it: in a sizing a hundred plans are wanted, not one."""
    started = time.monotonic()
    if first_pin_violation(problem) or leaves_nothing_to_decide(problem):
        return solve(problem, seconds=seconds, steps=steps, seed=seed, should_stop=should_stop)
    from scheduling.planner.course import Course
    from scheduling.planner.course import Limits as Time

    class _Search(Course):
        def _stages(self) -> list[Callable[[], None]]:
            return [lambda: self._search(1.0)]

    course = _Search(problem, Time(started, seconds, steps, should_stop), seed, None)
    course.run()
    return finished(problem, course.places(), course.lower_bound, course.is_proved, started)


def far_buildings(ground: Ground, sited: Sited, limits: Limits) -> frozenset[int]:
    """Where only a share has to keep the walk: the buildings that were sent further."""
    if limits.share >= 1 or limits.walk is None:
        return frozenset()
    return frozenset(
        group.building
        for group, p in zip(ground.groups, sited.homes, strict=True)
        if not within(group.metres[p], limits.walk)
    )


def problem_of(ground: Ground, lanes: Lanes, limits: Limits, far: Iterable[int], weights: Weights) -> Problem:
    """The problem that is left when this choice is made: open points alone, no slot after the last."""
    problem, chosen = ground.problem, sorted(lanes)
    slots = limits.last + 1
    points = tuple(replace(problem.points[p], capacity=ground.rooms[p][lanes[p] - 1][:slots]) for p in chosen)
    names = {point.id for point in points}
    far = set(far)
    buildings = tuple(
        _building(problem, k, building, chosen, None if k in far else limits.walk)
        for k, building in enumerate(ground.cut(ground.smallest_slot(lanes, limits.last)))
    )
    return replace(
        problem,
        slots=slots,
        points=points,
        buildings=buildings,
        walk=None if problem.walk is None else tuple(tuple(row[p] for p in chosen) for row in problem.walk),
        previous={building: point for building, point in problem.previous.items() if point in names},
        weights=weights,
    )


def _building(problem: Problem, k: int, building: Building, chosen: list[int], walk: float | None) -> Building:
    """The building with no other points on its list than those open and within the walk."""
    if building.points is None and walk is None:
        return building
    near = tuple(
        problem.points[p].id
        for p in chosen
        if within(problem.metres_between(k, p), walk)
        and (building.points is None or problem.points[p].id in building.points)
    )
    return replace(building, points=near)


def weights_of(problem: Problem) -> Weights:
    """What the plans weigh: as the problem has it; where walk or time count nothing there, a metre for each head, and
    a slot more for everybody as much as a metre for everybody."""
    weights = problem.weights
    heads = sum(building.heads for building in problem.buildings)
    if not weights.walk > 0:
        weights = replace(weights, walk=1)
    if not (weights.finish > 0 or weights.early > 0):
        weights = replace(weights, finish=float(weights.walk * heads))
    return weights


def with_spare_staff(ground: Ground, sited: Sited, limits: Limits) -> Lanes:
    """Staff that are there work: one lane more, again and again, where it would take longest."""
    lanes, load = dict(sited.lanes), loads(ground, sited.homes, sited.lanes)
    if limits.staff is None:
        return lanes
    while growing := [p for p in lanes if lanes[p] < ground.most_lanes(p)]:
        more = {p: lanes[p] + 1 for p in growing if ground.staff(lanes | {p: lanes[p] + 1}) <= limits.staff}
        # The next lane goes to the point that works longest; where it cannot grow, to none.
        slowest = max(lanes, key=lambda p: (load[p] / max(1, ground.room(p, lanes[p], limits.last)), -p))
        if slowest not in more:
            break
        lanes[slowest] += 1
    return lanes
