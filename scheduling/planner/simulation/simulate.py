"""Many days of a plan: each point by itself, then all together."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from scheduling.planner.plan import Assignment
from scheduling.planner.problem import Problem
from scheduling.planner.simulation import kernels
from scheduling.planner.simulation.calendar import Floats
from scheduling.planner.simulation.days import PointDay, Stopped, point_days, tallies
from scheduling.planner.simulation.estimates import NOTHING, estimate, estimate_of_sums, quantiles, share_from
from scheduling.planner.simulation.evenly import fits_evenly, simulate_evenly
from scheduling.planner.simulation.forecast import CohortForecast, Forecast, PointForecast, Saving, Waits, light_of
from scheduling.planner.simulation.kernels import BINS, Tally
from scheduling.planner.simulation.settings import Settings, value_at

DEFAULT_RUNS, LEAST_RUNS = 200, 20
# Where nothing is said, so many heads are simulated in all, about: some ten seconds.
USUAL_HEADS = 20_000_000
# Points do not depend on each other, so neither does the result on the threads.
THREADS = 2


def simulate(
    problem: Problem,
    assignments: Iterable[Assignment],
    settings: Settings | None = None,
    *,
    runs: int | None = None,
    seed: int = 0,
    should_stop: Callable[[], bool] = lambda: False,
) -> Forecast:
    """What `runs` days of the plan look like (None: `usual_runs`).

    The same input and seed give the same forecast, on any machine with the same release of numpy; the first days of a longer
    run are those of a shorter one.

    Where `should_stop` says so it ends early: `runs` of the forecast are the days done until then; cohorts may have a few
    more. Raises Stopped where no day is done. So it is, to the end, with very many cohorts or days: there the points are
    simulated one after the other, as their figures would not fit into memory side by side.

    The assignments must be a valid plan of the problem (`violations`), and a slot must last longer than nothing.
    """
    assignments, settings = tuple(assignments), settings or Settings()
    runs = runs or usual_runs(problem)
    days = point_days(problem, assignments, settings, seed)
    points: list[PointForecast] = []
    cohorts: dict[str, CohortForecast] = {}
    runs, results = _results(days, runs, should_stop)
    whole = Whole(runs)
    for day, (done, called, at_once) in zip(days, results, strict=True):
        whole.add(called, at_once)
        points.append(_point_forecast(problem, day, called))
        cohorts |= {each.cohort: each for each in _cohort_forecasts(day, called, done)}
    ordered = tuple(cohorts[a.cohort] for a in assignments)
    heads = sum(each.heads for each in ordered)
    unplaced = sum(building.heads for building in problem.buildings) - heads
    return whole.forecast(seed, heads, unplaced, tuple(points), ordered, settings)


def _results(
    days: Sequence[PointDay], runs: int, should_stop: Callable[[], bool]
) -> tuple[int, Iterator[tuple[int, Tally, Tally]]]:
    """How many days there are of every point; and of each point how many its cohorts have, and both its tallies."""
    if not fits_evenly(days, runs):
        return runs, _one_after_another(days, runs, should_stop)
    points = simulate_evenly(days, runs, THREADS, should_stop)
    done = min((point.done for point in points), default=runs)
    if not done:
        raise Stopped
    return done, ((point.done, *point.first_days(done)) for point in points)


def _one_after_another(
    days: Sequence[PointDay], runs: int, should_stop: Callable[[], bool]
) -> Iterator[tuple[int, Tally, Tally]]:
    with ThreadPoolExecutor(THREADS) as pool:
        for called, at_once in pool.map(lambda day: tallies(day, runs, should_stop), days):
            yield runs, called, at_once


def usual_runs(problem: Problem) -> int:
    """200 days; fewer of a large problem, whose days vary less, but never fewer than 20."""
    heads = sum(building.heads for building in problem.buildings)
    return max(LEAST_RUNS, min(DEFAULT_RUNS, USUAL_HEADS // max(1, heads)))


def waits_of(days: Floats, counts: object, settings: Settings) -> Waits:
    """From the figures of each day, and the waits counted on each."""
    came = np.where(days[:, kernels.HEADS] > 0, days[:, kernels.HEADS], np.nan)
    high = estimate(quantiles(counts, 0.95))
    return Waits(
        mean=estimate(days[:, kernels.WAITED] / came),
        median=estimate(quantiles(counts, 0.5)),
        high=high,
        share_busy=estimate(share_from(counts, settings.busy_minutes)),
        share_jammed=estimate(share_from(counts, settings.jammed_minutes)),
        light=light_of(high.mean, settings),
    )


def _point_forecast(problem: Problem, day: PointDay, tally: Tally) -> PointForecast:
    days: Floats = tally.days
    came = np.where(days[:, kernels.HEADS] > 0, days[:, kernels.HEADS], np.nan)
    with_queue = days[:, kernels.LONGEST] > 0
    lane_minutes = day.calendar.lane_minutes + days[:, kernels.OVERTIME]
    return PointForecast(
        point=day.point,
        lanes=len(day.calendar.spells),
        heads=int(day.crowd.head[-1]),
        come=estimate(days[:, kernels.HEADS]),
        waits=waits_of(days, tally.waits, day.settings),
        longest_queue=estimate(days[:, kernels.LONGEST]),
        longest_queue_at=float(np.median(days[with_queue, kernels.LONGEST_AT])) if with_queue.any() else 0.0,
        standing_room=value_at(day.settings.standing_room, day.point),
        outside=estimate(days[:, kernels.OUTSIDE]),
        called_late_minutes=estimate(days[:, kernels.CALLED_LATE] / came),
        closes_at=day.calendar.openings[-1].end,
        end_at=estimate(np.where(np.isnan(came), np.nan, days[:, kernels.END])),
        utilisation=estimate(days[:, kernels.BUSY] / lane_minutes),
    )


def _cohort_forecasts(day: PointDay, tally: Tally, runs: int) -> list[CohortForecast]:
    counts, settings = tally.cohort_waits, day.settings
    median, high, busy, jammed = (
        np.nan_to_num(figure).tolist()
        for figure in (
            quantiles(counts, 0.5),
            quantiles(counts, 0.95),
            share_from(counts, settings.busy_minutes),
            share_from(counts, settings.jammed_minutes),
        )
    )
    return [
        CohortForecast(
            cohort=assignment.cohort,
            point=assignment.point,
            slot=assignment.slot,
            called_at=float(day.planned[k]),
            called_late_minutes=float(tally.cohort_days[k, kernels.LATE]) / runs,
            heads=int(day.crowd.heads[k]),
            wait=estimate_of_sums(*tally.cohort_days[k, : kernels.LATE].tolist()),
            median=median[k],
            high=high[k],
            share_busy=busy[k],
            share_jammed=jammed[k],
            light=light_of(high[k], settings),
        )
        for k, assignment in enumerate(day.assignments)
    ]


@dataclass
class Sums:
    """All points together, day by day."""

    days: Floats  # heads that came, minutes waited, longest queue, the end; the other columns stay empty
    waits: object

    def add(self, tally: Tally) -> None:
        for column in (kernels.HEADS, kernels.WAITED):
            self.days[:, column] += tally.days[:, column]
        for column in (kernels.LONGEST, kernels.END):
            np.maximum(self.days[:, column], tally.days[:, column], out=self.days[:, column])
        self.waits += tally.waits


class Whole:
    """The round as a whole, called by the plan and all at once."""

    def __init__(self, runs: int) -> None:
        self.runs = runs
        self.called, self.at_once = (
            Sums(np.zeros((runs, kernels.FIGURES)), np.zeros((runs, BINS), np.int64)) for _ in range(2)
        )

    def add(self, called: Tally, at_once: Tally) -> None:
        self.called.add(called)
        self.at_once.add(at_once)

    def forecast(
        self,
        seed: int,
        heads: int,
        unplaced: int,
        points: tuple[PointForecast, ...],
        cohorts: tuple[CohortForecast, ...],
        settings: Settings,
    ) -> Forecast:
        days = self.called.days
        return Forecast(
            runs=self.runs,
            seed=seed,
            heads=heads,
            unplaced_heads=unplaced,
            come=estimate(days[:, kernels.HEADS]),
            waits=waits_of(days, self.called.waits, settings),
            longest_queue=estimate(days[:, kernels.LONGEST]),
            end_at=estimate(days[:, kernels.END]) if cohorts else NOTHING,
            points=points,
            cohorts=cohorts,
            saving=self._saving(settings),
            settings=settings,
        )

    def _saving(self, settings: Settings) -> Saving:
        hours, hours_at_once = (sums.days[:, kernels.WAITED] / 60 for sums in (self.called, self.at_once))
        return Saving(
            waiting_hours=estimate(hours),
            waiting_hours_at_once=estimate(hours_at_once),
            hours_saved=estimate(hours_at_once - hours),
            waits_at_once=waits_of(self.at_once.days, self.at_once.waits, settings),
            longest_queue_at_once=estimate(self.at_once.days[:, kernels.LONGEST]),
        )
