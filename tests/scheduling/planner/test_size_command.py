"""`bulou size`: a small table and its plans as files, or one sentence and exit 1."""

import json
import sys
from dataclasses import replace
from pathlib import Path
from threading import Event

import pytest
from click.testing import CliRunner

from scheduling.options_folder import write_options
from scheduling.planner import plan_from_json, problem_from_json, problem_to_json, violations
from scheduling.planner.sizing import Ask, Sizing, Staffing, rooms_of, size
from scheduling.planner_sentences import translator
from scheduling.size_command import size as size_command
from scheduling.sizing_sentences import duration_words
from tests.scheduling.planner.communities import make_community as invent
from tests.scheduling.planner.making import make_building, make_point, make_problem

STREET = make_problem(
    points=tuple(make_point(f"P{k}", 1, x=100 * k) for k in range(4)),
    buildings=tuple(make_building(f"B{k}", (9, 12), x=60 * k) for k in range(6)),
    slots=16,
)


def size_of_street(staff: int, **limits: int) -> Sizing:
    return size(Ask(STREET, rooms_of(STREET), Staffing(staff)), **limits)


def run(tmp_path: Path, *options: str, problem: object = None, **env: str):
    source = tmp_path / "problem.json"
    source.write_text(json.dumps(problem_to_json(STREET) if problem is None else problem))
    environment = {"LANG": "C", "LC_ALL": "", **env}
    return CliRunner().invoke(size_command, [str(source), "--steps", "200", *options], env=environment)


def test_options_are_said_in_a_few_lines_each(tmp_path):
    result = run(tmp_path, "--staff", "6")

    assert result.exit_code == 0
    assert "1. fewest points" in result.output
    assert "   points 1 · lanes 1 · staff 3 · 3 h · last slot 11" in result.output


@pytest.mark.parametrize(
    ("minutes", "english", "chinese"),
    [(220, "3 h 40 min", "3小时40分"), (180, "3 h", "3小时"), (40.2, "40 min", "40分"), (119.9, "2 h", "2小时")],
)
def test_hours_are_said_with_their_minutes(minutes, english, chinese, monkeypatch):
    assert duration_words(minutes, str) == english

    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")

    assert duration_words(minutes, translator()) == chinese


def test_what_proved_means_is_said_once_below_the_options(tmp_path):
    result = run(tmp_path, "--staff", "6")

    assert result.output.count("(proved): nothing at all can be better") == 1
    assert result.output.splitlines()[-1].startswith("(proved): ")


@pytest.mark.parametrize("seconds", ["-1", "nan", "inf"])
def test_seconds_below_0_are_wrong_usage(tmp_path, seconds):
    result = CliRunner().invoke(size_command, [str(tmp_path / "problem.json"), "--seconds", seconds])

    assert result.exit_code == 2
    assert "must be 0 or more." in result.stderr


def test_options_are_said_in_chinese_too(tmp_path):
    assert "采样点最少" in run(tmp_path, LANG="zh_CN.UTF-8").output


def test_each_option_becomes_a_problem_and_a_valid_plan(tmp_path):
    folder = tmp_path / "new" / "options"

    result = run(tmp_path, "--staff", "9", "--walk", "200", "--out", str(folder), "--json")

    said = json.loads(result.output)
    assert said["heads"] == 126 and not said["lacks"]
    assert len(list(folder.glob("option-*"))) == 2 * len(said["options"]) > 0
    for number, option in enumerate(said["options"], start=1):
        problem = problem_from_json(json.loads((folder / f"option-{number}.problem.json").read_text()))
        plan = plan_from_json(json.loads((folder / f"option-{number}.plan.json").read_text()))
        assert violations(problem, plan.assignments) == []
        assert {point.id for point in problem.points} >= {point["point"] for point in option["points"]}
        assert option["staff"] <= 9 and option["max_walk"] <= 200


