"""Plans of a round as their pages and the API show them. No names of residents anywhere."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col, func, select

from bulou.models import JobRequest, RequestState
from registry.models import Building, Compound, Unit
from scheduling import planner
from scheduling.errors import PlanNotFound
from scheduling.models import Assignment, Cohort, Pin, Plan, Point, RosterEntry, Round
from scheduling.queries.setup import RoundKey, get_round, list_points
from scheduling.rules import PlanState
from scheduling.rules.cohorts import Span, say_span

KIND = "scheduling.plan"  # of the job request that makes a plan; its id becomes the plan's
MOST_PLANS = 30  # in the list; nobody looks further back
PlanKey = tuple[str, UUID]  # community_id, id


@dataclass(frozen=True, slots=True)
class Group:
    """A cohort as a plan has it. `starts_at` None = it has no place."""

    cohort_id: UUID
    building_id: UUID
    who: str  # 2单元 1–9层; empty = the whole building
    heads: int
    point_id: UUID | None = None
    slot: int | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    is_pinned: bool = False
    is_one_household: bool = False


@dataclass(frozen=True, slots=True)
class BuildingBlock:
    """A building and its cohorts in their order. `point_id` is the one point all of them go to; None = several, or none."""

    id: UUID
    name: str
    groups: tuple[Group, ...]

    @property
    def point_id(self) -> UUID | None:
        points = {group.point_id for group in self.groups}
        return points.pop() if len(points) == 1 else None

    @property
    def heads(self) -> int:
        return sum(group.heads for group in self.groups)


@dataclass(frozen=True, slots=True)
class PlanLine:
    """One of the round's plans, for the list."""

    id: UUID
    version: int | None
    state: PlanState
    is_stale: bool
    cause: str
    created_at: datetime
    unplaced_heads: int


@dataclass(frozen=True)
class PlanPage:
    """A plan with everything its page says. The planner's own values go along for those who explain."""

    plan: Plan
    round: Round
    blocks: tuple[BuildingBlock, ...]
    names: Mapping[str, str]  # of points, buildings and cohorts, by id
    starts: tuple[datetime, ...]
    points: tuple[Point, ...]
    lacks_positions: bool  # walking counts 0 for some
    is_pinned: bool  # somebody has chosen a place by hand
    doorstep_heads: int

    @cached_property
    def problem(self) -> planner.Problem:
        return planner.problem_from_json(self.plan.problem)

    @cached_property
    def found(self) -> planner.Plan:
        return planner.plan_from_json(self.plan.result)

    @cached_property
    def groups(self) -> dict[UUID, Group]:
        return {group.cohort_id: group for block in self.blocks for group in block.groups}

    @property
    def heads(self) -> int:
        return sum(block.heads for block in self.blocks)

    @property
    def unplaced_heads(self) -> int:
        return sum(group.heads for group in self.groups.values() if group.point_id is None)

    def heads_called_before(self, at: datetime) -> int:
        """Heads whose time has begun by then: they can hardly still come in time."""
        return sum(group.heads for group in self.groups.values() if group.starts_at and group.starts_at < at)

    @property
    def ends_at(self) -> datetime | None:
        """When the last are sampled; None where nobody has a place."""
        return max((group.ends_at for group in self.groups.values() if group.ends_at), default=None)

    @property
    def is_of_several_days(self) -> bool:
        return bool(self.starts) and self.starts[-1] - self.starts[0] >= timedelta(hours=20)

    @property
    def walk_metres(self) -> int | None:
        """How far a head walks on average; None where no position is known."""
        placed = self.heads - self.unplaced_heads
        total = planner.costs(self.problem, self.found.assignments)["walk"]
        return round(total / placed) if placed and total else None


def get_plan(session: Session, key: PlanKey) -> Plan:
    """Raises PlanNotFound, also for another community's."""
    plan = session.get(Plan, key)
    if plan is None:
        raise PlanNotFound()
    return plan


