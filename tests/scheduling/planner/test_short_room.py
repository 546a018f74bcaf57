"""Planning again where room is short: what brings people back never breaks a rule and never moves more of them."""

from dataclasses import replace

import numpy as np
import pytest

from scheduling.planner import Assignment, violations
from scheduling.planner.arrays import arrays_of, places_of
from scheduling.planner.local_search.search import Rhythm, Search
from scheduling.planner.replanning.keeping import running_day
from scheduling.planner.replanning.pace import Pace
from scheduling.planner.replanning.relabelling import relabelled
from scheduling.planner.replanning.short_room import ShortRoom
from scheduling.planner.rules import first_pin_violation
from tests.scheduling.planner.making import make_building, make_point, make_problem, random_problem


def as_assignments(places):
    return [Assignment(cohort, *place) for cohort, place in places.items()]


def searched(problem, steps, seed):
    """The places of a short search alone, as nothing need be proved here."""
    arrays = arrays_of(problem)
    search = Search(arrays, seed)
    search.build(None, search.limit)
    search.improve(Rhythm(deadline=None, steps=steps, should_stop=lambda: False, tell=lambda _: None))
    return places_of(problem, arrays, search.best.state.point, search.best.state.slot)


@pytest.mark.parametrize("seed", range(20, 30))
def test_fillings_called_in_another_order_keep_the_rules_and_never_move_more(seed):
    problem = random_problem(seed)
    if first_pin_violation(problem):
        problem = replace(problem, buildings=tuple(replace(b, pinned={}) for b in problem.buildings))
    places = searched(problem, steps=200, seed=1)
    day = running_day(problem, searched(problem, steps=50, seed=2), 0)

    found = relabelled(day, places)

    assert violations(problem, as_assignments(found)) == []
    assert day.moved_heads(found) <= day.moved_heads(places)
    assert {c: point for c, (point, _) in found.items()} == {c: point for c, (point, _) in places.items()}


def test_two_slots_that_were_exchanged_are_exchanged_back():
    problem = make_problem(points=(make_point("P1", 30),), slots=2, buildings=(make_building("B1", (30, 25)),))
    day = running_day(problem, {"B1-1": ("P1", 0), "B1-2": ("P1", 1)}, 0)

    found = relabelled(day, {"B1-1": ("P1", 1), "B1-2": ("P1", 0)})

    assert found == day.told


@pytest.mark.parametrize(
    ("capacity", "window"), [((30, 20), (0, 1)), ((30, 30), (0, 0))], ids=["too small now", "outside the window now"]
)
def test_a_filling_is_not_called_where_it_was_told_to_come_when_that_is_possible_no_more(capacity, window):
    building = replace(make_building("B1", (15, 15)), window=window)
    problem = make_problem(points=(make_point("P1", capacity),), slots=2, buildings=(building,))
    day = running_day(problem, {"B1-1": ("P1", 1), "B1-2": ("P1", 1)}, 0)
    places = {"B1-1": ("P1", 0), "B1-2": ("P1", 0)}

    assert relabelled(day, places) == places


def test_buildings_at_full_points_change_places_to_be_where_they_were_told():
    buildings = (make_building("B1", (10, 10)), make_building("B2", (10, 10)))
    problem = make_problem(points=(make_point("P1", 10), make_point("P2", 10)), slots=2, buildings=buildings)
    arrays = arrays_of(problem)
    told = ([0, 0, 1, 1], [0, 1, 0, 1])  # the point and the slot of each cohort
    exchanged = {f"B{b}-{k}": (f"P{3 - b}", k - 1) for b in (1, 2) for k in (1, 2)}

    short = ShortRoom(problem, arrays, tuple(map(_ints, told)), 0, 0)
    found = short.back_to_points(exchanged, Pace(None, 20_000, lambda: False))

    assert {cohort: point for cohort, (point, _) in found.items()} == {
        "B1-1": "P1", "B1-2": "P1", "B2-1": "P2", "B2-2": "P2",
    }  # fmt: skip


def _ints(numbers):
    return np.array(numbers, dtype=np.int64)
