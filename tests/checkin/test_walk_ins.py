"""Nobody present is turned away: those without a code are found on the list, or noted as they say."""

import base64
import json
import os
from datetime import timedelta
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from accounts.rules import Role
from checkin.models import Scan, WalkIn
from checkin.rules import Outcome, RoundFacts, ScanFacts, ScanKind, judge_walk_in
from checkin.usecases.walk_ins import said_of
from registry.models import Resident
from registry.rules import Origin
from scheduling.models import RosterEntry
from tests.checkin.phones import csrf_headers, one_app, rows_of  # noqa: F401
from tests.checkin.test_devices import Field
from tests.factories import NOON

pytestmark = pytest.mark.usefixtures("clock")
CANARY = "卡纳里样例"


@pytest.fixture
def field(app):
    return Field()


@pytest.fixture
def phone(app, field):
    return field.phone(app)


def without_code(field, **facts):
    return {key: value for key, value in field.scan(**facts).items() if key != "code"}


def sealed_by(phone, said):
    nonce = os.urandom(12)
    cipher = AESGCM(phone.key).encrypt(nonce, json.dumps(said).encode(), phone.id.encode())
    return {"device": phone.id, "sealed": base64.b64encode(nonce + cipher).decode()}


# Found on the list.


def test_somebody_found_on_the_list_is_scanned_without_a_code(phone, field):
    person = field.place.residents[0]
    scan = without_code(field, resident=str(person.id))

    answers = [phone.ask("/scans", "POST", json=scan).json for _time in range(2)]
    again = phone.ask("/scans", "POST", json={**scan, "scan_id": str(uuid4())}).json

    assert answers[0] == answers[1]
    assert (answers[0]["outcome"], answers[0]["resident"]["id"]) == ("accepted", str(person.id))
    assert again["outcome"] == "already_sampled"
    assert [
        row.sampled_at is not None for row in rows_of(RosterEntry, field.community_id) if row.resident_id == person.id
    ] == [True]


def test_plan_and_hours_hold_for_them_too(phone, field):
    scan = without_code(field, resident=str(field.place.residents[0].id))
    tomorrow = (NOON + timedelta(days=1)).isoformat()

    answer = phone.ask("/scans", "POST", json={**scan, "scanned_at": tomorrow})

    assert answer.json["outcome"] == "wrong_time"


@pytest.mark.parametrize("whose", ["nobody", "another community"])
def test_nobody_of_ours_is_an_unknown_ticket(phone, field, whose):
    resident = uuid4() if whose == "nobody" else Field().place.residents[0].id

    answer = phone.ask("/scans", "POST", json=without_code(field, resident=str(resident), taken=True))

    assert (answer.json["outcome"], answer.json["resident"]) == ("unknown_ticket", None)


def test_neither_code_nor_person_nor_what_was_said_is_refused(phone, field):
    answer = phone.ask("/scans", "POST", json=without_code(field))

    assert (answer.status_code, answer.json["code"]) == (422, "checkin.code_missing")


# Noted.


@pytest.mark.parametrize("is_sealed", [False, True])
def test_a_walk_in_is_noted_and_counts_for_nobody(phone, field, is_sealed):
    said = {"name": CANARY, "door": "3栋2单元9"}
    walk_in = sealed_by(phone, said) if is_sealed else said
    scan = without_code(field, walk_in=walk_in, taken=True)

    answers = [phone.ask("/scans", "POST", json=scan) for _time in range(2)]

    assert [answer.json["outcome"] for answer in answers] == ["accepted"] * 2
    assert answers[0].json["resident"] is None and CANARY not in answers[0].text
    [row], [kept] = rows_of(WalkIn, field.community_id), rows_of(Scan, field.community_id)
    assert said_of(row) == (CANARY, "3栋2单元9")
    assert (kept.counts, kept.resident_id, kept.code, row.scan_id) == (False, None, None, kept.id)
    assert CANARY.encode() not in row.said and CANARY not in str(kept)


def test_a_note_that_was_sealed_before_the_phone_was_revoked_is_read(app, phone, field, clock):
    scan = without_code(field, walk_in=sealed_by(phone, {"name": CANARY, "door": ""}), taken=True)
    clock.at = NOON + timedelta(minutes=10)
    field.revoke(phone)
    other = field.phone(app)  # the same browser, enrolled anew, delivers what it noted before

    answers = [
        phone.ask("/scans", "POST", json=scan),
        other.ask("/scans", "POST", json={**scan, "scan_id": str(uuid4())}),
    ]

    assert [answer.json["outcome"] for answer in answers] == ["accepted"] * 2


