"""Scans over HTTP, as CONTRACT.md promises them."""

import json
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlmodel import Session

from accounts.rules import Role
from bulou.crypto import field_keys
from bulou.database import database, transaction
from checkin.models import Scan
from registry.models import Resident
from tests.checkin.factories import make_open_round, make_ticket
from tests.factories import NOON, count_rows, make_token

pytestmark = pytest.mark.usefixtures("clock")


@pytest.fixture
def app_kind(database_kind: str) -> str:
    """What programs rely on holds on both kinds of database."""
    return database_kind


class Phone:
    """A device with a token at the first point."""

    def __init__(self, client, **area):
        self.client = client
        with transaction() as session:
            self.place = make_open_round(session, households=2)
            self.tickets = [make_ticket(session, self.place, resident) for resident in self.place.residents]
            self.household = make_ticket(session, self.place)
            self.token = make_token(session, self.place.community_id, Role.REGISTRAR, **area)

    @property
    def headers(self):
        return {"Authorization": f"Bearer {self.token}", "Accept-Language": "en"}

    def body(self, ticket=None, **facts):
        code = (ticket or self.tickets[0]).code
        at = (NOON + timedelta(minutes=5)).isoformat()
        return {"scan_id": str(uuid4()), "code": code, "point": str(self.place.point.id), "scanned_at": at, **facts}

    def post(self, body, path="/api/v1/scans"):
        return self.client.post(path, json=body, headers=self.headers)

    def get(self, path):
        return self.client.get(path, headers=self.headers)


@pytest.fixture
def phone(client):
    return Phone(client)


def count_scans():
    with Session(database().engine) as session:
        return count_rows(session, Scan)


def test_an_accepted_scan_says_who_and_where(phone):
    body = phone.body()

    answer = phone.post(body)

    assert answer.status_code == 200
    assert answer.json == {
        "scan_id": body["scan_id"],
        "outcome": "accepted",
        "message": "Accepted.",
        "resident": {"id": str(phone.place.residents[0].id), "name": "张*样", "door": "3栋2单元501"},
        "sampled_at": "2022-04-03T00:05:00+00:00",
        "place": {
            "point": str(phone.place.point.id),
            "from": "2022-04-03T00:00:00+00:00",
            "to": "2022-04-03T00:30:00+00:00",
        },
        "members": None,
    }


def test_the_same_scan_again_gets_the_same_answer_word_for_word(phone):
    body = phone.body()

    answers = [phone.post(body) for _time in range(3)]

    assert len({answer.data for answer in answers}) == 1
    assert count_scans() == 1


def test_the_same_instant_in_another_zone_is_the_same_content(phone):
    body = phone.body(scanned_at="2022-04-03T08:05:00+08:00")

    answers = [phone.post(body), phone.post({**body, "scanned_at": "2022-04-03T00:05:00Z"})]

    assert [answer.status_code for answer in answers] == [200, 200]


def test_other_content_under_the_same_id_is_a_conflict(phone):
    body = phone.body()
    phone.post(body)

    answer = phone.post({**body, "lane": "2"})

    assert (answer.status_code, answer.json["code"]) == (409, "checkin.scan_id_reused")
    assert answer.mimetype == "application/problem+json"


def test_the_message_speaks_the_readers_language(phone):
    phone.client.set_cookie("lang", "zh")

    answer = phone.post(phone.body())

    assert answer.json["message"] != "Accepted."
    assert answer.json["resident"]["name"] == "张*样"


def test_a_point_outside_the_tokens_is_refused(client):
    phone = Phone(client)
    with transaction() as session:
        area = {"round_id": phone.place.round.id, "point_id": phone.place.other_point.id}
        phone.token = make_token(session, phone.place.community_id, Role.REGISTRAR, **area)

    answer = phone.post(phone.body())

    assert (answer.status_code, answer.json["code"]) == (403, "checkin.point_not_yours")
    assert count_scans() == 0


