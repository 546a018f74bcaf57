"""The days of one point: who is called there when, and what comes of it. Points know nothing of each other."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from scheduling.planner.plan import Assignment
from scheduling.planner.problem import Problem
from scheduling.planner.simulation.calendar import Calendar, Floats, Ints, calendar_of, slot_starts
from scheduling.planner.simulation.crowd import (
    Chances,
    Crowd,
    Source,
    chances_of,
    crowd_of,
    days_of_block,
    lanes_as_arrays,
)
from scheduling.planner.simulation.kernels import (
    BINS,
    COHORT_FIGURES,
    FIGURES,
    Call,
    Tally,
    Work,
    note_queue,
    simulate_day,
    simulate_days,
)
from scheduling.planner.simulation.settings import Settings, value_at


@dataclass(frozen=True)
class PointDay:
    """What is planned at a point, cohorts in the order they are called: by time, and as the plan lists them."""

    index: int  # the place of the point in the problem
    point: str
    assignments: tuple[Assignment, ...]
    crowd: Crowd
    calendar: Calendar
    planned: Floats  # when each cohort is called
    source: Source
    settings: Settings

    @property
    def room(self) -> float:
        """Heads that may wait; inf = no limit."""
        room = value_at(self.settings.standing_room, self.point)
        return math.inf if room is None else room

    def as_planned(self) -> Call:
        holds = self.settings.holds and self.room < math.inf
        # Always floats: of other types the kernels would have to be compiled again.
        return Call(self.planned, float(self.room), holds, float(self.calendar.openings[-1].end))

    def all_at_once(self) -> Call:
        """Nobody is called: everybody comes around the opening of their day."""
        openings = np.array([self.calendar.opening_of(moment).begin for moment in self.planned.tolist()])
        return self.as_planned()._replace(planned=np.minimum(openings, self.planned), holds=False)

    def blocks(self, runs: int) -> Iterator[tuple[int, int, Chances]]:
        """(first day, how many days, their chances), until there are `runs` days."""
        length = days_of_block(self.crowd)
        for block, first in enumerate(range(0, runs, length)):
            chances = chances_of(self.crowd, self.calendar, self.settings, self.source, block)
            yield first, min(length, runs - first), chances


def point_days(
    problem: Problem, assignments: Sequence[Assignment], settings: Settings, seed: int, point: str | None = None
) -> list[PointDay]:
    """The points that somebody is sent to, in the order of the problem; or the one named."""
    sent: dict[str, list[Assignment]] = {}
    for assignment in assignments:
        if point is None or assignment.point == point:
            sent.setdefault(assignment.point, []).append(assignment)
    index = problem.point_index
    return [
        _point_day(problem, index[name], sent[name], settings, seed) for name in sorted(sent, key=index.__getitem__)
    ]


def _point_day(problem: Problem, index: int, assignments: list[Assignment], settings: Settings, seed: int) -> PointDay:
    point, source = problem.points[index], Source(seed, index)
    ordered = tuple(sorted(assignments, key=lambda a: a.slot))  # stable: within a slot as the plan lists them
    heads = np.array([problem.heads(a.cohort) for a in ordered], np.int64)
    planned = _calls(problem, ordered, heads, settings)
    calendar = calendar_of(problem, point, settings)
    return PointDay(index, point.id, ordered, crowd_of(heads, source), calendar, planned, source, settings)


def _calls(problem: Problem, ordered: Sequence[Assignment], heads: Ints, settings: Settings) -> Floats:
    """When each cohort is called: at the beginning of its slot, or in turn: after the heads before it have had their
    share of the slot."""
    starts = slot_starts(problem, settings)
    calls = np.array([starts[a.slot] for a in ordered], np.float64)
    if settings.in_turn:
        slots = np.array([a.slot for a in ordered])
        before = np.cumsum(heads) - heads
        for slot in np.unique(slots):
            here = slots == slot
            calls[here] += problem.slot_minutes * (before[here] - before[here][0]) / heads[here].sum()
    return calls


def new_work(day: PointDay) -> Work:
    households, lanes, heads = len(day.crowd.cohort), len(day.calendar.spells), int(day.crowd.head[-1])
    return Work(
        heap_time=np.zeros(households + 1),
        heap_household=np.zeros(households + 1, np.int64),
        free=np.zeros(lanes),
        spell=np.zeros(lanes, np.int64),
        stop=np.zeros(lanes, np.int64),
        arrival=np.zeros(heads),
        start=np.zeros(heads),
        cohort=np.zeros((len(day.crowd.heads), 3)),
        at=np.zeros(4, np.int64),
    )


def new_tally(day: PointDay, runs: int) -> Tally:
    cohorts = len(day.crowd.heads)
    return Tally(
        days=np.zeros((runs, FIGURES)),
        waits=np.zeros((runs, BINS), np.int32),
        cohort_waits=np.zeros((cohorts, BINS), np.int64),
        cohort_days=np.zeros((cohorts, COHORT_FIGURES)),
    )


class Stopped(Exception):
    """The caller wants no more days."""


def tallies(day: PointDay, runs: int, should_stop: Callable[[], bool] = lambda: False) -> tuple[Tally, Tally]:
    """The same people and lanes on the same days: called by the plan, and all at the opening. Raises Stopped."""
    lanes, work = lanes_as_arrays(day.calendar, day.settings), new_work(day)
    calls = day.as_planned(), day.all_at_once()
    results = new_tally(day, runs), new_tally(day, runs)
    for first, count, chances in day.blocks(runs):
        if should_stop():
            raise Stopped
        for call, tally in zip(calls, results, strict=True):
            simulate_days(day.crowd, lanes, chances, call, work, tally, count, first)
    return results


@dataclass(frozen=True, slots=True)
class QueueOverDay:
    """How many wait at a point, every `step_minutes` from `begin` on (minutes from the beginning of the first slot):
    on half of the days at most `median`, on one of ten at most `low`, on nine of ten at most `high`."""

    point: str
    begin: float
    step_minutes: float
    low: tuple[float, ...]
    median: tuple[float, ...]
    high: tuple[float, ...]
    standing_room: float | None


def queue_over_day(
    problem: Problem,
    assignments: Sequence[Assignment],
    point: str,
    settings: Settings | None = None,
    *,
    runs: int = 200,
    seed: int = 0,
    step_minutes: float = 5,
) -> QueueOverDay | None:
    """The queue of one point through the day, the same days that `simulate` has for it; None = nobody is sent there.

    Raises KeyError where the problem has no such point.
    """
    settings = settings or Settings()
    if not (days := point_days(problem, assignments, settings, seed, problem.point(point).id)):
        return None
    day = days[0]
    begin = math.floor((float(day.planned[0]) - settings.early_minutes) / step_minutes) * step_minutes
    steps = 1 + math.ceil((_latest_end(day, runs) - begin) / step_minutes)
    queue = _queues(day, runs, begin, step_minutes, steps)
    low, median, high = (tuple(row.tolist()) for row in np.quantile(queue, (0.1, 0.5, 0.9), axis=0))
    room = value_at(settings.standing_room, point)
    return QueueOverDay(point, begin, step_minutes, low, median, high, room)


def _latest_end(day: PointDay, runs: int) -> float:
    from scheduling.planner.simulation.kernels import END

    lanes, work, tally = lanes_as_arrays(day.calendar, day.settings), new_work(day), new_tally(day, runs)
    for first, count, chances in day.blocks(runs):
        simulate_days(day.crowd, lanes, chances, day.as_planned(), work, tally, count, first)
    return float(tally.days[:, END].max())


def _queues(day: PointDay, runs: int, begin: float, step: float, steps: int) -> Ints:
    """[day, step]"""
    lanes, work, tally = lanes_as_arrays(day.calendar, day.settings), new_work(day), new_tally(day, runs)
    queue = np.zeros((runs, steps), np.int64)
    call = day.as_planned()
    for first, count, chances in day.blocks(runs):
        for k in range(count):
            simulate_day(day.crowd, lanes, chances, call, work, tally, k, first + k)
            note_queue(work, queue, first + k, float(begin), float(step))
    return queue
