"""The rows that a merge touches: looked at before and after it, and put back."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, SQLModel, col, select

from bulou.plain_rows import plain_of, value_in
from registry.models import (
    Correction,
    DoorAlias,
    Excuse,
    Household,
    NeedFlag,
    Resident,
    ResidentDoor,
    Unit,
)
from registry.rules import MergeKind
from registry.rules.separating import Changes, Rows

# In the order in which their rows may be put in; they are taken out the other way round.
TABLES: tuple[type[SQLModel], ...] = (Unit, Household, Resident, DoorAlias, NeedFlag, Excuse, ResidentDoor, Correction)
Part = tuple[type[SQLModel], Any]  # a table, and which of its rows


def rows_of(
    session: Session, kind: MergeKind, community_id: str, gone: UUID, kept: UUID, *, hold: bool = False
) -> Rows:
    """Every row that a merge of these two may touch, with plain values; if asked, held until the transaction ends."""
    session.flush()
    found: dict[str, dict[str, dict[str, Any]]] = {}
    for table, chosen in _PARTS[kind]([gone, kept], community_id):
        columns: Any = table.__table__  # type: ignore[attr-defined]
        wanted = sa.select(columns).where(columns.c.community_id == community_id, chosen).order_by(*columns.primary_key)
        rows = session.connection().execute(wanted.with_for_update() if hold else wanted)
        plain = [{name: plain_of(value) for name, value in row._mapping.items()} for row in rows]
        found[str(table.__tablename__)] = {_key(columns, row): row for row in plain}
    return found


def _key(table: sa.Table, row: Mapping[str, Any]) -> str:
    return json.dumps([row[column.name] for column in table.primary_key], ensure_ascii=False)


def _of_people(both: list[UUID], community_id: str) -> list[Part]:
    whose = [(table, col(table.resident_id).in_(both)) for table in (NeedFlag, Excuse, ResidentDoor, Correction)]
    return [(Resident, col(Resident.id).in_(both) | col(Resident.merged_into).in_(both)), *whose]


def _of_doors(both: list[UUID], community_id: str) -> list[Part]:
    of_house = select(Household.building_id).where(Household.community_id == community_id, col(Household.id).in_(both))
    here = col(DoorAlias.household_id).in_(both) | col(DoorAlias.building_id).in_(of_house)
    return [
        (Household, col(Household.id).in_(both) | col(Household.merged_into).in_(both)),
        (DoorAlias, here),
        *((table, col(table.household_id).in_(both)) for table in (Resident, ResidentDoor, Correction)),
    ]


def _of_buildings(both: list[UUID], community_id: str) -> list[Part]:
    doors = select(Household.id).where(Household.community_id == community_id, col(Household.building_id).in_(both))
    here = col(DoorAlias.household_id).in_(doors) | col(DoorAlias.building_id).in_(both)
    return [
        (Unit, col(Unit.building_id).in_(both)),
        (Household, col(Household.building_id).in_(both) | col(Household.merged_into).in_(doors)),
        (DoorAlias, here),
        *((table, col(table.household_id).in_(doors)) for table in (Resident, ResidentDoor, Correction)),
    ]


_PARTS = {MergeKind.RESIDENT: _of_people, MergeKind.HOUSEHOLD: _of_doors, MergeKind.BUILDING: _of_buildings}


def put_back(session: Session, changes: Changes, *, now: datetime) -> None:
    """Every row as it was. The database says where something new stands in the way: IntegrityError."""
    for table in reversed(TABLES):
        for key, (old, _new) in changes.get(str(table.__tablename__), {}).items():
            if old is None:
                _take_out(session, table, key, now)
    for table in TABLES:
        for key, (old, new) in changes.get(str(table.__tablename__), {}).items():
            if old is not None:
                _put_in(session, table, key, old, is_there=new is not None, now=now)
    session.expire_all()


def _take_out(session: Session, table: type[SQLModel], key: str, now: datetime) -> None:
    columns = _table(table)
    if table is Unit:
        return  # an empty unit harms nobody, and plans may name it
    if table is Excuse:  # it was in force meanwhile, and rounds that were closed meanwhile go on finding it
        session.connection().execute(sa.update(columns).where(*_is(columns, key)).values(withdrawn_at=now))
    else:
        session.connection().execute(sa.delete(columns).where(*_is(columns, key)))


def _put_in(
    session: Session, table: type[SQLModel], key: str, old: Mapping[str, Any], *, is_there: bool, now: datetime
) -> None:
    columns = _table(table)
    values = {name: value_in(columns.c[name], value) for name, value in old.items()}
    if "changed_at" in columns.c:
        values["changed_at"] = now
    change: Any = sa.update(columns).where(*_is(columns, key)) if is_there else sa.insert(columns)
    session.connection().execute(change.values(values))


def _table(table: type[SQLModel]) -> Any:
    return table.__table__  # type: ignore[attr-defined]


def _is(table: sa.Table, key: str) -> list[Any]:
    return [column == value_in(column, part) for column, part in zip(table.primary_key, json.loads(key), strict=True)]
