"""Slots and what fits into them."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduling.rules.hours import Hours, PointFacts, capacity_per_slot, enough_or_not, slot_starts

EIGHT = datetime(2022, 4, 3, 0, 0, tzinfo=UTC)  # 08:00 in Shanghai


def hours(first: float, last: float, *, day: int = 0, breaks: tuple = (), is_makeup: bool = False) -> Hours:
    """Hours counted from eight in the morning."""

    def at(after: float) -> datetime:
        return EIGHT + timedelta(days=day, hours=after)

    return Hours(at(first), at(last), tuple((at(a), at(b)) for a, b in breaks), is_makeup)


def test_slots_are_counted_from_0_through_all_days():
    sessions = [hours(0, 1, day=1), hours(0, 1)]

    starts = slot_starts(sessions, 30)

    assert starts == tuple(EIGHT + timedelta(minutes=m) for m in (0, 30, 1440, 1470))


def test_what_is_left_over_at_the_end_of_a_session_is_no_slot():
    assert len(slot_starts([hours(0, 1.4)], 30)) == 2


def test_nothing_is_planned_into_a_makeup_session():
    assert slot_starts([hours(0, 1), hours(2, 4, is_makeup=True)], 60) == (EIGHT,)


def test_capacity_is_lanes_by_rate_by_time_by_utilisation_rounded_down():
    point = PointFacts(lanes=(2,), heads_per_lane_hour=80, utilisation=0.85)

    assert capacity_per_slot([hours(0, 1)], 30, point) == (68, 68)
    assert capacity_per_slot([hours(0, 0.5)], 15, point) == (34, 34)
    assert capacity_per_slot([hours(0, 0.5)], 10, point) == (22, 22, 22)  # 22.67


def test_nobody_is_called_in_a_break_nor_where_it_begins_within_a_slot():
    sessions = [hours(0, 2, breaks=((0.75, 1),))]

    assert capacity_per_slot(sessions, 30, PointFacts(lanes=(1,))) == (34, 0, 34, 34)


def test_a_point_without_lanes_in_a_session_is_closed_in_it():
    sessions = [hours(0, 1), hours(0, 1, day=1)]

    assert capacity_per_slot(sessions, 60, PointFacts(lanes=(0, 3))) == (0, 204)


def test_lanes_belong_to_their_session_whatever_the_order():
    sessions = [hours(0, 1, day=1), hours(0, 1)]

    assert capacity_per_slot(sessions, 60, PointFacts(lanes=(0, 3))) == (204, 0)


def test_a_point_never_takes_more_than_may_stand_there():
    point = PointFacts(lanes=(4,), standing_room=50)

    assert capacity_per_slot([hours(0, 1)], 30, point) == (50, 50)


@given(
    lanes=st.integers(0, 9),
    rate=st.integers(1, 300),
    share=st.integers(1, 100),
    minutes=st.sampled_from([5, 10, 15, 20, 30, 60]),
    room=st.none() | st.integers(0, 400),
)
def test_capacity_is_whole_never_negative_and_one_number_for_each_slot(lanes, rate, share, minutes, room):
    sessions = [hours(0, 2, breaks=((1, 1.5),)), hours(0, 1, day=1)]
    point = PointFacts((lanes, lanes), rate, share / 100, room)

    capacity = capacity_per_slot(sessions, minutes, point)

    assert len(capacity) == len(slot_starts(sessions, minutes))
    exact = lanes * rate * minutes * share
    expected = min(exact // 6000, room if room is not None else exact)
    assert set(capacity) <= {0, expected}


@pytest.mark.parametrize(("heads", "missing"), [(0, 0), (200, 0), (201, 1)])
def test_the_sum_says_how_many_have_no_room(heads, missing):
    result = enough_or_not(heads, [(50, 50), (0, 100)])

    assert (result.capacity, result.missing, result.is_enough) == (200, missing, missing == 0)
