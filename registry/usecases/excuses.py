"""Excuses: why somebody need not come, from when until when; what was proposed is reviewed."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col, select

from accounts.rules import Principal
from accounts.usecases import note as write_down
from accounts.usecases import note_each
from bulou.ids import new_id
from bulou.text import clean_text
from registry.errors import (
    ExcuseEndsBeforeItBegins,
    ExcuseNotFound,
    ExcuseReviewed,
    RejectedWithoutReason,
    ResidentNotFound,
)
from registry.models import Community, Excuse, Resident
from registry.queries.people import get_resident
from registry.rules import ExcuseKind, ExcuseState

Key = tuple[str, UUID]  # community_id, id


@dataclass(frozen=True, slots=True)
class ExcuseGiven:
    """Why somebody need not come, as it was entered."""

    kind: ExcuseKind
    from_at: datetime | None = None  # None = from the moment it is entered
    until_at: datetime | None = None  # None = until withdrawn
    note: str = ""
    proof: str = ""  # what was shown, in words

    def check(self, now: datetime) -> None:
        """Raises ExcuseEndsBeforeItBegins."""
        if self.until_at is not None and self.until_at <= (self.from_at or now):
            raise ExcuseEndsBeforeItBegins()


def excuse_resident(
    session: Session,
    resident: Key,
    *,
    kind: ExcuseKind,
    from_at: datetime,
    until_at: datetime | None = None,
    note: str = "",
    proof: str = "",
    by: Principal | None = None,  # None = a program
    now: datetime,
) -> Excuse:
    """Excuse somebody. The same excuse again changes nothing and gives the first. Raises ResidentNotFound."""
    given = ExcuseGiven(kind, None if from_at == now else from_at, until_at, note, proof)
    [row] = _excuse(session, resident[0], [resident[1]], given, by=by, now=now)
    return row


def excuse_residents(
    session: Session,
    community_id: str,
    residents: Iterable[UUID],
    given: ExcuseGiven,
    *,
    by: Principal | None,
    now: datetime,
) -> int:
    """Excuse several people for one reason, or nobody; how many they are. A repeat changes nothing.

    Raises ResidentNotFound and ExcuseEndsBeforeItBegins.
    """
    return len(_excuse(session, community_id, residents, given, by=by, now=now))


def _excuse(
    session: Session,
    community_id: str,
    residents: Iterable[UUID],
    given: ExcuseGiven,
    *,
    by: Principal | None,
    now: datetime,
) -> list[Excuse]:
    given.check(now)
    people = _hold_people(session, community_id, set(residents))
    given = replace(given, note=clean_text(given.note, max_length=200), proof=clean_text(given.proof, max_length=200))
    same = _list_same(session, community_id, people, given, now)
    new = {person: _row((community_id, person), given, by, now) for person in people if person not in same}
    session.add_all(new.values())
    session.flush()
    ids = [row.id for row in new.values()]
    facts = {"kind": given.kind.value}
    note_each(session, community_id, "registry.excused", ids, by=by, facts=facts, now=now)
    return [same.get(person) or new[person] for person in people]


def _hold_people(session: Session, community_id: str, residents: set[UUID]) -> list[UUID]:
    """These, or who they were merged into, held until the transaction ends. Raises ResidentNotFound.

    In one order, so that two who do this at once do not wait for each other.
    """
    statement = (
        sa.select(col(Resident.id), col(Resident.merged_into))
        .where(col(Resident.community_id) == community_id, col(Resident.id).in_(residents))
        .order_by(col(Resident.id))
        .with_for_update()
    )
    rows = session.execute(statement).all()
    if len(rows) < len(residents):
        raise ResidentNotFound()
    return sorted({get_resident(session, (community_id, id_), lock=True).id if into else id_ for id_, into in rows})


def _list_same(
    session: Session, community_id: str, people: list[UUID], given: ExcuseGiven, now: datetime
) -> dict[UUID, Excuse]:
    """Excuses sent again: the same words, and the same beginning or one that was not given and so is now."""
    statement = select(Excuse).where(
        Excuse.community_id == community_id,
        col(Excuse.resident_id).in_(people),
        Excuse.kind == given.kind,
        Excuse.state == ExcuseState.ACCEPTED,
        Excuse.note == given.note,
        col(Excuse.withdrawn_at).is_(None),
    )
    return {
        excuse.resident_id: excuse
        for excuse in session.exec(statement.order_by(col(Excuse.created_at).desc()))
        if excuse.until_at == given.until_at
        and (excuse.from_at == given.from_at or (given.from_at is None and excuse.from_at <= now))
    }


def _row(resident: Key, given: ExcuseGiven, by: Principal | None, now: datetime) -> Excuse:
    return Excuse(
        community_id=resident[0],
        id=new_id(),
        resident_id=resident[1],
        kind=given.kind,
        state=ExcuseState.ACCEPTED,
        from_at=given.from_at or now,
        until_at=given.until_at,
        note=given.note,
        proof=given.proof,
        author_id=by.account_id if by else None,
        created_at=now,
    )


def withdraw_excuse(session: Session, excuse: Key, *, by: Principal | None = None, now: datetime) -> None:
    """The excuse holds no longer; that it was there stays. A repeat changes nothing. Raises ExcuseNotFound."""
    row = session.get(Excuse, excuse, with_for_update=True)
    if row is None:
        raise ExcuseNotFound()
    if row.withdrawn_at is not None:
        return
    row.withdrawn_at = now
    session.add(row)
    write_down(session, row.community_id, "registry.excuse_withdrawn", row.id, by=by, now=now)


@dataclass(frozen=True, slots=True)
class Reviewed:
    """What came of a review: proposals decided now, and those that somebody else had decided otherwise before."""

    decided: int
    too_late: int


def review_excuses(
    session: Session,
    community_id: str,
    proposals: Iterable[UUID],
    *,
    is_accepted: bool,
    answer: str = "",
    by: Principal | None,
    now: datetime,
) -> Reviewed:
    """Accept or reject many proposals. What somebody else decided meanwhile stays and is counted. Raises ExcuseNotFound."""
    wanted, reason = set(proposals), _answer(is_accepted, answer)
    rows = _hold_excuses(session, community_id, wanted)
    state = ExcuseState.ACCEPTED if is_accepted else ExcuseState.REJECTED
    open_ = [row for row in rows if row.state is ExcuseState.PROPOSED and row.withdrawn_at is None]
    too_late = sum(row.state is not state for row in rows) - len(open_)
    for row in open_:
        row.state, row.answer, row.reviewed_at, row.reviewer_id = state, reason, now, by.account_id if by else None
    session.add_all(open_)
    session.flush()
    ids = [row.id for row in open_]
    facts = {"state": state.value}
    note_each(session, community_id, "registry.excuse_reviewed", ids, by=by, facts=facts, now=now)
    return Reviewed(len(rows) - too_late, too_late)


def _answer(is_accepted: bool, answer: str) -> str:
    """The words kept with a review. Raises RejectedWithoutReason."""
    reason = clean_text(answer, max_length=200)
    if not is_accepted and not reason:
        raise RejectedWithoutReason()
    return "" if is_accepted else reason


def _hold_excuses(session: Session, community_id: str, excuses: set[UUID]) -> list[Excuse]:
    """These, in one order, held until the transaction ends. Raises ExcuseNotFound."""
    statement = select(Excuse).where(Excuse.community_id == community_id, col(Excuse.id).in_(excuses))
    held = statement.order_by(col(Excuse.id)).with_for_update().execution_options(populate_existing=True)
    rows = list(session.exec(held))
    if len(rows) < len(excuses):
        raise ExcuseNotFound()
    return rows


def check_review(
    session: Session, community_id: str, proposals: Iterable[UUID], *, is_accepted: bool, answer: str
) -> None:
    """Whether a review of many can be begun, so that none is left half-way. Raises ExcuseNotFound, RejectedWithoutReason."""
    wanted = set(proposals)
    known = sa.select(sa.func.count()).where(col(Excuse.community_id) == community_id, col(Excuse.id).in_(wanted))
    if session.execute(known).scalar_one() < len(wanted):
        raise ExcuseNotFound()
    _answer(is_accepted, answer)


def check_excuses(
    session: Session, community_id: str, residents: Iterable[UUID], given: ExcuseGiven, *, now: datetime
) -> None:
    """Whether many can be excused, so that none is left half-way. Raises ResidentNotFound, ExcuseEndsBeforeItBegins."""
    given.check(now)
    wanted = set(residents)
    known = sa.select(sa.func.count()).where(col(Resident.community_id) == community_id, col(Resident.id).in_(wanted))
    if session.execute(known).scalar_one() < len(wanted):
        raise ResidentNotFound()


def review_excuse(
    session: Session, excuse: Key, *, is_accepted: bool, answer: str = "", by: Principal | None, now: datetime
) -> None:
    """Accept or reject what a volunteer proposed; a rejection says why.

    The same review again changes nothing. Raises ExcuseNotFound, ExcuseReviewed and RejectedWithoutReason.
    """
    reviewed = review_excuses(session, excuse[0], [excuse[1]], is_accepted=is_accepted, answer=answer, by=by, now=now)
    if reviewed.too_late:
        raise ExcuseReviewed()


def set_sampled_excuses(
    session: Session, community_id: str, kinds: Iterable[ExcuseKind], *, by: Principal | None, now: datetime
) -> None:
    """Say which kinds the community's form counts as sampled (已检). A repeat changes nothing."""
    community = session.get_one(Community, community_id, with_for_update=True)
    wanted = [kind.value for kind in ExcuseKind if kind in set(kinds)]
    if wanted == community.sampled_excuses:
        return
    community.sampled_excuses = wanted
    session.add(community)
    facts = {"kinds": ",".join(wanted)}
    write_down(session, community_id, "registry.sampled_excuses_set", None, by=by, facts=facts, now=now)
