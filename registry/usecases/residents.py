"""People of the registry, changed by hand: added, corrected, moved, marked as left and back again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col, select

from accounts.rules import Principal
from accounts.usecases import note as write_down
from bulou.announcements import announce
from bulou.crypto import field_keys
from bulou.database import chunks
from bulou.ids import new_id
from registry.errors import DoorIsGone, HouseholdNotFound, ResidentNotFound
from registry.models import Excuse, Household, Resident, ResidentDoor
from registry.queries.doors import door_of
from registry.rules import ChangeKind, ExcuseKind, Origin, RosterChanged
from registry.usecases.history import record

Key = tuple[str, UUID]  # community_id, id
ENCRYPTED = ("phone", "identity_number", "registered_address")
INDEXED = {"phone": "phone_index", "identity_number": "identity_index"}  # found again by a blind index


@dataclass(frozen=True, slots=True)
class Details:
    """What is said of a person. Empty = it stays, or nothing is known."""

    name: str = ""
    phone: str = ""
    identity_number: str = ""
    registered_address: str = ""

    def said(self) -> dict[str, str]:
        fields = ("name", *ENCRYPTED)
        return {name: value for name in fields if (value := getattr(self, name))}


def add_resident(
    session: Session, household: Key, details: Details, *, by: Principal | None = None, now: datetime
) -> Resident:
    """Somebody who lives behind that door from now on; known only as a head where nothing is said of them.

    Announces RosterChanged. Raises HouseholdNotFound.
    """
    home = open_household(session, household)
    row = put_resident(session, home, details, by=by, now=now)
    announce_change(session, home)
    return row


def put_resident(
    session: Session, home: Household, details: Details, *, by: Principal | None = None, now: datetime
) -> Resident:
    """The same for one of many: whoever adds them announces the change once, which rounds and tickets follow."""
    row = Resident(
        community_id=home.community_id,
        id=new_id(),
        household_id=home.id,
        number=next_number(session, home),
        origin=Origin.MANUAL,
        created_at=now,
        changed_at=now,
    )
    session.add(row.sqlmodel_update(kept_fields(home.community_id, details.said())))
    session.flush()
    fields = {name: (None, value) for name, value in details.said().items()}
    fields["door"] = (None, door_of(session, home))
    record(session, home.community_id, row.id, ChangeKind.ADDED, fields, by=by, now=now)
    write_down(session, home.community_id, "registry.resident_added", row.id, by=by, now=now)
    return row


def change_resident(
    session: Session,
    resident: Key,
    details: Details,
    *,
    clear: frozenset[str] = frozenset(),  # fields that are to be empty from now on
    by: Principal | None = None,
    now: datetime,
) -> bool:
    """What is said replaces what was known; what is not said stays. True if anything changed. Raises ResidentNotFound."""
    row = open_resident(session, resident)
    before = details_of(row)
    wanted = {**before.said(), **details.said()}
    wanted = {name: value for name, value in wanted.items() if name not in clear}
    changed = {
        name: (before.said().get(name), wanted.get(name))
        for name in ("name", *ENCRYPTED)
        if before.said().get(name) != wanted.get(name)
    }
    if not changed:
        return False
    values = kept_fields(row.community_id, {name: after for name, (_, after) in changed.items()})
    session.add(row.sqlmodel_update({**values, "changed_at": now}))
    session.flush()
    record(session, row.community_id, row.id, ChangeKind.CHANGED, changed, by=by, now=now)
    write_down(session, row.community_id, "registry.resident_changed", row.id, by=by, now=now)
    return True


def move_resident(
    session: Session, resident: Key, household: Key, *, by: Principal | None = None, now: datetime
) -> None:
    """They live behind another door from now on, and count there. A repeat changes nothing. Announces RosterChanged.

    Raises ResidentNotFound, HouseholdNotFound, DoorIsGone.
    """
    row, target = open_resident(session, resident), open_household(session, household)
    home = session.get_one(Household, (row.community_id, row.household_id))
    if let_move(session, row, target, by=by, now=now):
        announce_change(session, home, target)


def let_move(session: Session, row: Resident, target: Household, *, by: Principal | None = None, now: datetime) -> bool:
    """The same for one of many: whoever moves them announces the change once. True if they lived elsewhere."""
    if row.household_id == target.id:
        return False
    home = session.get_one(Household, (row.community_id, row.household_id))
    further = session.get(ResidentDoor, (row.community_id, row.id, target.id))
    if further is not None:  # it is their own now
        session.delete(further)
    put_into(session, row, target, now=now)
    doors = {"door": (door_of(session, home), door_of(session, target))}
    record(session, row.community_id, row.id, ChangeKind.MOVED, doors, by=by, now=now)
    told = {"name": (row.name, None), **doors}  # the door that they left would not know of them any more
    record(session, row.community_id, home.id, ChangeKind.MOVED, told, by=by, now=now)
    write_down(session, row.community_id, "registry.resident_moved", row.id, by=by, now=now)
    return True


def mark_left(session: Session, resident: Key, *, by: Principal | None = None, now: datetime) -> None:
    """They live here no longer; nothing of them is deleted. A repeat changes nothing. Announces RosterChanged."""
    row = open_resident(session, resident)
    if let_leave(session, row, by=by, now=now):
        announce_change(session, session.get_one(Household, (row.community_id, row.household_id)))


def let_leave(session: Session, row: Resident, *, by: Principal | None = None, now: datetime) -> bool:
    """The same for one of many: whoever marks them announces the change once. True if they lived here."""
    if row.left_at is not None:
        return False
    session.add(row.sqlmodel_update({"left_at": now, "changed_at": now}))
    session.flush()
    record(session, row.community_id, row.id, ChangeKind.LEFT, {}, by=by, now=now)
    write_down(session, row.community_id, "registry.resident_left", row.id, by=by, now=now)
    return True


def bring_back(session: Session, resident: Key, *, by: Principal | None = None, now: datetime) -> None:
    """They live here again, behind the same door. A repeat changes nothing. Announces RosterChanged."""
    row = open_resident(session, resident)
    if row.left_at is None:
        return
    forgive_leaving(session, row.community_id, [row.id], now=now)
    session.add(row.sqlmodel_update({"left_at": None, "changed_at": now}))
    session.flush()
    record(session, row.community_id, row.id, ChangeKind.CAME_BACK, {}, by=by, now=now)
    write_down(session, row.community_id, "registry.resident_back", row.id, by=by, now=now)
    announce_change(session, session.get_one(Household, (row.community_id, row.household_id)))


def forgive_leaving(session: Session, community_id: str, residents: Sequence[UUID], *, now: datetime) -> None:
    """The excuses that open rounds gave these people for leaving hold no longer. Call it while they are still marked."""
    gone: Any = Resident.__table__  # type: ignore[attr-defined]
    excuse: Any = Excuse.__table__  # type: ignore[attr-defined]
    left_before = (
        sa.select(gone.c.left_at).where(gone.c.community_id == community_id, gone.c.id == excuse.c.resident_id)
    ).scalar_subquery()
    session.flush()
    for ids in chunks(list(residents)):
        statement = (
            sa.update(excuse)
            .where(excuse.c.community_id == community_id, excuse.c.resident_id.in_(ids))
            .where(excuse.c.kind == ExcuseKind.MOVED_OUT, excuse.c.created_at >= left_before)
            # Whoever was excused by a person, or for a time, stays excused.
            .where(excuse.c.author_id.is_(None), excuse.c.until_at.is_(None), excuse.c.withdrawn_at.is_(None))
            .values(withdrawn_at=now)
        )
        session.connection().execute(statement)


# What other use cases of the registry build on.


def open_resident(session: Session, resident: Key) -> Resident:
    """The row, held until the transaction ends; of somebody who was merged, the one they are. Raises ResidentNotFound."""
    row = session.get(Resident, resident, with_for_update=True)
    while row is not None and row.merged_into is not None:
        row = session.get(Resident, (row.community_id, row.merged_into), with_for_update=True)
    if row is None:
        raise ResidentNotFound()
    return row


def open_household(session: Session, household: Key) -> Household:
    """The row, held until the transaction ends. Raises HouseholdNotFound, DoorIsGone."""
    row = session.get(Household, household, with_for_update=True)
    if row is None:
        raise HouseholdNotFound()
    if row.merged_into is not None:
        raise DoorIsGone()
    return row


def next_number(session: Session, household: Household) -> int:
    """The number after the highest that anybody of the household ever had."""
    highest = select(sa.func.max(col(Resident.number))).where(
        Resident.community_id == household.community_id, Resident.household_id == household.id
    )
    return (session.exec(highest).one() or 0) + 1


def put_into(session: Session, row: Resident, household: Household, *, now: datetime) -> None:
    """The row stands in that household from now on, under a number of its own."""
    number = next_number(session, household)
    session.add(row.sqlmodel_update({"household_id": household.id, "number": number, "changed_at": now}))
    session.flush()


def details_of(row: Resident) -> Details:
    """In full: for deciding, and for a form of somebody who may see it."""
    keys = field_keys()
    numbers = {
        name: keys.decrypt(row.community_id, value) if (value := getattr(row, name)) else "" for name in ENCRYPTED
    }
    return Details(row.name or "", **numbers)


def kept_fields(community_id: str, values: Mapping[str, str | None]) -> dict[str, Any]:
    """Columns as they are kept: numbers and address encrypted, and a blind index where people are found by them."""
    keys = field_keys()
    kept: dict[str, Any] = {}
    for name, value in values.items():
        kept[name] = (keys.encrypt(community_id, value) if name in ENCRYPTED else value) if value else None
        if name in INDEXED:
            kept[INDEXED[name]] = keys.blind_index(community_id, value) if value else None
    return kept


def announce_change(session: Session, *households: Household) -> None:
    buildings = tuple(dict.fromkeys(household.building_id for household in households))
    announce(session, RosterChanged(households[0].community_id, buildings))
