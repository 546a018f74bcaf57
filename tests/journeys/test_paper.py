"""The same round done by scans and wholly on paper ends with the same ledger, row for row."""

import re
from dataclasses import dataclass
from html import unescape
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlmodel import col, select

from accounts.rules import Role
from bulou.clock import clock
from bulou.database import reading, transaction
from checkin.models import Ticket
from examples.demo import Demo, make_demo
from followup.queries.coverage import excuses_at, get_coverage
from registry.models import Building, Household, Resident
from registry.rules import ExcuseKind
from registry.usecases.excuses import excuse_resident
from scheduling.models import Assignment, Plan, RosterEntry, Round
from tests.test_routes import csrf_token

RESIDENTS = 240


@pytest.fixture
def database_kind() -> str:
    """Scans, which everything here becomes, are tried on both kinds elsewhere."""
    return "sqlite"


@dataclass(frozen=True)
class Somebody:
    """A person of the round, by what is the same in both: building, door and number in the household."""

    who: tuple[str, str, int]
    id: UUID
    code: str
    point: UUID | None  # None = sampled at the door
    called_at: Any


def people_of(demo: Demo) -> list[Somebody]:
    with reading() as session:
        round_ = session.get_one(Round, (demo.community_id, demo.round_id))
        plan = session.exec(select(Plan.id).where(Plan.round_id == round_.id)).one()
        places = {row.cohort_id: row for row in session.exec(select(Assignment).where(Assignment.plan_id == plan))}
        rows = session.exec(
            select(RosterEntry, Resident, Household.door, Building.name, Ticket.code)
            .join(Resident, col(Resident.id) == RosterEntry.resident_id)
            .join(Household, col(Household.id) == Resident.household_id)
            .join(Building, col(Building.id) == Household.building_id)
            .join(Ticket, col(Ticket.resident_id) == Resident.id)
            .where(RosterEntry.round_id == round_.id)
            .order_by(col(Building.id), col(Household.id), col(Resident.number))
        ).all()
        found = []
        for entry, person, door, building, code in rows:
            place = places.get(entry.cohort_id)
            facts = (place.point_id, place.starts_at) if place else (None, None)
            found.append(Somebody((building, door, person.number), person.id, code, *facts))
        return found


def excuse_some(demo: Demo, people: list[Somebody], now: Any) -> None:
    """Every twelfth need not come, from long before the round."""
    with transaction() as session:
        for person in people[::12]:
            key = (demo.community_id, person.id)
            excuse_resident(session, key, kind=ExcuseKind.AWAY, from_at=now, now=now)


def keep_some_at_home(demo: Demo, people: list[Somebody]) -> None:
    """A household of each building is sampled at the door."""
    ids = {person.id for person in people if person.who[1:] == people[0].who[1:] or person.who[2] > 4}
    with transaction() as session:
        of_round = select(RosterEntry).where(RosterEntry.round_id == demo.round_id)
        for entry in session.exec(of_round):
            if entry.resident_id in ids:
                entry.is_doorstep, entry.cohort_id = True, None
                session.add(entry)


def comes(index: int) -> bool:
    """Four of five come; of those who are excused one in two comes all the same."""
    return index % 24 == 0 if index % 12 == 0 else index % 5 != 0


def by_scans(app: Flask, demo: Demo, people: list[Somebody], now: Any) -> None:
    scans = []
    for index, person in enumerate(people):
        if comes(index) or index % 35 == 0:
            at = (person.called_at or now).isoformat()
            where = str(person.point or demo.points[-1][0])
            scans.append({"scan_id": str(uuid4()), "code": person.code, "point": where, "scanned_at": at})
            if index % 12 == 0:
                scans[-1]["override"] = "样例"
        if index % 35 == 0 and not comes(index):  # a mistake, taken back
            facts = {"kind": "undo", "undoes": scans[-1]["scan_id"], "point": scans[-1]["point"]}
            scans.append({"scan_id": str(uuid4()), "scanned_at": now.isoformat(), **facts})
    headers = {"Authorization": f"Bearer {demo.tokens[Role.REGISTRAR]}"}
    answer = app.test_client().post("/api/v1/scans/batch", json={"scans": scans}, headers=headers)
    assert {one["outcome"] for one in answer.json["answers"]} == {"accepted", "undone"}


