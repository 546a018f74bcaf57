"""Excuses: why somebody need not come, from when until when; what was proposed is reviewed."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import Session, col, select

from accounts.rules import Principal
from accounts.usecases import note as write_down
from bulou.ids import new_id
from bulou.text import clean_text
from registry.errors import ExcuseEndsBeforeItBegins, ExcuseNotFound, ExcuseReviewed, RejectedWithoutReason
from registry.models import Community, Excuse
from registry.queries.people import get_resident
from registry.rules import ExcuseKind, ExcuseState

Key = tuple[str, UUID]  # community_id, id


def excuse_resident(
    session: Session,
    resident: Key,
    *,
    kind: ExcuseKind,
    from_at: datetime,
    until_at: datetime | None = None,  # None = until withdrawn
    note: str = "",
    proof: str = "",  # what was shown, in words
    by: Principal | None = None,  # None = a program
    now: datetime,
) -> Excuse:
    """Excuse somebody. The same excuse again changes nothing and gives the first. Raises ResidentNotFound."""
    if until_at is not None and until_at <= from_at:
        raise ExcuseEndsBeforeItBegins()
    community_id, resident_id = get_resident(session, resident, lock=True).key
    text = clean_text(note, max_length=200)
    if (found := _find_same(session, (community_id, resident_id), kind, from_at, until_at, text, now)) is not None:
        return found
    row = Excuse(
        community_id=community_id,
        id=new_id(),
        resident_id=resident_id,
        kind=kind,
        state=ExcuseState.ACCEPTED,
        from_at=from_at,
        until_at=until_at,
        note=text,
        proof=clean_text(proof, max_length=200),
        author_id=by.account_id if by else None,
        created_at=now,
    )
    session.add(row)
    session.flush()
    write_down(session, community_id, "registry.excused", row.id, by=by, facts={"kind": kind.value}, now=now)
    return row


@dataclass(frozen=True, slots=True)
class ExcuseGiven:
    """Why somebody need not come, as it was entered. `until_at` None = until withdrawn."""

    kind: ExcuseKind
    from_at: datetime
    until_at: datetime | None = None
    note: str = ""
    proof: str = ""


def excuse_residents(
    session: Session,
    community_id: str,
    residents: Iterable[UUID],
    given: ExcuseGiven,
    *,
    by: Principal | None,
    now: datetime,
) -> int:
    """Excuse several people for one reason, or nobody; how many they are. A repeat changes nothing."""
    people = sorted(set(residents))  # in one order, so that two who do this at once do not wait for each other
    for resident_id in people:
        excuse_resident(
            session,
            (community_id, resident_id),
            kind=given.kind,
            from_at=given.from_at,
            until_at=given.until_at,
            note=given.note,
            proof=given.proof,
            by=by,
            now=now,
        )
    return len(people)


def _find_same(
    session: Session,
    resident: Key,
    kind: ExcuseKind,
    from_at: datetime,
    until_at: datetime | None,
    note: str,
    now: datetime,
) -> Excuse | None:
    """An excuse sent again: the same words, and the same beginning or one that was not given and so is now."""
    excuses = session.exec(
        select(Excuse).where(
            Excuse.community_id == resident[0],
            Excuse.resident_id == resident[1],
            Excuse.kind == kind,
            Excuse.state == ExcuseState.ACCEPTED,
            Excuse.note == note,
            col(Excuse.withdrawn_at).is_(None),
        )
    )
    for excuse in excuses:
        began = excuse.from_at == from_at or (from_at == now and excuse.from_at <= now)
        if began and excuse.until_at == until_at:
            return excuse
    return None


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
    decided = too_late = 0
    for excuse_id in sorted(set(proposals)):
        try:
            review_excuse(session, (community_id, excuse_id), is_accepted=is_accepted, answer=answer, by=by, now=now)
            decided += 1
        except ExcuseReviewed:
            too_late += 1
    return Reviewed(decided, too_late)


def review_excuse(
    session: Session, excuse: Key, *, is_accepted: bool, answer: str = "", by: Principal | None, now: datetime
) -> None:
    """Accept or reject what a volunteer proposed; a rejection says why.

    The same review again changes nothing. Raises ExcuseNotFound, ExcuseReviewed and RejectedWithoutReason.
    """
    row = session.get(Excuse, excuse, with_for_update=True, populate_existing=True)
    if row is None:
        raise ExcuseNotFound()
    wanted = ExcuseState.ACCEPTED if is_accepted else ExcuseState.REJECTED
    if row.state is wanted:
        return
    if row.state is not ExcuseState.PROPOSED or row.withdrawn_at is not None:
        raise ExcuseReviewed()
    reason = clean_text(answer, max_length=200)
    if not is_accepted and not reason:
        raise RejectedWithoutReason()
    row.state, row.reviewed_at, row.reviewer_id = wanted, now, by.account_id if by else None
    row.answer = "" if is_accepted else reason
    session.add(row)
    write_down(
        session, row.community_id, "registry.excuse_reviewed", row.id, by=by, facts={"state": wanted.value}, now=now
    )


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
