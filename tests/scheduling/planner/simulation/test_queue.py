"""One point's queue, case by case: lanes that close, breaks, households, and calls that are held back."""

import math
from itertools import pairwise

import numpy as np
import pytest

from scheduling.planner.simulation.kernels import CALLED_LATE, LONGEST, LONGEST_AT, OUTSIDE
from tests.scheduling.planner.simulation.queues import always_open, run_queue

INF = math.inf


def crowd(seed, heads=300):
    random = np.random.default_rng(seed)
    return np.sort(random.uniform(0, 60, heads)), random.gamma(2, 0.5, heads)


def test_a_household_comes_together_and_is_served_one_after_the_other():
    queue = run_queue([0.0, 1.0], np.ones(5), always_open(1), sizes=[3, 2])

    assert queue.start.tolist() == [0, 1, 2, 3, 4]
    assert queue.arrival.tolist() == [0, 0, 0, 1, 1]


def test_nobody_is_taken_in_a_break_and_whoever_is_in_a_lane_is_finished():
    spells = [[(0, 30, 1.0, 0), (45, INF, 1.0, 45)]]

    queue = run_queue([29.0, 29.5, 40.0], [3.0, 1.0, 1.0], spells)

    assert queue.start.tolist() == [29, 45, 46]


def test_a_lane_that_stops_takes_the_next_when_it_is_back():
    queue = run_queue([5.0, 9.0, 30.0], [1.0, 1.0, 1.0], always_open(1), stops=[(8, 20), (29, 29.5)])

    assert queue.start.tolist() == [5, 20, 30]


def test_the_other_lane_goes_on_while_one_is_stopped():
    queue = run_queue([9.0, 9.0, 9.0], np.ones(3), always_open(2), stops=[(8, 20)])

    assert queue.start.tolist() == [9, 10, 11]


def test_the_speed_is_that_of_the_spell_in_which_a_head_starts():
    spells = [[(0, 10, 2.0, 0), (10, INF, 4.0, 0)]]

    queue = run_queue([0.0] * 7, np.ones(7), spells)

    assert queue.start.tolist() == [0, 2, 4, 6, 8, 10, 14]


@pytest.mark.parametrize("seed", range(20))
def test_everybody_is_served_exactly_once_in_the_order_they_came(seed):
    arrivals, services = crowd(seed)

    queue = run_queue(arrivals, services, always_open(3, 0.5), stops=[(10, 25), (20, 30)])

    assert sorted(queue.arrival) == sorted(arrivals)
    assert (queue.waits >= 0).all() and (np.diff(queue.start) >= 0).all()
    assert queue.tally.waits.sum() == len(arrivals)
    busy = np.array([((queue.start <= t) & (t < queue.start + 0.5 * services)).sum() for t in queue.start])
    assert busy.max() <= 3


@pytest.mark.parametrize("seed", range(20))
def test_one_lane_more_never_makes_anybody_wait_longer(seed):
    arrivals, services = crowd(seed)

    waits = [run_queue(arrivals, services, always_open(lanes, 0.6)).waits for lanes in range(1, 7)]

    for fewer, more in pairwise(waits):
        assert (more <= fewer + 1e-9).all()
    assert waits[0].sum() > waits[-1].sum()


def test_the_longest_queue_is_counted_with_its_time_and_those_beyond_the_standing_room():
    queue = run_queue([0.0, 0.0, 1.5, 1.5, 1.5, 9.0], np.ones(6), always_open(1), room=2)

    # At 1.5 one is being served, one has been, three wait; the third of them stands outside.
    assert queue.tally.days[0, [LONGEST, LONGEST_AT, OUTSIDE]].tolist() == [3, 1.5, 1]


def test_a_cohort_that_is_held_back_is_called_when_there_is_room_for_all_of_it():
    queue = run_queue(
        [0.0, 0.0, 0.0], np.ones(9), always_open(1), sizes=[4, 3, 2], planned=[0, 1, 1], room=5, holds=True
    )

    # Four are called at 0; one goes in at once and three wait. For three more, one of those must have gone in: at 1.
    # For the last two, when three of the seven wait: the fourth went in at 3.
    assert queue.arrival.tolist() == [0] * 4 + [1] * 3 + [3] * 2
    assert queue.tally.days[0, LONGEST] == 5
    assert queue.tally.days[0, CALLED_LATE] == 2 * (3 - 1)


def test_a_cohort_larger_than_the_standing_room_is_called_when_nobody_waits():
    queue = run_queue([0.0, 0.0], np.ones(9), always_open(1), sizes=[3, 6], planned=[0, 0], room=4, holds=True)

    assert queue.arrival.tolist() == [0] * 3 + [2] * 6


@pytest.mark.parametrize("seed", range(20))
def test_held_back_no_more_people_wait_than_there_is_standing_room_for(seed):
    random = np.random.default_rng(seed)
    sizes = random.integers(1, 12, 60)
    planned = np.sort(random.uniform(0, 60, 60))
    late = random.uniform(0, 10, 60)

    held = run_queue(late, np.ones(sizes.sum()), always_open(2), sizes=sizes, planned=planned, room=20, holds=True)
    free = run_queue(late, np.ones(sizes.sum()), always_open(2), sizes=sizes, planned=planned, room=20)

    assert held.tally.days[0, LONGEST] <= 20 < free.tally.days[0, LONGEST]
    assert held.tally.days[0, OUTSIDE] == 0
    assert held.tally.waits.sum() == free.tally.waits.sum() == sizes.sum()
