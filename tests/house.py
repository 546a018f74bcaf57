"""A whole house to walk through: the example community with an open round, and beside it a draft, a plan in the making, a file
that waits for its preview, visits, excuses, scans, and names as long and as hostile as the fields allow."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from io import BytesIO
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from flask import Flask, url_for
from PIL import Image
from sqlmodel import Session, col, select

from accounts.models import Account
from accounts.rules import OF_PEOPLE, Area, Principal, Role
from accounts.usecases import begin_session
from bulou.clock import clock
from bulou.database import reading, transaction
from bulou.ids import new_code, new_id
from bulou.jobs import ask_for
from bulou.models import RequestState
from checkin.jobs.official import READ
from checkin.models import Device, Ticket
from checkin.queries.paper import people_of_building
from checkin.reading import read_list
from checkin.rules import TicketKind
from checkin.rules.paper import SheetFacts, SheetKind
from checkin.usecases.devices import enrol_signed_in, hand_back_device, revoke_device
from checkin.usecases.official import SentList, compare_list, keep_list
from checkin.usecases.paper import TypedBox, TypedSheet, make_sheet, save_sheet
from checkin.views.carers import link_of
from examples.demo import Demo, make_demo
from followup.jobs import EXCUSE
from followup.rules import VisitOutcome
from followup.usecases import VisitReport, record_attempt
from registry.jobs import COMPARE
from registry.models import Building, Community, Compound, Household, Resident, Unit
from registry.reading import read_roster
from registry.reading.files import Line, Sheet
from registry.reading.pictures import read_picture
from registry.rules import BuildingKind, CorrectionKind, ExcuseKind
from registry.usecases import import_roster, keep_upload, send_correction
from registry.usecases.drawings import put_drawing, set_scale
from registry.usecases.excuses import excuse_resident
from scheduling.models import Campaign, Cohort, Plan, Point, Round, SamplingSession
from scheduling.planner.sizing import size
from scheduling.rules.sizing import SizingWish
from scheduling.usecases import cancel_round
from scheduling.usecases.planning import ask_for_plan, keep_draft, prepare, search
from scheduling.usecases.rounds import start_round
from scheduling.usecases.sizing import answer_of, ask_for_sizing, read_ask
from tests.factories import make_building, make_community, make_compound
from tests.registry.workbooks import SIMPLE, make_xlsx

RESIDENTS = 240  # two buildings, seven units
HOSTILE = "<b>长</b>&amp;\"'"
COMMUNITY_NAME = f"样例社区{HOSTILE}{'特别长的社区名称' * 6}"
BUILDING_NAME = f"{HOSTILE}WwwwwwwwwWwww特别长的楼栋"
POINT_NAME = f"{HOSTILE}特别长的采样点名称在北门以东三百米的篮球场旁边"
LONG_NAME = f"{HOSTILE}欧阳特别长的姓名阿卜杜热合曼买买提"


@dataclass(frozen=True, slots=True)
class Way:
    """A page and somebody who may see it; None = anybody."""

    endpoint: str
    url: str
    role: Role | None

    def __str__(self) -> str:
        return f"{self.endpoint} as {self.role or 'anybody'}"


@dataclass(frozen=True, slots=True)
class House:
    demo: Demo
    secrets: dict[Role, str]  # for the cookie of whoever has signed in
    ways: tuple[Way, ...]


def furnish(app: Flask) -> House:
    """Fill the empty database of this application."""
    with app.app_context():
        now = clock().now()
        demo = make_demo(RESIDENTS, now=now)
        with transaction() as session:
            secrets = {role: _sign_in(session, demo.sign_ins[role].name, now) for role in OF_PEOPLE}
            places = _places(session, demo)
            _give_long_names(session, demo, places)
            _chase(session, demo, places, now)
            _enrol_phones(session, demo, now)
        _scan(app, demo)
        places["sheet"] = _type_in(demo, places, now)
        rounds = _more_rounds(demo, now)
        with transaction() as session:
            more = _more(session, demo, now)
        with app.test_request_context(), reading() as session:
            ways = tuple(_ways(session, demo, {**places, **rounds, **more}))
    return House(demo, secrets, ways)


def _sign_in(session: Session, name: str, now: datetime) -> str:
    account = session.exec(select(Account).where(Account.name == name)).one()
    return begin_session(session, account, browser="Chrome, Android", now=now)


def _places(session: Session, demo: Demo) -> dict[str, Any]:
    """A building with a steward, a door of two of it, and one of the people behind it."""
    building = session.exec(select(Building).order_by(col(Building.id))).first()
    assert building
    of_two = select(Resident.household_id).where(Resident.number == 2)
    doors = select(Household).where(Household.building_id == building.id, col(Household.id).in_(of_two))
    households = session.exec(doors.order_by(col(Household.id)).limit(4)).all()
    people = session.exec(select(Resident).where(Resident.household_id == households[0].id)).all()
    return {"building": building, "households": households, "people": people}


def _give_long_names(session: Session, demo: Demo, places: dict[str, Any]) -> None:
    community, campaign = session.get_one(Community, demo.community_id), session.exec(select(Campaign)).one()
    point = session.get_one(Point, (demo.community_id, demo.points[0][0]))
    compound = session.exec(select(Compound)).one()
    building, person = places["building"], places["people"][0]
    unit = session.get_one(Unit, (demo.community_id, places["households"][0].unit_id))
    community.name, compound.name = COMMUNITY_NAME, f"小区{HOSTILE}{'名' * 50}"
    building.name, building.grid, unit.name = BUILDING_NAME, f"网格{HOSTILE}{'格' * 20}", "特别长的单元名称二单元"
    point.name, point.address = POINT_NAME, f"{HOSTILE}{'很长的地址' * 18}"
    campaign.name, person.name = f"演练{HOSTILE}{'很长的名称' * 10}", LONG_NAME
    session.add_all([community, compound, building, unit, point, campaign, person])
    places["compound"] = compound.id
    _hang_drawing(session, (demo.community_id, compound.id))


def _hang_drawing(session: Session, compound: tuple[str, UUID]) -> None:
    """A plain sheet on which all the buildings stand."""
    sheet = BytesIO()
    Image.new("RGB", (1000, 700), "lightgrey").save(sheet, "PNG")
    put_drawing(session, compound, read_picture(sheet.getvalue()), now=clock().now())
    set_scale(session, compound, (100, 600), (800, 600), 400.0, now=clock().now())


def _chase(session: Session, demo: Demo, places: dict[str, Any], now: datetime) -> None:
    """Somebody is excused, a proposal waits, somebody was knocked for."""
    round_ = session.get_one(Round, (demo.community_id, demo.round_id))
    key = (demo.community_id, places["people"][1].id)
    excuse_resident(session, key, kind=ExcuseKind.AWAY, from_at=now, note="出差", now=now)
    for kind in (CorrectionKind.SAMPLED, CorrectionKind.NAME):
        send_correction(
            session,
            (demo.community_id, places["households"][0].id),
            uuid4(),
            resident_id=places["people"][0].id if kind is CorrectionKind.SAMPLED else None,
            kind=kind,
            said=f"{HOSTILE}{'很长的话' * 60}",
            now=now,
        )
    outcomes = (VisitOutcome.NOBODY_HOME, VisitOutcome.IN_HOSPITAL)
    for household, outcome in zip(places["households"][1:], outcomes, strict=False):
        residents = session.exec(select(Resident.id).where(Resident.household_id == household.id)).all()
        report = VisitReport(uuid4(), outcome, tuple(residents), note=f"{HOSTILE}{'很长的备注' * 8}")
        record_attempt(session, round_, household.id, report, by=None, now=now)


def _enrol_phones(session: Session, demo: Demo, now: datetime) -> None:
    """One that has something to send, one that was revoked, one that was handed back."""
    point, by = (demo.community_id, demo.points[0][0]), Principal(demo.community_id, (Area(Role.MANAGER),))
    names = (f"{HOSTILE}特别长的手机名称在北门第一采样台旁边", "2号", "3号")
    phones = [enrol_signed_in(session, point, name, by=by, now=now) for name in names]
    session.get_one(Device, (demo.community_id, phones[0].id)).unsent = 17
    revoke_device(session, (demo.community_id, phones[1].id), by=by, now=now)
    hand_back_device(session, (demo.community_id, phones[2].id), by=by, now=now)


def _scan(app: Flask, demo: Demo) -> None:
    """A third of the people have come."""
    with reading() as session:
        tickets = select(Ticket.code).where(Ticket.kind == TicketKind.RESIDENT).order_by(col(Ticket.code))
        codes = session.exec(tickets.limit(RESIDENTS // 3)).all()
    facts = {"point": str(demo.points[0][0]), "scanned_at": clock().now().isoformat(), "override": "样例"}
    scans = [{"scan_id": str(uuid4()), "code": code, **facts} for code in codes]
    said = ({"name": LONG_NAME, "door": "2-1-101"}, {"name": "", "door": f"{HOSTILE}没有的门"}, {"name": "王样例"})
    scans += [{"scan_id": str(uuid4()), "walk_in": each, **facts} for each in said]
    headers = {"Authorization": f"Bearer {demo.tokens[Role.REGISTRAR]}"}
    answer = app.test_client().post("/api/v1/scans/batch", json={"scans": scans}, headers=headers)
    assert answer.status_code == 200, answer.text


def _type_in(demo: Demo, places: dict[str, Any], now: datetime) -> UUID:
    """A paper list of the building on which one tick counts, one does not, and somebody was written on an empty line."""
    with transaction() as session:
        round_ = session.get_one(Round, (demo.community_id, demo.round_id))
        people = tuple(people_of_building(session, round_, places["building"].id))
        facts = SheetFacts(round_.id, SheetKind.DOORS, places["building"].id, None, round_.version, people)
        sheet, local = make_sheet(session, round_, facts, now=now), now.astimezone(ZoneInfo("Asia/Shanghai"))
        boxes = {id_: TypedBox(id_ in (places["people"][1].id, people[5]), 0, None) for id_ in people}
        typed = TypedSheet(local.date(), local.time(), demo.points[0][0], boxes)
        by = Principal(demo.community_id, (Area(Role.REGISTRAR),))
        save_sheet(session, round_, sheet.id, typed, by=by, now=now)
        return sheet.id


def _more_rounds(demo: Demo, now: datetime) -> dict[str, Any]:
    """A draft in which not everybody has a place, a round whose plan is being made, one that was called off."""
    tomorrow = (now + timedelta(days=1)).date()
    with transaction() as session:
        names = ("第二轮的演练", "第三轮的演练", "第四轮的演练", "第五轮的演练")
        made = [start_round(session, demo.community_id, name, 30, tomorrow, by=None, now=now) for name in names]
        small = session.exec(select(Point).where(Point.round_id == made[0].id)).one()
        small.utilisation = 0.05
        session.add(small)
        ids = [round_.id for round_ in made]
        ask_for_plan(session, (demo.community_id, ids[1]), by=None, now=now)
        ask_for_sizing(session, (demo.community_id, ids[1]), SizingWish(), by=None, now=now)
        cancel_round(session, (demo.community_id, ids[2]), because=f"{HOSTILE}大雨，改到星期六", by=None, now=now)
        _size(session, (demo.community_id, ids[3]), now)
    key, plan_id = (demo.community_id, ids[0]), new_id()
    with transaction() as session:
        prepared = prepare(session, key, now=now)
    found = search(prepared, seconds=0.5)
    with transaction() as session:
        keep_draft(session, key, plan_id, prepared, found, author_id=None, now=now)
    return {"draft_round": ids[0], "draft": plan_id, "planning": ids[1], "cancelled": ids[2], "sized": ids[3]}


def _size(session: Session, key: tuple[str, UUID], now: datetime) -> None:
    """Somebody has asked how much is needed, and is answered with what cannot be had as well."""
    request = ask_for_sizing(session, key, SizingWish(staff=3, last_slot=1), by=None, now=now)
    ask, meaning = read_ask(session, key, SizingWish(staff=3, last_slot=1), now=now)
    request.news, request.state = {"answer": answer_of(size(ask, steps=200), meaning)}, RequestState.DONE
    session.add(request)


def _more(session: Session, demo: Demo, now: datetime) -> dict[str, Any]:
    """A file that waits for its preview, one that is being read, and a community of which nothing is known."""
    rows = [SIMPLE, ["王样例", "1栋", "1单元", "101", "10000000001"], [LONG_NAME, "88栋", "1单元", "", "1"]]
    rows += [[f"李样例{number}", "88栋", "1单元", f"{number}01", ""] for number in range(1, 9)]
    name = f"{HOSTILE}{'很长的文件名' * 10}.xlsx"
    facts: dict[str, Any] = {"file_name": name, "compound": "", "author_id": None, "now": now}
    upload = keep_upload(session, demo.community_id, make_xlsx(rows), **facts)
    read = read_roster(make_xlsx([SIMPLE, [LONG_NAME, "77栋", "1单元", "101", "10000000001"]]), "a.xlsx")
    done = import_roster(session, demo.community_id, read, file_name=name, now=now)
    request = ask_for(session, demo.community_id, COMPARE, {"upload": str(upload)}, by=None, now=now)
    empty = make_building(session, make_compound(session, make_community(session)), name="9栋")
    round_ = session.get_one(Round, (demo.community_id, demo.round_id))
    lines = [
        ("姓名", "证件号码", "住址"),
        (LONG_NAME, "110101199003070038", "某处"),
        ("王样例", "坏", "1-1-101"),
        ("", "1", ""),
    ]
    lines += [(name, "", "") for name in _some_names(session, demo)]
    sheet = Sheet(f"{HOSTILE}表", tuple(Line(number, cells) for number, cells in enumerate(lines, 1)))
    prepared = compare_list(session, round_, SentList(name, read_list([sheet], "Asia/Shanghai")), now=now)
    official = keep_list(session, round_, prepared, by=None, now=now)
    listed = {"round": str(demo.round_id), "upload": str(upload), "at": ""}
    list_request = ask_for(session, demo.community_id, READ, listed, by=None, now=now)
    many = {"people": [], "heads": 2, "back": {"url": "/excuses"}}
    return {
        "excuse_request": ask_for(session, demo.community_id, EXCUSE, many, by=None, now=now).id,
        "import": done.import_id,
        "official": official,
        "list_request": list_request.id,
        "upload": upload,
        "request": request.id,
        "empty_building": empty.code,
        "no_code": new_code(8),
    }


def _some_names(session: Session, demo: Demo) -> list[str]:
    names = select(Resident.name).where(Resident.community_id == demo.community_id, col(Resident.name).is_not(None))
    return [str(name) for name in session.exec(names.order_by(col(Resident.id)).limit(6))]


def _ways(session: Session, demo: Demo, house: dict[str, Any]) -> Iterator[Way]:
    """Each page with its address, for a role that may see it."""
    yield from _resident_ways(session, demo, house)
    ids = {name: _one_id(session, demo, name) for name in ("session", "point", "plan", "cohort")}
    building, household = house["building"].id, house["households"][0].id
    person, round_, draft = house["people"][0].id, demo.round_id, house["draft"]
    another = session.exec(
        select(Building.id).where(
            Building.community_id == demo.community_id, Building.kind == BuildingKind.HOUSE, Building.id != building
        )
    ).first()
    draft_cohort = session.exec(select(Cohort.id).where(Cohort.round_id == house["draft_round"])).first()
    volunteer = session.exec(select(Account.id).where(Account.name == demo.sign_ins[Role.VOLUNTEER].name)).one()
    manager: list[tuple[str, dict[str, Any]]] = [
        ("accounts.list_accounts", {}),
        ("accounts.show_account", {"account_id": volunteer}),
        ("accounts.audit", {}),
        ("accounts.list_tokens", {}),
        ("examples.ask", {}),
        ("roster.index", {}),
        ("roster.index", {"q": "王"}),
        ("roster.choose_file", {}),
        ("roster.preview", {"upload_id": house["upload"]}),
        ("roster.columns", {"upload_id": house["upload"]}),
        ("roster.work", {"request_id": house["request"]}),
        ("roster.list_imports", {}),
        ("roster.show_import", {"import_id": house["import"]}),
        ("roster.ask_to_undo", {"import_id": house["import"]}),
        ("roster.building", {"building_id": building}),
        ("roster.door", {"household_id": household}),
        ("roster.resident", {"resident_id": person}),
        ("roster.new_door", {"building_id": building}),
        ("roster.edit_door", {"household_id": household}),
        ("roster.new_resident", {"household_id": household}),
        ("roster.edit_resident", {"resident_id": person}),
        ("roster.choose_merge", {"resident_id": person}),
        ("roster.choose_merge", {"resident_id": person, "with": house["people"][1].id}),
        ("roster.choose_door_merge", {"household_id": household, "with": house["households"][1].id}),
        ("roster.choose_building_merge", {"building_id": building, "kept": another}),
        ("roster.duplicates", {}),
        ("roster.positions", {}),
        ("roster.drawing", {"compound_id": house["compound"]}),
        ("roster.drawing", {"compound_id": house["compound"], "step": "scale", "first": "9-9", "second": "90-90"}),
        ("rounds.index", {}),
        ("rounds.new", {}),
        *(("rounds.show", {"round_id": each}) for each in (round_, house["draft_round"], house["cancelled"])),
        *(("rounds.plan", {"round_id": each}) for each in (round_, house["draft_round"], house["planning"])),
        ("rounds.copy", {"round_id": round_}),
        *(("rounds.point_map", {"round_id": each}) for each in (round_, house["cancelled"])),
        ("rounds.ask_to_cancel", {"round_id": round_}),
        ("rounds.buildings", {"round_id": round_}),
        ("rounds.points", {"round_id": round_}),
        ("rounds.points", {"round_id": house["draft_round"]}),
        *(("rounds.size", {"round_id": each}) for each in (round_, house["planning"], house["sized"])),
        ("rounds.confirm_size", {"round_id": house["sized"], "number": 1}),
        ("rounds.new_session", {"round_id": round_}),
        ("rounds.edit_session", {"round_id": round_, "session_id": ids["session"]}),
        ("rounds.new_point", {"round_id": round_}),
        ("rounds.edit_point", {"round_id": round_, "point_id": ids["point"]}),
        *(("rounds.show_plan", {"plan_id": each}) for each in (ids["plan"], draft)),
        *(("rounds.why", {"plan_id": each, "building_id": building}) for each in (ids["plan"], draft)),
        ("rounds.edit_place", {"plan_id": draft, "cohort_id": draft_cohort}),
        ("rounds.confirm", {"plan_id": draft}),
        ("checkin.tickets", {"round_id": round_}),
        ("checkin.tickets", {"round_id": round_, "q": "101"}),
        ("checkin.carer", {"round_id": round_}),
        ("checkin.devices", {"round_id": round_}),
        ("checkin.walk_ins", {"round_id": round_}),
        ("checkin.walk_ins", {"round_id": house["draft_round"]}),
        ("checkin.devices", {"round_id": house["draft_round"]}),
        ("checkin.paper", {"round_id": round_}),
        ("checkin.paper", {"round_id": house["draft_round"]}),
        ("followup.coverage", {"round_id": round_}),
        ("followup.coverage", {"round_id": house["planning"]}),
        ("followup.missing", {"round_id": round_}),
        ("followup.missing", {"round_id": round_, "building": building}),
        ("followup.stewards", {}),
        ("roster.corrections", {}),
        ("checkin.scans_of", {"resident_id": person}),
        ("checkin.official_lists", {"round_id": round_}),
        ("checkin.official_list", {"round_id": round_, "list_id": house["official"]}),
        ("checkin.official_work", {"round_id": round_, "request_id": house["list_request"]}),
        ("followup.excuses", {}),
        ("followup.excuse_work", {"request_id": house["excuse_request"]}),
        ("followup.choose", {"household": household}),
        ("followup.form_counting", {}),
    ]
    yield from (_way(endpoint, Role.MANAGER, facts) for endpoint, facts in manager)
    yield from (_way(endpoint, role, {}) for endpoint in ("accounts.home", "accounts.account") for role in OF_PEOPLE)
    yield from (_way("rounds.show", role, {"round_id": round_}) for role in (Role.VIEWER, Role.POINT_LEAD))
    yield _way("checkin.devices", Role.POINT_LEAD, {"round_id": round_})
    yield _way("checkin.choose_point", Role.REGISTRAR, {})
    yield _way("checkin.type_in", Role.REGISTRAR, {"round_id": round_, "sheet_id": house["sheet"]})
    yield _way("checkin.scan_at", Role.REGISTRAR, {"point_id": demo.points[0][0]})
    yield _way("followup.my_doors", Role.VOLUNTEER, {})
    yield _way("followup.door", Role.VOLUNTEER, {"round_id": round_, "household_id": house["households"][1].id})


def _resident_ways(session: Session, demo: Demo, house: dict[str, Any]) -> Iterator[Way]:
    def code_of(table: Any, id_: UUID) -> str:
        return str(session.get_one(table, (demo.community_id, id_)).code)

    building, round_code = house["building"].code, code_of(Round, demo.round_id)
    household = house["households"][0].id
    tickets = session.exec(select(Ticket).where(Ticket.household_id == household)).all()
    yield _way("accounts.sign_in", None, {})
    yield _way("accounts.start", None, {})
    yield _way("accounts.join", None, {})
    yield _way("checkin.enrol", None, {})
    yield _way("public_pages.show_round", None, {"round_code": round_code})
    yield _way("public_pages.show_building", None, {"round_code": round_code, "building_code": building})
    yield _way("public_pages.show_round", None, {"round_code": code_of(Round, house["cancelled"])})
    for ticket in tickets:
        yield Way("checkin.show_ticket", f"/Q/{ticket.code}", None)
        yield Way("checkin.ask_what_is_wrong", f"/Q/{ticket.code}/WRONG", None)
    own = [ticket.code for ticket in tickets if ticket.resident_id]
    yield Way("checkin.carer_page", link_of(own), None)
    yield Way("checkin.lobby", f"/B/{house['empty_building']}", None)
    yield Way("checkin.ask_for_ticket", f"/B/{building}/TICKET", None)
    yield Way("checkin.point_poster", f"/P/{code_of(Point, demo.points[0][0])}", None)


def _one_id(session: Session, demo: Demo, what: str) -> UUID:
    """The first of something that belongs to the open round."""
    table: Any = {"session": SamplingSession, "point": Point, "plan": Plan, "cohort": Cohort}[what]
    found: UUID | None = session.exec(select(table.id).where(table.round_id == demo.round_id)).first()
    assert found
    return found


def _way(endpoint: str, role: Role | None, facts: dict[str, Any]) -> Way:
    return Way(endpoint, url_for(endpoint, **facts), role)
