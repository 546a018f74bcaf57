"""Check-in for devices and programs: recording scans, and what the scanning page asks of a point."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog
from flask import Blueprint, Response, json, request
from sqlmodel import Session

from accounts.access import also_when_revoked, current_community_id, current_principal, refuse_revoked, requires
from accounts.rules import Permission
from bulou.clock import clock
from bulou.database import StoreBusy, chunks, reading, transaction
from bulou.errors import DomainError
from bulou.forms import check, json_object, read_json
from bulou.openapi import describes
from bulou.problem_details import problem_of
from bulou.together import Together
from checkin.errors import BodyTooLarge, PointNotYours, ScanFailed, ScansMissing, TooManyScans
from checkin.forms import (
    MOST_SCANS,
    AnswerBody,
    BatchAnswerBody,
    BatchBody,
    CountsBody,
    IncomingScan,
    PeopleBody,
    PointBody,
    WantedForm,
)
from checkin.queries.people import Family, Member, find_people
from checkin.queries.points import PointKey, PointPage, count_at_point, get_point, get_point_page
from checkin.queries.scans import find_scan
from checkin.rules.devices import may_deliver, may_undo
from checkin.usecases import Answer, PersonShown, Sent, record_scans

bp = Blueprint("checkin_api", __name__, url_prefix="/api/v1")
log = structlog.get_logger()
MAX_BODY = 2_000_000  # bytes
PART = 50  # scans of a batch that are stored together: the queue at another phone does not wait for all of them

Body = dict[str, Any]


@bp.post("/scans")
@also_when_revoked
@requires(Permission.SCAN)
@describes(IncomingScan, AnswerBody, refusals=(404, 409, 413, 503))
def scan() -> Response:
    """Record one fact about one person."""
    incoming = _incoming(_body())
    answer = together.write(Sent(incoming, current_principal()))
    if isinstance(answer, DomainError):
        raise answer
    return json_answer(_body_of(answer))  # only now: what is answered is on disk


def _record(session: Session, sent: Sequence[Sent]) -> list[Answer | DomainError]:
    return record_scans(session, sent, now=clock().now())


together = Together(_record)  # of the phones that scan at this moment


@bp.post("/scans/batch")
@also_when_revoked
@requires(Permission.SCAN)
@describes(BatchBody, BatchAnswerBody, refusals=(413, 503))
def batch() -> Response:
    """Record up to 500 facts; each has its own answer, in the same order."""
    items = _body().get("scans")
    if not isinstance(items, list):
        raise ScansMissing()
    if len(items) > MOST_SCANS:
        raise TooManyScans(given=len(items), most=MOST_SCANS)
    answers = [answer for part in chunks(items, PART) for answer in _record_part(part)]
    return json_answer({"answers": answers})


def _incoming(values: Body) -> IncomingScan:
    """The scan, checked. Raises BadInput, and DeviceRevoked for what a phone may not deliver once it was revoked."""
    incoming, revoked_at = check(IncomingScan, values), current_principal().revoked_at
    if revoked_at is not None and not (may_deliver(incoming.corrected_at, revoked_at) and _is_its_own(incoming)):
        refuse_revoked(revoked_at)
    return incoming


def _is_its_own(incoming: IncomingScan) -> bool:
    """What is scanned always is; what is taken back must be."""
    if incoming.undoes is None:
        return True
    by = current_principal()
    with reading() as session:
        kept = find_scan(session, by.community_id, incoming.undoes)
    return may_undo(by.token_id, is_kept=kept is not None, made_on=kept.device_id if kept else None)


def _body() -> Body:
    if (request.content_length or 0) > MAX_BODY:
        raise BodyTooLarge(scans=MOST_SCANS)
    return json_object()


def _record_part(items: list[Any]) -> Iterator[Body]:
    """The answer to each item. One that breaks the program itself is kept from breaking the others."""
    read = [_read(item) for item in items]
    scans = [one for one in read if isinstance(one, IncomingScan)]
    try:
        answers = iter(_store(scans))
    except StoreBusy:
        raise
    except Exception:  # one item fails on its own: the others are stored each for itself, and the answer says which
        answers = iter([_store_alone(one) for one in scans])
    return (next(answers) if isinstance(one, IncomingScan) else one for one in read)


def _read(item: Any) -> IncomingScan | Body:
    """The scan, or why it is none."""
    values = item if isinstance(item, dict) else {}
    try:
        return _incoming(values)
    except DomainError as refusal:
        return _problem(values.get("scan_id"), refusal)


def _store(scans: list[IncomingScan]) -> list[Body]:
    by = current_principal()
    with transaction() as session:
        answers = _record(session, [Sent(one, by) for one in scans])
    return [
        _problem(str(one.scan_id), answer) if isinstance(answer, DomainError) else _body_of(answer)
        for one, answer in zip(scans, answers, strict=True)
    ]


def _store_alone(one: IncomingScan) -> Body:
    try:
        return _store([one])[0]
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
    body = {"id": str(person.id), "name": person.name, "door": person.door}
    return {**body, "green_lane": True} if person.is_green else body


def json_answer(body: Body, status: int = 200) -> Response:
    return Response(json.dumps(body, ensure_ascii=False), status, mimetype="application/json")


# What the scanning page asks.


@bp.get("/points/<uuid:point_id>")
@requires(Permission.SCAN)
@describes(gives=PointBody, refusals=(404,))
def point(point_id: UUID) -> Response:
    """The point with its round and hours."""
    with reading() as session:
        page = get_point_page(session, point_key(session, point_id, Permission.SCAN))
    return json_answer(point_body(page))


@bp.get("/points/<uuid:point_id>/counts")
@requires(Permission.SCAN, Permission.VIEW_COUNTS)
@describes(gives=CountsBody, refusals=(404,))
def counts(point_id: UUID) -> Response:
    """How many have been sampled and have arrived there, and how many are called for now."""
    with reading() as session:
        key = point_key(session, point_id, Permission.SCAN, Permission.VIEW_COUNTS)
        found = count_at_point(session, key, now=clock().now())
    figures = {name: getattr(found, name) for name in ("sampled", "arrived", "waiting", "expected_now")}
    return json_answer({"point": str(point_id), "as_of": found.as_of.isoformat(), **figures})


@bp.get("/points/<uuid:point_id>/people")
@requires(Permission.SCAN)
@describes(
    gives=PeopleBody, query={"q": "door, name, or last four digits of phone or identity number"}, refusals=(404,)
)
def people(point_id: UUID) -> Response:
    """Households that fit what was typed, with the ticket codes to scan them by. A name is better sent by POST."""
    return _people(point_id, request.args.get("q", ""))


@bp.post("/points/<uuid:point_id>/people")
@requires(Permission.SCAN)
@describes(WantedForm, PeopleBody, refusals=(404,))
def look_for_people(point_id: UUID) -> Response:
    """The same with what was typed in the body: an address is kept by browsers and by whatever stands before this server."""
    return _people(point_id, read_json(WantedForm).q)


def _people(point_id: UUID, typed: str) -> Response:
    with reading() as session:
        _point, round_ = get_point(session, point_key(session, point_id, Permission.SCAN))
        families = find_people(session, round_, typed)
    return json_answer({"items": [_family(family) for family in families], "next": None})


def point_key(session: Session, point_id: UUID, *permissions: Permission) -> PointKey:
    """For those who have one of the permissions there. Raises PointNotFound and PointNotYours."""
    key, may = (current_community_id(), point_id), current_principal().may
    _point, round_ = get_point(session, key)
    if not any(may(permission, round_id=round_.id, point_id=point_id) for permission in permissions):
        raise PointNotYours()
    return key


def point_body(page: PointPage) -> Body:
    return {
        "id": str(page.id),
        "name": page.name,
        "address": page.address,
        "kind": page.kind.value,
        "contact": {"name": page.contact_name, "phone": page.contact_phone},
        "lanes": page.lanes,
        "counts_entrance": page.counts_entrance,
        "timezone": current_principal().timezone,
        "round": {
            "id": str(page.round_id),
            "name": page.round_name,
            "state": page.state.value,
            "version": page.version,
            "opened_at": _iso(page.opened_at),
            "closed_at": _iso(page.closed_at),
        },
        "hours": [
            {
                "from": _iso(hours.starts_at),
                "to": _iso(hours.ends_at),
                "breaks": [list(pause) for pause in hours.breaks],
                "is_makeup": hours.is_makeup,
                "lanes": hours.lanes,
            }
            for hours in page.hours
        ],
    }


def _family(family: Family) -> Body:
    members = [{**_member(member), "door": family.door} for member in family.members]
    return {"household": str(family.household_id), "door": family.door, "code": family.code, "members": members}


def _member(member: Member) -> Body:
    place = {"point": str(member.point_id), "from": _iso(member.starts_at), "to": _iso(member.ends_at)}
    return {
        "id": str(member.id),
        "name": member.name,
        "code": member.code,
        "sampled_at": _iso(member.sampled_at),
        "place": place if member.point_id else None,
    }


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
