"""When which lane of a point works, and how fast: from the capacity of its slots."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from scheduling.planner.problem import Point, Problem
from scheduling.planner.simulation.settings import DEFAULT_RATE, MOST_LANES, Settings, value_at

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

# Slots so far apart are of different days.
NIGHT_MINUTES = 360


class Spell(NamedTuple):
    """A stretch in which a lane works at one speed. `since` is when it began to work without a break."""

    begin: float
    end: float  # the last of a day lasts until nobody waits: till the next morning, or for ever
    minutes: float  # a head takes so long, on average
    since: float


@dataclass(frozen=True, slots=True)
class Opening:
    """One day of a point: from when to when it is open by the plan."""

    begin: float
    end: float


@dataclass(frozen=True)
class Calendar:
    """The lanes of one point. `spells` of each lane, in order; `openings` of each day on which it is open at all."""

    spells: tuple[tuple[Spell, ...], ...]
    openings: tuple[Opening, ...]
    lane_minutes: float  # of all lanes together, as planned

    def opening_of(self, moment: float) -> Opening:
        """The day that the moment is of."""
        return max((o for o in self.openings if o.begin <= moment), key=lambda o: o.begin, default=self.openings[0])


def slot_starts(problem: Problem, settings: Settings) -> tuple[float, ...]:
    """When each slot begins, in minutes from the first."""
    return settings.slot_starts or tuple(s * problem.slot_minutes for s in range(problem.slots))


def capacities(problem: Problem, point: Point) -> tuple[float, ...]:
    return point.capacity if isinstance(point.capacity, tuple) else (point.capacity,) * problem.slots


def lanes_of(problem: Problem, point: Point, settings: Settings) -> list[int]:
    """How many lanes the point has in each slot: those said, or those the capacity promises, fewer where it is less."""
    capacity = capacities(problem, point)
    fullest = max(capacity, default=0)
    said = value_at(settings.lanes, point.id)
    lanes = fullest / (DEFAULT_RATE * problem.slot_minutes / 60 * settings.utilisation) if said is None else said
    most = min(MOST_LANES, max(1, math.floor(min(lanes, MOST_LANES) + 0.5)))
    return [max(1, math.floor(most * c / fullest + 0.5)) if c > 0 else 0 for c in capacity]


def calendar_of(problem: Problem, point: Point, settings: Settings) -> Calendar:
    """The lanes of a point through all slots; a slot of capacity 0 is a break."""
    lanes, capacity, starts = (
        lanes_of(problem, point, settings),
        capacities(problem, point),
        slot_starts(problem, settings),
    )
    rate = value_at(settings.rate, point.id)
    length = problem.slot_minutes
    minutes = [
        60 / rate if rate is not None else count * length * settings.utilisation / c if c > 0 else 0.0
        for count, c in zip(lanes, capacity, strict=True)
    ]
    openings = _openings(lanes, starts, length)
    spells = tuple(
        _spells([k for k, count in enumerate(lanes) if count > lane], starts, length, minutes, openings)
        for lane in range(max(lanes, default=0))
    )
    return Calendar(spells, openings, sum(lanes) * length)


def _openings(lanes: list[int], starts: tuple[float, ...], length: float) -> tuple[Opening, ...]:
    days: dict[int, Opening] = {}
    day = 0
    for s, start in enumerate(starts):
        if s and start - starts[s - 1] - length >= NIGHT_MINUTES:
            day += 1
        if lanes[s]:
            days[day] = Opening(days[day].begin if day in days else start, start + length)
    return tuple(days.values())


def _spells(
    slots: list[int], starts: tuple[float, ...], length: float, minutes: list[float], openings: tuple[Opening, ...]
) -> tuple[Spell, ...]:
    """The lane works in these slots; after its last one of a day, if the point closes with it, until nobody waits."""
    spells: list[Spell] = []
    for s in slots:
        begin, end = starts[s], starts[s] + length
        follows = bool(spells) and spells[-1].end == begin
        if follows and spells[-1].minutes == minutes[s]:
            spells[-1] = spells[-1]._replace(end=end)
        else:
            spells.append(Spell(begin, end, minutes[s], spells[-1].since if follows else begin))
    mornings = {o.end: nxt for o, nxt in zip(openings, [*(o.begin for o in openings[1:]), math.inf], strict=True)}
    return tuple(spell._replace(end=mornings.get(spell.end, spell.end)) for spell in spells)


def as_arrays(calendar: Calendar) -> tuple[Ints, Floats]:
    """The first spell of each lane (one more entry at the end), and the spells [spell, begin/end/minutes/since]."""
    start = np.cumsum([0, *map(len, calendar.spells)], dtype=np.int64)
    spells = np.array([spell for lane in calendar.spells for spell in lane], np.float64).reshape(-1, 4)
    return start, spells
