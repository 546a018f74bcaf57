"""The official list of those sampled: read in, looked through, recorded."""

from typing import Any
from uuid import UUID

from flask import flash, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from accounts.access import acting, check_may, current_community_id, current_principal, requires
from accounts.rules import Permission
from bulou.clock import clock
from bulou.database import reading, transaction
from bulou.errors import DomainError
from bulou.forms import read_form
from bulou.i18n import _
from bulou.models import JobRequest, RequestState
from bulou.walltime import instant_of
from checkin.errors import ListFileMissing, ListNotFound
from checkin.forms import OfficialListForm, SettleForm
from checkin.jobs.official import READ, RECORD, read_or_ask, record_or_ask
from checkin.queries.official import PAGE, get_list, list_lines, list_lists, list_same_lines
from checkin.rules.official import PARTLY, Part, whole_minute
from checkin.usecases import official
from checkin.views import bp
from checkin.words import FAULT_WORDS, MARK_WORDS, PART_HINTS, PART_WORDS, list_refusal
from scheduling.models import Round
from scheduling.queries.setup import get_round

Page = str | Response | tuple[str, int]
LISTS = 20  # on one page


def round_of(session: Any, round_id: UUID) -> Round:
    return get_round(session, (current_community_id(), round_id))


def first_line() -> int:
    return min(max(0, request.args.get("from", 0, type=int)), 10**9)


@bp.get("/rounds/<uuid:round_id>/official")
@requires(Permission.EDIT_ROUND)
def official_lists(round_id: UUID) -> Page:
    check_may(Permission.EDIT_ROUND, round_id=round_id)
    return show_lists(round_id)


def show_lists(round_id: UUID, refusal: DomainError | None = None) -> Page:
    start = first_line()
    with reading() as session:
        round_ = round_of(session, round_id)
        lists, total = list_lists(session, round_, after=start, limit=LISTS)
    facts = {"round": round_, "lists": lists, "total": total, "start": start, "page": LISTS, "values": request.form}
    page = render_template("checkin/official.html", refusal=refusal.sentence if refusal else "", **facts)
    return page, refusal.status if refusal else 200


@bp.post("/rounds/<uuid:round_id>/official")
@requires(Permission.EDIT_ROUND)
def read_official(round_id: UUID) -> Page:
    """Read a file and keep it with what each line means; a long one by the worker. Nobody is sampled by that."""
    check_may(Permission.EDIT_ROUND, round_id=round_id)
    try:
        form = read_form(OfficialListForm, request.form)
        sent = request.files.get("file")
        if sent is None or not sent.filename:
            raise ListFileMissing()
        typed = instant_of(form.at, g.timezone)
        at = whole_minute(typed, clock().now()) if typed else None
        key = (current_community_id(), round_id)
        made, is_read = read_or_ask(key, sent.read(), sent.filename, at, current_principal())
    except DomainError as refusal:
        if refusal.status == 404:
            raise
        return show_lists(round_id, refusal)
    if is_read:
        return redirect(url_for(".official_list", round_id=round_id, list_id=made))
    return redirect(url_for(".official_work", round_id=round_id, request_id=made))


@bp.get("/rounds/<uuid:round_id>/official/work/<uuid:request_id>")
@requires(Permission.EDIT_ROUND)
def official_work(round_id: UUID, request_id: UUID) -> Page:
    """How far the worker is. The page loads itself again until it is done."""
    check_may(Permission.EDIT_ROUND, round_id=round_id)
    with reading() as session:
        round_ = round_of(session, round_id)
        asked = session.get(JobRequest, (round_.community_id, request_id))
    if asked is None or asked.kind not in (READ, RECORD) or asked.facts["round"] != str(round_id):
        raise ListNotFound()
    if asked.state is RequestState.DONE:
        list_id = asked.facts.get("list") or asked.news["list"]
        return redirect(url_for(".official_list", round_id=round_id, list_id=list_id))
    has_failed = asked.state is RequestState.FAILED
    why = list_refusal(asked.failure or "", asked.news.get("refusal", {})) if has_failed else ""
    return render_template("checkin/official_work.html", round=round_, asked=asked, has_failed=has_failed, why=why)


