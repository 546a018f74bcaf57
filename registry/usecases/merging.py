"""Two entries that turned out to be one: people, doors, buildings. A merge is a pointer; nothing is deleted."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from sqlmodel import Session, col, select

from accounts.rules import Principal
from accounts.usecases import note as write_down
from bulou.announcements import announce
from bulou.ids import new_id
from registry.errors import GroupIsNoBuilding, MergesWithItself
from registry.models import Building, Correction, DoorAlias, Excuse, Household, NeedFlag, Resident, ResidentDoor, Unit
from registry.queries.doors import door_of
from registry.rules import (
    ChangeKind,
    DoorState,
    ExcuseKind,
    ExcuseState,
    MergeKind,
    ResidentsMerged,
    ResidentsMerging,
    RosterChanged,
)
from registry.rules.history import Change
from registry.usecases.history import record, record_all
from registry.usecases.households import keep_alias, list_living, open_building, unit_of
from registry.usecases.residents import (
    ENCRYPTED,
    INDEXED,
    announce_change,
    details_of,
    forgive_leaving,
    next_number,
    open_household,
    open_resident,
    put_into,
)
from registry.usecases.separating import announce_holding, remember_merge

Key = tuple[str, UUID]  # community_id, id
Row = TypeVar("Row")


def _open_both(opened: Callable[[Session, Key], Row], session: Session, kept: Key, gone: Key) -> tuple[Row, Row]:
    """Both rows, held in the order of their ids: of two opposite merges at one moment the second waits for the first."""
    rows = {key: opened(session, key) for key in sorted((kept, gone))}
    return rows[kept], rows[gone]


def merge_residents(session: Session, gone: Key, kept: Key, *, by: Principal | None = None, now: datetime) -> None:
    """`gone` turned out to be `kept`: excuses, needs, tickets, scans and corrections are theirs from now on.

    What only `gone` had is taken over; of two answers `kept` stays right. Whoever lives here of the two decides the door.
    Announces RosterChanged and ResidentsMerged. A repeat changes nothing. Raises ResidentNotFound, MergesWithItself.
    """
    if gone[1] == kept[1]:
        raise MergesWithItself()
    announce_holding(session, gone[0], gone[1], kept[1])
    stays, goes = _open_both(open_resident, session, kept, gone)
    if goes.id == stays.id:
        return
    announce(session, ResidentsMerging(stays.community_id, goes.id, stays.id))
    homes = [session.get_one(Household, (row.community_id, row.household_id)) for row in (stays, goes)]
    _record_merge(session, goes, stays, homes, by=by, now=now)
    with remember_merge(session, MergeKind.RESIDENT, stays.community_id, goes.id, stays.id, by=by, now=now):
        _join_people(session, goes, stays, homes[1], now=now)
    write_down(session, stays.community_id, "registry.residents_merged", stays.id, by=by, now=now)
    announce_change(session, *homes)
    announce(session, ResidentsMerged(stays.community_id, goes.id, stays.id))


def _join_people(session: Session, goes: Resident, stays: Resident, home: Household, *, now: datetime) -> None:
    """`home` is the door of the one who goes."""
    if stays.left_at is not None and goes.left_at is None:
        forgive_leaving(session, stays.community_id, [stays.id], now=now)
        put_into(session, stays, home, now=now)
        stays.left_at = None
    _take_over_fields(session, goes, stays)
    _take_over_needs(session, goes, stays)
    _take_over_excuses(session, goes, stays, now)
    _take_over_doors(session, goes, stays)
    for said in session.exec(_of(Correction, goes)).all():
        session.add(said.sqlmodel_update({"resident_id": stays.id}))
    # Who was merged into the one that goes now is the one that stays: a pointer is never followed twice.
    earlier = select(Resident).where(Resident.community_id == goes.community_id, Resident.merged_into == goes.id)
    session.add_all([row.sqlmodel_update({"merged_into": stays.id}) for row in session.exec(earlier).all()])
    session.add(goes.sqlmodel_update({"merged_into": stays.id, "changed_at": now}))
    session.add(stays.sqlmodel_update({"changed_at": now}))


def _record_merge(
    session: Session, goes: Resident, stays: Resident, homes: list[Household], *, by: Principal | None, now: datetime
) -> None:
    doors = [door_of(session, home) for home in homes]
    told = {"merged_into": (None, doors[0]), "name": (goes.name, stays.name)}
    record(session, goes.community_id, goes.id, ChangeKind.MERGED, told, by=by, now=now)
    has_said = details_of(stays).said()
    new = {name: (None, value) for name, value in details_of(goes).said().items() if name not in has_said}
    told = {**new, "merged_from": (None, doors[1])}
    record(session, stays.community_id, stays.id, ChangeKind.MERGED, told, by=by, now=now)


def _take_over_fields(session: Session, goes: Resident, stays: Resident) -> None:
    """What is encrypted is bound to the community, so it is taken over as it is."""
    for name in ("name", *ENCRYPTED):
        if not getattr(stays, name) and getattr(goes, name):
            setattr(stays, name, getattr(goes, name))
            if name in INDEXED:
                setattr(stays, INDEXED[name], getattr(goes, INDEXED[name]))
    session.add(stays)


def _take_over_needs(session: Session, goes: Resident, stays: Resident) -> None:
    has = {flag.kind for flag in session.exec(_of(NeedFlag, stays))}
    for flag in session.exec(_of(NeedFlag, goes)).all():
        if flag.kind not in has:
            session.add(NeedFlag(**{**flag.model_dump(), "resident_id": stays.id}))
        session.delete(flag)


def _take_over_excuses(session: Session, goes: Resident, stays: Resident, now: datetime) -> None:
    """They hold for whoever stays from now on. Rounds that are closed still find them where they were."""
    lives_here = stays.left_at is None or goes.left_at is None
    for excuse in session.exec(_of(Excuse, goes)).all():
        if excuse.withdrawn_at is not None or excuse.state is ExcuseState.REJECTED:
            continue
        if not (excuse.kind is ExcuseKind.MOVED_OUT and lives_here):
            copy = {**excuse.model_dump(), "id": new_id(), "resident_id": stays.id, "created_at": now}
            session.add(Excuse(**{**copy, "reviewed_at": None if excuse.reviewed_at is None else now}))
        session.add(excuse.sqlmodel_update({"withdrawn_at": now}))


def _take_over_doors(session: Session, goes: Resident, stays: Resident) -> None:
    has = {row.household_id for row in session.exec(_of(ResidentDoor, stays))} | {stays.household_id}
    for row in session.exec(_of(ResidentDoor, goes)).all():
        if row.household_id not in has:
            session.add(ResidentDoor(**{**row.model_dump(), "resident_id": stays.id}))
        session.delete(row)


def _of(table: Any, resident: Resident) -> Any:
    return select(table).where(table.community_id == resident.community_id, table.resident_id == resident.id)


def merge_households(session: Session, gone: Key, kept: Key, *, by: Principal | None = None, now: datetime) -> int:
    """`gone` turned out to be the same door as `kept`: its people live there, its spelling and its slips mean it, and what
    residents said of it waits there. How many people.

    Announces RosterChanged. Raises HouseholdNotFound, DoorIsGone, MergesWithItself.
    """
    if gone[1] == kept[1]:
        raise MergesWithItself()
    stays, goes = _open_both(open_household, session, kept, gone)
    with remember_merge(session, MergeKind.HOUSEHOLD, stays.community_id, goes.id, stays.id, by=by, now=now):
        heads = _join(session, goes, stays, by=by, now=now)
    write_down(session, stays.community_id, "registry.households_merged", stays.id, by=by, now=now)
    announce_change(session, stays, goes)
    return heads


def _record_join(
    session: Session, goes: Household, stays: Household, *, by: Principal | None, now: datetime
) -> list[Resident]:
    """Both doors say who came from where, and so does each person of them. Who lives behind the one that goes."""
    living, old, new = list_living(session, goes), door_of(session, goes), door_of(session, stays)
    came = {"people": (None, [person.name for person in living if person.name]), "heads": (None, len(living) or None)}
    people = [Change(person.id, ChangeKind.MOVED, {"door": (old, new)}) for person in living]
    doors = [
        Change(goes.id, ChangeKind.MERGED, {"merged_into": (old, new)}),
        Change(stays.id, ChangeKind.MERGED, {"merged_from": (None, old), **came}),
    ]
    record_all(session, goes.community_id, [*doors, *people], by=by, now=now)
    return living


def _join(session: Session, goes: Household, stays: Household, *, by: Principal | None, now: datetime) -> int:
    """Everybody of the one door, those who have left too, stands behind the other; its spellings mean that one.

    How many live behind the one that goes.
    """
    living = _record_join(session, goes, stays, by=by, now=now)
    everybody = select(Resident).where(Resident.community_id == goes.community_id, Resident.household_id == goes.id)
    first = next_number(session, stays)
    for number, person in enumerate(session.exec(everybody.order_by(col(Resident.number))).all(), start=first):
        session.add(person.sqlmodel_update({"household_id": stays.id, "number": number, "changed_at": now}))
    unit = session.get_one(Unit, (goes.community_id, goes.unit_id))
    aliases = select(DoorAlias).where(DoorAlias.community_id == goes.community_id, DoorAlias.household_id == goes.id)
    for alias in session.exec(aliases):
        alias.household_id = stays.id
        session.add(alias)
    _move_further_doors(session, goes, stays)
    _move_corrections(session, goes, stays)
    # What was merged into the one that goes now is the one that stays: a pointer is never followed twice.
    earlier = select(Household).where(Household.community_id == goes.community_id, Household.merged_into == goes.id)
    session.add_all([row.sqlmodel_update({"merged_into": stays.id}) for row in session.exec(earlier).all()])
    if stays.state is DoorState.UNVERIFIED:
        stays.state = goes.state
    session.add(stays)
    session.add(goes.sqlmodel_update({"merged_into": stays.id}))
    session.flush()
    keep_alias(session, stays, goes.building_id, unit.name, goes.door)
    return len(living)


def _move_further_doors(session: Session, goes: Household, stays: Household) -> None:
    rows = select(ResidentDoor).where(
        ResidentDoor.community_id == goes.community_id, ResidentDoor.household_id == goes.id
    )
    for row in session.exec(rows).all():
        home = session.get_one(Resident, (row.community_id, row.resident_id)).household_id
        there = session.get(ResidentDoor, (row.community_id, row.resident_id, stays.id))
        if there is None and home != stays.id:
            session.add(ResidentDoor(**{**row.model_dump(), "household_id": stays.id}))
        session.delete(row)
    session.flush()


def _move_corrections(session: Session, goes: Household, stays: Household) -> None:
    """What residents said of the one door waits at the other."""
    said = select(Correction).where(Correction.community_id == goes.community_id, Correction.household_id == goes.id)
    session.add_all([row.sqlmodel_update({"household_id": stays.id}) for row in session.exec(said).all()])


def merge_buildings(session: Session, gone: Key, kept: Key, *, by: Principal | None = None, now: datetime) -> int:
    """All doors of `gone` are doors of `kept` from now on, and whoever names them there means them here. How many doors.

    A door that both have is one. The building that is empty then stays as a name that files may use. Announces RosterChanged.
    Raises BuildingNotFound, MergesWithItself, GroupIsNoBuilding.
    """
    if gone[1] == kept[1]:
        raise MergesWithItself()
    stays, goes = _open_both(open_building, session, kept, gone)
    if stays.kind is not goes.kind:
        raise GroupIsNoBuilding()
    with remember_merge(session, MergeKind.BUILDING, stays.community_id, goes.id, stays.id, by=by, now=now):
        doors = _join_buildings(session, goes, stays, by=by, now=now)
    told = {"merged_into": (goes.name, stays.name), "doors": (doors, 0)}
    record(session, goes.community_id, goes.id, ChangeKind.MERGED, told, by=by, now=now)
    told = {"merged_from": (None, goes.name), "doors": (None, doors)}
    record(session, stays.community_id, stays.id, ChangeKind.MERGED, told, by=by, now=now)
    write_down(session, stays.community_id, "registry.buildings_merged", stays.id, by=by, now=now)
    announce(session, RosterChanged(stays.community_id, (stays.id, goes.id)))
    return doors


def _join_buildings(session: Session, goes: Building, stays: Building, *, by: Principal | None, now: datetime) -> int:
    doors = select(Household).where(
        Household.community_id == goes.community_id,
        Household.building_id == goes.id,
        col(Household.merged_into).is_(None),
    )
    moved = session.exec(doors.order_by(col(Household.id))).all()
    for household in moved:
        old_unit = session.get_one(Unit, (goes.community_id, household.unit_id))
        unit = unit_of(session, stays, old_unit.name)
        there = _door_in(session, unit, household.door)
        if there is not None:
            _join(session, household, there, by=by, now=now)
        else:
            session.add(household.sqlmodel_update({"building_id": stays.id, "unit_id": unit.id}))
            session.flush()
            keep_alias(session, household, goes.id, old_unit.name, household.door)
    return len(moved)


def _door_in(session: Session, unit: Unit, door: str) -> Household | None:
    """The household behind that door; of one that was merged, the one it is."""
    statement = select(Household).where(
        Household.community_id == unit.community_id, Household.unit_id == unit.id, Household.door == door
    )
    found = session.exec(statement).first()
    while found is not None and found.merged_into is not None:
        found = session.get(Household, (unit.community_id, found.merged_into))
    return found
