"""The peers of the benchmark get the whole problem and nothing but it: else beating them would say nothing."""

import json
from dataclasses import replace
from pathlib import Path
from subprocess import run
from sys import executable

import pytest

from bench.plans.estates import make_estate
from bench.plans.greedy import greedy_plan
from bench.plans.peers import by_cp_sat
from bench.plans.report import best_bound, merged
from bench.plans.running import Result
from scheduling.planner import Weights, objective, pin_violations, problem_to_json, violations
from tests.scheduling.planner.making import best_by_trying, make_problem, random_problem, unplaced_heads

ROOT = Path(__file__).parents[2]
WEIGHTS = Weights(walk=1, open=2, finish=7, early=3, spread=5, move=4)


def tiny_problem(seed):
    return replace(random_problem(seed, most_buildings=3, most_points=2, most_slots=3), weights=WEIGHTS)


# Where pins contradict each other no peer is asked; where there are more cohorts, trying all plans takes too long.
SEEDS = [seed for seed in range(60) if not pin_violations(random_problem(seed))]
TINY = [
    seed
    for seed in range(60)
    if not pin_violations(tiny_problem(seed)) and sum(len(b.cohorts) for b in tiny_problem(seed).buildings) <= 5
]


@pytest.mark.parametrize("seed", SEEDS)
def test_a_greedy_plan_keeps_every_rule(seed):
    problem = random_problem(seed)

    assert violations(problem, greedy_plan(problem)) == []


@pytest.mark.parametrize("seed", TINY)
def test_the_model_of_the_peers_has_the_same_optimum_as_the_problem(seed):
    problem = tiny_problem(seed)

    plan, is_proved, _ = by_cp_sat(problem, 20)

    assert is_proved
    assert violations(problem, plan) == []
    assert (unplaced_heads(problem, plan), objective(problem, plan)) == pytest.approx(best_by_trying(problem), abs=1e-3)


def test_highs_solves_the_same_model_in_a_process_of_its_own(tmp_path):
    problem = make_problem()
    (tmp_path / "problem.json").write_text(json.dumps(problem_to_json(problem)))
    files = [str(tmp_path / name) for name in ("problem.json", "plan.json")]

    run([executable, "-m", "bench.plans.peers", "HiGHS", *files, "10"], cwd=ROOT, check=True)

    plan = json.loads((tmp_path / "plan.json").read_text())
    assert plan["status"] == "optimal"
    assert plan["objective"] == pytest.approx(objective(problem, by_cp_sat(problem, 10)[0]))


def test_an_estate_of_a_seed_is_always_the_same_and_greedy_places_everybody_there():
    estate = make_estate("hamlet", 3)

    assert estate == make_estate("hamlet", 3) != make_estate("hamlet", 4)
    assert unplaced_heads(estate, greedy_plan(estate)) == 0


def test_the_best_figure_is_the_known_one_then_one_proved_then_the_best_bound():
    from bench.plans.cases import Case

    case = Case("a", "own", Path(), 10)
    results = {"A": Result("A", 10, 0, 7, False, 1), "B": Result("B", 9, 0, 8, False, 1)}

    assert best_bound(replace(case, known=6), results) == (6, "known")
    assert best_bound(replace(case, bound=8.5), results) == (8.5, "bound")
    assert best_bound(case, results | {"C": Result("C", 9, 0, 9, True, 1)}) == (9, "proved")
    assert merged([(case, {})], [(case, results)]) == [(case, results)]
