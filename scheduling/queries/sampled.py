"""Who was sampled, in whatever round: the registry asks before it takes somebody's entry back."""

from collections.abc import Collection
from uuid import UUID

from sqlmodel import Session, col, select

from scheduling.models import RosterEntry


def list_sampled(session: Session, community_id: str, residents: Collection[UUID]) -> set[UUID]:
    """Those of them who were sampled."""
    rows = session.exec(
        select(RosterEntry.resident_id)
        .where(RosterEntry.community_id == community_id, col(RosterEntry.sampled_at).is_not(None))
        .distinct()
    )
    return set(residents) & set(rows)
