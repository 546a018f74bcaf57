"""What the columns of a file mean, where the program does not know it."""

from typing import Any
from uuid import UUID

from flask import redirect, request, url_for

from accounts.access import current_account_id, current_community_id, requires
from accounts.areas import list_places
from accounts.rules import Permission
from bulou.clock import clock
from bulou.database import reading, transaction
from bulou.errors import DomainError
from bulou.models import JobRequest
from registry import usecases
from registry.forms import read_columns
from registry.jobs import COMPARE
from registry.models import RosterUpload
from registry.reading import read_roster
from registry.reading.files import is_long
from registry.usecases.columns import question_facts
from registry.views.blueprint import Page, bp, key_of, show
from registry.views.importing import compare_by_worker
from registry.words import COLUMN_NAMES

MOST_ROUNDS = 5  # the latest: whose list it is that was chosen here by mistake


@bp.get("/roster/import/<uuid:upload_id>/columns")
@requires(Permission.EDIT_ROSTER)
def columns(upload_id: UUID) -> Page:
    return _show_columns(upload_id)


@bp.post("/roster/import/<uuid:upload_id>/columns")
@requires(Permission.EDIT_ROSTER)
def say_columns(upload_id: UUID) -> Page:
    said = read_columns(request.form)
    try:
        with transaction() as session:
            usecases.say_columns(session, key_of(upload_id), said, by=current_account_id(), now=clock().now())
    except DomainError as refusal:
        return _show_columns(upload_id, refusal, said)
    return redirect(url_for(".preview", upload_id=upload_id))


def _show_columns(upload_id: UUID, refusal: DomainError | None = None, said: dict[str, str] | None = None) -> Page:
    with reading() as session:
        kept, content = usecases.open_upload(session, key_of(upload_id))
        asked = request.args.get("request", type=UUID)
        found = session.get(JobRequest, key_of(asked)) if asked else None
        rounds = [place for place in list_places(session, current_community_id()) if place.point_id is None]
    questions = _questions(found, kept, content)
    if questions is None:
        return compare_by_worker(upload_id, columns=True)
    questions = [
        {**question, "meaning": (said or {}).get(question["header"], question["meaning"])} for question in questions
    ]
    return show(
        "columns",
        refusal,
        upload=kept,
        request_id=asked,
        open_questions=[(at, it) for at, it in enumerate(questions) if it["is_open"]],
        others=[(at, it) for at, it in enumerate(questions) if not it["is_open"]],
        has_doors=any(it["meaning"] in ("room", "address", "link") for it in questions),
        meanings=list(COLUMN_NAMES.items()),
        rounds=rounds[:MOST_ROUNDS],
    )


def _questions(found: JobRequest | None, kept: RosterUpload, content: bytes) -> list[dict[str, Any]] | None:
    """What is asked about a file; of a long one a worker knows it. None: it has to be asked."""
    if (
        found is not None
        and found.kind == COMPARE
        and found.facts["upload"] == str(kept.id)
        and "columns" in found.news
    ):
        return list(found.news["columns"])
    if is_long(content):
        return None
    read = read_roster(content, kept.file_name, compound=kept.compound, columns=kept.columns)
    return [question_facts(question) for question in read.questions]
