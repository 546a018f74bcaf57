"""Which lists a round has to print, and who stands on each, in the order of the screen."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col, select

from bulou.ordering import natural_key
from registry.models import Building, Compound, Household, Resident, Unit
from scheduling.models import Assignment, Cohort, Plan, Point, RosterEntry, Round


@dataclass(frozen=True, slots=True)
class LaneSlot:
    """A slot of a point that somebody is called to."""

    point_id: UUID
    point: str
    starts_at: datetime
    ends_at: datetime
    heads: int  # on the roster now


@dataclass(frozen=True, slots=True)
class DoorBuilding:
    id: UUID
    name: str  # with its compound's
    heads: int
    doorstep_heads: int


def list_lane_slots(session: Session, round_: Round) -> list[LaneSlot]:
    """By point and time, of the plan in force."""
    statement = (
        select(Point.id, Point.name, Assignment.starts_at, sa.func.max(Assignment.ends_at), sa.func.count())  # type: ignore[call-overload]
        .select_from(Assignment)
        .join(Plan, _is_of(Plan, Assignment, "plan_id"))
        .join(Point, _is_of(Point, Assignment, "point_id"))
        .join(RosterEntry, _entry_of(round_) & (col(RosterEntry.cohort_id) == Assignment.cohort_id))
        .where(*_in_force(round_))
        .group_by(col(Point.id), col(Point.name), col(Assignment.starts_at))
        .order_by(col(Point.id), col(Assignment.starts_at))
    )
    return [LaneSlot(*row) for row in session.exec(statement)]


def list_door_buildings(session: Session, round_: Round) -> list[DoorBuilding]:
    """Buildings with somebody on the roster, in the order people expect."""
    at_door = sa.func.sum(sa.case((col(RosterEntry.is_doorstep), 1), else_=0))
    statement = (
        select(Building.id, Compound.name, Building.name, sa.func.count(), at_door)  # type: ignore[call-overload]
        .join(Compound, _is_of(Compound, Building, "compound_id"))
        .join(RosterEntry, _entry_of(round_) & (col(RosterEntry.building_id) == Building.id))
        .where(Building.community_id == round_.community_id)
        .group_by(col(Building.id), col(Compound.name), col(Building.name))
    )
    rows = sorted(session.exec(statement).all(), key=lambda row: (natural_key(row[1]), natural_key(row[2])))
    has_several = len({row[1] for row in rows}) > 1
    return [DoorBuilding(r[0], f"{r[1]} {r[2]}" if has_several else r[2], r[3], int(r[4])) for r in rows]


def people_of_slot(session: Session, round_: Round, point_id: UUID, starts_at: datetime) -> list[UUID]:
    """Cohorts in the order in which they are called, in each the households floor by floor."""
    places = (
        select(Assignment.cohort_id, Cohort.position)
        .join(Plan, _is_of(Plan, Assignment, "plan_id"))
        .join(Cohort, _is_of(Cohort, Assignment, "cohort_id"))
        .where(*_in_force(round_), Assignment.point_id == point_id, Assignment.starts_at == starts_at)
    )
    position = dict(session.exec(places).all())
    found = _rows(session, round_, col(RosterEntry.cohort_id).in_(position))
    return [row.id for row in sorted(found, key=lambda row: (position[row.cohort_id], *_walking_order(row)))]


def people_of_building(
    session: Session, round_: Round, building_id: UUID, *, only_doorstep: bool = False
) -> list[UUID]:
    """Door by door, unit by unit, from the lowest floor up."""
    conditions: list[Any] = [col(RosterEntry.building_id) == building_id]
    if only_doorstep:
        conditions.append(col(RosterEntry.is_doorstep))
    return [row.id for row in sorted(_rows(session, round_, *conditions), key=_walking_order)]


def _walking_order(row: Any) -> tuple[Any, ...]:
    return natural_key(row.unit), row.floor or 0, natural_key(row.door), row.number


def _rows(session: Session, round_: Round, *conditions: Any) -> Sequence[Any]:
    columns: Iterable[Any] = (
        Resident.id,
        Resident.number,
        RosterEntry.cohort_id,
        Household.door,
        Household.floor,
        col(Unit.name).label("unit"),
    )
    statement = (
        sa.select(*columns)
        .select_from(RosterEntry)
        .join(Resident, _is_of(Resident, RosterEntry, "resident_id"))
        .join(Household, _is_of(Household, RosterEntry, "household_id"))
        .join(Unit, _is_of(Unit, Household, "unit_id"))
        .where(_entry_of(round_), *conditions)
    )
    return session.connection().execute(statement).all()


def _is_of(parent: Any, child: Any, column: str) -> Any:
    return (col(parent.community_id) == child.community_id) & (col(parent.id) == getattr(child, column))


def _entry_of(round_: Round) -> Any:
    return (col(RosterEntry.community_id) == round_.community_id) & (col(RosterEntry.round_id) == round_.id)


def _in_force(round_: Round) -> tuple[Any, ...]:
    of_round = (Plan.community_id == round_.community_id, Plan.round_id == round_.id)
    return (*of_round, col(Plan.version).is_not(None), Plan.version == round_.version)
