"""From what is known of a round to the planner's problem."""

import random

import pytest

from scheduling import planner
from scheduling.rules.problems import (
    PlannedBuilding,
    PlannedPoint,
    RoundFacts,
    hold_begun,
    make_problem,
    urgency,
    walk_metres,
    with_pins,
)

NORTH = PlannedPoint("north", (60, 60, 0, 60), x=0, y=0)
SOUTH = PlannedPoint("south", (30, 30, 30, 30), tiers=("normal", "strict"), x=300, y=400)
HOUSE = PlannedBuilding("1", (("a", 30), ("b", 20)), x=0, y=100)
TOWER = PlannedBuilding("2", (("c", 25),), x=300, y=400)


def facts_of(**given) -> RoundFacts:
    usual = {"slot_minutes": 30, "slots": 4, "points": (NORTH, SOUTH), "buildings": (HOUSE, TOWER)}
    return RoundFacts(**{**usual, **given})


def random_facts(seed: int) -> RoundFacts:
    draw = random.Random(seed)
    slots = draw.randint(1, 12)
    points = tuple(
        PlannedPoint(f"p{n}", tuple(draw.choice([0, 20, 40]) for _ in range(slots)), x=draw.uniform(0, 900), y=0)
        for n in range(draw.randint(0, 3))
    )
    buildings = tuple(
        PlannedBuilding(f"b{n}", tuple((f"b{n}-{k}", draw.randint(1, 30)) for k in range(draw.randint(1, 4))))
        for n in range(draw.randint(0, 6))
    )
    return RoundFacts(slot_minutes=30, slots=slots, points=points, buildings=buildings, weights={"walk": 4.0})


def test_people_walk_further_than_the_straight_line():
    assert walk_metres(HOUSE, NORTH) == 130


@pytest.mark.parametrize(("building", "point"), [(PlannedBuilding("x", ()), NORTH), (HOUSE, PlannedPoint("x", ()))])
def test_where_a_position_is_unknown_walking_counts_nothing(building, point):
    assert walk_metres(building, point) == 0


def test_what_is_special_about_a_building_stands_in_the_problem():
    special = PlannedBuilding("3", (("d", 9),), tier="strict", window=(1, 2), point_ids=("south", "gone"))

    building = make_problem(facts_of(buildings=(special,))).buildings[0]

    assert (building.tier, building.window, building.points) == ("strict", (1, 2), ("south",))


def test_a_building_waits_the_less_willingly_the_more_frail_people_it_has():
    assert urgency(10, 0) == 1
    assert urgency(10, 5) == 3
    assert urgency(10, 10) == 5
    assert urgency(0, 0) == 1


def test_what_the_manager_wishes_weighs():
    problem = make_problem(facts_of(weights={"walk": 4.0}))

    assert problem.weights.walk == 4
    assert problem.weights.finish == 75


def test_last_time_counts_only_where_building_and_point_are_still_there():
    problem = make_problem(facts_of(previous={"1": "north", "2": "gone", "9": "north"}))

    assert problem.previous == {"1": "north"}


def test_pins_are_exchanged_as_a_whole():
    problem = make_problem(facts_of(pins={"a": ("north", 1)}))

    changed = with_pins(problem, {"c": ("south", 2)})

    assert problem.pins == {"a": ("north", 1)}
    assert changed.pins == {"c": ("south", 2)}


def test_on_the_day_who_was_called_stays_and_past_slots_take_nobody_else():
    held = hold_begun(facts_of(), {"a": ("north", 0), "c": ("south", 3), "left": ("north", 0)}, begun=2)

    capacities = {point.id: point.capacity for point in held.points}
    assert held.pins == {"a": ("north", 0)}
    assert capacities == {"north": (30, 0, 0, 60), "south": (0, 0, 30, 30)}
    assert planner.pin_violations(make_problem(held)) == []


@pytest.mark.parametrize("seed", range(30))
def test_every_problem_is_one_that_the_planner_reads(seed):
    problem = make_problem(random_facts(seed))

    assert planner.problem_from_json(planner.problem_to_json(problem)) == problem


@pytest.mark.parametrize("seed", range(10))
def test_every_plan_of_such_a_problem_keeps_the_rules_and_leaves_nobody_out_silently(seed):
    problem = make_problem(random_facts(seed))

    plan = planner.solve(problem, steps=500, seed=seed)

    assert planner.violations(problem, plan.assignments) == []
    named = [a.cohort for a in plan.assignments] + [one.cohort for one in plan.unplaced]
    assert sorted(named) == sorted(problem.cohort_ids)
