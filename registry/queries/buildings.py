"""Buildings and groups: by name and place, and with how many doors and people they have."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col, func, select

from bulou.ordering import natural_key
from registry.errors import BuildingNotFound
from registry.models import Building, Compound, DoorAlias, Household, Resident
from registry.rules import BuildingKind, DoorState


@dataclass(frozen=True, slots=True)
class BuildingPlace:
    """What a building is called and where it stands; nobody counted."""

    id: UUID
    compound_id: UUID
    compound: str
    name: str
    grid: str
    x: float | None
    y: float | None
    kind: BuildingKind
    left_at: datetime | None  # marked as left, or pulled down
    is_merged: bool  # all its doors are another building's: only its name is left, for files that use it

    @property
    def is_group(self) -> bool:
        return self.kind is BuildingKind.GROUP

    @property
    def has_position(self) -> bool:
        return self.x is not None


@dataclass(frozen=True, slots=True)
class BuildingLine(BuildingPlace):
    """A building with its doors and those who live behind them."""

    doors: int
    unverified: int  # doors at which nobody has asked yet
    people: int

    @property
    def has_left(self) -> bool:
        """Marked, and nobody has come to live there since."""
        return self.left_at is not None and self.people == 0


_LIVES_HERE = (col(Resident.left_at).is_(None), col(Resident.merged_into).is_(None))
AnyBuilding = TypeVar("AnyBuilding", bound=BuildingPlace)


def list_places(session: Session, community_id: str) -> list[BuildingPlace]:
    """Every building that still has its doors, in the order people count them."""
    rows = session.exec(_buildings(community_id).where(sa.not_(_is_merged)))
    return _as_counted(BuildingPlace(*row) for row in rows)


def list_buildings(session: Session, community_id: str) -> list[BuildingLine]:
    """The same with their doors and people."""
    doors, people = _count_doors(session, community_id), _count_people(session, community_id)
    rows = session.exec(_buildings(community_id).where(sa.not_(_is_merged)))
    return _as_counted(_line(row, doors, people) for row in rows)


def get_building(session: Session, key: tuple[str, UUID]) -> BuildingLine:
    """One building, also one whose name alone is left. Raises BuildingNotFound."""
    community_id, building_id = key
    row = session.exec(_buildings(community_id).where(col(Building.id) == building_id)).first()
    if row is None:
        raise BuildingNotFound()
    of_it = col(Household.building_id) == building_id
    return _line(row, _count_doors(session, community_id, of_it), _count_people(session, community_id, of_it))


_is_merged = sa.and_(
    sa.exists().where(
        col(DoorAlias.community_id) == col(Building.community_id), col(DoorAlias.building_id) == col(Building.id)
    ),
    sa.not_(
        sa.exists().where(
            col(Household.community_id) == col(Building.community_id),
            col(Household.building_id) == col(Building.id),
            col(Household.merged_into).is_(None),
        )
    ),
)


def _buildings(community_id: str) -> Any:
    of_building = (col(Compound.community_id) == Building.community_id) & (col(Compound.id) == Building.compound_id)
    names: Any = (Building.id, Building.compound_id, Compound.name, Building.name, Building.grid)
    columns: Any = (*names, Building.x, Building.y, Building.kind, Building.left_at, _is_merged)
    return select(*columns).join(Compound, of_building).where(Building.community_id == community_id)


def _as_counted(lines: Iterable[AnyBuilding]) -> list[AnyBuilding]:
    return sorted(lines, key=lambda line: (natural_key(line.compound), natural_key(line.name)))


def _line(row: Any, doors: Mapping[UUID, tuple[int, int]], people: Mapping[UUID, int]) -> BuildingLine:
    count, unverified = doors.get(row[0], (0, 0))
    values = (*row, count, unverified, people.get(row[0], 0))
    return BuildingLine(*values)


def _count_doors(session: Session, community_id: str, *conditions: Any) -> dict[UUID, tuple[int, int]]:
    unverified = func.sum(sa.case((col(Household.state) == DoorState.UNVERIFIED, 1), else_=0))
    of_community = (col(Household.community_id) == community_id, col(Household.merged_into).is_(None), *conditions)
    statement = select(Household.building_id, func.count(), unverified).where(*of_community)
    return {row[0]: (row[1], row[2]) for row in session.exec(statement.group_by(col(Household.building_id)))}


def _count_people(session: Session, community_id: str, *conditions: Any) -> dict[UUID, int]:
    of_household = (col(Household.community_id) == Resident.community_id) & (col(Household.id) == Resident.household_id)
    at_home = (Resident.community_id == community_id, *_LIVES_HERE, *conditions)
    statement = select(Household.building_id, func.count()).select_from(Resident).join(Household, of_household)
    return dict(session.exec(statement.where(*at_home).group_by(col(Household.building_id))).all())
