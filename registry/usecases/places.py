"""Communities, compounds and buildings, set up by hand."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from accounts.rules import Principal
from accounts.usecases import note as write_down
from bulou.announcements import announce
from bulou.database import insert_once
from bulou.ids import is_code, new_code, new_id, read_code
from bulou.text import clean_text
from registry.errors import (
    BuildingInhabited,
    BuildingNotFound,
    BuildingTaken,
    CommunityCodeWrong,
    CommunityTaken,
    CompoundNotFound,
    CompoundTaken,
    NameEmpty,
)
from registry.models import Building, Community, Compound, Household, Resident, Unit
from registry.reading.doors import DateAsDoor, read_building
from registry.rules import ChangeKind, Position, RosterChanged
from registry.rules.history import Change
from registry.usecases.history import record, record_all

Key = tuple[str, UUID]  # community_id, id
CODE_LENGTH = 8  # of a building's public page: 40 bits


def add_community(session: Session, code: str, *, name: str, now: datetime) -> Community:
    """A community under a code of its own, with which its tickets begin. Raises CommunityTaken."""
    community_id = read_code(code)
    if not is_code(community_id, 4):
        raise CommunityCodeWrong()
    row = Community(id=community_id, name=named(name, 80), created_at=now)
    if not insert_once(session, row):
        raise CommunityTaken(code=community_id)
    return row


def named(name: str, max_length: int) -> str:
    """Raises NameEmpty."""
    cleaned = clean_text(name, max_length=max_length)
    if not cleaned:
        raise NameEmpty()
    return cleaned


def add_compound(
    session: Session, community_id: str, name: str, *, by: Principal | None = None, now: datetime
) -> Compound:
    """Raises CompoundTaken."""
    row = Compound(community_id=community_id, id=new_id(), name=named(name, 80))
    if not insert_once(session, row):
        raise CompoundTaken(name=row.name)
    write_down(session, community_id, "registry.compound_added", row.id, by=by, now=now)
    return row


def rename_compound(session: Session, compound: Key, name: str, *, by: Principal | None = None, now: datetime) -> None:
    """The same name again changes nothing. Raises CompoundNotFound, CompoundTaken."""
    row = session.get(Compound, compound)
    if row is None:
        raise CompoundNotFound()
    wanted = named(name, 80)
    if wanted == row.name:
        return
    row.name = wanted
    _flush_or(session, CompoundTaken(name=row.name))
    write_down(session, row.community_id, "registry.compound_renamed", row.id, by=by, now=now)


def add_building(
    session: Session, compound: Key, name: str, *, grid: str = "", by: Principal | None = None, now: datetime
) -> Building:
    """A building with one unnamed unit; its name is kept in its one spelling. Raises CompoundNotFound, BuildingTaken."""
    if session.get(Compound, compound) is None:
        raise CompoundNotFound()
    row = Building(
        community_id=compound[0],
        id=new_id(),
        compound_id=compound[1],
        name=building_name(name),
        code=new_code(CODE_LENGTH),
        grid=clean_text(grid, max_length=40),
    )
    if not insert_once(session, row):
        raise BuildingTaken(name=row.name)
    session.add(Unit(community_id=row.community_id, id=new_id(), building_id=row.id))
    record(session, row.community_id, row.id, ChangeKind.ADDED, {"building": (None, row.name)}, by=by, now=now)
    write_down(session, row.community_id, "registry.building_added", row.id, by=by, now=now)
    announce(session, RosterChanged(row.community_id, (row.id,)))
    return row


def building_name(text: str) -> str:
    """`3号楼`, `3#` and `3` are `3栋`; what stands before it stays part of the name. Raises NameEmpty."""
    name = named(text, 40)
    try:
        part = read_building(name)
    except DateAsDoor:  # typed, so nothing has turned it into a date
        return name
    return f"{part.compound}{part.building}"[:40]


def change_building(
    session: Session, building: Key, *, name: str, grid: str, by: Principal | None = None, now: datetime
) -> None:
    """Its name and its grid. The same again changes nothing. Raises BuildingNotFound, BuildingTaken."""
    row = session.get(Building, building)
    if row is None:
        raise BuildingNotFound()
    wanted = building_name(name), clean_text(grid, max_length=40)
    told = {"building": (row.name, wanted[0]), "grid": (row.grid, wanted[1])}
    if wanted == (row.name, row.grid):
        return
    row.name, row.grid = wanted
    _flush_or(session, BuildingTaken(name=row.name))
    record(session, row.community_id, row.id, ChangeKind.CHANGED, told, by=by, now=now)
    write_down(session, row.community_id, "registry.building_changed", row.id, by=by, now=now)
    announce(session, RosterChanged(row.community_id, (row.id,)))


def move_building(
    session: Session, building: Key, compound: Key, *, by: Principal | None = None, now: datetime
) -> None:
    """It is of another compound from now on, with all its doors and people. A repeat changes nothing.

    Announces RosterChanged. Raises BuildingNotFound, CompoundNotFound, BuildingTaken.
    """
    row, there = session.get(Building, building, with_for_update=True), session.get(Compound, compound)
    if row is None:
        raise BuildingNotFound()
    if there is None:
        raise CompoundNotFound()
    if row.compound_id == there.id:
        return
    told = {"compound": (session.get_one(Compound, (row.community_id, row.compound_id)).name, there.name)}
    row.compound_id = there.id
    _flush_or(session, BuildingTaken(name=row.name))
    record(session, row.community_id, row.id, ChangeKind.MOVED, told, by=by, now=now)
    write_down(session, row.community_id, "registry.building_moved", row.id, by=by, now=now)
    announce(session, RosterChanged(row.community_id, (row.id,)))


def leave_building(session: Session, building: Key, *, by: Principal | None = None, now: datetime) -> None:
    """Nobody lives there any more, or it was pulled down; nothing of it is deleted. A repeat changes nothing.

    Raises BuildingNotFound, and BuildingInhabited while somebody lives there.
    """
    row = session.get(Building, building, with_for_update=True)
    if row is None:
        raise BuildingNotFound()
    if (people := _count_living(session, row)) > 0:
        raise BuildingInhabited(name=row.name, people=people)
    if row.left_at is None:
        _mark_building(session, row, now, ChangeKind.LEFT, "registry.building_left", by=by, now=now)


def bring_building_back(session: Session, building: Key, *, by: Principal | None = None, now: datetime) -> None:
    """It is lived in again. A repeat changes nothing. Raises BuildingNotFound."""
    row = session.get(Building, building, with_for_update=True)
    if row is None:
        raise BuildingNotFound()
    if row.left_at is not None:
        _mark_building(session, row, None, ChangeKind.CAME_BACK, "registry.building_back", by=by, now=now)


def _mark_building(
    session: Session,
    row: Building,
    left_at: datetime | None,
    kind: ChangeKind,
    deed: str,
    *,
    by: Principal | None,
    now: datetime,
) -> None:
    session.add(row.sqlmodel_update({"left_at": left_at}))
    session.flush()
    record(session, row.community_id, row.id, kind, {}, by=by, now=now)
    write_down(session, row.community_id, deed, row.id, by=by, now=now)
    announce(session, RosterChanged(row.community_id, (row.id,)))


def _count_living(session: Session, row: Building) -> int:
    of_home = (col(Household.community_id) == Resident.community_id) & (col(Household.id) == Resident.household_id)
    statement = (
        select(sa.func.count())
        .select_from(Resident)
        .join(Household, of_home)
        .where(
            Resident.community_id == row.community_id,
            Household.building_id == row.id,
            col(Resident.left_at).is_(None),
            col(Resident.merged_into).is_(None),
        )
    )
    return session.exec(statement).one()


def place_buildings(
    session: Session,
    community_id: str,
    places: Mapping[UUID, tuple[Position, str]],
    *,
    by: Principal | None = None,
    now: datetime,
) -> int:
    """Positions and grids of several buildings at once; how many changed. Raises BuildingNotFound, and then none does."""
    rows = session.exec(
        select(Building).where(Building.community_id == community_id, col(Building.id).in_(list(places)))
    )
    known = {row.id: row for row in rows}
    if set(places) - set(known):
        raise BuildingNotFound()
    changed: list[Change] = []
    for building_id, (position, grid) in places.items():
        row, values = known[building_id], {"x": position.x, "y": position.y, "grid": clean_text(grid, max_length=40)}
        if {name: getattr(row, name) for name in values} != values:
            told = {
                "position": (_metres(Position(row.x, row.y)), _metres(position)),
                "grid": (row.grid, values["grid"]),
            }
            session.add(row.sqlmodel_update(values))
            changed.append(Change(building_id, ChangeKind.CHANGED, told))
    if changed:
        session.flush()
        record_all(session, community_id, changed, by=by, now=now)
        write_down(
            session, community_id, "registry.buildings_placed", by=by, facts={"buildings": len(changed)}, now=now
        )
        announce(session, RosterChanged(community_id, tuple(change.about for change in changed)))
    return len(changed)


def _metres(position: Position) -> str | None:
    """East and north, as a history says it; None = unknown."""
    return None if position.x is None or position.y is None else f"{position.x:.1f} / {position.y:.1f} m"


def _flush_or(session: Session, refusal: Exception) -> None:
    """The database says whether the name is taken."""
    try:
        with session.begin_nested():
            session.flush()
    except IntegrityError:
        raise refusal from None
