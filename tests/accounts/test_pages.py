import re
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlmodel import col, select

from accounts.models import AuditEntry, LoginSession
from accounts.rules import Area, Role
from accounts.signing import COOKIE
from accounts.usecases import make_setup_code, make_token
from bulou.clock import clock as the_clock
from bulou.database import reading, transaction
from registry.models import Community
from tests.accounts.pages import PASSWORD, make_person, submit
from tests.factories import NOON, make_campaign, make_community, make_point, make_round

SignedIn = Callable[..., FlaskClient]


@pytest.fixture
def community_id(app: Flask) -> str:
    with transaction() as session:
        return str(make_community(session, name="园博社区").id)


@pytest.fixture
def manager(signed_in: SignedIn, community_id: str) -> FlaskClient:
    return signed_in(Role.MANAGER, community_id)


def person(app: Flask, **facts) -> None:
    with transaction() as session:
        make_person(session, **facts)


def cookie_of(client: FlaskClient) -> str | None:
    cookie = client.get_cookie(COOKIE)
    return cookie and cookie.value


def test_whoever_has_not_signed_in_is_shown_the_way_in(client):
    answer = client.get("/", follow_redirects=True)

    assert answer.status_code == 200
    assert "Sign in" in answer.text
    assert "no one is missed" in answer.text
    assert 'hreflang="zh-CN"' in answer.text


def test_after_signing_in_one_stands_where_one_wanted_to_go(app, client):
    person(app, name="wang")

    way_in = client.get("/account").headers["Location"]
    answer = submit(client, way_in, name="Wang ", password=PASSWORD)

    assert answer.headers["Location"].rstrip("?") == "/account"
    assert "王样例" in client.get("/account").text


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example", "/\\evil.example", "evil", "/\nx"])
def test_signing_in_never_leads_to_another_host(app, client, elsewhere):
    person(app, name="wang")

    token = re.search(r'csrf_token" value="([^"]+)', client.get("/sign-in").text)[1]
    fields = {"name": "wang", "password": PASSWORD, "csrf_token": token}
    answer = client.post("/sign-in", query_string={"next": elsewhere}, data=fields)

    assert answer.headers["Location"] == "/"


def test_the_cookie_of_a_session_is_out_of_the_reach_of_scripts(app, client):
    person(app, name="wang")

    answer = submit(client, "/sign-in", name="wang", password=PASSWORD)

    cookie = next(line for line in answer.headers.getlist("Set-Cookie") if line.startswith(COOKIE))
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Secure" not in cookie


def test_behind_https_the_cookie_never_travels_without(app, client):
    person(app, name="wang")
    app.config["SESSION_COOKIE_SECURE"] = True
    token = re.search(r'csrf_token" value="([^"]+)', client.get("/sign-in", base_url="https://bulou.test").text)[1]

    fields = {"name": "wang", "password": PASSWORD, "csrf_token": token}
    answer = client.post("/sign-in", data=fields, base_url="https://bulou.test")

    assert answer.status_code == 302
    assert all("Secure" in line for line in answer.headers.getlist("Set-Cookie") if line.startswith(COOKIE))


def test_a_secret_that_was_put_into_the_browser_before_is_worth_nothing_after_signing_in(app, client):
    person(app, name="wang")
    client.set_cookie(COOKIE, "planted")

    submit(client, "/sign-in", name="wang", password=PASSWORD)
    mine = cookie_of(client)
    thief = app.test_client()
    thief.set_cookie(COOKIE, "planted")

    assert mine != "planted"
    assert thief.get("/account").status_code == 302


def test_each_sign_in_is_a_session_of_its_own(app, client):
    person(app, name="wang")

    submit(client, "/sign-in", name="wang", password=PASSWORD)
    first = cookie_of(client)
    submit(client, "/account", "/sign-out")
    submit(client, "/sign-in", name="wang", password=PASSWORD)
    thief = app.test_client()
    thief.set_cookie(COOKIE, first)

    assert cookie_of(client) != first
    assert thief.get("/account").status_code == 302


def test_a_page_from_before_signing_in_cannot_send_its_form_any_more(app, client):
    person(app, name="wang")
    token = re.search(r'csrf_token" value="([^"]+)', client.get("/sign-in").text)[1]

    submit(client, "/sign-in", name="wang", password=PASSWORD)
    answer = client.post("/account/name", data={"shown_name": "x", "csrf_token": token})

    assert answer.status_code == 400


