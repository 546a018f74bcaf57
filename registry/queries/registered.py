"""The whole registry of a community as values, to compare a file with or to write one."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlmodel import Session, select

from bulou.crypto import field_keys
from registry.models import (
    Building,
    Community,
    Compound,
    DoorAlias,
    Household,
    ImportRow,
    NeedFlag,
    Resident,
    ResidentDoor,
    Unit,
)
from registry.queries.said import read_said
from registry.rules import BuildingKind, Door, DoorState, NeedKind
from registry.rules.matching import House, Registered, RegisteredPerson, Said, house_of


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The registry, and under which ids its parts are kept."""

    registered: Registered
    said: dict[UUID, Said]
    households: dict[Door, UUID]
    units: dict[tuple[str, str, str], UUID]  # compound, building, unit
    buildings: dict[House, UUID]
    compounds: dict[str, UUID]
    last_numbers: dict[UUID, int]  # of each household, also of those who have left
    default_compound: str


@dataclass(frozen=True, slots=True)
class _Doors:
    """Every household's door, whatever became of it."""

    doors: dict[UUID, Door]  # of one that was merged: the door that it is now
    own: dict[Door, UUID]  # those that stand
    states: dict[Door, DoorState]
    said_states: dict[Door, DoorState]
    aliases: dict[Door, Door]


def take_snapshot(session: Session, community_id: str, *, with_said: bool = True) -> Snapshot:
    """Everybody who is or was here, with their numbers in the clear: for deciding only, never for a page."""
    compounds = dict(
        session.exec(select(Compound.name, Compound.id).where(Compound.community_id == community_id)).all()
    )
    names = {compound_id: name for name, compound_id in compounds.items()}
    rows = session.exec(select(Building).where(Building.community_id == community_id)).all()
    buildings = {row.id: (names[row.compound_id], row.name) for row in rows}
    groups = frozenset(buildings[row.id] for row in rows if row.kind is BuildingKind.GROUP)
    units = session.exec(select(Unit.id, Unit.building_id, Unit.name).where(Unit.community_id == community_id)).all()
    rows_of = _columns(session, community_id)
    found = _doors(rows_of, buildings, {unit_id: name for unit_id, _, name in units})
    last_numbers: dict[UUID, int] = defaultdict(int)
    people = list(_people(rows_of, community_id, found.doors, last_numbers))
    said = _said(rows_of, community_id) if with_said else {}
    houses = _houses(set(buildings.values()), found, people, said)
    return Snapshot(
        Registered(people, found.states, found.said_states, found.aliases, houses, groups),
        said,
        found.own,
        {(*buildings[building_id], name): unit_id for unit_id, building_id, name in units},
        {place: building_id for building_id, place in buildings.items()},
        compounds,
        last_numbers,
        _default_compound(session, community_id, compounds),
    )


def _columns(session: Session, community_id: str) -> Callable[..., Any]:
    """Plain columns: objects of a hundred thousand rows would take most of the time."""

    def rows_of(*columns: Any) -> Any:
        return session.connection().execute(select(*columns).where(columns[0].class_.community_id == community_id))

    return rows_of


def _doors(rows_of: Callable[..., Any], buildings: Mapping[UUID, House], units: Mapping[UUID, str]) -> _Doors:
    own, states, said_states, merged = {}, {}, {}, {}
    columns = (Household.id, Household.building_id, Household.unit_id, Household.door, Household.state)
    doors: dict[UUID, Door] = {}
    for household_id, building_id, unit_id, room, state, said, into in rows_of(
        *columns, Household.said_state, Household.merged_into
    ):
        door = doors[household_id] = Door(*buildings[building_id], units[unit_id], room)
        if into is not None:
            merged[household_id] = into
            continue
        own[door], states[door] = household_id, DoorState(state)
        if said is not None:
            said_states[door] = DoorState(said)
    aliases = {}
    for household_id, door in [(household_id, doors[household_id]) for household_id in merged]:
        stands = household_id
        while stands in merged:
            stands = merged[stands]
        aliases[door] = doors[household_id] = doors[stands]
    for building_id, unit, room, household_id in rows_of(
        DoorAlias.building_id, DoorAlias.unit, DoorAlias.door, DoorAlias.household_id
    ):
        aliases[Door(*buildings[building_id], unit, room)] = doors[household_id]
    return _Doors(doors, own, states, said_states, {door: now for door, now in aliases.items() if door not in own})


def _houses(
    buildings: set[House], found: _Doors, people: Sequence[RegisteredPerson], said: Mapping[UUID, Said]
) -> dict[House, House]:
    """What became of buildings that were merged or renamed: all their doors are doors of one other building.

    A merged one has nothing but aliases. A renamed one is known by what files said: its doors, as they called them.
    """
    standing = {house_of(door) for door in found.own}
    became: dict[House, set[House]] = defaultdict(set)
    for door, now in found.aliases.items():
        if house_of(door) not in standing:
            became[house_of(door)].add(house_of(now))
    for person in people:
        before = said.get(person.id)
        if before is None or house_of(before.door) in buildings:
            continue
        if (before.door.unit, before.door.room) == (person.door.unit, person.door.room):
            became[house_of(before.door)].add(house_of(person.door))
    return {house: now.pop() for house, now in became.items() if len(now) == 1}


def _people(
    rows_of: Callable[..., Any], community_id: str, doors: dict[UUID, Door], last_numbers: dict[UUID, int]
) -> Iterator[RegisteredPerson]:
    needs: dict[UUID, set[NeedKind]] = defaultdict(set)
    keys = field_keys()
    for resident_id, kind in rows_of(NeedFlag.resident_id, NeedFlag.kind):
        needs[resident_id].add(kind)

    def opened(value: bytes | None) -> str:
        return keys.decrypt(community_id, value) if value else ""

    further: dict[UUID, set[Door]] = defaultdict(set)
    for resident_id, household_id in rows_of(ResidentDoor.resident_id, ResidentDoor.household_id):
        further[resident_id].add(doors[household_id])
    nothing: frozenset[NeedKind] = frozenset()
    columns = (Resident.id, Resident.household_id, Resident.number, Resident.origin, Resident.name, Resident.phone)
    for person_id, household_id, number, origin, name, phone, identity, address, left_at, merged_into in rows_of(
        *columns, Resident.identity_number, Resident.registered_address, Resident.left_at, Resident.merged_into
    ):
        if number > last_numbers[household_id]:
            last_numbers[household_id] = number
        yield RegisteredPerson(
            person_id,
            doors[household_id],
            number,
            origin,
            name or "",
            opened(phone),
            opened(identity),
            frozenset(needs[person_id]) if person_id in needs else nothing,
            left_at is not None,
            opened(address),
            merged_into,
            frozenset(further[person_id]) if person_id in further else frozenset(),
        )


def _said(rows_of: Callable[..., Any], community_id: str) -> dict[UUID, Said]:
    keys = field_keys()
    doors: dict[Door, Door] = {}
    return {
        resident_id: read_said(keys.decrypt(community_id, said), doors)
        for resident_id, said in rows_of(ImportRow.resident_id, ImportRow.said)
    }


def _default_compound(session: Session, community_id: str, compounds: dict[str, UUID]) -> str:
    """Where rows that name no compound belong: the only one, else the one called like the community."""
    if len(compounds) == 1:
        return next(iter(compounds))
    return session.get_one(Community, community_id).name
