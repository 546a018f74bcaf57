"""The points that scans name, with the rounds they fix."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import Connection

from checkin.rules import RoundFacts
from checkin.usecases.evidence.basics import COMMUNITY, one_of, row_of, table_of
from registry.models import Community
from scheduling.models import Point, Round, SamplingSession
from scheduling.rules import PointKind

_point, _round, _community, _session = map(table_of, (Point, Round, Community, SamplingSession))


@dataclass(frozen=True, slots=True)
class PointSeen:
    """A point and its round. `makeups`: from when to when a make-up session is on, the end not included."""

    id: UUID
    round_id: UUID
    campaign_id: UUID
    is_doorstep: bool
    contact: str
    timezone: str
    round: RoundFacts
    makeups: tuple[tuple[datetime, datetime], ...]

    def is_makeup_at(self, at: datetime) -> bool:
        return any(begins <= at < ends for begins, ends in self.makeups)


_POINTS = (
    sa.select(
        _point.c.id,
        _point.c.round_id,
        _point.c.kind,
        _point.c.contact_name,
        _point.c.contact_phone,
        _round.c.campaign_id,
        _round.c.opened_at,
        _round.c.closed_at,
        _community.c.timezone,
        _session.c.starts_at,
        _session.c.ends_at,
    )
    .join(_round, row_of(_round, _point.c.community_id, _point.c.round_id))
    .join(_community, _community.c.id == _point.c.community_id)
    .join(
        _session,
        sa.and_(
            _session.c.community_id == _point.c.community_id,
            _session.c.round_id == _point.c.round_id,
            _session.c.is_makeup.is_(True),
        ),
        isouter=True,
    )
    .where(_point.c.community_id == COMMUNITY, one_of(_point.c.id, "ids"))
)


def read_points(connection: Connection, community_id: str, ids: Iterable[UUID]) -> dict[UUID, PointSeen]:
    """Those of these points that are the community's. One statement."""
    rows: dict[UUID, list[Any]] = {}
    for row in connection.execute(_POINTS, {"community": community_id, "ids": list(set(ids))}):
        rows.setdefault(row.id, []).append(row)
    return {id_: _seen(of_point) for id_, of_point in rows.items()}


def _seen(rows: Sequence[Any]) -> PointSeen:
    """A point has a row for each make-up session of its round, and one row where there is none."""
    first = rows[0]
    return PointSeen(
        id=first.id,
        round_id=first.round_id,
        campaign_id=first.campaign_id,
        is_doorstep=first.kind is PointKind.DOORSTEP,
        contact=" ".join(word for word in (first.contact_name, first.contact_phone) if word),
        timezone=first.timezone,
        round=RoundFacts(first.opened_at, first.closed_at),
        makeups=tuple((row.starts_at, row.ends_at) for row in rows if row.starts_at is not None),
    )


_NAMES = sa.select(_point.c.id, _point.c.name).where(_point.c.community_id == COMMUNITY, one_of(_point.c.id, "ids"))


def read_names(connection: Connection, community_id: str, ids: Iterable[UUID]) -> dict[UUID, str]:
    """What the points are called."""
    wanted = list(set(ids))
    rows = connection.execute(_NAMES, {"community": community_id, "ids": wanted}) if wanted else ()
    return {row.id: row.name for row in rows}
