"""What many days say: checked by figures worked out by hand."""

import numpy as np
import pytest

from scheduling.planner.simulation.estimates import EDGES, estimate, estimate_of_sums, quantiles, share_from
from scheduling.planner.simulation.kernels import BINS, bin_of


def counted(waits):
    counts = np.zeros(BINS, np.int64)
    for wait in waits:
        counts[bin_of(wait)] += 1
    return counts


@pytest.mark.parametrize("wait", [0.0, 0.24, 0.25, 59.9, 60.0, 61.5, 239.9, 240.0, 1439.0, 1440.0, 5_000.0])
def test_a_wait_is_counted_in_the_bin_that_it_lies_in(wait):
    k = int(bin_of(wait))

    assert EDGES[k] <= wait and (wait < EDGES[k + 1] or k == BINS - 1)


def test_the_interval_of_a_mean_is_that_of_student():
    # 2 ± 4.303 x 1 / sqrt 3: two degrees of freedom.
    found = estimate([1.0, 2.0, 3.0])

    assert (found.mean, found.low, found.high) == pytest.approx((2, -0.4841, 4.4841), abs=1e-3)


def test_sums_say_the_same_as_the_days_themselves():
    days = np.array([3.0, 5.0, 4.5, 7.0])

    found = estimate_of_sums(4, days.sum(), (days**2).sum())

    assert (found.mean, found.low, found.high) == pytest.approx(
        (estimate(days).mean, estimate(days).low, estimate(days).high)
    )


def test_a_single_day_has_no_interval_and_no_day_is_nothing():
    assert (estimate([5.0]).mean, estimate([5.0]).low) == (5, None)
    assert estimate([float("nan")]).mean == 0


def test_about_95_of_100_intervals_hold_the_truth():
    random = np.random.default_rng(7)

    held = 0
    for _ in range(1_000):
        found = estimate(random.normal(10, 3, 20))
        held += found.low <= 10 <= found.high

    assert 929 <= held <= 971  # three standard deviations of a binomial


def test_quantiles_and_shares_of_counted_waits_are_those_of_the_waits():
    waits = np.random.default_rng(3).gamma(2, 15, 20_000)
    counts = counted(waits)

    assert float(quantiles(counts, 0.5)) == pytest.approx(np.median(waits), abs=0.25)
    assert float(quantiles(counts, 0.95)) == pytest.approx(np.quantile(waits, 0.95), abs=1)
    assert float(share_from(counts, 25)) == pytest.approx((waits >= 25).mean(), abs=1e-3)
    assert np.isnan(quantiles(counted([]), 0.5))
