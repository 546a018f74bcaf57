"""Whose tickets are, and what is known of those people."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import Session, col, select

from checkin.models import Ticket
from registry.models import Excuse, Household, NeedFlag, Resident
from registry.queries.excuses import in_force_at
from registry.queries.green_lane import list_green_lane
from registry.rules import STAYS_AWAY, NeedKind


@dataclass(frozen=True, slots=True)
class People:
    """Whose tickets are: of a resident's the person, also where they were merged; of a household's who lives there now."""

    by_id: Mapping[UUID, Resident]  # whom residents' tickets are about, by the id on the ticket
    living: Mapping[UUID, list[Resident]]  # by household
    homes: Mapping[UUID, UUID]  # the door that a ticket was given out for → the door it is

    @property
    def ids(self) -> list[UUID]:
        everybody = [*self.by_id.values(), *(person for home in self.living.values() for person in home)]
        return list({person.id for person in everybody})

    def of(self, ticket: Ticket) -> list[Resident]:
        if ticket.resident_id is not None:
            return [self.by_id[ticket.resident_id]]
        return self.living.get(self.homes[ticket.household_id], [])

    def home_of(self, ticket: Ticket) -> UUID:
        people = self.of(ticket)
        return people[0].household_id if people else self.homes[ticket.household_id]

    def heads(self, person: Resident) -> int:
        """How many live in their household."""
        return len(self.living.get(person.household_id, ()))


def whose(session: Session, tickets: Sequence[Ticket]) -> People:
    community_id = tickets[0].community_id
    asked = {ticket.resident_id for ticket in tickets if ticket.resident_id is not None}
    rows = {row.id: row for row in _residents(session, community_id, col(Resident.id).in_(asked))}
    merged = {row.merged_into for row in rows.values() if row.merged_into is not None}
    if merged - rows.keys():
        rows |= {row.id: row for row in _residents(session, community_id, col(Resident.id).in_(merged))}
    by_id = {id_: rows[rows[id_].merged_into or id_] for id_ in asked}
    doors = col(Household.id).in_({ticket.household_id for ticket in tickets})
    homes = {
        id_: merged_into or id_
        for id_, merged_into in session.exec(
            select(Household.id, Household.merged_into).where(Household.community_id == community_id, doors)
        )
    }
    at_home = col(Resident.household_id).in_({*homes.values(), *(person.household_id for person in by_id.values())})
    living: dict[UUID, list[Resident]] = {}
    for row in _residents(session, community_id, at_home, *_LIVES_HERE):
        living.setdefault(row.household_id, []).append(row)
    return People(by_id, living, homes)


_LIVES_HERE = (col(Resident.left_at).is_(None), col(Resident.merged_into).is_(None))


def _residents(session: Session, community_id: str, *conditions: Any) -> Iterable[Resident]:
    statement = select(Resident).where(Resident.community_id == community_id, *conditions)
    return session.exec(statement.order_by(col(Resident.number))).all()


@dataclass(frozen=True, slots=True)
class NotNeeded:
    """Somebody need not come, or nobody of a ticket."""

    until_at: datetime | None  # None = until withdrawn; of several, the first who is expected again
    must_not_come: bool  # never told to queue, whatever else is said


@dataclass(frozen=True, slots=True)
class Known:
    excused: Mapping[UUID, NotNeeded]  # now
    isolated: frozenset[UUID]
    green: frozenset[UUID]


def known_of(session: Session, community_id: str, people: People, now: datetime) -> Known:
    ids = people.ids
    isolated = select(NeedFlag.resident_id).where(
        NeedFlag.community_id == community_id,
        col(NeedFlag.resident_id).in_(ids),
        NeedFlag.kind == NeedKind.HOME_ISOLATION,
    )
    green = list_green_lane(session, community_id, ids)
    excused = _excused(session, community_id, ids, now)
    return Known(excused, frozenset(session.exec(isolated)), frozenset(green))


def _excused(session: Session, community_id: str, ids: Sequence[UUID], now: datetime) -> dict[UUID, NotNeeded]:
    """Of several excuses the one that holds longest says until when."""
    statement = select(Excuse.resident_id, Excuse.kind, Excuse.until_at).where(
        Excuse.community_id == community_id, col(Excuse.resident_id).in_(ids), *in_force_at(now)
    )
    excused: dict[UUID, NotNeeded] = {}
    for person, kind, until_at in session.exec(statement):
        here = NotNeeded(until_at, kind in STAYS_AWAY)
        excused[person] = _longer(excused[person], here) if person in excused else here
    return excused


def _longer(one: NotNeeded, other: NotNeeded) -> NotNeeded:
    ends = (one.until_at, other.until_at)
    known = [end for end in ends if end is not None]
    return NotNeeded(max(known) if len(known) == len(ends) else None, one.must_not_come or other.must_not_come)
