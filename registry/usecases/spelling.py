"""A door as somebody types it, read as lists are read: its unit and its room in their one spelling."""

from sqlmodel import Session, col, select

from registry.errors import DoorElsewhere, DoorIsDate, DoorMissing, DoorTaken
from registry.models import Building, Compound, Household, Unit
from registry.queries.doors import door_of
from registry.reading.columns import Column
from registry.reading.doors import DoorText, names_building, read_unit
from registry.reading.places import read_place
from registry.reading.refusals import Refused
from registry.rules import BuildingKind, Door, RowCode


def spell_door(session: Session, building: Building, unit: str, room: str) -> tuple[str, str]:
    """Unit and room; `2单元501` typed as a room fills the unit. Of a group any words, or none, and no unit.

    Raises DoorMissing, DoorIsDate, DoorElsewhere.
    """
    if building.kind is BuildingKind.GROUP:
        return "", room[:20].strip()
    if not room.strip():
        raise DoorMissing()
    unit = spell_unit(building, unit)
    own, read = (_read(session, building, unit, text, typed=room) for text in ("1", room))
    if read.building != own.building:
        raise DoorElsewhere(typed=room, name=building.name)
    return read.unit[:20], read.room[:20]


def spell_unit(building: Building, typed: str) -> str:
    """Raises DoorIsDate, DoorElsewhere."""
    if names_building(typed):
        raise DoorElsewhere(typed=typed, name=building.name)
    try:
        return read_unit(typed)[:20]
    except ValueError:
        raise DoorIsDate(typed=typed) from None


def _read(session: Session, building: Building, unit: str, room: str, *, typed: str) -> Door:
    compound = session.get_one(Compound, (building.community_id, building.compound_id)).name
    said = {Column.COMPOUND: compound, Column.BUILDING: building.name, Column.UNIT: unit, Column.ROOM: room}
    try:
        return read_place(said, DoorText())
    except Refused as refusal:
        if refusal.code is RowCode.DOOR_MISSING:
            raise DoorMissing() from None
        if refusal.code is RowCode.DOOR_IS_DATE:
            raise DoorIsDate(typed=typed) from None
        raise DoorElsewhere(typed=typed, name=building.name) from None


def check_free(session: Session, building: Building, unit: str, room: str, *, but: Household | None = None) -> None:
    """Whether no other door has this unit and room, and none that lists would mean by it: `502` without its unit is the
    `1单元502` of that building, and the other way round. Raises DoorTaken."""
    statement = (
        select(Household, Unit.name)
        .join(Unit, (col(Unit.community_id) == Household.community_id) & (col(Unit.id) == Household.unit_id))
        .where(
            Household.community_id == building.community_id,
            Household.building_id == building.id,
            Household.door == room,
        )
    )
    others = {name: row for row, name in session.exec(statement) if but is None or row.id != but.id}
    taken = others.get(unit) or (next(iter(others.values()), None) if not unit else others.get(""))
    if taken is not None:
        raise DoorTaken(door=door_of(session, taken))
