"""Phones of a point: enrolled with a code or by whoever signed in, told their point's people, revoked."""

import re
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa

from accounts.models import ApiToken, AuditEntry
from accounts.rules import Area, Permission, Principal, Role
from bulou.clock import clock
from bulou.database import transaction
from checkin.errors import PointHasDevices, PointHasScans, PointNotYours
from checkin.models import Device, DeviceCode, Scan, SliceMark
from checkin.usecases.devices import make_device_code, revoke_device
from scheduling.models import Assignment, Plan, Round
from scheduling.rules import RoundState
from scheduling.usecases import remove_point
from tests.checkin.factories import make_open_round, make_ticket
from tests.checkin.phones import Phone, ask_to_enrol, csrf_headers, one_app, rows_of  # noqa: F401
from tests.factories import NOON, make_token

pytestmark = pytest.mark.usefixtures("clock")


class Field:
    """An open round, and somebody who may enrol phones for it."""

    def __init__(self):
        with transaction() as session:
            self.place = make_open_round(session, households=2)
            self.tickets = [make_ticket(session, self.place, resident) for resident in self.place.residents]
        self.community_id, self.point = self.place.community_id, self.place.point.id
        self.manager = Principal(self.community_id, (Area(Role.MANAGER),))

    def code(self):
        with transaction() as session:
            key = (self.community_id, self.point)
            return make_device_code(session, key, by=self.manager, now=clock().now()).secret

    def phone(self, app, **facts):
        client = app.test_client()
        client.set_cookie("lang", "en")
        return Phone(client, ask_to_enrol(client, code=self.code(), **facts))

    def revoke(self, phone):
        with transaction() as session:
            revoke_device(session, (self.community_id, device_id(phone)), by=self.manager, now=clock().now())

    def scan(self, **facts):
        at = (NOON + timedelta(minutes=5)).isoformat()
        given = {"scan_id": str(uuid4()), "code": self.tickets[0].code, "point": str(self.point), "scanned_at": at}
        return {**given, **facts}


def device_id(phone):
    return UUID(phone.id)


@pytest.fixture
def field(app):
    return Field()


@pytest.fixture
def phone(app, field):
    return field.phone(app)


def deeds(field):
    return [entry.action for entry in rows_of(AuditEntry, field.community_id) if entry.action.startswith("device.")]


# Enrolling.


def test_a_code_enrols_a_phone_that_has_no_account(app, field):
    phone = field.phone(app)

    answer = phone.ask("/device")

    assert answer.json["device"] == {
        "id": phone.id,
        "name": "北门1号",
        "point": str(field.point),
        "round": str(field.place.round.id),
    }
    assert len(phone.key) == 32
    assert deeds(field) == ["device.code_made", "device.enrolled"]


def test_whoever_has_signed_in_and_may_scan_there_needs_no_code(app, signed_in, field):
    client = signed_in(Role.REGISTRAR, field.community_id, point_id=field.point)

    answers = [ask_to_enrol(client, point=str(point)) for point in (field.point, field.place.other_point.id)]

    assert [answer.status_code for answer in answers] == [201, 403]


def test_the_cookie_is_for_this_site_and_no_script(app, field):
    client = app.test_client()

    answer = ask_to_enrol(client, code=field.code())

    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("bulou_device=") and "HttpOnly" in cookie and "SameSite=Strict" in cookie
    assert (
        f"Max-Age={400 * 24 * 3600};" in cookie
    )  # what it made is taken for ever; the server says how long it is trusted


@pytest.mark.parametrize("facts", [{}, {"code": "AAAA-BBBB-CCCC-DDDD-EEEE"}, {"point": str(uuid4())}])
def test_nobody_enrols_without_a_valid_code_or_a_right(client, field, facts):
    answer = ask_to_enrol(client, **facts)

    assert answer.status_code in (401, 403)
    assert rows_of(Device, field.community_id) == []


