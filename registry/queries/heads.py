"""How many live behind a door: whoever has no name is “resident 2 of 3” of them."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col, func, select

from registry.models import Resident

_other = Resident.__table__.alias("other")  # type: ignore[attr-defined]


def heads_at_home(resident: sa.FromClause) -> Any:
    """A column beside a table of residents: how many live in the household of each."""
    return (
        sa.select(sa.func.count())
        .where(
            _other.c.community_id == resident.c.community_id,
            _other.c.household_id == resident.c.household_id,
            _other.c.left_at.is_(None),
            _other.c.merged_into.is_(None),
        )
        .correlate(resident)
        .scalar_subquery()
    )


def count_heads(session: Session, community_id: str, households: Iterable[UUID]) -> dict[UUID, int]:
    """The same for these households; one where nobody lives is not among them."""
    statement = select(Resident.household_id, func.count()).where(
        Resident.community_id == community_id,
        col(Resident.household_id).in_(set(households)),
        col(Resident.left_at).is_(None),
        col(Resident.merged_into).is_(None),
    )
    return dict(session.exec(statement.group_by(col(Resident.household_id))).all())
