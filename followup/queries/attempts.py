"""Calls and knocks of a round, at the door that each was made at, or that this door turned out to be."""

from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col, select

from accounts.models import Account
from followup.models import Attempt
from registry.models import Household
from scheduling.models import RosterEntry, Round


def list_attempts(session: Session, round_: Round, household: UUID | None = None) -> list[tuple[Attempt, UUID, str]]:
    """(attempt, door, author's name; empty = a program), the earliest first. `household` None = of all doors.

    Attempts follow a door into the one it was merged into, but in a round that still lists people behind the first:
    a closed round says what it said.
    """
    of_door = (col(Household.community_id) == Attempt.community_id) & (col(Household.id) == Attempt.household_id)
    of_author = (col(Account.community_id) == Attempt.community_id) & (col(Account.id) == Attempt.author_id)
    door = _door()
    statement: Any = (
        select(Attempt, door, Account.shown_name)
        .join(Household, of_door)
        .outerjoin(Account, of_author)
        .where(Attempt.community_id == round_.community_id, Attempt.round_id == round_.id)
        .order_by(col(Attempt.made_at), col(Attempt.id))
    )
    if household is not None:
        statement = statement.where(door == household)
    return [(row, where, author or "") for row, where, author in session.exec(statement)]


def _door() -> Any:
    is_listed = sa.exists().where(
        col(RosterEntry.community_id) == col(Attempt.community_id),
        col(RosterEntry.round_id) == col(Attempt.round_id),
        col(RosterEntry.household_id) == col(Attempt.household_id),
    )
    return sa.case(
        (col(Household.merged_into).is_(None) | is_listed, col(Attempt.household_id)), else_=col(Household.merged_into)
    )
