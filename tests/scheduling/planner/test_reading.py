"""What is a problem, and what is refused with which words."""

import json
import random
import time
from collections.abc import Iterator

import pytest

from scheduling.planner import (
    Together,
    UnreadableProblem,
    ViolationKind,
    pin_violations,
    problem_from_json,
    problem_to_json,
    solve,
)
from scheduling.planner.plan import plan_to_text
from scheduling.planner.reading import problems
from tests.scheduling.planner.making import random_problem


def a_problem() -> dict:
    return {
        "version": 1,
        "slot_minutes": 15,
        "slots": 3,
        "points": [{"id": "P1", "x": 0, "y": 0, "capacity": 10}, {"id": "P2", "x": 5, "y": 0, "capacity": [4, 0, 4.5]}],
        "buildings": [
            {"id": "B1", "x": 1, "y": 1, "cohorts": [{"id": "B1-1", "heads": 3}, {"id": "B1-2", "heads": 4}]},
            {"id": "B2", "x": 2, "y": 1, "cohorts": []},
        ],
    }


def changed(path: list, value: object) -> dict:
    """The usual problem with one thing changed."""
    data = a_problem()
    at = data
    for step in path[:-1]:
        at = at[step]
    at[path[-1]] = value
    return data


def without(path: list) -> dict:
    data = a_problem()
    at = data
    for step in path[:-1]:
        at = at[step]
    del at[path[-1]]
    return data


