"""Rounds on the command line, and the plan pack as files."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest
from click.testing import CliRunner
from sqlmodel import select

from bulou.database import reading, transaction
from scheduling.models import BuildingRule, Campaign, Point, PointLanes, Round, SamplingSession
from scheduling.round_commands import pack, round_
from scheduling.rules import RoundState
from scheduling.spec import RoundSpec
from scheduling.usecases import open_round
from tests.factories import NOON, make_building, make_community, make_compound
from tests.scheduling.factories import make_published_round

DOCS = Path(__file__).parents[2] / "docs"
SPEC = {
    "campaign": "春季演练",
    "slot_minutes": 30,
    "sessions": [
        {"starts_at": "2022-04-05T08:00", "ends_at": "2022-04-05T12:00"},
        {"starts_at": "2022-04-06T08:00+08:00", "ends_at": "2022-04-06T09:00+08:00", "makeup": True},
    ],
    "points": [{"name": "北门", "lanes": 2, "lanes_by_session": [2, 1]}, {"name": "南门", "tiers": ["strict"]}],
}


@pytest.fixture
def run(app, clock, monkeypatch, tmp_path):
    """Run a command of the group on the test's database, with an optional specification in a file."""
    monkeypatch.setattr("bulou.commands._open_application", app.app_context)
    monkeypatch.setenv("LC_ALL", "C.UTF-8")

    def run(command, *words, spec=None):
        file = tmp_path / "spec.json"
        if spec is not None:
            file.write_text(spec if isinstance(spec, str) else json.dumps(spec))
        said = [str(file) if word == "SPEC" else str(word) for word in words]
        return CliRunner().invoke(command, said)

    return run


@pytest.fixture
def community(app):
    with transaction() as session:
        community = make_community(session, "DEM0")
        compound = make_compound(session, community, "样例小区")
        make_building(session, compound, name="3栋")
        return community


def rows(table):
    with reading() as session:
        return session.exec(select(table)).all()


def test_a_round_is_made_from_a_file(run, community):
    building = {"building": "3栋", "tier": "strict", "called_from": "2022-04-05T09:00", "points": ["南门"]}
    answer = run(round_, "create", "SPEC", "--community", "dem0", "--json", spec={**SPEC, "buildings": [building]})

    told = json.loads(answer.stdout)
    (made,), points = rows(Round), {point.name: point for point in rows(Point)}
    assert answer.exit_code == 0 and told["round"] == str(made.id) and made.number == 1
    assert told["points"] == [{"id": str(points[name].id), "name": name} for name in ("北门", "南门")]
    assert min(row.starts_at for row in rows(SamplingSession)) == datetime(2022, 4, 5, 0, 0, tzinfo=UTC)
    assert [row.lanes for row in rows(PointLanes)] == [1]
    (rule,) = rows(BuildingRule)
    assert (rule.tier, rule.first_slot, rule.last_slot, rule.point_ids) == ("strict", 2, None, [str(points["南门"].id)])


def changed(**facts):
    return {**SPEC, **facts}


WRONG = [
    ("not json", "spec.json is not a JSON object"),
    ("[]", "spec.json is not a JSON object"),
    ("[" * 100_000, "spec.json is not a JSON object"),
    (changed(campain="x"), "campain: is not a known field"),
    ({k: v for k, v in SPEC.items() if k != "points"}, "points: is missing"),
    (changed(points=[{"name": "北门"}, {"name": "南门", "lanes": -1}]), "points[1].lanes: must be at least 0"),
    (changed(points=[{"name": "北门"}, {"name": "北门"}]), "“北门” is there already"),
    (changed(points=[{"name": "北门", "x": 1}]), "A position needs both numbers"),
    (changed(points=[{"name": "北门", "lanes_by_session": [1]}]), "points[0].lanes_by_session: has 1 numbers"),
    (changed(slot_minutes=7), "slot_minutes: must be one of"),
    (changed(sessions=[]), "sessions: has fewer than 1 entries"),
    (changed(sessions=[{"starts_at": "soon", "ends_at": "2022-04-05T12:00"}]), "sessions[0].starts_at: is not a time"),
    (changed(sessions=[{"starts_at": "0001-01-01T00:00", "ends_at": "2022-04-05T12:00"}]), "between the years"),
    (changed(sessions=[{"starts_at": "2001-01-01T00:00", "ends_at": "2099-04-05T12:00"}]), "at most 24 hours"),
    (changed(sessions=[SPEC["sessions"][0], SPEC["sessions"][0]]), "overlap"),
    (changed(buildings=[{"building": "9栋"}]), "Building “9栋” is not in the registry"),
    (changed(buildings=[{"building": "3栋", "points": ["西门"]}]), "Point “西门” is not among"),
    (changed(buildings=[{"building": "3栋", "called_from": "2022-04-07T09:00"}]), "last slot comes before"),
]


