"""Problems that only ask how many slots are needed: as few as can be proved, and soon."""

import random
from itertools import product

import numpy as np
import pytest

from scheduling.planner import Status, Weights, kernel_cache, solve, violations
from scheduling.planner.bounds.fillings import Filler, fill_plainly
from scheduling.planner.exact.packing import pack_slots
from tests.scheduling.planner.making import make_building, make_point, make_problem


def packing_problem(heads: list[int], room: int, **facts: object):
    """One point, and as many slots as there are cohorts at most."""
    buildings = tuple(make_building(f"B{k}", (count,)) for k, count in enumerate(heads))
    usual = {"points": (make_point("P1", room),), "buildings": buildings, "slots": len(heads)}
    return make_problem(**usual | {"weights": Weights(finish=1)} | facts)


def fewest_by_trying(heads: list[int], room: int) -> int:
    """By putting the cohorts, one after another, into every slot that is begun or into a new one."""
    best = len(heads)

    def put(k: int, loads: list[int]) -> None:
        nonlocal best
        if len(loads) >= best:
            return
        if k == len(heads):
            best = len(loads)
            return
        for s in range(len(loads)):
            if loads[s] + heads[k] <= room:
                put(k + 1, [*loads[:s], loads[s] + heads[k], *loads[s + 1 :]])
        put(k + 1, [*loads, heads[k]])

    put(0, [])
    return best


def drawn(seed: int, count: int, least: int, most: int) -> list[int]:
    rng = random.Random(seed)
    return [rng.randint(least, most) for _ in range(count)]


def triplets(seed: int, slots: int) -> list[int]:
    """Three and three fill a slot of 1,000 exactly (Falkenauer 1996)."""
    rng, heads = random.Random(seed), []
    for _ in range(slots):
        largest = rng.randint(380, 490)
        middle = rng.randint(250, (1000 - largest) // 2)
        heads += [largest, middle, 1000 - largest - middle]
    rng.shuffle(heads)
    return heads


@pytest.mark.parametrize("seed", range(25))
def test_few_cohorts_are_packed_into_as_few_slots_as_trying_finds(seed):
    rng = random.Random(seed)
    room = rng.choice((10, 37, 100))
    heads = [rng.randint(1, max(2, room // rng.choice((1, 2, 3)))) for _ in range(rng.randint(3, 9))]

    packing = pack_slots(np.array(heads), room, len(heads) + 1, attempts=20, seconds=lambda: 9.0, seed=seed)

    fewest = fewest_by_trying(heads, room)
    assert packing.bound == fewest
    assert packing.slots is not None
    assert len(packing.slots) == fewest
    assert sorted(c for slot in packing.slots for c in slot) == list(range(len(heads)))
    assert all(sum(heads[c] for c in slot) <= room for slot in packing.slots)


@pytest.mark.parametrize(
    ("heads", "room", "slots"),
    [
        (triplets(1, 20), 1000, 20),
        (drawn(5, 250, 20, 100), 150, None),
        ([30] * 200 + [45] * 99, 150, 70),
        (drawn(7, 40, 20_000, 35_000), 100_000, None),
    ],
)
def test_a_packing_is_proved_to_need_as_few_slots_as_it_has(heads, room, slots):
    if not kernel_cache.COMPILED:
        pytest.skip("without compiled kernels it takes too long: make setup")
    problem = packing_problem(heads, room)

    plan = solve(problem, steps=200_000)

    assert violations(problem, plan.assignments) == []
    assert plan.status is Status.OPTIMAL
    assert slots is None or plan.objective == slots


@pytest.mark.parametrize("seed", range(20))
def test_the_best_filling_is_worth_what_trying_all_of_them_finds(seed):
    rng = random.Random(seed)
    sizes = np.array(sorted(rng.sample(range(1, 30), 5)))
    most = np.array([rng.randint(0, 4) for _ in sizes])
    worth, room = np.array([rng.randint(0, 50) for _ in sizes]), rng.randint(20, 60)
    fillings = [np.array(f) for f in product(*(range(m + 1) for m in most)) if np.array(f) @ sizes <= room]
    best = max(int(f @ worth) for f in fillings)

    pattern, value = Filler(sizes, most, room).best(most, worth)
    plainly = fill_plainly(sizes, most, worth, room)

    assert value == best == pattern @ worth
    assert pattern @ sizes <= room
    assert (plainly[0].tolist(), plainly[1]) == (pattern.tolist(), value)


@pytest.mark.parametrize("seed", range(10))
def test_in_very_large_slots_the_best_filling_is_found_by_searching(seed):
    if not kernel_cache.COMPILED:
        pytest.skip("without compiled kernels such slots are left to the general search: make setup")
    rng = random.Random(seed)
    sizes = np.array(sorted(rng.sample(range(20, 36), 6))) * 1000
    most = np.array([rng.randint(1, 2) for _ in sizes])
    worth = np.array([rng.randint(0, 50) for _ in sizes])
    fillings = [np.array(f) for f in product(*(range(m + 1) for m in most)) if np.array(f) @ sizes <= 100_000]

    pattern, value = Filler(sizes, most, 100_000).best(most, worth)

    assert value == max(int(f @ worth) for f in fillings) == pattern @ worth
    assert pattern @ sizes <= 100_000


def test_the_same_steps_and_seed_give_the_same_packing():
    problem = packing_problem(drawn(2, 60, 10, 60), 100)

    first, second = (solve(problem, steps=20_000, seed=3) for _ in range(2))

    assert first.assignments == second.assignments
