"""One point's queue with given people, without the cutting into cohorts and slots around it."""

import math
from dataclasses import dataclass

import numpy as np

from scheduling.planner.simulation.crowd import Chances, Crowd, Lanes
from scheduling.planner.simulation.days import Tally, Work
from scheduling.planner.simulation.kernels import BINS, COHORT_FIGURES, FIGURES, Call, simulate_day


@dataclass(frozen=True)
class Queue:
    """What happened, in the order people came."""

    arrival: np.ndarray
    start: np.ndarray
    tally: Tally

    @property
    def waits(self) -> np.ndarray:
        return self.start - self.arrival


def run_queue(arrivals, services, spells, *, stops=(), sizes=None, planned=None, room=math.inf, holds=False) -> Queue:
    """Heads (or households of `sizes`) come at `arrivals` and take `services` minutes each.

    `spells` of each lane are (begin, end, minutes a head, since); `stops` of the first lane are (begin, end). Where
    `planned` is given, it is when each cohort of one household is called, and `arrivals` are minutes after the call.
    """
    arrivals, services = np.asarray(arrivals, float), np.asarray(services, float)
    sizes = np.ones(len(arrivals), int) if sizes is None else np.asarray(sizes)
    households, heads, lanes = len(arrivals), int(sizes.sum()), len(spells)
    one_cohort = planned is None
    crowd = Crowd(
        heads=np.array([heads]) if one_cohort else sizes,
        first=np.array([0, households]) if one_cohort else np.arange(households + 1),
        head=np.concatenate(([0], np.cumsum(sizes))),
        cohort=np.zeros(households, int) if one_cohort else np.arange(households),
    )
    first = np.cumsum([0, *map(len, spells)])
    chances = Chances(
        comes=np.ones((1, households), np.int64),
        offset=arrivals[None, :],
        service=services[None, :],
        slowness=np.ones((lanes, 1)),
        stop_first=np.array([0] + [len(stops)] * lanes),
        stops=np.array(stops, float).reshape(-1, 2),
    )
    cohorts = len(crowd.heads)
    tally = Tally(
        np.zeros((1, FIGURES)),
        np.zeros((1, BINS), np.int32),
        np.zeros((cohorts, BINS), np.int64),
        np.zeros((cohorts, COHORT_FIGURES)),
    )
    work = Work(
        np.zeros(households + 1),
        np.zeros(households + 1, np.int64),
        np.zeros(lanes),
        np.zeros(lanes, np.int64),
        np.zeros(lanes, np.int64),
        np.zeros(heads),
        np.zeros(heads),
        np.zeros((cohorts, 3)),
        np.zeros(4, np.int64),
    )
    call = Call(np.zeros(1) if one_cohort else np.asarray(planned, float), float(room), holds, math.inf)
    flat = np.array([spell for lane in spells for spell in lane], float).reshape(-1, 4)
    simulate_day(crowd, Lanes(first, flat, 0.0), chances, call, work, tally, 0, 0)
    return Queue(work.arrival, work.start, tally)


def always_open(lanes: int, minutes: float = 1.0):
    """Lanes that never close."""
    return [[(-math.inf, math.inf, minutes, 0.0)]] * lanes
