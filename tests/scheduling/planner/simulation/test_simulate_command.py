"""`bulou simulate`: a table or JSON, or one sentence and exit 1."""

import json
from os import environ
from signal import SIGINT
from subprocess import PIPE, Popen, run
from sys import executable
from threading import Event
from time import sleep

import pytest
from click.testing import CliRunner

from scheduling.planner import plan_to_json, problem_to_json, solve
from scheduling.simulation_commands import simulate
from tests.scheduling.planner.making import make_building, make_problem

PROBLEM = problem_to_json(make_problem())
PLAN = plan_to_json(solve(make_problem(), steps=200))
SENTENCES = {"LANG": "C", "LC_ALL": ""}


def run_simulate(tmp_path, *options, problem=PROBLEM, plan=PLAN, settings=None, **env):
    files = {"problem.json": problem, "plan.json": plan, "settings.json": settings}
    for name, content in files.items():
        if content is not None:
            raw = content if isinstance(content, bytes) else json.dumps(content).encode()
            (tmp_path / name).write_bytes(raw)
    said = ["--settings", str(tmp_path / "settings.json")] if settings is not None else []
    arguments = [str(tmp_path / "problem.json"), str(tmp_path / "plan.json"), "--runs", "5", *said, *options]
    return CliRunner().invoke(simulate, arguments, env=SENTENCES | env)


def test_the_day_is_a_table_of_points_the_worst_cohorts_and_what_calling_saves(tmp_path):
    result = run_simulate(tmp_path, "--opens", "08:00", "--standing-room", "P1=40")

    assert result.exit_code == 0
    first, second, *_, last = result.stdout.splitlines()
    assert first.startswith("5 days simulated: 65 people are sent to 2 points")
    assert "The last one is sampled at 08:" in second
    assert " / 40 " in result.stdout
    assert last.startswith("Called by the plan, all people together wait ")


def test_a_reader_of_chinese_reads_chinese_and_the_columns_stand_below_each_other(tmp_path):
    lines = run_simulate(tmp_path, LANG="zh_CN.UTF-8").stdout.splitlines()

    assert lines[0].startswith("共模拟 5 天")
    heading, row = lines[4], lines[5]
    assert heading.startswith("采样点") and row.startswith("P1")
    columns = len(heading) + sum(1 for letter in heading if letter > "\u2e7f")
    assert columns == len(row) + sum(1 for letter in row if letter > "\u2e7f")


def test_json_has_points_cohorts_and_the_saving_and_is_the_same_each_time(tmp_path):
    first, again, other = (run_simulate(tmp_path, "--json", "--seed", seed).stdout for seed in ("1", "1", "2"))

    data = json.loads(first)
    assert first == again != other
    assert [point["point"] for point in data["points"]] == ["P1", "P2"]
    assert {cohort["cohort"] for cohort in data["cohorts"]} == {"B1-1", "B1-2", "B2-1", "B2-2"}
    assert data["runs"] == 5
    assert data["saving"]["hours_saved"].keys() == {"mean", "low", "high", "usually_below"}


