"""An enrolled phone in a real browser: without network, closed and opened again, locked, revoked, full. And one without HTTPS."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, expect
from sqlmodel import select

from accounts.rules import Area, Principal, Role
from bulou.clock import clock
from bulou.database import reading, transaction
from checkin.models import Device
from checkin.rules import Outcome
from checkin.usecases import record_scan
from checkin.usecases.devices import make_device_code, revoke_device
from scheduling.models import RosterEntry
from tests.checkin.factories import registrar, scan_of
from tests.checkin.film import draw_qr, make_film
from tests.checkin.stage import (
    CAMERA,
    PLAIN,
    SCREEN,
    SOON,
    Stage,
    all_sent,
    fill_in,
    read_as_typed,
    set_stage,
    tapped_away,
    unlock,
    unsent,
    verdict,
    works_without_network,
)

NO_CAMERA = "navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('', 'NotFoundError'));"
# Chromium believes in a new quota only after half a minute; a full disk is told the same way, when the transaction ends.
FULL = """const put = IDBObjectStore.prototype.put;
IDBObjectStore.prototype.put = function (...row) {
  const request = put.apply(this, row);
  if (window.isFull) this.transaction.abort();
  return request;
};"""
# Everything that this browser keeps of the page, as whoever copies its files would find it.
STORED = """async () => {
  const text = (value) => JSON.stringify(value, (_, part) => {
    const bytes = part instanceof ArrayBuffer ? new Uint8Array(part) : ArrayBuffer.isView(part) ? part : null;
    return bytes ? new TextDecoder().decode(bytes) : part;
  });
  const found = [text({ ...localStorage }), text({ ...sessionStorage })];
  for (const { name } of await indexedDB.databases()) {
    const db = await new Promise((resolve) => { indexedDB.open(name).onsuccess = ({ target }) => resolve(target.result); });
    for (const store of db.objectStoreNames) {
      const all = db.transaction(store).objectStore(store).getAll();
      await new Promise((resolve) => { all.onsuccess = resolve; });
      found.push(text(all.result));
    }
    db.close();
  }
  for (const name of await caches.keys()) {
    const cache = await caches.open(name);
    for (const request of await cache.keys()) {
      if (!/\\.(js|wasm|css|svg)$/.test(request.url)) found.push(await (await cache.match(request)).text());
    }
  }
  return found.join("\\n");
}"""


@pytest.fixture
def database_kind() -> str:
    """What the page records is tested on both kinds elsewhere; here it is the page."""
    return "sqlite"


@pytest.fixture
def stage(app: Flask) -> Iterator[Stage]:
    with set_stage(app) as stage:
        yield stage


def open_again(stage: Stage, context: BrowserContext) -> Page:
    page = context.new_page()
    page.goto(stage.address)
    stage.pages.append(page)
    return page


def film_is_scanned(page: Page, count: int) -> None:
    """Whoever holds the phone taps away what is not green: the film goes round and round."""
    for _tap in range(60):
        if sampled_on(page) >= count:
            return
        page.wait_for_timeout(300)
        if page.locator("#verdict[data-tone=warn]:not([hidden])").count():
            page.locator("#verdict-actions button").last.click()
    raise AssertionError(page.locator("#strip").inner_text())


def sampled_on(page: Page) -> int:
    return int(page.locator("#count-sampled").inner_text())


def counted(stage: Stage) -> list[UUID]:
    with reading() as session:
        entries = session.exec(select(RosterEntry).where(RosterEntry.sampled_at.is_not(None))).all()  # type: ignore[union-attr]
        return sorted(entry.resident_id for entry in entries)


def test_a_film_of_codes_is_scanned_with_server_and_network_gone_and_arrives_once(
    app: Flask, launch_chromium: Callable[..., Browser], tmp_path: Path
) -> None:
    with set_stage(app, households=10, members=2) as stage:
        film = make_film(tmp_path / "film.mjpeg", [(draw_qr(code), 0.3) for code in stage.codes])
        browser = launch_chromium(*CAMERA, f"--use-file-for-fake-video-capture={film}")
        page = stage.open(browser, first=NO_CAMERA)
        works_without_network(page)
        context = page.context
        context.set_offline(True)
        stage.stop()
        page.close()

        page = open_again(stage, context)
        unlock(page)
        film_is_scanned(page, len(stage.codes))
        names = [resident.name for resident in stage.place.residents]
        stored = page.evaluate(STORED)

        stage.start()
        context.set_offline(False)
        all_sent(page)
        assert counted(stage) == sorted(resident.id for resident in stage.place.residents)
        accepted = [scan for scan in stage.scans() if scan.outcome is Outcome.ACCEPTED]
        assert len(accepted) == len(stage.codes)
        assert all(code in stored for code in stage.codes)  # so that it was looked at where things are kept
        assert not any(name and (name in stored or name[0] + "*" in stored) for name in names)
        expect(page.locator("#late")).to_be_hidden()
        browser.close()


def test_what_is_unsent_goes_before_the_pin_and_the_last_scans_may_be_taken_back_after_it(
    stage: Stage, browser: Browser
) -> None:
    page = stage.open(browser)
    page.context.set_offline(True)
    for code in stage.codes[:2]:
        read_as_typed(page, code)
        verdict(page, "Accepted")
        tapped_away(page)
    unsent(page, 2)
    works_without_network(page)
    page.context.set_offline(False)

    page.reload()
    all_sent(page)
    assert page.locator("#open").is_hidden()
    page.locator("#lock-pin").fill("111112")
    expect(page.locator("#lock-problem")).to_contain_text("9 tries left", timeout=SOON)
    unlock(page)
    page.get_by_role("button", name="Take back: 3栋2单元501").first.click()
    expect(page.locator("#last-list")).to_contain_text("Taken back", timeout=SOON)

    stage.scans()
    assert len(counted(stage)) == 1


def test_of_two_phones_that_scan_one_person_one_counts_and_the_other_is_told(stage: Stage, browser: Browser) -> None:
    pages = [stage.open(browser) for _phone in range(2)]

    for page in pages:
        page.locator("#typed").fill(stage.codes[0])
    for page in pages:
        page.keyboard.press("Enter")

    assert sorted(scan.outcome for scan in stage.scans()) == [Outcome.ACCEPTED, Outcome.ALREADY_SAMPLED]
    assert len(counted(stage)) == 1
    for _look in range(50):
        if any(map(is_told, pages)):
            break
        pages[0].wait_for_timeout(100)
    assert sum(map(is_told, pages)) == 1


def is_told(page: Page) -> bool:
    return "Already sampled" in " ".join(page.locator("#verdict, #late-list").all_inner_texts())


def test_an_answer_that_contradicts_the_green_one_waits_until_somebody_has_looked(
    stage: Stage, browser: Browser
) -> None:
    page = stage.open(browser)
    page.context.set_offline(True)
    with transaction() as session:  # another phone was first, and this one cannot know
        now = clock().now()
        scan = scan_of(stage.place, code=stage.codes[0], scanned_at=now - timedelta(minutes=1))
        record_scan(session, scan, by=registrar(stage.place), now=now)
    read_as_typed(page, stage.codes[0])
    verdict(page, "Accepted")
    tapped_away(page)

    page.context.set_offline(False)
    expect(page.locator("#late-list")).to_contain_text("shown: Accepted; answered: Already sampled", timeout=2 * SOON)
    page.locator("#late-list button").click()

    verdict(page, "Already sampled")
    expect(page.locator("#verdict-door")).to_have_text("3栋2单元501")
    expect(page.locator("#late")).to_be_hidden()


def test_without_network_a_household_and_somebody_from_elsewhere_are_noted_and_an_unknown_ticket_is_taken(
    stage: Stage, browser: Browser
) -> None:
    page = stage.open(browser)
    page.context.set_offline(True)
    read_as_typed(page, "3-2-501")
    page.get_by_role("button", name="Whole household").click()
    page.get_by_role("button", name="3 sampled").click()
    verdict(page, "Accepted")
    tapped_away(page)
    page.get_by_role("button", name="Somebody from elsewhere").click()
    page.get_by_label("Their name").fill("来访样例")
    page.get_by_label("Where they live").fill("外村9号")
    page.get_by_role("button", name="Sampled: note it").click()
    verdict(page, "Noted")
    tapped_away(page)
    read_as_typed(page, "AAAAAAAAAAAAAAAA")
    verdict(page, "Not on this point's list")
    page.get_by_role("button", name="Accept anyway").click()
    verdict(page, "Accepted")
    unsent(page, 5)
    assert "来访" not in page.evaluate(STORED)

    page.context.set_offline(False)
    facts = stage.scans()

    assert len(counted(stage)) == 3
    taken = [scan for scan in facts if scan.is_taken]
    assert len(taken) == 2
    expect(page.locator("#late-list")).to_contain_text("Unknown ticket", timeout=SOON)


def test_a_revoked_phone_forgets_the_names_sends_what_was_before_and_keeps_what_was_after_in_sight(
    stage: Stage, browser: Browser
) -> None:
    page = stage.open(browser)
    works_without_network(page)
    page.context.set_offline(True)
    read_as_typed(page, stage.codes[0])
    verdict(page, "Accepted")
    tapped_away(page)
    phone_is_revoked(stage)
    read_as_typed(page, stage.codes[1])
    verdict(page, "Accepted")

    page.context.set_offline(False)
    expect(page.locator("#enrol-why")).to_contain_text("taken off the list", timeout=2 * SOON)
    expect(page.locator("#refused-list li")).to_have_count(1, timeout=2 * SOON)

    assert [scan.code for scan in stage.scans()] == [stage.codes[0]]
    assert "3栋" not in page.locator("body").inner_text()
    kept = page.evaluate(STORED)
    assert "sealed" not in kept and "wrapped" not in kept


def phone_is_revoked(stage: Stage) -> None:
    manager = Principal(stage.place.community_id, (Area(Role.MANAGER),))
    with transaction() as session:
        device = session.exec(select(Device)).one()
        revoke_device(session, (device.community_id, device.id), by=manager, now=clock().now())


def test_with_a_code_anybody_enrols_a_phone_and_hands_it_back_once_everything_was_sent(
    stage: Stage, browser: Browser
) -> None:
    with transaction() as session:
        code = make_device_code(session, (stage.place.community_id, stage.place.point.id), by=None, now=clock().now())
    context = browser.new_context(viewport=SCREEN, locale="en")
    page = context.new_page()
    stage.pages.append(page)
    page.goto(f"{stage.url}/enrol#{code.secret}")
    fill_in(page)
    unlock(page)
    context.set_offline(True)
    read_as_typed(page, stage.codes[0])
    verdict(page, "Accepted")
    tapped_away(page)
    page.get_by_text("This phone: north gate 1").click()
    page.get_by_role("button", name="Hand back this phone").click()
    expect(page.locator("#hand-back-words")).to_contain_text("Not yet")

    context.set_offline(False)
    all_sent(page)
    page.get_by_role("button", name="Hand back this phone").click()

    expect(page.locator("#enrol")).to_be_visible(timeout=SOON)
    assert len(counted(stage)) == 1
    assert '"wrapped"' not in page.evaluate(STORED)


def test_what_the_phone_cannot_keep_is_red_and_goes_nowhere(stage: Stage, browser: Browser) -> None:
    page = stage.open(browser, script=FULL)
    page.evaluate("window.isFull = true")

    read_as_typed(page, stage.codes[0])
    verdict(page, "Not kept: do not sample")
    expect(page.locator("#verdict")).to_have_attribute("data-tone", "bad")
    page.evaluate("window.isFull = false")
    page.get_by_role("button", name="Next person").click()
    read_as_typed(page, stage.codes[1])
    verdict(page, "Accepted")

    assert [scan.code for scan in stage.scans()] == [stage.codes[1]]


# Without HTTPS.


@pytest.fixture(scope="module")
def plain(launch_chromium: Callable[..., Browser]) -> Iterator[Browser]:
    started = launch_chromium(PLAIN)
    yield started
    started.close()


def test_without_https_scans_without_an_answer_are_kept_in_sight_and_late_answers_seen(
    stage: Stage, plain: Browser
) -> None:
    page = stage.open_without_https(plain, other_point=True)
    expect(page.locator("#insecure")).to_be_visible()
    page.context.set_offline(True)
    read_as_typed(page, stage.codes[0])
    verdict(page, "No answer yet")
    page.get_by_role("button", name="Next person").click()
    expect(page.locator("#strip")).to_contain_text("1 not yet sent")

    page.context.set_offline(False)
    page.locator("#late-list button").click(timeout=2 * SOON)
    verdict(page, "Other point")
    page.get_by_role("button", name="Accept anyway").click()
    verdict(page, "Accepted")

    assert [scan.outcome for scan in stage.scans()] == [Outcome.WRONG_POINT, Outcome.ACCEPTED]


def test_without_https_signed_out_in_between_nothing_is_lost(stage: Stage, plain: Browser) -> None:
    page = stage.open_without_https(plain)
    page.context.clear_cookies(name="bulou_sign_in")
    read_as_typed(page, stage.codes[0])
    verdict(page, "No answer yet")
    page.get_by_role("button", name="Next person").click()
    expect(page.get_by_role("link", name="You are signed out.")).to_be_visible()

    page.context.clear_cookies(name="session")  # signing in again, in another tab, begins a new one
    stage.sign_in(page.context, page.url.split("/points/")[0])

    assert [scan.outcome for scan in stage.scans()] == [Outcome.ACCEPTED]
