"""An enrolled phone in tests: a browser with a cookie that says which phone it is."""

import base64
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from flask import Flask
from flask.testing import FlaskClient
from sqlmodel import Session, SQLModel, select
from werkzeug.test import TestResponse

from bulou.database import database
from tests.conftest import new_application

Body = dict[str, Any]


@pytest.fixture(scope="module", name="app")
def one_app(template_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """One application for all tests of a module; each of them has a community of its own."""
    folder = tmp_path_factory.mktemp("phones")
    shutil.copy(template_file, folder / "bulou.sqlite3")
    yield from new_application(f"sqlite:///{folder / 'bulou.sqlite3'}", folder)


def rows_of(table: type[SQLModel], community_id: str) -> list[Any]:
    """In the order of their ids."""
    key = list(table.__table__.primary_key)  # type: ignore[attr-defined]
    with Session(database().engine) as session:
        kept = select(table).where(table.community_id == community_id)  # type: ignore[attr-defined]
        return list(session.exec(kept.order_by(*key)))


def csrf_headers(client: FlaskClient) -> dict[str, str]:
    return {"X-CSRFToken": client.get("/api/v1/csrf").json["csrf"]}


def ask_to_enrol(client: FlaskClient, **facts: Any) -> TestResponse:
    return client.post("/api/v1/devices", json={"name": "北门1号", **facts}, headers=csrf_headers(client))


class Phone:
    """What was enrolled by `client`, and what it then asks."""

    def __init__(self, client: FlaskClient, answer: TestResponse) -> None:
        assert answer.status_code == 201, answer.text
        self.client = client
        self.id = answer.json["device"]["id"]
        self.point = answer.json["device"]["point"]
        self.key = base64.b64decode(answer.json["key"])

    def ask(self, path: str, method: str = "GET", **facts: Any) -> TestResponse:
        headers = {"X-Device": self.id, **facts.pop("headers", {})}
        return self.client.open(f"/api/v1{path}", method=method, headers=headers, **facts)

    def slice(self, since: str | None = None, point: UUID | str | None = None) -> TestResponse:
        query = {"since": since} if since is not None else {}
        return self.ask(f"/points/{point or self.point}/slice", query_string=query)

    def open(self, answer: TestResponse) -> Body:
        """What was sealed for this phone."""
        assert answer.status_code == 200, answer.text
        sealed = base64.b64decode(answer.json["sealed"])
        opened: Body = json.loads(AESGCM(self.key).decrypt(sealed[:12], sealed[12:], self.id.encode()))
        return opened
