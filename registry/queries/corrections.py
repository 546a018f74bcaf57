"""What residents say is wrong, with the entry beside it, masked."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col, func, select

from bulou.crypto import field_keys
from bulou.paging import PageOf, page_of
from registry.models import Correction, Household, RegistryChange
from registry.queries.people import DoorLine, PersonLine, fill_doors, find_doors
from registry.rules import CorrectionKind, CorrectionState

PAGE = 20  # of those waiting: each stands with its entry and a form
LATEST = 50  # of those answered


@dataclass(frozen=True, slots=True)
class CorrectionLine:
    """What was said, and the door and person as they stand in the registry."""

    id: UUID
    kind: CorrectionKind
    said: str
    state: CorrectionState
    sent_at: datetime
    is_overdue: bool  # the manager was reminded of it
    answer: str
    answered_at: datetime | None
    door: DoorLine
    person: PersonLine | None  # None = about the household


@dataclass(frozen=True, slots=True)
class Waiting:
    count: int
    overdue: int  # of them: since more than 72 hours


@dataclass(frozen=True, slots=True)
class SentLine:
    """As the resident sees it: not what was said, since a ticket may be shown to others."""

    kind: CorrectionKind
    state: CorrectionState
    sent_at: datetime
    answer: str
    is_changed: bool  # the entry is another one than when it was sent


def list_open(session: Session, community_id: str, *, start: int = 0, now: datetime) -> PageOf[CorrectionLine]:
    """What waits for an answer, the oldest first; a page of it from that one on."""
    statement = _of(community_id).where(Correction.state == CorrectionState.OPEN).order_by(*_OLDEST)

    def read(start: int, size: int) -> list[CorrectionLine]:
        return _lines(session, community_id, session.exec(statement.offset(start).limit(size)).all(), now)

    return page_of(count_waiting(session, community_id).count, start, PAGE, read)


def list_answered(session: Session, community_id: str, *, now: datetime) -> list[CorrectionLine]:
    """What was answered, the latest first; the last fifty."""
    statement = _of(community_id).where(Correction.state != CorrectionState.OPEN)
    rows = session.exec(statement.order_by(col(Correction.answered_at).desc()).limit(LATEST)).all()
    return _lines(session, community_id, rows, now)


def count_waiting(session: Session, community_id: str) -> Waiting:
    overdue = func.sum(sa.case((col(Correction.reminded_at).is_not(None), 1), else_=0))
    statement = select(func.count(), overdue).where(
        Correction.community_id == community_id, Correction.state == CorrectionState.OPEN
    )
    count, late = session.exec(statement).one()
    return Waiting(count, late or 0)


def list_sent(session: Session, community_id: str, residents: Sequence[UUID], household_id: UUID) -> list[SentLine]:
    """What those people, or somebody for their household, have sent; the latest first."""
    about = sa.or_(
        col(Correction.resident_id).in_(residents),
        sa.and_(col(Correction.resident_id).is_(None), col(Correction.household_id) == household_id),
    )
    statement = _of(community_id).where(about).order_by(col(Correction.sent_at).desc()).limit(10)
    rows = session.exec(statement).all()
    changed_at = _changed_at(session, community_id, [*residents, household_id]) if rows else {}
    return [_sent(row, changed_at, {*residents, household_id}) for row in rows]


def _changed_at(session: Session, community_id: str, about: Sequence[UUID]) -> dict[UUID, datetime]:
    """When each of these entries was changed last."""
    of_these = (RegistryChange.community_id == community_id, col(RegistryChange.about).in_(about))
    latest = select(RegistryChange.about, func.max(RegistryChange.at)).where(*of_these)
    return dict(session.exec(latest.group_by(col(RegistryChange.about))).all())


def _sent(row: Correction, changed_at: dict[UUID, datetime], home: set[UUID]) -> SentLine:
    """What was said of a person is mended in their entry or their door's; of a door, in that of any of its people."""
    entries = {row.resident_id, row.household_id} if row.resident_id else home
    is_changed = any(at > row.sent_at for about, at in changed_at.items() if about in entries)
    return SentLine(row.kind, row.state, row.sent_at, row.answer, is_changed)


_OLDEST = (col(Correction.sent_at), col(Correction.id))


def _of(community_id: str) -> Any:
    return select(Correction).where(Correction.community_id == community_id)


def _lines(session: Session, community_id: str, rows: Sequence[Correction], now: datetime) -> list[CorrectionLine]:
    homes = {row.household_id for row in rows}
    found = find_doors(session, community_id, [col(Household.id).in_(homes)])
    doors = {door.id: door for door in fill_doors(session, community_id, found, now=now, with_left=True)}
    return [_line(row, doors[row.household_id]) for row in rows if row.household_id in doors]


def _line(row: Correction, door: DoorLine) -> CorrectionLine:
    return CorrectionLine(
        id=row.id,
        kind=row.kind,
        said=field_keys().decrypt(row.community_id, row.said),
        state=row.state,
        sent_at=row.sent_at,
        is_overdue=row.reminded_at is not None,
        answer=row.answer,
        answered_at=row.answered_at,
        door=door,
        person=next((person for person in door.people if person.id == row.resident_id), None),
    )