def test_a_code_is_worth_nothing_a_second_time_and_after_a_quarter_of_an_hour(app, client, field, clock):
    code, late = field.code(), field.code()

    first, second = ask_to_enrol(client, code=code), ask_to_enrol(app.test_client(), code=code)
    clock.advance(minutes=15)
    third = ask_to_enrol(client, code=late)

    assert (first.status_code, second.status_code, third.status_code) == (201, 403, 403)
    assert second.json["code"] == third.json["code"] == "device.code_not_valid"


def test_a_code_whose_form_is_wrong_stays_good(client, field):
    code = field.code()

    refused = ask_to_enrol(client, code=code, name="")
    enrolled = ask_to_enrol(client, code=code)

    assert (refused.status_code, enrolled.status_code) == (422, 201)


def test_wrong_codes_are_counted_against_the_address(app, client, field, monkeypatch):
    monkeypatch.setitem(app.config, "RATELIMIT_ENABLED", True)

    answers = [ask_to_enrol(client, code="AAAA-BBBB") for _try in range(61)]

    assert answers[-1].status_code == 429


def test_a_round_that_is_over_takes_no_phone(app, field):
    code = field.code()
    with transaction() as session:
        round_ = session.merge(field.place.round)
        round_.state = "closed"
    answer = ask_to_enrol(app.test_client(), code=code)

    assert (answer.status_code, answer.json["code"]) == (409, "device.round_over")


# What a phone may do.


def test_a_phone_scans_without_a_hidden_field(phone, field):
    answer = phone.ask("/scans", "POST", json=field.scan())

    assert (answer.status_code, answer.json["outcome"]) == (200, "accepted")
    assert [str(row.device_id) for row in rows_of(Scan, field.community_id)] == [phone.id]


def test_the_cookie_alone_is_nobody(phone, field):
    asked = {"json": field.scan(), "headers": csrf_headers(phone.client)}

    answers = [phone.client.post("/api/v1/scans", **asked), phone.client.get("/rounds")]

    assert answers[0].status_code == 401
    assert "/sign-in" in answers[1].headers["Location"]


def test_the_id_of_another_phone_is_nobodys(app, phone, field):
    other = field.phone(app)

    answers = [phone.ask("/device", headers={"X-Device": said}) for said in (other.id, "x", "")]

    assert {(answer.status_code, answer.json["code"]) for answer in answers} == {(401, "device_unknown")}


def test_a_phone_asks_as_itself_also_where_somebody_has_signed_in(app, signed_in, field):
    client = signed_in(Role.MANAGER, field.community_id)
    phone = Phone(client, ask_to_enrol(client, point=str(field.point)))

    answer = phone.ask(f"/rounds/{field.place.round.id}/coverage")

    assert answer.status_code == 403


def test_a_phones_secret_is_no_token(phone):
    secret = phone.client.get_cookie("bulou_device").value

    answer = phone.client.get("/api/v1/device", headers={"Authorization": f"Bearer {secret}"})

    assert answer.status_code == 401


def test_a_phone_reads_its_own_point_and_no_other(phone, field):
    theirs = Field()
    paths = ("", "/counts", "/people", "/slice")

    own = [phone.ask(f"/points/{field.point}{path}").status_code for path in paths]
    others = [phone.ask(f"/points/{field.place.other_point.id}{path}").status_code for path in paths]
    elsewhere = [phone.ask(f"/points/{theirs.point}{path}").status_code for path in paths]

    assert own == [200] * 4
    assert others == [403] * 4
    assert elsewhere == [404] * 4


def test_a_phone_enrols_no_phone(phone, field):
    answer = phone.ask("/devices", "POST", json={"name": "2", "point": str(field.point)})

    assert (answer.status_code, answer.json["code"]) == (403, "device.enrols_no_device")


def test_only_a_phone_has_a_slice(app, field):
    with transaction() as session:
        headers = {"Authorization": f"Bearer {make_token(session, field.community_id, Role.MANAGER)}"}

    answer = app.test_client().get(f"/api/v1/points/{field.point}/slice", headers=headers)

    assert (answer.status_code, answer.json["code"]) == (403, "device.not_one")


