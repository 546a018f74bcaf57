"""The door that a line speaks of, from what its cells say."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import lru_cache

from bulou.text import clean_text
from registry.reading import cells, doors
from registry.reading.columns import Column
from registry.reading.refusals import LENGTHS, Refused
from registry.rules import Door, RosterRow, RowCode


def read_place(said: Mapping[Column, str], about: doors.DoorText) -> Door:
    """The door that the cells name; `about` is the building that a title names. Raises Refused."""
    column = Column.ROOM if said.get(Column.ROOM) else Column.ADDRESS
    text = said.get(column, "")
    if not text or cells.is_nothing(text):
        raise Refused(Column.ROOM, RowCode.DOOR_MISSING)
    part = _read(column, text, said.get(Column.BUILDING, ""), said.get(Column.UNIT, ""))
    building = part.building or about.building
    if not building:
        raise Refused(Column.BUILDING, RowCode.BUILDING_MISSING)
    compound = clean_text(said.get(Column.COMPOUND, ""), max_length=200)
    if compound and part.compound and part.compound not in compound:
        building = f"{part.compound}{building}"  # 东区3栋 of a compound that has a 西区 too
    compound = compound or part.compound
    for which, value in (
        (Column.COMPOUND, compound),
        (Column.BUILDING, building),
        (Column.UNIT, part.unit),
        (Column.ROOM, part.room),
    ):
        if len(value) > LENGTHS[which]:
            raise Refused(which, RowCode.TOO_LONG, limit=str(LENGTHS[which]))
    return Door(compound, building, part.unit, clean_text(part.room, max_length=20))


def _read(column: Column, text: str, building: str, unit: str) -> doors.DoorText:
    where = Column.BUILDING
    try:
        _building(building)
        where = Column.UNIT
        _unit(unit)
        where = column
        return _door_parts(text, building, unit, column is Column.ADDRESS)
    except doors.DateAsDoor:
        raise Refused(where, RowCode.DOOR_IS_DATE) from None
    except doors.UnreadableDoor:
        raise Refused(where, RowCode.DOOR_UNREADABLE) from None


@lru_cache(maxsize=4096)
def _building(text: str) -> doors.DoorText:
    return doors.read_building(clean_text(text, max_length=200))


@lru_cache(maxsize=4096)
def _unit(text: str) -> str:
    return doors.read_unit(clean_text(text, max_length=200))


@lru_cache(maxsize=4096)
def _door_parts(text: str, building_text: str, unit_text: str, is_address: bool) -> doors.DoorText:
    """The door that three cells say together; whatever the room's cell repeats must agree with the others."""
    building, unit = _building(building_text), _unit(unit_text)
    if not is_address and not doors.is_whole_door(text):
        return doors.DoorText(
            building.compound, building.building, unit, doors.read_room(clean_text(text, max_length=200))
        )
    whole = doors.read_door(clean_text(text, max_length=200))
    if not building.building or whole.building in ("", building.building):
        named = whole.building or building.building
        return _agreed(building.compound or whole.compound, named, (whole.unit, unit), whole.room)
    # 2-1101 beside a column that names the building: the 2 is the unit.
    if whole.unit or doors.names_building(text):
        raise doors.UnreadableDoor(text)
    return _agreed(
        building.compound, building.building, (doors.read_unit(whole.building.removesuffix("栋")), unit), whole.room
    )


def _agreed(compound: str, building: str, units: tuple[str, str], room: str) -> doors.DoorText:
    named = set(filter(None, units))
    if len(named) > 1:
        raise doors.UnreadableDoor(room)
    return doors.DoorText(compound, building, named.pop() if named else "", room)


def prefixes_of(rows: Iterable[RosterRow]) -> frozenset[str]:
    return frozenset(row.door.compound for row in rows if row.door.compound)


def in_compound(row: RosterRow, compound: str, prefixes: frozenset[str]) -> RosterRow:
    """The row in the compound that the importer named. 东区3栋 and 西区3栋 stay two buildings of it."""
    door = row.door
    if not compound or not door.building or door.compound == compound:
        return row
    building = door.building if len(prefixes - {compound}) <= 1 else f"{door.compound}{door.building}"
    return replace(row, door=replace(door, compound=compound, building=building[: LENGTHS[Column.BUILDING]]))
