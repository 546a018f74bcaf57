"""Changes made by hand: a cohort or a whole building is put somewhere, kept there, and judged at once."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col

from accounts.rules import Principal
from accounts.usecases import note
from bulou.database import insert_all
from bulou.ids import new_id
from scheduling import planner
from scheduling.errors import CohortNotFound, PlanIsStale, RoundIsOver
from scheduling.models import Assignment, Pin, Plan
from scheduling.queries.plans import PlanKey, get_plan, slot_starts_of
from scheduling.queries.setup import get_round
from scheduling.rules.life import EDITABLE
from scheduling.rules.problems import with_pins
from scheduling.usecases.planning import assignment_rows

Places = Mapping[str, tuple[str, int]]  # {cohort: (point, slot)}


def judge_places(plan: Plan, places: Places) -> list[planner.Violation]:
    """What the plan would break with these cohorts there; none = it may be done. Raises CohortNotFound."""
    problem = planner.problem_from_json(plan.problem)
    if not set(places) <= set(problem.cohort_ids):
        raise CohortNotFound()
    pinned = with_pins(problem, {**problem.pins, **places})
    return planner.violations(pinned, _moved(planner.plan_from_json(plan.result), places))


def place_by_hand(
    session: Session, key: PlanKey, places: Places, *, cause: str, by: Principal | None, now: datetime
) -> UUID | list[planner.Violation]:
    """Pin the cohorts there, and keep the plan so changed as a new draft: its id, or the rules that speak against it.

    Raises PlanNotFound, CohortNotFound, RoundIsOver, PlanIsStale.
    """
    parent = get_plan(session, key)
    round_ = get_round(session, (key[0], parent.round_id), lock=True)
    if round_.state not in EDITABLE:
        raise RoundIsOver()
    if parent.is_stale:
        raise PlanIsStale()
    if broken := judge_places(parent, places):
        return broken
    starts = slot_starts_of(parent)
    author = by.account_id if by else None
    for cohort, (point, slot) in places.items():
        session.merge(
            Pin(
                community_id=key[0],
                round_id=round_.id,
                cohort_id=UUID(cohort),
                point_id=UUID(point),
                starts_at=starts[slot],
                author_id=author,
                set_at=now,
            )
        )
    draft = _copy(parent, places, cause, author, now)
    session.add(draft)
    session.flush()
    changed = planner.plan_from_json(draft.result)
    insert_all(session, Assignment, assignment_rows(draft, planner.problem_from_json(draft.problem), changed, starts))
    note(session, key[0], "plan.placed_by_hand", draft.id, by=by, facts={"cohorts": len(places)}, now=now)
    return draft.id


def unpin(session: Session, key: PlanKey, cohorts: list[UUID], *, by: Principal | None, now: datetime) -> None:
    """Let the planner choose again for these cohorts. Plans that are made stay as they are. A repeat changes nothing."""
    plan = get_plan(session, key)
    statement: Any = sa.delete(Pin).where(
        col(Pin.community_id) == key[0], col(Pin.round_id) == plan.round_id, col(Pin.cohort_id).in_(cohorts)
    )
    session.connection().execute(statement)
    note(session, key[0], "plan.unpinned", plan.round_id, by=by, facts={"cohorts": len(cohorts)}, now=now)


def _moved(found: planner.Plan, places: Places) -> list[planner.Assignment]:
    after = {**found.places, **places}
    return [planner.Assignment(cohort, point, slot) for cohort, (point, slot) in after.items()]


def _copy(parent: Plan, places: Places, cause: str, author: UUID | None, now: datetime) -> Plan:
    """The parent with these cohorts moved, and its costs counted anew."""
    problem = planner.problem_from_json(parent.problem)
    problem = with_pins(problem, {**problem.pins, **places})
    found = planner.plan_from_json(parent.result)
    assignments = _moved(found, places)
    unplaced = tuple(one for one in found.unplaced if one.cohort not in places)
    changed = replace(
        found,
        status=planner.Status.PARTIAL if unplaced else planner.Status.FEASIBLE,
        objective=planner.objective(problem, assignments),
        # Pins only take plans away, so what bounded all plans bounds those left; not where fewer stay unplaced.
        lower_bound=found.lower_bound if len(unplaced) == len(found.unplaced) else None,
        assignments=tuple(assignments),
        unplaced=unplaced,
    )
    kept = {name: value for name, value in parent.result.items() if name in ("starts", "pins_lost", "moves")}
    return Plan(
        community_id=parent.community_id,
        id=new_id(),
        round_id=parent.round_id,
        parent_id=parent.id,
        cause=cause,
        author_id=author,
        created_at=now,
        problem=planner.problem_to_json(problem),
        result={**planner.plan_to_json(changed), **kept},
    )