def get_latest_plan(session: Session, key: RoundKey) -> UUID:
    """The newest draft, or the version in force where none was made since. Raises PlanNotFound."""
    found = find_latest_plan(session, key)
    if found is None:
        raise PlanNotFound()
    return found


def find_latest_plan(session: Session, key: RoundKey) -> UUID | None:
    """The same; None where the round has no plan."""
    of_round = (Plan.community_id == key[0], Plan.round_id == key[1], col(Plan.state) != PlanState.REPLACED)
    latest = select(Plan.id).where(*of_round).order_by(func.coalesce(Plan.published_at, Plan.created_at).desc())
    return session.exec(latest.limit(1)).first()


def slot_starts_of(plan: Plan) -> tuple[datetime, ...]:
    """When each slot of the plan begins."""
    return tuple(datetime.fromisoformat(text) for text in plan.result["starts"])


def plan_page(session: Session, key: PlanKey) -> PlanPage:
    """Raises PlanNotFound."""
    plan = get_plan(session, key)
    round_ = get_round(session, (key[0], plan.round_id))
    points = list_points(session, (key[0], round_.id))
    buildings = building_names(session, key[0])
    blocks, positions = _blocks(session, plan, buildings), _building_positions(session, key[0])
    names = {str(point.id): point.name for point in points}
    names |= {str(block.id): block.name for block in blocks}
    names |= {str(group.cohort_id): f"{block.name} {group.who}".strip() for block in blocks for group in block.groups}
    used = {group.point_id for block in blocks for group in block.groups}
    return PlanPage(
        plan=plan,
        round=round_,
        blocks=blocks,
        names=names,
        starts=slot_starts_of(plan),
        points=tuple(point for point in points if str(point.id) in _point_ids(plan)),
        lacks_positions=not {block.id for block in blocks} <= positions
        or any(point.x is None or point.y is None for point in points if point.id in used),
        is_pinned=any(group.is_pinned for block in blocks for group in block.groups),
        doorstep_heads=_doorstep_heads(session, round_),
    )


def building_names(session: Session, community_id: str) -> dict[UUID, str]:
    """Each building's name, with its compound's where there are several compounds."""
    statement = (
        select(Building.id, Building.name, Compound.name)
        .join(
            Compound, (col(Compound.community_id) == Building.community_id) & (col(Compound.id) == Building.compound_id)
        )
        .where(Building.community_id == community_id)
    )
    rows = session.exec(statement).all()
    has_several = len({compound for _, _, compound in rows}) > 1
    return {id_: f"{compound} {name}" if has_several else name for id_, name, compound in rows}


def list_plans(session: Session, key: RoundKey) -> list[PlanLine]:
    """The latest drafts and versions, the newest first."""
    of_round = (col(Plan.community_id) == key[0], col(Plan.round_id) == key[1])
    columns: Any = (
        Plan.id,
        Plan.version,
        Plan.state,
        Plan.is_stale,
        Plan.cause,
        Plan.created_at,
        Plan.result,
        Plan.problem,
    )
    newest = sa.select(*columns).where(*of_round).order_by(col(Plan.created_at).desc()).limit(MOST_PLANS)
    return [
        PlanLine(
            id=row.id,
            version=row.version,
            state=row.state,
            is_stale=row.is_stale,
            cause=row.cause,
            created_at=row.created_at,
            unplaced_heads=_unplaced_heads(row.result, row.problem),
        )
        for row in session.connection().execute(newest)
    ]


def find_request(session: Session, key: RoundKey) -> JobRequest | None:
    """The latest plan that was asked for and is not made: it waits, runs or failed."""
    asked = select(JobRequest).where(JobRequest.community_id == key[0], JobRequest.kind == KIND)
    requests = session.exec(asked.order_by(col(JobRequest.asked_at).desc(), col(JobRequest.id).desc()).limit(50)).all()
    latest = next((request for request in requests if request.facts.get("round") == str(key[1])), None)
    return None if latest is None or latest.state is RequestState.DONE else latest


