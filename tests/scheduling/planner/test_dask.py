"""A cluster gives the plan that one process gives, also when a worker dies or the cluster was never there."""

import os
import signal
import socket
from dataclasses import replace

import pytest

from scheduling.planner import solve
from scheduling.planner.large.dask_crew import DaskCrew
from scheduling.planner.large.workers import Alone
from tests.scheduling.planner.test_solve import assert_honest
from tests.scheduling.planner.test_workers import gather, small_is_large, town, twice

assert small_is_large  # a fixture


@pytest.fixture(scope="module")
def cluster():
    distributed = pytest.importorskip("distributed", reason="Dask is not installed")
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, host="127.0.0.1", dashboard_address=None, silence_logs=50
    ) as cluster:
        yield cluster


@pytest.fixture
def nobody_there():
    """An address at which nothing listens."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    return f"tcp://127.0.0.1:{port}"


def test_a_cluster_gives_the_plan_that_one_process_gives(small_is_large, cluster):
    problem = town(4)

    by_one = solve(problem, steps=2_000, seed=3, crew=Alone())
    by_cluster = solve(problem, steps=2_000, seed=3, dask=cluster.scheduler_address)

    assert_honest(problem, by_one)
    assert replace(by_one, seconds=0) == replace(by_cluster, seconds=0)


def test_what_a_killed_worker_of_a_cluster_had_in_hand_is_done_again(small_is_large, cluster):
    problem = town(5)
    expected = solve(problem, steps=20_000, seed=1, crew=Alone())
    victims = [cluster.workers[0].process.process.pid]

    def kill_once():
        if victims and crew._under_way:
            os.kill(victims.pop(), signal.SIGKILL)
        return False

    crew = DaskCrew(cluster.scheduler_address)
    found = solve(problem, steps=20_000, seed=1, crew=crew, should_stop=kill_once)
    crew.close()

    assert not victims
    assert replace(found, seconds=0) == replace(expected, seconds=0)


def test_dropped_parts_of_a_cluster_never_come_and_new_ones_do(cluster):
    crew = DaskCrew(cluster.scheduler_address)
    crew.submit(1, twice, 4)

    crew.drop()
    crew.submit(2, twice, 5)

    assert gather(crew, 1) == {2: 10}
    crew.close()


def test_where_no_scheduler_answers_the_machine_plans_alone(small_is_large, nobody_there, monkeypatch, caplog):
    monkeypatch.setattr("scheduling.planner.large.dask_crew.CONNECT_SECONDS", 0.3)
    problem = town(6)

    plan = solve(problem, steps=200, dask=nobody_there)

    assert_honest(problem, plan)
    assert nobody_there in caplog.text
