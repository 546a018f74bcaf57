"""What every test may ask for: a database of each kind, a clock, the application and somebody signed in."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlmodel import Session

from accounts import passwords
from accounts.rules import Role
from app import create_app
from bulou.clock import SystemClock, set_clock
from bulou.crypto import set_data_key
from bulou.database import Database, set_database, transaction
from bulou.migrating import migrate
from bulou.settings import Settings
from tests.factories import make_signed_in
from tests.fakes import FakeClock

pytest_plugins = ["tests.services", "tests.skips"]
KEY = "00" * 32
KINDS = [pytest.param("sqlite"), pytest.param("postgresql", marks=pytest.mark.postgres)]


@pytest.fixture(params=KINDS)
def database_kind(request: pytest.FixtureRequest) -> str:
    """Whatever touches the database runs on both kinds."""
    return str(request.param)


@pytest.fixture(autouse=True, scope="session")
def quick_passwords() -> None:
    """Passwords are slow on purpose; one test looks at how slow, all others need not wait for it."""
    passwords.HASHER = type(passwords.HASHER)(time_cost=1, memory_cost=64, parallelism=1)
    passwords.NOBODYS_HASH = passwords.HASHER.hash("nobody has this password")


@pytest.fixture(scope="session")
def template_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file with all tables and nothing in them."""
    path = tmp_path_factory.mktemp("template") / "bulou.sqlite3"
    database = Database(f"sqlite:///{path}")
    migrate(database)
    with database.engine.connect() as connection:
        connection.exec_driver_sql("ROLLBACK")
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.exec_driver_sql("BEGIN")
    database.engine.dispose()
    return path


@pytest.fixture(scope="session")
def template_url(request: pytest.FixtureRequest) -> str:
    """A PostgreSQL database with all tables and nothing in them."""
    url: str = request.getfixturevalue("postgres").new_database()
    database = Database(url)
    migrate(database)
    database.engine.dispose()
    return url


@pytest.fixture
def database_url(database_kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database of the test's own, with all tables."""
    yield from new_database(database_kind, request, tmp_path)


def new_database(kind: str, request: pytest.FixtureRequest, folder: Path) -> Iterator[str]:
    if kind == "sqlite":
        shutil.copy(request.getfixturevalue("template_file"), folder / "bulou.sqlite3")
        yield f"sqlite:///{folder / 'bulou.sqlite3'}"
        return
    server = request.getfixturevalue("postgres")
    url = server.new_database(template=request.getfixturevalue("template_url"))
    yield url
    server.drop_database(url)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """The database of the running program, for this test."""
    set_data_key(KEY)
    database = Database(database_url)
    set_database(database)
    yield database
    database.engine.dispose()
    set_database(None)


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    """A session that writes; nothing of it stays. Pages do not see it: those use `transaction()`."""
    with Session(database.engine.execution_options(writes=True), expire_on_commit=False) as session:
        yield session
        session.rollback()


@pytest.fixture
def clock() -> Iterator[FakeClock]:
    clock = FakeClock()
    set_clock(clock)
    yield clock
    set_clock(SystemClock())


@pytest.fixture
def app_kind() -> str:
    """Pages ask what use cases and queries ask, which run on both kinds; that each opens on PostgreSQL too, `test_pages.py` tells.

    The modules about our interface for programs ask for both.
    """
    return "sqlite"


@pytest.fixture
def app(app_kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Flask]:
    """The whole application over a database of its own."""
    for url in new_database(app_kind, request, tmp_path):
        yield from new_application(url, tmp_path)


def new_application(database_url: str, folder: Path) -> Iterator[Flask]:
    from bulou.database import database

    settings = Settings(
        data=folder, database_url=database_url, secret_key=KEY, data_key=KEY, base_url="http://bulou.test"
    )
    app = create_app(settings)
    app.config.update(TESTING=True, PROPAGATE_EXCEPTIONS=False, RATELIMIT_ENABLED=False)
    with app.app_context():
        pass
    yield app
    database().engine.dispose()
    set_database(None)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser that has not signed in. It reads English."""
    client = app.test_client()
    client.set_cookie("lang", "en")
    return client


@pytest.fixture
def signed_in(app: Flask) -> Callable[..., FlaskClient]:
    """`signed_in(Role.MANAGER, community_id)` is a browser in which such a person has signed in."""

    def sign_in(role: Role, community_id: str, **area: object) -> FlaskClient:
        client = app.test_client()
        client.set_cookie("lang", "en")
        with transaction() as session:
            secret = make_signed_in(session, community_id, role, **area)
        client.set_cookie("bulou_sign_in", secret)
        return client

    return sign_in
