"""Whom the phones of a point hold: the households that the plan in force calls there, with everybody in them.

Read in a few statements for the whole point, as rows of plain values (ids and times as texts: to make objects of them takes
as long as to read them), so that two readings can be compared before anything is opened or put into words.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import Connection, bindparam

from checkin.models import Scan, Ticket
from checkin.rules.slices import Called, choose_households, keep_room
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

Facts = dict[str, Any]
_here: Any = bindparam("community")
_round = bindparam("round", type_=_entry.c.round_id.type)
_campaign = bindparam("campaign", type_=_ticket.c.campaign_id.type)
_point = bindparam("point", type_=_place.c.point_id.type)
_plan_id = bindparam("plan", type_=_plan.c.id.type)
_homes = bindparam("homes", type_=sa.Uuid(as_uuid=False), expanding=True)


def _text(column: Any) -> Any:
    return sa.cast(column, sa.String)


def id_of(text: str) -> str:
    """An id as it is written everywhere; SQLite keeps it without hyphens."""
    return text if len(text) == 36 else f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def instant_of(text: str) -> datetime:
    """SQLite keeps times in UTC and does not say so."""
    at = datetime.fromisoformat(text)
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


class TicketRow(NamedTuple):
    code: str
    revoked_at: str | None  # None = valid

    def __repr__(self) -> str:
        return tuple.__repr__(self)  # in a third of the time


class ExcuseRow(NamedTuple):
    from_at: str
    until_at: str | None  # None = until withdrawn
    withdrawn_at: str | None
    entered_at: str

    def __repr__(self) -> str:
        return tuple.__repr__(self)  # in a third of the time


class MemberRow(NamedTuple):
    """A person as the tables have them. Numbers are still encrypted."""

    id: str
    number: int
    name: str | None
    phone: bytes | None
    identity_number: bytes | None
    sampled_at: str | None
    sampled_point: str | None
    arrived_at: str | None  # at this point
    place_point: str | None
    place_from: str | None
    place_to: str | None
    tickets: tuple[TicketRow, ...]  # their own first, then those of entries that were merged into theirs
    excuses: tuple[ExcuseRow, ...]
    needs: tuple[str, ...]

    def __repr__(self) -> str:
        return tuple.__repr__(self)  # in a third of the time


class HomeRow(NamedTuple):
    """A household, and who lives there."""

    building: str | None
    unit: str | None
    door: str | None
    tickets: tuple[TicketRow, ...]  # its own first, then those of doors that were merged into it
    members: tuple[MemberRow, ...]

    def __repr__(self) -> str:
        return tuple.__repr__(self)  # in a third of the time


@dataclass(frozen=True, slots=True)
class PointRows:
    """Everybody of a point at one moment, by household."""

    homes: dict[str, HomeRow]
    cut: int  # people for whom there was no room


def read_point_rows(connection: Connection, point: Point, round_: Round, now: datetime) -> PointRows:
    """In one reading transaction, so that it is one state of things."""
    facts = _facts_of(connection, point, round_)
    called = _at_the_door(connection, facts) if point.kind is PointKind.DOORSTEP else _called(connection, facts)
    chosen = choose_households(called, now)
    if not chosen.households:
        return PointRows({}, chosen.cut)
    facts["homes"] = [id_of(id_) for id_ in chosen.households]
    members, tickets = _read_members(connection, facts), _home_tickets(connection, facts)
    doors = {id_: door for id_, *door in connection.execute(_DOORS, facts)}
    kept = keep_room(chosen, {id_: len(members[id_]) for id_ in chosen.households})
    homes = {id_: HomeRow._make((*doors[id_], tickets.get(id_, ()), tuple(members[id_]))) for id_ in kept.households}
    return PointRows(homes, kept.cut)


def _facts_of(connection: Connection, point: Point, round_: Round) -> Facts:
    facts: Facts = {"community": point.community_id, "round": round_.id, "campaign": round_.campaign_id}
    in_force = sa.select(_plan.c.id).where(
        _plan.c.community_id == point.community_id,
        _plan.c.round_id == round_.id,
        _plan.c.version == round_.version,
    )
    plan_id: UUID | None = connection.execute(in_force).scalar()
    return {**facts, "point": point.id, "plan": plan_id}


# Which households.

_of_round = (_entry.c.community_id == _here, _entry.c.round_id == _round)
_COHORTS = sa.select(_text(_place.c.cohort_id), _text(_place.c.starts_at), _text(_place.c.ends_at)).where(
    _place.c.community_id == _here, _place.c.plan_id == _plan_id, _place.c.point_id == _point
)
_IN_COHORTS = (
    sa.select(_text(_entry.c.household_id), _text(_entry.c.cohort_id), sa.func.count())
    .where(*_of_round, _entry.c.cohort_id.in_(bindparam("cohorts", type_=sa.Uuid(as_uuid=False), expanding=True)))
    .group_by(_entry.c.household_id, _entry.c.cohort_id)
)
_AT_THE_DOOR = (
    sa.select(_text(_entry.c.household_id), sa.func.count())
    .where(*_of_round, _entry.c.is_doorstep.is_(True))
    .group_by(_entry.c.household_id)
)


def _called(connection: Connection, facts: Facts) -> list[Called]:
    """Once for each cohort of a household, where somebody was put into another one."""
    slots = {id_: (instant_of(since), instant_of(until)) for id_, since, until in connection.execute(_COHORTS, facts)}
    rows: Iterable[Any] = (
        connection.execute(_IN_COHORTS, {**facts, "cohorts": [id_of(id_) for id_ in slots]}) if slots else []
    )
    return [Called(household_id, heads, *slots[cohort_id]) for household_id, cohort_id, heads in rows]


def _at_the_door(connection: Connection, facts: Facts) -> list[Called]:
    return [Called(id_, heads) for id_, heads in connection.execute(_AT_THE_DOOR, facts)]


# What is known of them.


def _of(table: sa.FromClause, community: Any, id_: Any) -> Any:
    return sa.and_(table.c.community_id == community, table.c.id == id_)


_lives_there = (
    _resident.c.community_id == _here,
    _resident.c.household_id.in_(_homes),
    _resident.c.left_at.is_(None),
    _resident.c.merged_into.is_(None),
)
_DOORS = (
    sa.select(_text(_household.c.id), _building.c.name, _unit.c.name, _household.c.door)
    .select_from(
        _household.join(
            _building, _of(_building, _household.c.community_id, _household.c.building_id), isouter=True
        ).join(_unit, _of(_unit, _household.c.community_id, _household.c.unit_id), isouter=True)
    )
    .where(_household.c.community_id == _here, _household.c.id.in_(_homes))
)
_has_entry = sa.and_(*_of_round, _entry.c.resident_id == _resident.c.id)
_in_place = sa.and_(
    _place.c.community_id == _here, _place.c.plan_id == _plan_id, _place.c.cohort_id == _entry.c.cohort_id
)
_PEOPLE = (
    sa.select(
        _text(_resident.c.household_id),
        _text(_resident.c.id),
        _resident.c.number,
        _resident.c.name,
        _resident.c.phone,
        _resident.c.identity_number,
        _text(_entry.c.sampled_at),
        _text(_scan.c.point_id),
        _text(sa.case((_entry.c.arrived_point_id == _point, _entry.c.arrived_at))),
        _text(_place.c.point_id),
        _text(_place.c.starts_at),
        _text(_place.c.ends_at),
    )
    .select_from(
        _resident.join(_entry, _has_entry, isouter=True)
        .join(_scan, _of(_scan, _entry.c.community_id, _entry.c.sampled_scan_id), isouter=True)
        .join(_place, _in_place, isouter=True)
    )
    .where(*_lives_there)
    .order_by(_resident.c.household_id, _resident.c.number)
)


def _read_members(connection: Connection, facts: Facts) -> dict[str, list[MemberRow]]:
    tickets = _tickets_by_key(connection.execute(_TICKETS, facts))
    merged = _tickets_by_key(connection.execute(_MERGED_TICKETS, facts))
    excuses = _by_key(connection.execute(_EXCUSES, facts), ExcuseRow)
    needs: dict[str, tuple[str, ...]] = defaultdict(tuple)
    for resident_id, kind in connection.execute(_NEEDS, facts):
        needs[resident_id] += (NeedKind(kind).value,)
    members: dict[str, list[MemberRow]] = defaultdict(list)
    for household_id, id_, *row in connection.execute(_PEOPLE, facts):
        own = tickets.get(id_, ()) + merged.get(id_, ())
        members[household_id].append(MemberRow._make((id_, *row, own, excuses.get(id_, ()), needs.get(id_, ()))))
    return members


def _by_key(rows: Iterable[Sequence[Any]], kind: Any) -> dict[str, tuple[Any, ...]]:
    """The first column is whose the row is."""
    found: dict[str, tuple[Any, ...]] = defaultdict(tuple)
    for key, *values in rows:
        found[key] += (kind(*values),)
    return found


def _tickets_by_key(rows: Iterable[Sequence[Any]]) -> dict[str, tuple[TicketRow, ...]]:
    """Sorted here, since hardly anybody has more than one."""
    found = _by_key(rows, TicketRow)
    for key, tickets in found.items():
        if len(tickets) > 1:
            found[key] = tuple(sorted(tickets, key=lambda ticket: (ticket.revoked_at is not None, ticket.code)))
    return found


_of_campaign = (_ticket.c.community_id == _here, _ticket.c.campaign_id == _campaign)
_shown = (_ticket.c.code, _text(_ticket.c.revoked_at))
_TICKETS = (
    sa.select(_text(_resident.c.id), *_shown)
    .select_from(_resident.join(_ticket, sa.and_(*_of_campaign, _ticket.c.resident_id == _resident.c.id)))
    .where(*_lives_there)
)
_gone = _resident.alias("gone")
_MERGED_TICKETS = (
    sa.select(_text(_gone.c.merged_into), *_shown)
    .select_from(_gone.join(_ticket, sa.and_(*_of_campaign, _ticket.c.resident_id == _gone.c.id)))
    .where(_gone.c.community_id == _here, _gone.c.merged_into.in_(sa.select(_resident.c.id).where(*_lives_there)))
)
_HOME_TICKETS = sa.select(_text(_ticket.c.household_id), *_shown).where(
    *_of_campaign, _ticket.c.household_id.in_(_homes), _ticket.c.resident_id.is_(None)
)
# The slip of a door that was merged means the door it is.
_MERGED_HOME_TICKETS = (
    sa.select(_text(_household.c.merged_into), *_shown)
    .select_from(
        _household.join(
            _ticket,
            sa.and_(*_of_campaign, _ticket.c.household_id == _household.c.id, _ticket.c.resident_id.is_(None)),
        )
    )
    .where(_household.c.community_id == _here, _household.c.merged_into.in_(_homes))
)


def _home_tickets(connection: Connection, facts: Facts) -> Mapping[str, tuple[TicketRow, ...]]:
    tickets = _tickets_by_key(connection.execute(_HOME_TICKETS, facts))
    for id_, merged in _tickets_by_key(connection.execute(_MERGED_HOME_TICKETS, facts)).items():
        tickets[id_] = tickets.get(id_, ()) + merged
    return tickets


_EXCUSES = (
    sa.select(
        _text(_resident.c.id),
        _text(_excuse.c.from_at),
        _text(_excuse.c.until_at),
        _text(_excuse.c.withdrawn_at),
        _text(sa.func.coalesce(_excuse.c.reviewed_at, _excuse.c.created_at)),
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
    sa.select(_text(_resident.c.id), _need.c.kind)
    .select_from(
        _resident.join(
            _need, sa.and_(_need.c.community_id == _resident.c.community_id, _need.c.resident_id == _resident.c.id)
        )
    )
    .where(*_lives_there, _need.c.kind.in_(TOLD_NEEDS))
    .order_by(_need.c.kind)
)
