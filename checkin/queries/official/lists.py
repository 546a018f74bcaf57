"""The official lists of a round, and how many of their lines are what."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col, func, select

from checkin.errors import ListNotFound
from checkin.models import OfficialLine, OfficialList
from checkin.rules import Match
from checkin.rules.official import Part
from scheduling.models import Round


class Hold(Enum):
    """Until the transaction ends: it stays while its lines are recorded, or nobody touches it while it goes."""

    SHARED = auto()
    ALONE = auto()


@dataclass(frozen=True, slots=True)
class ListLine:
    id: UUID
    file_name: str
    read_at: datetime
    sure: int
    unrecorded: int  # of the sure ones
    doubtful: int
    not_ours: int
    refused: int
    settled: int  # of all of them: those that somebody looked at

    @property
    def lines(self) -> int:
        return self.sure + self.doubtful + self.not_ours + self.refused

    def count(self, part: Part) -> int:
        heads: int = getattr(self, part.value)
        return heads


def _heads(condition: Any) -> Any:
    return func.coalesce(func.sum(sa.case((condition, 1), else_=0)), 0)


_waits = sa.and_(col(OfficialLine.match) == Match.SURE, col(OfficialLine.settled_at).is_(None))
_COUNTS = (
    *(_heads(col(OfficialLine.match) == match).label(match.value) for match in Match),
    _heads(_waits).label("unrecorded"),
    _heads(col(OfficialLine.settled_by).is_not(None)).label("settled"),
)


def list_lists(session: Session, round_: Round, *, after: int = 0, limit: int = 20) -> tuple[list[ListLine], int]:
    """The latest first, and how many there are."""
    here = _whole_of(round_)
    newest = [col(OfficialList.read_at).desc(), col(OfficialList.id)]
    ids = sa.select(col(OfficialList.id)).where(*here).order_by(*newest).offset(after).limit(limit)
    rows = session.execute(_lines([*here, col(OfficialList.id).in_(ids)]).order_by(*newest)).all()
    total = session.execute(sa.select(func.count()).select_from(OfficialList).where(*here)).scalar_one()
    return [ListLine(**row._mapping) for row in rows], total


def get_list_line(session: Session, round_: Round, list_id: UUID) -> ListLine:
    """Raises ListNotFound."""
    row = session.execute(_lines([*_whole_of(round_), col(OfficialList.id) == list_id])).first()
    if row is None:
        raise ListNotFound()
    return ListLine(**row._mapping)


def _lines(conditions: list[Any]) -> Any:
    same = sa.and_(
        col(OfficialLine.community_id) == col(OfficialList.community_id),
        col(OfficialLine.list_id) == col(OfficialList.id),
    )
    columns = (col(OfficialList.id), col(OfficialList.file_name), col(OfficialList.read_at))
    statement = sa.select(*columns, *_COUNTS).select_from(OfficialList).outerjoin(OfficialLine, same)
    return statement.where(*conditions).group_by(*columns)


def _whole_of(round_: Round) -> tuple[Any, ...]:
    """A list that is still being written is shown to nobody."""
    of_round = (OfficialList.community_id == round_.community_id, OfficialList.round_id == round_.id)
    return (*of_round, col(OfficialList.kept_at).is_not(None))


def get_list(session: Session, round_: Round, list_id: UUID, *, hold: Hold | None = None) -> OfficialList:
    """Raises ListNotFound, also for another round's and for one that is not whole."""
    lock = {"read": hold is Hold.SHARED} if hold else None
    row = session.get(OfficialList, (round_.community_id, list_id), with_for_update=lock, populate_existing=bool(hold))
    if row is None or row.round_id != round_.id or row.kept_at is None:
        raise ListNotFound()
    return row


def count_unrecorded(session: Session, key: tuple[str, UUID]) -> int:
    of_list = (OfficialLine.community_id == key[0], OfficialLine.list_id == key[1])
    return session.exec(select(func.count()).where(*of_list, _waits)).one()
