"""A pair for each cost: none, and as much as counted by hand."""

from scheduling.planner import Weights, costs, objective
from tests.scheduling.planner.making import assign, make_building, make_point, make_problem


def test_walk_is_heads_times_metres():
    problem = make_problem()

    assert costs(problem, assign(("B1-1", "P1", 0)))["walk"] == 0
    assert costs(problem, assign(("B1-1", "P2", 0), ("B1-2", "P2", 0)))["walk"] == 3_000


def test_walk_is_read_from_the_matrix_where_there_is_one():
    problem = make_problem(walk=((5, 7.5), (1, 1)))

    assert costs(problem, assign(("B1-1", "P1", 0)))["walk"] == 50
    assert costs(problem, assign(("B1-1", "P2", 0)))["walk"] == 75


def test_opening_is_paid_once_for_each_used_point():
    problem = make_problem(points=(make_point("P1", open_cost=500), make_point("P2", open_cost=300)))

    assert costs(problem, [])["open"] == 0
    assert costs(problem, assign(("B1-1", "P1", 0), ("B2-1", "P1", 1)))["open"] == 500
    assert costs(problem, assign(("B1-1", "P1", 0), ("B2-1", "P2", 1)))["open"] == 800


def test_finish_is_one_more_than_the_last_slot():
    problem = make_problem()

    assert costs(problem, [])["finish"] == 0
    assert costs(problem, assign(("B1-1", "P1", 0), ("B2-1", "P1", 2)))["finish"] == 3


def test_early_is_urgency_times_heads_times_slot():
    problem = make_problem(buildings=(make_building("B1", (10,), urgency=3),))

    assert costs(problem, assign(("B1-1", "P1", 0)))["early"] == 0
    assert costs(problem, assign(("B1-1", "P1", 2)))["early"] == 60


def test_spread_is_from_the_first_to_the_last_slot_of_a_building():
    problem = make_problem()

    assert costs(problem, assign(("B1-1", "P1", 2), ("B1-2", "P1", 2), ("B2-1", "P1", 0)))["spread"] == 0
    assert costs(problem, assign(("B1-1", "P1", 0), ("B1-2", "P1", 3)))["spread"] == 3


def test_move_counts_heads_sent_elsewhere_than_last_time():
    problem = make_problem(previous={"B1": "P2"})

    assert costs(problem, assign(("B1-1", "P2", 0), ("B2-1", "P1", 0)))["move"] == 0
    assert costs(problem, assign(("B1-1", "P1", 0), ("B1-2", "P1", 0)))["move"] == 30


def test_the_objective_adds_each_cost_times_its_weight():
    problem = make_problem(weights=Weights(walk=2, finish=100))

    assert objective(problem, []) == 0
    assert objective(problem, assign(("B1-1", "P2", 1))) == 2 * 10 * 100 + 100 * 2
