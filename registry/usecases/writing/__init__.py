"""One import's rows, table by table, many to a statement: places → people → what is remembered → history."""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from sqlmodel import Session

from accounts.rules import Principal
from bulou.database import chunks
from registry.queries.registered import Snapshot
from registry.rules.matching import FurtherDoor, RegisteredPerson, RosterChange
from registry.usecases.history import record_all
from registry.usecases.writing.further_doors import write_further_doors
from registry.usecases.writing.people import PeopleWriter
from registry.usecases.writing.places import PlaceWriter
from registry.usecases.writing.tables import Tables

__all__ = ["Tell", "write_change"]

Tell = Callable[[float], object]  # share of the work that is done, 0 to 1
PART = 10_000  # people whose rows are in memory at once


def write_change(
    session: Session,
    snapshot: Snapshot,
    change: RosterChange,
    *,
    import_id: UUID,
    file_name: str,
    tables: Tables,
    tell: Tell,
    by: Principal | None,
    now: datetime,
) -> None:
    """Everything that the file changes, and a line of history for each change; in parts, so that the rows of a large
    file are never all in memory at once."""
    record = partial(record_all, session, tables.community_id, import_id=import_id, by=by, now=now)
    places = PlaceWriter(tables, snapshot)
    places.write(change)
    record(places.history)
    tell(0.4)
    people = PeopleWriter(tables, snapshot, record, import_id=import_id, source=file_name, now=now)
    steps: list[tuple[Callable[[Any], None], Sequence[Any]]] = [
        (people.add, [new for new in change.added if new.person is None]),
        (people.change, (*change.changed, *change.moved)),
        (people.bring_back, [new for new in change.added if new.person]),
        (people.leave, change.left),
        (people.remember, change.unchanged),
    ]
    whole, done = sum(len(rows) for _step, rows in steps), 0
    for step, rows in steps:
        for part in chunks(list(rows), PART):
            step(part)
            write_further_doors(people, _of_part(part, change.further))
            people.finish_part()
            done += len(part)
            tell(0.4 + 0.5 * done / whole)


def _of_part(part: Sequence[Any], further: Sequence[FurtherDoor]) -> list[FurtherDoor]:
    """Further doors of those who are written just now; who leaves stands in no row."""
    rows = {it.row for it in part if not isinstance(it, RegisteredPerson)} if further else set()
    return [it for it in further if it.row in rows]
