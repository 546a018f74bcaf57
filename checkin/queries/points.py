"""A point as those who work there see it: when it is open, and how many have come."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col, select

from checkin.errors import PointNotFound
from checkin.models import Scan
from registry.models import Community
from scheduling.models import Assignment, Plan, Point, PointLanes, RosterEntry, Round, SamplingSession
from scheduling.rules import PointKind, RoundState

PointKey = tuple[str, UUID]  # community_id, id


@dataclass(frozen=True, slots=True)
class OpenHours:
    starts_at: datetime
    ends_at: datetime
    breaks: tuple[tuple[str, str], ...]  # ISO 8601
    is_makeup: bool
    lanes: int  # 0 = closed


@dataclass(frozen=True, slots=True)
class PointPage:
    id: UUID
    name: str
    address: str
    kind: PointKind
    code: str
    contact_name: str
    contact_phone: str
    lanes: int
    counts_entrance: bool
    round_id: UUID
    round_name: str
    state: RoundState
    version: int  # of the plan in force
    opened_at: datetime | None
    closed_at: datetime | None
    hours: tuple[OpenHours, ...]


@dataclass(frozen=True, slots=True)
class PointCounts:
    """In heads. `expected_now`: called to this point for now, and not sampled yet."""

    as_of: datetime
    sampled: int
    arrived: int
    waiting: int  # arrived and not sampled
    expected_now: int


def get_point_page(session: Session, key: PointKey) -> PointPage:
    """Raises PointNotFound."""
    point, round_ = get_point(session, key)
    return PointPage(
        id=point.id,
        name=point.name,
        address=point.address,
        kind=point.kind,
        code=point.code,
        contact_name=point.contact_name,
        contact_phone=point.contact_phone,
        lanes=point.lanes,
        counts_entrance=point.counts_entrance,
        round_id=round_.id,
        round_name=round_.name,
        state=round_.state,
        version=round_.version,
        opened_at=round_.opened_at,
        closed_at=round_.closed_at,
        hours=tuple(_hours(session, point)),
    )


def get_point(session: Session, key: PointKey) -> tuple[Point, Round]:
    """The point and its round. Raises PointNotFound."""
    point = session.get(Point, key)
    if point is None:
        raise PointNotFound()
    return point, session.get_one(Round, (key[0], point.round_id))


def find_community_of_point(session: Session, point_id: UUID) -> Community | None:
    """Whose point this is, for whoever is not signed in; ids are never used twice."""
    owner = col(Community.id) == col(Point.community_id)
    return session.exec(select(Community).join(Point, owner).where(Point.id == point_id)).first()


def _hours(session: Session, point: Point) -> list[OpenHours]:
    of_round = (SamplingSession.community_id == point.community_id, SamplingSession.round_id == point.round_id)
    sessions = session.exec(select(SamplingSession).where(*of_round).order_by(col(SamplingSession.starts_at))).all()
    of_point = (PointLanes.community_id == point.community_id, PointLanes.point_id == point.id)
    lanes = {row.session_id: row.lanes for row in session.exec(select(PointLanes).where(*of_point))}
    return [
        OpenHours(
            row.starts_at,
            row.ends_at,
            tuple((since, until) for since, until in row.breaks),
            row.is_makeup,
            lanes.get(row.id, point.lanes),
        )
        for row in sessions
    ]


def count_at_point(session: Session, key: PointKey, *, now: datetime) -> PointCounts:
    """Raises PointNotFound."""
    point, round_ = get_point(session, key)
    arrived, waiting = _count_arrived(session, point)
    return PointCounts(
        now, _count_sampled(session, point), arrived, waiting, _count_expected(session, point, round_, now)
    )


def _count_sampled(session: Session, point: Point) -> int:
    """Those whose winning scan was made here."""
    statement = (
        select(sa.func.count())
        .select_from(Scan)
        .join(
            RosterEntry,
            (col(RosterEntry.community_id) == Scan.community_id)
            & (col(RosterEntry.round_id) == Scan.round_id)
            & (col(RosterEntry.resident_id) == Scan.resident_id)
            & (col(RosterEntry.sampled_scan_id) == Scan.id),
        )
        .where(Scan.community_id == point.community_id, Scan.point_id == point.id)
    )
    return session.exec(statement).one()


def _count_arrived(session: Session, point: Point) -> tuple[int, int]:
    is_waiting = sa.case((col(RosterEntry.sampled_at).is_(None), 1), else_=0)
    statement = select(sa.func.count(), sa.func.coalesce(sa.func.sum(is_waiting), 0)).where(
        RosterEntry.community_id == point.community_id,
        RosterEntry.round_id == point.round_id,
        RosterEntry.arrived_point_id == point.id,
    )
    arrived, waiting = session.exec(statement).one()
    return int(arrived), int(waiting)


def _count_expected(session: Session, point: Point, round_: Round, now: datetime) -> int:
    statement = (
        select(sa.func.count())
        .select_from(Plan)
        .join(
            Assignment,
            (col(Assignment.community_id) == Plan.community_id) & (col(Assignment.plan_id) == Plan.id),
        )
        .join(
            RosterEntry,
            (col(RosterEntry.community_id) == Assignment.community_id)
            & (col(RosterEntry.round_id) == Plan.round_id)
            & (col(RosterEntry.cohort_id) == Assignment.cohort_id),
        )
        .where(
            Plan.community_id == point.community_id,
            Plan.round_id == point.round_id,
            Plan.version == round_.version,
            Assignment.point_id == point.id,
            Assignment.starts_at <= now,
            Assignment.ends_at > now,
            col(RosterEntry.sampled_at).is_(None),
        )
    )
    return session.exec(statement).one()
