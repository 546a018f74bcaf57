"""What happened to the excuses of somebody, as their history tells it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlmodel import Session, col, select

from accounts.models import Account, AuditEntry
from registry.models import Excuse
from registry.rules import ExcuseKind, ExcuseState


class ExcuseStep(StrEnum):
    EXCUSED = "excused"
    PROPOSED = "proposed"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class ExcuseStepLine:
    """One step of one excuse."""

    step: ExcuseStep
    at: datetime
    author: str  # empty = a program, or nobody knows any more
    kind: ExcuseKind
    from_at: datetime
    until_at: datetime | None  # None = until withdrawn


def list_excuse_steps(session: Session, resident: tuple[str, UUID]) -> list[ExcuseStepLine]:
    """All steps of all excuses somebody ever had, the latest first."""
    of_person = (Excuse.community_id == resident[0], Excuse.resident_id == resident[1])
    rows = session.exec(select(Excuse).where(*of_person)).all()
    if not rows:
        return []
    withdrawers = _withdrawers(session, resident[0], [row.id for row in rows])
    known = {row.author_id for row in rows} | {row.reviewer_id for row in rows} | set(withdrawers.values())
    names = _names(session, resident[0], {id_ for id_ in known if id_ is not None})
    steps = [
        ExcuseStepLine(step, at, names.get(who, "") if who else "", row.kind, row.from_at, row.until_at)
        for row in rows
        for step, at, who in _steps(row, withdrawers)
    ]
    return sorted(steps, key=lambda line: line.at)[::-1]


def _steps(row: Excuse, withdrawers: dict[str, UUID | None]) -> Iterator[tuple[ExcuseStep, datetime, UUID | None]]:
    was_proposed = row.reviewed_at is not None or row.state is ExcuseState.PROPOSED
    yield ExcuseStep.PROPOSED if was_proposed else ExcuseStep.EXCUSED, row.created_at, row.author_id
    if row.reviewed_at is not None:
        is_accepted = row.state is ExcuseState.ACCEPTED
        yield ExcuseStep.ACCEPTED if is_accepted else ExcuseStep.REJECTED, row.reviewed_at, row.reviewer_id
    if row.withdrawn_at is not None:
        yield ExcuseStep.WITHDRAWN, row.withdrawn_at, withdrawers.get(str(row.id))


def _withdrawers(session: Session, community_id: str, excuses: list[UUID]) -> dict[str, UUID | None]:
    """Who withdrew each: the excuse itself keeps only when."""
    statement = select(AuditEntry.about, AuditEntry.account_id).where(
        AuditEntry.community_id == community_id,
        AuditEntry.action == "registry.excuse_withdrawn",
        col(AuditEntry.about).in_([str(id_) for id_ in excuses]),
    )
    return {about: who for about, who in session.exec(statement) if about is not None}


def _names(session: Session, community_id: str, accounts: set[UUID]) -> dict[UUID, str]:
    statement = select(Account.id, Account.shown_name).where(
        Account.community_id == community_id, col(Account.id).in_(accounts)
    )
    return dict(session.exec(statement).all())
