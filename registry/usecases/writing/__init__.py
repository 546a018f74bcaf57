"""One import's rows, table by table, many to a statement: places → people → what is remembered → history."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from accounts.rules import Principal
from registry.queries.registered import Snapshot
from registry.rules.matching import RosterChange
from registry.usecases.history import record_all
from registry.usecases.writing.people import PeopleWriter
from registry.usecases.writing.places import PlaceWriter
from registry.usecases.writing.tables import Tables

__all__ = ["Tell", "write_change"]

Tell = Callable[[float], object]  # share of the work that is done, 0 to 1


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
    """Everything that the file changes, and a line of history for each change."""
    places = PlaceWriter(tables, snapshot)
    places.write(change)
    tell(0.4)
    people = PeopleWriter(tables, snapshot, import_id=import_id, source=file_name, now=now)
    people.add(change.added)
    tell(0.6)
    people.change((*change.changed, *change.moved))
    people.bring_back([new for new in change.added if new.person])
    people.leave(change.left)
    people.remember(change.unchanged)
    tell(0.7)
    people.write_needs()
    people.keep_said()
    tell(0.8)
    record_all(session, tables.community_id, [*places.history, *people.history], import_id=import_id, by=by, now=now)
