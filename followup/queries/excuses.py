"""Excuses with the doors and people they are about: what waits for review, what holds, what is over."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from accounts.models import Account
from bulou.ordering import natural_key
from registry.models import Building, Excuse, Household, Resident, Unit
from registry.queries.excuses import in_force_at
from registry.queries.people import DoorLine, fill_doors, find_doors, get_door
from registry.rules import ExcuseKind, ExcuseState, door_words

LATELY = timedelta(days=7)  # so long what is over is still listed


@dataclass(frozen=True, slots=True)
class ExcuseLine:
    """An excuse with the door and whole name it is about."""

    excuse_id: UUID
    resident_id: UUID
    household_id: UUID
    building_id: UUID
    building: str
    unit: str
    door: str
    number: int
    name: str | None
    kind: ExcuseKind
    state: ExcuseState
    from_at: datetime
    until_at: datetime | None
    note: str
    proof: str
    answer: str  # why it was rejected
    author: str
    reviewer: str
    created_at: datetime
    is_withdrawn: bool

    @property
    def whole_door(self) -> str:
        return door_words(self.building, self.unit, self.door)


@dataclass(frozen=True, slots=True)
class ProposalDoor:
    """One door and what was proposed for those behind it."""

    household_id: UUID
    door: str
    lines: tuple[ExcuseLine, ...]


@dataclass(frozen=True, slots=True)
class ProposalBuilding:
    building_id: UUID
    name: str
    count: int


def list_excuses(session: Session, community_id: str, *, at: datetime) -> list[ExcuseLine]:
    """Those in force at that instant, the latest first: whom the ledger of that instant counts as excused."""
    return _list_lines(session, community_id, in_force_at(at))


def list_to_come(session: Session, community_id: str, *, at: datetime) -> list[ExcuseLine]:
    """Accepted ones that begin later."""
    return _list_lines(session, community_id, [*_HOLDS, col(Excuse.from_at) > at])


def list_over(session: Session, community_id: str, *, at: datetime) -> list[ExcuseLine]:
    """Those that ended by themselves within the last week: nobody has to end them."""
    ended = (col(Excuse.until_at) <= at, col(Excuse.until_at) > at - LATELY)
    return _list_lines(session, community_id, [*_HOLDS, *ended])


def list_proposals(session: Session, community_id: str, household_id: UUID | None = None) -> list[ExcuseLine]:
    """What volunteers proposed and nobody has reviewed, the oldest first."""
    waiting: list[Any] = [Excuse.state == ExcuseState.PROPOSED, col(Excuse.withdrawn_at).is_(None)]
    if household_id is not None:
        waiting.append(col(Resident.household_id) == household_id)
    return _list_lines(session, community_id, waiting, oldest_first=True)


def list_reviewed(session: Session, community_id: str, household_id: UUID, *, since: datetime) -> list[ExcuseLine]:
    """What came of the proposals for a door, the latest first: whoever proposed them reads why."""
    decided = (col(Excuse.reviewed_at) >= since, col(Resident.household_id) == household_id)
    return _list_lines(session, community_id, decided)


def by_door(lines: Sequence[ExcuseLine]) -> list[ProposalDoor]:
    """The doors in the order of their oldest proposal."""
    order = {line.household_id: place for place, line in reversed(list(enumerate(lines)))}
    together = sorted(lines, key=lambda line: order[line.household_id])  # a stable sort: the oldest stays first
    doors = ((key, tuple(group)) for key, group in groupby(together, key=lambda line: line.household_id))
    return [ProposalDoor(key, group[0].whole_door, group) for key, group in doors]


def by_building(lines: Sequence[ExcuseLine]) -> list[ProposalBuilding]:
    """How many wait in each building, in the order people say them."""
    counts: dict[tuple[str, UUID], int] = {}
    for line in lines:
        key = (line.building, line.building_id)
        counts[key] = counts.get(key, 0) + 1
    rows = [ProposalBuilding(building_id, name, count) for (name, building_id), count in counts.items()]
    return sorted(rows, key=lambda row: natural_key(row.name))


@dataclass(frozen=True, slots=True)
class ExcuseChoice:
    """Somebody who may be excused with others."""

    resident_id: UUID
    door: str
    number: int
    name: str  # masked
    excuse: ExcuseKind | None  # in force now


def list_choices(
    session: Session, community_id: str, *, household_id: UUID | None, residents: Sequence[UUID], now: datetime
) -> list[ExcuseChoice]:
    """Those who were named, or everybody of a door, in walking order. Raises HouseholdNotFound."""
    if household_id:
        doors = [get_door(session, (community_id, household_id), now=now)]
    else:
        doors = _doors_of(session, community_id, residents, now)
    wanted = set(residents)
    return [
        ExcuseChoice(person.id, door.door, person.number, person.name, person.excuse)
        for door in doors
        for person in door.people
        if (not person.has_left if household_id else person.id in wanted)
    ]


def _doors_of(session: Session, community_id: str, residents: Sequence[UUID], now: datetime) -> list[DoorLine]:
    of_people = sa.select(col(Resident.household_id)).where(
        col(Resident.community_id) == community_id, col(Resident.id).in_(residents)
    )
    found = find_doors(session, community_id, [col(Household.id).in_(of_people)])
    return fill_doors(session, community_id, found, now=now, with_left=True)


_HOLDS = (Excuse.state == ExcuseState.ACCEPTED, col(Excuse.withdrawn_at).is_(None))
_author, _reviewer = aliased(Account), aliased(Account)


def _list_lines(
    session: Session, community_id: str, conditions: Sequence[Any], *, oldest_first: bool = False
) -> list[ExcuseLine]:
    made_at, made_by = col(Excuse.created_at), col(Excuse.community_id)
    statement: Any = (
        sa.select(
            Excuse,
            Resident,
            col(Household.door),
            col(Unit.name),
            Building,
            col(_author.shown_name),
            col(_reviewer.shown_name),
        )
        .join_from(Excuse, Resident)
        .join_from(Resident, Household)
        .join_from(Household, Unit)
        .join_from(Household, Building)
        .outerjoin(_author, sa.and_(col(_author.community_id) == made_by, col(_author.id) == Excuse.author_id))
        .outerjoin(_reviewer, sa.and_(col(_reviewer.community_id) == made_by, col(_reviewer.id) == Excuse.reviewer_id))
        .where(made_by == community_id, *conditions)
        .order_by(made_at if oldest_first else made_at.desc(), col(Excuse.id))
    )
    return [_line(*row) for row in session.execute(statement)]


def _line(
    row: Excuse, person: Resident, door: str, unit: str, building: Building, author: str | None, reviewer: str | None
) -> ExcuseLine:
    return ExcuseLine(
        excuse_id=row.id,
        resident_id=person.id,
        household_id=person.household_id,
        building_id=building.id,
        building=building.name,
        unit=unit,
        door=door,
        number=person.number,
        name=person.name,
        kind=row.kind,
        state=row.state,
        from_at=row.from_at,
        until_at=row.until_at,
        note=row.note,
        proof=row.proof,
        answer=row.answer,
        author=author or "",
        reviewer=reviewer or "",
        created_at=row.created_at,
        is_withdrawn=row.withdrawn_at is not None,
    )
