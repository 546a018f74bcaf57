"""A group without a door on its way: from the roster to the plan, the public page, the slips, the scan and the ledger."""

import pytest
from sqlmodel import Session, col, select

from app import connect
from bulou.ids import new_id
from checkin.models import Ticket
from checkin.queries.people import find_people
from checkin.queries.slips import SlipsAsked, list_slips
from checkin.usecases import record_scan
from followup.queries.coverage import get_coverage
from followup.queries.missing import list_missing
from registry import usecases
from registry.models import Building, Compound
from registry.queries.registered import take_snapshot
from registry.reading import read_roster
from registry.rules import BuildingKind
from registry.sheets import roster_workbook
from scheduling.handouts import building_sheets, managers_table, point_sheets
from scheduling.models import Point, Round
from scheduling.queries.public import read_public_plan
from scheduling.usecases import open_round, publish_plan
from scheduling.usecases.planning import keep_draft, prepare, search
from tests.checkin.factories import Place, registrar, scan_of
from tests.factories import NOON
from tests.paper import letters, lines_of, page_texts, reader
from tests.scheduling.estates import make_estate


@pytest.fixture
def database_kind() -> str:
    return "sqlite"


def add_guards(session: Session, estate, clock, **facts) -> Building:
    compound = session.exec(select(Compound).where(Compound.community_id == estate.community.id)).one()
    return usecases.add_group(session, (compound.community_id, compound.id), "东门保安", now=clock.now(), **facts)


def publish(session: Session, estate, clock) -> Round:
    prepared = prepare(session, estate.key, now=clock.now())
    plan_id = new_id()
    keep_draft(session, estate.key, plan_id, prepared, search(prepared, seconds=0.3), author_id=None, now=clock.now())
    publish_plan(session, (estate.community.id, plan_id), by=None, now=clock.now())
    open_round(session, estate.key, now=clock.now())
    return estate.round


def test_guards_are_planned_called_scanned_and_counted_under_their_own_name(session, clock):
    connect()
    estate = make_estate(session, buildings=1, units=1, floors=2)
    guards = add_guards(session, estate, clock, people=["赵样例", "钱样例"], heads=5)

    round_ = publish(session, estate, clock)

    plan = read_public_plan(session, round_)
    (row,) = [row for row in plan.rows if row.building_id == guards.id]
    assert (row.who, row.heads) == ("", 5)
    assert row.starts_at is not None
    with reader("zh"):
        sheets = [building_sheets(plan), point_sheets(plan)]
        table = managers_table(plan)
        slips = list_slips(session, round_, SlipsAsked(everybody=True, building_id=guards.id), now=clock.now())
    assert all("东门保安" in letters("".join(page_texts(sheet))) for sheet in sheets)
    assert any("东门保安" in map(str, line) for line in lines_of(table, "采样安排表"))
    assert {(slip.building, slip.door) for slip in slips} == {("东门保安", "")}
    assert sorted(slip.name for slip in slips) == sorted(
        ["赵*例", "钱*例", "居民3（共5人）", "居民4（共5人）", "居民5（共5人）"]
    )

    (family,) = find_people(session, round_, "东门保安")
    ticket = session.exec(select(Ticket).where(Ticket.code == family.members[0].code)).one()
    point = session.get_one(Point, (estate.community.id, row.point_id))
    place = Place(estate.community.id, None, round_, point, None, guards, None, None, None)
    answer = record_scan(session, scan_of(place, ticket, override="样例"), by=registrar(place), now=clock.now())

    assert (answer.outcome, answer.resident.door) == ("accepted", "东门保安")
    rows = {row.name: row.count for row in get_coverage(session, round_, now=NOON.replace(hour=1)).buildings}
    assert (rows["东门保安"].roster, rows["东门保安"].sampled, rows["东门保安"].missing) == (5, 1, 4)
    (door,) = [door for door in list_missing(session, round_, now=clock.now()) if door.building_id == guards.id]
    assert (door.door, len(door.people)) == ("东门保安", 4)


def test_a_large_group_comes_team_by_team_and_nobody_of_it_is_unplaced(session, clock):
    connect()
    estate = make_estate(session, buildings=1, units=1, floors=1)
    site = add_guards(session, estate, clock, heads=150)

    round_ = publish(session, estate, clock)

    rows = [row for row in read_public_plan(session, round_).rows if row.building_id == site.id]
    assert sum(row.heads for row in rows) == 150
    assert all(row.starts_at for row in rows)


def test_the_export_with_a_group_imports_again_unchanged(session, clock):
    connect()
    estate = make_estate(session, buildings=1, units=1, floors=1)
    add_guards(session, estate, clock, people=["赵样例"], heads=3)
    with reader("zh"):
        content = roster_workbook(take_snapshot(session, estate.community.id, with_said=False).registered)

    account = usecases.import_roster(session, estate.community.id, read_roster(content, "a.xlsx"), now=clock.now())

    assert not account.change.moved, account.change
    assert (account.counts["refused"], account.change.changes_nothing) == (0, True)
    assert any("赵样例" in map(str, line) for line in lines_of(content, "花名册"))
    kinds = session.exec(select(Building.kind).order_by(col(Building.id))).all()
    assert kinds == [BuildingKind.HOUSE, BuildingKind.GROUP]
