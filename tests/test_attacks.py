"""What was tried against the program and once got through."""

import re
import time
from contextlib import suppress
from uuid import UUID

import pytest
from click.testing import CliRunner
from sqlmodel import Session

from accounts.rules import Role
from app import cli
from bulou.database import transaction
from bulou.ids import new_id
from bulou.ordering import natural_key
from bulou.settings import read_settings
from bulou.text import clean_phone, clean_text
from checkin.rules.paper import SheetFacts, SheetKind
from checkin.usecases.paper import make_sheet
from registry.reading.doors import read_door
from registry.rules import ExcuseKind
from scheduling.rules import RoundState
from tests.conftest import KEY
from tests.factories import (
    NOON,
    make_building,
    make_campaign,
    make_community,
    make_compound,
    make_household,
    make_point,
    make_resident,
    make_round,
    make_sampling_session,
    make_token,
    make_unit,
)
from tests.test_routes import csrf_token

FAR = ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"]


def make_estate(session: Session) -> dict[str, str]:
    """A community with two rounds; the ids of what is in it, as addresses have them."""
    community = make_community(session)
    compound = make_compound(session, community)
    building = make_building(session, compound)
    household = make_household(session, make_unit(session, building))
    resident = make_resident(session, household)
    campaign = make_campaign(session, community)
    mine, other = (make_round(session, campaign, state=RoundState.PUBLISHED) for _ in range(2))
    hours, point = make_sampling_session(session, other), make_point(session, other)
    ids = {"compound_id": compound, "building_id": building, "household_id": household, "resident_id": resident}
    facts = SheetFacts(other.id, SheetKind.DOORS, building.id, None, 1, (resident.id,))
    sheet = make_sheet(session, other, facts, now=NOON)
    ids |= {"mine": mine, "round_id": other, "session_id": hours, "point_id": point, "sheet_id": sheet}
    return {"community": community.id, **{name: str(row.id) for name, row in ids.items()}}


@pytest.fixture
def estate(app) -> dict[str, str]:
    with transaction() as session:
        return make_estate(session)


# Time that an input costs.


@pytest.mark.parametrize("text", ["a" + "\u0315\u0300" * 50_000, "1" * 20_000, "\u0300" * 100_000 + "中", " " * 10**6])
def test_no_text_takes_longer_than_its_length_is_worth(text):
    began = time.process_time()

    clean_text(text, max_length=10_000)
    for read in (clean_phone, read_door):
        with suppress(ValueError):  # whether it can be read is not the question
            read(text)

    assert time.process_time() - began < 1


def test_marks_that_a_script_needs_stay():
    assert clean_text("Nguyễn Văn Án " * 5, max_length=200) == ("Nguyễn Văn Án " * 5).strip()


# Failures.


def test_nothing_in_an_address_is_taken_for_a_command_of_the_program(client):
    for query in ("endpoint=x", "_method=POST", "_scheme=javascript&_external=1", "_anchor=x"):
        answer = client.get(f"/sign-in?{query}")

        assert answer.status_code == 200
        assert 'href="javascript:' not in answer.text


def test_no_name_shuts_the_roster(signed_in, estate):
    client = signed_in(Role.MANAGER, estate["community"])
    given = {"csrf_token": csrf_token(client), "compound": estate["compound_id"]}

    for name in ("①", "٣栋", "2026-02-30"):
        for path in ("/roster/compounds", "/roster/buildings"):
            assert client.post(path, data={**given, "name": name}).status_code == 302

    assert client.get("/roster").status_code == client.get("/stewards").status_code == 200
    assert natural_key("2①") < natural_key("10①")


def test_times_without_a_like_in_utc_are_refused(signed_in, estate):
    client = signed_in(Role.MANAGER, estate["community"])
    token = csrf_token(client)
    excuse = {"csrf_token": token, "kind": ExcuseKind.AWAY}
    visit = {"csrf_token": token, "attempt_id": str(new_id()), "outcome": "will_come"}

    for at in (*FAR, "0001-01-01T00:00", "0001-01-01", "9999-12-31T23:59"):
        excused = client.post(f"/roster/residents/{estate['resident_id']}/excuses", data={**excuse, "from_at": at})
        visited = client.post(f"/my-doors/{estate['round_id']}/{estate['household_id']}", data={**visit, "come_at": at})

        assert (excused.status_code, visited.status_code) == (422, 422), at


@pytest.mark.parametrize("at", FAR)
def test_times_without_a_like_in_utc_are_refused_to_programs(client, estate, at):
    with transaction() as session:
        headers = {"Authorization": f"Bearer {make_token(session, estate['community'], Role.MANAGER)}"}
    of_round, excuse = f"/api/v1/rounds/{estate['round_id']}", {"resident": estate["resident_id"], "kind": "away"}

    answers = [
        client.get(f"{of_round}/coverage", query_string={"as_of": at}, headers=headers),
        client.post(f"{of_round}/excuses", json={**excuse, "from": at}, headers=headers),
        client.post(f"{of_round}/excuses", json={**excuse, "until": at}, headers=headers),
    ]

    assert [answer.status_code for answer in answers] == [422] * 3


