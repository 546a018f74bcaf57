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
from bulou.paging import PageOf, page_of
from registry.models import Building, Excuse, Household, Resident, Unit
from registry.queries.excuses import in_force_at
from registry.queries.heads import heads_at_home
from registry.queries.people import DoorLine, fill_doors, find_doors, get_door
from registry.rules import ExcuseKind, ExcuseState, door_words

PAGE = 100  # lines of each list
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
    heads: int  # who live behind the same door
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


@dataclass(frozen=True, slots=True)
class ExcusesPage:
    """What the page of excuses shows: of long lists a part."""

    buildings: tuple[ProposalBuilding, ...]  # where proposals wait
    waiting: PageOf[ExcuseLine]  # of one building, if asked
    in_force: PageOf[ExcuseLine]
    to_come: PageOf[ExcuseLine]
    over: PageOf[ExcuseLine]  # ended by themselves within the last week: nobody has to end them

    @property
    def count(self) -> int:
        return sum(row.count for row in self.buildings)


def excuses_page(
    session: Session,
    community_id: str,
    *,
    building_id: UUID | None,
    waiting_from: int,
    in_force_from: int,
    at: datetime,
) -> ExcusesPage:
    """Proposals the oldest first, all others the latest first."""

    def page(conditions: Sequence[Any], start: int = 0, **facts: bool) -> PageOf[ExcuseLine]:
        total = _count(session, community_id, conditions)
        return page_of(total, start, PAGE, lambda *part: _list_lines(session, community_id, conditions, part, **facts))

    waiting = _WAITS if building_id is None else (*_WAITS, col(Household.building_id) == building_id)
    ended = (col(Excuse.until_at) <= at, col(Excuse.until_at) > at - LATELY)
    return ExcusesPage(
        buildings=tuple(count_by_building(session, community_id)),
        waiting=page(waiting, waiting_from, oldest_first=True),
        in_force=page(in_force_at(at), in_force_from),
        to_come=page((*_HOLDS, col(Excuse.from_at) > at)),
        over=page((*_HOLDS, *ended)),
    )


def list_excuses(session: Session, community_id: str, *, at: datetime) -> list[ExcuseLine]:
    """Those in force at that instant, the latest first: whom the ledger of that instant counts as excused."""
    return _list_lines(session, community_id, in_force_at(at))


def count_proposals(session: Session, community_id: str) -> int:
    """What volunteers proposed and nobody has reviewed."""
    return _count(session, community_id, _WAITS)


def list_proposals(session: Session, community_id: str, household_id: UUID) -> list[ExcuseLine]:
    """The same of one door, the oldest first."""
    return _list_lines(session, community_id, (*_WAITS, col(Resident.household_id) == household_id), oldest_first=True)


def count_by_building(session: Session, community_id: str) -> list[ProposalBuilding]:
    """How many wait in each building, in the order people say them."""
    statement: Any = (
        _homes(col(Building.id), col(Building.name), sa.func.count())
        .where(col(Excuse.community_id) == community_id, *_WAITS)
        .group_by(col(Building.id), col(Building.name))
    )
    rows = [ProposalBuilding(*row) for row in session.execute(statement)]
    return sorted(rows, key=lambda row: natural_key(row.name))


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


_HOLDS = (col(Excuse.state) == ExcuseState.ACCEPTED, col(Excuse.withdrawn_at).is_(None))
_WAITS = (col(Excuse.state) == ExcuseState.PROPOSED, col(Excuse.withdrawn_at).is_(None))
_author, _reviewer = aliased(Account), aliased(Account)


def _count(session: Session, community_id: str, conditions: Sequence[Any]) -> int:
    statement = _homes(sa.func.count()).where(col(Excuse.community_id) == community_id, *conditions)
    heads: int = session.execute(statement).scalar_one()
    return heads


def _homes(*columns: Any) -> Any:
    """These columns of excuses, whose they are, their door and building."""
    joined = sa.select(*columns).join_from(Excuse, Resident).join_from(Resident, Household)
    return joined.join_from(Household, Building)


def _list_lines(
    session: Session,
    community_id: str,
    conditions: Sequence[Any],
    part: tuple[int, int] | None = None,  # the first line and how many; None = all
    *,
    oldest_first: bool = False,
) -> list[ExcuseLine]:
    made_at = col(Excuse.created_at)
    order = (made_at if oldest_first else made_at.desc(), col(Excuse.id))
    statement = _LINES.where(col(Excuse.community_id) == community_id, *conditions).order_by(*order)
    if part is not None:
        statement = statement.offset(part[0]).limit(part[1])
    return [_line(*row) for row in session.execute(statement)]


def _account(account: Any, column: Any) -> Any:
    return sa.and_(col(account.community_id) == col(Excuse.community_id), col(account.id) == column)


_LINES: Any = (
    sa.select(
        Excuse,
        Resident,
        heads_at_home(Resident.__table__),  # type: ignore[attr-defined]
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
    .outerjoin(_author, _account(_author, col(Excuse.author_id)))
    .outerjoin(_reviewer, _account(_reviewer, col(Excuse.reviewer_id)))
)


def _line(
    row: Excuse,
    person: Resident,
    heads: int,
    door: str,
    unit: str,
    building: Building,
    author: str | None,
    reviewer: str | None,
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
        heads=heads,
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
