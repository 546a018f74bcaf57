"""What a merge of two residents means at check-in: their scans are one person's, in every round that is not over."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from checkin.usecases import evidence
from checkin.usecases.standing import settle_winner
from registry.rules import ResidentsMerged
from scheduling.models import RosterEntry, Round
from scheduling.rules.life import EDITABLE

_entry: Any = RosterEntry.__table__  # type: ignore[attr-defined]


def join_scans(session: Session, event: ResidentsMerged, *, now: datetime) -> None:
    """Whoever was sampled under either entry is sampled, once; the other entry goes. Closed rounds stay as they are."""
    session.flush()
    connection = session.connection()
    rounds = select(Round.id).where(
        Round.community_id == event.community_id,
        col(Round.state).in_(EDITABLE),
        col(Round.roster_taken_at).is_not(None),
    )
    for round_id in session.exec(rounds.order_by(col(Round.id))).all():
        gone = evidence.EntryKey(event.community_id, round_id, event.gone)
        kept = evidence.EntryKey(event.community_id, round_id, event.kept)
        evidence.lock_entry(connection, gone)
        entry = evidence.lock_entry(connection, kept)
        connection.execute(
            sa.delete(_entry).where(
                _entry.c.community_id == gone.community_id,
                _entry.c.round_id == round_id,
                _entry.c.resident_id == event.gone,
            )
        )
        if facts := evidence.list_facts(connection, kept):
            settle_winner(connection, kept, facts, entry, now=now)
