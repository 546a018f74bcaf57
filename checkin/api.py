"""Check-in for devices and programs: recording scans, and what the scanning page asks of a point."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import structlog
from flask import Blueprint, Response, json, request

from accounts.access import current_principal, requires
from accounts.rules import Permission
from bulou.clock import clock
from bulou.database import StoreBusy, chunks, transaction
from bulou.errors import DomainError
from bulou.forms import check, json_object
from bulou.openapi import describes
from bulou.problem_details import problem_of
from checkin.errors import BodyTooLarge, ScanFailed, ScansMissing, TooManyScans
from checkin.forms import MOST_SCANS, AnswerBody, BatchAnswerBody, BatchBody, IncomingScan
from checkin.usecases import Answer, PersonShown, record_scan, record_scans

bp = Blueprint("checkin_api", __name__, url_prefix="/api/v1")
log = structlog.get_logger()
MAX_BODY = 2_000_000  # bytes
PART = 50  # scans of a batch that are stored together: the queue at another phone does not wait for all of them

Body = dict[str, Any]


@bp.post("/scans")
@requires(Permission.SCAN)
@describes(IncomingScan, AnswerBody, refusals=(404, 409, 413, 503))
def scan() -> Response:
    """Record one fact about one person."""
    incoming = check(IncomingScan, _body())
    now = clock().now()
    with transaction() as session:
        answer = _body_of(record_scan(session, incoming, by=current_principal(), now=now))
    return _json(answer)  # only now: what is answered is on disk


@bp.post("/scans/batch")
@requires(Permission.SCAN)
@describes(BatchBody, BatchAnswerBody, refusals=(413, 503))
def batch() -> Response:
    """Record up to 500 facts; each has its own answer, in the same order."""
    items = _body().get("scans")
    if not isinstance(items, list):
        raise ScansMissing()
    if len(items) > MOST_SCANS:
        raise TooManyScans(given=len(items), most=MOST_SCANS)
    now = clock().now()
    answers = [answer for part in chunks(items, PART) for answer in _record_part(part, now)]
    return _json({"answers": answers})


def _body() -> Body:
    if (request.content_length or 0) > MAX_BODY:
        raise BodyTooLarge(scans=MOST_SCANS)
    return json_object()


def _record_part(items: list[Any], now: datetime) -> Iterator[Body]:
    """The answer to each item. One that breaks the program itself is kept from breaking the others."""
    read = [_read(item) for item in items]
    scans = [one for one in read if isinstance(one, IncomingScan)]
    try:
        answers = iter(_store(scans, now))
    except StoreBusy:
        raise
    except Exception:
        answers = iter([_store_alone(one, now) for one in scans])
    return (next(answers) if isinstance(one, IncomingScan) else one for one in read)


def _read(item: Any) -> IncomingScan | Body:
    """The scan, or why it is none."""
    values = item if isinstance(item, dict) else {}
    try:
        return check(IncomingScan, values)
    except DomainError as refusal:
        return _problem(values.get("scan_id"), refusal)


def _store(scans: list[IncomingScan], now: datetime) -> list[Body]:
    def refuse(one: IncomingScan, refusal: DomainError) -> Body:
        return _problem(str(one.scan_id), refusal)

    with transaction() as session:
        by = current_principal()
        return record_scans(session, scans, by=by, now=now, tell=_body_of, refuse=refuse) if scans else []


def _store_alone(one: IncomingScan, now: datetime) -> Body:
    try:
        return _store([one], now)[0]
    except StoreBusy:
        raise
    except Exception as failure:
        log.error("scan_failed", exc_info=failure)
        return _problem(str(one.scan_id), ScanFailed())


def _problem(scan_id: Any, refusal: DomainError) -> Body:
    return {**problem_of(refusal), "scan_id": scan_id if isinstance(scan_id, str) else None}


def _body_of(answer: Answer) -> Body:
    place = answer.place
    return {
        "scan_id": str(answer.scan_id),
        "outcome": answer.outcome.value,
        "message": answer.message,
        "resident": _person(answer.resident) if answer.resident else None,
        "sampled_at": answer.sampled_at.isoformat() if answer.sampled_at else None,
        "place": {"point": str(place.point), "from": place.from_at.isoformat(), "to": place.to_at.isoformat()}
        if place
        else None,
        "members": None if answer.members is None else [_person(member) for member in answer.members],
    }


def _person(person: PersonShown) -> Body:
    return {"id": str(person.id), "name": person.name, "door": person.door}


def _json(body: Body) -> Response:
    return Response(json.dumps(body, ensure_ascii=False), mimetype="application/json")
