"""People of several doors: counted, planned and called behind one, and shown at all of them."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from accounts.rules import Principal
from accounts.usecases import note as write_down
from bulou.database import insert_once
from registry.errors import DoorIsHome
from registry.models import ResidentDoor
from registry.queries.doors import door_of
from registry.rules import ChangeKind
from registry.usecases.history import record
from registry.usecases.residents import open_household, open_resident

Key = tuple[str, UUID]  # community_id, id


def add_further_door(
    session: Session, resident: Key, household: Key, *, by: Principal | None = None, now: datetime
) -> None:
    """They belong to that door too; they still count behind their own. A repeat changes nothing.

    Raises ResidentNotFound, HouseholdNotFound, DoorIsGone, DoorIsHome.
    """
    person, there = open_resident(session, resident), open_household(session, household)
    if person.household_id == there.id:
        raise DoorIsHome()
    row = ResidentDoor(community_id=person.community_id, resident_id=person.id, household_id=there.id, set_at=now)
    if not insert_once(session, row):
        return
    fields = {"further_door": (None, door_of(session, there))}
    record(session, person.community_id, person.id, ChangeKind.CHANGED, fields, by=by, now=now)
    write_down(session, person.community_id, "registry.further_door_added", person.id, by=by, now=now)


def drop_further_door(
    session: Session, resident: Key, household: Key, *, by: Principal | None = None, now: datetime
) -> None:
    """They belong to that door no longer. A repeat changes nothing. Raises ResidentNotFound."""
    person = open_resident(session, resident)
    row = session.get(ResidentDoor, (person.community_id, person.id, household[1]))
    if row is None:
        return
    there = open_household(session, household)
    session.delete(row)
    session.flush()
    fields = {"further_door": (door_of(session, there), None)}
    record(session, person.community_id, person.id, ChangeKind.CHANGED, fields, by=by, now=now)
    write_down(session, person.community_id, "registry.further_door_dropped", person.id, by=by, now=now)