class Paper:
    """A clerk with the printed lists, a browser without JavaScript, and some bad habits."""

    def __init__(self, client: FlaskClient, demo: Demo, people: list[Somebody]) -> None:
        self.client, self.demo, self.address = client, demo, f"/rounds/{demo.round_id}/paper"
        self.point = str(demo.points[-1][0])
        self.index = {person.id: index for index, person in enumerate(people)}
        self.people = people

    def sheets(self) -> list[str]:
        """All lane lists and doorstep sheets, opened; the last of the round first."""
        page = self.client.get(self.address).text
        slots = {unescape(slot) for slot in re.findall(r'name="slot" value="([^"]+)"', page)}
        asked = [{"slot": slot} for slot in sorted(slots)]
        at_door = {self.people[index].who[0] for id_, index in self.index.items() if self.people[index].point is None}
        with reading() as session:
            of_community = select(Building).where(Building.community_id == self.demo.community_id)
            buildings = session.exec(of_community).all()
        asked += [{"building": b.id, "only": "doorstep"} for b in buildings if b.name in at_door]
        opened = [self._post(f"{self.address}/open", fields).location for fields in asked]
        return opened[::-1]

    def type_in(self, sheet: str) -> None:
        """Ticks with mistakes, saved twice; then put right, saved twice, and the first page sent once more."""
        first = self._fields(sheet, lambda index: comes(index) or index % 35 == 0)
        self._save(sheet, first, 2)
        right = self._fields(sheet, comes, accept=True)
        self._save(sheet, right, 2)
        self._save(sheet, first, 1)

    def _save(self, sheet: str, fields: dict[str, str], times: int) -> None:
        for _time in range(times):
            assert self._post(sheet, fields).status_code == 302

    def _fields(self, sheet: str, is_ticked: Any, *, accept: bool = False) -> dict[str, str]:
        page = self.client.get(sheet).text
        fields = {"point": self.point, "reason": "样例"}
        fields |= dict(re.findall(r'name="(day|first)" type="\w+" value="([^"]+)"', page))
        for id_, seen in re.findall(r'name="seen-([^"]+)" value="(\d+)"', page):
            fields[f"seen-{id_}"] = seen
            if is_ticked(self.index[UUID(id_)]):
                fields[f"tick-{id_}"] = "1"
        if accept:
            fields |= dict.fromkeys(re.findall(r'name="(accept-[^"]+)"', page), "1")
        return fields

    def _post(self, address: str, fields: dict[str, Any]) -> Any:
        return self.client.post(address, data={"csrf_token": csrf_token(self.client), **fields})


def ledger_of(demo: Demo, now: Any) -> tuple[list[Any], dict[tuple[str, str, int], str]]:
    """The coverage by building, and each person's row."""
    with reading() as session:
        round_ = session.get_one(Round, (demo.community_id, demo.round_id))
        coverage = get_coverage(session, round_, now=now)
        counts = [(b.name, b.count) for b in coverage.buildings]
        excused = {row.resident_id for row in session.connection().execute(select(excuses_at(demo.community_id, now)))}
        of_round = select(RosterEntry).where(RosterEntry.round_id == demo.round_id)
        entries = {row.resident_id: row for row in session.exec(of_round)}
    rows = {}
    for person in people_of(demo):
        is_sampled = entries[person.id].sampled_at is not None
        rows[person.who] = "sampled" if is_sampled else "excused" if person.id in excused else "missing"
    return counts, rows


def test_a_round_on_paper_ends_with_the_same_ledger_as_one_by_scans(app, signed_in):
    now = clock().now()
    scanned, written = make_demo(RESIDENTS, now=now), make_demo(RESIDENTS, now=now)
    for demo in (scanned, written):
        excuse_some(demo, people_of(demo), now)
        keep_some_at_home(demo, people_of(demo))

    by_scans(app, scanned, people_of(scanned), clock().now())
    paper = Paper(signed_in(Role.REGISTRAR, written.community_id), written, people_of(written))
    for sheet in paper.sheets():
        paper.type_in(sheet)

    counts, rows = ledger_of(written, clock().now())
    assert (counts, rows) == ledger_of(scanned, clock().now())
    assert any(person.point is None for person in people_of(written))  # some are sampled at the door
    assert set(rows.values()) == {"sampled", "excused", "missing"}
    assert sum(count.roster for _building, count in counts) == RESIDENTS
