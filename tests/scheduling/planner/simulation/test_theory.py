"""The queue agrees with queueing theory.

Each day begins empty and its first people are left out until the queue has forgotten that. Days are independent; the seeds
are fixed, and the means of 40 days must lie within 3.6 standard errors of the theory: had the seeds been drawn anew, a
right simulation would fail once in a thousand times (Student's t, 39 degrees of freedom), a wrong one nearly always.
"""

import math

import numpy as np
import pytest

from scheduling.planner.kernel_cache import COMPILED
from tests.scheduling.planner.simulation.queues import always_open, run_queue
from tests.scheduling.planner.simulation.theory import erlang_c, mean_wait_mg1, mean_wait_mmc

DAYS = 40
HEADS = 12_000 if COMPILED else 1_500
WARM_UP = HEADS // 10
STANDARD_ERRORS = 3.6


def poisson_arrivals(random, heads, rate):
    return np.cumsum(random.exponential(1 / rate, heads))


def waits_of_days(rate, lanes, services):
    """The waits of each day, its first people left out."""
    for day in range(DAYS):
        random = np.random.default_rng([2022, day, lanes])
        arrivals = poisson_arrivals(random, HEADS, rate)
        yield run_queue(arrivals, services(random), always_open(lanes)).waits[WARM_UP:]


def agrees(values, theory):
    values = np.array(values)
    return abs(values.mean() - theory) <= STANDARD_ERRORS * values.std(ddof=1) / math.sqrt(len(values))


@pytest.mark.parametrize(("lanes", "use"), [(1, 0.6), (2, 0.8), (4, 0.85), (10, 0.9)])
def test_the_mean_wait_and_the_chance_to_wait_are_those_of_erlang_c(lanes, use):
    load = lanes * use  # heads a minute, each takes one

    days = list(waits_of_days(load, lanes, lambda random: random.exponential(1, HEADS)))

    assert agrees([day.mean() for day in days], mean_wait_mmc(lanes, load, 1))
    assert agrees([(day > 0).mean() for day in days], erlang_c(lanes, load))


@pytest.mark.parametrize("cv", [0, 0.5])
def test_the_mean_wait_at_one_lane_is_that_of_pollaczek_and_khinchine(cv):
    def services(random):
        return random.gamma(1 / cv**2, cv**2, HEADS) if cv else np.ones(HEADS)

    days = waits_of_days(0.8, 1, services)

    assert agrees([day.mean() for day in days], mean_wait_mg1(0.8, 1, cv))


def test_a_wrong_theory_would_be_noticed():
    days = list(waits_of_days(1.6, 2, lambda random: random.exponential(1, HEADS)))

    assert not agrees([day.mean() for day in days], 1.25 * mean_wait_mmc(2, 1.6, 1))


def test_nobody_waits_where_people_come_and_go_in_step():
    queue = run_queue(np.arange(500) * 0.5, np.ones(500), always_open(2))

    assert queue.waits.max() == 0


def test_erlang_c_is_the_known_value():
    # The usual textbook case: two servers, load 1.6, 64/90 have to wait.
    assert erlang_c(2, 1.6) == pytest.approx(64 / 90)
