"""Who goes by the green lane: the mark alone, never the reason."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col, select

from registry.models import NeedFlag
from registry.rules import GREEN_LANE_NEEDS

_need = NeedFlag.__table__  # type: ignore[attr-defined]


def has_green_lane(resident: sa.FromClause) -> Any:
    """A condition on a table of residents: one of their needs gives them the mark."""
    return sa.exists().where(
        _need.c.community_id == resident.c.community_id,
        _need.c.resident_id == resident.c.id,
        _need.c.kind.in_(GREEN_LANE_NEEDS),
    )


def list_green_lane(session: Session, community_id: str, residents: Iterable[UUID]) -> set[UUID]:
    """Those of these residents who have the mark."""
    wanted = list(residents)
    if not wanted:
        return set()
    statement = select(NeedFlag.resident_id).where(
        NeedFlag.community_id == community_id,
        col(NeedFlag.kind).in_(GREEN_LANE_NEEDS),
        col(NeedFlag.resident_id).in_(wanted),
    )
    return set(session.exec(statement))
