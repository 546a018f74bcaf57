"""The ledger, the missing and excuses as JSON."""

from datetime import datetime
from typing import Any
from uuid import UUID

from flask import Blueprint, request
from sqlmodel import Session

from accounts.access import check_may, current_community_id, current_principal, requires
from accounts.rules import Permission
from bulou.clock import clock
from bulou.database import reading, transaction
from bulou.forms import BadInput, read_json
from bulou.i18n import _
from checkin.queries.holders import find_resident_by_code
from followup.errors import PersonNotFound
from followup.forms import ExcuseCall
from followup.queries.coverage import get_coverage
from followup.queries.missing import MissingDoor, list_missing
from followup.usecases import coverage_json
from registry.usecases import excuse_resident
from registry.words import shown_name
from scheduling.queries.setup import get_round

bp = Blueprint("followup_api", __name__, url_prefix="/api/v1")
PAGE = 500  # doors of one answer


@bp.get("/rounds/<uuid:round_id>/coverage")
@requires(Permission.VIEW_COUNTS)
def coverage(round_id: UUID) -> dict[str, Any]:
    """The ledger now, or `?as_of=` an instant."""
    check_may(Permission.VIEW_COUNTS, round_id=round_id)
    as_of = _instant("as_of")
    with reading() as session:
        round_ = get_round(session, (current_community_id(), round_id))
        return coverage_json(get_coverage(session, round_, now=clock().now(), as_of=as_of))


def _instant(name: str) -> datetime | None:
    text = request.args.get(name)
    if not text:
        return None
    try:
        at = datetime.fromisoformat(text.replace(" ", "+"))
    except ValueError:
        at = None
    if at is None or at.tzinfo is None or not 2000 <= at.year <= 2100:  # a far one has no like in UTC
        raise BadInput(field=name, problem=_("is not a time (ISO 8601 with zone)"))
    return at


@bp.get("/rounds/<uuid:round_id>/missing")
@requires(Permission.VIEW_MISSING)
def missing(round_id: UUID) -> dict[str, Any]:
    """Doors and masked names; `?building=ID` one building, `?cursor=` the next page."""
    check_may(Permission.VIEW_MISSING, round_id=round_id)
    building_id = _building()
    with reading() as session:
        round_ = get_round(session, (current_community_id(), round_id))
        doors = list_missing(session, round_, now=clock().now(), buildings=[building_id] if building_id else None)
    start = request.args.get("cursor", 0, type=int)
    has_more = len(doors) > start + PAGE
    return {
        "items": [_door_json(door) for door in doors[start : start + PAGE]],
        "next": str(start + PAGE) if has_more else None,
    }


def _building() -> UUID | None:
    text = request.args.get("building")
    try:
        return UUID(text) if text else None
    except ValueError:
        raise BadInput(field="building", problem=_("is not an id")) from None


def _door_json(door: MissingDoor) -> dict[str, Any]:
    return {
        "household": str(door.household_id),
        "building": {"id": str(door.building_id), "name": door.building},
        "door": door.door,
        "point": door.point,
        "from": door.from_at.isoformat() if door.from_at else None,
        "to": door.until_at.isoformat() if door.until_at else None,
        "last_outcome": door.attempt.outcome.value if door.attempt else None,
        "residents": [
            {
                "id": str(person.resident_id),
                "number": person.number,
                "name": shown_name(person.name, person.number, person.heads),
                "state": person.state.value,
                "proposal": person.proposal,
            }
            for person in door.people
        ],
    }


@bp.post("/rounds/<uuid:round_id>/excuses")
@requires(Permission.EXCUSE)
def excuse(round_id: UUID) -> tuple[dict[str, Any], int]:
    """Excuse somebody, named by id or by ticket code. A repeat with the same words changes nothing."""
    check_may(Permission.EXCUSE, round_id=round_id)
    call, now = read_json(ExcuseCall), clock().now()
    with transaction() as session:
        round_ = get_round(session, (current_community_id(), round_id))
        resident_id = _resident_of(session, round_.community_id, call)
        row = excuse_resident(
            session,
            (round_.community_id, resident_id),
            kind=call.kind,
            from_at=call.from_ or now,
            until_at=call.until,
            note=call.note,
            proof=call.proof,
            by=current_principal(),
            now=now,
        )
        answer = {"id": str(row.id), "resident": str(resident_id), "kind": row.kind.value, "state": row.state.value}
    return answer, 201


def _resident_of(session: Session, community_id: str, call: ExcuseCall) -> UUID:
    if call.resident is not None:
        return call.resident
    if not call.code:
        raise BadInput(field="resident", problem=_("is missing"))
    found = find_resident_by_code(session, community_id, call.code)
    if found is None:
        raise PersonNotFound()
    return found
