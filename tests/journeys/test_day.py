"""A whole day of a community of 2,000, through commands and calls alone, the ledger checked at every step."""

import csv
import io
import json
import random
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import openpyxl
import pytest

from tests.journeys.program import Api, Program, send_side_by_side

pytestmark = pytest.mark.slow
BUILDINGS, UNITS, DOORS = 20, 2, 17  # 680 doors
RESIDENTS, SCANNED, EXCUSED = 2000, 1900, 40
CONNECTIONS = 12
FAMILY, GIVEN = "王李张刘陈杨黄赵周吴", "安宁和平明亮春夏秋冬"


def roster_csv() -> str:
    """2,000 invented people behind 680 doors, one row a person."""
    chance = random.Random(7)
    out = io.StringIO()
    rows = csv.writer(out)
    rows.writerow(["楼栋", "单元", "房号", "姓名", "手机号"])
    doors = [(b, u, d) for b in range(BUILDINGS) for u in range(UNITS) for d in range(DOORS)]
    for number in range(RESIDENTS):
        building, unit, door = doors[number % len(doors)]
        name = chance.choice(FAMILY) + "".join(chance.choices(GIVEN, k=2))
        room = f"{door // 2 + 1}{door % 2 + 1:02d}"
        rows.writerow([f"{building + 1}栋", f"{unit + 1}单元", room, name, f"1{3800000000 + number}"])
    return out.getvalue()


def round_spec(now: datetime) -> dict[str, Any]:
    """Hours that began an hour ago and are long enough without what has begun; two points of four lanes."""
    starts_at = now.replace(minute=0, second=0, microsecond=0) - timedelta(hours=1)
    return {
        "campaign": "全员检测演练",
        "name": "第一轮",
        "slot_minutes": 30,
        "bring": "身份证",
        "sessions": [{"starts_at": starts_at.isoformat(), "ends_at": (starts_at + timedelta(hours=8)).isoformat()}],
        "points": [
            {
                "name": "北门",
                "address": "北门岗亭旁",
                "lanes": 4,
                "contact_name": "李样例",
                "contact_phone": "10000000001",
            },
            {
                "name": "南门",
                "address": "南门广场",
                "lanes": 4,
                "contact_name": "王样例",
                "contact_phone": "10000000002",
            },
        ],
    }


class Ledger:
    """An independent count: who is on the roster, sampled, excused."""

    def __init__(self, people: set[str]) -> None:
        self.people, self.sampled, self.excused = people, set(), set()

    def check(self, coverage: dict[str, Any]) -> None:
        excused = self.excused - self.sampled
        missing = self.people - self.sampled - excused
        counted = [len(self.people), len(self.sampled), len(excused), len(missing)]
        assert [coverage[name] for name in ("roster", "sampled", "excused", "missing")] == counted
        for row in [coverage, *coverage["buildings"]]:
            assert row["roster"] == row["sampled"] + row["excused"] + row["missing"]
            assert row["expected"] == row["sampled"] + row["missing"]
        for name in ("roster", "sampled", "excused", "missing", "expected"):
            assert coverage[name] == sum(row[name] for row in coverage["buildings"])


@pytest.fixture
def program(database_url: str, tmp_path: Path) -> Program:
    return Program(tmp_path, database_url)


def scan_of(ticket: dict[str, str], scan_id: str | None = None) -> dict[str, Any]:
    """The person comes when they are called, to the point they were told."""
    facts = {"code": ticket["code"], "point": ticket["point"], "scanned_at": ticket["from"]}
    return {"scan_id": scan_id or str(uuid4()), **facts}


def test_a_community_is_imported_planned_scanned_chased_and_signed(program: Program):
    (program.folder / "roster.csv").write_text(roster_csv(), encoding="utf-8")
    (program.folder / "round.json").write_text(json.dumps(round_spec(datetime.now(UTC))))

    program.call("community", "add", "TEST", "--name", "样例社区")
    imported = json.loads(program.call("roster", "import", "roster.csv", "--community", "TEST", "--json"))
    assert (imported["added"], imported["refused"]) == (RESIDENTS, [])
    again = json.loads(program.call("roster", "import", "roster.csv", "--community", "TEST", "--json"))
    assert (again["added"], again["unchanged"]) == (0, RESIDENTS)

    made = json.loads(program.call("round", "create", "round.json", "--community", "TEST", "--json"))
    round_id = made["round"]
    program.call("round", "plan", round_id, "--seconds", "2")
    program.call("round", "publish", round_id)
    program.call("tickets", round_id, "--out", "tickets.csv")
    tickets = list(csv.DictReader((program.folder / "tickets.csv").open(encoding="utf-8")))
    residents = [row for row in tickets if row["kind"] == "resident"]
    assert len(residents) == RESIDENTS
    assert all(row["code"].startswith("TEST") for row in residents)

    manager = json.loads(program.call("token", "create", "--role", "manager", "--round", round_id, "--json"))["token"]
    registrar = json.loads(program.call("token", "create", "--role", "registrar", "--round", round_id, "--json"))[
        "token"
    ]
    with program.serving():
        day = Day(program, round_id, residents, manager, registrar)
        day.wait_until_open()
        day.everybody_comes_three_times()
        day.some_are_excused()
        day.volunteers_knock()
    program.call("round", "close", round_id)
    day.closes_and_reports()


