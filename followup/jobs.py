"""Many excuses at once: written in parts, between which phones write; more than a few hundred by the worker, with progress."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import Session

from accounts.rules import Principal
from bulou.clock import clock
from bulou.database import chunks, let_others_write, reading, transaction
from bulou.jobs import Progress, Work, ask_for
from bulou.models import JobRequest
from registry import usecases as registry
from registry.rules import ExcuseKind
from registry.usecases import ExcuseGiven

EXCUSE, REVIEW = "followup.excuse", "followup.review"
PART = 50  # people of one transaction
AT_ONCE = 500  # people for whom somebody waits
Tell = Callable[[float], None]
Facts = dict[str, Any]


def be_silent(_done_share: float) -> None:
    """Nobody watches."""


# One reason for many.


def excuse_or_ask(
    residents: Iterable[UUID], given: ExcuseGiven, back: Facts, *, by: Principal, now: datetime
) -> tuple[int, UUID | None]:
    """How many are excused; with many of them, what was asked of the worker. `back`: which page they came from.

    Nobody is excused where somebody is not of this community. Raises ResidentNotFound, ExcuseEndsBeforeItBegins.
    """
    people = sorted(set(residents))
    with reading() as session:
        registry.check_excuses(session, by.community_id, people, given, now=now)
    if len(people) <= AT_ONCE:
        excuse_all(people, given, by, be_silent)
        return len(people), None
    facts = {"people": [str(id_) for id_ in people], "given": _plain(given), "heads": len(people), "back": back}
    return len(people), _ask(EXCUSE, facts, by, now)


def excuse_all(people: list[UUID], given: ExcuseGiven, by: Principal, tell: Tell) -> None:
    """Taken up again it goes on where it ended: whoever is excused so already is passed over."""
    for done, part in enumerate(chunks(people, PART)):
        with transaction() as session:
            registry.excuse_residents(session, by.community_id, part, given, by=by, now=clock().now())
        let_others_write()
        tell(done * PART / len(people))


def run_excuse(request: JobRequest, progress: Progress) -> None:
    """Do it; nothing is left to do where the worker died after the last part."""
    if "people" not in request.facts:
        return
    people, given = [UUID(id_) for id_ in request.facts["people"]], _given(request.facts["given"])
    _do(request, lambda: excuse_all(people, given, _asker(request), progress.tell))


def _plain(given: ExcuseGiven) -> Facts:
    times = {name: at.isoformat() if at else "" for name, at in (("from", given.from_at), ("until", given.until_at))}
    return {"kind": given.kind.value, "note": given.note, "proof": given.proof, **times}


def _given(plain: Facts) -> ExcuseGiven:
    from_at, until_at = (datetime.fromisoformat(plain[name]) if plain[name] else None for name in ("from", "until"))
    return ExcuseGiven(ExcuseKind(plain["kind"]), from_at, until_at, plain["note"], plain["proof"])


# One answer to many proposals.


def review_or_ask(
    proposals: Iterable[UUID], back: Facts, *, is_accepted: bool, answer: str, by: Principal, now: datetime
) -> tuple[registry.Reviewed, UUID | None]:
    """What came of it; with many proposals, what was asked of the worker. Raises ExcuseNotFound, RejectedWithoutReason."""
    wanted = sorted(set(proposals))
    with reading() as session:
        registry.check_review(session, by.community_id, wanted, is_accepted=is_accepted, answer=answer)
    if len(wanted) <= AT_ONCE:
        return review_all(wanted, by, be_silent, is_accepted=is_accepted, answer=answer), None
    facts = {"excuses": [str(id_) for id_ in wanted], "accept": is_accepted, "answer": answer, "heads": len(wanted)}
    return registry.Reviewed(0, 0), _ask(REVIEW, {**facts, "back": back}, by, now)


def review_all(wanted: list[UUID], by: Principal, tell: Tell, *, is_accepted: bool, answer: str) -> registry.Reviewed:
    decided = too_late = 0
    for done, part in enumerate(chunks(wanted, PART)):
        with transaction() as session:
            reviewed = registry.review_excuses(
                session, by.community_id, part, is_accepted=is_accepted, answer=answer, by=by, now=clock().now()
            )
        decided, too_late = decided + reviewed.decided, too_late + reviewed.too_late
        let_others_write()
        tell(done * PART / len(wanted))
    return registry.Reviewed(decided, too_late)


def run_review(request: JobRequest, progress: Progress) -> None:
    """The same of a review."""
    if "excuses" not in request.facts:
        return
    facts, by = request.facts, _asker(request)
    wanted = [UUID(id_) for id_ in facts["excuses"]]

    def review() -> None:
        review_all(wanted, by, progress.tell, is_accepted=facts["accept"], answer=facts["answer"])

    _do(request, review)


# Both.


def _ask(kind: str, facts: Facts, by: Principal, now: datetime) -> UUID:
    with transaction() as session:
        return ask_for(session, by.community_id, kind, facts, by=by.account_id, now=now).id


def _asker(request: JobRequest) -> Principal:
    return Principal(request.community_id, (), account_id=request.asked_by)


def _do(request: JobRequest, work: Callable[[], object]) -> None:
    """Do it, and forget whom it was about: what was asked stays for years, and is no place for that."""
    try:
        work()
    finally:
        with transaction() as session:
            _forget(session, request)


def _forget(session: Session, request: JobRequest) -> None:
    kept = session.get_one(JobRequest, (request.community_id, request.id))
    kept.facts = {name: request.facts[name] for name in ("heads", "back")}
    session.add(kept)


WORKS = [Work(EXCUSE, run_excuse), Work(REVIEW, run_review)]
