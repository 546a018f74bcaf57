"""What is known when a scan arrives: the point, the ticket, the person, their place, their other scans.

This is the hot path, so it speaks SQLAlchemy Core: rows of the few columns that are needed, and no objects to keep.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy import Connection, bindparam

from checkin.models import Scan, Ticket
from checkin.rules import Fact, Outcome, PlaceFacts, ScanKind
from registry.models import Building, Community, Excuse, Household, NeedFlag, Resident, Unit
from registry.queries.excuses import in_force_at
from registry.queries.green_lane import has_green_lane
from registry.queries.heads import heads_at_home
from registry.rules import NeedKind
from scheduling.models import Assignment, Plan, Point, RosterEntry, Round, SamplingSession
from scheduling.rules import PointKind


def _table(model: Any) -> sa.Table:
    table: sa.Table = model.__table__
    return table


_scan, _ticket, _entry, _plan, _point = map(_table, (Scan, Ticket, RosterEntry, Plan, Point))
_resident, _household, _building, _unit = map(_table, (Resident, Household, Building, Unit))
_round, _community, _assignment, _session = map(_table, (Round, Community, Assignment, SamplingSession))
_excuse, _need = map(_table, (Excuse, NeedFlag))
_undo, _home = _scan.alias("undo"), _household.alias("home")

_here: Any = bindparam("community")
_at = bindparam("at", type_=_scan.c.corrected_at.type)
_id = bindparam("id", type_=_scan.c.id.type)
_resident_id = bindparam("resident", type_=_resident.c.id.type)
_round_id = bindparam("round", type_=_round.c.id.type)


@dataclass(frozen=True, slots=True)
class EntryKey:
    """One person in one round; no person where nobody is known."""

    community_id: str
    round_id: UUID
    resident_id: UUID | None

    @property
    def facts(self) -> dict[str, Any]:
        return {"community": self.community_id, "round": self.round_id, "resident": self.resident_id}


# The point, its round, and whether the scan was taken back before it arrived.

_is_makeup = sa.exists().where(
    _session.c.community_id == _point.c.community_id,
    _session.c.round_id == _point.c.round_id,
    _session.c.is_makeup.is_(True),
    _session.c.starts_at <= _at,
    _session.c.ends_at > _at,
)
_is_undone_already = sa.exists().where(
    _undo.c.community_id == _here,
    _undo.c.undoes == _id,
    _undo.c.kind == ScanKind.UNDO,
    _undo.c.round_id == _point.c.round_id,
)
_POINT = (
    sa.select(
        _point.c.id,
        _point.c.round_id,
        _point.c.name,
        (_point.c.kind == PointKind.DOORSTEP).label("is_doorstep"),
        _point.c.contact_name,
        _point.c.contact_phone,
        _round.c.campaign_id,
        _round.c.opened_at,
        _round.c.closed_at,
        _community.c.timezone,
        _is_makeup.label("is_makeup"),
        _is_undone_already.label("is_undone"),
    )
    .join(_round, sa.and_(_round.c.community_id == _point.c.community_id, _round.c.id == _point.c.round_id))
    .join(_community, _community.c.id == _point.c.community_id)
    .where(_point.c.community_id == _here, _point.c.id == bindparam("point", type_=_point.c.id.type))
)


def find_point(connection: Connection, community_id: str, point_id: UUID, at: datetime, scan_id: UUID) -> Any:
    facts = {"community": community_id, "point": point_id, "at": at, "id": scan_id}
    return connection.execute(_POINT, facts).first()


# The ticket and whose it is.

_is_isolated = sa.exists().where(
    _need.c.community_id == _resident.c.community_id,
    _need.c.resident_id == _resident.c.id,
    _need.c.kind == NeedKind.HOME_ISOLATION,
)
# Entered later, an excuse does not reach back to scans made before: in any order of arrival they end the same.
_is_excused = sa.exists().where(
    _excuse.c.community_id == _resident.c.community_id,
    _excuse.c.resident_id == _resident.c.id,
    *in_force_at(_at),
)
_PERSON = (
    _resident.c.id.label("resident_id"),
    _resident.c.household_id,
    _resident.c.number,
    _resident.c.name,
    _resident.c.merged_into,
    _household.c.building_id,
    _household.c.door,
    _building.c.name.label("building"),
    _unit.c.name.label("unit"),
    has_green_lane(_resident).label("is_green"),
    heads_at_home(_resident).label("heads"),
)


def _of(table: sa.FromClause, community: Any, id_: Any) -> Any:
    return sa.and_(table.c.community_id == community, table.c.id == id_)


def _with_door(start: Any) -> Any:
    return (
        start.join(_household, _of(_household, _resident.c.community_id, _resident.c.household_id), isouter=True)
        .join(_building, _of(_building, _household.c.community_id, _household.c.building_id), isouter=True)
        .join(_unit, _of(_unit, _household.c.community_id, _household.c.unit_id), isouter=True)
    )


_shown = sa.func.coalesce(_ticket.c.resident_id, sa.cast(_resident_id, _resident.c.id.type))
_TICKET = (
    sa.select(
        _ticket.c.id.label("ticket_id"),
        _ticket.c.campaign_id,
        _ticket.c.kind,
        _ticket.c.revoked_at,
        # The slip of a door that was merged means the door it is.
        sa.func.coalesce(_home.c.merged_into, _ticket.c.household_id).label("ticket_household_id"),
        _ticket.c.resident_id.label("ticket_resident_id"),
        *_PERSON,
        _is_isolated.label("is_isolated"),
        _is_excused.label("is_excused"),
    )
    .select_from(
        _with_door(
            _ticket.join(_home, _of(_home, _ticket.c.community_id, _ticket.c.household_id)).join(
                _resident, _of(_resident, _ticket.c.community_id, _shown), isouter=True
            )
        )
    )
    .where(_ticket.c.community_id == _here, _ticket.c.code == bindparam("code"))
)
_RESIDENT = (
    sa.select(*_PERSON, _is_isolated.label("is_isolated"), _is_excused.label("is_excused"))
    .select_from(_with_door(_resident))
    .where(_resident.c.community_id == _here, _resident.c.id == _resident_id)
)


def find_ticket(connection: Connection, community_id: str, code: str, resident_id: UUID | None, at: datetime) -> Any:
    """The ticket with the person it is about: its own, or the member named where it is a household's."""
    facts = {"community": community_id, "code": code, "resident": resident_id, "at": at}
    return connection.execute(_TICKET, facts).first()


