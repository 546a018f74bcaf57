from datetime import timedelta

import pytest

from followup.rules import Count, MissingState, missing_state, sum_of
from tests.factories import NOON


@pytest.mark.parametrize(
    ("is_closed", "called_until", "minutes", "word"),
    [
        (False, NOON, -1, MissingState.NOT_YET),
        (False, NOON, 0, MissingState.LATE),
        (False, None, 0, MissingState.NOT_YET),  # without a time of their own: late when all hours are over
        (False, None, 240, MissingState.LATE),
        (True, NOON, -1, MissingState.MISSED),
    ],
)
def test_nobody_is_called_late_before_their_time_is_over(is_closed, called_until, minutes, word):
    at = NOON + timedelta(minutes=minutes)

    state = missing_state(
        is_closed=is_closed, called_until=called_until, round_ends_at=NOON + timedelta(hours=4), at=at
    )

    assert state is word


def test_a_hundred_percent_is_said_only_when_nobody_is_missing():
    assert Count(roster=10_001, sampled=10_000).share == 0.999
    assert Count(roster=10_001, sampled=10_000, excused=1).share == 1.0
    assert Count().share is None


def test_totals_are_sums_of_rows():
    rows = [Count(10, 4, 1), Count(5, 0, 5)]

    total = sum_of(rows)

    assert (total.roster, total.expected, total.sampled, total.missing) == (15, 9, 4, 5)
