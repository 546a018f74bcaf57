"""The facts of source `official`: a person has at most one that stands in a round, whatever lists name them.

Its id is made of round, person and how often such a fact was taken back because a line turned out to be somebody else.
"""

from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import Connection
from sqlmodel import Session

from accounts.rules import Area, Principal, Role
from checkin.errors import LineNotFound, RoundNeverOpened
from checkin.forms import IncomingScan
from checkin.rules import (
    Fact,
    Facts,
    PersonFacts,
    PointFacts,
    RoundFacts,
    ScanFacts,
    ScanKind,
    ScanSource,
    TicketFacts,
    Verdict,
    judge_scan,
    settle,
)
from checkin.rules.paper import undo_id
from checkin.usecases import evidence
from checkin.usecases.answers import Kept
from checkin.usecases.keeping import insert_scans, scan_row
from checkin.usecases.scans import record_scan
from checkin.usecases.standing import settle_winner
from scheduling.models import Round
from scheduling.rules import RoundState
from scheduling.usecases.points import official_point


def check_counts(round_: Round) -> datetime:
    """Whether a list may add to it, and since when: not before it opens, nothing once it was called off or put away.

    Raises RoundNeverOpened.
    """
    if round_.opened_at is None or round_.state in (RoundState.CANCELLED, RoundState.ARCHIVED):
        raise RoundNeverOpened()
    return round_.opened_at


def fact_id(round_id: UUID, resident_id: UUID, times: int = 0) -> UUID:
    """One for each person and round; another once a line that named them was taken back."""
    return uuid5(round_id, f"official {resident_id} {times}" if times else f"official {resident_id}")


def record_fact(
    session: Session, round_: Round, resident_id: UUID, at: datetime, *, by: Principal | None, now: datetime
) -> UUID:
    """Add the fact and what follows from it; its id. Who has one already keeps it. Raises LineNotFound."""
    connection, community_id = session.connection(), round_.community_id
    person = evidence.find_resident(connection, community_id, resident_id)
    if person is None:  # taken back with the import that brought them
        raise LineNotFound()
    point = official_point(session, round_)
    scan = IncomingScan(
        scan_id=_free_id(connection, round_, person.id),
        point=point,
        scanned_at=at,
        resident=person.id,
        source=ScanSource.OFFICIAL,
    )
    _insert(connection, round_, scan, by=by or Principal(community_id, ()), now=now)
    return scan.scan_id


def _free_id(connection: Connection, round_: Round, resident_id: UUID) -> UUID:
    """Held until the transaction ends: nobody takes it back, or records it, meanwhile.

    A fact that was taken back otherwise, by whoever knows that they were not sampled, stays the one it is.
    """
    times = 0
    while True:
        id_ = fact_id(round_.id, resident_id, times)
        if not _is_taken_back(connection, round_, id_):
            evidence.lock_ids(connection, (id_, undo_id(id_)))
            if not _is_taken_back(connection, round_, id_):  # nor while this waited
                return id_
        times += 1


def _is_taken_back(connection: Connection, round_: Round, id_: UUID) -> bool:
    return evidence.find_kept(connection, round_.community_id, undo_id(id_)) is not None


def _insert(connection: Connection, round_: Round, scan: IncomingScan, *, by: Principal, now: datetime) -> None:
    if evidence.find_kept(connection, round_.community_id, scan.scan_id) is not None:
        return
    key = evidence.EntryKey(round_.community_id, round_.id, scan.resident)
    entry = evidence.lock_entry(connection, key)
    others = evidence.list_facts(connection, key)
    verdict = _judge(round_, scan, others)
    fact = Fact(scan.scan_id, ScanKind.SAMPLED, str(scan.point), scan.corrected_at, verdict.counts, verdict.against)
    standing = settle([*others, fact])
    sampled_at = standing.sampled.at if standing.sampled else None
    kept = Kept(verdict.outcome, ScanKind.SAMPLED, scan.resident, sampled_at)
    values: dict[str, Any] = {"counts": verdict.counts, "against": verdict.against}
    insert_scans(connection, [scan_row(scan, round_.id, kept, by=by, now=now) | values])
    settle_winner(connection, key, [*others, fact], entry, now=now)


def _judge(round_: Round, scan: IncomingScan, others: list[Fact]) -> Verdict:
    facts = Facts(
        # Somebody else took the sample: neither place, hours of the plan nor an excuse speak against it.
        scan=ScanFacts(ScanKind.SAMPLED, scan.corrected_at, str(scan.point), override=True),
        ticket=TicketFacts(is_of_campaign=True),
        round=RoundFacts(round_.opened_at, round_.closed_at),
        point=PointFacts(is_doorstep=True),
        person=PersonFacts(is_sampled=settle(others).sampled is not None),
    )
    return judge_scan(facts)


def undo_fact(session: Session, round_: Round, scan_id: UUID, *, by: Principal | None, now: datetime) -> None:
    """Nobody was sampled by that line. A repeat changes nothing."""
    connection = session.connection()
    evidence.lock_ids(connection, (undo_id(scan_id), scan_id))
    if evidence.find_kept(connection, round_.community_id, undo_id(scan_id)) is not None:
        return
    point = official_point(session, round_)
    scan = IncomingScan(
        scan_id=undo_id(scan_id),
        kind=ScanKind.UNDO,
        undoes=scan_id,
        point=point,
        scanned_at=now,
        source=ScanSource.OFFICIAL,
    )
    whoever = by or Principal(round_.community_id, ())
    record_scan(session, scan, by=replace(whoever, areas=(Area(Role.REGISTRAR, round_.id, point),)), now=now)
