"""All that decides the plan of a round, read from the tables as the rules take it."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col, func, select

from registry.models import Building, Excuse, NeedFlag
from registry.queries.excuses import in_force_throughout
from registry.rules import NeedKind
from scheduling.models import Assignment, Cohort, Pin, Plan, Point, RosterEntry, Round
from scheduling.queries.setup import (
    hours_of,
    lanes_by_point,
    list_points,
    list_rules,
    list_sampling_sessions,
    point_facts,
)
from scheduling.rules.cohorts import smallest_slot
from scheduling.rules.hours import capacity_per_slot, slot_starts
from scheduling.rules.problems import PlannedBuilding, PlannedPoint, RoundFacts

# Called early: standing and waiting is hardest on them.
FRAIL_NEEDS = (NeedKind.FRAIL, NeedKind.PREGNANT, NeedKind.INFANT, NeedKind.DIALYSIS)


@dataclass(frozen=True, slots=True)
class Grid:
    """The slots of a round and what each point takes in them; `lane_more` is what one lane more would add, slot by slot."""

    slot_minutes: int
    starts: tuple[datetime, ...]
    points: tuple[PlannedPoint, ...]
    lane_more: Mapping[str, tuple[int, ...]] = field(default_factory=dict)

    def ends_at(self, slot: int) -> datetime:
        return self.starts[slot] + timedelta(minutes=self.slot_minutes)


@dataclass(frozen=True, slots=True)
class BuildingRuleFacts:
    tier: str = "normal"
    window: tuple[int, int] | None = None
    point_ids: tuple[str, ...] | None = None


def read_grid(session: Session, round_: Round) -> Grid:
    """Points with lanes and their capacity, slot by slot; doorstep points and make-up sessions are not in it."""
    key = (round_.community_id, round_.id)
    sessions = list_sampling_sessions(session, key)
    hours = [hours_of(row) for row in sessions]
    rows = {point.id: point for point in list_points(session, key)}
    facts = point_facts(list(rows.values()), sessions, lanes_by_point(session, key))
    points = tuple(
        PlannedPoint(
            id=str(id_),
            capacity=capacity_per_slot(hours, round_.slot_minutes, fact),
            tiers=tuple(rows[id_].tiers),
            x=rows[id_].x,
            y=rows[id_].y,
        )
        for id_, fact in facts.items()
    )
    more = {
        str(id_): capacity_per_slot(
            hours, round_.slot_minutes, replace(fact, lanes=tuple(lanes + 1 if lanes else 0 for lanes in fact.lanes))
        )
        for id_, fact in facts.items()
    }
    lane_more = {p.id: tuple(b - a for a, b in zip(p.capacity, more[p.id], strict=True)) for p in points}
    return Grid(round_.slot_minutes, slot_starts(hours, round_.slot_minutes), points, lane_more)


def read_rules(session: Session, round_: Round, slots: int) -> dict[UUID, BuildingRuleFacts]:
    """What is special about buildings in this round."""
    return {
        rule.building_id: BuildingRuleFacts(
            rule.tier,
            None
            if rule.first_slot is None and rule.last_slot is None
            else (rule.first_slot or 0, slots - 1 if rule.last_slot is None else rule.last_slot),
            None if rule.point_ids is None else tuple(rule.point_ids),
        )
        for rule in list_rules(session, (round_.community_id, round_.id))
    }


def largest_cohorts(session: Session, round_: Round) -> dict[UUID, int | None]:
    """The largest cohort of each building: one that fits into every open slot it may be called in."""
    grid = read_grid(session, round_)
    rules = read_rules(session, round_, len(grid.starts))
    buildings = session.exec(select(Building.id).where(Building.community_id == round_.community_id)).all()
    return {building: _largest_cohort(grid, rules.get(building, BuildingRuleFacts())) for building in buildings}


def _largest_cohort(grid: Grid, rule: BuildingRuleFacts) -> int | None:
    window = rule.window or (0, len(grid.starts) - 1)
    serving = [
        point.capacity
        for point in grid.points
        if rule.tier in point.tiers and (rule.point_ids is None or point.id in rule.point_ids)
    ]
    return smallest_slot(serving, window)


def read_facts(session: Session, round_: Round, heads: Mapping[UUID, int]) -> tuple[RoundFacts, Grid]:
    """Everything the planner's problem is made of. Cohorts must have been cut; `heads` says how many each has."""
    grid = read_grid(session, round_)
    facts = RoundFacts(
        slot_minutes=round_.slot_minutes,
        slots=len(grid.starts),
        points=grid.points,
        buildings=_buildings(session, round_, heads, len(grid.starts)),
        max_walk_metres=round_.max_walk_metres,
        weights=round_.weights,
        previous=_previous(session, round_),
        pins=_pins(session, round_, grid),
    )
    return facts, grid


def read_places_in_force(session: Session, round_: Round, grid: Grid) -> dict[str, tuple[str, int]]:
    """The places of the version in force, by the slots as they are now."""
    slots = {starts_at: slot for slot, starts_at in enumerate(grid.starts)}
    in_force = (
        select(Assignment.cohort_id, Assignment.point_id, Assignment.starts_at)
        .join(Plan, (col(Plan.community_id) == Assignment.community_id) & (col(Plan.id) == Assignment.plan_id))
        .where(*_of_round(Plan, round_), Plan.version == round_.version)
    )
    return {
        str(cohort): (str(point), slots[starts_at])
        for cohort, point, starts_at in session.exec(in_force)
        if starts_at in slots
    }


