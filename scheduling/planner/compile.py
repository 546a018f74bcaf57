"""Fills the compile cache of the kernels: `python -m scheduling.planner.compile`. Nothing to do = done at once."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from scheduling.planner import kernel_cache

if TYPE_CHECKING:
    from scheduling.planner.arrays import Arrays
    from scheduling.planner.problem import Problem


def main() -> int:
    if kernel_cache.is_ready():
        return 0
    for source in kernel_cache.KERNELS:
        for stale in (source.parent / "__pycache__").glob(f"{source.stem}.*.nb[ic]"):
            stale.unlink()
    kernel_cache.COMPILED = True
    compile_all()
    try:
        kernel_cache.mark_ready()
    except OSError as reason:
        sys.stderr.write(f"The planner stays slow: its compile cache cannot be written ({reason.strerror}).\n")
    return 0


def compile_all() -> None:
    """Search tiny problems: every kernel runs once and is kept."""
    from scheduling.planner.arrays import arrays_of
    from scheduling.planner.local_search.search import Rhythm, Search
    from scheduling.planner.one_slot.site_search import Pace, SiteSearch
    from scheduling.planner.one_slot.sites import sites_of
    from scheduling.planner.problem import Building, Cohort, Point, Problem, Weights
    from scheduling.planner.replanning.keep_search import KeepSearch

    buildings = tuple(Building(f"B{k}", (Cohort(f"B{k}-1", 5), Cohort(f"B{k}-2", 4)), x=k) for k in range(4))
    points = (Point("P1", 10), Point("P2", 8, x=3, open_cost=1))
    problem = Problem(15, 3, points, buildings, weights=Weights(1, 1, 1, 1, 1, 1))
    arrays = arrays_of(problem)
    compile_bound(problem, arrays)
    compile_guide(arrays)
    search = Search(arrays, 0)
    search.build(None, search.limit)
    search.improve(Rhythm(deadline=None, steps=3_000, should_stop=lambda: False, tell=lambda _: None))
    sites = sites_of(arrays_of(Problem(15, 1, points, buildings[:1], weights=Weights(1, 1))))
    assert sites is not None
    site_search = SiteSearch(sites, 0)
    site_search.improve(Pace(deadline=None, steps=4_000, should_stop=lambda: False), lambda: None)
    keep = KeepSearch(search.arrays, (search.best.state.point[search.arrays.group], search.best.state.slot), 0)
    keep.anneal_once(3_000)
    compile_fillings()
    compile_simulation(problem)


def compile_bound(problem: Problem, arrays: Arrays) -> None:
    """Prices of room and worths of cohorts."""
    from scheduling.planner.bounds.bound import FinishBound

    bound = FinishBound(problem, arrays, 1)
    bound.refine(lambda: False)
    bound.sharpen(1e9, lambda: False, 5)


def compile_guide(arrays: Arrays) -> None:
    """Share groups among points at prices."""
    import numpy as np

    from scheduling.planner.large.guide import guide_at

    guide_at(arrays, arrays.capacity.astype(np.float64), len(arrays.slots))


def compile_fillings() -> None:
    """Fill a slot by the table, and a very large one by searching."""
    import numpy as np

    from scheduling.planner.bounds.fillings import Filler

    for scale in (1, 10_000):
        Filler(np.array([2, 3]) * scale, np.array([2, 1]), 10 * scale).best(np.array([2, 1]), np.array([5, 8]))


def compile_simulation(problem: Problem) -> None:
    """Simulate days of the tiny problem."""
    from scheduling.planner.plan import Assignment
    from scheduling.planner.simulation import queue_over_day, simulate

    day = [Assignment("B0-1", "P1", 0)]
    simulate(problem, day, runs=2)
    queue_over_day(problem, day, "P1", runs=2)


if __name__ == "__main__":
    sys.exit(main())
