"""What stands on paper slips, and who gets one."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from bulou.ordering import natural_key
from checkin.models import Ticket
from checkin.queries.people import Family, Member, list_families
from registry.models import Building, Compound, Excuse, Household, NeedFlag, Resident, Unit
from registry.queries.excuses import in_force_at
from registry.rules import NeedKind
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
    is_green: bool = False  # goes by the green lane


@dataclass(frozen=True, slots=True)
class SlipUnit:
    id: UUID
    building_id: UUID
    name: str


@dataclass(frozen=True, slots=True)
class SlipsAsked:
    """Whose slips are wanted: of a unit, of a building, or (both None) of the whole round."""

    building_id: UUID | None = None
    unit_id: UUID | None = None
    everybody: bool = False  # otherwise only those marked "no phone"
    by_household: bool = False


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


def list_slip_units(session: Session, building_ids: Iterable[UUID], community_id: str) -> list[SlipUnit]:
    """The named units of these buildings, in the order people expect."""
    statement = select(Unit.id, Unit.building_id, Unit.name).where(
        Unit.community_id == community_id, col(Unit.building_id).in_(list(building_ids)), Unit.name != ""
    )
    return sorted((SlipUnit(*row) for row in session.exec(statement)), key=lambda unit: natural_key(unit.name))


def list_slips(session: Session, round_: Round, asked: SlipsAsked, *, now: datetime) -> list[Slip]:
    """Slips building by building, unit by unit and floor by floor; empty where no tickets were given out.

    Who is excused or isolated has one without point and time: paper tells nobody to come who need not, or must not.
    """
    points = dict(session.exec(select(Point.id, Point.name).where(Point.round_id == round_.id)).all())
    make = _of_household if asked.by_household else _of_members
    slips = []
    for building_id, building in _buildings(session, round_, asked):
        homes = _homes(session, round_.community_id, building_id, asked.unit_id)
        families = _families(session, round_, homes, now)
        slips += [slip for family in families for slip in make(building, family, points, asked.everybody)]
    return slips


def _buildings(session: Session, round_: Round, asked: SlipsAsked) -> list[tuple[UUID, str]]:
    if asked.unit_id is not None:
        unit = session.get(Unit, (round_.community_id, asked.unit_id))
        asked = replace(asked, building_id=unit.building_id if unit else asked.unit_id)
    statement = (
        select(Building.id, Building.name, Compound.name)
        .join(
            Compound,
            (col(Compound.community_id) == Building.community_id) & (col(Compound.id) == Building.compound_id),
        )
        .where(Building.community_id == round_.community_id)
    )
    if asked.building_id is not None:
        statement = statement.where(Building.id == asked.building_id)
    found = session.exec(statement).all()
    return [row[:2] for row in sorted(found, key=lambda row: (natural_key(row[2]), natural_key(row[1])))]


def _families(session: Session, round_: Round, homes: list[UUID], now: datetime) -> list[Family]:
    """The families of these doors. Who stays at home has no place."""
    families = list_families(session, round_, homes)
    staying = _staying(session, round_.community_id, homes, now)
    return [
        replace(family, members=tuple(_placed(member, staying) for member in family.members)) for family in families
    ]


def _placed(member: Member, staying: frozenset[UUID]) -> Member:
    return replace(member, point_id=None, starts_at=None, ends_at=None) if member.id in staying else member


def _staying(session: Session, community_id: str, homes: list[UUID], now: datetime) -> frozenset[UUID]:
    """Who of these doors is excused now, or in isolation at home."""
    of_homes = (Resident.community_id == community_id, col(Resident.household_id).in_(homes))
    of_excuse = (col(Excuse.community_id) == Resident.community_id) & (col(Excuse.resident_id) == Resident.id)
    of_need = (col(NeedFlag.community_id) == Resident.community_id) & (col(NeedFlag.resident_id) == Resident.id)
    excused = select(Resident.id).join(Excuse, of_excuse).where(*of_homes, *in_force_at(now))
    isolated = select(Resident.id).join(NeedFlag, of_need).where(*of_homes, NeedFlag.kind == NeedKind.HOME_ISOLATION)
    return frozenset(session.exec(excused)) | frozenset(session.exec(isolated))


def _homes(session: Session, community_id: str, building_id: UUID, unit_id: UUID | None) -> list[UUID]:
    statement = (
        select(Household.id, Unit.name, Household.floor, Household.door)
        .join(Unit, (col(Unit.community_id) == Household.community_id) & (col(Unit.id) == Household.unit_id))
        .where(Household.community_id == community_id, Household.building_id == building_id)
    )
    if unit_id is not None:
        statement = statement.where(Household.unit_id == unit_id)
    rows = session.exec(statement).all()
    return [row[0] for row in sorted(rows, key=lambda row: (natural_key(row[1]), row[2] or 0, natural_key(row[3])))]


def _of_members(building: str, family: Family, points: dict[UUID, str], everybody: bool) -> list[Slip]:
    return [
        _slip(building, family, member.code, member.name, 1, member, points, member.is_green)
        for member in family.members
        if member.code is not None and (everybody or member.has_no_phone)
    ]


def _of_household(building: str, family: Family, points: dict[UUID, str], everybody: bool) -> list[Slip]:
    """One for the door; without phones it is printed where somebody of the household has none."""
    members = family.members
    if family.code is None or not members or not (everybody or any(member.has_no_phone for member in members)):
        return []
    called = next((member for member in members if member.point_id), members[0])
    is_green = any(member.is_green for member in members)
    return [_slip(building, family, family.code, "", len(members), called, points, is_green)]


def _slip(
    building: str,
    family: Family,
    code: str,
    name: str,
    heads: int,
    called: Member,
    points: dict[UUID, str],
    is_green: bool,
) -> Slip:
    point = points.get(called.point_id, "") if called.point_id else ""
    door = family.door.removeprefix(building)
    return Slip(code, building, door, name, heads, point, called.starts_at, called.ends_at, is_green)


def list_carer_slips(session: Session, round_: Round, codes: Sequence[str], *, now: datetime) -> list[Slip]:
    """The slips of these tickets, in this order; those that are not valid here are left out. Otherwise as `list_slips`."""
    points = dict(session.exec(select(Point.id, Point.name).where(Point.round_id == round_.id)).all())
    holders = _holders(session, round_, codes)
    homes = list(dict.fromkeys(home for home, _resident in holders.values()))
    families = {family.household_id: family for family in _families(session, round_, homes, now)}
    slips: list[Slip] = []
    for code in codes:
        home, resident = holders.get(code, (None, None))
        if home is not None and home in families:
            family = families[home]
            members = tuple(replace(member, code=code) for member in family.members if member.id == resident)
            slips += _of_members("", replace(family, members=members), points, True)
            slips += _of_household("", replace(family, code=code), points, True) if resident is None else []
    return slips


def _holders(session: Session, round_: Round, codes: Sequence[str]) -> dict[str, tuple[UUID, UUID | None]]:
    """Door and person of each ticket as they are now: moved, or merged into others, since it was given out."""
    of_person = (col(Resident.community_id) == Ticket.community_id) & (col(Resident.id) == Ticket.resident_id)
    lives, goes = aliased(Resident), sa.func.coalesce(Resident.merged_into, Resident.id)
    is_who_lives = (col(lives.community_id) == Ticket.community_id) & (col(lives.id) == goes)
    of_home = (col(Household.community_id) == Ticket.community_id) & (col(Household.id) == Ticket.household_id)
    home = sa.func.coalesce(lives.household_id, Household.merged_into, Ticket.household_id)
    wanted = (
        select(Ticket.code, home, lives.id)
        .outerjoin(Resident, of_person)
        .outerjoin(lives, is_who_lives)
        .join(Household, of_home)
        .where(
            Ticket.community_id == round_.community_id,
            Ticket.campaign_id == round_.campaign_id,
            col(Ticket.code).in_(codes),
            col(Ticket.revoked_at).is_(None),
        )
    )
    return {code: (door, person) for code, door, person in session.exec(wanted)}
