"""Rosters as JSON."""

from typing import Any
from uuid import UUID

from flask import Blueprint, request, url_for

from accounts.access import current_account_id, current_community_id, current_principal, requires
from accounts.rules import Permission
from bulou.clock import clock
from bulou.database import reading, transaction
from bulou.ids import read_code
from bulou.jobs import ask_for
from bulou.models import JobRequest, RequestState
from bulou.openapi import describes
from bulou.text import clean_text
from registry.errors import CommunityNotFound, FileMissing, ImportNotFound, RowsRefused, TooManyLeave
from registry.forms import read_meanings
from registry.jobs import IMPORT
from registry.models import RosterImport
from registry.reading import RosterFile, read_roster, unpacked_bytes
from registry.usecases import account_json, compare_roster, import_roster, keep_upload, known_columns
from registry.usecases.columns import check_columns
from registry.usecases.importing import problem_json, unknown_columns
from registry.usecases.preview import problem_of
from registry.words import COLUMN_NAMES

bp = Blueprint("registry_api", __name__, url_prefix="/api/v1")
LONG = 20_000  # rows; more are taken in by a worker
LARGE = 5_000_000  # bytes, which hold more rows than that
LARGE_UNPACKED = 40_000_000  # bytes of a workbook
QUERY = {
    "dry_run": "1: say what would happen and write nothing.",
    "skip_refused": "1: import the other rows although some are refused.",
    "confirm_leaving": "1: more than a tenth of the people may leave.",
    "compound": "The compound of every row, whatever the rows say.",
    "column": f"HEADER=MEANING: what a column means, for each that is not known. Meanings: {', '.join(COLUMN_NAMES)}.",
}


@bp.post("/communities/<code>/roster")
@requires(Permission.EDIT_ROSTER)
@describes(query=QUERY, refusals=(404, 409))
def post_roster(code: str) -> tuple[dict[str, Any], int] | tuple[dict[str, Any], int, dict[str, str]]:
    """Take in a roster, sent as multipart/form-data in the field `file`. Above 20,000 rows: 202, see GET /imports/ID.

    Columns that nobody knows are refused with their names (`roster.columns_unknown`) until `column` says what they mean.
    """
    community_id = read_code(code)
    if community_id != current_community_id():
        raise CommunityNotFound()
    content, file_name = _file()
    compound, said = clean_text(request.values.get("compound", ""), max_length=80), _columns()
    read = None
    if not _is_long(content):
        with reading() as session:
            columns = known_columns(session, community_id, compound)
        read = read_roster(content, file_name, compound=compound, columns={**columns, **said})
    if read is None or read.lines > LONG:
        return _later(community_id, content, file_name, compound, said)
    return _at_once(community_id, file_name, read), 200


def _is_long(content: bytes) -> bool:
    """Whether it has surely more rows than are read at once: those who wait for other answers would wait for it."""
    if len(content) > LARGE or unpacked_bytes(content) > LARGE_UNPACKED:
        return True
    return not content.startswith(b"PK") and content.count(b"\n") > 2 * LONG


def _file() -> tuple[bytes, str]:
    sent = request.files.get("file") or next(iter(request.files.values()), None)
    if sent is None:
        raise FileMissing()
    return sent.read(), sent.filename or "roster"


def _columns() -> dict[str, str]:
    """Repeated in the address or among the fields. Raises BadInput."""
    return read_meanings([text for text in request.values.getlist("column") if text])


def _is_on(name: str) -> bool:
    return request.values.get(name, "") in ("1", "true", "yes")


def _at_once(community_id: str, file_name: str, read: RosterFile) -> dict[str, Any]:
    if _is_on("dry_run"):
        return _planned(community_id, read)
    check_columns(read)
    try:
        with transaction() as session:
            done = import_roster(
                session,
                community_id,
                read,
                file_name=file_name,
                skip_refused=_is_on("skip_refused"),
                may_leave=_is_on("confirm_leaving"),
                by=current_principal(),
                now=clock().now(),
            )
    except (RowsRefused, TooManyLeave) as refusal:
        refusal.facts.update(_planned(community_id, read))  # so that the sender sees which rows
        raise
    return account_json(done)


def _planned(community_id: str, read: RosterFile) -> dict[str, Any]:
    with reading() as session:
        account = compare_roster(session, community_id, read)
    return {**account_json(account), "unknown_columns": unknown_columns(read)}


def _later(
    community_id: str, content: bytes, file_name: str, compound: str, said: dict[str, str]
) -> tuple[dict[str, Any], int, dict[str, str]]:
    now = clock().now()
    with transaction() as session:
        author_id = current_account_id()
        upload_id = keep_upload(
            session,
            community_id,
            content,
            file_name=file_name,
            compound=compound,
            columns=said,
            author_id=author_id,
            now=now,
        )
        facts = {
            "upload": str(upload_id),
            "dry_run": _is_on("dry_run"),
            "skip_refused": _is_on("skip_refused"),
            "may_leave": _is_on("confirm_leaving"),
            "by_program": True,  # nobody can be asked what a column means
        }
        asked = ask_for(session, community_id, IMPORT, facts, by=author_id, now=now)
    where = url_for(".get_import", import_id=asked.id)
    return {"id": str(asked.id), "state": asked.state.value, "url": where}, 202, {"Location": where}


@bp.get("/imports/<uuid:import_id>")
@requires(Permission.EDIT_ROSTER)
@describes(refusals=(404,))
def get_import(import_id: UUID) -> dict[str, Any]:
    """How far a long import is, and what it did; or what an earlier one did."""
    key = (current_community_id(), import_id)
    with reading() as session:
        asked = session.get(JobRequest, key)
        if asked is not None and asked.kind == IMPORT:
            return _asked_json(asked)
        made = session.get(RosterImport, key)
    if made is None:
        raise ImportNotFound()
    counts = {name: count for name, count in made.counts.items() if name not in ("buildings", "kept")}
    return {"id": str(made.id), "state": RequestState.DONE.value, "done_share": 1.0, "failure": None, **counts}


def _asked_json(asked: JobRequest) -> dict[str, Any]:
    preview = asked.news.get("preview", {})
    told = {"id": str(asked.id), "state": asked.state.value, "done_share": asked.done_share, "failure": asked.failure}
    if "unknown_columns" in asked.news:
        told["unknown_columns"] = asked.news["unknown_columns"]
    if not preview:
        return told
    refused = [problem_json(problem_of(facts)) for facts in preview["refused"]]
    counts = {**preview["counts"], "refused": refused, "refused_count": preview["counts"]["refused"]}
    return {**told, **counts, "asks_again": preview["asks_again"], "import": preview["import"]}
