"""The drawing of a compound: put in, given a scale by two marks, and buildings placed on it."""

from typing import Any
from uuid import UUID

from flask import Response, flash, redirect, request, url_for
from sqlmodel import Session

from accounts.access import acting, current_community_id, requires
from accounts.rules import Permission
from bulou.database import reading, transaction
from bulou.errors import DomainError
from bulou.forms import read_form
from bulou.i18n import _
from registry.errors import CompoundNotFound, FileMissing
from registry.forms import MarkForm, ScaleForm
from registry.models import Compound, Drawing
from registry.queries.buildings import BuildingPlace, list_places
from registry.reading.pictures import read_picture
from registry.rules import Position
from registry.rules.drawings import Mark, Paper
from registry.usecases.drawings import (
    get_drawing,
    paper_of,
    place_on_drawing,
    put_drawing,
    remove_drawing,
    set_scale,
)
from registry.views.blueprint import Page, bp, key_of, show


@bp.get("/roster/drawings/<uuid:compound_id>")
@requires(Permission.EDIT_ROSTER)
def drawing(compound_id: UUID) -> Page:
    return show_drawing(compound_id)


def show_drawing(compound_id: UUID, refusal: DomainError | None = None) -> Page:
    """What is asked next: the picture, its two marks and their distance, or the place of a building."""
    with reading() as session:
        compound = get_compound(session, compound_id)
        row = session.get(Drawing, key_of(compound_id))
        of_community = list_places(session, current_community_id())
    buildings = [line for line in of_community if line.compound_id == compound_id]
    facts: dict[str, Any] = {"compound": compound, "buildings": buildings, "paper": row and paper_of(row)}
    if row is not None:
        facts |= step_of(paper_of(row), buildings)
        facts["version"] = int(row.changed_at.timestamp())
    return show("drawing", refusal, **facts)


def step_of(paper: Paper, buildings: list[BuildingPlace]) -> dict[str, Any]:
    """The step that the address names; without a scale there is no other than setting it."""
    spots = [spot_in(name) for name in ("first", "second")]
    if not paper.has_scale or request.args.get("step") == "scale":
        set_ = [Mark(*spot, name, name) for spot, name in zip(spots, "AB", strict=True) if spot]
        return {"step": "scale", "marks": set_, "first": spots[0], "second": spots[1], "start": paper.middle}
    wanted = request.args.get("place", "")
    chosen = next((line for line in buildings if str(line.id) == wanted), None)
    chosen = chosen or next((line for line in buildings if line.x is None), None)
    spot_of = {line.id: paper.spot_of(Position(line.x, line.y)) for line in buildings}
    return {
        "step": "place",
        "marks": [Mark(*spot, line.name, "building") for line in buildings if (spot := spot_of[line.id])],
        "chosen": chosen,
        "start": (chosen and spot_of[chosen.id]) or paper.middle,
        "outside": [line for line in buildings if paper.has_outside(Position(line.x, line.y))],
    }


def spot_in(name: str) -> tuple[int, int] | None:
    """A mark that was set before, as the address carries it: 120-340."""
    across, _dash, down = request.args.get(name, "").partition("-")
    is_spot = across.isascii() and across.isdigit() and down.isascii() and down.isdigit() and len(across + down) < 10
    return (int(across), int(down)) if is_spot else None


def get_compound(session: Session, compound_id: UUID) -> Compound:
    """Raises CompoundNotFound."""
    row = session.get(Compound, key_of(compound_id))
    if row is None:
        raise CompoundNotFound()
    return row


@bp.get("/roster/drawings/<uuid:compound_id>/picture")
@requires(Permission.VIEW_PLAN)
def drawing_picture(compound_id: UUID) -> Response:
    with reading() as session:
        row = get_drawing(session, key_of(compound_id))
    answer = Response(row.content, content_type=row.media_type)
    answer.headers["Cache-Control"] = "private, max-age=3600"
    answer.headers["Content-Security-Policy"] = "default-src 'none'"
    return answer


@bp.post("/roster/drawings/<uuid:compound_id>")
@requires(Permission.EDIT_ROSTER)
def upload_drawing(compound_id: UUID) -> Page:
    try:
        sent = request.files.get("file")
        if sent is None or not sent.filename:
            raise FileMissing()
        read = read_picture(sent.read())
        with transaction() as session:
            put_drawing(session, key_of(compound_id), read, **acting())
    except DomainError as refusal:
        return show_drawing(compound_id, refusal)
    flash(_("The drawing is there. Now set its scale: two marks and the distance between them."))
    return redirect(url_for(".drawing", compound_id=compound_id))


@bp.post("/roster/drawings/<uuid:compound_id>/mark")
@requires(Permission.EDIT_ROSTER)
def mark_drawing(compound_id: UUID) -> Page:
    try:
        form = read_form(MarkForm, request.form)
        if form.building is None:
            return next_mark(compound_id, form)
        with transaction() as session:
            place_on_drawing(session, key_of(compound_id), form.building, form.spot, **acting())
    except DomainError as refusal:
        return show_drawing(compound_id, refusal)
    flash(_("The position is kept."))
    return redirect(url_for(".drawing", compound_id=compound_id))


def next_mark(compound_id: UUID, form: MarkForm) -> Page:
    """The marks of the scale travel in the address: nothing is kept before the distance is known."""
    here = "{}-{}".format(*(round(at) for at in form.spot))
    marks: dict[str, Any] = {"first": form.first, "second": here} if form.first else {"first": here}
    return redirect(url_for(".drawing", compound_id=compound_id, step="scale", **marks))


@bp.post("/roster/drawings/<uuid:compound_id>/scale")
@requires(Permission.EDIT_ROSTER)
def scale_drawing(compound_id: UUID) -> Page:
    try:
        form = read_form(ScaleForm, request.form)
        with transaction() as session:
            spots = (form.across1, form.down1), (form.across2, form.down2)
            set_scale(session, key_of(compound_id), *spots, form.metres, building_id=form.building, **acting())
    except DomainError as refusal:
        return show_drawing(compound_id, refusal)
    flash(_("The scale is kept. Now show where each building stands."))
    return redirect(url_for(".drawing", compound_id=compound_id))


@bp.post("/roster/drawings/<uuid:compound_id>/remove")
@requires(Permission.EDIT_ROSTER)
def drop_drawing(compound_id: UUID) -> Page:
    with transaction() as session:
        remove_drawing(session, key_of(compound_id), **acting())
    flash(_("The drawing is removed. The positions stay."))
    return redirect(url_for(".positions"))
