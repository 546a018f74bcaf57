"""When which lane of a point works: from the capacity of its slots."""

import math

import pytest

from scheduling.planner.simulation import Settings
from scheduling.planner.simulation.calendar import calendar_of, lanes_of
from tests.scheduling.planner.making import make_point, make_problem


def calendar(capacity, settings=None, **facts):
    point = make_point("P1", capacity)
    return calendar_of(make_problem(points=(point,), **facts), point, settings or Settings())


@pytest.mark.parametrize(("capacity", "lanes"), [(17, 1), (34, 2), (40, 2), (45, 3), (1, 1), (170, 10)])
def test_a_capacity_promises_so_many_lanes_at_80_heads_an_hour_and_85_percent(capacity, lanes):
    point = make_point("P1", capacity)

    assert lanes_of(make_problem(points=(point,)), point, Settings()) == [lanes] * 4  # slots of 15 minutes


def test_a_slot_of_less_capacity_has_fewer_lanes_and_a_break_has_none():
    point = make_point("P1", (68, 34, 0, 5))

    assert lanes_of(make_problem(points=(point,)), point, Settings()) == [4, 2, 0, 1]
    assert lanes_of(make_problem(points=(point,)), point, Settings(lanes={"P1": 2})) == [2, 1, 0, 1]


def test_used_as_planned_the_lanes_sample_the_capacity():
    settings = Settings(utilisation=0.8)

    (spell,) = calendar(30, settings).spells[0]

    lanes = len(calendar(30, settings).spells)
    assert 0.8 * lanes * 15 / spell.minutes == pytest.approx(30)


def test_a_rate_that_is_said_holds_whatever_the_capacity_promises():
    (spell,) = calendar(100, Settings(rate=60, lanes=3)).spells[2]

    assert spell.minutes == 1


def test_a_break_ends_a_spell_and_after_it_the_lane_is_fresh_again():
    spells = calendar((17, 0, 17, 17)).spells[0]

    assert [(spell.begin, spell.end, spell.since) for spell in spells] == [(0, 15, 0), (30, math.inf, 30)]


def test_after_closing_the_lanes_of_the_last_slot_stay_until_nobody_waits():
    opened = calendar((34, 34, 17, 0))

    assert [spells[-1].end for spells in opened.spells] == [math.inf, 30]
    assert [(o.begin, o.end) for o in opened.openings] == [(0, 45)]


def test_a_night_between_two_slots_begins_another_day():
    settings = Settings(slot_starts=(0, 15, 1440, 1455))

    opened = calendar((0, 17, 17, 17), settings)

    assert [(o.begin, o.end) for o in opened.openings] == [(15, 30), (1440, 1470)]
    assert [(s.begin, s.end) for s in opened.spells[0]] == [(15, 1440), (1440, math.inf)]
    assert opened.opening_of(1450).begin == 1440
    assert opened.opening_of(0).begin == 15


def test_a_long_break_of_one_day_is_not_a_night():
    assert len(calendar(17, Settings(slot_starts=(0, 15, 300, 315))).openings) == 1


def test_very_large_capacities_are_shared_by_fewer_faster_lanes():
    opened = calendar(10.0**15)

    assert len(opened.spells) == 500
    assert 0 < opened.spells[0][0].minutes < 1e-9
