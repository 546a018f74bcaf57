"""Paper lists: print them, find the one that came back, and type its ticks in."""

from collections.abc import Sequence
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from sqlmodel import Session
from werkzeug.wrappers import Response as AnyResponse

from accounts.access import acting, check_may, current_community_id, current_principal, requires
from accounts.rules import Permission
from accounts.usecases import note
from bulou.clock import clock
from bulou.database import reading, transaction
from bulou.downloads import download
from bulou.errors import Invalid
from bulou.i18n import _, ngettext
from bulou.walltime import wall_time
from checkin.errors import BuildingNotFound, NobodyOnSheet, PointNotFound, SheetNotFound
from checkin.models import PaperSheet
from checkin.paper_forms import read_sheet
from checkin.queries.paper import (
    LaneSlot,
    PaperPerson,
    find_sheet_by_code,
    get_sheet,
    list_door_buildings,
    list_lane_slots,
    list_sheets,
    people_of_building,
    people_of_slot,
    read_people,
)
from checkin.queries.paper.sheets import sheet_line
from checkin.rules.paper import SheetFacts, SheetKind
from checkin.sheets.paper import PaperHead, PaperList, PaperRow, paper_lists_pdf
from checkin.usecases.paper import Saved, make_sheet, save_sheet
from checkin.views import bp
from checkin.views.grid import GridPage, grid_page
from registry.models import Community
from scheduling.models import Campaign, Round
from scheduling.queries.setup import get_round, time_zone


@bp.get("/rounds/<uuid:round_id>/paper")
@requires(Permission.PRINT_TICKETS, Permission.SCAN)
def paper(round_id: UUID) -> str:
    """What can be printed, and the lists that are out and wait to be typed in."""
    _check_may_use(round_id)
    return _show_paper(round_id)


def _show_paper(round_id: UUID, problem: str = "") -> str:
    with reading() as session:
        round_ = _round(session, round_id)
        points = _slots_by_point(list_lane_slots(session, round_))
        return render_template(
            "checkin/paper.html",
            round=round_,
            points=points,
            buildings=list_door_buildings(session, round_),
            typed=request.form.get("code", "")[:20],
            problem=problem,
            sheets=[sheet for sheet in list_sheets(session, round_) if _may_scan(round_id, sheet.point_id)],
        )


def _check_may_use(round_id: UUID) -> None:
    """Printing or typing in: either will do to see the page."""
    if not current_principal().may(Permission.PRINT_TICKETS, round_id=round_id):
        check_may(Permission.SCAN, round_id=round_id)


def _may_scan(round_id: UUID, point_id: UUID | None) -> bool:
    return current_principal().may(Permission.SCAN, round_id=round_id, point_id=point_id)


def _round(session: Session, round_id: UUID) -> Round:
    return get_round(session, (current_community_id(), round_id))


def _slots_by_point(slots: Sequence[LaneSlot]) -> list[tuple[UUID, str, list[LaneSlot]]]:
    found: dict[UUID, list[LaneSlot]] = {}
    for slot in slots:
        found.setdefault(slot.point_id, []).append(slot)
    return [(point_id, of_point[0].point, of_point) for point_id, of_point in found.items()]


# Printing.


@bp.get("/rounds/<uuid:round_id>/paper/lanes.pdf")
@requires(Permission.PRINT_TICKETS)
def lane_lists(round_id: UUID) -> AnyResponse:
    """`point=` and, for one slot alone, `slot=`. Raises PointNotFound, NobodyOnSheet."""
    point_id = _asked_id("point", PointNotFound)
    check_may(Permission.PRINT_TICKETS, round_id=round_id, point_id=point_id)
    asked = request.args.get("slot", "")
    with transaction() as session:
        round_ = _round(session, round_id)
        slots = [slot for slot in list_lane_slots(session, round_) if slot.point_id == point_id]
        if asked:
            slots = [slot for slot in slots if slot.starts_at.isoformat() == asked]
        sheets = [_lane_sheet(session, round_, slot) for slot in slots]
        lists = _printed(session, round_, sheets)
        head = _head(session, round_)
    return download(paper_lists_pdf(lists, head), f"lanes-{lists[0].title}.pdf")