def test_forms_that_are_empty_or_out_of_bounds_are_shown_again(signed_in, estate):
    client = signed_in(Role.MANAGER, estate["community"])
    token, of_round = {"csrf_token": csrf_token(client)}, f"/rounds/{estate['round_id']}"

    empty = client.post(f"{of_round}/hours", data=token)
    beyond = client.post(
        f"{of_round}/buildings", data={**token, "building": estate["building_id"], "last_slot": "9" * 20}
    )

    assert (empty.status_code, beyond.status_code) == (422, 422)


# What is kept.


def test_the_database_is_readable_by_its_owner_alone_whoever_made_the_folder(tmp_path):
    tmp_path.chmod(0o755)

    read_settings(data=tmp_path)

    assert {path.name: oct(path.stat().st_mode & 0o777) for path in tmp_path.iterdir()} == dict.fromkeys(
        ("bulou.sqlite3", "data_key", "secret_key"), "0o600"
    )


def test_no_browser_keeps_a_copy_of_what_is_about_people(signed_in, estate):
    client = signed_in(Role.MANAGER, estate["community"])

    answers = [
        client.get(f"/rounds/{estate['round_id']}/report.xlsx"),
        client.post("/roster/export.xlsx", data={"csrf_token": csrf_token(client)}),
        client.get(f"/roster/doors/{estate['household_id']}"),
    ]

    assert [(answer.status_code, answer.headers["Cache-Control"]) for answer in answers] == [(200, "no-store")] * 3


def test_a_program_older_than_its_tables_says_so(database, tmp_path):
    with database.engine.execution_options(writes=True).begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")

    url = database.engine.url.render_as_string(hide_password=False)
    env = {"BULOU_DATABASE_URL": url, "BULOU_DATA": str(tmp_path), "BULOU_SECRET_KEY": KEY, "BULOU_DATA_KEY": KEY}
    answers = [
        CliRunner().invoke(cli, words, env=env) for words in (["migrate"], ["community", "add", "AAAA", "--name", "x"])
    ]

    assert [(answer.exit_code, answer.stderr.count("\n")) for answer in answers] == [(1, 1)] * 2


# Rights where they hold.


def test_whoever_manages_one_round_does_nothing_in_another(app, signed_in, estate):
    client = signed_in(Role.MANAGER, estate["community"], round_id=UUID(estate["mine"]))
    token = csrf_token(client)

    for rule in app.url_map.iter_rules():
        if "<uuid:round_id>" in rule.rule and not rule.rule.startswith("/api/"):
            path = re.sub(r"<uuid:(\w+)>", lambda blank: estate.get(blank[1], str(new_id())), rule.rule).replace(
                "<int:number>", "1"
            )
            for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
                answer = client.open(path, method=method, data={"csrf_token": token})

                assert answer.status_code == 403, (method, rule.rule, answer.status_code)
    assert client.get(f"/rounds/{estate['mine']}").status_code == 200


def test_whoever_manages_one_round_neither_changes_nor_takes_away_the_roster(signed_in, estate):
    client = signed_in(Role.MANAGER, estate["community"], round_id=UUID(estate["mine"]))
    token = {"csrf_token": csrf_token(client)}

    answers = [
        client.post("/roster/export.xlsx", data=token),
        client.post(f"/roster/doors/{estate['household_id']}/unmask", data=token),
        client.post("/roster/compounds", data={**token, "name": "x"}),
        client.post(f"/stewards/{estate['building_id']}", data=token),
        client.get("/accounts"),
    ]

    assert [answer.status_code for answer in answers] == [403] * 5


def test_another_communitys_manager_finds_nothing(app, signed_in, estate):
    """The one exception is idempotent and says nothing: discarding a file that is not there."""
    with transaction() as session:
        elsewhere = str(make_community(session).id)
    client = signed_in(Role.MANAGER, elsewhere)
    token = csrf_token(client)
    given = {
        "csrf_token": token, "name": "x", "kind": "away", "accept": "1", "role": "viewer", "slot_minutes": "30",
        "point": estate["point_id"], "slot": "1", "attempt_id": str(new_id()), "outcome": "refused", "day": "2026-12-01",
        "from_time": "08:00", "until_time": "09:00", "building": estate["building_id"],
        "done": "1", "state": "vacant",
    }  # fmt: skip

    for rule in app.url_map.iter_rules():
        if "<uuid:" in rule.rule and not rule.rule.startswith("/api/") and rule.endpoint != "roster.discard":
            path = re.sub(r"<uuid:(\w+)>", lambda blank: estate.get(blank[1], str(new_id())), rule.rule).replace(
                "<int:number>", "1"
            )
            for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
                answer = client.open(path, method=method, data=given)

                assert answer.status_code == 404, (method, rule.rule, answer.status_code)