class Day:
    """One open round, from the first scan to the report."""

    def __init__(
        self, program: Program, round_id: str, tickets: list[dict[str, str]], manager: str, registrar: str
    ) -> None:
        self.program, self.round_id, self.tickets, self.registrar = program, round_id, tickets, registrar
        self.manager: Api = program.api(manager)
        self.ledger = Ledger({ticket["code"] for ticket in tickets})

    def coverage(self) -> dict[str, Any]:
        return self.manager.get(f"/rounds/{self.round_id}/coverage")

    def wait_until_open(self) -> None:
        """The job opens the round by itself, since its first session has begun."""
        deadline = datetime.now(UTC) + timedelta(seconds=60)
        while datetime.now(UTC) < deadline:
            probe = scan_of(self.tickets[0]) | {"kind": "arrived"}
            status, answer = self.program.api(self.registrar).post("/scans", probe)
            assert status == 200, answer
            if answer["outcome"] == "accepted":
                self.ledger.check(self.coverage())
                return
        raise AssertionError(f"the round did not open: {answer}")

    def everybody_comes_three_times(self) -> None:
        """1,900 people, each scanned at three phones at the same moment: counted once each."""
        coming = self.tickets[:SCANNED]
        bodies = [scan_of(ticket) for ticket in coming for _ in range(3)]
        answers = send_side_by_side(self.program, self.registrar, "/scans", bodies, CONNECTIONS)

        assert {status for status, _ in answers} == {200}
        outcomes = [answer["outcome"] for _, answer in answers]
        assert outcomes.count("accepted") == SCANNED
        assert outcomes.count("already_sampled") == 2 * SCANNED
        self.ledger.sampled |= {ticket["code"] for ticket in coming}
        self.ledger.check(self.coverage())

        repeated = send_side_by_side(self.program, self.registrar, "/scans", bodies[:30], 3)
        assert repeated == answers[:30]
        self.ledger.check(self.coverage())

    def some_are_excused(self) -> None:
        for ticket in self.tickets[SCANNED : SCANNED + EXCUSED]:
            facts = {"code": ticket["code"], "kind": "sampled_elsewhere", "note": "样例医院"}
            status, answer = self.manager.post(f"/rounds/{self.round_id}/excuses", facts)
            assert status == 201, answer
            self.ledger.excused.add(ticket["code"])
        coverage = self.coverage()
        self.ledger.check(coverage)
        assert coverage["excused_by_reason"] == {"sampled_elsewhere": EXCUSED}

    def volunteers_knock(self) -> None:
        """Sixty are missing behind known doors; a steward of each building records what came of a knock."""
        missing = []
        for row in self.coverage()["buildings"]:
            missing += self.manager.get(f"/rounds/{self.round_id}/missing?building={row['id']}")["items"]
        people = [person for door in missing for person in door["residents"]]
        assert len(people) == RESIDENTS - SCANNED - EXCUSED == 60
        assert all("*" in person["name"] for person in people)
        steward = self.program.call(
            "user",
            "add",
            "steward",
            "--shown-name",
            "李样例",
            "--role",
            "manager",
            "--community",
            "TEST",
            stdin="correct horse battery\ncorrect horse battery\n",
        )
        assert "correct horse" not in steward
        Knocking(self.program).knock(self.round_id, missing)
        self.ledger.check(self.coverage())

    def closes_and_reports(self) -> None:
        coverage = json.loads(self.program.call("coverage", self.round_id, "--json"))
        self.ledger.check(coverage)
        assert coverage["signed"]
        self.program.call("report", self.round_id, "--out", "report.xlsx")
        book = openpyxl.load_workbook(self.program.folder / "report.xlsx")
        cells = [str(cell.value) for sheet in book for line in sheet for cell in line if cell.value is not None]
        assert str(len(self.ledger.sampled)) in cells
        assert not any(re.search(r"1[38]\d{9}", cell) for cell in cells)


class Knocking:
    """Somebody signed in with a browser's cookies, recording outcomes on the pages."""

    def __init__(self, program: Program) -> None:
        import urllib.request
        from http.cookiejar import CookieJar

        self.base_url = program.base_url
        self.browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
        self._post("/sign-in", {"name": "steward", "password": "correct horse battery"})

    def knock(self, round_id: str, doors: list[dict[str, Any]]) -> None:
        outcomes = ["nobody_home", "refused", "wrong_number", "away"]
        for number, door in enumerate(doors):
            path = f"/my-doors/{round_id}/{door['household']}"
            self._post(path, {"outcome": outcomes[number % len(outcomes)], "attempt_id": str(uuid4())})

    def _post(self, path: str, fields: dict[str, str]) -> str:
        from urllib.parse import urlencode

        page = self.browser.open(self.base_url + path).read().decode()
        found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
        assert found, page[:500]
        body = urlencode({**fields, "csrf_token": found[1]}).encode()
        return str(self.browser.open(self.base_url + path, body).read().decode())