@bp.get("/rounds/<uuid:round_id>/paper/doors.pdf")
@requires(Permission.PRINT_TICKETS)
def door_sheets(round_id: UUID) -> AnyResponse:
    """`building=`; with `only=doorstep` those who are sampled at the door. Raises BuildingNotFound, NobodyOnSheet."""
    check_may(Permission.PRINT_TICKETS, round_id=round_id)
    building_id = _asked_id("building", BuildingNotFound)
    with transaction() as session:
        round_ = _round(session, round_id)
        sheet = _door_sheet(session, round_, building_id, request.args.get("only") == "doorstep")
        lists = _printed(session, round_, [sheet])
        head = _head(session, round_)
    return download(paper_lists_pdf(lists, head), f"doors-{lists[0].title}.pdf")


def _asked_id(name: str, refusal: type[Exception]) -> UUID:
    try:
        return UUID(request.values.get(name, ""))
    except ValueError:
        raise refusal() from None


def _lane_sheet(session: Session, round_: Round, slot: LaneSlot) -> PaperSheet:
    people = tuple(people_of_slot(session, round_, slot.point_id, slot.starts_at))
    facts = SheetFacts(round_.id, SheetKind.LANE, slot.point_id, slot.starts_at, round_.version, people)
    return make_sheet(session, round_, facts, ends_at=slot.ends_at, now=clock().now())


def _door_sheet(session: Session, round_: Round, building_id: UUID, only_doorstep: bool) -> PaperSheet:
    kind = SheetKind.DOORSTEP if only_doorstep else SheetKind.DOORS
    people = tuple(people_of_building(session, round_, building_id, only_doorstep=only_doorstep))
    facts = SheetFacts(round_.id, kind, building_id, None, round_.version, people)
    return make_sheet(session, round_, facts, now=clock().now())


def _printed(session: Session, round_: Round, sheets: Sequence[PaperSheet]) -> list[PaperList]:
    """The lists with names masked, or in full for those who may see them, which is noted. Raises NobodyOnSheet."""
    if not sheets:
        raise NobodyOnSheet()
    is_full = request.args.get("names") == "full"
    if is_full:
        check_may(Permission.UNMASK, round_id=round_.id)
    facts = {"sheets": " ".join(sheet.code for sheet in sheets[:20]), "names": "full" if is_full else "masked"}
    note(session, round_.community_id, "paper.printed", round_.id, facts=facts, **acting())
    now, zone = clock().now(), time_zone(session, round_.community_id)
    found = []
    for sheet in sheets:
        ids = [UUID(id_) for id_ in sheet.residents]
        people = read_people(session, round_, ids, now=now, is_full=is_full)
        line = sheet_line(session, round_, sheet)
        rows = [_paper_row(people[id_], line.kind, zone) for id_ in ids if id_ in people]
        found.append(PaperList(line.kind, line.title, line.code, rows, line.starts_at, line.ends_at))
    return found


def _paper_row(person: PaperPerson, kind: SheetKind, zone: str) -> PaperRow:
    """Door without its building where the whole sheet is of one. Why somebody is excused is not said in public."""
    is_lane = kind is SheetKind.LANE
    door = person.door if is_lane else person.door.removeprefix(person.building)
    note = _("Sampled %(time)s", time=wall_time(person.sampled_at, zone)) if person.sampled_at else ""
    if not note and person.is_excused:
        note = _("Excused")
    if not note and person.is_doorstep and kind is SheetKind.DOORS:
        note = _("At the door")
    group = person.group if is_lane else person.unit
    return PaperRow(group, str(person.household_id), door, person.name, person.is_green, note)


def _head(session: Session, round_: Round) -> PaperHead:
    community = session.get_one(Community, round_.community_id)
    campaign = session.get_one(Campaign, (round_.community_id, round_.campaign_id))
    name = f"{campaign.name} {round_.name}"
    return PaperHead(community.name, name, round_.version, clock().now(), community.timezone)


# Typing in.


