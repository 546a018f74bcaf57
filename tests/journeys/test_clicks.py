"""From an empty database to a published plan by clicks and typing alone, on a phone."""

import random
import re
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser

from tests.journeys.phone import Phone
from tests.journeys.program import Program
from tests.registry.workbooks import SIMPLE, make_xlsx

BUILDINGS, DOORS, PEOPLE = 4, 32, 300
FAMILY, GIVEN = "王李张刘陈杨黄赵周吴", "安宁和平明亮春夏秋冬"
SHANGHAI = ZoneInfo("Asia/Shanghai")
PASSWORD = "four blue doors"


@pytest.mark.timeout(180)
def test_a_manager_comes_from_nothing_to_a_published_plan_by_clicks_alone(browser: Browser, tmp_path: Path) -> None:
    program = Program(tmp_path, f"sqlite:///{tmp_path}/bulou.sqlite3")

    with program.serving():
        phone = Phone(browser, program.base_url)
        found_community(phone, code_in(program.printed()))
        bring_in_roster(phone, tmp_path)
        set_up_round(phone)
        publish_plan(phone)
        link = look_at_handouts(phone)
        sign_out(phone)
        look_at_building(phone, link)

    assert phone.faults == []


def code_in(printed: str) -> str:
    found = re.search(r"One-time code: (\S+)", printed)
    assert found, printed
    return found[1]


def found_community(phone: Phone, code: str) -> None:
    phone.page.goto("/start")
    phone.fill(code=code, community="样例社区", shown_name="李样例", name="manager")
    phone.fill(password=PASSWORD, again=PASSWORD)
    phone.press("Make the account")
    phone.headline("样例社区")


def bring_in_roster(phone: Phone, folder: Path) -> None:
    workbook = folder / "residents.xlsx"
    workbook.write_bytes(make_xlsx(roster_rows()))
    phone.follow("Roster")
    phone.follow("Read a roster in")
    phone.page.locator('[name="file"]').set_input_files(workbook)
    phone.press("Show the preview")
    phone.read(f"{PEOPLE} rows were read")
    phone.press("Import")
    phone.headline("Roster")
    phone.page.get_by_role("link", name=f"{BUILDINGS}栋").wait_for()


def roster_rows() -> list[list[str]]:
    """Invented people, one row a person, below a title as such lists have it."""
    chance = random.Random(11)
    rows = [["富安花园花名册"], SIMPLE]
    for number in range(PEOPLE):
        door = number % (BUILDINGS * DOORS)
        building, place = divmod(door, DOORS)
        name = chance.choice(FAMILY) + "".join(chance.choices(GIVEN, k=2))
        room = f"{place // 4 + 1}0{place % 2 + 1}"
        rows.append([name, f"{building + 1}栋", f"{place // 2 % 2 + 1}单元", room, f"100{number:08d}"])
    return rows


def set_up_round(phone: Phone) -> None:
    """A round of tomorrow, so that no hour of the day decides, with hours of its own and a second point."""
    tomorrow = datetime.now(SHANGHAI).date() + timedelta(days=1)
    phone.follow("Rounds")
    phone.follow("New round")
    phone.fill(campaign="全员检测演练", first_day=tomorrow.isoformat())
    phone.press("Make the round")
    phone.read("The round is ready")
    phone.follow("Points and hours")
    phone.page.get_by_role("link", name=re.compile("^Change .*08:00")).click()
    phone.headline("Change hours")
    phone.fill(from_time="09:00", until_time="15:00", break1_from="", break1_until="")
    phone.press("Keep")
    phone.read("The hours are kept.")
    phone.follow("Add a point")
    phone.fill(name="北门", address="北门岗亭旁", lanes="2", contact_name="李样例", contact_phone="10000000000")
    phone.press("Keep")
    phone.headline("Points and hours")
    phone.page.get_by_role("heading", name="北门").wait_for()


def publish_plan(phone: Phone) -> None:
    phone.page.get_by_label("Parts of this page").get_by_role("link", name="Plan").click()
    phone.press("Make the plan")
    phone.follow("Look at it as residents will, and publish")
    phone.headline("Publish version 1?")
    phone.press("Publish now")
    phone.read("Version 1 is published")


def look_at_handouts(phone: Phone) -> str:
    """What the round's page hands out; the link to send to residents."""
    phone.follow("Overview")
    lobbies, points = phone.download("Sheets for the lobbies (PDF)"), phone.download("Sheets for the points (PDF)")
    table = phone.download("Table for managers (Excel)")
    link = phone.page.get_by_role("link", name="Page for residents").get_attribute("href")

    assert lobbies.startswith(b"%PDF-") and points.startswith(b"%PDF-") and table.startswith(b"PK")
    assert link
    return link


def sign_out(phone: Phone) -> None:
    phone.follow("李样例")
    phone.press("Sign out")
    phone.headline("Sign in")


def look_at_building(phone: Phone, link: str) -> None:
    """A resident opens the link: the own building in two taps, time and place on top."""
    phone.page.goto(link)
    phone.headline("全员检测演练")
    phone.follow("3栋")
    phone.headline("3栋")
    text = phone.page.locator("main").inner_text()

    assert re.search(r"\d\d:\d\d–\d\d:\d\d", text), text
    assert "Point 1" in text or "北门" in text, text