def test_what_is_wrong_is_told_in_one_sentence_that_names_the_place(run, community):
    for spec, sentence in WRONG:
        answer = run(round_, "create", "SPEC", "--community", "DEM0", spec=spec)

        assert (answer.exit_code, answer.stdout) == (1, ""), sentence
        assert sentence in answer.stderr and len(answer.stderr.strip().splitlines()) == 1

    assert rows(Campaign) == rows(Round) == []


def test_an_unknown_community_is_refused(run, community):
    answer = run(round_, "create", "SPEC", "--community", "ZZZZ", spec=SPEC)

    assert (answer.exit_code, answer.stderr.strip()) == (1, "There is no community “ZZZZ”.")


def test_a_round_is_shown_and_closed_by_its_id_alone(run):
    with transaction() as session:
        made, *_ = make_published_round(session)
        open_round(session, (made.community_id, made.id), now=NOON)

    assert json.loads(run(round_, "show", made.id, "--json").stdout)["state"] == "open"
    assert run(round_, "close", made.id).exit_code == run(round_, "close", made.id).exit_code == 0
    assert [row.state for row in rows(Round)] == [RoundState.CLOSED]
    assert run(round_, "open", made.id).exit_code == 1


@pytest.mark.parametrize(("id_", "code"), [(uuid4(), 1), ("x", 2)])
def test_a_round_that_is_not_there_is_refused(run, id_, code):
    assert run(round_, "close", id_).exit_code == code


def test_the_plan_pack_is_files_that_find_each_other(run, tmp_path):
    with transaction() as session:
        made, *_ = make_published_round(session)

    answer = run(pack, made.id, "--out", tmp_path / "pack")

    assert answer.exit_code == 0, answer.output
    folder = tmp_path / "pack"
    names = {file.relative_to(folder).as_posix() for file in folder.rglob("*") if file.is_file()}
    assert {f"{lang}/{name}" for lang in ("zh", "en") for name in ("buildings.pdf", "points.pdf", "table.xlsx")} < names
    for page in folder.rglob("*.html"):
        for link in re.findall(r'(?:href|src)="(?!data:|tel:|http)([^"]+)"', page.read_text()):
            assert (page.parent / link).is_file(), (page.name, link)
    assert "08:00–08:30" in (folder / "zh" / next(n for n in names if re.match("zh/.{8}.html", n))[3:]).read_text()
    assert 'lang="zh-CN"' in (folder / "zh/index.html").read_text()


def test_nothing_is_packed_before_publishing(run, tmp_path, community):
    made = json.loads(run(round_, "create", "SPEC", "--community", "DEM0", "--json", spec=SPEC).stdout)

    answer = run(pack, made["round"], "--out", tmp_path / "pack")

    assert answer.exit_code == 1 and not (tmp_path / "pack").exists()


def test_the_schema_in_the_docs_is_the_one_in_force():
    kept = json.loads((DOCS / "round-spec.schema.json").read_text())

    assert kept == RoundSpec.model_json_schema()


def test_the_example_in_the_docs_is_valid():
    example = re.search(r"```json\n(.*?)```", (DOCS / "round-spec.md").read_text(), re.S)

    assert RoundSpec.model_validate_json(example[1]).points