@bp.get("/rounds/<uuid:round_id>/official/<uuid:list_id>")
@requires(Permission.EDIT_ROUND)
def official_list(round_id: UUID, list_id: UUID) -> str:
    """The account: doubtful lines side by side with who it may be, those looked at, refused, not ours, sure."""
    check_may(Permission.EDIT_ROUND, round_id=round_id)
    wanted = request.args.get("part", "")
    part = Part(wanted) if wanted in set(Part) else None
    with reading() as session:
        round_ = round_of(session, round_id)
        page = list_lines(session, round_, list_id, part=part, start=first_line())
    words = {"mark_words": MARK_WORDS, "fault_words": FAULT_WORDS, "part_words": PART_WORDS, "part_hints": PART_HINTS}
    return render_template("checkin/official_list.html", round=round_, page=page, most=PAGE, partly=PARTLY, **words)


@bp.post("/rounds/<uuid:round_id>/official/<uuid:list_id>/record")
@requires(Permission.EDIT_ROUND)
def record_official(round_id: UUID, list_id: UUID) -> Response:
    check_may(Permission.EDIT_ROUND, round_id=round_id)
    with reading() as session:
        round_ = round_of(session, round_id)
        get_list(session, round_, list_id)
        official.check_counts(round_)
    asked = record_or_ask((current_community_id(), list_id), round_id, current_principal())
    if asked is not None:
        return redirect(url_for(".official_work", round_id=round_id, request_id=asked))
    flash(_("Recorded: those who are sure are sampled."))
    return redirect(url_for(".official_list", round_id=round_id, list_id=list_id))


@bp.post("/rounds/<uuid:round_id>/official/<uuid:list_id>/<int:number>")
@requires(Permission.EDIT_ROUND)
def settle_official(round_id: UUID, list_id: UUID, number: int) -> Response:
    """This one, or none of them."""
    check_may(Permission.EDIT_ROUND, round_id=round_id)
    form = read_form(SettleForm, request.form)
    with transaction() as session:
        round_ = round_of(session, round_id)
        key = (round_.community_id, list_id)
        official.settle_line(session, key, round_, number, form.resident, **acting())
    flash(_("Recorded as sampled.") if form.resident else _("Counted as not ours."))
    return redirect(url_for(".official_list", round_id=round_id, list_id=list_id, _anchor="lines"))


@bp.post("/rounds/<uuid:round_id>/official/<uuid:list_id>/<int:number>/undo")
@requires(Permission.EDIT_ROUND)
def take_back_official(round_id: UUID, list_id: UUID, number: int) -> Response:
    """It was the wrong one: the line waits again."""
    check_may(Permission.EDIT_ROUND, round_id=round_id)
    with reading() as session:
        same = list_same_lines(session, round_of(session, round_id), list_id, number)
    with transaction() as session:
        round_ = round_of(session, round_id)
        official.take_back_line(session, (round_.community_id, list_id), round_, number, same, **acting())
    flash(_("Taken back: the line waits again, and nobody is sampled by it."))
    return redirect(url_for(".official_list", round_id=round_id, list_id=list_id, part=Part.DOUBTFUL, _anchor="lines"))


@bp.post("/rounds/<uuid:round_id>/official/<uuid:list_id>/discard")
@requires(Permission.EDIT_ROUND)
def discard_official(round_id: UUID, list_id: UUID) -> Response:
    check_may(Permission.EDIT_ROUND, round_id=round_id)
    try:
        with transaction() as session:
            round_ = round_of(session, round_id)
            official.discard_list(session, (round_.community_id, list_id), round_, **acting())
    except DomainError as refusal:
        if refusal.status == 404:
            raise
        flash(refusal.sentence, "bad")
        return redirect(url_for(".official_list", round_id=round_id, list_id=list_id))
    flash(_("The list was discarded. Nothing was changed."))
    return redirect(url_for(".official_lists", round_id=round_id))
