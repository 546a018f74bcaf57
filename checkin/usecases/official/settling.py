"""What somebody says of a doubtful line, and taking it back where it was the wrong one."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlmodel import Session, col, select

from accounts.rules import Principal
from accounts.usecases import note
from checkin.errors import LineNotFound, LineSettled
from checkin.models import OfficialLine, OfficialList
from checkin.queries.official import Hold, get_list
from checkin.rules import Match
from checkin.usecases.official.facts import check_counts, fact_id, record_fact, undo_fact
from checkin.usecases.official.recording import Key, sampled_at
from scheduling.models import Round

MOST_NUMBER = 2**31 - 1  # that the column holds


def settle_line(
    session: Session,
    key: Key,
    round_: Round,
    number: int,
    resident_id: UUID | None,  # None = none of them
    *,
    by: Principal | None,
    now: datetime,
) -> None:
    """Say who a doubtful line is; that person is sampled. The same again changes nothing.

    Raises LineNotFound, also for somebody who is gone since, LineSettled and RoundNeverOpened.
    """
    line = _get_line(session, key, round_, number)
    if line.match is not Match.DOUBTFUL:
        if line.resident_id != resident_id:
            raise LineSettled()
        return
    if resident_id is not None and str(resident_id) not in line.candidates:
        raise LineNotFound()
    line.match = Match.SURE if resident_id else Match.NOT_OURS
    line.resident_id, line.settled_at = resident_id, now
    line.settled_by = by.account_id if by else None
    if resident_id is not None:
        line.scan_id = record_fact(session, round_, resident_id, sampled_at(line), by=by, now=now)
    session.add(line)
    session.flush()
    note(session, key[0], "checkin.official_settled", key[1], by=by, facts={"match": line.match.value}, now=now)


def _get_line(session: Session, key: Key, round_: Round, number: int) -> OfficialLine:
    """A line that somebody can say something of, held until the transaction ends. Raises LineNotFound, RoundNeverOpened."""
    get_list(session, round_, key[1], hold=Hold.SHARED)
    check_counts(round_)
    line = None
    if number <= MOST_NUMBER:
        line = session.get(OfficialLine, (*key, number), with_for_update=True, populate_existing=True)
    if line is None or not line.candidates:
        raise LineNotFound()
    return line


def take_back_line(
    session: Session,
    key: Key,
    round_: Round,
    number: int,
    same: Sequence[tuple[UUID, int]],  # this line and the same in other lists, as `list_same_lines` gives them
    *,
    by: Principal | None,
    now: datetime,
) -> None:
    """What somebody said of a line was wrong: it waits again, wherever it stands, and the fact it made is undone.

    Whom another line names too stays sampled by that one. A repeat changes nothing. Raises LineNotFound, RoundNeverOpened.
    """
    if _get_line(session, key, round_, number).match is Match.DOUBTFUL:
        return
    facts: set[UUID] = set()
    for list_id, line_number in sorted({(key[1], number), *same}):
        line = _get_line(session, (key[0], list_id), round_, line_number)
        if (scan_id := _fact_of(round_, line)) is not None:
            facts.add(scan_id)
        line.match, line.resident_id, line.scan_id = Match.DOUBTFUL, None, None
        line.settled_at, line.settled_by = None, None
        session.add(line)
    session.flush()
    for scan_id in sorted(facts):
        undo_fact(session, round_, scan_id, by=by, now=now)
        _record_by_others(session, round_, scan_id, by=by, now=now)
    note(session, key[0], "checkin.official_taken_back", key[1], by=by, now=now)


def _fact_of(round_: Round, line: OfficialLine) -> UUID | None:
    """Lines that were recorded before migration 0009 do not say by which fact."""
    if line.scan_id is None and line.resident_id is not None and line.settled_at is not None:
        return fact_id(round_.id, line.resident_id)
    return line.scan_id


def _record_by_others(session: Session, round_: Round, scan_id: UUID, *, by: Principal | None, now: datetime) -> None:
    """Other lines had found the fact there already. Now the first of them is what says it."""
    of_round = select(OfficialList.id).where(
        OfficialList.community_id == round_.community_id, OfficialList.round_id == round_.id
    )
    statement = select(OfficialLine).where(
        OfficialLine.community_id == round_.community_id,
        col(OfficialLine.list_id).in_(of_round),
        OfficialLine.scan_id == scan_id,
    )
    others = session.exec(statement.order_by(col(OfficialLine.settled_at), col(OfficialLine.line)).with_for_update())
    for line in others.all():
        assert line.resident_id is not None  # of lines that were recorded
        line.scan_id = record_fact(session, round_, line.resident_id, sampled_at(line), by=by, now=now)
        session.add(line)
    session.flush()