def test_another_communitys_point_is_not_there(client):
    phone, other = Phone(client), Phone(client)

    answer = phone.post(phone.body(point=str(other.place.point.id)))

    assert (answer.status_code, answer.json["code"]) == (404, "point.not_found")


@pytest.mark.parametrize("token", [None, "", "bulou_nonsense"])
def test_without_a_valid_token_nothing_is_recorded(phone, token):
    headers = {"Authorization": f"Bearer {token}"} if token is not None else {}

    answer = phone.client.post("/api/v1/scans", json=phone.body(), headers=headers)

    assert answer.status_code in (400, 401)
    assert count_scans() == 0


def test_a_role_that_may_not_scan_is_refused(client):
    phone = Phone(client)
    with transaction() as session:
        phone.token = make_token(session, phone.place.community_id, Role.VIEWER)

    assert phone.post(phone.body()).status_code == 403


def test_a_browser_that_has_signed_in_scans_with_the_token_of_its_page_only(phone, signed_in):
    browser = signed_in(Role.REGISTRAR, phone.place.community_id)
    phone.client.application.config["WTF_CSRF_ENABLED"] = True

    answer = browser.post("/api/v1/scans", json=phone.body())

    assert answer.status_code == 400
    assert count_scans() == 0


def test_a_household_scan_asks_who_is_there(phone):
    answer = phone.post(phone.body(phone.household))

    assert (answer.json["outcome"], answer.json["resident"]) == ("choose_member", None)
    assert [member["id"] for member in answer.json["members"]] == [str(one.id) for one in phone.place.residents[:2]]


def test_an_undo_needs_no_code(phone):
    body = phone.body()
    phone.post(body)
    undo = {**phone.body(), "kind": "undo", "undoes": body["scan_id"]}
    del undo["code"]

    answer = phone.post(undo)

    assert (answer.status_code, answer.json["outcome"]) == (200, "undone")
    assert phone.post(phone.body()).json["outcome"] == "accepted"


# Batches.


def test_each_of_a_batch_has_its_own_answer_in_the_same_order(phone):
    good, again = phone.body(), phone.body(phone.tickets[1])
    bad_time, stranger = phone.body(scanned_at="yesterday"), phone.body(point=str(uuid4()))
    items = [good, bad_time, "nonsense", stranger, good, {**good, "lane": "7"}, again]

    answer = phone.post({"scans": items}, "/api/v1/scans/batch")

    answers = answer.json["answers"]
    assert answer.status_code == 200
    assert [one.get("status", one.get("outcome")) for one in answers] == [
        *("accepted", 422, 422, 404, "accepted", 409, "accepted")
    ]
    assert [one["scan_id"] for one in answers if "status" in one] == [
        *(bad_time["scan_id"], None, stranger["scan_id"], good["scan_id"])
    ]
    assert count_scans() == 2


def test_a_batch_has_at_most_500_scans(phone):
    assert phone.post({"scans": [{}] * 501}, "/api/v1/scans/batch").json["code"] == "checkin.too_many_scans"
    assert len(phone.post({"scans": [{}] * 500}, "/api/v1/scans/batch").json["answers"]) == 500
    assert phone.post({"scans": []}, "/api/v1/scans/batch").json == {"answers": []}
    assert phone.post({"scans": {}}, "/api/v1/scans/batch").status_code == 422


def test_what_breaks_the_program_spoils_no_other_of_the_batch(phone, monkeypatch):
    poison = phone.body(lane="poison")
    judge = __import__("checkin.usecases.scans", fromlist=["judge_scan"]).judge_scan

    def fail_on_poison(facts):
        if facts.scan.override:
            raise ZeroDivisionError
        return judge(facts)

    monkeypatch.setattr("checkin.usecases.scans.judge_scan", fail_on_poison)
    items = [phone.body(), {**poison, "override": "x"}, phone.body(phone.tickets[1])]

    answers = phone.post({"scans": items}, "/api/v1/scans/batch").json["answers"]

    assert [one.get("status", one.get("outcome")) for one in answers] == ["accepted", 500, "accepted"]
    assert answers[1]["scan_id"] == poison["scan_id"]


