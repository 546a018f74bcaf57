"""Every route says who may use it, and nobody gets past by another way."""

import re
from collections.abc import Iterator
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule

from accounts.access import OPEN
from accounts.rules import OF_PEOPLE, PERMISSIONS, Permission, Role
from bulou.database import transaction
from tests.factories import make_community, make_token

# What anybody may ask for, also without an account. A new one is added here on purpose, or it does not pass.
OPEN_PAGES = {
    "/", "/sign-in", "/sign-out", "/start", "/join", "/join/account", "/join/password", "/healthz",
    "/readyz", "/metrics", "/api/v1/csrf", "/api/v1/devices", "/static/<path:filename>", "/api/v1/openapi.json",
    "/enrol", "/points/<uuid:point_id>/scan", "/points/service-worker.js",
}  # fmt: skip
OPEN_FOLDERS = (
    "/r/",
    "/q/",
    "/b/",
    "/p/",
    "/c/",
)  # in any case: the plan pack, tickets and posters; residents have no account
CHANGES = {"POST", "PUT", "PATCH", "DELETE"}
SOME = {"uuid": str(UUID(int=1)), "int": "1", "float": "1.0"}


def is_meant_to_be_open(rule: Rule) -> bool:
    return rule.rule in OPEN_PAGES or rule.rule.lower().startswith(OPEN_FOLDERS)


def permissions_of(app: Flask, rule: Rule) -> object:
    return OPEN if rule.endpoint == "static" else getattr(app.view_functions[rule.endpoint], "permissions", None)


def address_of(rule: Rule) -> str:
    """The route with something in its blanks that nothing is called."""
    return re.sub(r"<(?:(\w+)(?:\([^)]*\))?:)?\w+>", lambda blank: SOME.get(blank[1] or "", "X"), rule.rule)


def calls(app: Flask) -> Iterator[tuple[Rule, str]]:
    for rule in app.url_map.iter_rules():
        yield from ((rule, method) for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}))


def csrf_token(client: FlaskClient) -> str:
    page = client.get("/account" if client.get_cookie("bulou_sign_in") else "/sign-in").text
    found = re.search(r'csrf_token" value="([^"]+)', page)
    assert found
    return found[1]


@pytest.fixture
def community_id(app: Flask) -> str:
    with transaction() as session:
        return str(make_community(session).id)


def test_every_route_declares_its_permission_or_is_on_the_open_list(app):
    silent = [rule.rule for rule in app.url_map.iter_rules() if not permissions_of(app, rule)]
    open_by_mistake = [
        rule.rule
        for rule in app.url_map.iter_rules()
        if permissions_of(app, rule) == OPEN and not is_meant_to_be_open(rule)
    ]

    assert silent == []
    assert open_by_mistake == []


def test_a_route_that_declares_nothing_is_closed_even_to_managers(app, signed_in, community_id):
    app.view_functions["accounts.account"] = lambda: "open"

    answer = signed_in(Role.MANAGER, community_id).get("/account")

    assert answer.status_code == 403


def test_nobody_without_an_account_gets_past_an_open_page(app, client):
    for rule, method in calls(app):
        if permissions_of(app, rule) != OPEN:
            answer = client.open(address_of(rule), method=method, headers={"X-CSRFToken": csrf_token(client)})

            way_in = answer.status_code == 302 and answer.headers["Location"].startswith("/sign-in")
            is_refused = answer.status_code == 401 if rule.rule.startswith("/api/") else way_in
            assert is_refused, (method, rule.rule, answer.status_code)


@pytest.mark.parametrize("role", OF_PEOPLE)
def test_a_role_is_refused_whatever_its_permissions_do_not_name(app, signed_in, community_id, role):
    client = signed_in(role, community_id)
    token = csrf_token(client)

    for rule, method in calls(app):
        permissions = permissions_of(app, rule)
        if permissions != OPEN and not permissions & PERMISSIONS[role]:
            answer = client.open(address_of(rule), method=method, headers={"X-CSRFToken": token})

            assert answer.status_code == 403, (method, rule.rule, answer.status_code)


@pytest.mark.parametrize("role", OF_PEOPLE)
def test_a_token_is_refused_what_its_role_is_refused(app, community_id, role):
    with transaction() as session:
        headers = {"Authorization": f"Bearer {make_token(session, community_id, role)}"}
    client = app.test_client()

    for rule, method in calls(app):
        permissions = permissions_of(app, rule)
        if rule.rule.startswith("/api/") and permissions != OPEN and not permissions & PERMISSIONS[role]:
            answer = client.open(address_of(rule), method=method, headers=headers)

            assert answer.status_code == 403, (method, rule.rule, answer.status_code)


def test_no_change_is_made_for_a_page_of_somebody_else(app, signed_in, community_id):
    """A manager's browser sends its cookie along whoever asks it to; what is missing is the hidden field."""
    client = signed_in(Role.MANAGER, community_id)
    csrf_token(client)

    for rule, method in calls(app):
        if method in CHANGES:
            answer = client.open(address_of(rule), method=method, data={"csrf_token": "made up"})

            assert answer.status_code == 400, (method, rule.rule, answer.status_code)
            if rule.rule.startswith("/api/"):
                assert answer.json["code"] == "form_expired"


def test_the_hidden_field_of_another_browser_is_worth_nothing(app, signed_in, community_id):
    mine, theirs = signed_in(Role.MANAGER, community_id), signed_in(Role.MANAGER, community_id)
    csrf_token(mine)

    answer = mine.post("/account/name", data={"shown_name": "x", "csrf_token": csrf_token(theirs)})

    assert answer.status_code == 400


def test_an_address_that_is_none_stays_a_404_and_a_wrong_method_a_405(app, client, signed_in, community_id):
    manager = signed_in(Role.MANAGER, community_id)

    assert client.get("/nothing-here").status_code == client.post("/nothing-here").status_code == 404
    assert client.delete("/sign-in").status_code == manager.put("/account").status_code == 405
    assert client.get("/api/v1/nothing-here").json["code"] == "not_found"


@pytest.mark.parametrize("role", OF_PEOPLE)
def test_every_way_that_the_first_page_offers_a_role_is_open_to_it(app, signed_in, community_id, role):
    client = signed_in(role, community_id)

    ways = re.findall(r'<a class="card" href="([^"]+)"', client.get("/").text)
    statuses = {way: client.get(way).status_code for way in [*ways, "/account"]}

    assert set(statuses.values()) == {200}, statuses
    assert ("/accounts" in ways) == (role is Role.MANAGER)


def test_every_permission_is_somebodys():
    assert frozenset().union(*PERMISSIONS.values()) == frozenset(Permission)
