"""What a merge of two residents means at check-in: their scans are one person's, in every round that is not over.

A merge by mistake is taken back: each is again on the rosters as before, with the scans made under their own entry.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import Connection
from sqlmodel import Session, col, select

from bulou.database import insert_all
from bulou.plain_rows import plain_of, value_in
from checkin.errors import ScannedSinceMerge
from checkin.models import MergedEntry, OfficialLine, Scan, Ticket
from checkin.rules import ScanKind
from checkin.usecases import evidence
from checkin.usecases.evidence.roster import Entries, lock_entries, read_facts
from checkin.usecases.standing import settle_winners
from registry.models import Household, Resident
from registry.rules import ResidentsMerged, ResidentsMerging, ResidentsSeparated
from scheduling.models import Cohort, RosterEntry, Round
from scheduling.rules import EntryCause
from scheduling.rules.life import EDITABLE

_entry: Any = RosterEntry.__table__  # type: ignore[attr-defined]
# Follow from the scans, or say when something changed: neither is put back. Somebody else may have the number by now.
_NOT_KEPT = frozenset({"community_id", "round_id", "resident_id", "sampled_at", "sampled_scan_id", "changed_at"}) | {
    "arrived_at",
    "arrived_point_id",
    "arrived_number",
}


def _open_rounds(session: Session, community_id: str) -> list[UUID]:
    rounds = select(Round.id).where(
        Round.community_id == community_id,
        col(Round.state).in_(EDITABLE),
        col(Round.roster_taken_at).is_not(None),
    )
    return list(session.exec(rounds.order_by(col(Round.id))))


def hold_entries(session: Session, community_id: str, residents: Iterable[UUID]) -> Entries:
    """The entries of these people in every round that is not over, held all at once, in the order in which scans hold them."""
    session.flush()
    return lock_entries(session.connection(), community_id, _open_rounds(session, community_id), residents)


def keep_entries(session: Session, event: ResidentsMerging) -> None:
    """How both stand on the rosters that are not over, before they are one."""
    entries, rows = hold_entries(session, event.community_id, {event.gone, event.kept}), []
    for round_id in _open_rounds(session, event.community_id):
        for who, other in ((event.gone, event.kept), (event.kept, event.gone)):
            entry = entries.get((round_id, who))
            key = {"community_id": event.community_id, "round_id": round_id, "resident_id": who, "merged_with": other}
            rows.append({**key, "entry": _plain(entry) if entry is not None else None, "after": None})
    _forget(session, event)
    insert_all(session, MergedEntry, rows)


def _plain(entry: Any) -> dict[str, Any]:
    return {name: plain_of(value) for name, value in entry._mapping.items() if name not in _NOT_KEPT}


def join_scans(session: Session, event: ResidentsMerged, *, now: datetime) -> None:
    """Whoever was sampled under either entry is sampled, once; the other entry goes. Closed rounds stay as they are."""
    entries = hold_entries(session, event.community_id, {event.gone, event.kept})
    for round_id in _open_rounds(session, event.community_id):
        gone = evidence.EntryKey(event.community_id, round_id, event.gone)
        session.connection().execute(sa.delete(_entry).where(*_is(gone)))
    kept = {place: entry for place, entry in entries.items() if place[1] == event.kept}
    _settle(session, event.community_id, {event.kept}, kept, now=now)
    for (round_id, _kept), entry in hold_entries(session, event.community_id, {event.kept}).items():
        row = session.get(MergedEntry, (event.community_id, round_id, event.kept, event.gone))
        if row is not None:
            session.add(row.sqlmodel_update({"after": _plain(entry)}))
    session.flush()


def _settle(session: Session, community_id: str, people: set[UUID], entries: Entries, *, now: datetime) -> None:
    """Write what follows from the scans, where there are any or were. All at once: the points are held in one order."""
    rounds = _open_rounds(session, community_id)
    facts = read_facts(session.connection(), community_id, rounds, people)
    has_news = {
        place: of_person
        for place, of_person in facts.items()
        if of_person or ((entry := entries.get(place)) is not None and (entry.sampled_at or entry.arrived_at))
    }
    settle_winners(session.connection(), community_id, entries, has_news, now=now)


def separate_scans(session: Session, event: ResidentsSeparated, *, now: datetime) -> None:
    """Both stand on each roster as they did, and are sampled by their own scans. Closed rounds stay as they are.

    Raises ScannedSinceMerge where a scan of the one was counted for the other meanwhile.
    """
    both = {event.gone, event.kept}
    entries = hold_entries(session, event.community_id, both)
    _check_scans(session, event)
    for round_id in _open_rounds(session, event.community_id):
        for who, other in ((event.gone, event.kept), (event.kept, event.gone)):
            before = session.get(MergedEntry, (event.community_id, round_id, who, other))
            key = evidence.EntryKey(event.community_id, round_id, who)
            if before is not None:  # otherwise the roster was taken since: there is nothing to put back
                _put_back(session.connection(), key, before, entries.get((round_id, who)), now=now)
    entries = hold_entries(session, event.community_id, both)
    _settle(session, event.community_id, both, entries, now=now)
    _forget(session, event)


def _put_back(
    connection: Connection, key: evidence.EntryKey, before: MergedEntry, entry: Any, *, now: datetime
) -> None:
    """What the merge changed and nobody has changed since; whoever was dropped since stays away."""
    if before.entry is None:
        connection.execute(sa.delete(_entry).where(*_is(key)))
    elif before.after is None and entry is None:
        row = {"community_id": key.community_id, "round_id": key.round_id, "resident_id": key.resident_id}
        values = _values(before.entry) | _place_now(connection, key, before.entry)
        connection.execute(sa.insert(_entry).values(**row, **values, changed_at=now))
    elif before.after is not None and entry is not None:
        here, after = _plain(entry), before.after
        mine = {name: old for name, old in before.entry.items() if name in after and old != after[name] == here[name]}
        values = _values(mine)
        if not values.keys().isdisjoint(_PLACE):
            values |= _place_now(connection, key, before.entry)
        if values:
            connection.execute(sa.update(_entry).where(*_is(key)).values(**values, changed_at=now))


_PLACE = ("household_id", "building_id", "cohort_id", "is_doorstep")
_home, _resident, _cohort = Household.__table__, Resident.__table__, Cohort.__table__  # type: ignore[attr-defined]


def _values(plain: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value_in(_entry.c[name], value) for name, value in plain.items() if name not in _NOT_KEPT}


def _place_now(connection: Connection, key: evidence.EntryKey, before: Mapping[str, Any]) -> dict[str, Any]:
    """The door where they live now, and what those of that door are called with: the round may have been cut anew since."""
    is_theirs = (_resident.c.community_id == _home.c.community_id) & (_resident.c.household_id == _home.c.id)
    home = connection.execute(
        sa.select(_home.c.id, _home.c.building_id, _home.c.unit_id)
        .join(_resident, is_theirs)
        .where(_resident.c.community_id == key.community_id, _resident.c.id == key.resident_id)
    ).one()
    place = {"household_id": home.id, "building_id": home.building_id}
    cohort_id = value_in(_entry.c.cohort_id, before["cohort_id"])
    mate = _mate_of(connection, key, home.id) if before["cause"] != EntryCause.WALK_IN else None
    if mate is not None:
        return place | {"cohort_id": mate.cohort_id, "is_doorstep": mate.is_doorstep}
    stands = sa.select(_cohort.c.id).where(
        *(_cohort.c.community_id == key.community_id, _cohort.c.round_id == key.round_id),
        *(_cohort.c.id == cohort_id, _cohort.c.unit_id == home.unit_id),
    )
    return place | {"cohort_id": connection.execute(stands).scalar(), "is_doorstep": before["is_doorstep"]}


def _mate_of(connection: Connection, key: evidence.EntryKey, household_id: UUID) -> Any:
    """Somebody else of that door who is called, or visited there."""
    mates = sa.select(_entry.c.cohort_id, _entry.c.is_doorstep).where(
        *(_entry.c.community_id == key.community_id, _entry.c.round_id == key.round_id),
        *(_entry.c.household_id == household_id, _entry.c.resident_id != key.resident_id),
        _entry.c.cohort_id.is_not(None) | _entry.c.is_doorstep,
    )
    return connection.execute(mates.order_by(_entry.c.resident_id).limit(1)).first()


def _check_scans(session: Session, event: ResidentsSeparated) -> None:
    """Facts never change, and nobody can say whose the ticket was that was scanned for both."""
    undo = sa.alias(Scan.__table__)  # type: ignore[attr-defined]
    is_undone = sa.exists().where(
        undo.c.community_id == event.community_id, undo.c.undoes == col(Scan.id), undo.c.kind == ScanKind.UNDO
    )
    found = (
        select(Scan.id)
        .outerjoin(Ticket, (col(Ticket.community_id) == Scan.community_id) & (col(Ticket.id) == Scan.ticket_id))
        .where(
            Scan.community_id == event.community_id,
            Scan.resident_id == event.kept,
            Scan.kind != ScanKind.UNDO,
            col(Scan.round_id).in_(_open_rounds(session, event.community_id)),
            sa.or_(col(Ticket.resident_id) == event.gone, _is_listed(event), _is_of_door(event)),
            ~is_undone,
        )
    )
    if session.exec(found.limit(1)).first() is not None:
        raise ScannedSinceMerge()


def _is_listed(event: ResidentsSeparated) -> Any:
    """A condition: the scan is of a line of an official list that names the one who was gone."""
    return sa.exists().where(
        col(OfficialLine.community_id) == event.community_id,
        col(OfficialLine.scan_id) == col(Scan.id),
        col(OfficialLine.resident_id) == event.gone,
    )


def _is_of_door(event: ResidentsSeparated) -> Any:
    """A condition: since the merge, the ticket of their whole door was scanned; whom it was scanned for is not kept."""
    home = select(Resident.household_id).where(Resident.community_id == event.community_id, Resident.id == event.gone)
    doors = select(Household.id).where(
        Household.community_id == event.community_id,
        col(Household.id).in_(home) | col(Household.merged_into).in_(home),
    )
    is_since = col(Scan.received_at) >= event.merged_at
    return sa.and_(is_since, col(Ticket.resident_id).is_(None), col(Ticket.household_id).in_(doors))


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
