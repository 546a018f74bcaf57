"""The example goes as a whole, and nothing else goes with it."""

import json

import pytest
from click.testing import CliRunner
from sqlmodel import Session, SQLModel, select

from accounts.rules import OF_PEOPLE, Role
from bulou.clock import SystemClock
from bulou.database import Database, reading, set_database, transaction
from examples.commands import demo
from examples.demo import make_demo
from examples.keeping import kept_at
from examples.removing import NotAnExample, get_contents, remove_example, tables
from registry.models import Community
from tests.accounts.pages import submit
from tests.conftest import KEY, KINDS
from tests.factories import make_building, make_community, make_compound, make_household, make_resident, make_unit


@pytest.fixture
def app_kind(request: pytest.FixtureRequest) -> str:
    """What is removed is tried on both kinds of database, all else on one."""
    return str(getattr(request, "param", "sqlite"))


def rows_of(session: Session, community_id: str) -> dict[str, int]:
    """How many rows of each table name the community, whoever keeps the list of tables."""
    found = {}
    for table in SQLModel.metadata.sorted_tables:
        owner = table.c.get("community_id")
        if owner is not None:
            found[table.name] = len(session.connection().execute(table.select().where(owner == community_id)).all())
    return {name: count for name, count in found.items() if count}


@pytest.fixture
def example(app):
    with app.app_context():
        return make_demo(60, now=SystemClock().now())


@pytest.fixture
def real(app):
    with transaction() as session:
        community = make_community(session)
        make_resident(
            session,
            make_household(session, make_unit(session, make_building(session, make_compound(session, community)))),
        )
        return community.id


@pytest.mark.parametrize("app_kind", KINDS, indirect=True)
def test_nothing_of_it_is_left_and_nothing_else_goes(app_kind, example, real):
    with transaction() as session:
        others, contents = rows_of(session, real), get_contents(session, example.community_id)

        removed = remove_example(session, example.community_id)

    assert (contents.residents, contents.rounds, contents.accounts) == (60, 1, len(OF_PEOPLE))
    assert removed == contents.rows > 300
    with reading() as session:
        assert rows_of(session, example.community_id) == {}
        assert rows_of(session, real) == others
        assert [row.id for row in session.exec(select(Community))] == [real]


def test_every_table_of_a_community_is_among_those_that_are_emptied():
    owned = {table.name for table in SQLModel.metadata.sorted_tables if "community_id" in table.c}

    assert {table.name for table in tables()} == owned | {"community"}


def test_a_real_community_is_never_removed(app, real):
    with transaction() as session, pytest.raises(NotAnExample):
        remove_example(session, real)


def test_the_page_asks_for_the_code_and_signs_out(app, example, signed_in):
    manager = signed_in(Role.MANAGER, example.community_id)

    asked = manager.get("/example/remove").text
    wrong = submit(manager, "/example/remove", code="X")
    done = submit(manager, "/example/remove", code=example.community_id.lower())

    assert ">60<" in asked
    assert wrong.status_code == 422 and "by mistake" in wrong.text
    assert done.headers["Location"] == "/sign-in"
    assert manager.get("/").headers["Location"] == "/sign-in"


def test_the_manager_of_a_real_community_is_shown_no_way_to_remove_it(app, real, signed_in):
    manager = signed_in(Role.MANAGER, real)

    assert "/example/remove" not in manager.get("/").text
    assert manager.get("/example/remove").status_code == 409


def test_the_command_says_how_much_goes_and_asks(app, example, tmp_path, monkeypatch):
    database_url = app.config["SETTINGS"].database_url
    given = {"DATABASE_URL": database_url, "DATA": str(tmp_path), "SECRET_KEY": KEY, "DATA_KEY": KEY}
    for name, value in given.items():
        monkeypatch.setenv(f"BULOU_{name}", value)
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    with app.app_context():
        kept_at().write_text(json.dumps({"community": example.community_id}))

    def run(*words, typed=None):
        answer = CliRunner().invoke(demo, ["--remove", *words], input=typed)
        set_database(Database(database_url))
        return answer

    kept = run(example.community_id, typed="n\n")
    done = run(example.community_id, "--yes")
    again = run(example.community_id, "--yes")

    assert kept.exit_code == 1 and "60 residents" in kept.output and "Nothing was removed" in kept.output
    assert done.exit_code == 0 and "The example is removed." in done.output
    assert again.exit_code == 1 and "There is no community" in again.output
    assert not (tmp_path / "example.json").exists()
