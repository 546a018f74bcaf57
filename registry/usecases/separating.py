"""A merge made by mistake, taken back: both are again what they were, while nothing contradicts it."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from accounts.rules import Principal
from accounts.usecases import note as write_down
from bulou.announcements import announce
from bulou.crypto import field_keys
from bulou.ids import new_id
from registry.errors import MergeContradicted, MergeNotFound
from registry.models import Building, Household, RegistryMerge, Resident
from registry.queries.doors import door_of
from registry.rules import ChangeKind, HoldingResidents, MergeKind, ResidentsSeparated, RosterChanged
from registry.rules.history import Change
from registry.rules.separating import Changes, list_changes, list_contradictions
from registry.usecases.history import record_all
from registry.usecases.merged_rows import put_back, rows_of
from registry.usecases.telling_apart import tell_apart
from registry.words import say_contradictions

Key = tuple[str, UUID]  # community_id, id


@contextmanager
def remember_merge(
    session: Session, kind: MergeKind, community_id: str, gone: UUID, kept: UUID, *, by: Principal | None, now: datetime
) -> Iterator[None]:
    """What is done inside can be taken back: every row is kept as it was before and as it is afterwards."""
    before = rows_of(session, kind, community_id, gone, kept)
    yield
    changes = list_changes(before, rows_of(session, kind, community_id, gone, kept))
    said = field_keys().encrypt(community_id, json.dumps(changes, ensure_ascii=False, separators=(",", ":")))
    author_id = by.account_id if by else None
    row = RegistryMerge(
        community_id=community_id,
        id=new_id(),
        kind=kind,
        gone=gone,
        kept=kept,
        author_id=author_id,
        merged_at=now,
        said=said,
    )
    session.add(row)
    session.flush()


def separate(session: Session, merge: Key, *, by: Principal | None = None, now: datetime) -> RegistryMerge:
    """The two are two again, as they were. A repeat changes nothing. Announces RosterChanged, of people ResidentsSeparated.

    Raises MergeNotFound, and MergeContradicted where something of it was changed since.
    """
    row = session.get(RegistryMerge, merge, with_for_update=True)
    if row is None:
        raise MergeNotFound()
    if row.said is None:
        return row
    changes: Changes = json.loads(field_keys().decrypt(row.community_id, row.said))
    _hold_both(session, row)
    _check(session, row, changes)
    buildings = set(_buildings(session, row))
    told = list(_history(session, row, changes))
    try:
        with session.begin_nested():
            put_back(session, changes, now=now)
    except IntegrityError:
        raise MergeContradicted(what=say_contradictions([])) from None
    row = session.get_one(RegistryMerge, merge)
    session.add(row.sqlmodel_update({"said": None, "separated_at": now}))
    session.flush()
    record_all(session, row.community_id, told, by=by, now=now)
    write_down(session, row.community_id, f"registry.{row.kind}s_separated", row.kept, by=by, now=now)
    _announce(session, row, buildings | set(_buildings(session, row)), by=by, now=now)
    return row


def announce_holding(session: Session, community_id: str, *ids: UUID) -> None:
    """Before people are held. Announces HoldingResidents of those they are now."""
    people = select(Resident.id, Resident.merged_into).where(
        Resident.community_id == community_id, col(Resident.id).in_(ids)
    )
    now_ids = {now_id for pair in session.exec(people) for now_id in pair if now_id is not None}
    announce(session, HoldingResidents(community_id, tuple(sorted(now_ids))))


_TABLES: dict[MergeKind, Any] = {
    MergeKind.RESIDENT: Resident,
    MergeKind.HOUSEHOLD: Household,
    MergeKind.BUILDING: Building,
}


def _hold_both(session: Session, row: RegistryMerge) -> None:
    """The two, held in the order of their ids until the transaction ends, as a merge holds them."""
    if row.kind is MergeKind.RESIDENT:
        announce_holding(session, row.community_id, row.gone, row.kept)
    table = _TABLES[row.kind]
    both = select(table.id).where(table.community_id == row.community_id, table.id.in_([row.gone, row.kept]))
    session.exec(both.order_by(table.id).with_for_update()).all()
    session.expire_all()  # somebody may have changed them while they were waited for


def _check(session: Session, row: RegistryMerge, changes: Changes) -> None:
    """Raises MergeContradicted. What is looked at is held: it stays so until it is put back."""
    here = rows_of(session, row.kind, row.community_id, row.gone, row.kept, hold=True)
    found = list_contradictions(changes, here)
    if found:
        raise MergeContradicted(what=say_contradictions(found))


def _announce(
    session: Session, row: RegistryMerge, buildings: set[UUID], *, by: Principal | None, now: datetime
) -> None:
    if row.kind is MergeKind.RESIDENT:
        tell_apart(session, (row.community_id, row.gone), (row.community_id, row.kept), by=by, now=now)
        # Rounds put their entries back before they follow whatever has changed since.
        announce(session, ResidentsSeparated(row.community_id, row.gone, row.kept, row.merged_at))
    announce(session, RosterChanged(row.community_id, tuple(sorted(buildings))))


def _buildings(session: Session, row: RegistryMerge) -> Iterator[UUID]:
    """Where the two stand now."""
    for id_ in (row.gone, row.kept):
        if row.kind is MergeKind.BUILDING:
            yield id_
            continue
        home = id_
        if row.kind is MergeKind.RESIDENT:
            home = session.get_one(Resident, (row.community_id, id_)).household_id
        yield session.get_one(Household, (row.community_id, home)).building_id


def _history(session: Session, row: RegistryMerge, changes: Changes) -> Iterator[Change]:
    """Both say that they are two again, and of doors each person whose door that is."""
    gone, kept = (_name(session, row, id_) for id_ in (row.gone, row.kept))
    yield Change(row.gone, ChangeKind.SEPARATED, {"merged_into": (kept, None)})
    yield Change(row.kept, ChangeKind.SEPARATED, {"merged_from": (gone, None)})
    people = changes.get("resident", {}) if row.kind is not MergeKind.RESIDENT else {}
    for key, (old, new) in people.items():
        doors = [
            door_of(session, session.get_one(Household, (row.community_id, UUID(it["household_id"]))))
            for it in (new, old)
            if "household_id" in it
        ]
        person = session.get_one(Resident, (row.community_id, UUID(json.loads(key)[1])))
        if len(doors) == 2 and person.left_at is None and person.merged_into is None:
            yield Change(person.id, ChangeKind.MOVED, {"door": tuple(doors)})  # type: ignore[dict-item]


def _name(session: Session, row: RegistryMerge, id_: UUID) -> str:
    key: Any = (row.community_id, id_)
    if row.kind is MergeKind.BUILDING:
        return session.get_one(Building, key).name
    home = session.get_one(Resident, key).household_id if row.kind is MergeKind.RESIDENT else id_
    return door_of(session, session.get_one(Household, (row.community_id, home)))
