"""What a merge of two residents means at check-in: their scans are one person's, in every round that is not over.

A merge by mistake is taken back: each is again on the rosters as before, with the scans made under their own entry.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection
from sqlmodel import Session, col, select

from bulou.database import insert_all
from bulou.plain_rows import plain_of, value_in
from checkin.errors import ScannedSinceMerge
from checkin.models import MergedEntry, Scan, Ticket
from checkin.rules import ScanKind
from checkin.usecases import evidence
from checkin.usecases.standing import settle_winner
from registry.rules import ResidentsMerged, ResidentsMerging, ResidentsSeparated
from scheduling.models import RosterEntry, Round
from scheduling.rules.life import EDITABLE

_entry: Any = RosterEntry.__table__  # type: ignore[attr-defined]
# Follow from the scans, or say when something changed: neither is put back.
_NOT_KEPT = frozenset({"community_id", "round_id", "resident_id", "sampled_at", "sampled_scan_id", "changed_at"})


def _open_rounds(session: Session, community_id: str) -> Iterator[Round]:
    rounds = select(Round).where(
        Round.community_id == community_id,
        col(Round.state).in_(EDITABLE),
        col(Round.roster_taken_at).is_not(None),
    )
    yield from session.exec(rounds.order_by(col(Round.id))).all()


def keep_entries(session: Session, event: ResidentsMerging) -> None:
    """How both stand on the rosters that are not over, before they are one."""
    session.flush()
    connection, rows = session.connection(), []
    for round_ in _open_rounds(session, event.community_id):
        for who, other in ((event.gone, event.kept), (event.kept, event.gone)):
            entry = evidence.lock_entry(connection, evidence.EntryKey(event.community_id, round_.id, who))
            key = {"community_id": event.community_id, "round_id": round_.id, "resident_id": who, "merged_with": other}
            rows.append({**key, "entry": _plain(entry) if entry is not None else None})
    _forget(session, event)
    insert_all(session, MergedEntry, rows)


def _plain(entry: Any) -> dict[str, Any]:
    return {name: plain_of(value) for name, value in entry._mapping.items() if name not in _NOT_KEPT}


def join_scans(session: Session, event: ResidentsMerged, *, now: datetime) -> None:
    """Whoever was sampled under either entry is sampled, once; the other entry goes. Closed rounds stay as they are."""
    session.flush()
    connection = session.connection()
    for round_ in _open_rounds(session, event.community_id):
        gone = evidence.EntryKey(event.community_id, round_.id, event.gone)
        kept = evidence.EntryKey(event.community_id, round_.id, event.kept)
        evidence.lock_entry(connection, gone)
        entry = evidence.lock_entry(connection, kept)
        connection.execute(sa.delete(_entry).where(*_is(gone)))
        if facts := evidence.list_facts(connection, kept):
            settle_winner(connection, kept, facts, entry, now=now)


def separate_scans(session: Session, event: ResidentsSeparated, *, now: datetime) -> None:
    """Both stand on each roster as they did, and are sampled by their own scans. Closed rounds stay as they are.

    Raises ScannedSinceMerge where a scan of the one was counted for the other meanwhile.
    """
    session.flush()
    _check_scans(session, event)
    for round_ in _open_rounds(session, event.community_id):
        for who, other in ((event.gone, event.kept), (event.kept, event.gone)):
            before = session.get(MergedEntry, (event.community_id, round_.id, who, other))
            key = evidence.EntryKey(event.community_id, round_.id, who)
            _put_back(session.connection(), key, before, now=now)
    _forget(session, event)


def _put_back(connection: Connection, key: evidence.EntryKey, before: MergedEntry | None, *, now: datetime) -> None:
    """`before` None = the roster was taken since: there is nothing to put back, only scans to settle."""
    entry = evidence.lock_entry(connection, key)
    if before is not None and before.entry is None:
        connection.execute(sa.delete(_entry).where(*_is(key)))
    elif before is not None and before.entry is not None:
        values = {name: value_in(_entry.c[name], plain) for name, plain in before.entry.items()}
        row = {"community_id": key.community_id, "round_id": key.round_id, "resident_id": key.resident_id}
        change: Any = sa.insert(_entry).values(**row) if entry is None else sa.update(_entry).where(*_is(key))
        connection.execute(change.values(**values, changed_at=now))
    entry = evidence.lock_entry(connection, key)
    facts = evidence.list_facts(connection, key)
    if facts or (entry is not None and entry.sampled_at is not None):
        settle_winner(connection, key, facts, entry, now=now)


def _check_scans(session: Session, event: ResidentsSeparated) -> None:
    """Facts never change, and nobody can say whose the ticket was that was scanned for both."""
    undo = sa.alias(Scan.__table__)  # type: ignore[attr-defined]
    is_undone = sa.exists().where(
        undo.c.community_id == event.community_id, undo.c.undoes == col(Scan.id), undo.c.kind == ScanKind.UNDO
    )
    of_ticket = (col(Ticket.community_id) == Scan.community_id) & (col(Ticket.id) == Scan.ticket_id)
    found = (
        select(Scan.id)
        .join(Ticket, of_ticket)
        .where(
            Scan.community_id == event.community_id,
            Scan.resident_id == event.kept,
            Ticket.resident_id == event.gone,
            Scan.kind != ScanKind.UNDO,
            col(Scan.round_id).in_([round_.id for round_ in _open_rounds(session, event.community_id)]),
            ~is_undone,
        )
    )
    if session.exec(found.limit(1)).first() is not None:
        raise ScannedSinceMerge()


def _forget(session: Session, event: ResidentsMerging | ResidentsSeparated) -> None:
    """What was kept of these two."""
    both = [event.gone, event.kept]
    rows = sa.delete(MergedEntry).where(
        col(MergedEntry.community_id) == event.community_id,
        col(MergedEntry.resident_id).in_(both),
        col(MergedEntry.merged_with).in_(both),
    )
    session.connection().execute(rows)
    session.expire_all()


def _is(key: evidence.EntryKey) -> tuple[Any, ...]:
    return (
        _entry.c.community_id == key.community_id,
        _entry.c.round_id == key.round_id,
        _entry.c.resident_id == key.resident_id,
    )
