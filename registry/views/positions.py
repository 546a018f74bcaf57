"""Where buildings stand: a table in metres, a table that is pasted or sent, and where metre 0 is."""

from typing import Any

from flask import flash, redirect, request, url_for

from accounts.access import acting, current_community_id, requires
from accounts.rules import Permission
from bulou.database import reading, transaction
from bulou.errors import DomainError
from bulou.forms import read_form
from bulou.i18n import _, ngettext
from registry import usecases
from registry.errors import PlacesRefused
from registry.forms import OriginForm, PlacesForm, read_places
from registry.queries.buildings import list_places
from registry.queries.overview import list_compounds
from registry.reading.positions import read_places_table, sheets_sent
from registry.rules.coordinates import Degrees, System
from registry.usecases.positions import find_origin, place_buildings_by_table, set_origin
from registry.views.blueprint import Page, bp, show
from registry.words import SYSTEM_NAMES, say_place_problem

MOST_SHOWN = 30  # wrong lines; who has more begins with these


@bp.get("/roster/positions")
@requires(Permission.EDIT_ROSTER)
def positions() -> Page:
    return show_positions()


def show_positions(refusal: DomainError | None = None) -> Page:
    with reading() as session:
        facts: dict[str, Any] = {
            "buildings": list_places(session, current_community_id()),
            "compounds": list_compounds(session, current_community_id()),
            "origin": find_origin(session, current_community_id()),
        }
    wrong = [say_place_problem(problem) for problem in refusal.problems] if isinstance(refusal, PlacesRefused) else []
    systems = [(str(system), SYSTEM_NAMES[system]) for system in System]
    return show("positions", refusal, **facts, systems=systems, wrong=wrong[:MOST_SHOWN], values=request.form)


@bp.post("/roster/positions")
@requires(Permission.EDIT_ROSTER)
def place_buildings() -> Page:
    try:
        with transaction() as session:
            names = {line.id: line.name for line in list_places(session, current_community_id())}
            places = read_places(request.form, names)
            changed = usecases.place_buildings(session, current_community_id(), places, **acting())
    except DomainError as refusal:
        return show_positions(refusal)
    say_changed(changed)
    return redirect(url_for(".positions"))


@bp.post("/roster/positions/table")
@requires(Permission.EDIT_ROSTER)
def place_by_table() -> Page:
    try:
        form, sent = read_form(PlacesForm, request.form), request.files.get("file")
        content = sent.read() if sent else b""
        sheets = sheets_sent(form.table, content, sent.filename or "" if sent else "")
        read = read_places_table(sheets, form.system)
        with transaction() as session:
            changed, together = place_buildings_by_table(
                session, current_community_id(), read, form.system, may_be_far=form.may_be_far, **acting()
            )
    except DomainError as refusal:
        return show_positions(refusal)
    say_changed(changed)
    if together:
        flash(_("%(count)d buildings stand in one spot with another: is that so?", count=together), "warn")
    return redirect(url_for(".positions"))


def say_changed(changed: int) -> None:
    flash(ngettext("%(num)d building was changed.", "%(num)d buildings were changed.", changed))


@bp.post("/roster/positions/origin")
@requires(Permission.EDIT_ROSTER)
def change_origin() -> Page:
    try:
        form = read_form(OriginForm, request.form)
        with transaction() as session:
            degrees = Degrees(form.latitude, form.longitude)
            set_origin(session, current_community_id(), System(form.system), degrees, **acting())
    except DomainError as refusal:
        return show_positions(refusal)
    flash(_("Metre 0 is there from now on."))
    return redirect(url_for(".positions"))