def test_what_cannot_be_read_is_refused_and_nothing_is_kept(phone, field):
    theirs = Field().phone(phone.client.application)
    good = sealed_by(phone, {"name": "x", "door": ""})
    wrong = [
        {},
        {"name": " "},
        sealed_by(theirs, {"name": "x", "door": ""}),
        {**good, "device": str(uuid4())},
        {**good, "sealed": "%%%"},
        {**good, "sealed": "AAAA"},
        sealed_by(phone, ["no", "object"]),
        {"sealed": good["sealed"]},
    ]

    answers = [phone.ask("/scans", "POST", json=without_code(field, walk_in=said)) for said in wrong]
    batch = phone.ask("/scans/batch", "POST", json={"scans": [without_code(field, walk_in=said) for said in wrong]})

    assert {(answer.status_code, answer.json["code"]) for answer in answers} == {(422, "walk_in.unreadable")}
    assert {answer["code"] for answer in batch.json["answers"]} == {"walk_in.unreadable"}
    assert rows_of(Scan, field.community_id) == rows_of(WalkIn, field.community_id) == []


def test_a_walk_in_is_taken_back_like_any_scan(phone, field):
    scan = without_code(field, walk_in={"name": CANARY})
    undo = without_code(field, kind="undo", undoes=scan["scan_id"])

    answers = [phone.ask("/scans", "POST", json=body).json["outcome"] for body in (undo, scan)]

    assert answers == ["undone", "undone"]


@pytest.mark.parametrize(
    ("taken", "closed_at", "outcome", "against"),
    [
        (False, None, Outcome.ACCEPTED, None),
        (False, NOON, Outcome.CLOSED, Outcome.CLOSED),
        (True, NOON, Outcome.ACCEPTED, Outcome.CLOSED),
    ],
)
def test_a_walk_in_is_turned_away_only_where_nobody_samples(taken, closed_at, outcome, against):
    scan = ScanFacts(ScanKind.SAMPLED, NOON + timedelta(minutes=1), "p", taken=taken)

    verdict = judge_walk_in(scan, RoundFacts(NOON - timedelta(hours=1), closed_at))

    assert (verdict.outcome, verdict.against, verdict.counts) == (outcome, against, False)


# Who they are.


def settle(client, field, **form):
    path = f"/rounds/{field.place.round.id}/walk-ins"
    [row] = rows_of(WalkIn, field.community_id)
    data = {**form, "csrf_token": csrf_headers(client)["X-CSRFToken"]}
    return client.post(f"{path}/{row.scan_id}", data=data)


@pytest.fixture
def manager(field, phone, signed_in):
    """Somebody was noted at the door of two people."""
    phone.ask("/scans", "POST", json=without_code(field, walk_in={"name": CANARY, "door": "3-2-501"}, taken=True))
    return signed_in(Role.MANAGER, field.community_id)


def sampled_of(field):
    return {row.resident_id: row.sampled_at for row in rows_of(RosterEntry, field.community_id) if row.sampled_at}


def test_who_is_found_to_be_one_of_ours_is_sampled_from_when_they_came(manager, field):
    person = field.place.residents[0].id

    page = manager.get(f"/rounds/{field.place.round.id}/walk-ins")
    first, second = settle(manager, field, resident=str(person)), settle(manager, field, resident=str(person))

    assert str(person) in page.text and CANARY not in page.text
    assert (first.status_code, second.status_code) == (302, 409)
    assert sampled_of(field) == {person: NOON + timedelta(minutes=5)}
    assert "Nobody waits here" in manager.get(f"/rounds/{field.place.round.id}/walk-ins").text


def test_somebody_new_at_a_door_becomes_a_resident_who_is_sampled(manager, field):
    settle(manager, field, household=str(field.place.households[0].id))

    [new] = [row for row in rows_of(Resident, field.community_id) if row.origin is Origin.WALK_IN]
    assert (new.name, new.household_id) == (CANARY, field.place.households[0].id)
    assert set(sampled_of(field)) == {new.id}


def test_nobody_of_ours_counts_nowhere(manager, field):
    settle(manager, field)

    assert sampled_of(field) == {}
    assert [row.settled_at is not None for row in rows_of(WalkIn, field.community_id)] == [True]


def test_a_person_of_another_community_is_none_of_ours(manager, field):
    theirs = Field().place

    answers = [
        settle(manager, field, household=str(theirs.households[0].id)),
        settle(manager, field, resident=str(theirs.residents[0].id)),
    ]

    assert [answer.status_code for answer in answers] == [404, 404]
    assert [row.settled_at for row in rows_of(WalkIn, field.community_id)] == [None]


def test_another_door_is_looked_at_and_nothing_is_settled_by_that(manager, field):
    page = settle(manager, field, door="3-2-502")

    assert str(field.place.households[1].id) in page.text
    assert str(field.place.households[0].id) not in page.text
    assert [row.settled_at for row in rows_of(WalkIn, field.community_id)] == [None]