B, P, C = ["buildings", 0], ["points", 0], ["buildings", 0, "cohorts", 0]
BAD = [
    ([], "problem: must be an object, is a list."),
    (None, "problem: must be an object, is null."),
    ({}, "version: is missing."),
    (changed(["version"], 2), "version: must be 1, is 2."),
    (changed(["version"], True), "version: must be 1, is true."),
    (without(["slot_minutes"]), "slot_minutes: is missing."),
    (changed(["slot_minutes"], "15"), 'slot_minutes: must be a number, is "15".'),
    (without(["slots"]), "slots: is missing."),
    (changed(["slots"], 0), "slots: must be a whole number of at least 1, is 0."),
    (changed(["slots"], 2.5), "slots: must be a whole number of at least 1, is 2.5."),
    (changed(["slots"], 10**400), "slots: must not be larger than 10 to the 15th."),
    (without(["points"]), "points: is missing."),
    (changed(["points"], {}), "points: must be a list, is an object."),
    (changed(P, 7), "points[0]: must be an object, is 7."),
    (without([*P, "id"]), "points[0].id: is missing."),
    (changed([*P, "id"], 3), "points[0].id: must be text, is 3."),
    (changed([*P, "id"], "P2"), 'points[1].id: the id "P2" is used twice.'),
    (changed([*P, "id"], "\ud800"), "points[0].id: holds half a character, which cannot be written again."),
    (without([*P, "x"]), "points[0].x: is missing."),
    (changed([*P, "y"], None), "points[0].y: must be a number, is null."),
    (changed([*P, "y"], float("inf")), "points[0].y: must not be larger than 10 to the 15th."),
    (changed([*P, "y"], float("nan")), "points[0].y: must be a number, is nan."),
    (without([*P, "capacity"]), "points[0].capacity: is missing."),
    (changed([*P, "capacity"], -1), "points[0].capacity: must be at least 0, is -1."),
    (changed([*P, "capacity"], True), "points[0].capacity: must be a number, is true."),
    (changed([*P, "capacity"], [1, 2]), "points[0].capacity: must have 3 entries, has 2."),
    (changed([*P, "capacity"], [1, "2", 3]), 'points[0].capacity[1]: must be a number, is "2".'),
    (changed([*P, "open_cost"], "a"), 'points[0].open_cost: must be a number, is "a".'),
    (changed([*P, "serves"], "normal"), 'points[0].serves: must be a list, is "normal".'),
    (changed([*P, "serves"], [1]), "points[0].serves[0]: must be text, is 1."),
    (without(["buildings"]), "buildings: is missing."),
    (changed(B, []), "buildings[0]: must be an object, is a list."),
    (without([*B, "id"]), "buildings[0].id: is missing."),
    (changed([*B, "id"], "B2"), 'buildings[1].id: the id "B2" is used twice.'),
    (without([*B, "x"]), "buildings[0].x: is missing."),
    (changed([*B, "tier"], None), "buildings[0].tier: must be text, is null."),
    (changed([*B, "urgency"], "high"), 'buildings[0].urgency: must be a number, is "high".'),
    (without([*B, "cohorts"]), "buildings[0].cohorts: is missing."),
    (changed([*B, "cohorts"], 1), "buildings[0].cohorts: must be a list, is 1."),
    (changed(C, "x"), 'buildings[0].cohorts[0]: must be an object, is "x".'),
    (without([*C, "id"]), "buildings[0].cohorts[0].id: is missing."),
    (changed([*C, "id"], "B1-2"), 'buildings[0].cohorts[1].id: the id "B1-2" is used twice.'),
    (without([*C, "heads"]), "buildings[0].cohorts[0].heads: is missing."),
    (changed([*C, "heads"], -2), "buildings[0].cohorts[0].heads: must be a whole number of at least 1, is -2."),
    (changed([*C, "heads"], 0), "buildings[0].cohorts[0].heads: must be a whole number of at least 1, is 0."),
    (changed([*C, "heads"], 1.5), "buildings[0].cohorts[0].heads: must be a whole number of at least 1, is 1.5."),
    (changed([*C, "heads"], True), "buildings[0].cohorts[0].heads: must be a whole number of at least 1, is true."),
    (changed([*C, "heads"], 10**16), "buildings[0].cohorts[0].heads: must not be larger than 10 to the 15th."),
    (changed([*B, "window"], [0]), "buildings[0].window: must have 2 entries, has 1."),
    (changed([*B, "window"], 3), "buildings[0].window: must be a list, is 3."),
    (changed([*B, "window"], [0, 1.5]), "buildings[0].window[1]: must be a whole number of at least 0, is 1.5."),
    (changed([*B, "window"], [True, 1]), "buildings[0].window[0]: must be a whole number of at least 0, is true."),
    (changed([*B, "points"], ["P9"]), 'buildings[0].points[0]: names "P9", which does not exist.'),
    (changed([*B, "points"], "P1"), 'buildings[0].points: must be a list, is "P1".'),
    (changed([*B, "pinned"], []), "buildings[0].pinned: must be an object, is a list."),
    (changed([*B, "pinned"], {"B9-1": ["P1", 0]}), 'buildings[0].pinned: names "B9-1", which does not exist.'),
    (changed([*B, "pinned"], {"B1-1": ["P1"]}), "buildings[0].pinned.B1-1: must have 2 entries, has 1."),
    (changed([*B, "pinned"], {"B1-1": ["P1", "0"]}), 'buildings[0].pinned.B1-1[1]: must be a number, is "0".'),
    (changed([*B, "pinned"], {"B1-1": [1, 0]}), "buildings[0].pinned.B1-1[0]: must be text, is 1."),
    (changed(["walk"], [[1, 2]]), "walk: must have 2 entries, has 1."),
    (changed(["walk"], [[1, 2], [1]]), "walk[1]: must have 2 entries, has 1."),
    (changed(["walk"], [[1, 2], [1, "2"]]), 'walk[1][1]: must be a number, is "2".'),
    (changed(["walk"], [[1, 2], [1, float("nan")]]), "walk[1][1]: must be a number, is nan."),
    (changed(["walk"], [[1, 2], 7]), "walk[1]: must be a list, is 7."),
    (changed(["max_walk"], "far"), 'max_walk: must be a number, is "far".'),
    (changed(["together"], "unit"), 'together: must be one of building, cohort, is "unit".'),
    (changed(["together"], ["building"]), "together: must be one of building, cohort, is a list."),
    (changed(["previous"], {"B9": "P1"}), 'previous: names "B9", which does not exist.'),
    (changed(["previous"], {"B1": "P9"}), 'previous.B1: names "P9", which does not exist.'),
    (changed(["previous"], [1]), "previous: must be an object, is a list."),
    (changed(["weights"], {"speed": 1}), 'weights: names "speed", which does not exist.'),
    (changed(["weights"], {"walk": None}), "weights.walk: must be a number, is null."),
]


@pytest.mark.parametrize(("data", "sentence"), BAD, ids=[sentence[:40] for _, sentence in BAD])
def test_what_is_no_problem_is_refused_with_the_place_named(data, sentence):
    with pytest.raises(UnreadableProblem) as refusal:
        problem_from_json(data)

    assert refusal.value.sentence == sentence
    assert sentence.startswith(refusal.value.place)


def test_what_is_left_out_has_its_default():
    problem = problem_from_json(a_problem())

    assert problem.points[0].serves == ("normal",)
    assert problem.buildings[0].tier == "normal"
    assert problem.window(problem.buildings[0]) == (0, 2)
    assert problem.together is Together.BUILDING
    assert problem.capacity("P2", 2) == 4.5


@pytest.mark.parametrize("key", ["walk", "max_walk", "previous", "weights"])
def test_null_means_left_out(key):
    assert problem_from_json(changed([key], None)) == problem_from_json(a_problem())


@pytest.mark.parametrize(
    "data",
    [
        changed(["points"], []),
        changed(["buildings"], []),
        changed([*B, "window"], [0, 99]),
        changed([*B, "window"], [-(10**20), 10**20]),
        changed([*B, "id"], ""),
    ],
)
def test_no_points_no_buildings_and_wide_windows_are_problems(data):
    assert problem_from_json(data).slots == 3


