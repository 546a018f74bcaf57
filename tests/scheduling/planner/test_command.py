"""`bulou plan`: a plan on disk, or one sentence and exit 1."""

import gzip
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from scheduling.commands import plan as plan_command
from scheduling.planner import plan_from_json, problem_from_json, problem_to_json, violations
from tests.scheduling.planner.making import make_building, make_problem

PROBLEM = json.loads((Path(__file__).parent / "instances" / "estate.json").read_text())


def run(tmp_path: Path, content: bytes | str, *options: str, name: str = "problem.json", **env: str):
    source = tmp_path / name
    source.write_bytes(content if isinstance(content, bytes) else content.encode())
    arguments = [str(source), "--out", str(tmp_path / "plan.json"), *(options or ("--steps", "500"))]
    return CliRunner().invoke(plan_command, arguments, env={"LANG": "C", "LC_ALL": "", **env})


def test_a_problem_becomes_a_valid_plan(tmp_path):
    result = run(tmp_path, json.dumps(PROBLEM))

    assert result.exit_code == 0
    plan = plan_from_json(json.loads((tmp_path / "plan.json").read_text()))
    assert violations(problem_from_json(PROBLEM), plan.assignments) == []
    assert sorted(path.name for path in tmp_path.iterdir()) == ["plan.json", "problem.json"]
    assert result.stdout.splitlines()[0].endswith(" people have a place, 0 have none.")
    assert result.stdout.endswith("% above the best plan possible.\n")


def test_a_compressed_problem_is_read_as_well(tmp_path):
    assert run(tmp_path, gzip.compress(json.dumps(PROBLEM).encode()), name="problem.json.gz").exit_code == 0


def test_the_same_steps_and_seed_give_the_same_file(tmp_path):
    plans = []
    for _ in range(2):
        run(tmp_path, json.dumps(PROBLEM), "--steps", "2000", "--seed", "5")
        plans.append(json.loads((tmp_path / "plan.json").read_text()) | {"seconds": 0})

    assert plans[0] == plans[1]


def test_an_infeasible_problem_is_answered_with_a_plan(tmp_path):
    problem = make_problem(buildings=(make_building("B1", pinned={"B1-1": ("P9", 0)}),))

    result = run(tmp_path, json.dumps(problem_to_json(problem)))

    assert result.exit_code == 0
    assert json.loads((tmp_path / "plan.json").read_text())["status"] == "infeasible"


def test_pins_that_contradict_are_named_with_their_rule(tmp_path):
    buildings = (make_building("B1", (5,), pinned={"B1-1": ("P9", 0)}), make_building("B2", (7,)))
    problem = json.dumps(problem_to_json(make_problem(buildings=buildings)))

    result, chinese = run(tmp_path, problem), run(tmp_path, problem, LANG="zh_CN.UTF-8")

    assert result.stdout == (
        "0 people have a place, 12 have none.\n"
        "No plan can be made, because pinned places break a rule: B1-1 is sent to P9, which is no sampling point. "
        "Release or change the pin of B1-1.\n"
    )
    assert chinese.stdout == (
        "0人已安排，12人未安排。\n"
        "无法生成方案，因为锁定的位置违反规则：B1-1 被安排到 P9，但没有这个采样点。请解除或更改 B1-1 的锁定。\n"
    )
    own, others = json.loads((tmp_path / "plan.json").read_text())["unplaced"]
    assert own["reason"].startswith("锁定的位置违反规则：B1-1 被安排到 P9")
    assert others["reason"].startswith("无法生成方案，因为有锁定的位置违反规则：B1-1 被安排到 P9")


def test_all_pins_of_a_slot_that_is_too_full_are_named(tmp_path):
    pins = {"B1-1": ("P1", 0), "B1-2": ("P1", 0), "B1-3": ("P2", 1)}
    problem = make_problem(buildings=(make_building("B1", (900, 900, 1), pinned=pins),), together="cohort")

    result = run(tmp_path, json.dumps(problem_to_json(problem)))

    assert result.stdout.endswith("Release or change the pin of B1-1, B1-2.\n")