def find_resident(connection: Connection, community_id: str, resident_id: UUID, at: datetime) -> Any:
    """The person; where two entries turned out to be one, the one that remained."""
    wanted: UUID | None = resident_id
    row = None
    for _step in range(10):  # a chain of merges; a circle must not hold the point up
        row = connection.execute(_RESIDENT, {"community": community_id, "resident": wanted, "at": at}).first()
        wanted = row.merged_into if row else None
        if wanted is None:
            break
    return row


_PEOPLE = (
    sa.select(*_PERSON)
    .select_from(_with_door(_resident))
    .where(_resident.c.community_id == _here, _resident.c.id.in_(bindparam("ids", expanding=True)))
)


def list_people(connection: Connection, community_id: str, ids: Iterable[UUID]) -> Sequence[Any]:
    wanted = list(ids)
    return connection.execute(_PEOPLE, {"community": community_id, "ids": wanted}).all() if wanted else []


_DUE = (
    sa.select(_resident.c.id)
    .join(
        _entry,
        sa.and_(
            _entry.c.community_id == _resident.c.community_id,
            _entry.c.round_id == _round_id,
            _entry.c.resident_id == _resident.c.id,
        ),
        isouter=True,
    )
    .where(
        _resident.c.community_id == _here,
        _resident.c.household_id == bindparam("household", type_=_household.c.id.type),
        _resident.c.left_at.is_(None),
        _resident.c.merged_into.is_(None),
        _entry.c.sampled_at.is_(None),
        ~_is_excused,
    )
    .order_by(_resident.c.number)
)


def list_due(connection: Connection, key: EntryKey, household_id: UUID, at: datetime) -> list[UUID]:
    """Members of a household who are neither sampled nor excused."""
    facts = {**key.facts, "household": household_id, "at": at}
    return list(connection.execute(_DUE, facts).scalars())


# The person's place in the plan that was in force.

_PLACES = (
    sa.select(_plan.c.published_at, _assignment.c.point_id, _assignment.c.starts_at, _assignment.c.ends_at)
    .select_from(
        _plan.join(
            _assignment,
            sa.and_(
                _assignment.c.community_id == _plan.c.community_id,
                _assignment.c.plan_id == _plan.c.id,
                _assignment.c.cohort_id == bindparam("cohort", type_=_assignment.c.cohort_id.type),
            ),
            isouter=True,
        )
    )
    .where(_plan.c.community_id == _here, _plan.c.round_id == _round_id, _plan.c.version.is_not(None))
    .order_by(_plan.c.version)
)


