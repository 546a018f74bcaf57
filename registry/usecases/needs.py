"""What somebody needs: set once, steers plan, door list and order of calls."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sqlmodel import Session, col, delete, select

from accounts.rules import Principal
from accounts.usecases import note as write_down
from bulou.announcements import announce
from registry.models import NeedFlag
from registry.queries.people import get_resident
from registry.rules import NeedKind, RosterChanged


def set_needs(
    session: Session,
    resident: tuple[str, UUID],
    kinds: Iterable[NeedKind],
    *,
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
    source = by.shown_name[:60] if by else ""
    for kind in wanted - present:
        session.add(
            NeedFlag(community_id=found.community_id, resident_id=found.id, kind=kind, source=source, set_at=now)
        )
    session.flush()
    write_down(session, found.community_id, "registry.needs_changed", found.id, by=by, now=now)
    announce(session, RosterChanged(found.community_id, (found.building_id,)))