# What comes in is not always meant well.

HOSTILE = [
    {"scan_id": None},
    {"scan_id": 5},
    {"scan_id": []},
    {"scan_id": "\ud83d"},
    {"scan_id": "x" * 100_000},
    {"code": None},
    {"code": ""},
    {"code": 7},
    {"code": ["A"]},
    {"code": {"a": 1}},
    {"code": "x" * 500_000},
    {"code": None, "kind": "undo"},
    {"point": "here"},
    {"point": 10**400},
    {"scanned_at": "2022-04-03T00:05:00"},
    {"scanned_at": "2022-02-30T00:05:00Z"},
    {"scanned_at": 1648944300},
    {"scanned_at": 1e308},
    {"scanned_at": "0001-01-01T00:00:00Z"},
    {"scanned_at": "9999-12-31T23:59:59-12:00"},
    {"scanned_at": True},
    {"kind": "swab"},
    {"kind": None},
    {"kind": 1},
    {"taken": "yes"},
    {"taken": 1},
    {"taken": None},
    {"resident": "me"},
    {"group_id": 3},
    {"undoes": "that"},
    {"clock_offset_ms": 10**30},
    {"clock_offset_ms": "soon"},
    {"clock_offset_ms": 1.5},
    {"clock_offset_ms": 10**13},
    {"clock_offset_ms": None},
    {"device_seq": 2**63},
    {"device_seq": {}},
    {"plan": -1},
    {"plan": 2**31},
    {"plan": "one"},
    {"lane": "x" * 1000},
    {"lane": {}},
    {"tube": "x" * 1000},
    {"tube": [1]},
    {"override": 5},
    {"override": {"a": "b"}},
    {"source": "rumour"},
]


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)  # refused before any database is asked
@pytest.mark.parametrize("change", HOSTILE, ids=lambda change: json.dumps(change)[:40])
def test_what_is_no_scan_is_refused_in_words_that_name_the_field(phone, change):
    answer = phone.client.post("/api/v1/scans", data=json.dumps({**phone.body(), **change}), headers=phone.headers)

    assert answer.status_code == 422, answer.text
    assert answer.json["code"] in ("input.invalid", "checkin.code_missing", "checkin.undoes_missing")
    assert answer.json["detail"]
    assert count_scans() == 0


STRANGE = [
    {"code": "\ud83d\x00hello"},
    {"code": "' OR 1=1 --"},
    {"code": "%00%ff"},
    {"override": "\x00\ud83d=HYPERLINK(1)" + "长" * 5000, "tube": "\x00T1", "lane": 3},
    {"unknown": {"deep": [[[]]]}},
    {"device_seq": 2**62, "clock_offset_ms": -300_000_000, "plan": 0},
    {"scan_id": "00000000000000000000000000000000"},
    {"scan_id": "{ffffffff-ffff-ffff-ffff-ffffffffffff}"},
]


def test_strange_scans_are_recorded_all_the_same(phone):
    for change in STRANGE:
        body = json.dumps({**phone.body(), **change})

        answers = [phone.client.post("/api/v1/scans", data=body, headers=phone.headers) for _time in range(2)]

        assert [answer.status_code for answer in answers] == [200, 200], answers[0].text
        assert answers[0].data == answers[1].data


BODIES = [
    b"",
    b"[]",
    b"null",
    b"{",
    b"\xff\xfe",
    b"[" * 100_000,
    b'{"a":' * 50_000,
    b'{"scans":' + b"[" * 100_000,
    b"1" * 5000,
]


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
@pytest.mark.parametrize("path", ["/api/v1/scans", "/api/v1/scans/batch"])
@pytest.mark.parametrize("body", BODIES, ids=lambda body: repr(body[:12]))
def test_what_is_no_json_object_is_refused(phone, path, body):
    answer = phone.client.post(path, data=body, headers=phone.headers)

    assert (answer.status_code, answer.json["code"]) == (400, "input.not_json")