def test_with_a_matrix_nobody_needs_coordinates():
    data = changed(["walk"], [[1, 2], [3, 4]])
    for item in data["points"] + data["buildings"]:
        del item["x"], item["y"]

    assert problem_from_json(data).metres("B1-1", "P2") == 2


@pytest.mark.parametrize("seed", range(20))
def test_a_problem_written_and_read_is_the_same(seed):
    problem = random_problem(seed)

    assert problem_from_json(json.loads(json.dumps(problem_to_json(problem)))) == problem


@pytest.mark.parametrize("slot", [-1, 3, 10**20, 1e300, 0.5])
def test_a_pin_to_a_slot_that_does_not_exist_is_read_and_cannot_be_kept(slot):
    problem = problem_from_json(changed([*B, "pinned"], {"B1-1": ["P1", slot]}))

    assert [v.kind for v in pin_violations(problem)] == [ViolationKind.UNKNOWN_SLOT]


def closely(monkeypatch) -> None:
    """From here on nothing is read the quick way."""
    for name in ("points_at_once", "buildings_at_once", "cohorts_at_once"):
        monkeypatch.setattr(problems, name, lambda *_: None)
    for name in ("are_numbers", "are_texts"):
        monkeypatch.setattr(problems, name, lambda _: False)


def spoilt(seed: int) -> dict:
    """A problem with one thing in it, anywhere, replaced by what may not stand there, or taken away, or doubled."""
    rng = random.Random(seed)
    data = json.loads(json.dumps(problem_to_json(random_problem(seed, most_buildings=3))))
    at = rng.choice([place for place in containers(data) if place])
    where = rng.choice(list(at) if isinstance(at, dict) else range(len(at)))
    match rng.randrange(8):
        case 0:
            del at[where]
        case 1 if isinstance(at, list):
            at.append(at[where])
        case _:
            at[where] = rng.choice(ODD)
    return data


ODD = [
    None,
    True,
    -1,
    0,
    1.5,
    10**15,
    10**16,
    10**400,
    1e300,
    float("inf"),
    float("nan"),
    "",
    "B1",
    "P1",
    "楼",
    "\ud800",
]
ODD += [[], {}, [[]], [0], [1, 0], ["P1", 0], ["P1", 1.0], ["P1", 10**20], ["P9", 0], {"B0-1": ["P0", 0]}, {"B0": "P0"}]


def containers(value: object) -> Iterator[dict | list]:
    if isinstance(value, dict | list):
        yield value
        for item in value.values() if isinstance(value, dict) else value:
            yield from containers(item)


def read(data: object) -> object:
    try:
        return problem_from_json(data)
    except UnreadableProblem as refusal:
        assert refusal.sentence.startswith(refusal.place)
        assert refusal.sentence.isprintable()
        return refusal.sentence


@pytest.mark.parametrize("seed", range(300))
def test_read_at_once_or_closely_it_is_the_same_problem_or_the_same_refusal(seed, monkeypatch):
    data = spoilt(seed)

    at_once = read(data)
    closely(monkeypatch)

    assert read(data) == at_once


def large_problem(**of_the_last: object) -> dict:
    """About 10 MB as a file."""
    buildings = [
        {"id": f"B{k}", "x": k, "y": 1, "cohorts": [{"id": f"B{k}-{n}", "heads": 9} for n in range(4)]}
        for k in range(48_000)
    ]
    buildings[-1] |= of_the_last
    return a_problem() | {"buildings": buildings}


@pytest.mark.parametrize(
    ("of_the_last", "sentence"),
    [
        ({"cohorts": [{"id": "last", "heads": -1}]}, "buildings[47999].cohorts[0].heads: must be a whole number"),
        ({"id": "B0"}, 'buildings[47999].id: the id "B0" is used twice.'),
        ({"cohorts": [{"id": "B0-0", "heads": 1}]}, 'buildings[47999].cohorts[0].id: the id "B0-0" is used twice.'),
    ],
)
def test_a_large_problem_with_its_fault_at_the_end_is_refused_within_a_second(of_the_last, sentence):
    data = large_problem(**of_the_last)

    started = time.process_time()
    with pytest.raises(UnreadableProblem) as refusal:
        problem_from_json(data)

    assert time.process_time() - started < 2  # 0.3 s alone; among all tests Python has more to look after
    assert refusal.value.sentence.startswith(sentence)


def test_a_large_problem_whose_pins_contradict_each_other_is_answered_within_a_second():
    data = large_problem(pinned={"B47999-0": ["P1", 0], "B47999-1": ["P2", 0]})

    started = time.process_time()
    text = plan_to_text(solve(problem_from_json(data)))

    assert time.process_time() - started < 3  # 0.5 s alone; among all tests Python has more to look after
    assert json.loads(text)["status"] == "infeasible"
