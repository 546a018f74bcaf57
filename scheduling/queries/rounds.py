"""What the managers' pages of campaigns and rounds show."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import groupby
from uuid import UUID

from sqlmodel import Session, col, func, select

from bulou.ordering import natural_key
from registry.models import Building, Compound, Household, Resident
from scheduling.models import BuildingRule, Campaign, Plan, Point, Round, SamplingSession
from scheduling.queries.setup import (
    RoundKey,
    count_heads,
    get_round,
    hours_of,
    lanes_by_point,
    list_points,
    list_rules,
    list_sampling_sessions,
    point_facts,
)
from scheduling.rules import PlanState, PointKind, RoundState
from scheduling.rules.enough import LongerHours, MoreLanes, sum_of, ways_to_enough
from scheduling.rules.hours import PointFacts, Sum, slot_starts


class Step(StrEnum):
    """What a round goes through, in this order; the page of each is a step on its home."""

    ROSTER = "roster"
    SETUP = "setup"
    PLAN = "plan"
    PUBLISH = "publish"
    DAY = "day"
    LIST = "list"


@dataclass(frozen=True, slots=True)
class RoundLine:
    id: UUID
    name: str
    state: RoundState
    version: int
    first_at: datetime | None  # None = no hours yet
    last_at: datetime | None


@dataclass(frozen=True, slots=True)
class CampaignLine:
    name: str
    rounds: tuple[RoundLine, ...]


def list_campaigns(session: Session, community_id: str) -> list[CampaignLine]:
    """The latest campaign first, and in it the latest round."""
    spans = (
        select(
            SamplingSession.round_id,
            func.min(SamplingSession.starts_at).label("first_at"),
            func.max(SamplingSession.ends_at).label("last_at"),
        )
        .where(SamplingSession.community_id == community_id)
        .group_by(col(SamplingSession.round_id))
        .subquery()
    )
    statement = (
        select(Campaign, Round, spans.c.first_at, spans.c.last_at)
        .join(Round, (col(Round.community_id) == Campaign.community_id) & (col(Round.campaign_id) == Campaign.id))
        .outerjoin(spans, spans.c.round_id == Round.id)
        .where(Campaign.community_id == community_id)
        .order_by(col(Campaign.id).desc(), col(Round.number).desc())
    )
    rows = session.exec(statement).all()
    return [
        CampaignLine(name, tuple(_round_line(row[1], row[2], row[3]) for row in group))
        for name, group in groupby(rows, key=lambda row: row[0].name)
    ]


def _round_line(round_: Round, first_at: datetime | None, last_at: datetime | None) -> RoundLine:
    return RoundLine(round_.id, round_.name, round_.state, round_.version, first_at, last_at)


@dataclass(frozen=True, slots=True)
class PointLine:
    """A point with what it can take in the whole round."""

    point: Point
    capacity: int
    lanes: tuple[int, ...]  # in each session; empty for trips from door to door


@dataclass(frozen=True, slots=True)
class RoundHome:
    """One round as its home shows it. `heads` are those to be sampled at points."""

    round: Round
    campaign: str
    sessions: tuple[SamplingSession, ...]
    points: tuple[PointLine, ...]
    slots: tuple[datetime, ...]
    sum: Sum
    ways: tuple[MoreLanes | LongerHours, ...]  # a point's name instead of its id
    has_draft: bool
    is_stale: bool  # the newest draft was made before the last change
    next_step: Step | None  # None = its life has ended


def round_home(session: Session, key: RoundKey) -> RoundHome:
    """Raises RoundNotFound."""
    round_ = get_round(session, key)
    sessions, points = list_sampling_sessions(session, key), list_points(session, key)
    hours = [hours_of(row) for row in sessions]
    facts = {str(of): fact for of, fact in point_facts(points, sessions, lanes_by_point(session, key)).items()}
    heads = count_heads(session, round_)
    total = sum_of(heads, hours, round_.slot_minutes, facts)
    draft = _newest_draft(session, key)
    names = {str(point.id): point.name for point in points}
    ways = ways_to_enough(heads, hours, round_.slot_minutes, facts)
    return RoundHome(
        round=round_,
        campaign=session.get_one(Campaign, (key[0], round_.campaign_id)).name,
        sessions=tuple(sessions),
        points=tuple(_point_line(point, facts.get(str(point.id)), hours, round_.slot_minutes) for point in points),
        slots=slot_starts(hours, round_.slot_minutes),
        sum=total,
        ways=tuple(MoreLanes(names[way.point], way.lanes) if isinstance(way, MoreLanes) else way for way in ways),
        has_draft=draft is not None,
        is_stale=draft is not None and draft,
        next_step=next_step(round_.state, heads=heads, is_enough=total.is_enough, has_draft=draft is not None),
    )


def next_step(state: RoundState, *, heads: int, is_enough: bool, has_draft: bool) -> Step | None:
    """What a manager should do next."""
    if state in (RoundState.DRAFT, RoundState.PLANNED):
        if heads == 0:
            return Step.ROSTER
        if not is_enough and not has_draft:
            return Step.SETUP
        return Step.PUBLISH if has_draft else Step.PLAN
    later = {RoundState.PUBLISHED: Step.DAY, RoundState.OPEN: Step.DAY, RoundState.CLOSED: Step.LIST}
    return later.get(state)


def _newest_draft(session: Session, key: RoundKey) -> bool | None:
    """Whether the newest plan, where it is still a draft, is stale; None where it is published or there is none."""
    plans = select(Plan.state, Plan.is_stale).where(Plan.community_id == key[0], Plan.round_id == key[1])
    newest = session.exec(plans.order_by(col(Plan.created_at).desc()).limit(1)).first()
    return newest[1] if newest and newest[0] == PlanState.DRAFT else None


def _point_line(point: Point, facts: PointFacts | None, hours: list, slot_minutes: int) -> PointLine:
    if facts is None or point.kind is PointKind.DOORSTEP:
        return PointLine(point, 0, ())
    return PointLine(point, sum_of(0, hours, slot_minutes, {"": facts}).capacity, facts.lanes)


@dataclass(frozen=True, slots=True)
class BuildingLine:
    """A building and what is special about it; `rule` None = nothing."""

    id: UUID
    name: str
    compound: str
    heads: int  # people who live there
    has_position: bool
    rule: BuildingRule | None


def list_buildings(session: Session, key: RoundKey) -> list[BuildingLine]:
    """All buildings of the community in the order people expect."""
    heads = dict(
        session.exec(
            select(Household.building_id, func.count())
            .join(
                Resident,
                (col(Resident.community_id) == Household.community_id) & (col(Resident.household_id) == Household.id),
            )
            .where(
                Household.community_id == key[0], col(Resident.left_at).is_(None), col(Resident.merged_into).is_(None)
            )
            .group_by(col(Household.building_id))
        ).all()
    )
    rules = {rule.building_id: rule for rule in list_rules(session, key)}
    lines = [
        BuildingLine(
            building.id,
            building.name,
            compound,
            heads.get(building.id, 0),
            building.x is not None and building.y is not None,
            rules.get(building.id),
        )
        for building, compound in named_buildings(session, key[0])
    ]
    return sorted(lines, key=lambda line: (natural_key(line.compound), natural_key(line.name)))


def named_buildings(session: Session, community_id: str) -> Sequence[tuple[Building, str]]:
    """Each building with its compound's name."""
    statement = (
        select(Building, Compound.name)
        .join(
            Compound, (col(Compound.community_id) == Building.community_id) & (col(Compound.id) == Building.compound_id)
        )
        .where(Building.community_id == community_id)
    )
    return session.exec(statement).all()
