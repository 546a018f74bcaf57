"""What residents say is wrong in their entry: the manager's page with the entry beside each, and what waits."""

from typing import Any
from uuid import UUID

from flask import flash, redirect, request, url_for

from accounts.access import acting, current_community_id, find_principal, requires
from accounts.rules import Permission
from bulou.clock import clock
from bulou.database import StoreBusy, reading, transaction
from bulou.errors import DomainError
from bulou.forms import asked_start, read_form
from bulou.i18n import _
from registry import usecases
from registry.forms import AnswerForm
from registry.queries import corrections as queries
from registry.queries.corrections import Waiting
from registry.views.blueprint import Page, bp, key_of, show
from registry.words import CORRECTION_NAMES


@bp.get("/corrections")
@requires(Permission.EDIT_ROSTER)
def corrections() -> Page:
    return show_corrections()


def show_corrections(refusal: DomainError | None = None, refused_id: UUID | None = None) -> Page:
    """A page of what waits, and the latest answers. After a refusal the form has what was typed."""
    community_id, now = current_community_id(), clock().now()
    with reading() as session:
        waits = queries.count_waiting(session, community_id)
        waiting = queries.list_open(session, community_id, start=asked_start(), now=now)
        answered = queries.list_answered(session, community_id, now=now)
    facts = {"answered": answered, "correction_names": CORRECTION_NAMES, "refused_id": refused_id}
    return show("corrections", refusal, waiting=waiting, overdue=waits.overdue, values=request.form, **facts)


@bp.post("/corrections/<uuid:correction_id>")
@requires(Permission.EDIT_ROSTER)
def answer_correction(correction_id: UUID) -> Page:
    try:
        form = read_form(AnswerForm, request.form)
        with transaction() as session:
            key = key_of(correction_id)
            usecases.answer_correction(session, key, is_done=form.done, answer=form.answer, **acting())
    except DomainError as refusal:
        if refusal.status == 404:
            raise
        return show_corrections(refusal, correction_id)
    flash(_("Answered. The resident reads it on the ticket page."))
    start: dict[str, Any] = {"from": asked_start() or None}
    return redirect(url_for(".corrections", **start))


def waiting_now() -> Waiting:
    """What waits in the community of whoever asks; nothing where that cannot be told: it stands on every page."""
    principal = find_principal()
    if principal is None or not principal.may(Permission.EDIT_ROSTER):
        return Waiting(0, 0)
    try:
        with reading() as session:
            return queries.count_waiting(session, principal.community_id)
    except StoreBusy:
        return Waiting(0, 0)


def count_corrections() -> int:
    return waiting_now().count


def say_waiting() -> str:
    """What the manager's first page says of them; empty where nothing waits."""
    waiting = waiting_now()
    if waiting.overdue:
        return _(
            "%(count)d wait, %(overdue)d of them since more than 72 hours", count=waiting.count, overdue=waiting.overdue
        )
    return _("%(count)d wait for an answer", count=waiting.count) if waiting.count else ""
