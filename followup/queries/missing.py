"""Who is missing, by door: since when, why, and who knocks."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col, func, select

from bulou.ordering import natural_key
from followup.queries.attempts import list_attempts
from followup.queries.coverage import excuses_at, ledger_instant
from followup.rules import MissingState, VisitOutcome, missing_state
from registry.models import Building, Excuse, Household, NeedFlag, Resident, Unit
from registry.queries.heads import heads_at_home
from registry.rules import ExcuseKind, ExcuseState, NeedKind, door_words
from scheduling.models import Assignment, Plan, Point, RosterEntry, Round, SamplingSession
from scheduling.rules import RoundState

_resident = Resident.__table__  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class MissingPerson:
    """Somebody expected who has not been sampled. The name is whole: whoever shows it masks it."""

    resident_id: UUID
    number: int
    heads: int  # who live behind the same door
    name: str | None  # None = known only as a head
    state: MissingState
    needs: tuple[NeedKind, ...] = ()
    proposal: ExcuseKind | None = None  # kind of an excuse that waits for review


@dataclass(frozen=True, slots=True)
class LastAttempt:
    outcome: VisitOutcome
    made_at: datetime
    come_at: datetime | None
    note: str
    times: int  # attempts at this door in this round, this one included


@dataclass(frozen=True, slots=True)
class MissingDoor:
    """One door behind which somebody is missing."""

    household_id: UUID
    building_id: UUID
    building: str
    unit: str
    floor: int | None
    room: str  # the door within its unit
    door: str  # the whole door as people say it
    people: tuple[MissingPerson, ...]
    point: str | None  # None = no place in the plan
    from_at: datetime | None
    until_at: datetime | None
    attempt: LastAttempt | None


def list_missing(
    session: Session,
    round_: Round,
    *,
    now: datetime,
    buildings: Sequence[UUID] | None = None,
    household: UUID | None = None,
) -> list[MissingDoor]:
    """Every door with somebody missing, in the order of building, unit, floor and door. `buildings` None = all."""
    at = ledger_instant(round_, now)
    people = _people(session, round_, at, buildings, household)
    attempts = _attempts(session, round_, household)
    ends_at = round_ends_at(session, round_)
    needs = _needs(session, round_.community_id, [row.resident_id for row in people])
    proposals = _proposals(session, round_.community_id)
    doors = [
        _door(list(group), attempts, needs, proposals, round_, ends_at, at)
        for _, group in groupby(people, key=lambda row: row.household_id)
    ]
    return sorted(doors, key=lambda door: (natural_key(door.building), natural_key(door.unit), natural_key(door.door)))


def _people(
    session: Session, round_: Round, at: datetime, buildings: Sequence[UUID] | None, household: UUID | None
) -> list[Any]:
    entry, excuses = RosterEntry, excuses_at(round_.community_id, at)
    same = entry.community_id
    statement: Any = (
        sa.select(
            col(entry.resident_id),
            col(entry.household_id),
            col(entry.building_id),
            col(Building.name).label("building"),
            col(Unit.name).label("unit"),
            col(Household.door),
            col(Household.floor),
            col(Resident.number),
            col(Resident.name).label("person"),
            heads_at_home(_resident).label("heads"),
            col(Point.name).label("point"),
            col(Assignment.starts_at),
            col(Assignment.ends_at),
        )
        .join_from(entry, Resident)
        .join_from(entry, Household)
        .join_from(Household, Unit)
        .join_from(Household, Building)
        .outerjoin(
            Plan,
            sa.and_(
                col(Plan.community_id) == same,
                col(Plan.round_id) == col(entry.round_id),
                col(Plan.version) == round_.version,
            ),
        )
        .outerjoin(
            Assignment,
            sa.and_(
                col(Assignment.community_id) == same,
                col(Assignment.plan_id) == col(Plan.id),
                col(Assignment.cohort_id) == col(entry.cohort_id),
            ),
        )
        .outerjoin(Point, sa.and_(col(Point.community_id) == same, col(Point.id) == col(Assignment.point_id)))
        .outerjoin(excuses, excuses.c.resident_id == col(entry.resident_id))
        .where(col(same) == round_.community_id, col(entry.round_id) == round_.id)
        .where(col(entry.sampled_at).is_(None), excuses.c.kind.is_(None))
        .order_by(col(entry.household_id), col(Resident.number))
    )
    if buildings is not None:
        statement = statement.where(col(entry.building_id).in_(list(buildings)))
    if household is not None:
        statement = statement.where(col(entry.household_id) == household)
    return list(session.connection().execute(statement))


def _door(
    people: list[Any],
    attempts: dict[UUID, LastAttempt],
    needs: dict[UUID, tuple[NeedKind, ...]],
    proposals: dict[UUID, ExcuseKind],
    round_: Round,
    ends_at: datetime,
    at: datetime,
) -> MissingDoor:
    first = people[0]
    # A round that was cancelled is closed to scans, but nobody has missed it.
    is_closed = round_.closed_at is not None and round_.state is not RoundState.CANCELLED
    state = missing_state(is_closed=is_closed, called_until=first.ends_at, round_ends_at=ends_at, at=at)
    return MissingDoor(
        household_id=first.household_id,
        building_id=first.building_id,
        building=first.building,
        unit=first.unit,
        floor=first.floor,
        room=first.door,
        door=door_words(first.building, first.unit, first.door),
        people=tuple(
            MissingPerson(
                row.resident_id,
                row.number,
                row.heads,
                row.person,
                state,
                needs.get(row.resident_id, ()),
                proposals.get(row.resident_id),
            )
            for row in people
        ),
        point=first.point,
        from_at=first.starts_at,
        until_at=first.ends_at,
        attempt=attempts.get(first.household_id),
    )


def round_ends_at(session: Session, round_: Round) -> datetime:
    """When the last hours of the round end; far in the future where it has none."""
    statement = select(func.max(SamplingSession.ends_at)).where(
        SamplingSession.community_id == round_.community_id, SamplingSession.round_id == round_.id
    )
    return session.exec(statement).one() or datetime.max.replace(tzinfo=round_.created_at.tzinfo)


def _attempts(session: Session, round_: Round, household: UUID | None) -> dict[UUID, LastAttempt]:
    """The latest attempt (made at, id) at each door rules."""
    latest: dict[UUID, LastAttempt] = {}
    for row, door, _author in list_attempts(session, round_, household):
        times = latest[door].times + 1 if door in latest else 1
        latest[door] = LastAttempt(row.outcome, row.made_at, row.come_at, row.note, times)
    return latest


def _needs(session: Session, community_id: str, residents: Iterable[UUID]) -> dict[UUID, tuple[NeedKind, ...]]:
    wanted = set(residents)
    needs: dict[UUID, tuple[NeedKind, ...]] = {}
    for row in session.exec(select(NeedFlag).where(NeedFlag.community_id == community_id)):
        if row.resident_id in wanted:
            needs[row.resident_id] = (*needs.get(row.resident_id, ()), row.kind)
    return needs


def _proposals(session: Session, community_id: str) -> dict[UUID, ExcuseKind]:
    statement = select(Excuse.resident_id, Excuse.kind).where(
        Excuse.community_id == community_id, Excuse.state == ExcuseState.PROPOSED
    )
    return {resident_id: ExcuseKind(kind) for resident_id, kind in session.exec(statement)}