def count_cohort_heads(session: Session, round_: Round) -> dict[UUID, int]:
    """Heads of each cohort that somebody belongs to."""
    statement = (
        select(RosterEntry.cohort_id, func.count())
        .where(*_of_round(RosterEntry, round_), col(RosterEntry.cohort_id).is_not(None))
        .group_by(col(RosterEntry.cohort_id))
    )
    return {cohort: heads for cohort, heads in session.exec(statement) if cohort is not None}


def count_due_heads(session: Session, round_: Round, grid: Grid, *, now: datetime) -> dict[UUID, int]:
    """Heads of each cohort that are still to come: neither sampled nor arrived, nor excused through all hours left.
    Cohorts without any are not in it. Who comes back while points are open needs room."""
    throughout = in_force_throughout(max(now, grid.starts[0]), grid.ends_at(len(grid.starts) - 1), now=now)
    excused = sa.select(col(Excuse.resident_id)).where(col(Excuse.community_id) == round_.community_id, *throughout)
    entry = RosterEntry
    statement = (
        select(entry.cohort_id, func.count())
        .where(*_of_round(entry, round_), col(entry.cohort_id).is_not(None))
        .where(col(entry.sampled_at).is_(None), col(entry.arrived_at).is_(None))
        .where(col(entry.resident_id).not_in(excused))
        .group_by(col(entry.cohort_id))
    )
    return {cohort: heads for cohort, heads in session.exec(statement) if cohort is not None}


def _buildings(session: Session, round_: Round, heads: Mapping[UUID, int], slots: int) -> tuple[PlannedBuilding, ...]:
    frail = _frail_heads(session, round_)
    rules = read_rules(session, round_, slots)
    cohorts: dict[UUID, list[tuple[str, int]]] = defaultdict(list)
    in_order = select(Cohort).where(*_of_round(Cohort, round_)).order_by(col(Cohort.position), col(Cohort.id))
    for cohort in session.exec(in_order):
        if cohort.id in heads:
            cohorts[cohort.building_id].append((str(cohort.id), heads[cohort.id]))
    places = select(Building.id, Building.x, Building.y).where(Building.community_id == round_.community_id)
    position = {id_: (x, y) for id_, x, y in session.exec(places)}
    planned = []
    for building, members in cohorts.items():
        (x, y), rule = position[building], rules.get(building, BuildingRuleFacts())
        facts = {"tier": rule.tier, "window": rule.window, "point_ids": rule.point_ids}
        planned.append(PlannedBuilding(str(building), tuple(members), x, y, **facts, frail_heads=frail[building]))  # type: ignore[arg-type]
    return tuple(planned)


def _frail_heads(session: Session, round_: Round) -> Counter[UUID]:
    statement = (
        sa.select(col(RosterEntry.building_id), func.count(sa.distinct(col(RosterEntry.resident_id))))
        .join(
            NeedFlag,
            (col(NeedFlag.community_id) == col(RosterEntry.community_id))
            & (col(NeedFlag.resident_id) == col(RosterEntry.resident_id)),
        )
        .where(*_of_round(RosterEntry, round_), col(NeedFlag.kind).in_(FRAIL_NEEDS))
        .where(col(RosterEntry.cohort_id).is_not(None))
        .group_by(col(RosterEntry.building_id))
    )
    return Counter({building: heads for building, heads in session.connection().execute(statement) if building})


def _pins(session: Session, round_: Round, grid: Grid) -> dict[str, tuple[str, int]]:
    """Orders by hand that can still be carried out: where the hour or the point is gone, so is the order."""
    slots = {starts_at: slot for slot, starts_at in enumerate(grid.starts)}
    points = {point.id for point in grid.points}
    pins = session.exec(select(Pin).where(*_of_round(Pin, round_)))
    return {
        str(pin.cohort_id): (str(pin.point_id), slots[pin.starts_at])
        for pin in pins
        if pin.starts_at in slots and str(pin.point_id) in points
    }


def _previous(session: Session, round_: Round) -> dict[str, str]:
    """Where each building went: in the version in force, else in the last round of the campaign, by the point's name."""
    if round_.version:
        return _sent_to(session, round_, round_)
    earlier = (
        select(Round)
        .where(
            Round.community_id == round_.community_id,
            Round.campaign_id == round_.campaign_id,
            Round.number < round_.number,
            Round.version > 0,
        )
        .order_by(col(Round.number).desc())
    )
    last = session.exec(earlier.limit(1)).first()
    return _sent_to(session, last, round_) if last else {}


def _sent_to(session: Session, earlier: Round, round_: Round) -> dict[str, str]:
    here = {point.name: str(point.id) for point in list_points(session, (round_.community_id, round_.id))}
    statement: Any = (
        select(Cohort.building_id, Point.name)
        .select_from(Assignment)
        .join(Plan, (col(Plan.community_id) == Assignment.community_id) & (col(Plan.id) == Assignment.plan_id))
        .join(Cohort, (col(Cohort.community_id) == Assignment.community_id) & (col(Cohort.id) == Assignment.cohort_id))
        .join(Point, (col(Point.community_id) == Assignment.community_id) & (col(Point.id) == Assignment.point_id))
        .where(*_of_round(Plan, earlier), Plan.version == earlier.version)
        .distinct()
    )
    return {str(building): here[name] for building, name in session.exec(statement) if name in here}


def _of_round(table: Any, round_: Round) -> tuple[Any, Any]:
    return col(table.community_id) == round_.community_id, col(table.round_id) == round_.id
