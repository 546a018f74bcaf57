"""A round opens, closes or is cancelled: by hand, or when its time has come."""

from collections.abc import Callable, Iterable
from datetime import datetime

import structlog
from sqlmodel import Session, col, select

from accounts.rules import Principal
from accounts.usecases import note
from bulou.announcements import announce
from scheduling.errors import RoundCannotBecome
from scheduling.models import Round, SamplingSession
from scheduling.queries.setup import RoundKey, get_round, hours_of, list_sampling_sessions
from scheduling.rules import RoundClosed, RoundState
from scheduling.rules.hours import Hours
from scheduling.rules.life import closes_at, counts_from, next_states, opens_at
from scheduling.rules.words import say_state

log = structlog.get_logger()


def open_round(session: Session, key: RoundKey, *, by: Principal | None = None, now: datetime) -> bool:
    """Scans count: from now on, or from when the hours began. A repeat gives False. Raises RoundCannotBecome."""
    round_ = _step(session, key, RoundState.OPEN, by=by, now=now)
    if round_ is None:
        return False
    round_.opened_at = counts_from([hours_of(row) for row in list_sampling_sessions(session, key)], now)
    session.flush()
    return True


def close_round(session: Session, key: RoundKey, *, by: Principal | None = None, now: datetime) -> bool:
    """Missing becomes missed. A repeat changes nothing and gives False. Raises RoundCannotBecome."""
    round_ = _step(session, key, RoundState.CLOSED, by=by, now=now)
    if round_ is None:
        return False
    round_.closed_at = now
    session.flush()
    announce(session, RoundClosed(*key))
    return True


def cancel_round(
    session: Session, key: RoundKey, *, because: str = "", by: Principal | None = None, now: datetime
) -> bool:
    """Nobody need come, residents read why, and scans made from now on count no more. A repeat gives False.

    Raises RoundCannotBecome.
    """
    round_ = _step(session, key, RoundState.CANCELLED, by=by, now=now)
    if round_ is None:
        return False
    round_.cancelled_because, round_.closed_at = because, now
    session.flush()
    return True


def _step(session: Session, key: RoundKey, wanted: RoundState, *, by: Principal | None, now: datetime) -> Round | None:
    """The round, locked and in its new state; None where it was in it already."""
    round_ = get_round(session, key, lock=True)
    if round_.state is wanted:
        return None
    if wanted not in next_states(round_.state):
        raise RoundCannotBecome(state=say_state(round_.state), wanted=say_state(wanted))
    round_.state, round_.changed_at = wanted, now
    session.add(round_)
    note(session, key[0], f"round.{wanted}", key[1], by=by, now=now)
    return round_


def open_due_rounds(session: Session, *, now: datetime) -> int:
    """Open what was published and has begun. After a stop it opens as of the time it was due, so late scans count."""
    opened = 0
    for round_, sessions in _rounds_with_hours(session, RoundState.PUBLISHED):
        due_at = opens_at(round_.state, sessions, round_.published_at)
        if due_at is not None and due_at <= now:
            opened += _by_itself(session, open_round, (round_.community_id, round_.id), due_at)
    return opened


def close_due_rounds(session: Session, *, now: datetime) -> int:
    """Close what has ended, first what is still to be opened: after a stop of hours both happened, in order."""
    open_due_rounds(session, now=now)
    closed = 0
    for round_, sessions in _rounds_with_hours(session, RoundState.OPEN):
        due_at = closes_at(round_.state, sessions)
        if due_at is not None and due_at <= now:
            # Opened by hand after its last session: then it ends when it began, not before.
            at = max(due_at, round_.opened_at or due_at)
            closed += _by_itself(session, close_round, (round_.community_id, round_.id), at)
    return closed


def _by_itself(session: Session, step: Callable[..., bool], key: RoundKey, at: datetime) -> bool:
    """One round's step within the job; a round that cannot take it holds up no other."""
    try:
        with session.begin_nested():
            done = step(session, key, now=at)
    except Exception as failure:
        log.error("round_step_failed", step=step.__name__, failure=type(failure).__name__)
        return False
    if done:
        log.info("round_step", step=step.__name__)
    return done


def _rounds_with_hours(session: Session, state: RoundState) -> Iterable[tuple[Round, list[Hours]]]:
    """The oldest first. Which of them are due is for the rules to say."""
    has_begun = select(SamplingSession.round_id).where(
        col(SamplingSession.community_id) == Round.community_id, col(SamplingSession.round_id) == Round.id
    )
    rounds = session.exec(select(Round).where(Round.state == state, has_begun.exists()).order_by(col(Round.id))).all()
    return [
        (round_, [hours_of(row) for row in list_sampling_sessions(session, (round_.community_id, round_.id))])
        for round_ in rounds
    ]
