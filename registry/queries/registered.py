"""The whole registry of a community as values, to compare a file with or to write one."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlmodel import Session, select

from bulou.crypto import field_keys
from registry.models import Building, Community, Compound, Household, ImportRow, NeedFlag, Resident, Unit
from registry.queries.said import read_said
from registry.rules import Door, DoorState, NeedKind
from registry.rules.matching import Registered, RegisteredPerson, Said


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The registry, and under which ids its parts are kept."""

    registered: Registered
    said: dict[UUID, Said]
    households: dict[Door, UUID]
    units: dict[tuple[str, str, str], UUID]  # compound, building, unit
    buildings: dict[tuple[str, str], UUID]
    compounds: dict[str, UUID]
    last_numbers: dict[UUID, int]  # of each household, also of those who have left
    default_compound: str


def take_snapshot(session: Session, community_id: str, *, with_said: bool = True) -> Snapshot:
    """Everybody who is or was here, with their numbers in the clear: for deciding only, never for a page."""
    compounds = dict(
        session.exec(select(Compound.name, Compound.id).where(Compound.community_id == community_id)).all()
    )
    names = {compound_id: name for name, compound_id in compounds.items()}
    buildings = {
        row.id: (names[row.compound_id], row.name)
        for row in session.exec(select(Building).where(Building.community_id == community_id))
    }
    units = session.exec(select(Unit.id, Unit.building_id, Unit.name).where(Unit.community_id == community_id)).all()
    unit_names = {unit_id: name for unit_id, _, name in units}
    doors, states, rows_of = {}, {}, _columns(session, community_id)
    for household_id, building_id, unit_id, room, state in rows_of(
        Household.id, Household.building_id, Household.unit_id, Household.door, Household.state
    ):
        doors[household_id] = Door(*buildings[building_id], unit_names[unit_id], room)
        states[doors[household_id]] = DoorState(state)
    last_numbers: dict[UUID, int] = defaultdict(int)
    people = list(_people(session, community_id, doors, last_numbers))
    return Snapshot(
        Registered(people, states),
        _said(session, community_id) if with_said else {},
        {door: household_id for household_id, door in doors.items()},
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


def _people(
    session: Session, community_id: str, doors: dict[UUID, Door], last_numbers: dict[UUID, int]
) -> Iterator[RegisteredPerson]:
    needs: dict[UUID, set[NeedKind]] = defaultdict(set)
    rows_of, keys = _columns(session, community_id), field_keys()
    for resident_id, kind in rows_of(NeedFlag.resident_id, NeedFlag.kind):
        needs[resident_id].add(kind)
    columns = (Resident.id, Resident.household_id, Resident.number, Resident.origin, Resident.name, Resident.phone)
    for person_id, household_id, number, origin, name, phone, identity, left_at, merged_into, address in rows_of(
        *columns, Resident.identity_number, Resident.left_at, Resident.merged_into, Resident.registered_address
    ):
        last_numbers[household_id] = max(last_numbers[household_id], number)
        if merged_into is None:
            yield RegisteredPerson(
                person_id,
                doors[household_id],
                number,
                origin,
                name or "",
                keys.decrypt(community_id, phone) if phone else "",
                keys.decrypt(community_id, identity) if identity else "",
                frozenset(needs.get(person_id, ())),
                left_at is not None,
                keys.decrypt(community_id, address) if address else "",
            )


def _said(session: Session, community_id: str) -> dict[UUID, Said]:
    keys = field_keys()
    rows = _columns(session, community_id)(ImportRow.resident_id, ImportRow.said)
    return {resident_id: read_said(keys.decrypt(community_id, said)) for resident_id, said in rows}


def _default_compound(session: Session, community_id: str, compounds: dict[str, UUID]) -> str:
    """Where rows that name no compound belong: the only one, else the one called like the community."""
    if len(compounds) == 1:
        return next(iter(compounds))
    return session.get_one(Community, community_id).name
