"""Who is sent to a point, and the chances of its days: drawn from seeds, so that a day can be looked at again.

Each kind of chance has a stream of its own for every point and block of days. So the first days of a long run are those of a
short one, one point alone has the days it has among all, and two ways of calling meet the same people (common random
numbers, Law and Kelton, Simulation Modeling and Analysis, chapter 11.2).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple

import numpy as np

from scheduling.planner.simulation.calendar import Calendar, Floats, Ints, as_arrays
from scheduling.planner.simulation.settings import Settings

# Shares of households of 1 to 5 heads; 2.4 on average (NUMBERS.md section 1).
HOUSEHOLD_SHARES = (0.22, 0.36, 0.27, 0.10, 0.05)
# So many heads are drawn at once, in whole days, and never more days: memory stays small, whatever is simulated.
BLOCK_HEADS, BLOCK_DAYS = 100_000, 256


class Stream(IntEnum):
    """What a stream of random numbers is for."""

    HOUSEHOLDS = 0
    COMING = 1
    TIMES = 2
    SERVICE = 3
    LANES = 4
    STOPS = 5
    STOP_TIMES = 6


@dataclass(frozen=True)
class Source:
    """Random numbers of one point."""

    seed: int
    point: int

    def stream(self, stream: Stream, block: int = 0) -> np.random.Generator:
        entropy = [self.seed % 2**64, self.point, block, int(stream)]
        return np.random.Generator(np.random.PCG64(np.random.SeedSequence(entropy)))


class Crowd(NamedTuple):
    """The people of one point, cohort by cohort in the order they are called.

    Households of cohort k are [first[k], first[k + 1]); heads of household h are [head[h], head[h + 1]).
    """

    heads: Ints  # of each cohort
    first: Ints
    head: Ints
    cohort: Ints  # of each household


def crowd_of(heads: Ints, source: Source) -> Crowd:
    """Divide cohorts into households; the last one of a cohort is as small as what is left."""
    total = int(heads.sum())
    edges = np.cumsum(HOUSEHOLD_SHARES)[:-1]
    sizes = 1 + np.searchsorted(edges, source.stream(Stream.HOUSEHOLDS).random(total), side="right")
    # Bounds of households if nobody minded cohorts, and those of the cohorts: each stretch between two is a household.
    ends = np.cumsum(heads)
    bounds = np.unique(np.concatenate(([0], np.cumsum(sizes), ends)))
    head = bounds[bounds <= total].astype(np.int64)
    first = np.searchsorted(head, np.concatenate(([0], ends))).astype(np.int64)
    cohort = np.repeat(np.arange(len(heads)), np.diff(first)).astype(np.int64)
    return Crowd(heads, first, head, cohort)


class Chances(NamedTuple):
    """What happens on the days of a block."""

    comes: Ints  # [day, household], 1 = comes
    offset: Floats  # [day, household], minutes after the call; negative = before
    service: Floats  # [day, head], part of the usual time
    slowness: Floats  # [lane, day], part of the usual time
    stop_first: Ints  # stops of lane l on day d are [stop_first[l * days + d], stop_first[l * days + d + 1])
    stops: Floats  # [stop, begin/end]


def days_of_block(crowd: Crowd) -> int:
    """How many days are drawn at once. The settings do not matter: the same days are compared under others."""
    return min(BLOCK_DAYS, max(1, BLOCK_HEADS // max(1, int(crowd.head[-1]))))


def chances_of(crowd: Crowd, calendar: Calendar, settings: Settings, source: Source, block: int) -> Chances:
    """The days of a block. All of a block are drawn, even if fewer are wanted: else they would differ."""
    days, households, heads = days_of_block(crowd), len(crowd.cohort), int(crowd.head[-1])
    comes = source.stream(Stream.COMING, block).random((days, households)) >= settings.no_show
    times = source.stream(Stream.TIMES, block).random((days, households))
    lanes = len(calendar.spells)
    slowness = _with_mean_one(source.stream(Stream.LANES, block).standard_normal((lanes, days)), settings.lane_cv)
    stop_first, stops = _stops(calendar, settings, source, block, days)
    return Chances(
        comes.astype(np.int64),
        offsets(times, settings.early_minutes, settings.late_minutes),
        _service(source.stream(Stream.SERVICE, block), (days, heads), settings.service_cv),
        slowness,
        stop_first,
        stops,
    )


def offsets(chance: Floats, early: float, late: float) -> Floats:
    """Triangular from `early` before the call to `late` after it, most at the call (by the inverse of its distribution)."""
    width = early + late
    if width <= 0:
        return np.zeros_like(chance)
    before = -early + np.sqrt(chance * width * early)
    after = late - np.sqrt((1 - chance) * width * late)
    return np.where(chance < early / width, before, after)


def _service(random: np.random.Generator, shape: tuple[int, int], cv: float) -> Floats:
    """Gamma of mean 1: deterministic at cv 0, exponential at 1."""
    if cv <= 0:
        return np.ones(shape)
    return np.asarray(random.standard_gamma(1 / cv**2, shape) * cv**2, np.float64)


def _with_mean_one(normal: Floats, cv: float) -> Floats:
    """Lognormal of mean 1."""
    sigma = np.sqrt(np.log1p(cv**2))
    return np.asarray(np.exp(sigma * normal - sigma**2 / 2), np.float64)


def _stops(calendar: Calendar, settings: Settings, source: Source, block: int, days: int) -> tuple[Ints, Floats]:
    """Closures of lanes: a Poisson process over the opening, each as long as an exponential draw."""
    lanes = len(calendar.spells)
    begin, end = calendar.openings[0].begin, calendar.openings[-1].end
    expected = settings.stops_per_hour * (end - begin) / 60 if settings.stop_minutes > 0 else 0.0
    count = source.stream(Stream.STOPS, block).poisson(expected, lanes * days)
    first = np.concatenate(([0], np.cumsum(count))).astype(np.int64)
    draws = source.stream(Stream.STOP_TIMES, block).random((int(first[-1]), 2))
    at = begin + (end - begin) * draws[:, 0]
    stops = np.column_stack((at, at - settings.stop_minutes * np.log1p(-draws[:, 1])))
    owner = np.repeat(np.arange(lanes * days), count)
    return first, stops[np.lexsort((at, owner))]


class Lanes(NamedTuple):
    """The calendar as arrays, see `as_arrays`."""

    first: Ints
    spells: Floats
    fatigue: float  # a minute


def lanes_as_arrays(calendar: Calendar, settings: Settings) -> Lanes:
    first, spells = as_arrays(calendar)
    return Lanes(first, spells, settings.fatigue / 60)
