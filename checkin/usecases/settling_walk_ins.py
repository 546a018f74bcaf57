"""Saying who somebody is that nobody found on the list at the point: one of ours, a newcomer at a door, or nobody of ours."""

from datetime import datetime
from uuid import UUID, uuid5

from sqlmodel import Session

from accounts.rules import Principal
from accounts.usecases import note
from checkin.errors import WalkInNotFound, WalkInSettled
from checkin.forms import IncomingScan
from checkin.models import Scan, WalkIn
from checkin.usecases.scans import record_scan
from checkin.usecases.walk_ins import said_of
from registry.queries.people import get_resident
from registry.rules import Origin
from registry.usecases.residents import Details, add_resident

WalkInKey = tuple[str, UUID]  # community_id, the scan's id


def settle_walk_in(session: Session, key: WalkInKey, resident_id: UUID | None, *, by: Principal, now: datetime) -> None:
    """It was this person, who is sampled by it from then on; None = nobody of ours.

    Raises WalkInNotFound, WalkInSettled, ResidentNotFound, and what scans raise.
    """
    row = _open(session, key)
    if resident_id is not None:
        resident_id = get_resident(session, (key[0], resident_id)).id
    row.resident_id, row.settled_at, row.settled_by = resident_id, now, by.account_id
    session.add(row)
    session.flush()
    if resident_id is not None:
        record_scan(session, _scan_of(session, row, resident_id), by=by, now=now)
    note(session, key[0], "walk_in.settled", resident_id or row.scan_id, by=by, now=now)


def add_walk_in(session: Session, key: WalkInKey, household_id: UUID, *, by: Principal, now: datetime) -> None:
    """It was somebody who lives behind this door and was on no list.

    Raises WalkInNotFound, WalkInSettled, HouseholdNotFound.
    """
    name, _door = said_of(_open(session, key))
    resident = add_resident(session, (key[0], household_id), Details(name=name), by=by, now=now)
    resident.origin = Origin.WALK_IN
    session.add(resident)
    session.flush()
    settle_walk_in(session, key, resident.id, by=by, now=now)


def _open(session: Session, key: WalkInKey) -> WalkIn:
    row = session.get(WalkIn, key, with_for_update=True)
    if row is None:
        raise WalkInNotFound()
    if row.settled_at is not None:
        raise WalkInSettled()
    return row


def _scan_of(session: Session, row: WalkIn, resident_id: UUID) -> IncomingScan:
    """The fact that samples them: at the time and point at which they were noted. The swab was taken."""
    noted = session.get_one(Scan, (row.community_id, row.scan_id))
    return IncomingScan(
        scan_id=uuid5(row.scan_id, "settled"),
        point=noted.point_id,
        scanned_at=noted.corrected_at,
        kind=noted.kind,
        taken=True,
        resident=resident_id,
        lane=noted.lane,
        tube=noted.tube,
    )
