"""What residents say is wrong in their entry: it changes nothing by itself, a manager answers it."""

from datetime import datetime, timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col, func, select

from accounts.rules import Principal
from accounts.usecases import note
from bulou.crypto import field_keys
from bulou.database import insert_once
from bulou.text import clean_text
from registry.errors import (
    CorrectionAnswered,
    CorrectionIdReused,
    CorrectionNotFound,
    DeclinedWithoutReason,
    MissingPersonUnnamed,
    TooManyCorrections,
)
from registry.models import Correction
from registry.rules import CorrectionKind, CorrectionState

Key = tuple[str, UUID]  # community_id, id
LONGEST = 300  # characters
MOST_OPEN = 10  # of one door: nobody fills the manager's page
PATIENCE = timedelta(hours=72)  # after so long without an answer the manager is reminded, and again


def send_correction(
    session: Session,
    household: Key,
    correction_id: UUID,
    *,
    resident_id: UUID | None,  # None = about the household
    kind: CorrectionKind,
    said: str,
    now: datetime,
) -> None:
    """Tell the manager. Sent again, it changes nothing.

    Raises CorrectionIdReused, MissingPersonUnnamed and TooManyCorrections.
    """
    community_id, household_id = household
    earlier = session.get(Correction, (community_id, correction_id))
    if earlier is not None:
        if earlier.household_id != household_id:
            raise CorrectionIdReused()
        return
    words = clean_text(said, max_length=LONGEST)
    if kind is CorrectionKind.MISSING_PERSON and not words:
        raise MissingPersonUnnamed()
    if _count_open(session, household) >= MOST_OPEN:
        raise TooManyCorrections(most=MOST_OPEN)
    row = Correction(
        community_id=community_id,
        id=correction_id,
        household_id=household_id,
        resident_id=resident_id,
        kind=kind,
        said=field_keys().encrypt(community_id, words),
        sent_at=now,
    )
    insert_once(session, row)


def _count_open(session: Session, household: Key) -> int:
    statement = select(func.count()).where(
        Correction.community_id == household[0],
        Correction.household_id == household[1],
        Correction.state == CorrectionState.OPEN,
    )
    return session.exec(statement).one()


def answer_correction(
    session: Session,
    correction: Key,
    *,
    is_done: bool,
    answer: str = "",  # shown to the resident; needed where it is declined
    by: Principal | None,
    now: datetime,
) -> None:
    """Close it: corrected, or declined with the reason. The same answer again changes nothing.

    Raises CorrectionNotFound, CorrectionAnswered and DeclinedWithoutReason.
    """
    row = session.get(Correction, correction, with_for_update=True, populate_existing=True)
    if row is None:
        raise CorrectionNotFound()
    wanted = CorrectionState.DONE if is_done else CorrectionState.DECLINED
    if row.state is wanted:
        return
    if row.state is not CorrectionState.OPEN:
        raise CorrectionAnswered()
    words = clean_text(answer, max_length=200)
    if not is_done and not words:
        raise DeclinedWithoutReason()
    row.state, row.answer, row.answered_at = wanted, words, now
    row.answered_by = by.account_id if by else None
    session.add(row)
    facts = {"state": wanted.value, "kind": row.kind.value}
    note(session, row.community_id, "registry.correction_answered", row.id, by=by, facts=facts, now=now)


def remind_of_corrections(session: Session, *, now: datetime) -> None:
    """Mark what has waited for three days: the manager's first page says so. A repeat changes nothing for three days more."""
    due = now - PATIENCE
    statement = (
        sa.update(Correction)
        .where(
            col(Correction.state) == CorrectionState.OPEN,
            col(Correction.sent_at) <= due,
            sa.or_(col(Correction.reminded_at).is_(None), col(Correction.reminded_at) <= due),
        )
        .values(reminded_at=now)
    )
    session.connection().execute(statement)
