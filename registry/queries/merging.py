"""What two buildings would share if they were one: looked at before they are merged."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col

from registry.models import Household, Resident, Unit

MOST_SHOWN = 50


@dataclass(frozen=True, slots=True)
class SharedDoor:
    """A door that both buildings have, and how many live behind it in each."""

    unit: str
    room: str
    gone: int
    kept: int


def list_shared_doors(session: Session, community_id: str, gone: UUID, kept: UUID) -> list[SharedDoor]:
    """The doors that would be one after the merge."""
    going, staying = (_doors(session, community_id, building) for building in (gone, kept))
    both = sorted(going.keys() & staying.keys())
    return [SharedDoor(*door, going[door], staying[door]) for door in both]


def _doors(session: Session, community_id: str, building_id: UUID) -> dict[tuple[str, str], int]:
    """How many live behind each door of a building, by unit and room."""
    lives_here: Any = sa.and_(
        col(Resident.community_id) == col(Household.community_id),
        col(Resident.household_id) == col(Household.id),
        col(Resident.left_at).is_(None),
        col(Resident.merged_into).is_(None),
    )
    of_unit = (col(Unit.community_id) == col(Household.community_id)) & (col(Unit.id) == col(Household.unit_id))
    statement = (
        sa.select(col(Unit.name), col(Household.door), sa.func.count(col(Resident.id)))
        .select_from(sa.join(sa.join(Household, Unit, of_unit), Resident, lives_here, isouter=True))
        .where(
            col(Household.community_id) == community_id,
            col(Household.building_id) == building_id,
            col(Household.merged_into).is_(None),
        )
        .group_by(col(Unit.name), col(Household.door))
    )
    return {(unit, room): heads for unit, room, heads in session.connection().execute(statement)}