def test_what_cannot_be_had_is_said_with_a_way_out(tmp_path):
    result = run(tmp_path, "--staff", "3", "--last-slot", "3", "--json")

    said = json.loads(result.output)
    assert [lack["kind"] for lack in said["lacks"]] == ["too_few_staff"]
    assert "3 staff sample at most 68 of 126 people in 1 h; about 1 h more are needed, or more staff." in str(
        said["sentences"]
    )
    assert {way["target"] for way in said["ways"]} == {"staff", "end"}


@pytest.mark.parametrize(
    ("problem", "sentence"),
    [({}, "version: is missing.\n"), ([], "problem: must be an object, is a list.\n")],
)
def test_what_is_no_problem_is_refused_with_one_sentence(tmp_path, problem, sentence):
    result = run(tmp_path, problem=problem)

    assert (result.exit_code, result.stderr) == (1, sentence)


def test_a_folder_that_cannot_be_written_is_refused_with_one_sentence(tmp_path):
    (tmp_path / "file").write_text("")

    result = run(tmp_path, "--out", str(tmp_path / "file"))

    assert result.exit_code == 1
    assert result.stderr == f"The options cannot be written to {tmp_path / 'file'}.\n"


def test_where_one_file_cannot_be_written_none_is_there(tmp_path, monkeypatch):
    def no_room(*_given, **_more):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("scheduling.planner.reading.files.write_plan", no_room)

    result = run(tmp_path, "--out", str(tmp_path / "options"))

    assert (result.exit_code, list((tmp_path / "options").iterdir())) == (1, [])


def test_files_of_an_earlier_longer_answer_go_but_for_those_that_are_somebody_elses(tmp_path):
    folder = tmp_path / "options"
    longer, shorter = (size_of_street(staff, steps=200) for staff in (9, 3))
    write_options(longer, folder, str)
    before = {file.name for file in folder.glob("option-*")}
    (folder / "option-2.plan.json").write_text("changed by hand")
    (folder / "option-99.plan.json").write_text("never ours")

    write_options(shorter, folder, str)

    assert len(longer.options) > len(shorter.options) == 1
    ours = {"option-1.problem.json", "option-1.plan.json"}
    left = {file.name for file in folder.glob("option-*")}
    assert ours < before and left == ours | {"option-2.plan.json", "option-99.plan.json"}


@pytest.fixture
def interrupted(monkeypatch):
    """Ctrl-C as soon as the search begins; leaving does not end the tests."""
    stop = Event()
    stop.set()
    monkeypatch.setattr("scheduling.commands.stop_on_signals", lambda: stop)
    monkeypatch.setattr("scheduling.size_command._leave", sys.exit)


def test_interrupted_before_anything_is_found_it_ends_with_one_sentence(tmp_path, interrupted):
    result = run(tmp_path, "--out", str(tmp_path / "options"), problem=problem_to_json(invent(7, heads=4_000)))

    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == "Stopped before the options were ready.\n"
    assert not (tmp_path / "options").exists()


def test_interrupted_later_it_says_and_writes_whole_what_was_found_until_then(tmp_path, interrupted, monkeypatch):
    found = replace(size_of_street(9, steps=200), is_stopped=True)
    monkeypatch.setattr("scheduling.size_command._sized", lambda *_given, **_more: found)

    result = run(tmp_path, "--out", str(tmp_path / "options"), "--json")

    assert (result.exit_code, result.stderr) == (0, "Stopped early: this was found until then.\n")
    said = json.loads(result.stdout)
    assert said["is_stopped"] and len(said["options"]) == len(found.options)
    assert len(list((tmp_path / "options").glob("option-*"))) == 2 * len(found.options)


@pytest.mark.parametrize("options", [("--seconds", "3"), ("--staff", "-1"), ("--walk", "nan"), ("--utilisation", "2")])
def test_a_wrong_option_is_wrong_usage(tmp_path, options):
    assert run(tmp_path, *options).exit_code == 2
