"""Sixty names that are markup, formulas, commands or riddles to somebody. On every page and in every file they are names."""

import re
from io import BytesIO

import openpyxl
import pytest
from sqlmodel import select

from accounts.rules import Role
from bulou.database import reading, transaction
from bulou.text import clean_text
from checkin.models import Ticket
from registry import usecases
from registry.models import Resident
from registry.usecases import Details
from scheduling.models import RosterEntry
from tests.checkin.factories import OPENED, make_open_round, make_ticket
from tests.factories import NOON, make_household
from tests.markup import Reader
from tests.paper import HOSTILE_NAMES, formulas_in, letters, page_texts

NAMES = [
    *HOSTILE_NAMES,
    *("=cmd|' /C calc'!A0", "=1+1", "-1+1", "@import", "+86", "\t=1", "'=1", '"=1"', "=IMPORTXML(A1)", "%00", "${7*7}"),
    *("<img src=x onerror=alert(1)>", "</td></tr></table>", "<!-- x", "]]>", "&lt;b&gt;", "&#60;", "<svg/onload=alert(1)>"),
    *("javascript:alert(1)", "' OR 1=1 --", "; DROP TABLE resident", "%s%s%n", "{0.__class__}", "%(heads)d", "#{7*7}"),
    *("\u202e张三", "张\u200b三", "\u200f\u200f", "a\u0301\u0301\u0301", "\ufeff李四", "👨‍👩‍👧‍👦一家", "😀" * 20),
    *("阿卜杜热合曼·买买提", "长" * 60, "O'Brien-Ng, Jr.", "张 三", "１２３", "王\n五", "0", "nan", "True", "张三（小）"),
    *("</script>", "../../etc/passwd", "NULL", "𠮷野", "㐂䶮𪚥", "ﷺ", "\\n\\r", "*", "#let x = 1", "`ls`"),
]  # fmt: skip
MARKS = re.compile(
    r"<script>|<img src=x|<svg/onload|<!-- x|</td></tr></table><"  # a mark that somebody typed
    r"|[\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]"  # what turns a line round, or cannot be seen
)


@pytest.fixture
def database_kind() -> str:
    return "sqlite"


@pytest.fixture
def place(app):
    """Everybody with such a name, behind six doors of an open round, with tickets."""
    with transaction() as session:
        place = make_open_round(session, households=0, roster_taken_at=OPENED)
        place.households = [make_household(session, place.unit, f"{floor}01") for floor in range(1, 7)]
        for number, name in enumerate(NAMES):
            home, said = place.households[number % 6], Details(clean_text(name, max_length=60))
            place.residents.append(usecases.add_resident(session, (home.community_id, home.id), said, now=NOON))
        for person in place.residents:
            if session.exec(select(Ticket).where(Ticket.resident_id == person.id)).first() is None:
                make_ticket(session, place, person)
        assert len(session.exec(select(RosterEntry)).all()) == len(NAMES)
    return place


def test_there_are_at_least_sixty():
    assert len(set(NAMES)) >= 60


def test_a_hostile_name_is_a_name_on_every_page(signed_in, place):
    manager, volunteer = (signed_in(role, place.community_id) for role in (Role.MANAGER, Role.VOLUNTEER))
    with reading() as session:
        codes = session.exec(select(Ticket.code)).all()
    round_, doors = f"/rounds/{place.round.id}", [home.id for home in place.households]
    first, second = place.residents[0].id, place.residents[6].id
    pages = [f"/roster/buildings/{place.building.id}", "/roster/duplicates", "/excuses", f"{round_}/tickets?q=101"]
    pages += [f"/roster/doors/{door}{page}" for door in doors for page in ("", "/add", "/edit")]
    pages += [
        f"/roster/residents/{person.id}{page}" for person in place.residents[::9] for page in ("", "/edit", "/merge")
    ]
    pages += [f"/roster/residents/{first}/merge?with={second}", f"/roster/doors/{doors[0]}/merge?with={doors[1]}"]
    pages += [f"{round_}/coverage", f"{round_}/missing?building={place.building.id}", "/roster?q=101"]
    pages += [f"/Q/{code}" for code in codes[::4]]
    texts = {page: manager.get(page) for page in pages}
    texts |= {f"card {door}": manager.get(f"/my-doors/{place.round.id}/{door}") for door in doors}

    wrong = []
    for page, answer in texts.items():
        wrong += [f"{page}: {answer.status_code}"] if answer.status_code != 200 else []
        wrong += [f"{page}: {fault}" for fault in Reader(answer.text).faults]
        wrong += [f"{page}: {found[0]!r}" for found in MARKS.finditer(answer.text)]
    assert wrong == []
    assert volunteer.get(f"/roster/doors/{doors[0]}").status_code == 403


def post(browser, page, action):
    token = re.search(r'name="csrf_token" value="([^"]+)"', browser.get(page).text)[1]
    return browser.post(action, data={"csrf_token": token})


def test_a_hostile_name_is_text_in_every_workbook(signed_in, place):
    manager = signed_in(Role.MANAGER, place.community_id)
    books = [post(manager, "/roster", "/roster/export.xlsx"), manager.get(f"/rounds/{place.round.id}/report.xlsx")]

    for answer in books:
        assert answer.status_code == 200
        assert formulas_in(answer.data) == []
    sheet = openpyxl.load_workbook(BytesIO(books[0].data)).worksheets[0]
    cells = {str(cell.value) for row in sheet.iter_rows() for cell in row}
    assert {"=1+1", "+1-1", "@SUM(A1)", "-1+1"} <= cells


def test_a_hostile_name_is_a_name_on_paper(signed_in, place):
    manager = signed_in(Role.MANAGER, place.community_id)

    answer = manager.get(f"/rounds/{place.round.id}/tickets.pdf?who=all")

    assert answer.status_code == 200
    words = letters("".join(page_texts(answer.data)))
    with reading() as session:
        people = session.exec(select(Resident)).all()
        codes = session.exec(select(Ticket.code).where(Ticket.resident_id.is_not(None))).all()
    assert len(people) == len(NAMES)
    assert all(code in words for code in codes)
