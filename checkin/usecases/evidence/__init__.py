"""What is known when scans arrive: points, tickets, people, their places, their other scans.

`gather` reads it for all scans that are recorded together, a statement for each kind of thing, and holds what two phones could
meet at. From then on everything is judged in memory, and what is judged is added there, so that a scan sees those before it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from sqlalchemy import Connection

from checkin.forms import IncomingScan
from checkin.rules import Fact, ScanKind, read_ticket_code
from checkin.usecases.evidence.basics import is_sqlite
from checkin.usecases.evidence.kept import KeptScan, find_kept, lock_ids, read_kept_scans
from checkin.usecases.evidence.people import PersonSeen, TicketSeen, follow_merges, read_people, read_tickets
from checkin.usecases.evidence.points import PointSeen, read_names, read_points
from checkin.usecases.evidence.roster import (
    Entries,
    EntryKey,
    History,
    Versions,
    list_facts,
    lock_entries,
    lock_entry,
    place_at,
    read_facts,
    read_versions,
)
from checkin.usecases.evidence.walk_ins import read_slice_keys

__all__ = [
    "EntryKey",
    "Evidence",
    "KeptScan",
    "PersonSeen",
    "PointSeen",
    "TicketSeen",
    "find_kept",
    "find_resident",
    "gather",
    "list_facts",
    "lock_entry",
    "lock_ids",
    "place_at",
    "read_names",
    "read_people",
    "read_points",
]


@dataclass(slots=True)
class Evidence:
    """Of one community. Whatever is not in it does not exist there, or was not asked for."""

    community_id: str
    points: dict[UUID, PointSeen]
    tickets: dict[str, TicketSeen]
    people: dict[UUID, PersonSeen]
    entries: Entries
    history: History
    versions: Versions
    kept: dict[UUID, KeptScan]
    undone: set[tuple[UUID, UUID | None]]  # (round, scan) that an undo has taken back, be it here or not
    slice_keys: dict[UUID, bytes]  # of the phones that noted people without a ticket

    def person(self, id_: UUID | None) -> PersonSeen | None:
        """Somebody; where two entries turned out to be one, the one that remained."""
        return follow_merges(self.people, id_)

    def add(self, scan: KeptScan, fact: Fact | None) -> None:
        """A scan was recorded: those after it see it."""
        self.kept[scan.id] = scan
        if fact is not None and scan.resident_id is not None:
            self.history[scan.round_id, scan.resident_id].append(fact)
        if scan.kind is ScanKind.UNDO:
            self.undone.add((scan.round_id, scan.undoes))
            for (round_id, _person), facts in self.history.items():
                if round_id == scan.round_id:
                    facts[:] = [replace(one, is_undone=True) if one.id == scan.undoes else one for one in facts]


def gather(connection: Connection, community_id: str, scans: Sequence[IncomingScan]) -> Evidence:
    """Everything these scans are judged by. Holds scan ids, then people, until the transaction ends."""
    ids = {id_ for scan in scans for id_ in (scan.scan_id, scan.undoes) if id_ is not None}
    lock_ids(connection, ids)
    points = read_points(connection, community_id, (scan.point for scan in scans))
    kept = read_kept_scans(connection, community_id, ids)
    tickets = read_tickets(connection, community_id, _codes(scans))
    rounds = {point.round_id for point in points.values()}
    wanted = (_named(scans, tickets, kept.values()), _households(scans, tickets.values()))
    people, entries = _hold_people(connection, community_id, rounds, *wanted)
    return Evidence(
        community_id=community_id,
        points=points,
        tickets=tickets,
        people=people,
        entries=entries,
        history=read_facts(connection, community_id, rounds, people) if people else {},
        versions=read_versions(connection, community_id, entries),
        kept=kept,
        undone={(scan.round_id, scan.undoes) for scan in kept.values() if scan.kind is ScanKind.UNDO},
        slice_keys=read_slice_keys(connection, community_id, _noted_by(scans)),
    )


def _noted_by(scans: Iterable[IncomingScan]) -> Iterable[UUID]:
    return (scan.walk_in.device for scan in scans if scan.walk_in is not None and scan.walk_in.device is not None)


def _hold_people(
    connection: Connection, community_id: str, rounds: set[UUID], ids: set[UUID], households: set[UUID]
) -> tuple[dict[UUID, PersonSeen], Entries]:
    """The people with their entries, held. Who was merged or moved while they were waited for is read as they are now."""
    people = read_people(connection, community_id, ids, households)
    entries: Entries = {}
    for _step in range(3):
        entries = lock_entries(connection, community_id, rounds, people) if people else {}
        before, people = (
            people,
            read_people(connection, community_id, ids, households) if not is_sqlite(connection) else people,
        )
        if people == before:
            break
    return people, entries


def _codes(scans: Iterable[IncomingScan]) -> Iterable[str]:
    return (code for scan in scans if (code := read_ticket_code(scan.code or "")) is not None)


def _named(scans: Iterable[IncomingScan], tickets: dict[str, TicketSeen], kept: Iterable[KeptScan]) -> set[UUID]:
    """Everybody whom a scan, a ticket or an earlier answer is about."""
    ids = {scan.resident for scan in scans} | {ticket.resident_id for ticket in tickets.values()}
    for scan in kept:
        ids |= {scan.resident_id, *map(UUID, scan.answer.get("members", ()))}
    return {id_ for id_ in ids if id_ is not None}


def _households(scans: Iterable[IncomingScan], tickets: Iterable[TicketSeen]) -> set[UUID]:
    """Doors of which nobody was named: somebody has to choose among those who live there."""
    if all(scan.resident for scan in scans):
        return set()
    return {ticket.household_id for ticket in tickets if ticket.resident_id is None}


def find_resident(connection: Connection, community_id: str, resident_id: UUID) -> PersonSeen | None:
    """The person; where two entries turned out to be one, the one that remained."""
    return follow_merges(read_people(connection, community_id, [resident_id]), resident_id)
