"""A door as people type it: which household that is, by any of its spellings."""

import re
from typing import Any
from uuid import UUID

from sqlmodel import Session, col, select

from bulou.text import clean_text
from registry.errors import DoorAmbiguous, DoorUnknown
from registry.models import Building, Compound, DoorAlias, Household, Unit
from registry.reading.doors import DoorText, UnreadableDoor, read_door, read_unit
from registry.rules import BuildingKind, Door


def door_of(session: Session, household: Household) -> str:
    """Compound and door in words."""
    return str(whole_door(session, household))


def whole_door(session: Session, household: Household) -> Door:
    """The natural key of the household."""
    community_id = household.community_id
    building = session.get_one(Building, (community_id, household.building_id))
    compound = session.get_one(Compound, (community_id, building.compound_id))
    unit = session.get_one(Unit, (community_id, household.unit_id))
    return Door(compound.name, building.name, unit.name, household.door)


def find_households(
    session: Session, community_id: str, typed: str, *, in_building: UUID | None = None
) -> list[Household]:
    """The households that this spelling may mean, also by a door that is an alias now; a group by its name.

    `in_building`: where a spelling that names no building is looked for.
    """
    text = clean_text(typed, max_length=60)
    group = (
        select(Household)
        .join(Building, _of_building())
        .where(Household.community_id == community_id, Building.kind == BuildingKind.GROUP, Building.name == text)
    )
    if found := _living(session.exec(group).all()):
        return found
    try:
        door = read_door(text)
    except UnreadableDoor:
        return []
    if not door.building and in_building is None:
        return []
    if in_building is not None and door.building and not door.unit:
        inside = DoorText(
            "", "", read_unit(door.building.removesuffix("栋")), door.room
        )  # 2-501 is unit 2 to who is here
        if found := _standing(session, community_id, inside, in_building):
            return found
    return _standing(session, community_id, door, in_building)


def _standing(session: Session, community_id: str, door: DoorText, in_building: UUID | None) -> list[Household]:
    rows = [
        *session.exec(_by_door(community_id, door, in_building)),
        *_by_alias(session, community_id, door, in_building),
    ]
    kept = [session.get_one(Household, (community_id, row.merged_into)) if row.merged_into else row for row in rows]
    return list({row.id: row for row in kept}.values())


def _living(rows: Any) -> list[Household]:
    return [row for row in rows if row.merged_into is None]


def _of_building() -> Any:
    return (col(Building.community_id) == Household.community_id) & (col(Building.id) == Household.building_id)


def _by_door(community_id: str, door: DoorText, in_building: UUID | None) -> Any:
    statement = (
        select(Household)
        .join(Building, _of_building())
        .join(Unit, (col(Unit.community_id) == Household.community_id) & (col(Unit.id) == Household.unit_id))
        .where(Household.community_id == community_id, Household.door == door.room, *_names_building(door, in_building))
    )
    return statement.where(col(Unit.name).in_([door.unit, ""])) if door.unit else statement


def _by_alias(session: Session, community_id: str, door: DoorText, in_building: UUID | None) -> list[Household]:
    of_household = (col(DoorAlias.community_id) == Household.community_id) & (
        col(DoorAlias.household_id) == Household.id
    )
    statement = (
        select(Household)
        .join(DoorAlias, of_household)
        .join(
            Building,
            (col(Building.community_id) == DoorAlias.community_id) & (col(Building.id) == DoorAlias.building_id),
        )
        .where(Household.community_id == community_id, DoorAlias.door == door.room, *_names_building(door, in_building))
    )
    if door.unit:
        statement = statement.where(col(DoorAlias.unit).in_([door.unit, ""]))
    return list(session.exec(statement))


def _names_building(door: DoorText, in_building: UUID | None) -> list[Any]:
    """3-2-501 names the building; 501 alone means the one that the reader is looking at."""
    if not door.building:
        return [Building.id == in_building]
    return [is_called(door.building)]


def is_called(building: str) -> Any:
    """Whether a building's name is this, or ends with it as a word of its own: 3栋 is 样例区3栋, and never 13栋."""
    return col(Building.name).regexp_match(f"(^|[^0-9A-Z]){re.escape(building)}$")


def get_household_by_door(
    session: Session, community_id: str, typed: str, *, in_building: UUID | None = None
) -> Household:
    """The one household that this spelling means. Raises DoorUnknown, DoorAmbiguous."""
    found = find_households(session, community_id, typed, in_building=in_building)
    if not found:
        raise DoorUnknown(typed=typed)
    if len(found) > 1:
        raise DoorAmbiguous(typed=typed, choices=", ".join(door_of(session, row) for row in found[:5]))
    return found[0]
