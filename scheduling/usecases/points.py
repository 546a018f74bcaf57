"""Points of a round: added, changed, copied, removed."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

import sqlalchemy as sa
from sqlmodel import Session, col, select

from accounts.rules import Principal
from bulou.announcements import announce
from bulou.database import insert_once
from bulou.i18n import _
from bulou.ids import new_code, new_id
from registry.rules import Position
from scheduling.errors import PointIsInPlan, PositionIncomplete
from scheduling.models import Assignment, Pin, Plan, Point, PointLanes, Round
from scheduling.queries.setup import (
    RoundKey,
    get_point,
    lanes_by_point,
    list_points,
    list_rules,
    list_sampling_sessions,
)
from scheduling.rules import PointKind, PointRemoved
from scheduling.rules.entries import PointEntry
from scheduling.rules.life import IN_FORCE
from scheduling.usecases.editing import drafts_are_stale, flush_named, get_round_to_edit, note_change

CODE_LENGTH = 8  # 32^8 codes: nobody finds a poster's address by trying
PLANNED_BY = ("kind", "x", "y", "lanes", "heads_per_lane_hour", "utilisation", "standing_room", "tiers")


def add_point(session: Session, key: RoundKey, entry: PointEntry, *, by: Principal | None, now: datetime) -> Point:
    """Raises NameTaken, PositionIncomplete."""
    round_ = get_round_to_edit(session, key)
    point = insert_point(session, round_, entry)
    drafts_are_stale(session, round_)
    note_change(session, round_, "point.added", point.id, by=by, now=now)
    return point


def official_point(session: Session, round_: Round) -> UUID:
    """Where the facts of the official list stand, made at the first of them: a fact has a point, and this one is no place."""
    id_ = uuid5(round_.id, "official list")
    row = Point(
        community_id=round_.community_id,
        id=id_,
        round_id=round_.id,
        name=_("Official list")[:50] + f" {str(id_)[:4]}",  # its name must be free whatever others are called
        kind=PointKind.OFFICIAL,
        code=new_code(CODE_LENGTH),
    )
    if session.get(Point, (round_.community_id, id_)) is None:
        insert_once(session, row)
    return id_


def insert_point(session: Session, round_: Round, entry: PointEntry) -> Point:
    point = Point(
        community_id=round_.community_id,
        id=new_id(),
        round_id=round_.id,
        code=new_code(CODE_LENGTH),
        **_columns(entry),
    )
    session.add(point)
    flush_named(session, entry.name)
    _set_lanes(session, point, entry)
    return point


def change_point(
    session: Session, key: RoundKey, point_id: UUID, entry: PointEntry, *, by: Principal | None, now: datetime
) -> bool:
    """Whether drafts are stale by it: a new address or contact changes no plan."""
    round_ = get_round_to_edit(session, key)
    point = get_point(session, key, point_id)
    before = [getattr(point, name) for name in PLANNED_BY], _lanes_of(session, key, point_id)
    point.sqlmodel_update(_columns(entry))
    session.add(point)
    flush_named(session, entry.name)
    _set_lanes(session, point, entry)
    after = [getattr(point, name) for name in PLANNED_BY], _lanes_of(session, key, point_id)
    is_stale = before != after and drafts_are_stale(session, round_)
    note_change(session, round_, "point.changed", point.id, by=by, now=now)
    return is_stale


def place_points(
    session: Session, key: RoundKey, places: Mapping[UUID, Position], *, by: Principal | None, now: datetime
) -> int:
    """Where points stand, several at once; how many moved. Drafts are stale by it. Raises PointNotFound."""
    round_, moved = get_round_to_edit(session, key), 0
    for point_id, position in places.items():
        point = get_point(session, key, point_id)
        moved += (point.x, point.y) != (position.x, position.y)
        point.x, point.y = position.x, position.y
        session.add(point)
    session.flush()
    if moved:
        drafts_are_stale(session, round_)
        note_change(session, round_, "points.placed", round_.id, by=by, now=now)
    return moved


def copy_point(session: Session, key: RoundKey, point_id: UUID, *, by: Principal | None, now: datetime) -> Point:
    """One more like it, under another name and with a poster of its own."""
    point = get_point(session, key, point_id)
    taken = {other.name for other in list_points(session, key)}
    free = next(words for n in range(2, 1000) if (words := f"{point.name[:54]} {n}") not in taken)
    return add_point(session, key, replace(entry_of(session, key, point), name=free), by=by, now=now)


def entry_of(session: Session, key: RoundKey, point: Point) -> PointEntry:
    """The point as it was entered."""
    columns: dict[str, Any] = {name: getattr(point, name) for name in _COLUMNS}
    return PointEntry(**{**columns, "tiers": tuple(point.tiers)}, lanes_by_session=_lanes_of(session, key, point.id))


def remove_point(session: Session, key: RoundKey, point_id: UUID, *, by: Principal | None, now: datetime) -> None:
    """Drafts that send anybody there go with it. Announces PointRemoved.

    Raises PointIsInPlan where residents were told of the point.
    """
    round_ = get_round_to_edit(session, key)
    point = get_point(session, key, point_id)
    if round_.state in IN_FORCE:
        raise PointIsInPlan(point=point.name)
    announce(session, PointRemoved(key[0], point_id, point.name, now))
    _remove_drafts_with(session, point)
    _forget_in_rules(session, key, point_id)
    for table in (Pin, PointLanes):
        of_point = (col(table.community_id) == key[0], col(table.point_id) == point_id)
        session.exec(sa.delete(table).where(*of_point))
    session.delete(point)
    session.flush()
    drafts_are_stale(session, round_)
    note_change(session, round_, "point.removed", point_id, by=by, now=now)


def _remove_drafts_with(session: Session, point: Point) -> None:
    here = (Assignment.community_id == point.community_id, Assignment.point_id == point.id)
    drafts = session.exec(select(Assignment.plan_id).where(*here).distinct()).all()
    for plan_id in drafts:
        of_plan = (col(Assignment.community_id) == point.community_id, col(Assignment.plan_id) == plan_id)
        session.exec(sa.delete(Assignment).where(*of_plan))
        session.exec(sa.delete(Plan).where(col(Plan.community_id) == point.community_id, col(Plan.id) == plan_id))


def _forget_in_rules(session: Session, key: RoundKey, point_id: UUID) -> None:
    """Buildings that might go there only may go anywhere now."""
    for rule in list_rules(session, key):
        if rule.point_ids and str(point_id) in rule.point_ids:
            rule.point_ids = [other for other in rule.point_ids if other != str(point_id)] or None
            session.add(rule)


_COLUMNS = (
    "name",
    "address",
    "kind",
    "x",
    "y",
    "lanes",
    "heads_per_lane_hour",
    "utilisation",
    "standing_room",
    "tiers",
    "counts_entrance",
    "contact_name",
    "contact_phone",
    "volunteers",
)


def _columns(entry: PointEntry) -> dict[str, Any]:
    if (entry.x is None) != (entry.y is None):
        raise PositionIncomplete()
    return {name: getattr(entry, name) for name in _COLUMNS} | {"tiers": list(entry.tiers)}


def _lanes_of(session: Session, key: RoundKey, point_id: UUID) -> dict[UUID, int]:
    return {of: lanes for (point, of), lanes in lanes_by_point(session, key).items() if point == point_id}


def _set_lanes(session: Session, point: Point, entry: PointEntry) -> None:
    """Kept only where a session differs, so that a change of the point's own number reaches all others."""
    of_point = (col(PointLanes.community_id) == point.community_id, col(PointLanes.point_id) == point.id)
    session.exec(sa.delete(PointLanes).where(*of_point))
    for row in list_sampling_sessions(session, (point.community_id, point.round_id)):
        lanes = entry.lanes_by_session.get(row.id, point.lanes)
        if lanes != point.lanes:
            session.add(PointLanes(community_id=point.community_id, point_id=point.id, session_id=row.id, lanes=lanes))
    session.flush()