def test_ten_megabytes_are_too_much(phone):
    answer = phone.client.post("/api/v1/scans", data=b'{"a":"' + b"x" * 10_000_000 + b'"}', headers=phone.headers)

    assert (answer.status_code, answer.json["code"]) == (413, "checkin.body_too_large")


# What the scanning page asks.


def test_a_point_says_when_it_is_open_and_of_which_round_it_is(phone):
    answer = phone.get(f"/api/v1/points/{phone.place.point.id}")

    assert answer.json["round"] == {
        "id": str(phone.place.round.id),
        "name": "第一轮",
        "state": "open",
        "version": 1,
        "closed_at": None,
        "opened_at": "2022-04-02T23:00:00+00:00",
    }
    assert answer.json["contact"] == {"name": "李样例", "phone": "13800000000"}
    assert [(hours["from"], hours["lanes"]) for hours in answer.json["hours"]] == [("2022-04-03T00:00:00+00:00", 1)]


def test_a_point_counts_who_came_and_who_is_called_for_now(phone):
    phone.post(phone.body(kind="arrived"))
    phone.post(phone.body(phone.tickets[1], kind="arrived"))
    phone.post(phone.body(phone.tickets[1]))

    answer = phone.get(f"/api/v1/points/{phone.place.point.id}/counts").json

    figures = {name: answer[name] for name in ("sampled", "arrived", "waiting", "expected_now")}
    assert figures == {"sampled": 1, "arrived": 2, "waiting": 1, "expected_now": 3}


@pytest.mark.parametrize("typed", ["3-2-501", "3栋2单元501", "501", "３＃501", "李样", "6789", "123X", "123x"])
def test_people_are_found_by_door_by_name_and_by_last_digits(phone, typed):
    with transaction() as session:
        resident = session.get_one(Resident, (phone.place.community_id, phone.place.residents[0].id))
        resident.name = "李样"
        resident.phone = field_keys().encrypt(phone.place.community_id, "13800006789")
        resident.identity_number = field_keys().encrypt(phone.place.community_id, "11010119900101123X")
        session.add(resident)

    people = f"/api/v1/points/{phone.place.point.id}/people"
    answer = phone.client.get(people, query_string={"q": typed}, headers=phone.headers)
    assert phone.client.post(people, json={"q": typed}, headers=phone.headers).json == answer.json

    (family,) = answer.json["items"]
    assert (family["door"], family["code"]) == ("3栋2单元501", phone.household.code)
    assert [member["code"] for member in family["members"]] == [ticket.code for ticket in phone.tickets[:2]]
    assert family["members"][0]["name"] == "李*"
    assert family["members"][0]["place"]["point"] == str(phone.place.point.id)


def test_nobody_is_found_by_what_fits_nobody(phone):
    for typed in ("", " ", "4-4-444", "王", "%", "\x00", "9999", "x" * 5000, "2022-03-02"):
        answer = phone.client.get(
            f"/api/v1/points/{phone.place.point.id}/people", query_string={"q": typed}, headers=phone.headers
        )

        assert (answer.status_code, answer.json["items"]) == (200, [])


def test_a_phone_looks_people_up_only_at_its_own_point(client):
    phone = Phone(client)
    with transaction() as session:
        area = {"round_id": phone.place.round.id, "point_id": phone.place.other_point.id}
        phone.token = make_token(session, phone.place.community_id, Role.REGISTRAR, **area)

    paths = [f"/api/v1/points/{phone.place.point.id}{rest}" for rest in ("", "/people?q=501", "/counts")]

    assert [phone.get(path).status_code for path in paths] == [403, 403, 403]


def test_the_api_describes_itself(client):
    document = client.get("/api/v1/openapi.json").json

    operation = document["paths"]["/scans"]["post"]
    assert document["openapi"].startswith("3.1")
    assert operation["requestBody"]["content"]["application/json"]["schema"] == {
        "$ref": "#/components/schemas/IncomingScan"
    }
    assert set(document["components"]["schemas"]["IncomingScan"]["required"]) == {"scan_id", "point", "scanned_at"}
    assert {"/scans/batch", "/points/{point_id}/people"} <= set(document["paths"])
