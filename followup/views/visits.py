"""The volunteer's pages: my buildings, their doors, one door, what came of a call or a knock."""

from datetime import datetime
from uuid import UUID

from flask import flash, g, redirect, render_template, request, url_for
from sqlmodel import Session
from werkzeug.wrappers import Response

from accounts.access import current_principal, requires
from accounts.rules import Permission
from bulou.clock import clock
from bulou.database import reading, transaction
from bulou.forms import read_form
from bulou.i18n import _
from bulou.ids import new_id
from bulou.walltime import instant_of
from followup import usecases
from followup.errors import DoorNotYours, WhoNotSaid
from followup.forms import AttemptForm
from followup.queries.coverage import get_coverage
from followup.queries.excuses import list_proposals, list_reviewed
from followup.queries.missing import list_missing
from followup.queries.people import DoorCard, get_door_card, list_buildings_of, list_live_rounds
from followup.views import bp
from followup.views.ledger import WORDS
from scheduling.models import Round
from scheduling.queries.setup import get_round


@bp.get("/my-doors")
@requires(Permission.VISIT_DOORS)
def my_doors() -> str:
    """The doors of my buildings behind which somebody is missing, in the order of the stairs."""
    principal, now = current_principal(), clock().now()
    with reading() as session:
        rounds = list_live_rounds(session, principal.community_id)
        mine = list_buildings_of(session, principal.community_id, principal.account_id, now=now)
        round_ = _chosen(rounds)
        doors = list_missing(session, round_, now=now, buildings=mine) if round_ and mine else []
        ledger = get_coverage(session, round_, now=now) if round_ else None
    rows = [row for row in ledger.buildings if row.building_id in mine] if ledger else []
    return render_template(
        "followup/my_doors.html", rounds=rounds, round=round_, doors=doors, rows=rows, has_buildings=bool(mine), **WORDS
    )


def _chosen(rounds: list[Round]) -> Round | None:
    asked = request.args.get("round", type=UUID)
    return next((round_ for round_ in rounds if round_.id == asked), rounds[0] if rounds else None)


@bp.get("/my-doors/<uuid:round_id>/<uuid:household_id>")
@requires(Permission.VISIT_DOORS)
def door(round_id: UUID, household_id: UUID) -> str:
    """One door with whole names and phones. That they were shown is noted."""
    return show_door(round_id, household_id)


def show_door(round_id: UUID, household_id: UUID, refusal: WhoNotSaid | None = None) -> str:
    """After a refusal with what was typed, under the same id."""
    principal, now = current_principal(), clock().now()
    with transaction() as session:
        round_, card = _own_card(session, round_id, household_id, now)
        proposals = list_proposals(session, round_.community_id, card.household_id)
        reviewed = list_reviewed(session, round_.community_id, card.household_id, since=round_.created_at)
        usecases.note(session, round_.community_id, "followup.door_shown", card.household_id, by=principal, now=now)
    facts = {
        "card": card,
        "attempt_id": request.form.get("attempt_id") or new_id(),
        "proposals": proposals,
        "reviewed": reviewed,
    }
    return render_template("followup/door.html", round=round_, refusal=refusal, values=request.form, **facts, **WORDS)


@bp.post("/my-doors/<uuid:round_id>/<uuid:household_id>")
@requires(Permission.VISIT_DOORS)
def record(round_id: UUID, household_id: UUID) -> Response | tuple[str, int]:
    form, now = read_form(AttemptForm, request.form), clock().now()
    come_at, until_at = instant_of(form.come_at, g.timezone), instant_of(form.until_on, g.timezone)
    about = tuple(form.resident)
    report = usecases.VisitReport(form.attempt_id, form.outcome, about, come_at, until_at, form.note, form.proof)
    try:
        with transaction() as session:
            round_, card = _own_card(session, round_id, household_id, now)
            usecases.record_attempt(session, round_, card.household_id, report, by=current_principal(), now=now)
    except WhoNotSaid as refusal:
        return show_door(round_id, household_id, refusal), refusal.status
    flash(_("Recorded: %(outcome)s.", outcome=WORDS["outcome_words"][form.outcome]))
    return redirect(url_for(".my_doors", round=round_id, _anchor=f"d-{household_id}"))


def _own_card(session: Session, round_id: UUID, household_id: UUID, now: datetime) -> tuple[Round, DoorCard]:
    """Raises DoorNotYours for a door of somebody else's building; a manager may open all."""
    principal = current_principal()
    round_ = get_round(session, (principal.community_id, round_id))
    card = get_door_card(session, round_, household_id)
    mine = list_buildings_of(session, principal.community_id, principal.account_id, now=now)
    if card.building_id not in mine and not principal.may_everywhere(Permission.UNMASK):
        raise DoorNotYours()
    return round_, card