def test_wrong_passwords_are_kept_though_they_are_refused(app, client):
    person(app, name="wang")

    statuses = [submit(client, "/sign-in", name="wang", password="two red buckets").status_code for _ in range(5)]
    answer = submit(client, "/sign-in", name="wang", password=PASSWORD)

    assert statuses == [403] * 5
    assert answer.status_code == 403
    assert "locked for 15 minutes" in answer.text


def test_an_address_that_guesses_is_stopped_and_a_hall_of_registrars_is_not(app, client):
    app.config["RATELIMIT_ENABLED"] = True
    person(app, name="wang")

    hall = [submit(app.test_client(), "/sign-in", name="wang", password=PASSWORD).status_code for _ in range(70)]
    guesses = [submit(client, "/sign-in", name=f"n{n}", password="guess guess").status_code for n in range(62)]
    token = re.search(r'csrf_token" value="([^"]+)', client.get("/sign-in").text)[1]
    fields = {"name": "wang", "password": PASSWORD, "csrf_token": token}
    elsewhere = client.post("/sign-in", data=fields, environ_base={"REMOTE_ADDR": "192.0.2.7"})

    assert set(hall) == {302}
    assert guesses == [403] * 60 + [429] * 2
    assert elsewhere.status_code == 302


def test_the_first_account_is_made_on_its_page_and_is_signed_in(app, client):
    with transaction() as session:
        code = make_setup_code(session, now=the_clock().now())
    fields = {"community": "园博社区", "shown_name": "王样例", "name": "wang", "password": PASSWORD}

    differing = submit(client, "/start", code=code, **fields, again="two red buckets")
    made = submit(client, "/start", code=code, **fields, again=PASSWORD)

    assert differing.status_code == 422
    assert "The two passwords are not the same." in differing.text
    assert code in differing.text
    assert PASSWORD not in differing.text
    assert made.headers["Location"] == "/"
    assert "<h1>园博社区</h1>" in client.get("/").text


def test_a_wrong_setup_code_is_refused_and_makes_nothing(app, client):
    fields = {"community": "园博社区", "shown_name": "王样例", "name": "wang", "password": PASSWORD, "again": PASSWORD}

    answer = submit(client, "/start", code="0000-0000-0000-0000", **fields)

    assert answer.status_code == 403
    assert submit(client, "/sign-in", name="wang", password=PASSWORD).status_code == 403


def test_one_sees_where_one_is_signed_in_and_ends_it(app, client):
    person(app, name="wang")
    submit(client, "/sign-in", name="wang", password=PASSWORD)
    other = app.test_client()
    submit(other, "/sign-in", name="wang", password=PASSWORD)

    page = client.get("/account").text
    mine, theirs = re.findall(r'name="session" value="([^"]+)"', page)
    ended = [session for session in (mine, theirs) if "this one" not in page.split(session)[0].rsplit("<li", 1)[1]]
    submit(client, "/account", "/account/sessions/end", session=ended[0])

    assert other.get("/account").status_code == 302
    assert client.get("/account").status_code == 200


def test_a_colleague_gets_a_password_that_is_shown_once(app, client, manager):
    answer = submit(manager, "/accounts", name="li", shown_name="李样例", role="registrar")
    password = re.search(r"<code>([^<]+)</code>", answer.text)[1]

    signed_in = submit(client, "/sign-in", name="li", password=password)

    assert signed_in.status_code == 302
    assert client.get("/accounts").status_code == 403
    assert password not in manager.get("/accounts").text
    assert answer.headers["Cache-Control"] == "no-store"
    assert all(password not in line for line in answer.headers.getlist("Set-Cookie"))


def test_a_form_that_is_refused_keeps_what_was_typed_and_says_what_is_wrong_beside_it(manager):
    answer = submit(manager, "/accounts", name="", shown_name="李样例<b>", role="emperor")

    assert answer.status_code == 422
    assert answer.text.count('class="problem"') == 2
    assert "李样例&lt;b&gt;" in answer.text


