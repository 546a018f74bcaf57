"""Areas side by side: who does them does not show in the plan, and nobody is left behind."""

import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace
from functools import partial

import pytest

from scheduling.planner import Status, Together, solve
from scheduling.planner.large import course as large
from scheduling.planner.large import rounds
from scheduling.planner.large.workers import Alone, Processes
from tests.scheduling.planner.making import make_building, make_point, make_problem, random_problem
from tests.scheduling.planner.test_solve import assert_honest


@pytest.fixture
def small_is_large(monkeypatch):
    """Areas of a few buildings, so that a test need not plan a city."""
    monkeypatch.setattr(large, "LARGE", 1)
    monkeypatch.setattr(large, "MANY_POINTS", 1)
    monkeypatch.setattr(rounds, "AREA_GROUPS", 8)
    monkeypatch.setattr(rounds, "LEAST_POINTS", 2)


@pytest.fixture(scope="module")
def crew():
    crew = Processes(2)
    yield crew
    crew.close()


def town(seed=0):
    """48 buildings on a street with 16 points, a bit short of room here and there."""
    buildings = tuple(
        make_building(f"B{k}", (4, 5, 6 + (k + seed) % 3), x=40 * k, urgency=1 + k % 3) for k in range(48)
    )
    points = tuple(make_point(f"P{k}", 20 if k % 5 else 9, x=120 * k + 30, open_cost=7) for k in range(16))
    return make_problem(points=points, buildings=buildings, slots=4)


def twice(number):
    return 2 * number


def sleep_and_tell(seconds):
    time.sleep(seconds)
    return os.getpid()


def end_the_process(_):
    os._exit(1)


def fail_unless_in(pid):
    if os.getpid() != pid:
        raise MemoryError
    return "done"


def gather(crew, count, seconds=20.0):
    found, end = {}, time.monotonic() + seconds
    while len(found) < count and time.monotonic() < end:
        found |= dict(crew.results(0.1))
    return found


def is_running(pid):
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.mark.parametrize("seed", range(30))
def test_plans_by_areas_keep_every_rule_and_tell_the_truth(small_is_large, seed):
    problem = random_problem(seed, most_buildings=40, most_points=12)

    plan = solve(problem, steps=500, seed=seed, crew=Alone())

    assert_honest(problem, plan)


def test_without_time_for_a_rough_flow_whoever_has_no_place_asks_at_more_points(small_is_large, monkeypatch):
    monkeypatch.setattr(large, "COARSE_SECONDS", 1e6)
    monkeypatch.setattr(rounds.Rounds, "run", lambda *_: None)
    points = tuple(make_point(f"P{k}", 10, x=100 * k) for k in range(40))
    buildings = tuple(make_building(f"B{k}", (10,)) for k in range(40))  # their 16 nearest points take 32 of them

    plan = solve(make_problem(points=points, buildings=buildings, slots=2), seconds=2, crew=Alone())

    assert plan.status is Status.FEASIBLE


@pytest.mark.parametrize("together", list(Together))
def test_processes_give_the_plan_that_one_alone_gives(small_is_large, crew, together):
    problem = replace(town(), together=together)

    by_one = solve(problem, steps=2_000, seed=3, crew=Alone())
    by_many = solve(problem, steps=2_000, seed=3, crew=crew)

    assert_honest(problem, by_one)
    assert replace(by_one, seconds=0) == replace(by_many, seconds=0)


def test_what_a_killed_worker_had_in_hand_is_done_again(small_is_large, crew):
    problem = town(1)
    expected = solve(problem, steps=20_000, seed=1, crew=Alone())
    victim = crew.workers[0].process

    def kill_once():
        if victim.poll() is None and crew.workers[0].task is not None:
            victim.send_signal(signal.SIGKILL)
        return False

    found = solve(problem, steps=20_000, seed=1, crew=crew, should_stop=kill_once)

    assert victim.poll() == -signal.SIGKILL
    assert replace(found, seconds=0) == replace(expected, seconds=0)


def test_a_part_that_kills_whoever_does_it_is_left_undone(crew):
    crew.submit(1, end_the_process, None)
    crew.submit(2, twice, 21)

    assert gather(crew, 2) == {1: None, 2: 42}


def test_what_no_worker_can_do_the_caller_does(crew):
    crew.submit(7, fail_unless_in, os.getpid())

    assert gather(crew, 1) == {7: "done"}


def test_where_no_process_can_be_started_the_caller_does_it_all(monkeypatch):
    monkeypatch.setattr(subprocess, "Popen", partial(raise_, OSError("no room")))
    crew = Processes(2)

    for k in range(3):
        crew.submit(k, twice, k)

    assert gather(crew, 3) == {0: 0, 1: 2, 2: 4}


def raise_(fault, *_args, **_facts):
    raise fault


def test_dropped_parts_never_come_and_new_ones_do(crew):
    crew.submit(1, sleep_and_tell, 60)
    crew.submit(2, twice, 4)
    gather(crew, 1)

    crew.drop()
    crew.submit(3, twice, 5)

    assert gather(crew, 1) == {3: 10}


@pytest.mark.parametrize("after", [0.0, 0.5, 1.2])
def test_stopped_at_any_moment_it_has_a_valid_plan_and_leaves_nobody_at_work(small_is_large, after):
    problem, began = town(2), time.monotonic()
    before = children()

    plan = solve(problem, seconds=30, should_stop=lambda: time.monotonic() - began > after)

    assert time.monotonic() - began < after + 1.5
    assert_honest(problem, plan)
    assert children() == before


def children():
    """Processes that this one has started and that still run."""
    me = os.getpid()
    with open(f"/proc/{me}/task/{threading.get_native_id()}/children") as file:
        return {int(pid) for pid in file.read().split() if is_running(int(pid))}


@pytest.mark.parametrize("seconds", [0, 1.5])
def test_a_run_by_areas_keeps_its_time(small_is_large, seconds):
    problem, began = town(3), time.monotonic()

    plan = solve(problem, seconds=seconds)

    assert time.monotonic() - began < seconds + 1
    assert_honest(problem, plan)


ABANDONED = """
import os, time
from scheduling.planner.large.workers import Processes
from tests.scheduling.planner.test_workers import sleep_and_tell, gather
crew = Processes(2)
crew.submit(1, sleep_and_tell, 0); crew.submit(2, sleep_and_tell, 0.2)
gather(crew, 2)
print(*[worker.process.pid for worker in crew.workers], flush=True)
crew.submit(3, sleep_and_tell, 60)
time.sleep(0.1)
os._exit(1)
"""


def test_workers_end_with_the_one_who_started_them():
    ended = subprocess.run([sys.executable, "-c", ABANDONED], capture_output=True, text=True, timeout=60)
    pids = [int(pid) for pid in ended.stdout.split()]

    end = time.monotonic() + 5
    while any(map(is_running, pids)) and time.monotonic() < end:
        time.sleep(0.05)

    assert len(pids) == 2
    assert not any(map(is_running, pids))


def test_a_large_problem_without_any_way_is_answered_at_once(small_is_large):
    buildings = tuple(make_building(f"B{k}", (5,), tier="closed") for k in range(30))

    plan = solve(make_problem(buildings=buildings), seconds=20)

    assert plan.status is Status.OPTIMAL
    assert len(plan.unplaced) == 30
    assert plan.seconds < 3
