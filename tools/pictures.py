"""The pictures of the README, made from the example community: `.venv/bin/python -m tools.pictures`, by hand, after pages changed.

The clock stands still on a morning in Shanghai, so that a picture differs only where its page does.
"""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from threading import Thread
from uuid import uuid4

from flask import Flask, Response
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from sqlmodel import col, select
from werkzeug.http import http_date
from werkzeug.serving import make_server

from accounts.models import Account
from accounts.rules import Role
from accounts.usecases import begin_session
from app import create_app
from bulou.clock import set_clock
from bulou.database import database, reading, transaction
from bulou.migrating import migrate
from bulou.settings import Settings
from checkin.models import Ticket
from checkin.rules import TicketKind
from examples.demo import Demo, make_demo
from registry.models import Building
from scheduling.models import Assignment, RosterEntry, Round
from tests.needs import find_chromium

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "pictures"
MORNING = datetime(2026, 3, 14, 2, 15, tzinfo=UTC)  # 10:15 in Shanghai
RESIDENTS, BATCH = 2000, 500
DESKTOP, PHONE = (1200, 1560), (360, 720)
COLOURS = 96


class StoppedClock:
    def now(self) -> datetime:
        return MORNING


def main() -> None:
    folder = Path(tempfile.mkdtemp(prefix="bulou-pictures-"))
    try:
        app = make_house(folder)
        demo = make_demo(RESIDENTS, now=MORNING)
        with serving(app) as address, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=find_chromium(), chromium_sandbox=False)
            codes = list_codes(demo)
            sample(app, demo, sorted({*codes} - {*codes[::6]}))  # one in six is missing
            take_all(browser, address, demo, codes[::6][-1])
            browser.close()
    finally:
        shutil.rmtree(folder)


def make_house(folder: Path) -> Flask:
    key = "00" * 32
    url = f"sqlite:///{folder / 'bulou.sqlite3'}"
    app = create_app(
        Settings(data=folder, database_url=url, secret_key=key, data_key=key, base_url="https://bulou.example")
    )
    app.after_request(date_as_the_clock)
    migrate(database())
    set_clock(StoppedClock())
    return app


def date_as_the_clock(response: Response) -> Response:
    """The scanning page sets its clock right by this header."""
    response.headers["Date"] = http_date(MORNING)
    return response


@contextmanager
def serving(app: Flask) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, app, threaded=True)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


def list_codes(demo: Demo) -> list[str]:
    """Tickets of everybody; those of the first point stand last."""
    placed = (
        select(RosterEntry.resident_id)
        .join(Assignment, col(Assignment.cohort_id) == RosterEntry.cohort_id)
        .where(Assignment.point_id == demo.points[0][0])
    )
    with reading() as session:
        of_residents = select(Ticket.code).where(Ticket.kind == TicketKind.RESIDENT)
        here = col(Ticket.resident_id).in_(placed)
        return list(session.exec(of_residents.order_by(here, col(Ticket.code))))


def sample(app: Flask, demo: Demo, codes: list[str]) -> None:
    """Most people have come to their points."""
    headers = {"Authorization": f"Bearer {demo.tokens[Role.REGISTRAR]}"}
    facts = {"point": str(demo.points[0][0]), "scanned_at": MORNING.isoformat(), "override": "样例"}
    for start in range(0, len(codes), BATCH):
        scans = [{"scan_id": str(uuid4()), "code": code, **facts} for code in codes[start : start + BATCH]]
        answer = app.test_client().post("/api/v1/scans/batch", json={"scans": scans}, headers=headers)
        assert answer.status_code == 200, answer.text


def take_all(browser: Browser, address: str, demo: Demo, code: str) -> None:
    with reading() as session:
        round_code = session.get_one(Round, (demo.community_id, demo.round_id)).code
        building = session.exec(select(Building.code).where(Building.name == "3栋")).one()
    take(browser, address, demo, "plan", f"/rounds/{demo.round_id}/plan", Role.MANAGER, DESKTOP)
    take(browser, address, demo, "round", f"/rounds/{demo.round_id}", Role.MANAGER)
    take(browser, address, demo, "building", f"/r/{round_code}/b/{building}")
    take(browser, address, demo, "ticket", f"/Q/{code}")
    take(browser, address, demo, "doors", "/my-doors", Role.VOLUNTEER)
    page = visit(browser, address, demo, f"/points/{demo.points[0][0]}/scan", Role.REGISTRAR, PHONE)
    page.locator("#typed").fill(code)
    page.locator("#type button").click()
    page.locator("#verdict-name").wait_for()
    keep("scan", page)


def take(
    browser: Browser,
    address: str,
    demo: Demo,
    name: str,
    path: str,
    role: Role | None = None,
    size: tuple[int, int] = PHONE,
) -> None:
    keep(name, visit(browser, address, demo, path, role, size))


def visit(browser: Browser, address: str, demo: Demo, path: str, role: Role | None, size: tuple[int, int]) -> Page:
    """The page as somebody of that role sees it, in Chinese."""
    context: BrowserContext = browser.new_context(
        viewport={"width": size[0], "height": size[1]},
        device_scale_factor=1 if size is DESKTOP else 2,
        locale="zh-CN",
    )
    context.clock.set_fixed_time(MORNING)
    if role is not None:
        secret = sign_in(demo.sign_ins[role].name)
        context.add_cookies([{"name": "bulou_sign_in", "value": secret, "url": address}])
    page = context.new_page()
    page.goto(address + path, wait_until="networkidle")
    return page


def sign_in(name: str) -> str:
    with transaction() as session:
        account = session.exec(select(Account).where(Account.name == name)).one()
        return begin_session(session, account, now=MORNING)


def keep(name: str, page: Page) -> None:
    """Store what is on the screen as a small PNG."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    picture = Image.open(BytesIO(page.screenshot())).convert("RGB")
    path = FOLDER / f"{name}.png"
    picture.quantize(COLOURS, dither=Image.Dither.NONE).save(path, optimize=True)
    page.context.close()
    print(f"{path.name}: {picture.width} x {picture.height}, {path.stat().st_size // 1024} KB")


if __name__ == "__main__":
    main()
