"""What cannot be stored is never answered as if it were."""

from contextlib import contextmanager

import pytest
from sqlalchemy.exc import OperationalError

from bulou.database import database
from tests.checkin.test_api import Phone, count_scans

pytestmark = pytest.mark.usefixtures("clock")


@pytest.fixture
def app_kind(database_kind: str) -> str:
    """What a database that cannot write does is each kind's own."""
    return database_kind


def disk_full(*_args, **_facts):
    raise OperationalError("COMMIT", {}, Exception("disk full"))


@contextmanager
def full_disk(monkeypatch, step):
    """The store fails where the fact is written (`execute`), or when it is made durable (`commit`)."""
    dialect = database().engine.dialect
    execute = dialect.do_execute

    def execute_or_fail(cursor, statement, parameters, context=None):
        return disk_full() if "INSERT INTO scan" in statement else execute(cursor, statement, parameters, context)

    with monkeypatch.context() as patch:
        patch.setattr(dialect, f"do_{step}", execute_or_fail if step == "execute" else disk_full)
        yield


def refused_then_taken(client, monkeypatch, path, step):
    phone = Phone(client)
    body = phone.body() if path.endswith("scans") else {"scans": [phone.body()]}

    with full_disk(monkeypatch, step):
        refused = phone.post(body, path)
    taken = phone.post(body, path)

    assert (refused.status_code, refused.json["code"]) == (503, "store.busy")
    assert int(refused.headers["Retry-After"]) > 0
    assert taken.status_code == 200
    assert count_scans() == 1


@pytest.mark.parametrize("path", ["/api/v1/scans", "/api/v1/scans/batch"])
def test_a_store_that_cannot_be_written_answers_503_and_later_the_scan_is_taken(client, monkeypatch, path):
    refused_then_taken(client, monkeypatch, path, "execute")


# PostgreSQL ends a transaction whose commit failed; SQLite leaves it open, and the next writer must not meet it.
@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
@pytest.mark.parametrize("path", ["/api/v1/scans", "/api/v1/scans/batch"])
def test_a_commit_that_fails_answers_503_and_later_the_scan_is_taken(client, monkeypatch, path):
    refused_then_taken(client, monkeypatch, path, "commit")
