"""The map of a round: buildings and points over the compound's drawing; points placed by a click or by a table."""

from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from sqlmodel import Session

from accounts.access import acting, check_may, current_community_id, requires
from accounts.rules import Permission
from bulou.database import reading, transaction
from bulou.errors import DomainError
from bulou.forms import read_form
from bulou.i18n import _, ngettext
from bulou.text import clean_text
from registry.queries.overview import list_compounds
from registry.reading.positions import read_places_table, sheets_sent
from registry.rules import Position
from registry.rules.coordinates import System
from registry.rules.drawings import Mark, Paper
from registry.rules.positions import Known
from registry.usecases.drawings import get_drawing, paper_of, position_on
from registry.usecases.positions import list_known, locate
from registry.words import SYSTEM_NAMES, say_place_problem
from scheduling import usecases
from scheduling.forms import PlacesForm, PointMarkForm
from scheduling.models import Point
from scheduling.queries.rounds import round_home
from scheduling.queries.setup import list_points
from scheduling.rules import PointKind
from scheduling.rules.life import EDITABLE
from scheduling.views.rounds import Page, bp, key_of


@bp.get("/rounds/<uuid:round_id>/map")
@requires(Permission.VIEW_PLAN)
def point_map(round_id: UUID) -> Page:
    return show_map(round_id)


def show_map(round_id: UUID, refusal: DomainError | None = None) -> Page:
    check_may(Permission.VIEW_PLAN, round_id=round_id)
    with reading() as session:
        home = round_home(session, key_of(round_id))
        points = [point for point in list_points(session, key_of(round_id)) if point.kind is not PointKind.DOORSTEP]
        drawings = [one for one in list_compounds(session, current_community_id()) if one.has_drawing]
        shown = next((one for one in drawings if str(one.id) == request.values.get("compound")), None)
        shown = shown or next(iter(drawings), None)
        sheet = sheet_of(session, shown.id, points) if shown else {}
    wanted = request.args.get("place", "")
    chosen = next((point for point in points if str(point.id) == wanted), None)
    chosen = chosen or next((point for point in points if point.x is None), None)
    page = render_template(
        "scheduling/point_map.html",
        home=home,
        points=points,
        drawings=drawings,
        shown=shown,
        chosen=chosen if home.round.state in EDITABLE else None,
        start=start_of(sheet.get("paper"), chosen),
        is_editable=home.round.state in EDITABLE,
        refusal=refusal.sentence if refusal else "",
        wrong=[say_place_problem(problem) for problem in getattr(refusal, "problems", ())][:30],
        systems=[(str(system), SYSTEM_NAMES[system]) for system in System],
        values=request.form,
        **{"paper": None, "marks": [], "outside": [], "version": 0, **sheet},
    )
    return page, refusal.status if refusal else 200


def sheet_of(session: Session, compound_id: UUID, points: Any) -> dict[str, Any]:
    """The drawing with everything that stands on it; nothing where its scale is not known."""
    row = get_drawing(session, key_of(compound_id))
    paper = paper_of(row)
    if not paper.has_scale:
        return {}
    spots = [("building", one.name, one.position) for one in list_known(session, current_community_id())]
    spots += [("point", point.name, Position(point.x, point.y)) for point in points]
    marks = [Mark(*spot, name, kind) for kind, name, at in spots if (spot := paper.spot_of(at))]
    outside = [point.name for point in points if paper.has_outside(Position(point.x, point.y))]
    return {"paper": paper, "marks": marks, "outside": outside, "version": int(row.changed_at.timestamp())}


def start_of(paper: Paper | None, chosen: Point | None) -> tuple[int, int]:
    """Where the cross is at first: where the point stands, or in the middle."""
    if paper is None:
        return 0, 0
    return (chosen and paper.spot_of(Position(chosen.x, chosen.y))) or paper.middle


@bp.post("/rounds/<uuid:round_id>/map/mark")
@requires(Permission.EDIT_ROUND)
def place_point(round_id: UUID) -> Page:
    check_may(Permission.EDIT_ROUND, round_id=round_id)
    try:
        form = read_form(PointMarkForm, request.form)
        with transaction() as session:
            position = position_on(session, key_of(form.compound), form.spot)
            usecases.place_points(session, key_of(round_id), {form.point: position}, **acting())
    except DomainError as refusal:
        return show_map(round_id, refusal)
    flash(_("The position is kept."))
    return redirect(url_for(".point_map", round_id=round_id, compound=form.compound))


@bp.post("/rounds/<uuid:round_id>/map/table")
@requires(Permission.EDIT_ROUND)
def place_points_by_table(round_id: UUID) -> Page:
    check_may(Permission.EDIT_ROUND, round_id=round_id)
    try:
        form, sent = read_form(PlacesForm, request.form), request.files.get("file")
        content = sent.read() if sent else b""
        read = read_places_table(sheets_sent(form.table, content, sent.filename or "" if sent else ""), form.system)
        with transaction() as session:
            known = [Known(p.id, p.name, "", Position(p.x, p.y)) for p in list_points(session, key_of(round_id))]
            buildings = list_known(session, current_community_id())
            places = locate(
                session, current_community_id(), read, known, form.system,
                spell=lambda name: clean_text(name, max_length=60), may_be_far=form.may_be_far, beside=buildings,
            )  # fmt: skip
            moved = usecases.place_points(session, key_of(round_id), places, **acting())
    except DomainError as refusal:
        return show_map(round_id, refusal)
    flash(ngettext("%(num)d point was moved.", "%(num)d points were moved.", moved))
    return redirect(url_for(".point_map", round_id=round_id))