def test_how_many_have_no_place_is_said_with_the_most_frequent_reasons(tmp_path):
    buildings = (make_building("B1", (5, 6)), make_building("B2", (7,), tier="red"), make_building("B3", (5_000,)))
    problem = json.dumps(problem_to_json(make_problem(buildings=buildings)))

    lines = run(tmp_path, problem).stdout.splitlines()

    assert lines[:3] == [
        "11 people have a place, 5007 have none.",
        "5000 people: their cohort is larger than any slot; divide it or add lanes.",
        "7 people: no point they may go to serves their tier.",
    ]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "problem.json: is not JSON (line 1, column 1).\n"),
        (b"{,}", "problem.json: is not JSON (line 1, column 2).\n"),
        (b'{"version": 1,\n "slots": NaN}', "problem.json: is not JSON (line 2, column 11).\n"),
        (b'{"version": -Infinity}', "problem.json: is not JSON (line 1, column 13).\n"),
        (b"[" * 200_000, "problem.json: is nested too deeply to be a problem.\n"),
        (b'{"version": ' + b"9" * 5_000 + b"}", "problem.json: holds a number with too many digits.\n"),
        (b"\xff\xfe{}", "problem.json: is not text in UTF-8.\n"),
        (b"\x1f\x8b broken", "problem.json: is compressed, but broken.\n"),
        (
            gzip.compress(b" " * 51_000_000),
            "problem.json: unpacks to more than a hundred times its size, as no problem does.\n",
        ),
        (b"\xef\xbb\xbf{}", "version: is missing.\n"),
        (gzip.compress(b"{}", mtime=0)[:-9], "problem.json: is compressed, but broken.\n"),
        (b"{}", "version: is missing.\n"),
        (b'{"version": 1e999}', "version: must be 1, is inf.\n"),
    ],
)
def test_what_is_no_problem_is_one_sentence_and_no_plan(tmp_path, content, sentence):
    result = run(tmp_path, content)

    assert (result.exit_code, result.stderr) == (1, sentence)
    assert not (tmp_path / "plan.json").exists()


def test_a_refusal_is_said_in_the_language_of_the_reader(tmp_path):
    bad = json.dumps(PROBLEM | {"slots": 0})

    assert run(tmp_path, bad).stderr == "slots: must be a whole number of at least 1, is 0.\n"
    assert run(tmp_path, bad, LANG="zh_CN.UTF-8").stderr == "slots：必须是不小于 1 的整数，现为 0。\n"


def test_reasons_are_said_in_the_language_of_the_reader(tmp_path):
    problem = json.dumps(problem_to_json(make_problem(points=())))

    run(tmp_path, problem, LC_ALL="zh_CN.UTF-8")

    unplaced = json.loads((tmp_path / "plan.json").read_text())["unplaced"]
    assert {u["reason"] for u in unplaced} == {"没有采样点，请至少设置一个。"}


@pytest.mark.parametrize("options", [("--steps", "1", "--seconds", "1"), ("--steps", "-1"), ("--seconds", "nan")])
def test_wrong_usage_is_told_apart_from_a_refusal(tmp_path, options):
    assert run(tmp_path, json.dumps(PROBLEM), *options).exit_code == 2


def test_a_missing_file_a_folder_and_a_place_that_cannot_be_written_are_refused(tmp_path):
    out = str(tmp_path / "plan.json")
    (tmp_path / "problem.json").write_text(json.dumps(PROBLEM))
    cases = {
        "none.json: there is no such file.\n": [str(tmp_path / "none.json"), "--out", out],
        f"{tmp_path.name}: is a folder, not a file.\n": [str(tmp_path), "--out", out],
        f"The plan cannot be written to {tmp_path}.\n": [str(tmp_path / "problem.json"), "--out", str(tmp_path)],
    }

    for sentence, arguments in cases.items():
        result = CliRunner().invoke(plan_command, arguments, env={"LANG": "C", "LC_ALL": ""})
        assert (result.exit_code, result.stderr) == (1, sentence)


def test_a_file_over_1_gb_is_refused_by_its_size(tmp_path):
    source = tmp_path / "problem.json"
    with source.open("wb") as file:
        file.truncate(1_000_000_001)  # a file with holes: it takes no room

    result = CliRunner().invoke(plan_command, [str(source), "--out", str(tmp_path / "plan.json")], env={"LANG": "C"})

    assert (result.exit_code, result.stderr) == (
        1,
        "problem.json: is larger than 1 GB, which is more than a problem can be.\n",
    )


def bulou_plan(*arguments: str, **options: object) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "app.py", "plan", *arguments], **options)  # type: ignore[call-overload]


def test_a_fresh_process_keeps_its_seconds(tmp_path):
    (tmp_path / "problem.json").write_text(json.dumps(PROBLEM))

    started = time.monotonic()
    process = bulou_plan(str(tmp_path / "problem.json"), "--out", str(tmp_path / "plan.json"), "--seconds", "1.5")
    assert process.wait(timeout=30) == 0

    busy = max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))  # others may be testing beside it
    assert time.monotonic() - started < 4 * busy
    assert json.loads((tmp_path / "plan.json").read_text())["seconds"] < 2.5 * busy


@pytest.mark.skipif(os.name == "nt", reason="Windows knows no such signals")
def test_interrupted_it_writes_the_best_plan_it_has(tmp_path):
    (tmp_path / "problem.json").write_text(json.dumps(PROBLEM))

    process = bulou_plan(str(tmp_path / "problem.json"), "--out", str(tmp_path / "plan.json"), "--seconds", "60")
    time.sleep(3)
    process.terminate()

    assert process.wait(timeout=30) == 0
    assert json.loads((tmp_path / "plan.json").read_text())["assignments"]
