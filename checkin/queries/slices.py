"""Whom the phones of a point hold: the households that the plan in force calls there, with everybody in them.

Read in a few statements for the whole point, as rows of plain values, so that two readings can be compared before
anything is opened or put into words.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import Connection, bindparam

from checkin.models import Scan, Ticket
from checkin.rules.slices import Called, Chosen, choose_households
from registry.models import Building, Excuse, Household, NeedFlag, Resident, Unit
from registry.rules import GREEN_LANE_NEEDS, ExcuseState, NeedKind
from scheduling.models import Assignment, Plan, Point, RosterEntry, Round
from scheduling.rules import PointKind


def _table(model: Any) -> sa.Table:
    table: sa.Table = model.__table__
    return table


_scan, _ticket, _entry, _plan, _place = map(_table, (Scan, Ticket, RosterEntry, Plan, Assignment))
_resident, _household, _building, _unit = map(_table, (Resident, Household, Building, Unit))
_excuse, _need = map(_table, (Excuse, NeedFlag))

_here: Any = bindparam("community")
_round = bindparam("round", type_=_entry.c.round_id.type)
_campaign = bindparam("campaign", type_=_ticket.c.campaign_id.type)
_version: Any = bindparam("version")
_point = bindparam("point", type_=_place.c.point_id.type)
_homes = bindparam("homes", type_=_household.c.id.type, expanding=True)


class TicketRow(NamedTuple):
    code: str
    revoked_at: datetime | None  # None = valid


class ExcuseRow(NamedTuple):
    from_at: datetime
    until_at: datetime | None  # None = until withdrawn
    withdrawn_at: datetime | None
    entered_at: datetime


class MemberRow(NamedTuple):
    """A person as the tables have them. Numbers are still encrypted."""

    id: UUID
    number: int
    name: str | None
    phone: bytes | None
    identity_number: bytes | None
    sampled_at: datetime | None
    sampled_point: UUID | None
    arrived_at: datetime | None  # at this point
    place_point: UUID | None
    place_from: datetime | None
    place_to: datetime | None
    tickets: tuple[TicketRow, ...]  # their own first, then those of entries that were merged into theirs
    excuses: tuple[ExcuseRow, ...]
    needs: tuple[str, ...]


class HomeRow(NamedTuple):
    """A household, and who lives there."""

    building: str | None
    unit: str | None
    door: str | None
    tickets: tuple[TicketRow, ...]
    members: tuple[MemberRow, ...]


@dataclass(frozen=True, slots=True)
class PointRows:
    """Everybody of a point at one moment."""

    homes: dict[UUID, HomeRow]
    cut: int  # people for whom there was no room


def read_point_rows(connection: Connection, point: Point, round_: Round, now: datetime) -> PointRows:
    """In one reading transaction, so that it is one state of things."""
    facts = {
        "community": point.community_id,
        "round": round_.id,
        "campaign": round_.campaign_id,
        "version": round_.version,
        "point": point.id,
    }
    chosen = _choose(connection, point, facts, now)
    if not chosen.households:
        return PointRows({}, chosen.cut)
    facts["homes"] = list(chosen.households)
    members = _read_members(connection, facts)
    tickets = _by_key(connection.execute(_HOME_TICKETS, facts), TicketRow)
    homes = {
        row.id: HomeRow(row.building, row.unit, row.door, tickets.get(row.id, ()), tuple(members.get(row.id, ())))
        for row in connection.execute(_DOORS, facts)
    }
    return PointRows(homes, chosen.cut)


# Which households.

_in_force = sa.and_(
    _plan.c.community_id == _entry.c.community_id,
    _plan.c.round_id == _entry.c.round_id,
    _plan.c.version == _version,
)
_in_place = sa.and_(
    _place.c.community_id == _plan.c.community_id,
    _place.c.plan_id == _plan.c.id,
    _place.c.cohort_id == _entry.c.cohort_id,
)
_of_round = (_entry.c.community_id == _here, _entry.c.round_id == _round)
_called = (
    sa.select(
        _entry.c.household_id,
        sa.func.min(_place.c.starts_at).label("starts_at"),
        sa.func.max(_place.c.ends_at).label("ends_at"),
    )
    .select_from(_entry.join(_plan, _in_force).join(_place, _in_place))
    .where(*_of_round, _place.c.point_id == _point)
    .group_by(_entry.c.household_id)
    .subquery("called")
)
_CALLED = (
    sa.select(_entry.c.household_id, sa.func.count().label("heads"), _called.c.starts_at, _called.c.ends_at)
    .select_from(_entry.join(_called, _called.c.household_id == _entry.c.household_id))
    .where(*_of_round)
    .group_by(_entry.c.household_id, _called.c.starts_at, _called.c.ends_at)
)
_AT_THE_DOOR = (
    sa.select(_entry.c.household_id, sa.func.count().label("heads"))
    .where(*_of_round)
    .group_by(_entry.c.household_id)
    .having(sa.func.max(sa.case((_entry.c.is_doorstep.is_(True), 1), else_=0)) == 1)
)


def _choose(connection: Connection, point: Point, facts: dict[str, Any], now: datetime) -> Chosen:
    if point.kind is PointKind.DOORSTEP:
        doors = connection.execute(_AT_THE_DOOR, facts)
        return choose_households([Called(row.household_id, row.heads) for row in doors], now)
    rows = connection.execute(_CALLED, facts)
    return choose_households([Called(row.household_id, row.heads, row.starts_at, row.ends_at) for row in rows], now)


# What is known of them.

_lives_there = (
    _resident.c.community_id == _here,
    _resident.c.household_id.in_(_homes),
    _resident.c.left_at.is_(None),
    _resident.c.merged_into.is_(None),
)
_DOORS = (
    sa.select(
        _household.c.id,
        _building.c.name.label("building"),
        _unit.c.name.label("unit"),
        _household.c.door,
    )
    .select_from(
        _household.join(
            _building,
            sa.and_(_building.c.community_id == _household.c.community_id, _building.c.id == _household.c.building_id),
            isouter=True,
        ).join(
            _unit,
            sa.and_(_unit.c.community_id == _household.c.community_id, _unit.c.id == _household.c.unit_id),
            isouter=True,
        )
    )
    .where(_household.c.community_id == _here, _household.c.id.in_(_homes))
)
_has_entry = sa.and_(*_of_round, _entry.c.resident_id == _resident.c.id)
_winner = sa.and_(_scan.c.community_id == _entry.c.community_id, _scan.c.id == _entry.c.sampled_scan_id)
_PEOPLE = (
    sa.select(
        _resident.c.household_id,
        _resident.c.id,
        _resident.c.number,
        _resident.c.name,
        _resident.c.phone,
        _resident.c.identity_number,
        _entry.c.sampled_at,
        _scan.c.point_id.label("sampled_point"),
        sa.case((_entry.c.arrived_point_id == _point, _entry.c.arrived_at)).label("arrived_at"),
        _place.c.point_id.label("place_point"),
        _place.c.starts_at.label("place_from"),
        _place.c.ends_at.label("place_to"),
    )
    .select_from(
        _resident.join(_entry, _has_entry, isouter=True)
        .join(_scan, _winner, isouter=True)
        .join(_plan, _in_force, isouter=True)
        .join(_place, _in_place, isouter=True)
    )
    .where(*_lives_there)
    .order_by(_resident.c.household_id, _resident.c.number)
)


def _read_members(connection: Connection, facts: dict[str, Any]) -> dict[UUID, list[MemberRow]]:
    tickets = _by_key(connection.execute(_TICKETS, facts), TicketRow)
    merged = _by_key(connection.execute(_MERGED_TICKETS, facts), TicketRow)
    excuses = _by_key(connection.execute(_EXCUSES, facts), ExcuseRow)
    needs: dict[UUID, tuple[Any, ...]] = defaultdict(tuple)
    for resident_id, kind in connection.execute(_NEEDS, facts):
        needs[resident_id] += (NeedKind(kind).value,)
    members: dict[UUID, list[MemberRow]] = defaultdict(list)
    for row in connection.execute(_PEOPLE, facts):
        own = tickets.get(row.id, ()) + merged.get(row.id, ())
        member = MemberRow(*row[1:], own, excuses.get(row.id, ()), needs.get(row.id, ()))  # type: ignore[call-arg, arg-type]
        members[row.household_id].append(member)
    return members


def _by_key(rows: Iterable[Sequence[Any]], kind: Any) -> dict[UUID, tuple[Any, ...]]:
    """The first column is whose the row is."""
    found: dict[UUID, tuple[Any, ...]] = defaultdict(tuple)
    for key, *values in rows:
        found[key] += (kind(*values),)
    return found


_of_campaign = (_ticket.c.community_id == _here, _ticket.c.campaign_id == _campaign)
_ticket_order = (_ticket.c.revoked_at.is_not(None), _ticket.c.issued_at, _ticket.c.code)
_TICKETS = (
    sa.select(_resident.c.id, _ticket.c.code, _ticket.c.revoked_at)
    .select_from(_resident.join(_ticket, sa.and_(*_of_campaign, _ticket.c.resident_id == _resident.c.id)))
    .where(*_lives_there)
    .order_by(*_ticket_order)
)
_gone = _resident.alias("gone")
_MERGED_TICKETS = (
    sa.select(_resident.c.id, _ticket.c.code, _ticket.c.revoked_at)
    .select_from(
        _gone.join(
            _resident, sa.and_(_resident.c.community_id == _gone.c.community_id, _resident.c.id == _gone.c.merged_into)
        ).join(_ticket, sa.and_(*_of_campaign, _ticket.c.resident_id == _gone.c.id))
    )
    .where(_gone.c.community_id == _here, _gone.c.merged_into.is_not(None), *_lives_there)
    .order_by(*_ticket_order)
)
# The slip of a door that was merged means the door it is.
_home = sa.func.coalesce(_household.c.merged_into, _household.c.id, type_=_household.c.id.type)
_HOME_TICKETS = (
    sa.select(_home, _ticket.c.code, _ticket.c.revoked_at)
    .select_from(
        _household.join(
            _ticket,
            sa.and_(*_of_campaign, _ticket.c.household_id == _household.c.id, _ticket.c.resident_id.is_(None)),
        )
    )
    .where(
        _household.c.community_id == _here,
        sa.or_(_household.c.id.in_(_homes), _household.c.merged_into.in_(_homes)),
    )
    .order_by(_household.c.merged_into.is_not(None), *_ticket_order)
)
_EXCUSES = (
    sa.select(
        _resident.c.id,
        _excuse.c.from_at,
        _excuse.c.until_at,
        _excuse.c.withdrawn_at,
        sa.func.coalesce(_excuse.c.reviewed_at, _excuse.c.created_at, type_=_excuse.c.created_at.type),
    )
    .select_from(
        _resident.join(
            _excuse,
            sa.and_(_excuse.c.community_id == _resident.c.community_id, _excuse.c.resident_id == _resident.c.id),
        )
    )
    .where(*_lives_there, _excuse.c.state == ExcuseState.ACCEPTED)
    .order_by(_excuse.c.from_at, _excuse.c.id)
)
TOLD_NEEDS = GREEN_LANE_NEEDS | {NeedKind.HOME_ISOLATION, NeedKind.NO_PHONE}
_NEEDS = (
    sa.select(_resident.c.id, _need.c.kind)
    .select_from(
        _resident.join(
            _need, sa.and_(_need.c.community_id == _resident.c.community_id, _need.c.resident_id == _resident.c.id)
        )
    )
    .where(*_lives_there, _need.c.kind.in_(TOLD_NEEDS))
    .order_by(_need.c.kind)
)
