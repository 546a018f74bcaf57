"""A round's life: what may come after what, and when the clock alone decides. Pure."""

from collections.abc import Sequence
from datetime import datetime

from scheduling.rules import RoundState
from scheduling.rules.hours import Hours

_NEXT: dict[RoundState, frozenset[RoundState]] = {
    RoundState.DRAFT: frozenset({RoundState.PLANNED, RoundState.CANCELLED}),
    RoundState.PLANNED: frozenset({RoundState.PUBLISHED, RoundState.CANCELLED}),
    RoundState.PUBLISHED: frozenset({RoundState.OPEN, RoundState.CANCELLED}),
    RoundState.OPEN: frozenset({RoundState.CLOSED, RoundState.CANCELLED}),
    RoundState.CLOSED: frozenset({RoundState.ARCHIVED}),
}

# A plan is in force: what contradicts it is refused, and what it says stays on the public pages.
IN_FORCE = frozenset({RoundState.PUBLISHED, RoundState.OPEN})
EDITABLE = frozenset({RoundState.DRAFT, RoundState.PLANNED}) | IN_FORCE
# Residents may see it, or what became of it.
PUBLIC = IN_FORCE | {RoundState.CLOSED, RoundState.ARCHIVED, RoundState.CANCELLED}


def next_states(state: RoundState) -> frozenset[RoundState]:
    """What the round may become; none where its life has ended."""
    return _NEXT.get(state, frozenset())


def opens_at(state: RoundState, sessions: Sequence[Hours], published_at: datetime | None) -> datetime | None:
    """When the round opens by itself: with its first session, never before it was published. None = it does not."""
    if state is not RoundState.PUBLISHED or not sessions or published_at is None:
        return None
    return max(published_at, min(hours.starts_at for hours in sessions))


def counts_from(sessions: Sequence[Hours], opened_at: datetime) -> datetime:
    """From when on scans count once the round is opened: from the beginning of its hours, where they had begun.

    Lanes may have worked on paper before anybody pressed the button; who came in the hours that were told is not lost.
    """
    return min([opened_at, *(hours.starts_at for hours in sessions)])


def closes_at(state: RoundState, sessions: Sequence[Hours]) -> datetime | None:
    """When the round closes by itself: with its last session, make-up included. None = it does not."""
    if state is not RoundState.OPEN or not sessions:
        return None
    return max(hours.ends_at for hours in sessions)
