"""One slot: which points to open and who goes to which, against trying everything."""

import math
import random
from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from scheduling.planner import Building, Cohort, Point, Problem, Weights, objective, solve, violations
from scheduling.planner.arrays import arrays_of
from scheduling.planner.one_slot.knapsack_kernels import knapsack
from scheduling.planner.one_slot.site_tree import Tree, work_of
from scheduling.planner.one_slot.sites import Sites, sites_of
from tests.scheduling.planner.making import best_by_trying, random_problem, unplaced_heads


def siting(seed: int, buildings: int, points: int, tightness: float = 0.8) -> Problem:
    """Points that cost something, buildings around them, all in one slot."""
    rng = random.Random(seed)
    heads = [rng.randint(3, 30) for _ in range(buildings)]
    room = round(sum(heads) / points / tightness) + 15
    return Problem(
        slot_minutes=15,
        slots=1,
        points=tuple(
            Point(f"P{k}", room, rng.uniform(0, 100), rng.uniform(0, 100), open_cost=rng.choice((0, 200, 900)))
            for k in range(points)
        ),
        buildings=tuple(
            Building(f"B{k}", (Cohort(f"B{k}-1", count),), rng.uniform(0, 100), rng.uniform(0, 100))
            for k, count in enumerate(heads)
        ),
        weights=Weights(walk=1, open=1),
    )


@pytest.mark.parametrize("seed", range(25))
def test_in_one_slot_no_plan_is_better_and_no_bound_is_false(seed):
    problem = replace(random_problem(seed + 500, most_buildings=3, most_points=3, most_slots=1), slots=1)
    if len(problem.cohort_ids) > 5:
        problem = replace(problem, buildings=problem.buildings[:2], walk=problem.walk and problem.walk[:2], previous={})
    best = best_by_trying(problem)

    plan = solve(problem, steps=4_000, seed=seed)

    if best is not None:
        assert (unplaced_heads(problem, plan.assignments), plan.objective) == (best[0], pytest.approx(best[1]))
        assert plan.lower_bound is None or plan.lower_bound <= best[1] + 1e-6


@pytest.mark.parametrize("seed", range(6))
def test_sites_are_chosen_validly_and_the_same_way_again(seed):
    problem = siting(seed, buildings=40, points=8)
    assert sites_of(arrays_of(problem, 8)) is not None

    first, second = (solve(problem, steps=20_000, seed=seed) for _ in range(2))

    assert violations(problem, first.assignments) == []
    assert not first.unplaced
    assert first.objective == pytest.approx(objective(problem, first.assignments))
    assert first.assignments == second.assignments


def random_sites(seed: int) -> Sites:
    """Few enough to try all; whole costs or any, much room or little, some places forbidden."""
    rng = np.random.default_rng(seed)
    customers, points = int(rng.integers(2, 8)), int(rng.integers(1, 5))
    weight = rng.integers(1, 12, customers)
    room = rng.integers(5, max(6, round(3.2 * weight.sum() / points)), points)
    if rng.random() < 0.3:
        room[:] = room.max()
    cost, opening = rng.uniform(0, 60, (customers, points)), rng.uniform(0, 100, points) * rng.integers(0, 2)
    if rng.random() < 0.5:
        cost, opening = np.round(cost), np.round(opening)
    cost[(weight[:, None] > room) | (rng.random(cost.shape) < 0.1)] = np.inf
    return Sites(np.arange(customers), weight, room, cost, opening, 0.0)


def best_of_sites(sites: Sites) -> float:
    """The cost of the best way to send everybody somewhere; inf = there is none."""
    best = math.inf
    customers, points = sites.cost.shape
    for at in product(range(points), repeat=customers):
        load = np.bincount(at, sites.weight, points)
        if (load <= sites.room).all():
            used = sorted(set(at))
            best = min(best, float(sites.cost[np.arange(customers), at].sum() + sites.opening[used].sum()))
    return best


@pytest.mark.parametrize("seed", range(40))
def test_the_tree_ends_with_the_best_there_is_and_never_bounds_above_it(seed):
    sites = random_sites(seed)
    best, tree = best_of_sites(sites), Tree(sites)

    for _ in range(2_000):
        tree.step(20)
        assert tree.lower_bound <= best + 1e-9
        if tree.is_done:
            break

    assert tree.is_done
    assert tree.cost == pytest.approx(best)


def test_costs_that_are_nearly_whole_are_not_taken_for_whole_where_the_difference_counts():
    cost = np.array([[1.002, 1.0], [1.0, 1.001]])
    sites = Sites(np.arange(2), np.array([1, 1]), np.array([2, 2]), cost, np.zeros(2), 0.0)
    tree = Tree(sites)

    tree.offer(2.003, np.array([0, 1]))
    while not tree.is_done:
        tree.step(10)

    assert tree.grain == 1
    assert tree.lower_bound == pytest.approx(2.0, abs=1e-8)


@pytest.mark.parametrize("seed", range(20))
def test_the_tree_proves_what_was_found_elsewhere(seed):
    sites = random_sites(seed + 1_000)
    best, tree = best_of_sites(sites), Tree(sites)
    worse = best + (tree.grain or 1.0) if math.isfinite(best) else 1_000.0 * (tree.grain or 1.0)

    tree.offer(worse, np.zeros(len(sites.weight), np.int64))  # the cost alone is looked at
    while not tree.is_done:
        tree.step(10)

    assert tree.cost == pytest.approx(min(best, worse))


@pytest.mark.parametrize("seed", range(20))
def test_a_knapsack_is_filled_as_well_as_can_be(seed):
    rng = np.random.default_rng(seed)
    count = int(rng.integers(1, 12))
    size, profit = rng.integers(1, 30, count), rng.uniform(0.1, 30, count)
    order = np.argsort(-profit / size, kind="stable")
    size, profit, room = size[order], profit[order], int(rng.integers(30, 120))
    work = work_of(Tree(random_sites(0)).task)._replace(
        size=np.append(size, 0), profit=np.append(profit, 0), **{
            name: np.zeros(count + 1, np.int64) for name in ("item", "taken", "answer", "fewest")
        }
    )  # fmt: skip

    value = knapsack(work, count, room)

    chosen = np.array(list(product((0, 1), repeat=count)))
    assert value == pytest.approx((chosen @ profit)[chosen @ size <= room].max())
    assert work.answer[:count] @ size <= room
    assert work.answer[:count] @ profit == pytest.approx(value)


@pytest.mark.parametrize("seed", range(4))
def test_a_middling_problem_is_proved(seed):
    problem = siting(seed, buildings=40, points=8)

    plan = solve(problem, steps=300_000, seed=seed)

    assert plan.status == "optimal"
    assert plan.lower_bound == plan.objective


def test_where_not_all_fit_the_others_are_placed_as_before():
    problem = replace(siting(1, buildings=20, points=4), points=siting(1, buildings=20, points=4).points[:2])

    plan = solve(problem, steps=20_000)

    assert plan.unplaced
    assert violations(problem, plan.assignments) == []
