"""Days of whole plans: who comes, what chance decides and what it must not."""

import json
import os
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from scheduling.planner import Assignment, problem_to_json, solve
from scheduling.planner.kernel_cache import COMPILED
from scheduling.planner.simulation import Light, Settings, forecast_to_json, queue_over_day, simulate
from scheduling.planner.simulation.crowd import Source, crowd_of, offsets
from scheduling.planner.simulation.days import point_days, tallies
from scheduling.planner.simulation.kernels import HEADS, note_queue, simulate_day, simulate_days
from tests.scheduling.planner.making import assign, make_building, make_point, make_problem, random_problem

# Everybody comes at their time, and every lane works all the time at the same speed.
STEADY = Settings(
    early_minutes=0, late_minutes=0, no_show=0, service_cv=0, lane_cv=0, fatigue=0, stops_per_hour=0, in_turn=True
)


def crowded_day():
    """A building of 400 heads at one point that is just large enough, in cohorts of 20 over ten slots."""
    building = make_building("B1", (20,) * 20)
    problem = make_problem(slots=10, slot_minutes=30, buildings=(building,), points=(make_point("P1", 40),))
    return problem, assign(*((f"B1-{k + 1}", "P1", k // 2) for k in range(20)))


@pytest.mark.parametrize("seed", range(30))
def test_everybody_who_comes_is_served_exactly_once(seed):
    problem = random_problem(seed)
    plan = solve(problem, steps=200, seed=seed).assignments

    forecast = simulate(problem, plan, Settings(no_show=0.2), runs=3, seed=seed)
    everybody = simulate(problem, plan, Settings(no_show=0), runs=3, seed=seed)

    placed = sum(problem.heads(a.cohort) for a in plan)
    assert everybody.heads == everybody.come.mean == placed
    assert sum(point.heads for point in forecast.points) == sum(c.heads for c in forecast.cohorts) == placed
    assert forecast.come.mean == pytest.approx(sum(point.come.mean for point in forecast.points))
    assert forecast.heads + forecast.unplaced_heads == sum(b.heads for b in problem.buildings)
    for day in point_days(problem, plan, Settings(no_show=0.2), seed):
        for tally in tallies(day, 3):
            assert tally.waits.sum() == tally.cohort_waits.sum() == tally.days[:, HEADS].sum()


def test_nobody_waits_where_people_come_in_step_with_their_lane():
    problem, plan = crowded_day()
    alone = replace(problem, buildings=(make_building("B1", (1,) * 20),))  # a household of one is a cohort of one

    forecast = simulate(alone, plan, replace(STEADY, lanes=1), runs=5)

    assert forecast.waits.mean.mean == 0
    assert forecast.waits.mean.high == 0


def test_the_same_seed_gives_the_same_forecast_and_another_seed_another_one():
    problem, plan = crowded_day()

    assert simulate(problem, plan, runs=20, seed=4) == simulate(problem, plan, runs=20, seed=4)
    assert simulate(problem, plan, runs=20, seed=4) != simulate(problem, plan, runs=20, seed=5)


def test_the_first_days_of_a_long_run_are_those_of_a_short_one():
    problem, plan = crowded_day()
    (day,) = point_days(problem, plan, Settings(), 3)

    short, long = tallies(day, 10)[0], tallies(day, 400)[0]

    assert (short.days == long.days[:10]).all()


def test_a_point_has_the_same_days_alone_as_among_others():
    points = (make_point("P1", 60), make_point("P2", 60))
    problem = make_problem(points=points, together="cohort")
    plan = assign(("B1-1", "P1", 0), ("B1-2", "P2", 0), ("B2-1", "P2", 0), ("B2-2", "P2", 1))

    alone = simulate(problem, plan[1:], runs=10).points[0]
    among = simulate(problem, plan, runs=10).points[1]

    assert alone == among


def test_more_lanes_never_make_a_day_wait_longer():
    problem, plan = crowded_day()

    waits = [
        simulate(problem, plan, Settings(lanes=lanes, rate=80, lane_cv=0, stops_per_hour=0, fatigue=0), runs=30)
        for lanes in (1, 2, 3, 4)
    ]

    means = [forecast.waits.mean.mean for forecast in waits]
    assert means == sorted(means, reverse=True)
    assert means[0] > 2 * means[-1]


@pytest.mark.parametrize(
    ("worse", "what"),
    [
        (Settings(fatigue=0.2), "lanes that tire"),
        (Settings(stops_per_hour=1, stop_minutes=15), "lanes that stop"),
        (Settings(rate=60), "slow lanes"),
        (Settings(lanes=1), "too few lanes"),
    ],
)
def test_a_worse_day_has_longer_waits_and_a_later_end(worse, what):
    problem, plan = crowded_day()
    usual = simulate(problem, plan, Settings(rate=80, lanes=2), runs=50)

    bad = simulate(problem, plan, replace(worse, rate=worse.rate or 80, lanes=worse.lanes or 2), runs=50)

    assert bad.waits.mean.low > usual.waits.mean.high, what
    assert bad.end_at.mean > usual.end_at.mean, what


def test_all_at_the_opening_wait_much_longer_and_the_saving_is_the_difference():
    problem, plan = crowded_day()

    saving = simulate(problem, plan, runs=50).saving

    assert saving.hours_saved.mean == pytest.approx(saving.waiting_hours_at_once.mean - saving.waiting_hours.mean)
    assert saving.hours_saved.low > 100  # 400 people, the last of whom would stand there for hours
    assert saving.waits_at_once.light is Light.JAMMED


def test_a_break_at_noon_is_waited_through():
    problem, _ = crowded_day()
    broken = replace(problem, points=(make_point("P1", (40, 40, 40, 0, 0, 40, 40, 40, 40, 40)),))
    plan = assign(*((f"B1-{k + 1}", "P1", 2) for k in range(2)))

    late = simulate(broken, plan, replace(STEADY, lanes=1, rate=60), runs=2)

    # Forty come within half an hour, a minute each: who is not taken until 90 waits until 150.
    assert late.end_at.mean == pytest.approx(160, abs=1)
    assert late.points[0].closes_at == 300


def test_held_calls_keep_the_queue_within_the_standing_room():
    problem, plan = crowded_day()
    rushed = Settings(standing_room=25)

    free, held = (simulate(problem, plan, replace(rushed, holds=holds), runs=50).points[0] for holds in (False, True))

    assert held.longest_queue.usually_below <= 25 < free.longest_queue.mean
    assert held.outside.mean == 0 < free.outside.mean
    assert held.called_late_minutes.mean > 0 == free.called_late_minutes.mean


def test_the_queue_over_the_day_has_the_longest_queue_that_the_forecast_has():
    problem, plan = crowded_day()

    queue = queue_over_day(problem, plan, "P1", runs=50, step_minutes=0.5)
    point = simulate(problem, plan, runs=50).points[0]

    assert len(queue.low) == len(queue.median) == len(queue.high)
    assert all(low <= median <= high for low, median, high in zip(queue.low, queue.median, queue.high, strict=True))
    assert 0.7 * point.longest_queue.mean < max(queue.high) <= 1.3 * point.longest_queue.usually_below
    assert queue.median[0] == queue.high[-1] == 0
    assert queue_over_day(problem, plan[:0], "P1") is None


def test_where_nobody_comes_nobody_waits():
    problem, plan = crowded_day()

    forecast = simulate(problem, plan, Settings(no_show=1), runs=4)

    assert (forecast.come.mean, forecast.waits.mean.mean, forecast.end_at.mean) == (0, 0, 0)
    assert simulate(problem, [], runs=4).points == ()


def test_households_have_2_4_heads_and_keep_to_their_cohort():
    crowd = crowd_of(np.array([5_000, 1, 30_000]), Source(1, 0))

    assert crowd.head[-1] == 35_001
    assert crowd.head[crowd.first].tolist() == [0, 5_000, 5_001, 35_001]
    assert 35_001 / len(crowd.cohort) == pytest.approx(2.4, abs=0.03)
    assert np.diff(crowd.head).min() == 1 and np.diff(crowd.head).max() == 5


def test_people_come_from_early_to_late_and_most_at_their_time():
    times = offsets(np.random.default_rng(2).random(100_000), 5, 10)

    assert times.min() >= -5 and times.max() <= 10
    assert times.mean() == pytest.approx((10 - 5) / 3, abs=0.05)  # the mean of a triangle
    assert (offsets(np.array([0.0, 0.999]), 0, 0) == 0).all()


def test_the_saved_json_is_json():
    problem, plan = crowded_day()

    data = json.loads(json.dumps(forecast_to_json(simulate(problem, plan, runs=1)), allow_nan=False))

    assert data["version"] == 1
    assert data["points"][0]["waits"]["median"].keys() == {"mean", "low", "high", "usually_below"}
    assert data["points"][0]["waits"]["median"]["low"] is None  # a single day says nothing of others
    assert [cohort["cohort"] for cohort in data["cohorts"]] == [a.cohort for a in plan]


@pytest.mark.skipif(not COMPILED, reason="the kernels run as plain Python here anyway")
def test_nobody_waits_for_a_compiler_whatever_numbers_are_given():
    problem, plan = crowded_day()
    starts = tuple(30.5 * slot for slot in range(10))

    for settings in (
        Settings(),
        Settings(standing_room=30, holds=True, fatigue=0),
        Settings(slot_starts=starts, rate=80),
    ):
        simulate(problem, plan, settings, runs=2)
        queue_over_day(problem, plan, "P1", settings, runs=2, step_minutes=2.5)
        simulate(replace(problem, slot_minutes=29.5), plan, settings, runs=2)

    assert all(len(each.signatures) == 1 for each in (simulate_days, simulate_day, note_queue))


@pytest.mark.skipif(not COMPILED, reason="the kernels run as plain Python here anyway")
def test_compiled_and_as_plain_python_the_days_are_the_same():
    problem, plan = crowded_day()
    code = (
        "import json, sys\n"
        "from scheduling.planner import Assignment, problem_from_json\n"
        "from scheduling.planner.simulation import Settings, forecast_to_json, simulate\n"
        "problem, plan = json.load(sys.stdin)\n"
        "settings = Settings(standing_room=30, holds=True)\n"
        "plan = [Assignment(*each) for each in plan]\n"
        "print(json.dumps(forecast_to_json(simulate(problem_from_json(problem), plan, settings, runs=2))))\n"
    )
    given = json.dumps([problem_to_json(problem), [(a.cohort, a.point, a.slot) for a in plan]])

    plain = subprocess.run(
        [sys.executable, "-c", code],
        input=given,
        env=os.environ | {"NUMBA_DISABLE_JIT": "1"},
        capture_output=True,
        text=True,
        check=True,
    )

    compiled = forecast_to_json(simulate(problem, plan, Settings(standing_room=30, holds=True), runs=2))
    assert json.loads(plain.stdout) == json.loads(json.dumps(compiled))


def test_a_plan_of_another_order_within_its_slots_is_another_order_of_calls():
    problem, plan = crowded_day()

    turned = [Assignment(a.cohort, a.point, a.slot) for a in reversed(plan)]

    calls = {c.cohort: c.called_at for c in simulate(problem, turned, Settings(in_turn=True), runs=1).cohorts}
    assert calls["B1-2"] == 0 < calls["B1-1"] == 15
