"""Residents say themselves that they are here. It never makes anybody sampled."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from accounts.rules import Area, Principal, Role
from bulou.ids import new_id
from checkin.forms import IncomingScan
from checkin.rules import ScanKind
from checkin.usecases.answers import Answer
from checkin.usecases.scans import record_scan
from scheduling.models import Point


def arrive(session: Session, point: Point, code: str, members: Sequence[UUID], *, now: datetime) -> list[Answer]:
    """Record that whoever holds the ticket has arrived; `members`: who of a household's, empty for a resident's own.

    Raises NotOfHousehold.
    """
    group_id = new_id() if len(members) > 1 else None
    themselves = Principal(point.community_id, (Area(Role.REGISTRAR, point.round_id, point.id),))
    answers = []
    for member in members or (None,):
        scan = IncomingScan(
            scan_id=new_id(),
            code=code,
            point=point.id,
            scanned_at=now,
            kind=ScanKind.ARRIVED,
            resident=member,
            group_id=group_id,
        )
        answers.append(record_scan(session, scan, by=themselves, now=now))
    return answers
