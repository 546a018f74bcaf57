"""One resident, one door: who they are, what they need, why they are excused."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import Session, col, select

from bulou.crypto import field_keys
from bulou.masking import mask_identity, mask_phone
from bulou.ordering import natural_key
from registry.errors import HouseholdNotFound, ResidentNotFound
from registry.models import Building, Compound, Excuse, Household, NeedFlag, Resident, ResidentDoor, Unit
from registry.queries.heads import count_heads
from registry.rules import BuildingKind, DoorState, ExcuseKind, ExcuseState, NeedKind, Origin, door_words
from registry.rules.history import masked
from registry.words import full_name, shown_name


@dataclass(frozen=True, slots=True)
class ResidentFacts:
    """A resident and where they live; no number of theirs."""

    community_id: str
    id: UUID
    household_id: UUID
    building_id: UUID
    number: int
    name: str  # empty = known only as a head
    building: str
    unit: str
    room: str
    has_left: bool

    @property
    def key(self) -> tuple[str, UUID]:
        return self.community_id, self.id

    @property
    def door(self) -> str:
        return door_words(self.building, self.unit, self.room)


def get_resident(session: Session, key: tuple[str, UUID], *, lock: bool = False) -> ResidentFacts:
    """Who was merged into another is that other. `lock`: until the transaction ends. Raises ResidentNotFound."""
    resident = session.get(Resident, key, with_for_update=True if lock else None)
    while resident is not None and resident.merged_into is not None:
        resident = session.get(Resident, (key[0], resident.merged_into), with_for_update=True if lock else None)
    if resident is None:
        raise ResidentNotFound()
    household = session.get_one(Household, (key[0], resident.household_id))
    unit = session.get_one(Unit, (key[0], household.unit_id))
    building = session.get_one(Building, (key[0], household.building_id))
    return ResidentFacts(
        key[0],
        resident.id,
        household.id,
        building.id,
        resident.number,
        resident.name or "",
        building.name,
        unit.name,
        household.door,
        resident.left_at is not None,
    )


@dataclass(frozen=True, slots=True)
class ExcuseLine:
    id: UUID
    kind: ExcuseKind
    state: ExcuseState
    from_at: datetime
    until_at: datetime | None
    note: str
    proof: str
    answer: str  # why it was rejected
    is_in_force: bool
    is_withdrawn: bool


def list_excuses_of(session: Session, resident: tuple[str, UUID], *, now: datetime) -> list[ExcuseLine]:
    """All excuses somebody ever had, the latest first."""
    rows = session.exec(
        select(Excuse)
        .where(Excuse.community_id == resident[0], Excuse.resident_id == resident[1])
        .order_by(col(Excuse.created_at).desc())
    )
    return [_excuse_line(row, now) for row in rows]


def _excuse_line(row: Excuse, now: datetime) -> ExcuseLine:
    holds = row.state is ExcuseState.ACCEPTED and row.withdrawn_at is None
    in_time = row.from_at <= now and (row.until_at is None or now < row.until_at)
    return ExcuseLine(
        row.id,
        row.kind,
        row.state,
        row.from_at,
        row.until_at,
        row.note,
        row.proof,
        row.answer,
        holds and in_time,
        row.withdrawn_at is not None,
    )


@dataclass(frozen=True, slots=True)
class NeedLine:
    """What somebody needs, who said so and when."""

    kind: NeedKind
    source: str  # empty = a file
    is_by_hand: bool
    set_at: datetime


@dataclass(frozen=True, slots=True)
class OtherDoor:
    """A further door of a person; or, seen from that door, the one where they count."""

    household_id: UUID
    door: str


@dataclass(frozen=True, slots=True)
class PersonLine:
    """Somebody at a door. Name, phone and address are masked unless the page asked for them in full."""

    id: UUID
    number: int
    name: str  # who is known only as a head has their number
    phone: str
    identity_number: str  # its last four digits
    needs: tuple[NeedKind, ...]
    excuse: ExcuseKind | None  # in force now
    origin: Origin
    has_left: bool
    registered_address: str = ""
    flags: tuple[NeedLine, ...] = ()
    further: tuple[OtherDoor, ...] = ()  # doors they belong to and do not count at


@dataclass(frozen=True, slots=True)
class GuestLine:
    """Somebody who belongs to a door too and counts at another."""

    id: UUID
    name: str
    counts_at: OtherDoor


@dataclass(frozen=True, slots=True)
class DoorLine:
    id: UUID
    building_id: UUID
    compound: str
    building: str
    unit: str
    room: str
    floor: int | None
    state: DoorState
    kind: BuildingKind
    people: tuple[PersonLine, ...]
    guests: tuple[GuestLine, ...] = ()

    @property
    def door(self) -> str:
        return door_words(self.building, self.unit, self.room)

    @property
    def short(self) -> str:
        """The door within its building; a group without teams has only its name."""
        return f"{self.unit}{self.room}" or self.building

    @property
    def is_group(self) -> bool:
        return self.kind is BuildingKind.GROUP

    @property
    def living(self) -> int:
        return sum(not person.has_left for person in self.people)


def get_door(session: Session, key: tuple[str, UUID], *, now: datetime, unmasked: bool = False) -> DoorLine:
    """One door with everybody who ever lived there; of one that was merged, the door it is. Raises HouseholdNotFound."""
    household = session.get(Household, key)
    while household is not None and household.merged_into is not None:
        household = session.get(Household, (key[0], household.merged_into))
    found = find_doors(session, key[0], [Household.id == household.id]) if household else []
    if not found:
        raise HouseholdNotFound()
    door = fill_doors(session, key[0], found, now=now, unmasked=unmasked, with_left=True)[0]
    return _with_further(session, key[0], door, unmasked)


def _with_further(session: Session, community_id: str, door: DoorLine, unmasked: bool) -> DoorLine:
    """The same door with the further doors of its people, and with whoever belongs to it and counts elsewhere."""
    ids = [person.id for person in door.people]
    rows = session.exec(
        select(ResidentDoor).where(
            ResidentDoor.community_id == community_id,
            (col(ResidentDoor.resident_id).in_(ids)) | (ResidentDoor.household_id == door.id),
        )
    ).all()
    names = {
        row.id: row.door
        for row in find_doors(session, community_id, [col(Household.id).in_([r.household_id for r in rows])])
    }
    further: dict[UUID, list[OtherDoor]] = defaultdict(list)
    for row in rows:
        if row.household_id in names and row.household_id != door.id:
            further[row.resident_id].append(OtherDoor(row.household_id, names[row.household_id]))
    guests = [row.resident_id for row in rows if row.household_id == door.id]
    people = tuple(replace(person, further=tuple(further[person.id])) for person in door.people)
    return replace(door, people=people, guests=tuple(_guests(session, community_id, guests, unmasked)))


def _guests(session: Session, community_id: str, ids: list[UUID], unmasked: bool) -> Iterator[GuestLine]:
    for id_ in ids:
        person = session.get_one(Resident, (community_id, id_))
        if person.left_at is None and person.merged_into is None:
            (home,) = find_doors(session, community_id, [Household.id == person.household_id])
            heads = count_heads(session, community_id, [home.id]).get(home.id)
            name = (full_name if unmasked else shown_name)(person.name, person.number, heads)
            yield GuestLine(id_, name, OtherDoor(home.id, home.door))


def find_doors(
    session: Session, community_id: str, conditions: Sequence[Any], limit: int | None = None
) -> list[DoorLine]:
    """Doors without their people, in walking order. Conditions may name household, unit, building and compound."""
    statement = (
        select(
            Household.id,
            Household.building_id,
            Compound.name,
            Building.name,
            Unit.name,
            Household.door,
            Household.floor,
            Household.state,
            Building.kind,
        )  # type: ignore[call-overload]
        .join(Unit, (Unit.community_id == Household.community_id) & (Unit.id == Household.unit_id))
        .join(Building, (Building.community_id == Household.community_id) & (Building.id == Household.building_id))
        .join(Compound, (Compound.community_id == Building.community_id) & (Compound.id == Building.compound_id))
        .where(Household.community_id == community_id, col(Household.merged_into).is_(None), *conditions)
    )
    if limit is not None:
        statement = statement.limit(limit)
    rows: Any = session.exec(statement)
    doors = [DoorLine(*row, people=()) for row in rows]  # type: ignore[misc]
    return sorted(doors, key=door_order)


def door_order(door: DoorLine) -> tuple[Any, ...]:
    """Compound, building, unit, then floor and room as people count."""
    return (door.compound, natural_key(door.building), natural_key(door.unit), door.floor or 0, natural_key(door.room))


def list_doors(
    session: Session, community_id: str, building_id: UUID, *, now: datetime, unmasked: bool = False
) -> list[DoorLine]:
    """The doors of a building with those who live there, in walking order."""
    doors = find_doors(session, community_id, [Household.building_id == building_id])
    return fill_doors(session, community_id, doors, now=now, unmasked=unmasked)


def fill_doors(
    session: Session,
    community_id: str,
    doors: list[DoorLine],
    *,
    now: datetime,
    unmasked: bool = False,
    with_left: bool = False,
) -> list[DoorLine]:
    """The same doors with their people."""
    ids = [door.id for door in doors]
    people = defaultdict(list)
    residents = select(Resident).where(
        Resident.community_id == community_id, col(Resident.household_id).in_(ids), col(Resident.merged_into).is_(None)
    )
    if not with_left:
        residents = residents.where(col(Resident.left_at).is_(None))
    rows = session.exec(residents.order_by(col(Resident.number))).all()
    needs, excuses = _needs_of(session, community_id, ids), _excuses_of(session, community_id, ids, now)
    heads = Counter(row.household_id for row in rows if row.left_at is None)
    for row in rows:
        name = (full_name if unmasked else shown_name)(row.name, row.number, heads[row.household_id])
        line = _person_line(row, name, tuple(needs.get(row.id, ())), excuses.get(row.id), unmasked)
        people[row.household_id].append(line)
    return [replace(door, people=tuple(people[door.id])) for door in doors]


def _person_line(
    row: Resident, name: str, flags: tuple[NeedLine, ...], excuse: ExcuseKind | None, unmasked: bool
) -> PersonLine:
    keys = field_keys()
    phone = keys.decrypt(row.community_id, row.phone) if row.phone else ""
    number = keys.decrypt(row.community_id, row.identity_number) if row.identity_number else ""
    address = keys.decrypt(row.community_id, row.registered_address) if row.registered_address else ""
    return PersonLine(
        row.id,
        row.number,
        name,
        phone if unmasked else mask_phone(phone),
        mask_identity(number),
        tuple(flag.kind for flag in flags),
        excuse,
        row.origin,
        row.left_at is not None,
        address if unmasked else masked("registered_address", address),
        flags,
    )


def _needs_of(session: Session, community_id: str, household_ids: list[UUID]) -> dict[UUID, list[NeedLine]]:
    found = defaultdict(list)
    rows = session.exec(
        select(NeedFlag)
        .join(Resident, (Resident.community_id == NeedFlag.community_id) & (Resident.id == NeedFlag.resident_id))  # type: ignore[arg-type]
        .where(NeedFlag.community_id == community_id, col(Resident.household_id).in_(household_ids))
        .order_by(col(NeedFlag.kind))
    )
    for row in rows:
        is_by_hand = row.author_id is not None or bool(row.source)
        found[row.resident_id].append(NeedLine(row.kind, row.source, is_by_hand, row.set_at))
    return found


def _excuses_of(
    session: Session, community_id: str, household_ids: list[UUID], now: datetime
) -> dict[UUID, ExcuseKind]:
    rows = session.exec(
        select(Excuse)
        .join(Resident, (Resident.community_id == Excuse.community_id) & (Resident.id == Excuse.resident_id))  # type: ignore[arg-type]
        .where(
            Excuse.community_id == community_id,
            col(Resident.household_id).in_(household_ids),
            Excuse.state == ExcuseState.ACCEPTED,
            col(Excuse.withdrawn_at).is_(None),
        )
        .order_by(col(Excuse.created_at))
    )
    return {row.resident_id: row.kind for row in rows if _excuse_line(row, now).is_in_force}
