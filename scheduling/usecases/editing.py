"""What every change of a round's set-up shares: may it be changed, who is told, what of it is noted."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, func, select

from accounts.rules import Principal
from accounts.usecases import note
from scheduling.errors import NameTaken, PlanWouldBreak, RoundIsOver
from scheduling.models import Assignment, Plan, Round
from scheduling.queries.setup import RoundKey, get_round, hours_of, list_sampling_sessions
from scheduling.rules import PlanState
from scheduling.rules.grid import still_fits
from scheduling.rules.life import EDITABLE, IN_FORCE


def get_round_to_edit(session: Session, key: RoundKey) -> Round:
    """The round, locked. Raises RoundNotFound, RoundIsOver."""
    found = get_round(session, key, lock=True)
    if found.state not in EDITABLE:
        raise RoundIsOver()
    return found


def note_change(
    session: Session, round_: Round, action: str, about: UUID, *, by: Principal | None, now: datetime
) -> None:
    """Public pages show it from now on, and somebody is known to have done it."""
    round_.changed_at = now
    session.add(round_)
    facts = {} if about == round_.id else {"round": str(round_.id)}  # a point that is removed has no name any more
    note(session, round_.community_id, action, about, by=by, facts=facts, now=now)


def drafts_are_stale(session: Session, round_: Round) -> bool:
    """Drafts that were made before say so from now on. Whether there are any."""
    marked = session.exec(
        sa.update(Plan)
        .where(
            col(Plan.community_id) == round_.community_id,
            col(Plan.round_id) == round_.id,
            col(Plan.state) == PlanState.DRAFT,
        )
        .values(is_stale=True)
    )
    return marked.rowcount > 0


def check_plan_holds(session: Session, round_: Round) -> None:
    """Raises PlanWouldBreak where residents were told to come when nothing is open."""
    if round_.state not in IN_FORCE:
        return
    sessions = [hours_of(row) for row in list_sampling_sessions(session, (round_.community_id, round_.id))]
    heads = sum(
        count
        for starts_at, ends_at, count in _times_in_force(session, round_)
        if not still_fits(starts_at, ends_at, sessions)
    )
    if heads:
        raise PlanWouldBreak(heads=heads)


def _times_in_force(session: Session, round_: Round) -> list[tuple[datetime, datetime, int]]:
    statement = (
        select(Assignment.starts_at, Assignment.ends_at, func.sum(Assignment.heads))
        .join(Plan, (col(Plan.community_id) == Assignment.community_id) & (col(Plan.id) == Assignment.plan_id))
        .where(Plan.community_id == round_.community_id, Plan.round_id == round_.id, Plan.version == round_.version)
        .group_by(col(Assignment.starts_at), col(Assignment.ends_at))
    )
    return [(starts_at, ends_at, int(heads)) for starts_at, ends_at, heads in session.exec(statement)]


def flush_named(session: Session, name: str) -> None:
    """Raises NameTaken where the database has another of that name."""
    try:
        session.flush()
    except IntegrityError:
        raise NameTaken(name=name) from None