def test_what_a_phone_has_not_sent_and_when_it_was_here_is_kept(phone, field, clock):
    clock.advance(minutes=2)
    phone.ask("/device", headers={"X-Unsent": "7"})
    clock.advance(seconds=5)
    phone.ask("/device", headers={"X-Unsent": "nonsense"})

    [row] = rows_of(Device, field.community_id)
    assert (row.unsent, row.seen_at) == (7, clock.now() - timedelta(seconds=5))


# Their point.


def planned(field):
    with transaction() as session:
        session.get_one(Round, (field.community_id, field.place.round.id)).state = RoundState.PLANNED
        session.exec(sa.delete(Assignment).where(Assignment.community_id == field.community_id))
        session.exec(sa.delete(Plan).where(Plan.community_id == field.community_id))


def remove_its_point(field):
    with transaction() as session:
        remove_point(
            session, (field.community_id, field.place.round.id), field.point, by=field.manager, now=clock().now()
        )


def test_a_point_is_removed_with_its_codes_marks_and_phones_that_have_ended(phone, field):
    phone.slice()
    field.code()
    field.revoke(phone)
    planned(field)

    remove_its_point(field)

    assert [rows_of(table, field.community_id) for table in (Device, DeviceCode, SliceMark)] == [[], [], []]


def test_a_point_with_a_trusted_phone_or_a_scan_stays(phone, field):
    planned(field)

    with pytest.raises(PointHasDevices):
        remove_its_point(field)
    phone.ask("/scans", "POST", json=field.scan())
    field.revoke(phone)
    with pytest.raises(PointHasScans):
        remove_its_point(field)


# Revoked.


def test_a_revoked_phone_is_told_so_by_everything(phone, field, clock):
    field.revoke(phone)

    answers = [phone.ask(path) for path in ("/device", f"/points/{field.point}/slice", f"/points/{field.point}/people")]

    assert {(answer.status_code, answer.json["code"]) for answer in answers} == {(403, "device_revoked")}
    assert answers[0].json["revoked_at"] == clock.now().isoformat()
    assert deeds(field)[-1] == "device.revoked"


def test_a_revoked_phone_delivers_what_it_made_before_and_nothing_later(phone, field, clock):
    clock.at = NOON + timedelta(minutes=10)
    field.revoke(phone)
    clock.advance(hours=1)
    before, after = field.scan(), field.scan(scanned_at=(NOON + timedelta(minutes=10)).isoformat())
    fast = field.scan(scanned_at=(NOON + timedelta(minutes=12)).isoformat(), clock_offset_ms=180_000)

    single = [phone.ask("/scans", "POST", json=scan).status_code for scan in (before, after, fast)]
    batch = phone.ask("/scans/batch", "POST", json={"scans": [before, {**after, "scan_id": str(uuid4())}]})

    assert single == [200, 403, 200]
    assert batch.json["answers"][0]["outcome"] == "accepted"
    assert batch.json["answers"][1]["code"] == "device_revoked"


def test_a_revoked_phone_takes_back_its_own_scans_and_no_others(app, phone, field, clock):
    own, others = field.scan(), field.scan(code=field.tickets[1].code)
    phone.ask("/scans", "POST", json=own)
    field.phone(app).ask("/scans", "POST", json=others)
    clock.at = NOON + timedelta(minutes=10)
    field.revoke(phone)

    answers = [
        phone.ask("/scans", "POST", json=field.scan(kind="undo", code=None, undoes=scan["scan_id"]))
        for scan in (own, others)
    ]

    assert [answer.status_code for answer in answers] == [200, 403]
    assert answers[1].json["code"] == "device_revoked"


