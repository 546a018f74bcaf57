import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

import app as program
from accounts.commands import first_sign_in_lines, token, user
from accounts.queries import find_token_principal
from accounts.rules import Area, Role
from bulou.database import Database, reading, set_database, transaction
from bulou.i18n import speaking
from bulou.ids import new_id
from tests.accounts.pages import PASSWORD, make_person, submit
from tests.conftest import KEY
from tests.factories import make_campaign, make_community, make_point, make_round


@pytest.fixture
def run(app, tmp_path, monkeypatch):
    """Run a command on the test's database; it reads its settings from the environment as ever."""
    database_url = app.config["SETTINGS"].database_url
    given = {"DATABASE_URL": database_url, "DATA": str(tmp_path), "SECRET_KEY": KEY, "DATA_KEY": KEY}
    for name, value in given.items():
        monkeypatch.setenv(f"BULOU_{name}", value)
    monkeypatch.setenv("LC_ALL", "C.UTF-8")

    def run(command, *words, typed=None):
        answer = CliRunner().invoke(command, words, input=typed)
        set_database(Database(database_url))  # the command had one of its own
        return answer

    return run


@pytest.fixture
def community(app):
    with transaction() as session:
        return make_community(session, "DEM0")


def test_an_account_made_by_command_signs_in(run, client, community):
    answer = run(user, "add", "Wang", "--community", "dem0", "--role", "point_lead", "--json", typed=f"{PASSWORD}\n")

    assert answer.exit_code == 0, answer.output
    assert json.loads(answer.stdout)["name"] == "wang"
    assert PASSWORD not in answer.output
    assert submit(client, "/sign-in", name="wang", password=PASSWORD).status_code == 302


@pytest.mark.parametrize(
    ("words", "typed", "sentence"),
    [
        (["li", "--community", "N0NE"], PASSWORD, "There is no community “N0NE”."),
        (["li", "--community", "DEM0"], "short", "The password needs at least 10 characters."),
        (["li", "--community", "DEM0"], None, "The password needs at least 10 characters."),
        (["wang", "--community", "DEM0"], PASSWORD, "Somebody already signs in as “wang”. Please choose another name."),
        (["li", "--community", "DEM0", "--round", str(new_id())], PASSWORD, "There is no such round or point in this community."),
    ],
)  # fmt: skip
def test_a_refused_account_is_one_sentence_and_exit_1(run, community, words, typed, sentence):
    with transaction() as session:
        make_person(session, "wang", community_id=community.id)

    answer = run(user, "add", *words, typed=typed)

    assert answer.exit_code == 1
    assert answer.stderr.strip() == sentence


def test_a_token_of_a_point_knows_its_community_and_round(run, community):
    with transaction() as session:
        point = make_point(session, make_round(session, make_campaign(session, community)))

    answer = run(token, "create", "--role", "registrar", "--point", str(point.id), "--json")

    told = json.loads(answer.stdout)
    assert (told["community"], told["round"], told["point"]) == ("DEM0", str(point.round_id), str(point.id))
    with reading() as session:
        principal = find_token_principal(session.connection(), told["token"])
    assert principal.areas == (Area(Role.REGISTRAR, point.round_id, point.id),)


def test_a_token_of_a_round_holds_at_all_its_points(run, community):
    with transaction() as session:
        round_ = make_round(session, make_campaign(session, community))
        make_point(session, round_)

    answer = run(token, "create", "--role", "viewer", "--round", str(round_.id))

    with reading() as session:
        principal = find_token_principal(session.connection(), answer.stdout.strip())
    assert principal.areas == (Area(Role.VIEWER, round_.id, None),)


def test_a_token_for_nowhere_is_wrong_usage(run, community):
    answer = run(token, "create", "--role", "viewer")

    assert answer.exit_code == 2
    assert "Give --community, --round or --point." in answer.stderr


def test_a_revoked_token_is_refused(run, community):
    made = json.loads(run(token, "create", "--role", "viewer", "--community", "DEM0", "--json").stdout)

    answer = run(token, "revoke", made["id"], "--community", "DEM0")

    assert answer.exit_code == 0, answer.output
    with reading() as session:
        assert find_token_principal(session.connection(), made["token"]) is None


def test_the_code_for_the_first_account_is_printed_until_somebody_manages(app, client):
    with app.app_context(), speaking("en"):
        lines = first_sign_in_lines()
    code = re.search(r"[0-9A-Z]{4}(-[0-9A-Z]{4}){3}", lines[-1])[0]

    fields = {"community": "园博", "shown_name": "王样例", "name": "wang", "password": PASSWORD, "again": PASSWORD}
    submit(client, "/start", code=code, **fields)

    assert "http://bulou.test/start" in lines[1]
    with app.app_context():
        assert first_sign_in_lines() == []


def test_the_password_is_never_among_the_arguments():
    words = [sys.executable, "-m", "app", "user", "add", "--help"]

    usage = subprocess.check_output(words, cwd=Path(program.__file__).parent, text=True)

    assert "--password" not in usage
    assert "standard input" in usage


def test_the_only_manager_who_lost_the_password_comes_back_by_a_link(run, app, community):
    run(user, "add", "wang", "--community", "DEM0", typed=f"{PASSWORD}\n")

    answer = run(user, "reset", "Wang", "--json")
    nobody = run(user, "reset", "li")
    told = json.loads(answer.stdout)
    client = app.test_client()
    renewed = submit(
        client, "/join", "/join/password", code=told["code"], password="a new long one", again="a new long one"
    )

    assert answer.exit_code == 0 and told["link"].endswith(f"/join#{told['code']}")
    assert (nobody.exit_code, nobody.stderr) == (1, "There is no such account.\n")
    assert renewed.status_code == 302
    assert client.get("/accounts").status_code == 200


def test_an_account_is_ended_by_command_unless_it_is_the_last_manager(run, client, community):
    run(user, "add", "wang", "--community", "DEM0", typed=f"{PASSWORD}\n")
    run(user, "add", "li", "--community", "DEM0", "--role", "viewer", typed=f"{PASSWORD}\n")

    done, last = run(user, "end", "li"), run(user, "end", "wang")

    assert done.exit_code == 0 and "The account is ended." in done.output
    assert last.exit_code == 1 and "only manager" in last.output
    assert submit(client, "/sign-in", name="li", password=PASSWORD).status_code == 403