def test_options_stand_over_the_settings_of_a_file(tmp_path):
    settings = {"no_show": 0.5, "lanes": {"P1": 3}, "late_minutes": 0}

    result = run_simulate(tmp_path, "--json", "--no-show", "0", "--lanes", "P2=1", "--hold", settings=settings)

    used = json.loads(result.stdout)["settings"]
    assert (used["no_show"], used["late_minutes"], used["holds"]) == (0, 0, True)
    assert used["lanes"] == {"P1": 3, "P2": 1}


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        ({"problem": b"{"}, "problem.json: is not JSON (line 1, column 2).\n"),
        ({"problem": PROBLEM | {"slots": 0}}, "problem.json: slots: must be a whole number of at least 1, is 0.\n"),
        ({"problem": PROBLEM | {"slot_minutes": 0}}, "problem.json: slot_minutes: must be at least 0.01, is 0.\n"),
        ({"problem": PROBLEM | {"slot_minutes": 1e9}}, "problem.json: slots: must be at most "),
        ({"plan": b"\xff"}, "plan.json: is not text in UTF-8.\n"),
        ({"plan": []}, "plan.json: plan: must be an object, is a list.\n"),
        ({"plan": {}}, "plan.json is no plan: assignments is missing.\n"),
        ({"problem": PLAN}, "problem.json is no problem: slot_minutes is missing.\n"),
        ({"plan": {"assignments": {}}}, "plan.json: assignments: must be a list, is an object.\n"),
        ({"plan": {"assignments": [3]}}, "plan.json: assignments[0]: must be an object, is 3.\n"),
        (
            {"plan": {"assignments": [{"cohort": "B1-1", "point": "P1"}]}},
            "plan.json: assignments[0].slot: is missing.\n",
        ),
        (
            {"plan": {"assignments": [{"cohort": "B1-1", "point": "P1", "slot": 1.5}]}},
            "plan.json: assignments[0].slot: must be a whole number of at least 0, is 1.5.\n",
        ),
        (
            {"plan": {"assignments": [{"cohort": "B9-1", "point": "P1", "slot": 0}]}},
            "plan.json is no valid plan of this problem: There is no cohort B9-1.\n",
        ),
        (
            {"plan": {"assignments": [{"cohort": "B1-1", "point": "P1", "slot": 9}]}},
            "plan.json is no valid plan of this problem: B1-1 is called in slot 9, which does not exist.\n",
        ),
        ({"settings": {"speed": 1}}, "settings.json: speed: must be one of "),
        ({"settings": {"no_show": 2}}, "settings.json: no_show: must be at most 1, is 2.\n"),
        ({"settings": {"late_minutes": "5"}}, 'settings.json: late_minutes: must be a number, is "5".\n'),
        ({"settings": {"lanes": {"P9": 1}}}, 'settings.json: lanes: names "P9", which does not exist.\n'),
        ({"settings": {"slot_starts": [0, 5, 30, 45]}}, "settings.json: slot_starts[1]: must be at least 15, is 5.\n"),
        ({"settings": []}, "settings.json: settings: must be an object, is a list.\n"),
    ],
)
def test_what_cannot_be_simulated_is_one_sentence_and_exit_1(tmp_path, facts, sentence):
    result = run_simulate(tmp_path, **facts)

    assert result.exit_code == 1
    assert result.stderr.startswith(sentence) and result.stderr.count("\n") == 1
    assert result.stdout == ""


def test_a_refusal_is_said_in_the_language_of_the_reader(tmp_path):
    plan = {"assignments": [{"cohort": "B9-1", "point": "P1", "slot": 0}]}

    result = run_simulate(tmp_path, plan=plan, LANG="zh_CN.UTF-8")

    assert result.stderr == "plan.json 不是本问题的有效安排：没有批次 B9-1。\n"


def test_the_kind_of_a_value_is_said_in_the_language_of_the_reader(tmp_path):
    result = run_simulate(tmp_path, plan=[], LANG="zh_CN.UTF-8")

    assert result.stderr == "plan.json：plan：必须是对象，现为 一个列表。\n"


def test_where_nobody_comes_nothing_is_said_of_the_day(tmp_path):
    result = run_simulate(tmp_path, "--no-show", "1")

    nobody = "5 days simulated: 65 people are sent, but nobody comes; nothing can be said of the day.\n"
    assert (result.exit_code, result.stdout) == (0, nobody)


def test_an_interrupted_simulation_ends_soon_with_what_it_has(tmp_path):
    (tmp_path / "problem.json").write_text(json.dumps(PROBLEM))
    (tmp_path / "plan.json").write_text(json.dumps(PLAN))
    files = [str(tmp_path / name) for name in ("problem.json", "plan.json")]
    code = "from scheduling.simulation_commands import simulate; simulate()"
    command = Popen(
        [executable, "-c", code, *files, "--runs", "100000"],
        stdout=PIPE,
        stderr=PIPE,
        text=True,
        env=environ | SENTENCES,
    )
    sleep(2)

    command.send_signal(SIGINT)
    shown, said = command.communicate(timeout=30)

    # On a busy machine the first days may not be done yet.
    early, late = "Stopped before all points were simulated", "Stopped early: the days simulated until then are "
    assert said.startswith(late if shown else early)
    assert (command.returncode, said.count("\n")) == (0 if shown else 1, 1)


