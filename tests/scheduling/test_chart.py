"""The time chart of a plan."""

from datetime import timedelta
from itertools import pairwise

from scheduling.rules.chart import BAR, GAP, draw_chart
from tests.factories import NOON

HALF = timedelta(minutes=30)
STARTS = [NOON, NOON + HALF, NOON + 2 * HALF, NOON + 10 * HALF]


def test_every_point_has_a_cell_for_every_slot_on_one_scale():
    chart = draw_chart(STARTS, 30, [("north", [60, 0, 60, 60]), ("south", [30, 30, 30, 30])], [("south", 1, 15)])

    north, south = chart.rows
    assert [cell.is_closed for cell in north.cells] == [False, True, False, False]
    assert (south.cells[1].heads, south.cells[1].load_height) == (15, BAR / 4)
    assert south.cells[1].capacity_height == BAR / 2
    assert (south.heads, south.capacity) == (15, 120)


def test_time_runs_on_but_for_a_gap_where_nothing_is_open():
    cells = draw_chart(STARTS, 30, [("north", [1, 1, 1, 1])], []).rows[0].cells

    steps = [later.x - earlier.x for earlier, later in pairwise(cells)]
    assert steps == [30, 30, 30 + GAP]


def test_hours_are_named_and_so_is_every_beginning():
    ticks = draw_chart(STARTS, 30, [], []).ticks

    assert [(tick.at, tick.is_first) for tick in ticks] == [
        (STARTS[0], True),
        (STARTS[2], False),
        (STARTS[3], True),
    ]


def test_a_plan_without_points_is_an_empty_chart():
    assert draw_chart(STARTS, 30, [], []).rows == ()
