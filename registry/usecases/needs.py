"""What somebody needs: set once, steers plan, door list and order of calls."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import Session, col, delete, select

from accounts.rules import Principal
from accounts.usecases import note as write_down
from bulou.announcements import announce
from bulou.text import clean_text
from registry.models import NeedFlag
from registry.queries.people import get_resident
from registry.rules import ChangeKind, NeedKind, RosterChanged
from registry.usecases.history import record


def set_needs(
    session: Session,
    resident: tuple[str, UUID],
    kinds: Iterable[NeedKind],
    *,
    source: str = "",  # who says so, in words; empty = whoever sets it
    by: Principal | None = None,
    now: datetime,
) -> None:
    """These needs and no others. A repeat changes nothing. Announces RosterChanged. Raises ResidentNotFound."""
    found = get_resident(session, resident, lock=True)
    wanted = frozenset(kinds)
    of_resident = (col(NeedFlag.community_id) == found.community_id, col(NeedFlag.resident_id) == found.id)
    present = {flag.kind for flag in session.exec(select(NeedFlag).where(*of_resident))}
    if wanted == present:
        return
    for kind in present - wanted:
        session.exec(delete(NeedFlag).where(*of_resident, col(NeedFlag.kind) == kind))
    said_by = clean_text(source, max_length=60) or (by.shown_name[:60] if by else "")
    author_id = by.account_id if by else None
    for kind in sorted(wanted - present):
        flag: dict[str, Any] = {"kind": kind, "source": said_by, "author_id": author_id, "set_at": now}
        session.add(NeedFlag(community_id=found.community_id, resident_id=found.id, **flag))
    session.flush()
    fields = {"needs": (present, wanted)}
    record(session, found.community_id, found.id, ChangeKind.CHANGED, fields, by=by, now=now)
    write_down(session, found.community_id, "registry.needs_changed", found.id, by=by, now=now)
    announce(session, RosterChanged(found.community_id, (found.building_id,)))
