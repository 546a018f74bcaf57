"""Planning a running day again: the called stay, as few heads as possible move, and everybody is told why."""

import json
import random
import time
from dataclasses import replace
from itertools import count

import pytest
from click.testing import CliRunner

from scheduling.planner import Problem, objective, problem_to_json, solve, violations
from scheduling.planner.reading.files import write_plan
from scheduling.planner.replanning import course as replanning
from scheduling.planner.replanning.keeping import CalledCannotStay, MoveKind, keepers, running_day
from scheduling.planner.replanning.least_moved import least_moved
from scheduling.planner.replanning.replan import replan
from scheduling.replan_commands import replan as replan_command
from tests.scheduling.planner.making import all_plans, make_building, make_point, make_problem, random_problem


def changed_on_the_day(problem: Problem, rng: random.Random) -> Problem:
    """A point closes or slows down, heads differ, or people come."""
    points, buildings, kind = list(problem.points), list(problem.buildings), rng.choice("cshn")
    k = rng.randrange(len(points))
    slots = [problem.capacity(points[k].id, slot) for slot in range(problem.slots)]
    since = rng.randrange(problem.slots)
    if kind == "c":
        points[k] = replace(points[k], capacity=(*slots[:since], *(0 for _ in slots[since:])))
    if kind == "s":
        points[k] = replace(points[k], capacity=(*slots[:since], *(heads // 2 for heads in slots[since:])))
    if kind == "h":
        buildings = [
            replace(b, cohorts=tuple(replace(c, heads=rng.randint(1, 12)) for c in b.cohorts)) for b in buildings
        ]
    if kind == "n":
        buildings.append(make_building("New", (rng.randint(1, 12),)))
    return replace(problem, points=tuple(points), buildings=tuple(buildings), walk=None)


def least_by_trying(day) -> tuple[int, int, float]:
    """(heads unplaced, heads moved, objective) of the best plan of a tiny day."""
    values = []
    for plan in all_plans(day.problem):
        places = {a.cohort: (a.point, a.slot) for a in plan}
        values.append((day.unplaced_heads(places), day.moved_heads(places), objective(day.problem, plan)))
    return min(values)


@pytest.mark.parametrize("seed", range(24))
def test_no_plan_leaves_fewer_out_and_of_those_none_moves_fewer_and_of_those_none_is_cheaper(seed):
    rng = random.Random(seed)
    problem = random_problem(seed, most_buildings=2, most_points=2, most_slots=3)
    in_force = solve(problem, steps=200).places
    problem = changed_on_the_day(problem, rng)
    from_slot = rng.choice((0, 0, 1))
    try:
        day = running_day(problem, in_force, from_slot)
    except CalledCannotStay:
        from_slot, day = 0, running_day(replace(problem, buildings=without_pins(problem)), {}, 0)
        problem, in_force = day.problem, {}  # a plan of which nothing can be kept is none

    found = replan(problem, in_force, from_slot=from_slot, seconds=5)

    assert violations(problem, found.plan.assignments) == []
    unplaced, moved, cost = least_by_trying(day)
    assert (found.unplaced_heads, found.moved_heads) == (unplaced, moved)
    assert found.plan.objective == pytest.approx(cost)
    assert found.is_least and found.least_moved == moved


@pytest.mark.parametrize("seed", range(100, 106))
def test_a_day_too_large_for_the_exact_solver_leaves_as_few_out_as_the_ordinary_search_finds(seed, monkeypatch):
    monkeypatch.setattr(replanning, "WHOLE", 0)  # as if it were large
    problem = random_problem(seed, most_buildings=2, most_points=2, most_slots=3)
    in_force = solve(problem, steps=200).places
    problem = replace(problem, buildings=without_pins(problem))
    problem = replace(problem, points=tuple(replace(p, capacity=most_of(p) * 0.6) for p in problem.points))
    unplaced, moved, _ = least_by_trying(running_day(problem, in_force, 0))

    found = replan(problem, in_force, seconds=0.5)

    assert found.unplaced_heads == unplaced
    assert found.least_moved <= moved <= found.moved_heads
    assert moved == found.moved_heads or not found.is_least


@pytest.mark.parametrize("whole", [0, replanning.WHOLE], ids=["searched", "exact"])
def test_with_steps_the_clock_has_no_say(whole, monkeypatch):
    monkeypatch.setattr(replanning, "WHOLE", whole)
    problem, in_force = a_day_with_too_little_room(4)

    first = replan(problem, in_force, steps=20_000, seed=3)
    jumps = count(step=10.0)
    monkeypatch.setattr(time, "monotonic", lambda: next(jumps))  # as if every look at it came ten seconds later
    again = replan(problem, in_force, steps=20_000, seed=3)

    assert again.moves == first.moves
    assert again.plan.places == first.plan.places
    assert (again.least_moved, again.is_least) == (first.least_moved, first.is_least)


def a_day_with_too_little_room(seed: int):
    """A problem with 0.6 of its room, and the plan that was in force before."""
    problem = random_problem(seed, most_buildings=8, most_points=3, most_slots=4)
    problem = replace(problem, buildings=without_pins(problem))
    in_force = solve(problem, steps=200).places
    return replace(problem, points=tuple(replace(p, capacity=most_of(p) * 0.6) for p in problem.points)), in_force


def most_of(point) -> float:
    return max(point.capacity) if isinstance(point.capacity, tuple) else point.capacity


def without_pins(problem: Problem):
    return tuple(replace(building, pinned={}) for building in problem.buildings)


@pytest.mark.parametrize("seed", range(60, 75))
def test_no_plan_moves_fewer_heads_than_the_flow_says(seed):
    rng = random.Random(seed)
    problem = random_problem(seed, most_buildings=2, most_points=2, most_slots=3)
    problem = replace(problem, buildings=without_pins(problem))
    in_force = solve(problem, steps=200).places
    day = running_day(changed_on_the_day(problem, rng), in_force, 0)
    unplaced, moved, _ = least_by_trying(day)

    assert least_moved(day, keepers(day), unplaced) <= moved


def a_full_day(**facts: object) -> Problem:
    """Two points of 30 heads a slot; all walks are short, and nobody wants to be called late."""
    points = (make_point("P1", 30), make_point("P2", 30, x=100))
    return make_problem(points=points, slots=3, **facts)


def closed_from(problem: Problem, point: str, slot: int) -> Problem:
    points = [
        replace(p, capacity=tuple(0 if p.id == point and s >= slot else problem.capacity(p.id, s) for s in range(3)))
        for p in problem.points
    ]
    return replace(problem, points=tuple(points))


def test_who_is_called_keeps_the_place_though_the_point_closes():
    problem = a_full_day(buildings=(make_building("B1", (20,)), make_building("B2", (20,))))
    in_force = {"B1-1": ("P1", 0), "B2-1": ("P1", 1)}

    found = replan(closed_from(problem, "P1", 1), in_force, from_slot=1)

    assert found.plan.places["B1-1"] == ("P1", 0)
    assert [(move.cohort, move.before, move.after, move.why[0].kind) for move in found.moves] == [
        ("B2-1", ("P1", 1), ("P2", 1), MoveKind.POINT_CLOSED)
    ]
    assert (found.moved_heads, found.least_moved, found.is_least) == (20, 20, True)


def test_nobody_new_is_put_into_a_slot_that_has_begun():
    problem = a_full_day(buildings=(make_building("B1", (10,)), make_building("B2", (10,))))

    found = replan(problem, {"B1-1": ("P1", 0)}, from_slot=1)

    assert found.plan.places["B2-1"][1] >= 1
    assert found.moves[0].why[0].kind is MoveKind.NEW
    assert found.moved_heads == 0


def test_who_is_called_where_the_problem_has_no_room_is_told_so():
    problem = a_full_day(buildings=(make_building("B1", (20,)),))

    with pytest.raises(CalledCannotStay) as refusal:
        replan(closed_from(problem, "P1", 0), {"B1-1": ("P1", 0)}, from_slot=1)

    assert refusal.value.violation.facts["point"] == "P1"


def test_a_slot_that_became_too_small_sends_away_as_few_heads_as_will_do():
    buildings = tuple(make_building(f"B{k}", (heads,)) for k, heads in enumerate((14, 9, 7), start=1))
    problem = a_full_day(buildings=buildings)
    slower = replace(problem, points=(make_point("P1", 24), problem.points[1]))

    found = replan(slower, {f"B{k}-1": ("P1", 0) for k in (1, 2, 3)})

    assert [(move.cohort, move.why[0].kind) for move in found.moves] == [("B3-1", MoveKind.SLOT_TOO_SMALL)]


def test_someone_small_makes_room_for_a_newcomer():
    """25 new heads fit nowhere while 10 stay in each slot; the fewest heads that can leave a slot are 10."""
    buildings = (*(make_building(f"B{k}", (heads,)) for k, heads in enumerate((10, 12), start=1)),)
    problem = make_problem(points=(make_point("P1", 30),), slots=2, buildings=(*buildings, make_building("New", (25,))))

    found = replan(problem, {"B1-1": ("P1", 0), "B2-1": ("P1", 1)})

    assert found.unplaced_heads == 0
    made_room = next(move for move in found.moves if move.cohort == "B1-1")
    assert made_room.why[0].kind is MoveKind.MAKES_ROOM
    assert made_room.why[0].facts["cohort"] == "New-1"
    assert (found.moved_heads, found.is_least) == (10, True)


def test_the_command_writes_the_plan_and_lists_who_moves(tmp_path):
    problem = a_full_day(buildings=(make_building("B1", (20,)), make_building("B2", (20,), x=100)))
    write_plan(solve(problem, steps=500), tmp_path / "plan.json")
    (tmp_path / "now.json").write_text(json.dumps(problem_to_json(closed_from(problem, "P2", 0))))
    arguments = [str(tmp_path / "now.json"), str(tmp_path / "plan.json"), "--out", str(tmp_path / "new.json")]

    said = CliRunner().invoke(replan_command, arguments, env={"LANG": "C", "LC_ALL": ""})
    listed = CliRunner().invoke(replan_command, [*arguments, "--json"], env={"LANG": "C", "LC_ALL": ""})

    assert said.exit_code == 0
    assert "P2 is closed." in said.output
    assert "20 people move; fewer is impossible." in said.output
    answer = json.loads(listed.output)
    assert [move["why"][0]["kind"] for move in answer["moves"]] == ["point_closed"]
    assert json.loads((tmp_path / "new.json").read_text())["lower_bound"] is None


def test_the_command_with_the_same_steps_and_seed_says_the_same_again(tmp_path):
    problem = a_full_day(buildings=tuple(make_building(f"B{k}", (20, 10)) for k in range(4)))
    write_plan(solve(problem, steps=500), tmp_path / "plan.json")
    (tmp_path / "now.json").write_text(json.dumps(problem_to_json(closed_from(problem, "P2", 0))))
    files = [str(tmp_path / "now.json"), str(tmp_path / "plan.json"), "--out", str(tmp_path / "new.json"), "--json"]
    arguments = [*files, "--steps", "3000", "--seed", "7"]

    answers = [json.loads(CliRunner().invoke(replan_command, arguments).output) for _ in range(2)]
    both = CliRunner().invoke(replan_command, [*arguments, "--seconds", "1"])

    assert answers[0]["moves"]
    assert answers[0] | {"seconds": 0} == answers[1] | {"seconds": 0}
    assert both.exit_code == 2
    assert "--seconds and --steps exclude each other." in both.output


def test_a_plan_file_that_is_none_is_refused_with_a_sentence(tmp_path):
    (tmp_path / "now.json").write_text(json.dumps(problem_to_json(make_problem())))
    (tmp_path / "plan.json").write_text('{"assignments": [{"cohort": "B1-1", "point": "P1", "slot": -1}]}')
    arguments = [str(tmp_path / "now.json"), str(tmp_path / "plan.json"), "--out", str(tmp_path / "new.json")]

    refused = CliRunner().invoke(replan_command, arguments, env={"LANG": "C", "LC_ALL": ""})

    assert refused.exit_code == 1
    assert refused.output.startswith("plan.json: assignments[0].slot: must be a whole number")


def test_in_chinese_the_list_of_who_moves_has_no_english_stops(tmp_path):
    problem = closed_from(make_problem(slots=3, buildings=(make_building("B1", (20,)),)), "P1", 0)

    said = replan_files(tmp_path, problem, {"B1-1": ("P1", 0)}, LANG="zh_CN.UTF-8")

    assert said.exit_code == 0
    assert "B1-1（20人）：P1" in said.output
    assert ". " not in said.output


def replan_files(tmp_path, problem: Problem, places: dict[str, tuple[str, int]], **spoken: str):
    """The answer of the command to the problem and a plan in force with these places."""
    assignments = [{"cohort": cohort, "point": point, "slot": slot} for cohort, (point, slot) in places.items()]
    (tmp_path / "now.json").write_text(json.dumps(problem_to_json(problem)))
    (tmp_path / "plan.json").write_text(json.dumps({"assignments": assignments}))
    arguments = [str(tmp_path / "now.json"), str(tmp_path / "plan.json"), "--out", str(tmp_path / "new.json")]
    return CliRunner().invoke(replan_command, arguments, env={"LANG": "C", "LC_ALL": "", **spoken})


def test_the_plan_of_another_problem_is_refused(tmp_path):
    problem = make_problem(buildings=(make_building("B1", (20,)),))

    refused = replan_files(tmp_path, problem, {"B1-1": ("P1", 0), "Z1-1": ("P1", 1), "Z2-1": ("P1", 1)})

    assert refused.exit_code == 1
    assert refused.output == "plan.json is no valid plan of this problem: There is no cohort Z1-1.\n"
    assert not (tmp_path / "new.json").exists()


def test_a_plan_of_which_half_is_gone_is_planned_again(tmp_path):
    problem = make_problem(buildings=(make_building("B1", (20,)),))

    said = replan_files(tmp_path, problem, {"B1-1": ("P1", 0), "Z1-1": ("P1", 1)})

    assert said.exit_code == 0
    assert said.output == "0 people move; fewer is impossible. 0 have no place.\n"


def test_pins_that_contradict_each_other_are_said_instead_of_a_sum(tmp_path):
    crowd = make_building("B1", (20, 20), pinned={"B1-1": ("P1", 0), "B1-2": ("P1", 0)})
    problem = make_problem(points=(make_point("P1", capacity=30),), buildings=(crowd,))

    said = replan_files(tmp_path, problem, {"B1-1": ("P1", 0), "B1-2": ("P1", 1)})

    assert said.exit_code == 0
    assert said.output == (
        "The pinned places break a rule: P1 is sent 40 heads in slot 0 and can sample 30. Release or change that pin.\n"
    )