def test_a_role_may_hold_at_one_point_and_only_of_this_community(app, manager, community_id):
    with transaction() as session:
        ours = make_campaign(session, make_community(session, "ABC0"))
        place = make_point(session, make_round(session, ours))
    wrong = submit(
        manager, "/accounts", name="li", shown_name="李", role="registrar", place=f"{place.round_id}/{place.id}"
    )
    nonsense = submit(manager, "/accounts", name="li", shown_name="李", role="registrar", place="here/there")

    with transaction() as session:
        ours = make_campaign(session, session.get_one(Community, community_id), "春季检测")
        place = make_point(session, make_round(session, ours, name="第一轮"), name="北门")
    right = submit(
        manager, "/accounts", name="li", shown_name="李", role="registrar", place=f"{place.round_id}/{place.id}"
    )

    assert wrong.status_code == nonsense.status_code == 404
    assert right.status_code == 200
    assert "Registrar (春季检测 · 第一轮 · 北门)" in manager.get("/accounts").text


def test_whoever_manages_one_round_only_cannot_make_managers_of_all(app, signed_in, community_id):
    with transaction() as session:
        campaign = make_campaign(session, session.get_one(Community, community_id))
        round_id = make_round(session, campaign).id
    client = signed_in(Role.MANAGER, community_id, round_id=round_id)

    assert client.get("/accounts").status_code == 403
    assert client.get("/accounts/tokens").status_code == 403
    assert client.get("/audit").status_code == 403


def test_accounts_and_tokens_of_another_community_are_not_there(app, manager):
    with transaction() as session:
        other = make_person(session, "other")
        token = make_token(session, other.community_id, area=Area(Role.VIEWER), now=NOON)

    shown = manager.get(f"/accounts/{other.id}").status_code
    changes = [f"/accounts/{other.id}/{what}" for what in ("role", "password", "sessions/end", "end")]
    changes.append(f"/accounts/tokens/{token.id}/revoke")
    statuses = [submit(manager, "/accounts", change, role="viewer").status_code for change in changes]

    assert shown == 404
    assert statuses == [404] * 5
    assert "other" not in manager.get("/accounts").text


def test_the_last_manager_is_told_why_they_stay(app, client):
    person(app, name="wang")
    submit(client, "/sign-in", name="wang", password=PASSWORD)
    own = re.search(r'href="(/accounts/[0-9a-f-]{36})"', client.get("/accounts").text)[1]

    answer = submit(client, own, f"{own}/end")

    assert answer.status_code == 409
    assert "This is the only manager." in answer.text


def test_what_was_done_names_the_doer_and_the_deed(app, client, manager):
    submit(manager, "/accounts", name="li", shown_name="李样例二", role="registrar")

    page = manager.get("/audit").text

    added = re.search(r"added the account of <a href=\"/accounts/[0-9a-f-]{36}\">李样例二</a>", page)
    assert added
    assert "Registrar" in page


def test_a_token_is_asked_for_by_programs_and_says_what_it_wants(app, community_id):
    client = app.test_client()

    answers = [client.get("/api/v1/none", headers={"Authorization": f"Bearer {t}"}) for t in ("bulou_x", "é\udc80")]

    for answer in answers:
        assert answer.status_code == 401
        assert answer.json["code"] == "accounts.token_not_valid"
        assert answer.headers["WWW-Authenticate"] == 'Bearer error="invalid_token"'


def test_a_token_opens_no_page(app, community_id):
    with transaction() as session:
        token = make_token(session, community_id, area=Area(Role.MANAGER), now=NOON).secret

    answer = app.test_client().get("/accounts", headers={"Authorization": f"Bearer {token}"})

    assert answer.status_code == 302


def test_reading_pages_writes_only_now_and_then(app, client, clock):
    person(app, name="wang")
    submit(client, "/sign-in", name="wang", password=PASSWORD)

    def seen_at():
        with reading() as session:
            return session.exec(select(LoginSession.seen_at).order_by(col(LoginSession.created_at).desc())).first()

    signed_in_at = clock.now()
    clock.advance(minutes=4)
    client.get("/account")
    before = seen_at()
    clock.advance(minutes=4)
    client.get("/account")

    assert before == signed_in_at
    assert seen_at() == clock.now()


def test_an_idle_browser_has_to_sign_in_again(app, client, clock):
    person(app, name="wang")
    submit(client, "/sign-in", name="wang", password=PASSWORD)

    clock.advance(hours=12)

    assert client.get("/account").status_code == 302


def test_names_are_not_written_down_beside_what_was_done(app, manager):
    submit(manager, "/accounts", name="li-secret-name", shown_name="李样例", role="registrar")

    with reading() as session:
        noted = [entry.model_dump_json() for entry in session.exec(select(AuditEntry))]

    assert noted
    assert all("li-secret-name" not in entry and "李样例" not in entry for entry in noted)
