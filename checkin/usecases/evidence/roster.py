"""People's rows on the roster, which are the locks that two phones meet at, their scans, and their places in the plan."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import Connection

from bulou.walltime import day_end
from checkin.models import Scan
from checkin.rules import Fact, Outcome, PlaceFacts, ScanKind
from checkin.usecases.evidence.basics import COMMUNITY, is_sqlite, listed, one_of, table_of
from registry.models import Resident
from scheduling.models import Assignment, Plan, RosterEntry

_scan, _entry, _resident = map(table_of, (Scan, RosterEntry, Resident))
_plan, _assignment = map(table_of, (Plan, Assignment))
_undo = _scan.alias("undo")


@dataclass(frozen=True, slots=True)
class EntryKey:
    """One person in one round; no person where nobody is known."""

    community_id: str
    round_id: UUID
    resident_id: UUID | None


Entries = dict[tuple[UUID, UUID], Any]  # (round, resident) → the row of the roster


_ENTRIES = (
    sa.select(_entry)
    .where(
        _entry.c.community_id == COMMUNITY,
        one_of(_entry.c.round_id, "rounds"),
        one_of(_entry.c.resident_id, "residents"),
    )
    .order_by(_entry.c.resident_id, _entry.c.round_id)
    .with_for_update()
)
_HOLD_RESIDENTS = (
    sa.select(_resident.c.id)
    .where(_resident.c.community_id == COMMUNITY, one_of(_resident.c.id, "residents"))
    .order_by(_resident.c.id)
    .with_for_update(key_share=True)
)


def lock_entries(connection: Connection, community_id: str, rounds: Iterable[UUID], people: Iterable[UUID]) -> Entries:
    """The roster entries, held until the transaction ends. Of whoever has none, the resident is held instead."""
    facts = {"community": community_id, "rounds": listed(rounds), "residents": listed(people)}
    entries = _entries(connection, facts)
    without = {id_ for id_ in facts["residents"] if any((round_id, id_) not in entries for round_id in facts["rounds"])}
    if without and not is_sqlite(connection):
        connection.execute(_HOLD_RESIDENTS, {"community": community_id, "residents": listed(without)})
        entries = _entries(connection, facts)  # somebody may have come onto the roster meanwhile
    return entries


def _entries(connection: Connection, facts: dict[str, Any]) -> Entries:
    return {(row.round_id, row.resident_id): row for row in connection.execute(_ENTRIES, facts)}


def lock_entry(connection: Connection, key: EntryKey) -> Any:
    """The roster entry, held until the transaction ends; None = not on the roster."""
    assert key.resident_id is not None
    entries = lock_entries(connection, key.community_id, [key.round_id], [key.resident_id])
    return entries.get((key.round_id, key.resident_id))


# A merge is a pointer: facts of an entry that turned out to be somebody else are theirs, and stay where they are.
_MERGED = sa.select(_resident.c.id, _resident.c.merged_into).where(
    _resident.c.community_id == COMMUNITY,
    _resident.c.merged_into.is_not(None),  # said once more, so that SQLite sees that its index holds them all
    one_of(_resident.c.merged_into, "residents"),
)
_FACTS = sa.select(
    _scan.c.round_id,
    _scan.c.resident_id,
    _scan.c.id,
    _scan.c.kind,
    _scan.c.point_id,
    _scan.c.corrected_at,
    _scan.c.counts,
    _scan.c.against,
    sa.exists()
    .where(
        _undo.c.community_id == _scan.c.community_id,
        _undo.c.undoes == _scan.c.id,
        _undo.c.kind == ScanKind.UNDO,
        _undo.c.round_id == _scan.c.round_id,
    )
    .label("is_undone"),
).where(
    _scan.c.community_id == COMMUNITY,
    one_of(_scan.c.round_id, "rounds"),
    one_of(_scan.c.resident_id, "residents"),
    _scan.c.kind != ScanKind.UNDO,
)
History = dict[tuple[UUID, UUID], list[Fact]]  # (round, resident) → what was ever scanned of them


def read_facts(connection: Connection, community_id: str, rounds: Iterable[UUID], people: Iterable[UUID]) -> History:
    """Everything that was ever scanned of these people in these rounds, under whichever of their entries."""
    wanted = set(people)
    found: History = {(round_id, id_): [] for round_id in set(rounds) for id_ in wanted}
    merged = {
        row.id: row.merged_into
        for row in connection.execute(_MERGED, {"community": community_id, "residents": list(wanted)})
    }
    facts = {"community": community_id, "rounds": list(set(rounds)), "residents": list(wanted | merged.keys())}
    for row in connection.execute(_FACTS, facts):
        for owner in {row.resident_id, merged.get(row.resident_id)} & wanted:
            found[row.round_id, owner].append(_fact(row))
    return found


def _fact(row: Any) -> Fact:
    return Fact(
        id=row.id,
        kind=row.kind,
        point=str(row.point_id),
        at=row.corrected_at,
        counts=bool(row.counts),
        against=Outcome(row.against) if row.against else None,
        is_undone=bool(row.is_undone),
    )


def list_facts(connection: Connection, key: EntryKey) -> list[Fact]:
    """Everything that was ever scanned of a person in a round, under whichever of their entries."""
    assert key.resident_id is not None
    found = read_facts(connection, key.community_id, [key.round_id], [key.resident_id])
    return found[key.round_id, key.resident_id]


# The places in the plans that were in force.

_PLACES = (
    sa.select(
        _plan.c.round_id,
        _plan.c.id,
        _plan.c.published_at,
        _assignment.c.cohort_id,
        _assignment.c.point_id,
        _assignment.c.starts_at,
        _assignment.c.ends_at,
    )
    .join(
        _assignment,
        sa.and_(
            _assignment.c.community_id == _plan.c.community_id,
            _assignment.c.plan_id == _plan.c.id,
            one_of(_assignment.c.cohort_id, "cohorts"),
        ),
        isouter=True,
    )
    .where(_plan.c.community_id == COMMUNITY, one_of(_plan.c.round_id, "rounds"), _plan.c.version.is_not(None))
    .order_by(_plan.c.round_id, _plan.c.version)
)


@dataclass(frozen=True, slots=True)
class Version:
    """A published plan with where and when it calls the cohorts that were asked for."""

    published_at: datetime | None
    places: Mapping[UUID, Any]


Versions = dict[UUID, list[Version]]  # round → its versions, the first one first


def read_versions(connection: Connection, community_id: str, entries: Entries) -> Versions:
    """The published plans of the rounds, with the places of the cohorts of these entries. One statement."""
    cohorts = {entry.cohort_id for entry in entries.values()} - {None}
    facts = {"community": community_id, "cohorts": list(cohorts), "rounds": list({key[0] for key in entries})}
    rows: dict[UUID, dict[UUID, list[Any]]] = {}
    for row in connection.execute(_PLACES, facts) if cohorts else ():
        rows.setdefault(row.round_id, {}).setdefault(row.id, []).append(row)
    return {round_id: [_version(of_plan) for of_plan in plans.values()] for round_id, plans in rows.items()}


def _version(rows: list[Any]) -> Version:
    return Version(rows[0].published_at, {row.cohort_id: row for row in rows if row.cohort_id is not None})


def place_at(versions: Versions, entry: Any, at: datetime, timezone: str) -> PlaceFacts | None:
    """Where the plan in force at that time calls the cohort; before the first version, where that one does."""
    of_round = versions.get(entry.round_id, []) if entry is not None else []
    in_force = [one for one in of_round if one.published_at is None or one.published_at <= at] or of_round[:1]
    place = in_force[-1].places.get(entry.cohort_id) if in_force else None
    if place is None:
        return None
    return PlaceFacts(str(place.point_id), place.starts_at, place.ends_at, day_end(place.ends_at, timezone))
