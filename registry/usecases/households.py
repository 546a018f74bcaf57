"""Doors of the registry, changed by hand: added, spelled anew, moved, their state and their heads."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import Session, col, select

from accounts.rules import Principal
from accounts.usecases import note as write_down
from bulou.database import insert_once
from bulou.ids import new_id
from registry.errors import BuildingNotFound, DoorInhabited, DoorTaken, HeadsAreNamed, MovesNowhere, UnitMissing
from registry.models import Building, DoorAlias, Household, Resident, Unit
from registry.queries.doors import door_of
from registry.reading.doors import read_unit
from registry.rules import BuildingKind, ChangeKind, DoorState, Origin, door_words, floor_of
from registry.usecases.history import record
from registry.usecases.residents import (
    announce_change,
    let_leave,
    let_move,
    next_number,
    open_household,
)
from registry.usecases.spelling import check_free, spell_door, spell_unit

Key = tuple[str, UUID]  # community_id, id


def add_household(
    session: Session,
    building: Key,
    *,
    unit: str = "",
    room: str,
    floor: int | None = None,  # None = as the room's number tells
    state: DoorState = DoorState.UNVERIFIED,
    heads: int = 0,
    by: Principal | None = None,
    now: datetime,
) -> Household:
    """A door of that building; its unit comes with it. Announces RosterChanged.

    Raises BuildingNotFound, DoorMissing, DoorIsDate, DoorElsewhere, DoorTaken, DoorInhabited.
    """
    facts = {"unit": unit, "room": room, "floor": floor, "state": state, "heads": heads}
    row = put_household(session, open_building(session, building), **facts, by=by, now=now)  # type: ignore[arg-type]
    announce_change(session, row)
    return row


def put_household(
    session: Session,
    house: Building,
    *,
    unit: str = "",
    room: str,
    floor: int | None = None,
    state: DoorState = DoorState.UNVERIFIED,
    heads: int = 0,
    by: Principal | None = None,
    now: datetime,
) -> Household:
    """The same for one of many: whoever adds them announces the change once."""
    unit, spelled = spell_door(session, house, unit, room)
    check_free(session, house, unit, spelled)
    if heads and state is DoorState.VACANT:
        raise DoorInhabited(door=door_words(house.name, unit, spelled), people=heads)
    row = Household(
        community_id=house.community_id,
        id=new_id(),
        building_id=house.id,
        unit_id=unit_of(session, house, unit).id,
        door=spelled,
        floor=floor_of(spelled) if floor is None else floor,
        state=state,
    )
    if not insert_once(session, row):
        raise DoorTaken(door=door_words(house.name, unit, spelled))
    _use_own_name(session, row)
    fields = {"door": (None, door_of(session, row)), "state": (None, state)}
    record(session, row.community_id, row.id, ChangeKind.ADDED, fields, by=by, now=now)
    write_down(session, row.community_id, "registry.household_added", row.id, by=by, now=now)
    if heads:
        add_heads(session, row, heads, now=now)
        record(session, row.community_id, row.id, ChangeKind.CHANGED, {"heads": (None, heads)}, by=by, now=now)
    return row


def change_household(
    session: Session,
    household: Key,
    *,
    unit: str,
    room: str,
    floor: int | None,  # None = as the room's number tells
    state: DoorState,
    by: Principal | None = None,
    now: datetime,
) -> bool:
    """Its spelling, unit, floor and state; the spelling before is an alias from then on, so that files still find it.

    True if anything changed. Announces RosterChanged.

    Raises HouseholdNotFound, DoorIsGone, DoorMissing, DoorIsDate, DoorElsewhere, DoorTaken, DoorInhabited.
    """
    row = open_household(session, household)
    house = session.get_one(Building, (row.community_id, row.building_id))
    before, old_unit = door_of(session, row), session.get_one(Unit, (row.community_id, row.unit_id))
    unit, spelled = _spell_anew(session, house, row, (old_unit.name, unit), room)
    if state is not row.state:
        _check_empty(session, row, state)
    wanted_unit = unit_of(session, house, unit)
    wanted_floor = floor_of(spelled) if floor is None else floor
    told: dict[str, tuple[Any, Any]] = {"state": (row.state, state), "floor": (row.floor, wanted_floor)}
    if (spelled, wanted_unit.id) != (row.door, row.unit_id):
        old = (row.building_id, old_unit.name, row.door)
        row.sqlmodel_update({"door": spelled, "unit_id": wanted_unit.id})
        session.add(row)
        session.flush()
        keep_alias(session, row, *old)
        _use_own_name(session, row)
        told["door"] = (before, door_of(session, row))
    if all(old == new for old, new in told.values()):
        return False
    session.add(row.sqlmodel_update({"state": state, "floor": wanted_floor}))
    session.flush()
    record(session, row.community_id, row.id, ChangeKind.CHANGED, told, by=by, now=now)
    write_down(session, row.community_id, "registry.household_changed", row.id, by=by, now=now)
    announce_change(session, row)
    return True


def _spell_anew(
    session: Session, house: Building, row: Household, units: tuple[str, str], room: str
) -> tuple[str, str]:
    """Unit and room, read only where they are typed anew. `units`: the one it has, the one that was typed."""
    if units[0] == units[1] and room == row.door:
        return units[0], row.door
    unit, spelled = spell_door(session, house, units[1], room)
    if (unit, spelled) != (units[0], row.door):
        check_free(session, house, unit, spelled, but=row)
    return unit, spelled


def _check_empty(session: Session, row: Household, state: DoorState) -> None:
    """Raises DoorInhabited where somebody lives behind a door that is said to be vacant."""
    if state is DoorState.VACANT and (people := len(list_living(session, row))):
        raise DoorInhabited(door=door_of(session, row), people=people)


def set_door_state(
    session: Session, household: Key, state: DoorState, *, by: Principal | None = None, now: datetime
) -> DoorState:
    """How the door is lived in; the state before. A repeat changes nothing.

    Raises HouseholdNotFound, DoorIsGone, DoorInhabited.
    """
    row = open_household(session, household)
    before = row.state
    if before is not state:
        _check_empty(session, row, state)
    if _put_state(session, row, state, by=by, now=now):
        announce_change(session, row)
    return before


def _put_state(session: Session, row: Household, state: DoorState, *, by: Principal | None, now: datetime) -> bool:
    """True if it was another one."""
    before = row.state
    if before is state:
        return False
    session.add(row.sqlmodel_update({"state": state}))
    session.flush()
    record(session, row.community_id, row.id, ChangeKind.CHANGED, {"state": (before, state)}, by=by, now=now)
    facts = {"state": state.value}
    write_down(session, row.community_id, "registry.door_state_set", row.id, by=by, facts=facts, now=now)
    return True


def move_household(session: Session, household: Key, target: Key, *, by: Principal | None = None, now: datetime) -> int:
    """Everybody who lives there lives behind the other door from now on; the first is vacant. How many moved.

    Announces RosterChanged once. Raises HouseholdNotFound, DoorIsGone, MovesNowhere.
    """
    row, there = open_household(session, household), open_household(session, target)
    if row.id == there.id:
        raise MovesNowhere()
    people = list_living(session, row, lock=True)
    for person in people:
        let_move(session, person, there, by=by, now=now)
    doors = {"door": (door_of(session, row), door_of(session, there))}
    record(session, row.community_id, row.id, ChangeKind.MOVED, doors, by=by, now=now)
    _put_state(session, row, DoorState.VACANT, by=by, now=now)
    announce_change(session, row, there)
    return len(people)


def leave_household(session: Session, household: Key, *, by: Principal | None = None, now: datetime) -> int:
    """Nobody of that door lives here any more, and it is vacant. How many left; a repeat changes nothing.

    Announces RosterChanged once. Raises HouseholdNotFound, DoorIsGone.
    """
    row = open_household(session, household)
    left = [let_leave(session, person, by=by, now=now) for person in list_living(session, row, lock=True)]
    if _put_state(session, row, DoorState.VACANT, by=by, now=now) or left:
        announce_change(session, row)
    return len(left)


def set_heads(session: Session, household: Key, heads: int, *, by: Principal | None = None, now: datetime) -> int:
    """How many live there, those with names included: more are added as heads, fewer take the highest numbers without a
    name away. The number before. Announces RosterChanged once.

    Raises HeadsAreNamed where fewer are said than have names.
    """
    row = open_household(session, household)
    before = put_heads(session, row, heads, by=by, now=now)
    if before != heads:
        announce_change(session, row)
    return before


def put_heads(session: Session, row: Household, heads: int, *, by: Principal | None = None, now: datetime) -> int:
    """The same for one of many: whoever sets them announces the change once."""
    people = list_living(session, row, lock=True)
    before, nameless = len(people), [person for person in people if not _is_described(person)]
    if heads < before - len(nameless):
        raise HeadsAreNamed(named=before - len(nameless), heads=heads)
    if heads == before:
        return before
    if heads > before:
        add_heads(session, row, heads - before, now=now)
    for person in nameless[::-1][: max(0, before - heads)]:
        let_leave(session, person, by=by, now=now)
    record(session, row.community_id, row.id, ChangeKind.CHANGED, {"heads": (before, heads)}, by=by, now=now)
    write_down(session, row.community_id, "registry.heads_set", row.id, by=by, now=now)
    return before


def _is_described(person: Resident) -> bool:
    return bool(person.name or person.phone or person.identity_number)


def add_heads(session: Session, household: Household, heads: int, *, now: datetime) -> None:
    """So many people more of whom nothing is known but that they live there."""
    first = next_number(session, household)
    for number in range(first, first + heads):
        session.add(
            Resident(
                community_id=household.community_id,
                id=new_id(),
                household_id=household.id,
                number=number,
                origin=Origin.MANUAL,
                created_at=now,
                changed_at=now,
            )
        )
    session.flush()


def add_unit(session: Session, building: Key, name: str, *, by: Principal | None = None, now: datetime) -> Unit:
    """A unit in its one spelling; one that is there already stays, and nothing is written down.

    Raises BuildingNotFound, UnitMissing, DoorIsDate, DoorElsewhere.
    """
    house = open_building(session, building)
    if not spell_unit(house, name):
        raise UnitMissing()
    if (found := find_unit(session, house, name)) is not None:
        return found
    unit = unit_of(session, house, name)
    record(session, house.community_id, house.id, ChangeKind.CHANGED, {"unit": (None, unit.name)}, by=by, now=now)
    write_down(session, house.community_id, "registry.building_changed", house.id, by=by, now=now)
    return unit


# What other use cases of the registry build on.


def list_living(session: Session, household: Household, *, lock: bool = False) -> list[Resident]:
    """Who lives there now, in the order of their numbers; with `lock` nobody else changes them meanwhile."""
    statement = select(Resident).where(
        Resident.community_id == household.community_id,
        Resident.household_id == household.id,
        col(Resident.left_at).is_(None),
        col(Resident.merged_into).is_(None),
    )
    if lock:
        statement = statement.with_for_update()
    return list(session.exec(statement.order_by(col(Resident.number))))


def open_building(session: Session, building: Key) -> Building:
    """The row, held until the transaction ends. Raises BuildingNotFound."""
    row = session.get(Building, building, with_for_update=True)
    if row is None:
        raise BuildingNotFound()
    return row


def unit_of(session: Session, building: Building, name: str) -> Unit:
    """The unit of that name in its one spelling, made where there is none."""
    found = find_unit(session, building, name)
    if found is None:
        spelled = unit_spelling(building, name)
        found = Unit(community_id=building.community_id, id=new_id(), building_id=building.id, name=spelled)
        session.add(found)
        session.flush()
    return found


def find_unit(session: Session, building: Building, name: str) -> Unit | None:
    of_building = (Unit.community_id == building.community_id, Unit.building_id == building.id)
    return session.exec(select(Unit).where(*of_building, Unit.name == unit_spelling(building, name))).first()


def unit_spelling(building: Building, name: str) -> str:
    """A group has no units."""
    return read_unit(name)[:20] if building.kind is BuildingKind.HOUSE else ""


def keep_alias(session: Session, household: Household, building_id: UUID, unit: str, door: str) -> None:
    """Whoever names that door means this household from now on."""
    key = (household.community_id, building_id, unit, door)
    alias = session.get(DoorAlias, key) or DoorAlias(
        community_id=key[0], building_id=building_id, unit=unit, door=door, household_id=household.id
    )
    alias.household_id = household.id
    session.add(alias)
    session.flush()


def _use_own_name(session: Session, household: Household) -> None:
    """A door that is there by itself is nobody's alias any more."""
    name = session.get_one(Unit, (household.community_id, household.unit_id)).name
    alias = session.get(DoorAlias, (household.community_id, household.building_id, name, household.door))
    if alias is not None:
        session.delete(alias)
        session.flush()
