"""Excuses: why somebody need not come, from when until when."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Session, col, select

from accounts.rules import Principal
from accounts.usecases import note as write_down
from bulou.ids import new_id
from bulou.text import clean_text
from registry.errors import ExcuseEndsBeforeItBegins, ExcuseNotFound
from registry.models import Excuse
from registry.queries.people import get_resident
from registry.rules import ExcuseKind, ExcuseState

Key = tuple[str, UUID]  # community_id, id


def excuse_resident(
    session: Session,
    resident: Key,
    *,
    kind: ExcuseKind,
    from_at: datetime,
    until_at: datetime | None = None,  # None = until withdrawn
    note: str = "",
    by: Principal | None = None,  # None = a program
    now: datetime,
) -> Excuse:
    """Excuse somebody. The same excuse again changes nothing and gives the first. Raises ResidentNotFound."""
    if until_at is not None and until_at <= from_at:
        raise ExcuseEndsBeforeItBegins()
    community_id, resident_id = get_resident(session, resident, lock=True).key
    text = clean_text(note, max_length=200)
    if (found := _find_same(session, (community_id, resident_id), kind, from_at, until_at, text, now)) is not None:
        return found
    row = Excuse(
        community_id=community_id,
        id=new_id(),
        resident_id=resident_id,
        kind=kind,
        state=ExcuseState.ACCEPTED,
        from_at=from_at,
        until_at=until_at,
        note=text,
        author_id=by.account_id if by else None,
        created_at=now,
    )
    session.add(row)
    session.flush()
    write_down(session, community_id, "registry.excused", row.id, by=by, facts={"kind": kind.value}, now=now)
    return row


def _find_same(
    session: Session,
    resident: Key,
    kind: ExcuseKind,
    from_at: datetime,
    until_at: datetime | None,
    note: str,
    now: datetime,
) -> Excuse | None:
    """An excuse sent again: the same words, and the same beginning or one that was not given and so is now."""
    excuses = session.exec(
        select(Excuse).where(
            Excuse.community_id == resident[0],
            Excuse.resident_id == resident[1],
            Excuse.kind == kind,
            Excuse.state == ExcuseState.ACCEPTED,
            Excuse.note == note,
            col(Excuse.withdrawn_at).is_(None),
        )
    )
    for excuse in excuses:
        began = excuse.from_at == from_at or (from_at == now and excuse.from_at <= now)
        if began and excuse.until_at == until_at:
            return excuse
    return None


def withdraw_excuse(session: Session, excuse: Key, *, by: Principal | None = None, now: datetime) -> None:
    """The excuse holds no longer; that it was there stays. A repeat changes nothing. Raises ExcuseNotFound."""
    row = session.get(Excuse, excuse, with_for_update=True)
    if row is None:
        raise ExcuseNotFound()
    if row.withdrawn_at is not None:
        return
    row.withdrawn_at = now
    session.add(row)
    write_down(session, row.community_id, "registry.excuse_withdrawn", row.id, by=by, now=now)
