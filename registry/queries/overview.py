"""The roster as a whole: how many doors and people, building by building; doors found by what somebody typed."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col, select

from bulou.ordering import natural_key
from bulou.text import clean_text
from registry.models import Compound, Drawing, Household, Resident, RosterImport, Unit
from registry.queries.buildings import BuildingLine, list_buildings
from registry.queries.doors import find_households, is_called
from registry.queries.people import DoorLine, fill_doors, find_doors
from registry.reading.doors import UnreadableDoor, read_door

MOST_FOUND = 60  # doors on one page


@dataclass(frozen=True, slots=True)
class CompoundLine:
    id: UUID
    name: str
    buildings: tuple[BuildingLine, ...]


@dataclass(frozen=True, slots=True)
class Overview:
    compounds: tuple[CompoundLine, ...]
    imports: tuple[RosterImport, ...]  # the latest first

    @property
    def buildings(self) -> list[BuildingLine]:
        return [building for compound in self.compounds for building in compound.buildings]

    @property
    def doors(self) -> int:
        return sum(building.doors for building in self.buildings)

    @property
    def unverified(self) -> int:
        return sum(building.unverified for building in self.buildings)

    @property
    def people(self) -> int:
        return sum(building.people for building in self.buildings)


def get_overview(session: Session, community_id: str) -> Overview:
    """Three grouped statements, whatever the size."""
    by_compound: dict[UUID, list[BuildingLine]] = defaultdict(list)
    for line in list_buildings(session, community_id):
        by_compound[line.compound_id].append(line)
    compounds = session.exec(select(Compound).where(Compound.community_id == community_id)).all()
    imports = session.exec(
        select(RosterImport)
        .where(RosterImport.community_id == community_id)
        .order_by(col(RosterImport.imported_at).desc())
        .limit(10)
    )
    lines = [CompoundLine(row.id, row.name, tuple(by_compound[row.id])) for row in compounds]
    return Overview(tuple(sorted(lines, key=lambda line: natural_key(line.name))), tuple(imports))


@dataclass(frozen=True, slots=True)
class CompoundName:
    id: UUID
    name: str
    has_drawing: bool


def list_compounds(session: Session, community_id: str) -> list[CompoundName]:
    """By name, and whether a drawing of each is there. The drawings themselves are large and stay where they are."""
    of_community = select(Compound.id, Compound.name, Drawing.compound_id).where(Compound.community_id == community_id)
    rows = session.exec(
        of_community.outerjoin(
            Drawing,
            (col(Drawing.community_id) == Compound.community_id) & (col(Drawing.compound_id) == Compound.id),
        )
    )
    found = [CompoundName(id_, name, drawing is not None) for id_, name, drawing in rows]
    return sorted(found, key=lambda compound: natural_key(compound.name))


def search_doors(session: Session, community_id: str, typed: str, *, now: datetime) -> list[DoorLine]:
    """Doors by any of their spellings, else by a name: the first sixty, people masked."""
    text = clean_text(typed, max_length=60)
    if not text:
        return []
    conditions = _door_conditions(text)
    doors = find_doors(session, community_id, conditions, limit=MOST_FOUND) if conditions else []
    if not doors:
        by_alias = [household.id for household in find_households(session, community_id, text)]
        doors = find_doors(session, community_id, [col(Household.id).in_(by_alias)]) if by_alias else []
    if not doors:
        of_name = sa.exists().where(
            col(Resident.community_id) == community_id,
            col(Resident.household_id) == col(Household.id),
            col(Resident.name).contains(text, autoescape=True),
            col(Resident.left_at).is_(None),
            col(Resident.merged_into).is_(None),
        )
        doors = find_doors(session, community_id, [of_name], limit=MOST_FOUND)
    return fill_doors(session, community_id, doors, now=now)


def _door_conditions(text: str) -> list[Any]:
    try:
        door = read_door(text)
    except UnreadableDoor:
        return []
    conditions: list[Any] = [Household.door == door.room]
    if door.building:
        conditions.append(is_called(door.building))
    if door.unit:
        conditions.append(col(Unit.name).in_([door.unit, ""]))
    return conditions
