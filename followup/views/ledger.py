"""The ledger: how far each building is, who is missing, who looks after what."""

from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from accounts.access import check_may, current_community_id, current_principal, requires
from accounts.rules import Permission
from bulou.clock import clock
from bulou.database import reading, transaction
from bulou.downloads import download
from bulou.forms import read_form
from bulou.i18n import _
from followup import usecases
from followup.forms import StewardForm
from followup.queries.coverage import get_coverage, list_buildings
from followup.queries.missing import list_missing
from followup.queries.people import get_building, list_steward_choices
from followup.queries.report import day_report
from followup.sheets import coverage_line, day_workbook
from followup.views import bp
from followup.words import EXCUSE_WORDS, NEED_WORDS, OUTCOME_WORDS, STATE_KINDS, STATE_WORDS
from scheduling.queries.setup import get_round

WORDS: dict[str, Any] = {
    "outcome_words": OUTCOME_WORDS,
    "state_words": STATE_WORDS,
    "state_kinds": STATE_KINDS,
    "excuse_words": EXCUSE_WORDS,
    "need_words": NEED_WORDS,
}


@bp.get("/rounds/<uuid:round_id>/coverage")
@requires(Permission.VIEW_COUNTS)
def coverage(round_id: UUID) -> str:
    """Counts only: whoever may see how many sees no names here."""
    check_may(Permission.VIEW_COUNTS, round_id=round_id)
    now = clock().now()
    with reading() as session:
        round_ = get_round(session, (current_community_id(), round_id))
        ledger = get_coverage(session, round_, now=now)
        report = day_report(session, round_, viewer="", now=now, with_people=False)
    return render_template("followup/coverage.html", round=round_, ledger=ledger, line=coverage_line(report), **WORDS)


@bp.get("/rounds/<uuid:round_id>/missing")
@requires(Permission.VIEW_MISSING)
def missing(round_id: UUID) -> str:
    """Doors and masked names. The list carries its viewer and time."""
    check_may(Permission.VIEW_MISSING, round_id=round_id)
    building_id = request.args.get("building", type=UUID)
    now = clock().now()
    with reading() as session:
        round_ = get_round(session, (current_community_id(), round_id))
        buildings = get_coverage(session, round_, now=now).buildings
        chosen = get_building(session, round_.community_id, building_id) if building_id else None
        doors = list_missing(session, round_, now=now, buildings=[chosen.id]) if chosen else []
    return render_template(
        "followup/missing.html", round=round_, buildings=buildings, chosen=chosen, doors=doors, now=now, **WORDS
    )


@bp.get("/rounds/<uuid:round_id>/report.xlsx")
@requires(Permission.VIEW_MISSING)
def report(round_id: UUID) -> Response:
    """The day's workbook, with masked names; that it was made is noted."""
    check_may(Permission.VIEW_MISSING, round_id=round_id)
    now = clock().now()
    with transaction() as session:
        round_ = get_round(session, (current_community_id(), round_id))
        made = day_report(session, round_, viewer=current_principal().shown_name, now=now)
        usecases.note(session, round_.community_id, "followup.report_made", round_.id, by=current_principal(), now=now)
    local = now.astimezone(ZoneInfo(current_principal().timezone))
    return download(day_workbook(made), f"{round_.code}-{local:%Y%m%d-%H%M}.xlsx")


@bp.get("/stewards")
@requires(Permission.ASSIGN_STEWARDS)
def stewards() -> str:
    """Buildings without anybody stand on top."""
    now = clock().now()
    with reading() as session:
        community_id = current_community_id()
        rows = sorted(list_buildings(session, community_id, now=now), key=lambda row: bool(row.steward))
        helpers = list_steward_choices(session, community_id)
    return render_template("followup/stewards.html", rows=rows, helpers=helpers)


@bp.post("/stewards/<uuid:building_id>")
@requires(Permission.ASSIGN_STEWARDS)
def assign_steward(building_id: UUID) -> Response:
    form = read_form(StewardForm, request.form)
    with transaction() as session:
        key = (current_community_id(), building_id)
        usecases.assign_steward(session, key, form.account, by=current_principal(), now=clock().now())
    flash(_("Saved."))
    return redirect(url_for(".stewards", _anchor=f"b-{building_id}"))
