"""Rounds as they are set up, and plans as they stand when published. All names are invented."""

from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session, col, func, select

from bulou.ids import new_id
from registry.models import Unit
from scheduling.models import Assignment, Cohort, Plan, Point, Round
from scheduling.rules import PlanState, RoundState
from tests.factories import (
    NOON,
    add,
    make_building,
    make_campaign,
    make_community,
    make_compound,
    make_point,
    make_round,
    make_sampling_session,
    make_unit,
)


def make_open_hours(session: Session, **facts: Any) -> Round:
    """A round of a community of its own, with one session of four hours."""
    round_ = make_round(session, make_campaign(session, make_community(session)), **facts)
    make_sampling_session(session, round_)
    return round_


def make_cohort(session: Session, round_: Round, unit: Unit, **facts: Any) -> Cohort:
    of_round = (Cohort.community_id == round_.community_id, Cohort.round_id == round_.id)
    position = session.exec(select(func.count()).select_from(Cohort).where(*of_round)).one()
    given = {"building_id": unit.building_id, "unit_id": unit.id, "position": position, **facts}
    return add(session, Cohort(community_id=round_.community_id, id=new_id(), round_id=round_.id, **given))


def make_plan(session: Session, round_: Round, **facts: Any) -> Plan:
    given = {"created_at": NOON, "problem": {}, "result": {}, **facts}
    return add(session, Plan(community_id=round_.community_id, id=new_id(), round_id=round_.id, **given))


def make_assignment(
    session: Session, plan: Plan, cohort: Cohort, point: Point, starts_at: datetime = NOON, **facts: Any
) -> Assignment:
    given = {"slot": 0, "ends_at": starts_at + timedelta(minutes=30), "heads": 60, **facts}
    key = {"community_id": plan.community_id, "plan_id": plan.id, "cohort_id": cohort.id}
    return add(session, Assignment(**key, point_id=point.id, starts_at=starts_at, **given))


def make_version(session: Session, round_: Round, places: list[tuple[Cohort, Point, datetime]]) -> Plan:
    """The next version of the round, in force from now on."""
    of_round = (col(Plan.community_id) == round_.community_id, col(Plan.round_id) == round_.id)
    for older in session.exec(select(Plan).where(*of_round, col(Plan.state) == PlanState.PUBLISHED)):
        older.state = PlanState.REPLACED
        session.add(older)
    round_.version += 1
    round_.state = RoundState.PUBLISHED
    round_.published_at = NOON - timedelta(days=1) + timedelta(hours=round_.version)
    session.add(round_)
    facts = {"version": round_.version, "state": PlanState.PUBLISHED, "published_at": round_.published_at}
    plan = make_plan(session, round_, **facts)
    for cohort, point, starts_at in places:
        make_assignment(session, plan, cohort, point, starts_at)
    return plan


def make_published_round(session: Session, **facts: Any) -> tuple[Round, Point, Cohort, Plan]:
    """One building with one unit, sent to one point in the first half hour."""
    round_ = make_open_hours(session, **facts)
    compound = make_compound(session, community_of(session, round_))
    unit = make_unit(session, make_building(session, compound, x=100.0, y=50.0), "1单元")
    point = make_point(
        session, round_, x=0.0, y=0.0, contact_name="王样例", contact_phone="027 0000 0000", address="北门"
    )
    cohort = make_cohort(session, round_, unit, first_floor=1, last_floor=9)
    plan = make_version(session, round_, [(cohort, point, NOON)])
    return round_, point, cohort, plan


def community_of(session: Session, round_: Round) -> Any:
    from registry.models import Community

    return session.get_one(Community, round_.community_id)
