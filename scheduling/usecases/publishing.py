"""A draft becomes the version in force: frozen, numbered, and the only one residents see."""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col, select

from accounts.rules import Principal
from accounts.usecases import note
from bulou.announcements import announce
from scheduling.errors import PlanHasUnplaced, PlanIsStale, PlanWasReplaced, RoundIsOver
from scheduling.models import Assignment, Plan, Round
from scheduling.queries.facts import count_cohort_heads
from scheduling.queries.plans import PlanKey, get_plan
from scheduling.queries.setup import get_round
from scheduling.rules import PlanPublished, PlanState, RoundState
from scheduling.rules.life import EDITABLE


def publish_plan(
    session: Session, key: PlanKey, *, accept_unplaced: bool = False, by: Principal | None = None, now: datetime
) -> int:
    """Freeze a draft as the next version; the one before is replaced. The version. A repeat changes nothing.

    Raises PlanNotFound, RoundIsOver, PlanIsStale, PlanWasReplaced, and PlanHasUnplaced unless that is accepted.
    """
    round_ = get_round(session, (key[0], get_plan(session, key).round_id), lock=True)
    plan = session.get_one(Plan, key, populate_existing=True)  # as it is now that nobody else may publish
    if plan.state is PlanState.PUBLISHED and plan.version is not None:
        return plan.version
    _check_may_publish(session, round_, plan, accept_unplaced)
    _replace_earlier(session, plan)
    plan.version = round_.version = round_.version + 1
    plan.state, plan.published_at = PlanState.PUBLISHED, now
    round_.published_at = round_.changed_at = now
    if round_.state is not RoundState.OPEN:
        round_.state = RoundState.PUBLISHED
    session.add_all([plan, round_])
    note(session, key[0], "plan.published", plan.id, by=by, facts={"version": plan.version}, now=now)
    announce(session, PlanPublished(key[0], round_.id, plan.id, plan.version))
    return plan.version


def _check_may_publish(session: Session, round_: Round, plan: Plan, accept_unplaced: bool) -> None:
    if round_.state not in EDITABLE:
        raise RoundIsOver()
    if plan.state is PlanState.REPLACED:
        raise PlanWasReplaced()
    heads = count_cohort_heads(session, round_)
    if plan.is_stale or not is_of_cohorts(plan, heads):
        raise PlanIsStale()
    unplaced = _unplaced_heads(session, plan)
    if unplaced and not accept_unplaced:
        raise PlanHasUnplaced(heads=unplaced)


def is_of_cohorts(plan: Plan, heads: dict[UUID, int]) -> bool:
    """Whether the plan was made for just these cohorts."""
    planned = {cohort["id"] for building in plan.problem["buildings"] for cohort in building["cohorts"]}
    return planned == {str(cohort) for cohort in heads}


def _unplaced_heads(session: Session, plan: Plan) -> int:
    """Heads without a place, as the plan counted them: on the day those already sampled are not among them."""
    of_plan = (Assignment.community_id == plan.community_id, Assignment.plan_id == plan.id)
    placed = {str(cohort) for cohort in session.exec(select(Assignment.cohort_id).where(*of_plan))}
    cohorts = [cohort for building in plan.problem["buildings"] for cohort in building["cohorts"]]
    return sum(cohort["heads"] for cohort in cohorts if cohort["id"] not in placed)


def _replace_earlier(session: Session, plan: Plan) -> None:
    earlier: Any = (
        sa.update(Plan)
        .where(
            col(Plan.community_id) == plan.community_id,
            col(Plan.round_id) == plan.round_id,
            col(Plan.state) == PlanState.PUBLISHED,
        )
        .values(state=PlanState.REPLACED)
    )
    session.connection().execute(earlier)