@bp.post("/rounds/<uuid:round_id>/paper/open")
@requires(Permission.SCAN)
def open_sheet(round_id: UUID) -> AnyResponse | tuple[str, int]:
    """By the code on the page, or by point and slot, or by building; a code of no list comes back. Raises NobodyOnSheet."""
    check_may(Permission.SCAN, round_id=round_id)
    try:
        with transaction() as session:
            sheet = _sheet_asked(session, _round(session, round_id))
            return redirect(url_for(".type_in", round_id=round_id, sheet_id=sheet.id))
    except SheetNotFound as refusal:
        return _show_paper(round_id, refusal.sentence), refusal.status


def _sheet_asked(session: Session, round_: Round) -> PaperSheet:
    if request.form.get("code"):
        return find_sheet_by_code(session, round_, request.form["code"])
    point_id, _space, starts_at = request.form.get("slot", "").partition(" ")
    for slot in list_lane_slots(session, round_):
        if (str(slot.point_id), slot.starts_at.isoformat()) == (point_id, starts_at):
            return _lane_sheet(session, round_, slot)
    building_id = _asked_id("building", NobodyOnSheet)
    return _door_sheet(session, round_, building_id, request.form.get("only") == "doorstep")


@bp.get("/rounds/<uuid:round_id>/paper/<uuid:sheet_id>")
@requires(Permission.SCAN)
def type_in(round_id: UUID, sheet_id: UUID) -> str:
    """The list as a grid, in the paper's order. Raises SheetNotFound."""
    with reading() as session:
        round_ = _round(session, round_id)
        sheet = get_sheet(session, round_, sheet_id)
        check_may(Permission.SCAN, round_id=round_id, point_id=sheet.point_id)
        return _show(session, round_, grid_page(session, round_, sheet, now=clock().now()))


@bp.post("/rounds/<uuid:round_id>/paper/<uuid:sheet_id>")
@requires(Permission.SCAN)
def save_typed(round_id: UUID, sheet_id: UUID) -> AnyResponse | tuple[str, int]:
    """Everything in one go. What cannot be read is shown again as it was typed, and then nothing was saved."""
    with reading() as session:
        sheet = get_sheet(session, _round(session, round_id), sheet_id)
    check_may(Permission.SCAN, round_id=round_id, point_id=sheet.point_id)
    try:
        with transaction() as session:
            saved = save_sheet(session, _round(session, round_id), sheet_id, read_sheet(request.form), **acting())
    except Invalid as refusal:
        return _show_again(round_id, sheet_id, problem=refusal.sentence), 422
    flash(_saved_words(saved), "warn" if saved.to_look_at or saved.late else "message")
    if saved.unread:
        return _show_again(round_id, sheet_id, saved=saved), 200
    anchor = "look" if saved.to_look_at else None
    return redirect(url_for(".type_in", round_id=round_id, sheet_id=sheet_id, _anchor=anchor))


def _show_again(round_id: UUID, sheet_id: UUID, *, problem: str = "", saved: Saved | None = None) -> str:
    with reading() as session:
        round_ = _round(session, round_id)
        page = grid_page(session, round_, get_sheet(session, round_, sheet_id), now=clock().now())
        page = page.as_typed(request.form) if problem else page.with_head(request.form)
        return _show(session, round_, page.with_unread(saved.unread if saved else ()), problem)


def _show(session: Session, round_: Round, page: GridPage, problem: str = "") -> str:
    return render_template("checkin/paper_grid.html", round=round_, page=page, problem=problem)


def _saved_words(saved: Saved) -> str:
    parts = [ngettext("%(num)d person entered.", "%(num)d people entered.", saved.sampled)] if saved.sampled else []
    if saved.taken_back:
        parts.append(ngettext("%(num)d tick taken back.", "%(num)d ticks taken back.", saved.taken_back))
    if saved.to_look_at:
        parts.append(ngettext("%(num)d tick does not count yet.", "%(num)d ticks do not count yet.", saved.to_look_at))
    if saved.late:
        parts.append(
            ngettext(
                "%(num)d line was changed by somebody else and left alone.",
                "%(num)d lines were changed by somebody else and left alone.",
                saved.late,
            )
        )
    return " ".join(parts) or _("Saved. Nothing has changed.")
