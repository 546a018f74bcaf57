"""What holds for every page: machines can read it, in both languages, on any screen, with names of any kind."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Browser, Page
from werkzeug.serving import make_server

from accounts.rules import Role
from app import create_app
from bulou.database import database, set_database
from bulou.settings import Settings
from tests.house import COMMUNITY_NAME, House, Way, furnish
from tests.markup import LANGUAGES, faults_of

KEY = "00" * 32
NO_PAGES = {  # answers to programs, and files
    "static", "health.healthz", "health.readyz", "health.metrics",
    "rounds.building_sheets", "rounds.point_sheets", "rounds.table", "followup.report", "checkin.ticket_slips",
    "checkin.lane_lists", "checkin.door_sheets", "checkin.service_worker",
    "roster.drawing_picture",
}  # fmt: skip
WIDTHS = (320, 360, 1280)
SMALLEST_TAP = 44  # CSS pixels: WCAG 2.2, target size (enhanced)
SIDEWAYS = "() => document.documentElement.scrollWidth - innerWidth"
SMALL_BUTTONS = f"""() => [...document.querySelectorAll("button, .button, nav a, a.card, a.main, .call, select, summary")]
  .map(e => [e.innerText, e.getBoundingClientRect()])
  .filter(([, box]) => box.width && box.height && (box.height < {SMALLEST_TAP} - 0.5 || box.width < 24))
  .map(([words, box]) => `${{words}}: ${{Math.round(box.width)}} x ${{Math.round(box.height)}}`)"""


@pytest.fixture(scope="module")
def app(template_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    folder = tmp_path_factory.mktemp("house")
    shutil.copy(template_file, folder / "bulou.sqlite3")
    url = f"sqlite:///{folder / 'bulou.sqlite3'}"
    app = create_app(
        Settings(data=folder, database_url=url, secret_key=KEY, data_key=KEY, base_url="http://bulou.test")
    )
    app.config.update(TESTING=True, PROPAGATE_EXCEPTIONS=False, RATELIMIT_ENABLED=False)
    yield app
    database().engine.dispose()
    set_database(None)


@pytest.fixture(scope="module")
def house(app: Flask) -> House:
    return furnish(app)


@pytest.fixture(scope="module")
def address(app: Flask, house: House) -> Iterator[str]:
    """Where the house can be visited with a browser."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def reader(app: Flask, house: House, role: Role | None, language: str) -> FlaskClient:
    client = app.test_client()
    client.set_cookie("lang", language)
    if role is not None:
        client.set_cookie("bulou_sign_in", house.secrets[role])
    return client


def is_page(app: Flask, endpoint: str) -> bool:
    rules = app.url_map.iter_rules(endpoint)
    return endpoint not in NO_PAGES and any("GET" in rule.methods and "/api/" not in rule.rule for rule in rules)


def test_every_page_is_walked_through(app, house):
    walked = {way.endpoint for way in house.ways}

    assert {endpoint for endpoint in app.view_functions if is_page(app, endpoint)} == walked


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_is_whole(app, house, language):
    faults = []

    for way in house.ways:
        answer = reader(app, house, way.role, language).get(way.url, follow_redirects=True)
        faults += [] if answer.status_code == 200 else [f"{way}: {answer.status_code}"]
        faults += [f"{way}: {fault}" for fault in faults_of(answer.text, language)]

    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("language", LANGUAGES)
def test_refusals_are_pages_too(app, house, language):
    manager, anybody = reader(app, house, Role.MANAGER, language), reader(app, house, None, language)
    refused = [manager.get("/nothing-here"), anybody.get("/r/NOTHING"), anybody.get("/Q/NOTHING")]
    refused += [reader(app, house, Role.VIEWER, language).get("/accounts")]

    assert [answer.status_code for answer in refused] == [404, 404, 404, 403]
    assert [fault for answer in refused for fault in faults_of(answer.text, language)] == []


def test_what_people_typed_is_never_a_mark(app, house):
    pages = [reader(app, house, way.role, "zh").get(way.url, follow_redirects=True).text for way in house.ways]

    assert not any("<b>" in page for page in pages)
    assert any(COMMUNITY_NAME[:4] + "&lt;b&gt;" in page for page in pages)


def visit(page: Page, house: House, address: str, way: Way, language: str) -> None:
    cookies = [{"name": "lang", "value": language, "url": address}]
    if way.role is not None:
        cookies.append({"name": "bulou_sign_in", "value": house.secrets[way.role], "url": address})
    page.context.clear_cookies()
    page.context.add_cookies(cookies)  # type: ignore[arg-type]
    page.goto(address + way.url, wait_until="load")


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_page_is_wider_than_the_screen_and_every_button_can_be_hit(
    browser: Browser, house: House, address: str, language: str
):
    page = browser.new_context(locale="zh-CN").new_page()
    faults = []

    for way in house.ways:
        visit(page, house, address, way, language)
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 740})
            sideways = page.evaluate(SIDEWAYS)
            faults += [f"{way} at {width}: {sideways} px too wide"] if sideways > 0 else []
        page.set_viewport_size({"width": 360, "height": 740})
        faults += [f"{way}: {small}" for small in page.evaluate(SMALL_BUTTONS)]

    assert not faults, "\n".join(faults)