def test_a_phone_whose_time_is_over_is_as_if_revoked_then(phone, field, clock):
    [ends_at] = [token.ends_at for token in rows_of(ApiToken, field.community_id) if token.role is Role.DEVICE]
    clock.at = ends_at + timedelta(minutes=1)

    asked, sent = phone.ask("/device"), phone.ask("/scans", "POST", json=field.scan())

    assert (asked.status_code, asked.json["revoked_at"]) == (403, ends_at.isoformat())
    assert sent.status_code == 200


def test_a_phone_that_is_handed_back_is_done_with(phone, field):
    first, second = phone.ask("/device", "DELETE"), phone.ask("/device", "DELETE")

    assert first.status_code == 204
    assert second.status_code == 401  # the cookie is gone
    assert deeds(field)[-1] == "device.handed_back"


def test_a_phone_is_not_handed_back_while_something_is_unsent(phone, field):
    refused = phone.ask("/device", "DELETE", headers={"X-Unsent": "3"})

    assert (refused.status_code, refused.json["code"]) == (409, "device.has_unsent")
    assert phone.ask("/device", "DELETE", headers={"X-Unsent": "0"}).status_code == 204


def test_who_leads_a_point_revokes_its_phones_only(phone, field):
    elsewhere = Principal(
        field.community_id, (Area(Role.POINT_LEAD, field.place.round.id, field.place.other_point.id),)
    )

    with pytest.raises(PointNotYours), transaction() as session:
        revoke_device(session, (field.community_id, device_id(phone)), by=elsewhere, now=clock().now())

    assert not Principal(field.community_id, (Area(Role.REGISTRAR),)).may(Permission.MANAGE_DEVICES)


# The pages.


def phones_page(client, round_id, **form):
    path = f"/rounds/{round_id}/phones"
    if not form:
        return client.get(path)
    return client.post(path, data={**form, "csrf_token": csrf_headers(client)["X-CSRFToken"]})


def test_a_lead_sees_the_phones_of_their_point_and_no_others(phone, field, signed_in):
    round_id, area = field.place.round.id, {"round_id": field.place.round.id}
    lead = signed_in(Role.POINT_LEAD, field.community_id, **area, point_id=field.point)
    neighbour = signed_in(Role.POINT_LEAD, field.community_id, **area, point_id=field.place.other_point.id)
    registrar = signed_in(Role.REGISTRAR, field.community_id)
    stranger = signed_in(Role.MANAGER, Field().community_id)

    pages = [phones_page(client, round_id) for client in (lead, neighbour, registrar, stranger)]

    assert [page.status_code for page in pages] == [200, 200, 403, 404]
    assert ["北门1号" in page.text for page in pages] == [True, False, False, False]


def test_the_code_of_the_page_enrols_a_phone_at_that_point(app, field, signed_in):
    manager = signed_in(Role.MANAGER, field.community_id)

    page = phones_page(manager, field.place.round.id, point=str(field.place.other_point.id))
    code = re.search(r"<code>([0-9A-Z-]{24})</code>", page.text)[1]

    assert f"/enrol#{code}" in page.text
    assert Phone(app.test_client(), ask_to_enrol(app.test_client(), code=code)).point == str(field.place.other_point.id)


@pytest.mark.parametrize("point", ["", "x", "018f0000-0000-7000-8000-000000000000"])
def test_a_point_that_is_none_is_refused_on_the_page(field, signed_in, point):
    page = phones_page(signed_in(Role.MANAGER, field.community_id), field.place.round.id, point=point)

    assert page.status_code in (404, 422)
    assert 'data-kind="bad"' in page.text


def test_a_phone_is_revoked_on_the_page(phone, field, signed_in):
    manager = signed_in(Role.MANAGER, field.community_id)
    path = f"/rounds/{field.place.round.id}/phones/{phone.id}/revoke"

    manager.post(path, data={"csrf_token": csrf_headers(manager)["X-CSRFToken"]})

    assert phone.ask("/device").json["code"] == "device_revoked"
    assert "revoked" in phones_page(manager, field.place.round.id).text