def find_place(connection: Connection, community_id: str, entry: Any, at: datetime, timezone: str) -> PlaceFacts | None:
    """Where the plan in force at that time calls the cohort; before the first version, where that one does."""
    if entry is None or entry.cohort_id is None:
        return None
    facts = {"community": community_id, "round": entry.round_id, "cohort": entry.cohort_id}
    versions = connection.execute(_PLACES, facts).all()
    in_force = [row for row in versions if row.published_at is None or row.published_at <= at] or versions[:1]
    if not in_force or in_force[-1].point_id is None:
        return None
    place = in_force[-1]
    return PlaceFacts(str(place.point_id), place.starts_at, place.ends_at, day_end(place.ends_at, timezone))


def day_end(at: datetime, timezone: str) -> datetime:
    """The first midnight after an instant, by the clock on the community's wall."""
    zone = ZoneInfo(timezone)
    tomorrow = at.astimezone(zone).date() + timedelta(days=1)
    return datetime.combine(tomorrow, time(), zone)


# The person's row on the roster, which is the lock that two phones meet at, and their other scans.

_ENTRY = (
    sa.select(_entry)
    .where(_entry.c.community_id == _here, _entry.c.round_id == _round_id, _entry.c.resident_id == _resident_id)
    .with_for_update()
)
_HOLD_RESIDENT = sa.select(_resident.c.id).where(_of(_resident, _here, _resident_id)).with_for_update(key_share=True)


def lock_entry(connection: Connection, key: EntryKey) -> Any:
    """The roster entry, held until the transaction ends; None = not on the roster, and then the resident is held."""
    entry = connection.execute(_ENTRY, key.facts).first()
    if entry is None and not is_sqlite(connection):
        connection.execute(_HOLD_RESIDENT, key.facts)
        entry = connection.execute(_ENTRY, key.facts).first()
    return entry


_LOCK_ID = sa.select(sa.func.pg_advisory_xact_lock(bindparam("key", type_=sa.BigInteger)))


def lock_ids(connection: Connection, ids: Iterable[UUID | None]) -> None:
    """Hold scan ids until the transaction ends: a scan and the undo that overtook it must see one another."""
    if is_sqlite(connection):
        return  # one writer at a time, see bulou.database
    for key in sorted({(id_.int ^ (id_.int >> 64)) & (2**63 - 1) for id_ in ids if id_ is not None}):
        connection.execute(_LOCK_ID, {"key": key})


_LOCK_PEOPLE = (
    sa.select(_entry.c.resident_id)
    .where(_entry.c.community_id == _here)
    .where(
        sa.or_(
            _entry.c.resident_id.in_(bindparam("residents", expanding=True)),
            _entry.c.resident_id.in_(
                sa.select(_ticket.c.resident_id).where(
                    _ticket.c.community_id == _here, _ticket.c.code.in_(bindparam("codes", expanding=True))
                )
            ),
        )
    )
    .order_by(_entry.c.resident_id, _entry.c.round_id)
    .with_for_update()
)


def lock_people(connection: Connection, community_id: str, codes: Iterable[str], residents: Iterable[UUID]) -> None:
    """Hold everybody of a batch in one order, so that two batches with the same people do not wait for each other."""
    if not is_sqlite(connection):
        facts = {"community": community_id, "codes": list(codes), "residents": list(residents)}
        connection.execute(_LOCK_PEOPLE, facts)


# A merge is a pointer: facts of an entry that turned out to be this person are theirs, and stay where they are.
_who_they_were = sa.union_all(
    sa.select(sa.cast(_resident_id, _resident.c.id.type)),
    sa.select(_resident.c.id).where(_resident.c.community_id == _here, _resident.c.merged_into == _resident_id),
)
_FACTS = sa.select(
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
    _scan.c.community_id == _here,
    _scan.c.round_id == _round_id,
    _scan.c.resident_id.in_(_who_they_were),
    _scan.c.kind != ScanKind.UNDO,
)


def list_facts(connection: Connection, key: EntryKey) -> list[Fact]:
    """Everything that was ever scanned of a person in a round, under whichever of their entries."""
    rows = connection.execute(_FACTS, key.facts)
    return [
        Fact(
            id=row.id,
            kind=row.kind,
            point=str(row.point_id),
            at=row.corrected_at,
            counts=bool(row.counts),
            against=Outcome(row.against) if row.against else None,
            is_undone=bool(row.is_undone),
        )
        for row in rows
    ]


_KEPT = sa.select(_scan).where(_of(_scan, _here, _id))


def find_kept(connection: Connection, community_id: str, scan_id: UUID) -> Any:
    """The scan with this id as it was kept."""
    return connection.execute(_KEPT, {"community": community_id, "id": scan_id}).first()


def is_sqlite(connection: Connection) -> bool:
    return connection.dialect.name == "sqlite"
