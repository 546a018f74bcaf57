"""The tickets that were shown, and the people they are about."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import Connection

from checkin.models import Ticket
from checkin.usecases.evidence.basics import COMMUNITY, one_of, row_of, table_of
from registry.models import Building, Excuse, Household, NeedFlag, Resident, Unit
from registry.queries.excuses import known_at
from registry.queries.green_lane import has_green_lane
from registry.queries.heads import heads_at_home
from registry.rules import ExcuseState, NeedKind

_ticket, _resident, _household = map(table_of, (Ticket, Resident, Household))
_building, _unit, _excuse, _need = map(table_of, (Building, Unit, Excuse, NeedFlag))
_home = _household.alias("home")


@dataclass(frozen=True, slots=True)
class TicketSeen:
    """`household_id` is the door it is now: the slip of a door that was merged means the one it turned out to be."""

    id: UUID
    campaign_id: UUID
    revoked_at: datetime | None
    household_id: UUID
    resident_id: UUID | None  # None = the household's


_TICKETS = (
    sa.select(
        _ticket.c.community_id,
        _ticket.c.code,
        _ticket.c.id,
        _ticket.c.campaign_id,
        _ticket.c.revoked_at,
        sa.func.coalesce(_home.c.merged_into, _ticket.c.household_id).label("household_id"),
        _ticket.c.resident_id,
    )
    .join(_home, row_of(_home, _ticket.c.community_id, _ticket.c.household_id))
    .where(one_of(_ticket.c.code, "codes"))  # unique in all communities; SQLite would rather go through one of them
)


def read_tickets(connection: Connection, community_id: str, codes: Iterable[str]) -> dict[str, TicketSeen]:
    """Those of these codes that the community gave out. One statement."""
    wanted = list(set(codes))
    rows = connection.execute(_TICKETS, {"codes": wanted}) if wanted else ()
    return {
        row.code: TicketSeen(row.id, row.campaign_id, row.revoked_at, row.household_id, row.resident_id)
        for row in rows
        if row.community_id == community_id
    }


@dataclass(frozen=True, slots=True)
class ExcuseSeen:
    """From when to when it holds, as `registry.queries.excuses.in_force_at` has it for statements."""

    begins_at: datetime
    ends_at: tuple[datetime, ...]  # the earliest counts; empty = until withdrawn

    def holds_at(self, at: datetime) -> bool:
        return self.begins_at <= at and all(at < end for end in self.ends_at)


@dataclass(frozen=True, slots=True)
class PersonSeen:
    """Somebody, their door, and what speaks against calling them."""

    id: UUID
    household_id: UUID
    number: int
    heads: int  # of the household
    name: str
    building: str
    unit: str
    door: str
    merged_into: UUID | None
    is_here: bool  # neither left nor merged
    is_green: bool
    is_isolated: bool
    excuses: tuple[ExcuseSeen, ...]

    def is_excused_at(self, at: datetime) -> bool:
        return any(excuse.holds_at(at) for excuse in self.excuses)


_is_isolated = sa.exists().where(
    _need.c.community_id == _resident.c.community_id,
    _need.c.resident_id == _resident.c.id,
    _need.c.kind == NeedKind.HOME_ISOLATION,
)
_PEOPLE = (
    sa.select(
        _resident.c.id,
        _resident.c.household_id,
        _resident.c.number,
        _resident.c.name,
        _resident.c.left_at,
        _resident.c.merged_into,
        _household.c.door,
        _building.c.name.label("building"),
        _unit.c.name.label("unit"),
        has_green_lane(_resident).label("is_green"),
        heads_at_home(_resident).label("heads"),
        _is_isolated.label("is_isolated"),
        known_at().label("excuse_known_at"),
        _excuse.c.from_at.label("excuse_from_at"),
        _excuse.c.until_at.label("excuse_until_at"),
        _excuse.c.withdrawn_at.label("excuse_withdrawn_at"),
    )
    .join(_household, row_of(_household, _resident.c.community_id, _resident.c.household_id))
    .join(_building, row_of(_building, _household.c.community_id, _household.c.building_id), isouter=True)
    .join(_unit, row_of(_unit, _household.c.community_id, _household.c.unit_id), isouter=True)
    .join(
        _excuse,
        sa.and_(
            _excuse.c.community_id == _resident.c.community_id,
            _excuse.c.resident_id == _resident.c.id,
            _excuse.c.state == ExcuseState.ACCEPTED,
        ),
        isouter=True,
    )
    .where(_resident.c.community_id == COMMUNITY)  # ordered afterwards: SQLite would go through all of them in order
)
_BY_ID = _PEOPLE.where(one_of(_resident.c.id, "ids"))
_BY_HOUSEHOLD = _PEOPLE.where(one_of(_resident.c.household_id, "households"))


def read_people(
    connection: Connection, community_id: str, ids: Iterable[UUID], households: Iterable[UUID] = ()
) -> dict[UUID, PersonSeen]:
    """These people, the members of these households, and those they turned out to be. In the order of door and number."""
    members = _people(connection, _BY_HOUSEHOLD, {"community": community_id, "households": list(set(households))})
    people = {one.id: one for one in sorted(members.values(), key=lambda one: (one.household_id, one.number))}
    wanted = set(ids) - people.keys()
    for _step in range(10):  # a chain of merges; a circle must not hold the point up
        if not wanted:
            break
        people |= _people(connection, _BY_ID, {"community": community_id, "ids": list(wanted)})
        wanted = {one.merged_into for one in people.values() if one.merged_into is not None} - people.keys()
    return people


def _people(connection: Connection, statement: sa.Select[Any], facts: dict[str, Any]) -> dict[UUID, PersonSeen]:
    if not facts.get("ids") and not facts.get("households"):
        return {}
    rows: dict[UUID, list[Any]] = {}
    for row in connection.execute(statement, facts):
        rows.setdefault(row.id, []).append(row)
    return {id_: _seen(of_person) for id_, of_person in rows.items()}


def _seen(rows: list[Any]) -> PersonSeen:
    """Somebody has a row for each of their excuses, and one row where there is none."""
    first = rows[0]
    return PersonSeen(
        id=first.id,
        household_id=first.household_id,
        number=first.number,
        heads=first.heads,
        name=first.name,
        building=first.building or "",
        unit=first.unit or "",
        door=first.door,
        merged_into=first.merged_into,
        is_here=first.left_at is None and first.merged_into is None,
        is_green=bool(first.is_green),
        is_isolated=bool(first.is_isolated),
        excuses=tuple(_excuse_of(row) for row in rows if row.excuse_from_at is not None),
    )


def _excuse_of(row: Any) -> ExcuseSeen:
    ends = (row.excuse_until_at, row.excuse_withdrawn_at)
    begins_at = max(row.excuse_known_at, row.excuse_from_at)
    return ExcuseSeen(begins_at, tuple(end for end in ends if end is not None))


def follow_merges(people: dict[UUID, PersonSeen], id_: UUID | None) -> PersonSeen | None:
    """The person; where two entries turned out to be one, the one that remained."""
    person = people.get(id_) if id_ else None
    for _step in range(10):
        if person is None or person.merged_into is None:
            break
        person = people.get(person.merged_into)
    return person
