"""Reading a roster in: upload, preview, confirm; large files by a worker, with progress."""

from typing import Any
from uuid import UUID

from flask import flash, redirect, request, url_for
from werkzeug.wrappers import Response

from accounts.access import acting, current_account_id, current_community_id, requires
from accounts.rules import Permission
from bulou.clock import clock
from bulou.database import reading, transaction
from bulou.errors import DomainError
from bulou.forms import read_form
from bulou.i18n import _
from bulou.jobs import ask_for
from bulou.models import JobRequest, RequestState
from registry import usecases
from registry.errors import ChangedSincePreview, FileMissing, FileUnreadable, ImportNotFound, Problem
from registry.forms import ConfirmForm, UploadForm
from registry.jobs import AGREED_OTHERWISE, COMPARE, IMPORT, REFUSALS
from registry.reading import read_roster
from registry.reading.files import is_long
from registry.usecases.preview import Facts
from registry.views.blueprint import Page, bp, key_of, show
from registry.views.preview import find_preview, make_preview, show_facts


@bp.get("/roster/import")
@requires(Permission.EDIT_ROSTER)
def choose_file() -> Page:
    return show("import", values=request.form)


@bp.post("/roster/import")
@requires(Permission.EDIT_ROSTER)
def upload() -> Page:
    community_id, now = current_community_id(), clock().now()
    try:
        sent = request.files.get("file")
        content = sent.read() if sent else b""
        if sent is None or not sent.filename:
            raise FileMissing()
        form, read = read_form(UploadForm, request.form), None
        if not is_long(content):
            with reading() as session:
                columns = usecases.known_columns(session, community_id, form.compound)
            # What cannot be read at all is refused here, beside the form.
            read = read_roster(content, sent.filename, compound=form.compound, columns=columns)
        with transaction() as session:
            upload_id = usecases.keep_upload(
                session,
                community_id,
                content,
                file_name=sent.filename,
                compound=form.compound,
                author_id=current_account_id(),
                now=now,
            )
            asked = _ask(session, COMPARE, {"upload": str(upload_id)}) if read is None else None
    except DomainError as refusal:
        return show("import", refusal, values=request.form)
    if asked is not None:
        return redirect(url_for(".work", request_id=asked))
    return redirect(url_for(".columns" if read and read.asks else ".preview", upload_id=upload_id))


def _ask(session: Any, kind: str, facts: Facts) -> UUID:
    return ask_for(session, current_community_id(), kind, facts, by=current_account_id(), now=clock().now()).id


@bp.get("/roster/import/<uuid:upload_id>")
@requires(Permission.EDIT_ROSTER)
def preview(upload_id: UUID) -> Page:
    return show_preview(upload_id)


def show_preview(upload_id: UUID, refusal: DomainError | None = None) -> Page:
    """What the file would do. A long file is compared by a worker."""
    facts = find_preview(upload_id)
    with reading() as session:
        kept, content = usecases.open_upload(session, key_of(upload_id))
    if facts is None and is_long(content):
        return compare_by_worker(upload_id)
    if facts is None:
        read = read_roster(content, kept.file_name, compound=kept.compound, columns=kept.columns)
        facts = make_preview(upload_id, read)
    return show_facts(kept, facts, refusal)


def compare_by_worker(upload_id: UUID, *, columns: bool = False) -> Response:
    """`columns`: somebody wants to say what they mean, although all that are needed are known."""
    with transaction() as session:
        asked = _ask(session, COMPARE, {"upload": str(upload_id), **({"columns": True} if columns else {})})
    return redirect(url_for(".work", request_id=asked))


@bp.post("/roster/import/<uuid:upload_id>/compare")
@requires(Permission.EDIT_ROSTER)
def compare_again(upload_id: UUID) -> Response:
    """The registry was changed since a long file was compared."""
    with reading() as session:
        usecases.open_upload(session, key_of(upload_id))
    return compare_by_worker(upload_id)


@bp.post("/roster/import/<uuid:upload_id>")
@requires(Permission.EDIT_ROSTER)
def confirm(upload_id: UUID) -> Page:
    form = read_form(ConfirmForm, request.form)
    with reading() as session:
        kept, content = usecases.open_upload(session, key_of(upload_id))
    if is_long(content):
        with transaction() as session:
            asked = _ask(session, IMPORT, {"upload": str(upload_id), **form.model_dump()})
        return redirect(url_for(".work", request_id=asked))
    try:
        read = read_roster(content, kept.file_name, compound=kept.compound, columns=kept.columns)
        with transaction() as session:
            account = usecases.import_roster(
                session,
                current_community_id(),
                read,
                file_name=kept.file_name,
                **form.model_dump(),
                **acting(),
            )
            usecases.discard_upload(session, key_of(upload_id))
    except AGREED_OTHERWISE as refusal:
        return show_preview(upload_id, refusal)
    return _done(account.counts)


def _done(counts: dict[str, int]) -> Response:
    flash(
        _(
            "The roster was imported: %(added)d added, %(changed)d changed, %(moved)d moved, %(left)d left, "
            "%(unchanged)d unchanged.",
            **counts,
        )
    )
    return redirect(url_for(".index"))


@bp.post("/roster/import/<uuid:upload_id>/discard")
@requires(Permission.EDIT_ROSTER)
def discard(upload_id: UUID) -> Response:
    with transaction() as session:
        usecases.discard_upload(session, key_of(upload_id))
    flash(_("The file was discarded. Nothing was changed."))
    return redirect(url_for(".index"))


@bp.get("/roster/work/<uuid:request_id>")
@requires(Permission.EDIT_ROSTER)
def work(request_id: UUID) -> Page:
    """How far a long file is. The page loads itself again until it is done."""
    with reading() as session:
        asked = session.get(JobRequest, key_of(request_id))
    if asked is None or asked.kind not in (COMPARE, IMPORT):
        raise ImportNotFound()
    upload_id = UUID(asked.facts["upload"])
    if asked.state is RequestState.DONE and "columns" in asked.news:
        return redirect(url_for(".columns", upload_id=upload_id, request=request_id))
    if asked.state is RequestState.DONE and asked.kind == COMPARE:
        return redirect(url_for(".preview", upload_id=upload_id, request=request_id))
    if asked.state is RequestState.DONE:
        return _done(asked.news["preview"]["counts"])
    if asked.state is RequestState.FAILED and asked.failure in REFUSALS:
        flash(_why_not(asked.failure), "bad")
        return redirect(url_for(".preview", upload_id=upload_id))
    problem = asked.news.get("problem")
    why = FileUnreadable(Problem(problem)).sentence if problem else None
    return show("work", asked=asked, has_failed=asked.state is RequestState.FAILED, why=why)


def _why_not(code: str) -> str:
    if code == ChangedSincePreview.code:
        return ChangedSincePreview().sentence
    return str(_("Nothing was imported: please look at what is refused, and at who would leave."))
