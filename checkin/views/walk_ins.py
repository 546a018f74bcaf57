"""Those whom nobody found on the list at a point: a manager says who they are."""

from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from accounts.access import acting, check_may, current_community_id, requires
from accounts.rules import Permission
from bulou.database import reading, transaction
from bulou.errors import DomainError
from bulou.forms import read_form
from bulou.i18n import _
from checkin.forms import SettleWalkInForm
from checkin.queries.walk_ins import list_walk_ins
from checkin.usecases.settling_walk_ins import add_walk_in, settle_walk_in
from checkin.views import bp
from scheduling.queries.setup import get_round

Page = str | tuple[str, int] | Response


@bp.get("/rounds/<uuid:round_id>/walk-ins")
@requires(Permission.EDIT_ROSTER)
def walk_ins(round_id: UUID) -> Page:
    return _show(round_id)


def _show(round_id: UUID, refusal: DomainError | None = None, doors: dict[UUID, str] | None = None) -> Page:
    check_may(Permission.EDIT_ROSTER, round_id=round_id)
    with reading() as session:
        round_ = get_round(session, (current_community_id(), round_id))
        facts = {"round": round_, "lines": list_walk_ins(session, round_, doors or {})}
        page = render_template("checkin/walk_ins.html", refusal=refusal and refusal.sentence, **facts)
    return (page, refusal.status) if refusal else page


@bp.post("/rounds/<uuid:round_id>/walk-ins/<uuid:scan_id>")
@requires(Permission.EDIT_ROSTER)
def settle(round_id: UUID, scan_id: UUID) -> Page:
    """One of those behind the door, somebody new there, or nobody of ours; or where to look for them."""
    check_may(Permission.EDIT_ROSTER, round_id=round_id)
    key = (current_community_id(), scan_id)
    try:
        form = read_form(SettleWalkInForm, request.form)
        if form.door:
            return _show(round_id, doors={scan_id: form.door})
        with transaction() as session:
            get_round(session, (current_community_id(), round_id))
            if form.household is not None:
                add_walk_in(session, key, form.household, **acting())
            else:
                settle_walk_in(session, key, form.resident, **acting())
    except DomainError as refusal:
        return _show(round_id, refusal)
    flash(_("Noted. Whoever they are is sampled from the time they came."))
    return redirect(url_for(".walk_ins", round_id=round_id))
