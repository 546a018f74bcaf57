"""What stands on the paper slips of a building."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col, select

from checkin.queries.people import Family, Member, list_families
from registry.models import Building, Compound, Household, Unit
from scheduling.models import Point, RosterEntry, Round


@dataclass(frozen=True, slots=True)
class SlipBuilding:
    id: UUID
    name: str
    compound: str
    heads: int  # on the roster of the round


@dataclass(frozen=True, slots=True)
class Slip:
    code: str
    building: str
    door: str
    name: str  # masked; empty = the household's
    heads: int
    point: str  # empty = no place in the plan
    starts_at: datetime | None
    ends_at: datetime | None


def list_slip_buildings(session: Session, round_: Round) -> list[SlipBuilding]:
    """Buildings with somebody on the roster."""
    statement = (
        select(Building.id, Building.name, Compound.name, sa.func.count())
        .join(
            Compound,
            (col(Compound.community_id) == Building.community_id) & (col(Compound.id) == Building.compound_id),
        )
        .join(
            RosterEntry,
            (col(RosterEntry.community_id) == Building.community_id) & (col(RosterEntry.building_id) == Building.id),
        )
        .where(RosterEntry.community_id == round_.community_id, RosterEntry.round_id == round_.id)
        .group_by(col(Building.id), col(Building.name), col(Compound.name))
        .order_by(Compound.name, sa.func.length(Building.name), Building.name)
    )
    return [SlipBuilding(*row) for row in session.exec(statement)]


def list_slips(session: Session, round_: Round, building_id: UUID, *, by_household: bool) -> list[Slip]:
    """Slips of all behind the doors of a building, unit by unit and floor by floor; empty where none was given out."""
    building = session.get(Building, (round_.community_id, building_id))
    if building is None:
        return []
    points = dict(session.exec(select(Point.id, Point.name).where(Point.round_id == round_.id)).all())
    families = list_families(session, round_, _homes(session, building))
    make = _of_household if by_household else _of_members
    return [slip for family in families for slip in make(building.name, family, points)]


def _homes(session: Session, building: Building) -> list[UUID]:
    statement = (
        select(Household.id)
        .join(Unit, (col(Unit.community_id) == Household.community_id) & (col(Unit.id) == Household.unit_id))
        .where(Household.community_id == building.community_id, Household.building_id == building.id)
        .order_by(Unit.name, col(Household.floor), sa.func.length(Household.door), Household.door)
    )
    return list(session.exec(statement))


def _of_members(building: str, family: Family, points: dict[UUID, str]) -> list[Slip]:
    return [
        _slip(building, family, member.code, member.name, 1, member, points)
        for member in family.members
        if member.code is not None
    ]


def _of_household(building: str, family: Family, points: dict[UUID, str]) -> list[Slip]:
    if family.code is None or not family.members:
        return []
    called = next((member for member in family.members if member.point_id), family.members[0])
    return [_slip(building, family, family.code, "", len(family.members), called, points)]


def _slip(
    building: str, family: Family, code: str, name: str, heads: int, called: Member, points: dict[UUID, str]
) -> Slip:
    point = points.get(called.point_id, "") if called.point_id else ""
    door = family.door.removeprefix(building)
    return Slip(code, building, door, name, heads, point, called.starts_at, called.ends_at)