def places_in_force(session: Session, round_: Round) -> dict[UUID, Assignment]:
    """Each cohort's place in the version in force; empty where none is published."""
    statement = (
        select(Assignment)
        .join(Plan, (col(Plan.community_id) == Assignment.community_id) & (col(Plan.id) == Assignment.plan_id))
        .where(Plan.community_id == round_.community_id, Plan.round_id == round_.id, Plan.version == round_.version)
    )
    return {row.cohort_id: row for row in session.exec(statement)} if round_.version else {}


def _blocks(session: Session, plan: Plan, names: Mapping[UUID, str]) -> tuple[BuildingBlock, ...]:
    heads = {c["id"]: c["heads"] for building in plan.problem["buildings"] for c in building["cohorts"]}
    of_plan = (Assignment.community_id == plan.community_id, Assignment.plan_id == plan.id)
    places = {row.cohort_id: row for row in session.exec(select(Assignment).where(*of_plan))}
    pins = _pins(session, plan)
    cohorts = (
        select(Cohort, Unit.name)
        .join(Unit, (col(Unit.community_id) == Cohort.community_id) & (col(Unit.id) == Cohort.unit_id))
        .where(Cohort.community_id == plan.community_id, Cohort.round_id == plan.round_id)
        .order_by(col(Cohort.position), col(Cohort.id))
    )
    blocks: dict[UUID, list[Group]] = defaultdict(list)
    for cohort, unit in session.exec(cohorts):
        if str(cohort.id) in heads:
            group = _group(cohort, unit, heads[str(cohort.id)], places.get(cohort.id), pins.get(cohort.id))
            blocks[cohort.building_id].append(group)
    return tuple(BuildingBlock(building, names[building], tuple(groups)) for building, groups in blocks.items())


def _group(cohort: Cohort, unit: str, heads: int, place: Assignment | None, pin: Pin | None) -> Group:
    return Group(
        cohort_id=cohort.id,
        building_id=cohort.building_id,
        who=say_span(unit, Span(cohort.first_floor, cohort.last_floor, cohort.first_door, cohort.last_door)),
        heads=heads,
        point_id=place.point_id if place else None,
        slot=place.slot if place else None,
        starts_at=place.starts_at if place else None,
        ends_at=place.ends_at if place else None,
        is_pinned=bool(place and pin and (pin.point_id, pin.starts_at) == (place.point_id, place.starts_at)),
        is_one_household=bool(cohort.first_door) and cohort.first_door == cohort.last_door,
    )


def _pins(session: Session, plan: Plan) -> dict[UUID, Pin]:
    of_round = (Pin.community_id == plan.community_id, Pin.round_id == plan.round_id)
    return {pin.cohort_id: pin for pin in session.exec(select(Pin).where(*of_round))}


def _point_ids(plan: Plan) -> set[str]:
    return {point["id"] for point in plan.problem["points"]}


def _building_positions(session: Session, community_id: str) -> set[UUID]:
    known = (col(Building.x).is_not(None), col(Building.y).is_not(None))
    return set(session.exec(select(Building.id).where(Building.community_id == community_id, *known)).all())


def _doorstep_heads(session: Session, round_: Round) -> int:
    of_round = (RosterEntry.community_id == round_.community_id, RosterEntry.round_id == round_.id)
    visited = select(func.count()).select_from(RosterEntry).where(*of_round, col(RosterEntry.is_doorstep))
    return session.exec(visited).one()


def _unplaced_heads(result: dict[str, Any], problem: dict[str, Any]) -> int:
    unplaced = {one["cohort"] for one in result["unplaced"]}
    return sum(c["heads"] for building in problem["buildings"] for c in building["cohorts"] if c["id"] in unplaced)
