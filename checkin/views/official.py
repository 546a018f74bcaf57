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
from bulou.walltime import instant_of
from checkin.errors import ListFileMissing, ListTooLong
from checkin.forms import OfficialListForm, SettleForm
from checkin.jobs import record_or_ask
from checkin.queries.official import get_list, get_list_page, list_lists
from checkin.reading import ReadLine, read_list
from checkin.rules.official import whole_minute
from checkin.usecases import official
from checkin.views import bp
from checkin.words import FAULT_WORDS, MARK_WORDS
from registry.reading.files import read_file
from scheduling.models import Round
from scheduling.queries.setup import get_round, time_zone

Page = str | Response | tuple[str, int]
MOST_LINES = 50_000


def round_of(session: Any, round_id: UUID) -> Round:
    return get_round(session, (current_community_id(), round_id))


@bp.get("/rounds/<uuid:round_id>/official")
@requires(Permission.EDIT_ROUND)
def official_lists(round_id: UUID) -> Page:
    check_may(Permission.EDIT_ROUND, round_id=round_id)
    return show_lists(round_id)


def show_lists(round_id: UUID, refusal: DomainError | None = None) -> Page:
    with reading() as session:
        round_ = round_of(session, round_id)
        lists = list_lists(session, round_)
    facts = {"round": round_, "lists": lists, "values": request.form, "refusal": refusal.sentence if refusal else ""}
    return render_template("checkin/official.html", **facts), refusal.status if refusal else 200


@bp.post("/rounds/<uuid:round_id>/official")
@requires(Permission.EDIT_ROUND)
def read_official(round_id: UUID) -> Page:
    """Read a file and keep it with what each line means. Nobody is sampled by that."""
    check_may(Permission.EDIT_ROUND, round_id=round_id)
    with reading() as session:
        zone = time_zone(session, round_of(session, round_id).community_id)
    try:
        form = read_form(OfficialListForm, request.form)
        read, name = _read_file(zone)
        typed = instant_of(form.at, g.timezone)
        at = whole_minute(typed, clock().now()) if typed else None
        with reading() as session:
            matched = official.match_lines(session, round_of(session, round_id), read)
        with transaction() as session:
            round_ = round_of(session, round_id)
            list_id = official.keep_list(session, round_, read, matched, file_name=name, at=at, **acting())
    except DomainError as refusal:
        if refusal.status == 404:
            raise
        return show_lists(round_id, refusal)
    return redirect(url_for(".official_list", round_id=round_id, list_id=list_id))


def _read_file(zone: str) -> tuple[list[ReadLine], str]:
    """Raises ListFileMissing, FileUnreadable, ListHasNoColumns, ListTooLong."""
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        raise ListFileMissing()
    read = read_list(read_file(sent.read(), sent.filename), zone)
    if len(read) > MOST_LINES:
        raise ListTooLong(lines=len(read), most=MOST_LINES)
    return read, sent.filename


@bp.get("/rounds/<uuid:round_id>/official/<uuid:list_id>")
@requires(Permission.EDIT_ROUND)
def official_list(round_id: UUID, list_id: UUID) -> str:
    """The account: sure, doubtful side by side with who it may be, not ours, refused."""
    check_may(Permission.EDIT_ROUND, round_id=round_id)
    with reading() as session:
        round_ = round_of(session, round_id)
        page = get_list_page(session, round_, list_id)
    words = {"mark_words": MARK_WORDS, "fault_words": FAULT_WORDS}
    return render_template("checkin/official_list.html", round=round_, page=page, **words)


@bp.post("/rounds/<uuid:round_id>/official/<uuid:list_id>/record")
@requires(Permission.EDIT_ROUND)
def record_official(round_id: UUID, list_id: UUID) -> Response:
    check_may(Permission.EDIT_ROUND, round_id=round_id)
    with reading() as session:
        round_ = round_of(session, round_id)
        get_list(session, round_, list_id)
        official.check_counts(round_)
    if record_or_ask((current_community_id(), list_id), round_id, current_principal()):
        flash(_("Recorded: those who are sure are sampled."))
    else:
        flash(_("They are being recorded. Load this page again in a minute."))
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
    return redirect(url_for(".official_list", round_id=round_id, list_id=list_id, _anchor="doubtful"))


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
