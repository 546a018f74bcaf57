"""What many days say: means with their confidence, and quantiles of what was counted in bins."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from scheduling.planner.simulation.calendar import Floats
from scheduling.planner.simulation.kernels import BINS, MINUTES, QUARTERS, TENS

# The lower bounds of the bins of `kernels.bin_of`; the last one holds all that is longer than a day.
EDGES: Floats = np.concatenate(
    (
        np.arange(QUARTERS) / 4,
        60.0 + np.arange(MINUTES),
        240.0 + 10.0 * np.arange(TENS),
        [1440.0, 1450.0],
    )
)
assert len(EDGES) == BINS + 1


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure of the day. `low` and `high` are the 95 % confidence interval of its mean over all days that might have been
    (None = a single day says nothing of that); on 19 of 20 days it is at most `usually_below`."""

    mean: float
    low: float | None
    high: float | None
    usually_below: float


NOTHING = Estimate(0.0, None, None, 0.0)


def estimate(values: Any) -> Estimate:
    """From one value for each day. Days are independent, so Student's t (Gosset 1908) gives the interval."""
    days = np.asarray(values, np.float64)
    days = days[~np.isnan(days)]
    if not len(days):
        return NOTHING
    half = half_width(float(days.std(ddof=1)), len(days)) if len(days) > 1 else None
    return _around(float(days.mean()), half, float(np.quantile(days, 0.95)))


def estimate_of_sums(days: float, total: float, squares: float) -> Estimate:
    """The same from sums over days; `usually_below` is by the normal distribution."""
    if days < 1:
        return NOTHING
    mean = total / days
    deviation = math.sqrt(max(0.0, squares - days * mean * mean) / (days - 1)) if days > 1 else 0.0
    return _around(mean, half_width(deviation, int(days)) if days > 1 else None, mean + 1.645 * deviation)


def half_width(deviation: float, days: int) -> float:
    """Half of the 95 % confidence interval of a mean of so many independent days."""
    from scipy.special import stdtrit

    return float(stdtrit(days - 1, 0.975)) * deviation / math.sqrt(days)


def _around(mean: float, half: float | None, usually_below: float) -> Estimate:
    if half is None:
        return Estimate(mean, None, None, usually_below)
    return Estimate(mean, mean - half, mean + half, usually_below)


def quantiles(counts: Any, share: float) -> Floats:
    """The quantile of each row of counted waits, in minutes, evenly spread inside a bin; NaN where nothing was counted."""
    summed = np.cumsum(np.asarray(counts, np.int64), axis=-1)
    wanted = share * summed[..., -1:]
    k = np.minimum((summed < wanted).sum(axis=-1), BINS - 1)
    at = np.take_along_axis(summed, k[..., None], -1)[..., 0]
    before = np.where(k > 0, np.take_along_axis(summed, np.maximum(k - 1, 0)[..., None], -1)[..., 0], 0)
    inside = (wanted[..., 0] - before) / np.maximum(1, at - before)
    found = EDGES[k] + inside * (EDGES[k + 1] - EDGES[k])
    return np.where(summed[..., -1] > 0, found, np.nan)


def share_from(counts: Any, minutes: float) -> Floats:
    """Which part of each row's heads waited so long or longer; NaN where nothing was counted.

    A limit inside a bin takes the bin's part above it."""
    counted = np.asarray(counts, np.float64)
    above = np.clip((EDGES[1:] - minutes) / np.diff(EDGES), 0.0, 1.0)
    total = counted.sum(axis=-1)
    with np.errstate(invalid="ignore"):
        return np.asarray((counted * above).sum(axis=-1) / np.where(total > 0, total, np.nan), np.float64)
