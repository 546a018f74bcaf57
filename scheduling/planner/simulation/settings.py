"""How people come, how lanes work, and what the point lead does: the assumptions of a simulation, all of them editable.

Those without a source are guesses of ours, said to be so in docs/decisions/simulation.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

# A number for every point, or for those named; None = not said.
PerPoint = float | Mapping[str, float] | None

# Heads that one lane samples in an hour, and the share of that which is planned: what Bulou plans with. Reports say about
# 100 at a window (Xinhua 2020), 500 in four hours (Modern Express), 600 in two at best; a whole round is slower than that.
DEFAULT_RATE, DEFAULT_UTILISATION = 80.0, 0.85
# More lanes than any point has; a capacity that would need more is shared by so many faster ones.
MOST_LANES = 500


@dataclass(frozen=True, slots=True)
class Settings:
    """What is assumed of a day. Times in minutes, shares from 0 to 1, variation as standard deviation / mean.

    `lanes` None: as many as the capacity promises at 80 heads a lane-hour; they are the lanes of the fullest slot.
    `rate` None: heads a lane-hour such that the lanes, used at `utilisation`, sample the capacity.
    `slot_starts` None: slots follow one another; else when each begins, in minutes from the first.
    """

    lanes: PerPoint = None
    rate: PerPoint = None
    utilisation: float = DEFAULT_UTILISATION
    standing_room: PerPoint = None  # heads that may wait at once; None = no limit
    holds: bool = False  # the lead calls a cohort only when there is standing room for it
    in_turn: bool = False  # cohorts of one slot are called one after the other instead of all at its beginning
    early_minutes: float = 5  # the first come so long before their time,
    late_minutes: float = 10  # the last so long after it, most at it
    no_show: float = 0.05  # of the households
    service_cv: float = 0.5  # from person to person
    lane_cv: float = 0.1  # from lane to lane and day to day
    fatigue: float = 0.02  # how much longer a head takes after each hour without a break
    stops_per_hour: float = 0.1  # how often a lane closes by itself (a fault, a change of clothes)
    stop_minutes: float = 10  # for how long, on average
    busy_minutes: float = 25  # queue lights: busy and jammed from here on (Shenzhen 2022)
    jammed_minutes: float = 50
    slot_starts: tuple[float, ...] | None = None


def value_at(values: PerPoint, point: str) -> float | None:
    """What is said for the point; None = nothing."""
    return values.get(point) if isinstance(values, Mapping) else values
