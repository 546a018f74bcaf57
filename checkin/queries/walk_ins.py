"""Those whom nobody found on the list at a point, and who they may be."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col, select

from bulou.crypto import field_keys
from bulou.masking import mask_name
from checkin.models import Scan, WalkIn
from checkin.queries.people import Family, find_people
from checkin.rules import ScanKind
from scheduling.models import Point, Round

MOST_DOORS = 5  # offered for one of them
MOST_WALK_INS = 50  # on one page; those who are settled make room


@dataclass(frozen=True, slots=True)
class WalkInLine:
    scan_id: UUID
    came_at: datetime
    point: str
    name: str  # masked; empty = not said
    door: str  # as it was typed; empty = not said
    families: tuple[Family, ...]  # by the door that was said, else by the name; the likeliest first


def list_walk_ins(session: Session, round_: Round, doors: Mapping[UUID, str]) -> list[WalkInLine]:
    """Those who wait, the earliest first; who was taken back at the point is not among them.

    `doors`: where a manager looks for them instead of where they said.
    """
    undo = sa.orm.aliased(Scan)
    is_undone = sa.exists().where(
        col(undo.community_id) == WalkIn.community_id,
        col(undo.undoes) == WalkIn.scan_id,
        col(undo.kind) == ScanKind.UNDO,
    )
    statement = (
        select(WalkIn, Point.name)
        .join(Scan, (col(Scan.community_id) == WalkIn.community_id) & (col(Scan.id) == WalkIn.scan_id))
        .join(Point, (col(Point.community_id) == Scan.community_id) & (col(Point.id) == Scan.point_id))
        .where(WalkIn.community_id == round_.community_id, WalkIn.round_id == round_.id)
        .where(col(WalkIn.settled_at).is_(None), ~is_undone)
        .order_by(col(WalkIn.came_at), col(WalkIn.scan_id))
        .limit(MOST_WALK_INS)
    )
    return [_line(session, round_, row, point, doors) for row, point in session.exec(statement)]


def _line(session: Session, round_: Round, row: WalkIn, point: str, doors: Mapping[UUID, str]) -> WalkInLine:
    said = json.loads(field_keys().decrypt(row.community_id, row.said))
    families = find_people(session, round_, doors.get(row.scan_id) or said["door"] or said["name"])
    name = mask_name(said["name"]) or ""
    return WalkInLine(row.scan_id, row.came_at, point, name, said["door"], tuple(families[:MOST_DOORS]))
