"""A server with an open round, and phones before it: the scanning page in a real browser."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, expect
from sqlmodel import select
from werkzeug.serving import make_server

from accounts.rules import Role
from bulou.database import reading, transaction
from checkin.models import Scan
from scheduling.models import Assignment
from tests.checkin.factories import Place, make_open_round, make_ticket
from tests.factories import make_signed_in

CAMERA = ("--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream")
PLAIN_HOST = "scan.test"
PLAIN = f"--host-resolver-rules=MAP {PLAIN_HOST} 127.0.0.1"  # a flag of Chromium: a name that is no secure one
SOON = 15_000  # ms, on a machine with much else to do
SCREEN = {"width": 360, "height": 640}
PIN = "135790"
# A PIN is stretched 600,000 times, half a second for each page; how often is not what these tests are about.
QUICK = """const derive = SubtleCrypto.prototype.deriveKey;
SubtleCrypto.prototype.deriveKey = function (how, ...rest) { return derive.call(this, { ...how, iterations: 1 }, ...rest); };"""


@dataclass
class Stage:
    """A server with an open round: three at one door, who are called now, and as many doors more as asked for."""

    app: Flask
    url: str
    place: Place
    secret: str
    codes: list[str]  # of the residents
    household_code: str
    pages: list[Page] = field(default_factory=list)
    server: Any = None

    @property
    def address(self) -> str:
        return f"{self.url}/points/{self.place.point.id}/scan"

    def start(self) -> None:
        port = int(self.url.rsplit(":", 1)[1]) if self.url else 0
        self.server = make_server("127.0.0.1", port, self.app, threaded=True)
        self.url = f"http://127.0.0.1:{self.server.port}"
        threading.Thread(target=self.server.serve_forever).start()

    def stop(self) -> None:
        if self.server is not None:
            self.server.shutdown()
            self.server.server_close()
            self.server = None

    def open(self, browser: Browser, **how: Any) -> Page:
        """The page of a phone that was just enrolled by whoever has signed in on it."""
        page = self.visit(browser, **how)
        enrol(page)
        expect(page.locator("#count-sampled")).not_to_have_text("–", timeout=SOON)
        return page

    def open_without_https(self, browser: Browser, *, other_point: bool = False) -> Page:
        """The page under an address that browsers do not trust: open at once, and with network only."""
        page = self.visit(browser, other_point=other_point, host=PLAIN_HOST)
        expect(page.locator("#count-sampled")).not_to_have_text("–", timeout=SOON)
        return page

    def visit(
        self,
        browser: Browser,
        *,
        other_point: bool = False,
        language: str = "en",
        script: str = "",
        host: str = "127.0.0.1",
        first: str = "",
    ) -> Page:
        """`script` runs in every page of this phone, `first` in this one only."""
        url = self.url.replace("127.0.0.1", host)
        context = browser.new_context(viewport=SCREEN, permissions=["camera"])
        context.add_init_script(QUICK + script)
        self.sign_in(context, url, language)
        page = context.new_page()
        page.add_init_script(first)
        point = self.place.other_point if other_point else self.place.point
        page.goto(f"{url}/points/{point.id}/scan")
        self.pages.append(page)
        return page

    def sign_in(self, context: BrowserContext, url: str, language: str = "en") -> None:
        names = {"bulou_sign_in": self.secret, "lang": language}
        context.add_cookies([{"name": name, "value": value, "url": url} for name, value in names.items()])

    def scans(self) -> list[Scan]:
        """What has arrived, once no phone has anything left to send."""
        for page in self.pages:
            if not page.is_closed():
                all_sent(page)
        with reading() as session:
            return list(session.exec(select(Scan).order_by(Scan.received_at)).all())


@contextmanager
def set_stage(app: Flask, households: int = 1, members: int = 3) -> Iterator[Stage]:
    now = datetime.now(UTC)  # the browser's clock cannot be told to stand still
    with transaction() as session:
        place = make_open_round(session, households=households, members=members)
        for called in session.exec(select(Assignment)):
            called.starts_at, called.ends_at = now - timedelta(minutes=10), now + timedelta(minutes=20)
        codes = [make_ticket(session, place, resident).code for resident in place.residents]
        household_code = make_ticket(session, place).code
        secret = make_signed_in(session, place.community_id, Role.REGISTRAR)
    stage = Stage(app, "", place, secret, codes, household_code)
    stage.start()
    yield stage
    for page in stage.pages:
        page.context.close()
    stage.stop()


def enrol(page: Page) -> None:
    fill_in(page)
    is_open(page)


def fill_in(page: Page) -> None:
    page.locator("#enrol-name").fill("north gate 1")
    page.locator("#enrol-pin").fill(PIN)
    page.locator("#enrol-again").fill(PIN)
    page.locator("#enrol-go").click()


def unlock(page: Page) -> None:
    page.locator("#lock-pin").fill(PIN)
    is_open(page)


def is_open(page: Page) -> None:
    expect(page.locator("#open")).to_be_visible(timeout=SOON)
    expect(page.locator("#slice-words")).not_to_be_empty(timeout=SOON)


def works_without_network(page: Page) -> None:
    expect(page.locator("#shell-words")).to_have_attribute("data-kept", "yes", timeout=SOON)


def unsent(page: Page, count: int) -> None:
    expect(page.locator("#strip")).to_have_attribute("data-count", str(count), timeout=2 * SOON)


def all_sent(page: Page) -> None:
    unsent(page, 0)


def read_as_typed(page: Page, text: str) -> None:
    page.get_by_label("Code, door, name, last 4 digits").fill(text)
    page.keyboard.press("Enter")


def verdict(page: Page, word: str) -> None:
    expect(page.locator("#verdict-word")).to_have_text(word, timeout=SOON)
    expect(page.locator("#verdict")).to_be_visible(timeout=SOON)


def tapped_away(page: Page) -> None:
    """The verdict that everybody has seen by now."""
    page.locator("#verdict").click()
    scanning_again(page)


def scanning_again(page: Page) -> None:
    expect(page.locator("#verdict")).to_be_hidden(timeout=SOON)
