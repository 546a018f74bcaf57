"""The days of all points evenly, those first that have fewest yet: so there are whole days at any moment."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from scheduling.planner.simulation.crowd import lanes_as_arrays
from scheduling.planner.simulation.days import PointDay, new_tally, new_work
from scheduling.planner.simulation.kernels import BINS, Tally, simulate_days

# Bytes that the figures of all points may take together; beyond, points are simulated one after the other.
MOST_BYTES = 1_000_000_000
# So many points have their next days in one go.
AT_ONCE = 8


def fits_evenly(days: Sequence[PointDay], runs: int) -> bool:
    """Whether the figures of all points fit into memory side by side."""
    cohorts = sum(len(day.crowd.heads) for day in days)
    return 2 * BINS * (8 * cohorts + 4 * runs * len(days)) <= MOST_BYTES


class PointRun:
    """One point, and how many days of it are `done`: called by the plan, and all at the opening."""

    def __init__(self, day: PointDay, runs: int) -> None:
        self.day, self.runs, self.done = day, runs, 0
        self.results = new_tally(day, runs), new_tally(day, runs)
        self._calls = day.as_planned(), day.all_at_once()
        self._lanes, self._work = lanes_as_arrays(day.calendar, day.settings), new_work(day)
        self._blocks = day.blocks(runs)

    def go_on(self) -> None:
        """Another block of days."""
        first, count, chances = next(self._blocks)
        for call, tally in zip(self._calls, self.results, strict=True):
            simulate_days(self.day.crowd, self._lanes, chances, call, self._work, tally, count, first)
        self.done = first + count

    def first_days(self, runs: int) -> tuple[Tally, Tally]:
        """What came out on so many days. Figures of cohorts are sums over all that are done."""
        called, at_once = (t._replace(days=t.days[:runs], waits=t.waits[:runs]) for t in self.results)
        return called, at_once


def simulate_evenly(
    days: Sequence[PointDay], runs: int, threads: int, should_stop: Callable[[], bool]
) -> list[PointRun]:
    """All points with all their days, or where `should_stop` says so with those that were done until then."""
    points = [PointRun(day, runs) for day in days]
    with ThreadPoolExecutor(threads) as pool:
        while not should_stop():
            behind = sorted((point for point in points if point.done < runs), key=lambda point: point.done)
            if not behind:
                break
            list(pool.map(PointRun.go_on, behind[:AT_ONCE]))
    return points
