"""What residents see of a round: the version in force, contacts entered to be public, nothing of any person."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import Session, col, func, select

from bulou.ordering import natural_key
from registry.models import Community, Unit
from scheduling.models import Assignment, Campaign, Cohort, Plan, Point, RosterEntry, Round
from scheduling.queries.rounds import named_buildings
from scheduling.queries.setup import hours_of, list_points, list_sampling_sessions
from scheduling.rules import RoundState
from scheduling.rules.cohorts import Span, say_span
from scheduling.rules.hours import Hours

Stamp = tuple[str, str, int, str]


@dataclass(frozen=True, slots=True)
class PublicHead:
    """The round and the version that is in force; version 0 = nothing published."""

    community_id: str
    round_id: UUID
    community: str
    timezone: str
    campaign: str
    round: str
    code: str
    state: RoundState
    version: int
    published_at: datetime | None
    bring: str
    cancelled_because: str  # empty = not said, or not cancelled


@dataclass(frozen=True, slots=True)
class PublicPoint:
    id: UUID
    name: str
    address: str
    code: str
    contact_name: str
    contact_phone: str
    volunteers: str
    x: float | None
    y: float | None


@dataclass(frozen=True, slots=True)
class PublicBuilding:
    id: UUID
    name: str
    compound: str
    code: str
    x: float | None
    y: float | None


@dataclass(frozen=True, slots=True)
class PublicRow:
    """Who is called together. `point` and the times None = no place yet. `heads` when the plan was made."""

    cohort_id: UUID
    building_id: UUID
    unit: str
    span: Span
    heads: int
    point_id: UUID | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None

    @property
    def who(self) -> str:
        """In the reader's language; empty = the whole building."""
        return say_span(self.unit, self.span)


@dataclass(frozen=True, slots=True)
class PublicPlan:
    """`buildings` in the order people expect, `rows` by building, unit and floor."""

    head: PublicHead
    hours: tuple[Hours, ...]
    points: tuple[PublicPoint, ...]
    buildings: tuple[PublicBuilding, ...]
    rows: tuple[PublicRow, ...]

    def point(self, point_id: UUID | None) -> PublicPoint | None:
        return next((point for point in self.points if point.id == point_id), None)

    def rows_of(self, building_id: UUID) -> tuple[PublicRow, ...]:
        return tuple(row for row in self.rows if row.building_id == building_id)


def find_stamp(session: Session, code: str) -> Stamp | None:
    """Changes whenever the round's public pages do; None = no such round. Cheap, for it is asked at every request."""
    statement = select(Round.id, Round.state, Round.version, Round.changed_at).where(Round.code == code)
    found = session.connection().execute(statement).first()
    return (str(found[0]), str(found[1]), int(found[2]), str(found[3])) if found else None


def find_round_by_code(session: Session, code: str) -> Round | None:
    return session.exec(select(Round).where(Round.code == code)).first()


def read_head(session: Session, round_: Round) -> PublicHead:
    community = session.get_one(Community, round_.community_id)
    return PublicHead(
        community_id=round_.community_id,
        round_id=round_.id,
        community=community.name,
        timezone=community.timezone,
        campaign=session.get_one(Campaign, (round_.community_id, round_.campaign_id)).name,
        round=round_.name,
        code=round_.code,
        state=round_.state,
        version=round_.version,
        published_at=round_.published_at,
        bring=round_.bring,
        cancelled_because=round_.cancelled_because,
    )


def read_public_plan(session: Session, round_: Round, building_code: str | None = None) -> PublicPlan:
    """The version in force; with a building's code only that building's rows. Nobody has a place before publishing."""
    key = (round_.community_id, round_.id)
    buildings = _buildings(session, round_.community_id)
    of_building = next((b.id for b in buildings if b.code == building_code), None)
    return PublicPlan(
        head=read_head(session, round_),
        hours=tuple(hours_of(row) for row in list_sampling_sessions(session, key)),
        points=tuple(_point(point) for point in list_points(session, key)),
        buildings=buildings,
        rows=_rows(session, round_, buildings, of_building),
    )


def _point(point: Point) -> PublicPoint:
    return PublicPoint(
        point.id,
        point.name,
        point.address,
        point.code,
        point.contact_name,
        point.contact_phone,
        point.volunteers,
        point.x,
        point.y,
    )


def _buildings(session: Session, community_id: str) -> tuple[PublicBuilding, ...]:
    found = [
        PublicBuilding(building.id, building.name, compound, building.code, building.x, building.y)
        for building, compound in named_buildings(session, community_id)
    ]
    return tuple(sorted(found, key=lambda b: (natural_key(b.compound), natural_key(b.name))))


def _rows(
    session: Session, round_: Round, buildings: Sequence[PublicBuilding], building_id: UUID | None
) -> tuple[PublicRow, ...]:
    plan = _plan_in_force(session, round_)
    if plan is None:
        return ()
    statement = (
        select(Cohort, Unit.name, Assignment)
        .join(Unit, (col(Unit.community_id) == Cohort.community_id) & (col(Unit.id) == Cohort.unit_id))
        .outerjoin(
            Assignment,
            (col(Assignment.community_id) == Cohort.community_id)
            & (col(Assignment.cohort_id) == Cohort.id)
            & (col(Assignment.plan_id) == plan[0]),
        )
        .where(Cohort.community_id == round_.community_id, Cohort.round_id == round_.id)
        .order_by(col(Cohort.position), col(Cohort.id))
    )
    if building_id is not None:
        statement = statement.where(Cohort.building_id == building_id)
    unplaced = _unplaced_heads(session, round_, plan[1])
    places = {building.id: place for place, building in enumerate(buildings)}
    found = [
        _row(cohort, unit, assignment, unplaced.get(cohort.id, 0))
        for cohort, unit, assignment in session.exec(statement)
        if assignment is not None or cohort.id in unplaced
    ]
    return tuple(sorted(found, key=lambda row: (places.get(row.building_id, 0), natural_key(row.unit))))


def _row(cohort: Cohort, unit: str, assignment: Assignment | None, heads: int) -> PublicRow:
    span = Span(cohort.first_floor, cohort.last_floor, cohort.first_door, cohort.last_door)
    if assignment is None:
        return PublicRow(cohort.id, cohort.building_id, unit, span, heads)
    place = (assignment.point_id, assignment.starts_at, assignment.ends_at)
    return PublicRow(cohort.id, cohort.building_id, unit, span, assignment.heads, *place)


def _plan_in_force(session: Session, round_: Round) -> tuple[UUID, set[str]] | None:
    """The plan and the cohorts that it has no place for; None = nothing is published."""
    if round_.version == 0:
        return None
    where = (Plan.community_id == round_.community_id, Plan.round_id == round_.id, Plan.version == round_.version)
    found = session.exec(select(Plan.id, Plan.result).where(*where)).first()
    if found is None:
        return None
    return found[0], {str(one["cohort"]) for one in found[1].get("unplaced", [])}


def _unplaced_heads(session: Session, round_: Round, unplaced: set[str]) -> dict[UUID, int]:
    if not unplaced:
        return {}
    of_round = (RosterEntry.community_id == round_.community_id, RosterEntry.round_id == round_.id)
    statement = select(RosterEntry.cohort_id, func.count()).where(*of_round).group_by(col(RosterEntry.cohort_id))
    return {cohort: heads for cohort, heads in session.exec(statement) if cohort and str(cohort) in unplaced}
