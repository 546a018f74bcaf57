"""The search's sums, kept move by move, are those of its places; compiled and plain it goes the same way."""

import json
import subprocess
import sys

import numpy as np
import pytest

from scheduling.planner.arrays import Arrays, arrays_of
from scheduling.planner.kernel_cache import COMPILED
from scheduling.planner.local_search.kernels import State, put_all, total_cost
from scheduling.planner.local_search.search import Cycle, Run, Search, empty_state
from scheduling.planner.rules import first_pin_violation
from scheduling.planner.solve import leaves_nothing_to_decide
from tests.scheduling.planner.making import random_problem

STEPS = 400 if COMPILED else 100


def has_choices(seed: int) -> bool:
    problem = random_problem(seed, most_buildings=12)
    return not first_pin_violation(problem) and not leaves_nothing_to_decide(problem)


SEEDS = [seed for seed in range(50) if has_choices(seed)]


def search_of(seed: int) -> Search:
    search = Search(arrays_of(random_problem(seed, most_buildings=12)), seed)
    search.build(None, search.limit)
    return search


def listed(state: State, p: int, s: int) -> list[int]:
    """The cohorts in the list of a slot."""
    cohorts, c = [], int(state.top[p, s])
    while c >= 0:
        cohorts.append(c)
        c = int(state.after[c])
    return sorted(cohorts)


def assert_sums_hold(arrays: Arrays, search: Search, state: State) -> None:
    fresh = empty_state(arrays, search.task, 0)
    put_all(search.task, fresh, state.point, state.slot)
    for name in ("point", "place", "slot", "room", "count", "used", "busy"):
        assert np.array_equal(getattr(state, name), getattr(fresh, name)), name
    assert state.room.min() >= 0
    for p, s in np.ndindex(*state.room.shape):
        here = (state.slot == s) & (state.point[arrays.group] == p)
        assert listed(state, p, s) == np.flatnonzero(here).tolist()
        assert (arrays.tier[here] == state.held[p, s]).all()


@pytest.mark.parametrize("fillings", [0.0, 0.5])
@pytest.mark.parametrize("seed", SEEDS)
def test_after_any_moves_the_sums_are_those_of_the_places(seed, fillings):
    search = search_of(seed)
    search.chances = (*search.chances[:4], fillings)

    for heat in (1e3, 1.0, 0.1):
        run = Run(search, 0, Cycle(1, hot=1.0, cold=0.1))
        before = float(total_cost(search.task, run.state))
        change = run.anneal(STEPS, heat, heat / 10)
        after = float(total_cost(search.task, run.state))

        assert_sums_hold(search.arrays, search, run.state)
        assert after == pytest.approx(before + change, rel=1e-6, abs=1e-3)


SEARCH = """
import json, sys
from scheduling.planner import kernel_cache
kernel_cache.COMPILED = kernel_cache.COMPILED and sys.argv[1] == "compiled"
from scheduling.planner.local_search.search import Cycle, Run
from tests.scheduling.planner.test_kernels import SEEDS, search_of
found = []
for seed in SEEDS[:5]:
    search = search_of(seed)
    search.chances = (*search.chances[:4], 0.3)
    run = Run(search, 0, Cycle(1, hot=1.0, cold=0.1))
    run.anneal(300, 1.0, 0.01)
    found.append([run.state.point.tolist(), run.state.slot.tolist()])
print(json.dumps(found))
"""


def test_compiled_and_plain_the_search_goes_the_same_way():
    if not COMPILED:
        pytest.skip("the compile cache is not ready: there is nothing to compare plain Python with")

    compiled, plain = (
        json.loads(subprocess.run([sys.executable, "-c", SEARCH, kind], check=True, capture_output=True).stdout)
        for kind in ("compiled", "plain")
    )

    assert compiled == plain
    assert len(compiled) == 5
