"""Who is sure on an official list is sampled, in parts that hold nobody up."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col, select

from accounts.rules import Principal
from accounts.usecases import note
from checkin.errors import ListInUse
from checkin.models import OfficialLine
from checkin.queries.official import Hold, get_list, open_said
from checkin.rules import Match
from checkin.usecases.official.facts import check_counts, record_fact
from scheduling.models import Round

Key = tuple[str, UUID]  # community_id, list_id
PART = 50  # facts of one transaction: phones that scan meanwhile wait a moment, not for the whole list


@dataclass(frozen=True, slots=True)
class SureLine:
    """A line that waits to be recorded, opened."""

    number: int
    at: datetime


def list_part(session: Session, key: Key) -> list[SureLine]:
    """The next sure ones that are not recorded; empty = none is left."""
    waits = (OfficialLine.match == Match.SURE, col(OfficialLine.settled_at).is_(None))
    statement = select(OfficialLine).where(OfficialLine.community_id == key[0], OfficialLine.list_id == key[1], *waits)
    ordered = statement.order_by(col(OfficialLine.resident_id), col(OfficialLine.line)).limit(PART)
    return [SureLine(line.line, sampled_at(line)) for line in session.exec(ordered)]


def sampled_at(line: OfficialLine) -> datetime:
    """When the person was, of a line that is not refused."""
    return datetime.fromisoformat(open_said(line)["at"])


def record_part(
    session: Session, key: Key, round_: Round, part: Sequence[SureLine], *, by: Principal | None, now: datetime
) -> None:
    """Record these as sampled. What somebody recorded or took back meanwhile is left alone.

    Raises RoundNeverOpened, and ListNotFound where the list was discarded meanwhile.
    """
    check_counts(round_)
    get_list(session, round_, key[1], hold=Hold.SHARED)
    times = {line.number: line.at for line in part}
    statement = select(OfficialLine).where(
        OfficialLine.community_id == key[0], OfficialLine.list_id == key[1], col(OfficialLine.line).in_(times)
    )
    ordered = statement.order_by(col(OfficialLine.resident_id), col(OfficialLine.line)).with_for_update()
    for line in session.exec(ordered).all():
        if line.match is Match.SURE and line.settled_at is None and line.resident_id is not None:
            line.scan_id = record_fact(session, round_, line.resident_id, times[line.line], by=by, now=now)
            line.settled_at = now
            session.add(line)
    session.flush()


def discard_list(session: Session, key: Key, round_: Round, *, by: Principal | None, now: datetime) -> None:
    """Forget a list that nobody was recorded by. Raises ListNotFound, ListInUse."""
    row = get_list(session, round_, key[1], hold=Hold.ALONE)
    mine = (col(OfficialLine.community_id) == key[0], col(OfficialLine.list_id) == key[1])
    used = select(OfficialLine.line).where(*mine, col(OfficialLine.settled_at).is_not(None)).limit(1)
    if session.exec(used).first() is not None:
        raise ListInUse()
    session.connection().execute(sa.delete(OfficialLine).where(*mine))
    session.delete(row)
    note(session, key[0], "checkin.official_discarded", key[1], by=by, now=now)
