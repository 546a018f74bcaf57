"""The parts of one round as they stand in the tables: hours, points, lanes, special buildings, heads."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlmodel import Session, col, func, select

from registry.models import Community, NeedFlag, Resident
from registry.rules import DOORSTEP_NEEDS
from scheduling.errors import PointNotFound, RoundNotFound, SessionNotFound
from scheduling.models import BuildingRule, Point, PointLanes, RosterEntry, Round, SamplingSession
from scheduling.rules import PointKind
from scheduling.rules.hours import Hours, PointFacts

RoundKey = tuple[str, UUID]


def get_round(session: Session, key: RoundKey, *, lock: bool = False) -> Round:
    """Raises RoundNotFound. With `lock` nobody else changes it until the transaction ends."""
    found = session.get(Round, key, with_for_update=lock or None, populate_existing=lock)
    if found is None:
        raise RoundNotFound()
    return found


def get_round_by_id(session: Session, round_id: UUID) -> Round:
    """For commands, which know the round's id alone. Raises RoundNotFound."""
    found = session.exec(select(Round).where(Round.id == round_id)).first()
    if found is None:
        raise RoundNotFound()
    return found


def time_zone(session: Session, community_id: str) -> str:
    return session.exec(select(Community.timezone).where(Community.id == community_id)).first() or "Asia/Shanghai"


def get_point(session: Session, key: RoundKey, point_id: UUID) -> Point:
    """Raises PointNotFound, also for a point of another round."""
    found = session.get(Point, (key[0], point_id))
    if found is None or found.round_id != key[1] or found.kind is PointKind.OFFICIAL:
        raise PointNotFound()
    return found


def get_sampling_session(session: Session, key: RoundKey, session_id: UUID) -> SamplingSession:
    """Raises SessionNotFound, also for a session of another round."""
    found = session.get(SamplingSession, (key[0], session_id))
    if found is None or found.round_id != key[1]:
        raise SessionNotFound()
    return found


def list_sampling_sessions(session: Session, key: RoundKey) -> Sequence[SamplingSession]:
    """In order of time."""
    where = (SamplingSession.community_id == key[0], SamplingSession.round_id == key[1])
    return session.exec(select(SamplingSession).where(*where).order_by(col(SamplingSession.starts_at))).all()


def list_points(session: Session, key: RoundKey) -> Sequence[Point]:
    """In the order in which they were made. The official list's is none to go to."""
    where = (Point.community_id == key[0], Point.round_id == key[1], Point.kind != PointKind.OFFICIAL)
    return session.exec(select(Point).where(*where).order_by(col(Point.id))).all()


def list_rules(session: Session, key: RoundKey) -> Sequence[BuildingRule]:
    return session.exec(
        select(BuildingRule).where(BuildingRule.community_id == key[0], BuildingRule.round_id == key[1])
    ).all()


def hours_of(row: SamplingSession) -> Hours:
    """The session as the rules take it."""
    breaks = tuple((datetime.fromisoformat(since), datetime.fromisoformat(until)) for since, until in row.breaks)
    return Hours(row.starts_at, row.ends_at, breaks, row.is_makeup)


def lanes_by_point(session: Session, key: RoundKey) -> dict[tuple[UUID, UUID], int]:
    """Lanes by (point, session), where they differ from the point's own number."""
    statement = (
        select(PointLanes)
        .join(Point, (col(Point.community_id) == PointLanes.community_id) & (col(Point.id) == PointLanes.point_id))
        .where(Point.community_id == key[0], Point.round_id == key[1])
    )
    return {(row.point_id, row.session_id): row.lanes for row in session.exec(statement)}


def point_facts(
    points: Sequence[Point], sessions: Sequence[SamplingSession], lanes: dict[tuple[UUID, UUID], int]
) -> dict[UUID, PointFacts]:
    """Each point with slots as the rules take it; trips from door to door have none."""
    return {
        point.id: PointFacts(
            lanes=tuple(lanes.get((point.id, open_.id), point.lanes) for open_ in sessions),
            heads_per_lane_hour=point.heads_per_lane_hour,
            utilisation=point.utilisation,
            standing_room=point.standing_room,
        )
        for point in points
        if point.kind is PointKind.LANES
    }


def count_heads(session: Session, round_: Round) -> int:
    """Heads to be sampled at points: the round's roster, or the registry's people as long as none was taken."""
    return _count_taken(session, round_) if round_.roster_taken_at else count_residents(session, round_.community_id)


def _count_taken(session: Session, round_: Round) -> int:
    entries = select(func.count()).select_from(RosterEntry)
    of_round = (RosterEntry.community_id == round_.community_id, RosterEntry.round_id == round_.id)
    return session.exec(entries.where(*of_round, col(RosterEntry.is_doorstep).is_(False))).one()


def count_residents(session: Session, community_id: str) -> int:
    """People who live here and are not visited at the door: like the roster, without all the household of whoever is."""
    visited = (
        select(Resident.household_id)
        .join(
            NeedFlag,
            (col(NeedFlag.community_id) == Resident.community_id) & (col(NeedFlag.resident_id) == Resident.id),
        )
        .where(
            Resident.community_id == community_id,
            col(Resident.left_at).is_(None),
            col(Resident.merged_into).is_(None),
            col(NeedFlag.kind).in_(list(DOORSTEP_NEEDS)),
        )
    )
    lives_here = (
        Resident.community_id == community_id,
        col(Resident.left_at).is_(None),
        col(Resident.merged_into).is_(None),
    )
    return session.exec(
        select(func.count()).select_from(Resident).where(*lives_here, col(Resident.household_id).not_in(visited))
    ).one()
