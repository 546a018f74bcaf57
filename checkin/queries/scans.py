"""Everything that was ever scanned of a person, round by round: for whoever is shown as missing though sampled."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from checkin.models import Scan
from checkin.rules import Outcome, ScanKind, ScanSource
from registry.models import Resident
from scheduling.models import Point, RosterEntry, Round


@dataclass(frozen=True, slots=True)
class ScanLine:
    at: datetime
    point: str
    kind: ScanKind
    outcome: Outcome
    source: ScanSource
    is_undone: bool
    is_winner: bool  # this one makes the person sampled


@dataclass(frozen=True, slots=True)
class RoundScans:
    round_id: UUID
    name: str
    is_on_roster: bool
    sampled_at: datetime | None
    scans: tuple[ScanLine, ...]  # in order of time


def find_scan(session: Session, community_id: str, scan_id: UUID) -> Scan | None:
    """The scan with this id as it was kept."""
    return session.get(Scan, (community_id, scan_id))


def list_scans_of(session: Session, community_id: str, resident_id: UUID) -> list[RoundScans]:
    """The rounds whose roster the person is on or in which they were scanned, the latest first."""
    lines = _lines(session, community_id, resident_id)
    of_person = (RosterEntry.community_id == community_id, RosterEntry.resident_id == resident_id)
    entries = {entry.round_id: entry for entry in session.exec(select(RosterEntry).where(*of_person))}
    wanted = [*entries, *lines]
    rounds = session.exec(
        select(Round)
        .where(Round.community_id == community_id, col(Round.id).in_(wanted))
        .order_by(col(Round.created_at).desc())
    )
    return [_round(round_, entries.get(round_.id), lines.get(round_.id, [])) for round_ in rounds]


def _round(round_: Round, entry: RosterEntry | None, rows: list[tuple[Scan, str, bool]]) -> RoundScans:
    winner = entry.sampled_scan_id if entry else None
    scans = tuple(
        ScanLine(scan.corrected_at, point, scan.kind, scan.outcome, scan.source, is_undone, scan.id == winner)
        for scan, point, is_undone in rows
    )
    return RoundScans(round_.id, round_.name, entry is not None, entry.sampled_at if entry else None, scans)


def _lines(session: Session, community_id: str, resident_id: UUID) -> dict[UUID, list[tuple[Scan, str, bool]]]:
    # Scans stay under the entry they were made of, also when that turned out to be this person.
    merged = select(Resident.id).where(Resident.community_id == community_id, Resident.merged_into == resident_id)
    undo = aliased(Scan)
    is_undone = sa.exists().where(col(undo.community_id) == col(Scan.community_id), col(undo.undoes) == col(Scan.id))
    statement = (
        select(Scan, Point.name, is_undone)
        .join(Point, (col(Point.community_id) == Scan.community_id) & (col(Point.id) == Scan.point_id))
        .where(Scan.community_id == community_id, Scan.kind != ScanKind.UNDO)
        .where(sa.or_(col(Scan.resident_id) == resident_id, col(Scan.resident_id).in_(merged)))
        .order_by(col(Scan.corrected_at), col(Scan.id))
    )
    found: dict[UUID, list[tuple[Scan, str, bool]]] = {}
    for scan, point, undone in session.exec(statement):
        found.setdefault(scan.round_id, []).append((scan, point, bool(undone)))
    return found
