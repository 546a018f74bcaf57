"""What the day will look like: small frozen values, and the same as JSON (docs/simulate.md explains each key)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum

from scheduling.planner.simulation.estimates import Estimate
from scheduling.planner.simulation.settings import Settings


class Light(StrEnum):
    """How a queue is: by the time that one of twenty waits longer than."""

    SMOOTH = "smooth"
    BUSY = "busy"
    JAMMED = "jammed"


def light_of(minutes: float, settings: Settings) -> Light:
    """Which light a wait of so many minutes is."""
    if minutes >= settings.jammed_minutes:
        return Light.JAMMED
    return Light.BUSY if minutes >= settings.busy_minutes else Light.SMOOTH


@dataclass(frozen=True, slots=True)
class Waits:
    """How long heads wait at the point, in minutes; shares of the heads that wait as long as the lights say, or longer.

    `median` and `high` (19 of 20 wait less) are of a usual day; `light` is that of `high`.
    """

    mean: Estimate
    median: Estimate
    high: Estimate
    share_busy: Estimate
    share_jammed: Estimate
    light: Light


@dataclass(frozen=True, slots=True)
class PointForecast:
    """One point. Moments (`_at`) are minutes from the beginning of the first slot, queues are heads."""

    point: str
    lanes: int  # most at once
    heads: int  # sent there
    come: Estimate
    waits: Waits
    longest_queue: Estimate
    longest_queue_at: float  # on a usual day
    standing_room: float | None
    outside: Estimate  # heads that find the standing room full
    called_late_minutes: Estimate  # how much later than planned a head is called, where calls are held back
    closes_at: float  # by the plan
    end_at: Estimate  # when the last one is sampled
    utilisation: Estimate  # part of the lanes' time spent sampling


@dataclass(frozen=True, slots=True)
class CohortForecast:
    """One cohort. `wait` is its mean wait of a day; `median`, `high` and shares are over the heads of all days."""

    cohort: str
    point: str
    slot: int
    called_at: float  # by the plan
    called_late_minutes: float  # on average
    heads: int
    wait: Estimate
    median: float
    high: float
    share_busy: float
    share_jammed: float
    light: Light


@dataclass(frozen=True, slots=True)
class Saving:
    """What calling by the plan saves against all people of a day coming at its opening, to the same points: hours of waiting
    of all people together. The same people, lanes and faults in both."""

    waiting_hours: Estimate
    waiting_hours_at_once: Estimate
    hours_saved: Estimate
    waits_at_once: Waits
    longest_queue_at_once: Estimate


@dataclass(frozen=True, slots=True)
class Forecast:
    """What many simulated days say. Points in the order of the problem, cohorts as the plan lists them."""

    runs: int
    seed: int
    heads: int  # placed by the plan
    unplaced_heads: int
    come: Estimate
    waits: Waits
    longest_queue: Estimate  # at any point
    end_at: Estimate  # when the last one of all is sampled
    points: tuple[PointForecast, ...]
    cohorts: tuple[CohortForecast, ...]
    saving: Saving
    settings: Settings

    def worst_cohorts(self, count: int = 5) -> tuple[CohortForecast, ...]:
        """Those that wait longest."""
        return tuple(sorted(self.cohorts, key=lambda c: (-c.high, c.called_at, c.cohort))[:count])


def forecast_to_json(forecast: Forecast) -> dict[str, object]:
    """The forecast as docs/simulate.md has it; numbers to a thousandth."""
    data = _rounded(asdict(forecast))
    assert isinstance(data, dict)
    return {"version": 1, **data}


def _rounded(value: object) -> object:
    if isinstance(value, float):
        return round(value, 3)
    if isinstance(value, Mapping):
        return {key: _rounded(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(each) for each in value]
    return str(value) if isinstance(value, StrEnum) else value
