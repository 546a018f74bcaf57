"""Who is sampled and who has arrived, written to the roster from the set of all facts, whatever order they came in."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import Connection
from sqlalchemy.dialects import postgresql, sqlite

from checkin.rules import Fact, Standing, settle
from checkin.usecases.evidence import EntryKey, lock_entry
from checkin.usecases.evidence.basics import is_sqlite
from registry.models import Household, Resident
from scheduling.models import Point, RosterEntry
from scheduling.rules import EntryCause

_entry, _point = RosterEntry.__table__, Point.__table__  # type: ignore[attr-defined]
_resident, _household = Resident.__table__, Household.__table__  # type: ignore[attr-defined]


Places = set[tuple[UUID, UUID]]  # (point, round)
Everybody = Mapping[tuple[UUID, UUID], Sequence[Fact]]  # (round, resident) → all facts about them


def settle_winner(connection: Connection, key: EntryKey, facts: Sequence[Fact], entry: Any, *, now: datetime) -> None:
    """Write what follows from all facts about a person, whose entry the caller holds."""
    assert key.resident_id is not None
    place = (key.round_id, key.resident_id)
    settle_winners(connection, key.community_id, {place: entry} if entry else {}, {place: facts}, now=now)


def settle_winners(
    connection: Connection,
    community_id: str,
    entries: Mapping[tuple[UUID, UUID], Any],
    people: Everybody,
    *,
    now: datetime,
) -> None:
    """Write what follows from all facts about these people, whose entries the caller holds.

    Somebody who is not on the roster comes onto it by being sampled, and goes when no scan stands any more.
    """
    standings = {key: settle(facts) for key, facts in people.items()}
    numbers = Numbers(connection, community_id, _arriving(standings, entries))
    changes = []
    for (round_id, resident_id), standing in standings.items():
        key, entry = EntryKey(community_id, round_id, resident_id), entries.get((round_id, resident_id))
        if entry is None and standing.sampled is not None:
            entry = _walk_in(connection, key, now)
        if entry is None:
            continue
        if standing.sampled is None and entry.cause is EntryCause.WALK_IN:
            connection.execute(_DELETE, _bound(key))
            continue
        news = _news(numbers, standing, entry)
        if any(getattr(entry, name) != value for name, value in news.items()):
            changes.append({**_bound(key), **{f"new_{name}": value for name, value in news.items()}, "now": now})
    if changes:
        connection.execute(_UPDATE, changes)


def _arriving(standings: Mapping[tuple[UUID, UUID], Standing], entries: Mapping[tuple[UUID, UUID], Any]) -> Places:
    """The points, each with its round, at which somebody gets a number."""
    return {
        (UUID(standing.arrived.point), key[0])
        for key, standing in standings.items()
        if standing.arrived and _number_of(entries.get(key), UUID(standing.arrived.point)) is None
    }


def _number_of(entry: Any, point_id: UUID | None) -> int | None:
    """The number that somebody has at a point already."""
    return entry.arrived_number if entry is not None and entry.arrived_point_id == point_id else None


def _news(numbers: "Numbers", standing: Standing, entry: Any) -> dict[str, Any]:
    sampled, arrived = standing.sampled, standing.arrived
    point_id = UUID(arrived.point) if arrived else None
    number = _number_of(entry, point_id)
    if point_id is not None and number is None:
        number = numbers.next(point_id)
    return {
        "sampled_at": sampled.at if sampled else None,
        "sampled_scan_id": sampled.id if sampled else None,
        "arrived_at": arrived.at if arrived else None,
        "arrived_point_id": point_id,
        "arrived_number": number,
    }


class Numbers:
    """Numbers of those who arrive, given out one by one: two people never have the same at a point.

    The points are held until the transaction ends, all at once and in one order, so that two servers never wait in a circle.
    """

    def __init__(self, connection: Connection, community_id: str, points: Places) -> None:
        self.last: dict[UUID, int] = {}
        for point_id, round_id in sorted(points):
            facts = {"community": community_id, "round": round_id, "point": point_id}
            if not is_sqlite(connection):
                connection.execute(_HOLD_POINT, facts)
            self.last[point_id] = connection.execute(_LAST_NUMBER, facts).scalar() or 0

    def next(self, point_id: UUID) -> int:
        self.last[point_id] += 1
        return self.last[point_id]


def _walk_in(connection: Connection, key: EntryKey, now: datetime) -> Any:
    facts = {"community": key.community_id, "resident": key.resident_id}
    home = connection.execute(_HOME, facts).one()
    row = {
        "community_id": key.community_id,
        "round_id": key.round_id,
        "resident_id": key.resident_id,
        "household_id": home.household_id,
        "building_id": home.building_id,
        "cause": EntryCause.WALK_IN,
        "is_doorstep": False,
        "changed_at": now,
    }
    # The roster follows the registry meanwhile: then the person is on it already, and that row is the one.
    connection.execute(_ADD[connection.dialect.name], row)
    return lock_entry(connection, key)


def _bound(key: EntryKey) -> dict[str, Any]:
    return {"b_community": key.community_id, "b_round": key.round_id, "b_resident": key.resident_id}


_THIS = (
    _entry.c.community_id == sa.bindparam("b_community"),
    _entry.c.round_id == sa.bindparam("b_round", type_=_entry.c.round_id.type),
    _entry.c.resident_id == sa.bindparam("b_resident", type_=_entry.c.resident_id.type),
)
_NEWS = ("sampled_at", "sampled_scan_id", "arrived_at", "arrived_point_id", "arrived_number")
_UPDATE = (
    sa.update(_entry)
    .where(*_THIS)
    .values(
        {name: sa.bindparam(f"new_{name}", type_=_entry.c[name].type) for name in _NEWS}
        | {"changed_at": sa.bindparam("now", type_=_entry.c.changed_at.type)}
    )
)
_DELETE = sa.delete(_entry).where(*_THIS)
_ADD = {
    "sqlite": sqlite.insert(_entry).on_conflict_do_nothing(),
    "postgresql": postgresql.insert(_entry).on_conflict_do_nothing(),
}
_here: Any = sa.bindparam("community")
_point_id = sa.bindparam("point", type_=_point.c.id.type)
_HOME = (
    sa.select(_resident.c.household_id, _household.c.building_id)
    .join(
        _household,
        sa.and_(_household.c.community_id == _resident.c.community_id, _household.c.id == _resident.c.household_id),
    )
    .where(
        _resident.c.community_id == _here,
        _resident.c.id == sa.bindparam("resident", type_=_resident.c.id.type),
    )
)
_HOLD_POINT = (
    sa.select(_point.c.id)
    .where(_point.c.community_id == _here, _point.c.id == _point_id)
    .with_for_update(key_share=True)
)
_LAST_NUMBER = sa.select(sa.func.max(_entry.c.arrived_number)).where(
    _entry.c.community_id == _here,
    _entry.c.round_id == sa.bindparam("round", type_=_entry.c.round_id.type),
    _entry.c.arrived_point_id == _point_id,
)
