"""Recording scans. The database, not a look beforehand, says which of two came first."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import Connection
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session

from accounts.rules import Permission, Principal
from bulou.errors import DomainError
from checkin.errors import CodeMissing, NotOfHousehold, PointNotFound, PointNotYours, ScanIdReused, UndoesMissing
from checkin.forms import IncomingScan
from checkin.models import Scan, Visitor
from checkin.rules import (
    COMMUNITY_LENGTH,
    Fact,
    Facts,
    Outcome,
    PersonFacts,
    PointFacts,
    RoundFacts,
    ScanFacts,
    ScanKind,
    TicketFacts,
    Verdict,
    arrivals,
    judge_scan,
    read_ticket_code,
    settle,
)
from checkin.usecases import evidence
from checkin.usecases.answers import Answer, Kept, read_kept, say, shown_place
from checkin.usecases.standing import settle_winner

_scan, _visitor = Scan.__table__, Visitor.__table__  # type: ignore[attr-defined]


def record_scan(session: Session, scan: IncomingScan, *, by: Principal, now: datetime) -> Answer:
    """Record one fact. Sent again, it changes nothing and gets the same answer.

    Raises PointNotFound, PointNotYours, ScanIdReused, NotOfHousehold, CodeMissing, UndoesMissing, and then keeps nothing.
    """
    _check_whole(scan)
    connection = session.connection()
    evidence.lock_ids(connection, (scan.scan_id, scan.undoes))
    point = _point_of(connection, scan, by)
    if scan.kind is ScanKind.UNDO:
        return record_undo(connection, scan, point.round_id, by=by, now=now)
    seen = _look(connection, scan, point, by.community_id)
    verdict = judge_scan(seen.facts)
    kept = _kept_answer(connection, scan, seen, verdict)
    if not _insert(connection, scan, seen, verdict, kept, by=by, now=now):
        return _earlier_answer(connection, scan, by.community_id)
    _note_visitor(connection, scan, seen, by.community_id, now)
    if seen.person is not None:
        settle_winner(connection, seen.key, [*seen.others, _fact(scan, seen, verdict)], seen.entry, now=now)
    return say(connection, by.community_id, scan.scan_id, kept, scan.point, seen.person)


def record_scans(
    session: Session,
    scans: Sequence[IncomingScan],
    *,
    by: Principal,
    now: datetime,
    tell: Callable[[Answer], Any],
    refuse: Callable[[IncomingScan, DomainError], Any],
) -> list[Any]:
    """Record several facts in the order given. What one is refused spoils no other.

    Gives what `tell` and `refuse` make of each: it is put into words here, where the names can be read.
    """
    connection = session.connection()
    evidence.lock_ids(connection, [id_ for scan in scans for id_ in (scan.scan_id, scan.undoes)])
    codes = {code for scan in scans if (code := read_ticket_code(scan.code or "")) is not None}
    residents = {scan.resident for scan in scans if scan.resident is not None}
    evidence.lock_people(connection, by.community_id, codes, residents)
    answers = []
    for scan in scans:
        try:
            answers.append(tell(record_scan(session, scan, by=by, now=now)))
        except DomainError as refusal:
            answers.append(refuse(scan, refusal))
    return answers


def _check_whole(scan: IncomingScan) -> None:
    if scan.kind is ScanKind.UNDO:
        if scan.undoes is None:
            raise UndoesMissing()
    elif not scan.code:
        raise CodeMissing()


def _point_of(connection: Connection, scan: IncomingScan, by: Principal) -> Any:
    point = evidence.find_point(connection, by.community_id, scan.point, scan.corrected_at, scan.scan_id)
    if point is None:
        raise PointNotFound()
    if not by.may(Permission.SCAN, round_id=point.round_id, point_id=point.id):
        raise PointNotYours()
    return point


# What is seen of a scan.


@dataclass(frozen=True, slots=True)
class Seen:
    """The facts the verdict is made from, and the rows they were read from."""

    facts: Facts
    point: Any
    code: str | None
    key: evidence.EntryKey
    ticket: Any = None
    person: Any = None
    entry: Any = None
    others: tuple[Fact, ...] = ()


def _look(connection: Connection, scan: IncomingScan, point: Any, community_id: str) -> Seen:
    code = read_ticket_code(scan.code or "")
    at = scan.corrected_at
    ticket = code and evidence.find_ticket(connection, community_id, code, scan.resident, at)
    person = _person_of(connection, scan, ticket, point, community_id) if ticket else None
    key = evidence.EntryKey(community_id, point.round_id, person.resident_id if person else None)
    entry, others = None, []
    if person:
        entry = evidence.lock_entry(connection, key)
        others = [fact for fact in evidence.list_facts(connection, key) if fact.id != scan.scan_id]
    facts = Facts(
        scan=ScanFacts(scan.kind, at, str(scan.point), bool(scan.override), scan.taken),
        ticket=TicketFacts(ticket.campaign_id == point.campaign_id, ticket.revoked_at) if ticket else None,
        round=RoundFacts(point.opened_at, point.closed_at),
        point=PointFacts(bool(point.is_doorstep), bool(point.is_makeup)),
        person=_person_facts(connection, scan, point, person, entry, others, community_id) if person else None,
    )
    return Seen(facts, point, code, key, ticket, person, entry, tuple(others))


def _person_of(connection: Connection, scan: IncomingScan, ticket: Any, point: Any, community_id: str) -> Any:
    """Whom the scan is about; None = a household of which nobody was named. Raises NotOfHousehold."""
    if ticket.ticket_resident_id is not None:
        if scan.resident is not None and scan.resident not in (ticket.ticket_resident_id, ticket.merged_into):
            raise NotOfHousehold()
    elif scan.resident is None:
        return None
    elif ticket.household_id != ticket.ticket_household_id:
        _check_moved(connection, scan, ticket, point, community_id)
    if ticket.merged_into is not None:
        return evidence.find_resident(connection, community_id, ticket.merged_into, scan.corrected_at)
    return ticket if ticket.resident_id is not None else None


def _check_moved(connection: Connection, scan: IncomingScan, ticket: Any, point: Any, community_id: str) -> None:
    """Whoever moved since the roster was taken may still be scanned with the household they are listed in."""
    entry = None
    if ticket.resident_id is not None:
        key = evidence.EntryKey(community_id, point.round_id, ticket.resident_id)
        entry = evidence.lock_entry(connection, key)
    if entry is None or entry.household_id != ticket.ticket_household_id:
        raise NotOfHousehold()


def _person_facts(
    connection: Connection,
    scan: IncomingScan,
    point: Any,
    person: Any,
    entry: Any,
    others: Sequence[Fact],
    community_id: str,
) -> PersonFacts:
    here_since = arrivals(others).get(str(scan.point))
    return PersonFacts(
        is_sampled=settle(others).sampled is not None,
        is_excused=bool(person.is_excused),
        is_isolated=bool(person.is_isolated),
        is_arrived_here=here_since is not None and here_since <= scan.corrected_at,
        place=evidence.find_place(connection, community_id, entry, scan.corrected_at, point.timezone),
    )


# What is kept of a scan.


def _fact(scan: IncomingScan, seen: Seen, verdict: Verdict) -> Fact:
    return Fact(
        id=scan.scan_id,
        kind=scan.kind,
        point=str(scan.point),
        at=scan.corrected_at,
        counts=verdict.counts,
        against=verdict.against,
        is_undone=bool(seen.point.is_undone),
    )


def _kept_answer(connection: Connection, scan: IncomingScan, seen: Seen, verdict: Verdict) -> Kept:
    if seen.person is None:
        members = _due(connection, scan, seen) if verdict.outcome is Outcome.CHOOSE_MEMBER else None
        return Kept(verdict.outcome, scan.kind, member_ids=members)
    standing = settle([*seen.others, _fact(scan, seen, verdict)])
    person = seen.facts.person
    return Kept(
        # Taken back before it came: it must not be taken for one that counts.
        outcome=Outcome.UNDONE if seen.point.is_undone else verdict.outcome,
        kind=scan.kind,
        resident_id=seen.person.resident_id,
        sampled_at=standing.sampled.at if standing.sampled else None,
        place=shown_place(person.place) if person else None,
        is_isolated=bool(seen.person.is_isolated),
    )


def _due(connection: Connection, scan: IncomingScan, seen: Seen) -> tuple[UUID, ...]:
    household_id = seen.ticket.ticket_household_id
    return tuple(evidence.list_due(connection, seen.key, household_id, scan.corrected_at))


def _insert(
    connection: Connection,
    scan: IncomingScan,
    seen: Seen,
    verdict: Verdict,
    kept: Kept,
    *,
    by: Principal,
    now: datetime,
) -> bool:
    """Add the row. False where one with this id is there."""
    values = {
        "ticket_id": seen.ticket.ticket_id if seen.ticket else None,
        "code": seen.code,
        "counts": verdict.counts,
        "against": verdict.against,
    }
    return insert_row(connection, scan, seen.key, kept, values, by=by, now=now)


def insert_row(
    connection: Connection,
    scan: IncomingScan,
    key: evidence.EntryKey,
    kept: Kept,
    values: dict[str, Any],
    *,
    by: Principal,
    now: datetime,
) -> bool:
    row = {
        "community_id": key.community_id,
        "id": scan.scan_id,
        "round_id": key.round_id,
        "point_id": scan.point,
        "kind": scan.kind,
        "resident_id": key.resident_id,
        "group_id": scan.group_id,
        "undoes": scan.undoes if scan.kind is ScanKind.UNDO else None,
        "outcome": kept.outcome,
        "answer": kept.as_json(),
        "content_hash": scan.content_hash,
        "override": scan.override or None,
        "is_taken": scan.taken,
        "plan_version": scan.plan,
        "lane": scan.lane,
        "tube": scan.tube,
        "source": scan.source,
        "scanned_at": scan.scanned_at,
        "clock_offset_ms": scan.clock_offset_ms,
        "corrected_at": scan.corrected_at,
        "received_at": now,
        "device_id": by.token_id,
        "device_seq": scan.device_seq,
        "author_id": by.account_id,
        "ticket_id": None,
        "code": None,
        "counts": False,
        "against": None,
        **values,
    }
    return connection.execute(_INSERT[connection.dialect.name], row).first() is not None


_INSERT = {
    "sqlite": sqlite.insert(_scan).on_conflict_do_nothing().returning(_scan.c.id),
    "postgresql": postgresql.insert(_scan).on_conflict_do_nothing().returning(_scan.c.id),
}


def _note_visitor(connection: Connection, scan: IncomingScan, seen: Seen, community_id: str, now: datetime) -> None:
    """A ticket that another community gave out: the person is counted apart."""
    if seen.code is None or seen.ticket or seen.code[:COMMUNITY_LENGTH] == community_id:
        return
    row = {"community_id": community_id, "scan_id": scan.scan_id, "round_id": seen.key.round_id, "code": seen.code}
    connection.execute(sa.insert(_visitor), {**row, "seen_at": scan.corrected_at})


def _earlier_answer(connection: Connection, scan: IncomingScan, community_id: str) -> Answer:
    """What this scan was answered before. Raises ScanIdReused where it was another one."""
    row = evidence.find_kept(connection, community_id, scan.scan_id)
    if row.content_hash != scan.content_hash:
        raise ScanIdReused()
    return say(connection, community_id, scan.scan_id, read_kept(row), scan.point)


# Taking back.


def record_undo(connection: Connection, scan: IncomingScan, round_id: UUID, *, by: Principal, now: datetime) -> Answer:
    """Take a scan of this round back. It may not have arrived yet; when it does, it will not count."""
    assert scan.undoes is not None  # checked on entry
    target = evidence.find_kept(connection, by.community_id, scan.undoes)
    is_ours = target is not None and target.round_id == round_id and target.kind is not ScanKind.UNDO
    key = evidence.EntryKey(by.community_id, round_id, target.resident_id if is_ours else None)
    key, entry = _entry_now(connection, key, scan.corrected_at)
    kept = Kept(Outcome.UNDONE, ScanKind.UNDO, resident_id=key.resident_id)
    if not insert_row(connection, scan, key, kept, {}, by=by, now=now):
        return _earlier_answer(connection, scan, by.community_id)
    if key.resident_id:
        settle_winner(connection, key, evidence.list_facts(connection, key), entry, now=now)
    return say(connection, by.community_id, scan.scan_id, kept, scan.point)


def _entry_now(connection: Connection, key: evidence.EntryKey, at: datetime) -> tuple[evidence.EntryKey, Any]:
    """The entry that a scan made earlier is settled on now, held: of somebody who was merged since, the one they are."""
    if key.resident_id is None:
        return key, None
    entry = evidence.lock_entry(connection, key)
    person = evidence.find_resident(connection, key.community_id, key.resident_id, at) if entry is None else None
    if person is None or person.resident_id == key.resident_id:
        return key, entry
    key = evidence.EntryKey(key.community_id, key.round_id, person.resident_id)
    return key, evidence.lock_entry(connection, key)