def test_interrupted_before_any_day_is_done_it_says_so_in_one_sentence(tmp_path, monkeypatch):
    stop = Event()
    stop.set()
    monkeypatch.setattr("scheduling.commands.stop_on_signals", lambda: stop)

    result = run_simulate(tmp_path)

    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("Stopped before all points were simulated, so nothing is known of the day yet ")


def test_interrupted_later_it_says_what_the_days_until_then_say(tmp_path, monkeypatch):
    stop, looks = Event(), iter(range(100))
    monkeypatch.setattr(stop, "is_set", lambda: next(looks) > 0)  # after the first days of all points
    monkeypatch.setattr("scheduling.commands.stop_on_signals", lambda: stop)

    result = run_simulate(tmp_path, "--json", "--runs", "1000")

    said = json.loads(result.stdout)
    assert result.exit_code == 0 and 0 < said["runs"] < 1_000
    assert result.stderr == f"Stopped early: the days simulated until then are {said['runs']}.\n"
    monkeypatch.undo()
    whole = json.loads(run_simulate(tmp_path, "--json", "--runs", str(said["runs"])).stdout)
    assert said["waits"] == whole["waits"] and said["points"] == whole["points"]
    assert said["waits"]["mean"]["low"] < said["waits"]["mean"]["mean"] < said["waits"]["mean"]["high"]


@pytest.mark.parametrize(
    "options",
    [("--runs", "0"), ("--runs", "many"), ("--lanes", "P1=two"), ("--no-show", "1.5"), ("--opens", "25:00")],
)
def test_wrong_usage_is_told_apart_from_a_refusal(tmp_path, options):
    assert run_simulate(tmp_path, *options).exit_code == 2


def test_a_point_that_does_not_exist_is_refused(tmp_path):
    result = run_simulate(tmp_path, "--lanes", "P9=2")

    assert (result.exit_code, result.stderr) == (1, 'lanes: names "P9", which does not exist.\n')


def test_a_plan_that_sends_nobody_anywhere_has_no_day(tmp_path):
    problem = make_problem(buildings=(make_building("B1", pinned={"B1-1": ("P9", 0)}),))
    plan = plan_to_json(solve(problem))

    result = run_simulate(tmp_path, problem=problem_to_json(problem), plan=plan)
    as_json = run_simulate(tmp_path, "--json", problem=problem_to_json(problem), plan=plan)

    assert result.exit_code == 0
    assert result.stdout == "The plan sends nobody anywhere: there is no day to simulate.\n"
    assert json.loads(as_json.stdout)["points"] == []


def test_more_heads_than_a_point_can_have_are_refused_at_once(tmp_path):
    crowd = make_problem(slots=1, buildings=(make_building("B1", (2_000_000,)),), points=(make_problem().points[0],))
    problem = problem_to_json(crowd) | {"points": [{"id": "P1", "x": 0, "y": 0, "capacity": 10**9}]}
    plan = {"assignments": [{"cohort": "B1-1", "point": "P1", "slot": 0}]}

    result = run_simulate(tmp_path, problem=problem, plan=plan)

    assert result.exit_code == 1
    assert (
        result.stderr == "problem.json: points[0]: is sent 2000000 heads, of which at most 1000000 can be simulated.\n"
    )


def test_a_plan_is_refused_without_loading_numpy(tmp_path):
    (tmp_path / "problem.json").write_text(json.dumps(PROBLEM))
    (tmp_path / "plan.json").write_text("{}")
    code = (
        "import sys\nfrom app import main\n"
        f"sys.argv = ['bulou', 'simulate', {str(tmp_path / 'problem.json')!r}, {str(tmp_path / 'plan.json')!r}]\n"
        "try: main()\nexcept SystemExit as end: sys.exit(1 + 10 * ('numpy' in sys.modules) if end.code == 1 else 5)"
    )

    done = run([executable, "-c", code], capture_output=True, text=True, check=False)

    assert (done.returncode, done.stderr) == (1, "plan.json is no plan: assignments is missing.\n")
