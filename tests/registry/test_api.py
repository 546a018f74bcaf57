import io

import pytest

from accounts.rules import Role
from bulou.database import reading, transaction
from bulou.jobs import do_request, take_request
from registry import api, jobs
from registry.models import Resident
from tests.factories import count_rows, make_community, make_token
from tests.registry.workbooks import SIMPLE, make_csv, make_xlsx

ROWS = [["赵样例", "3", "2", "501", "10000000001"], ["钱样例", "3", "2", "502", "10000000002"]]


@pytest.fixture
def app_kind(database_kind: str) -> str:
    """What programs rely on holds on both kinds of database."""
    return database_kind


@pytest.fixture
def send(app):
    """Send a roster as a program of the community does."""
    with transaction() as session:
        community_id = make_community(session).id
        tokens = {role: make_token(session, community_id, role) for role in (Role.MANAGER, Role.REGISTRAR)}
    client = app.test_client()

    def send(content, *, role=Role.MANAGER, code=community_id, query="", name="roster.xlsx"):
        return client.post(
            f"/api/v1/communities/{code}/roster{query}",
            data={"file": (io.BytesIO(content), name)} if content is not None else {},
            headers={"Authorization": f"Bearer {tokens[role]}", "Accept-Language": "en"},
        )

    send.get = lambda url: client.get(url, headers={"Authorization": f"Bearer {tokens[Role.MANAGER]}"})
    return send


def count_residents():
    with reading() as session:
        return count_rows(session, Resident)


def test_a_roster_is_taken_in_and_its_account_given(send):
    answer = send(make_xlsx([SIMPLE, *ROWS]))

    assert answer.status_code == 200
    assert {name: answer.json[name] for name in ("added", "changed", "moved", "left", "unchanged", "refused")} == {
        "added": 2,
        "changed": 0,
        "moved": 0,
        "left": 0,
        "unchanged": 0,
        "refused": [],
    }
    assert send.get(f"/api/v1/imports/{answer.json['import']}").json["added"] == 2


def test_a_dry_run_gives_the_same_account_and_writes_nothing(send):
    answer = send(make_csv([SIMPLE, *ROWS], "gb18030"), query="?dry_run=1", name="a.csv")

    assert (answer.json["added"], answer.json["import"]) == (2, None)
    assert count_residents() == 0


def test_refused_rows_come_as_problem_details(send):
    answer = send(make_xlsx([SIMPLE, ROWS[0], ["钱样例", "3", "2", "502", "1.38E+10"]]))

    assert (answer.status_code, answer.json["code"]) == (422, "roster.rows_refused")
    assert [(row["sheet"], row["row"], row["column"], row["code"]) for row in answer.json["refused"]] == [
        ("Sheet", 3, "手机号", "number.digits_lost")
    ]
    assert count_residents() == 0
    assert send(make_xlsx([SIMPLE, ROWS[0], ["钱", "3", "2", "502", "12"]]), query="?skip_refused=1").json["added"] == 1


ODD = [[*SIMPLE, "门禁码X"], [*ROWS[0], "7788"]]


def test_a_column_that_nobody_knows_is_named_and_taken_once_its_meaning_is_said(send):
    answer = send(make_xlsx(ODD))

    assert (answer.status_code, answer.json["code"]) == (422, "roster.columns_unknown")
    assert answer.json["unknown_columns"] == [{"sheet": "Sheet", "header": "门禁码X"}]
    assert "“门禁码X”" in answer.json["detail"] and "column=HEADER=MEANING" in answer.json["detail"]
    assert "ignored" in answer.json["meanings"] and "7788" not in answer.text
    assert count_residents() == 0
    assert send(make_xlsx(ODD), query="?dry_run=1").json["unknown_columns"] == answer.json["unknown_columns"]
    assert send(make_xlsx(ODD), query="?column=门禁码X=door").status_code == 422  # no such meaning
    assert send(make_xlsx(ODD), query="?column=门禁码X=ignored").json["added"] == 1


def test_a_long_file_with_a_column_that_nobody_knows_fails_with_its_name(send, monkeypatch, clock):
    monkeypatch.setattr(api, "LONG", 0)
    works = {work.kind: work for work in jobs.WORKS}
    told = []

    for query in ("", "?column=门禁码X=ignored"):
        where = send(make_xlsx(ODD), query=query).headers["Location"]
        request = take_request(works, now=clock.now())
        do_request(works[request.kind], request)
        told.append(send.get(where).json)

    assert (told[0]["state"], told[0]["failure"]) == ("failed", "roster.columns_unknown")
    assert told[0]["unknown_columns"] == [{"sheet": "Sheet", "header": "门禁码X"}]
    assert (told[1]["state"], told[1]["added"]) == ("done", 1)


def test_many_leaving_is_a_conflict_until_it_is_confirmed(send):
    send(make_xlsx([SIMPLE, *ROWS]))

    answer = send(make_xlsx([SIMPLE, ROWS[0]]))

    assert (answer.status_code, answer.json["code"], answer.json["left"]) == (409, "roster.too_many_leave", 1)
    assert send(make_xlsx([SIMPLE, ROWS[0]]), query="?confirm_leaving=1").json["left"] == 1


@pytest.mark.parametrize("content", [None, b"", b"PK\x03\x04", b"%PDF\0"])
def test_what_is_no_roster_is_refused_and_never_a_failure(send, content):
    answer = send(content)

    assert answer.status_code == 422
    assert answer.mimetype == "application/problem+json"


def test_another_community_is_not_found_and_another_role_not_permitted(send):
    assert send(make_xlsx([SIMPLE]), code="ZZZZ").status_code == 404
    assert send(make_xlsx([SIMPLE]), role=Role.REGISTRAR).status_code == 403


def test_a_long_roster_is_taken_in_by_a_worker(send, monkeypatch, clock):
    monkeypatch.setattr(api, "LONG", 1)
    answer = send(make_xlsx([SIMPLE, *ROWS]))
    assert (answer.status_code, answer.json["state"]) == (202, "waiting")

    works = {work.kind: work for work in jobs.WORKS}
    request = take_request(works, now=clock.now())
    do_request(works[request.kind], request)

    told = send.get(answer.headers["Location"]).json
    assert (told["state"], told["added"], told["refused"]) == ("done", 2, [])
    assert count_residents() == 2


def test_a_long_roster_that_is_refused_says_which_rows(send, monkeypatch, clock):
    monkeypatch.setattr(api, "LONG", 1)
    answer = send(make_xlsx([SIMPLE, ROWS[0], ["钱样例", "3", "2", "502", "12"]]))

    works = {work.kind: work for work in jobs.WORKS}
    request = take_request(works, now=clock.now())
    do_request(works[request.kind], request)

    told = send.get(answer.headers["Location"]).json
    assert (told["state"], told["failure"], told["refused"][0]["row"]) == ("failed", "roster.rows_refused", 3)
    assert count_residents() == 0


def test_an_unknown_import_is_not_found(send):
    assert send.get("/api/v1/imports/00000000-0000-7000-8000-000000000000").status_code == 404
