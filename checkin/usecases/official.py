"""The official list of those sampled: read, matched, looked at, and recorded as facts of source `official`.

A person has at most one such fact in a round, whatever lists name them: its id is made of round and person.
"""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Any
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlmodel import Session, col, select

from accounts.rules import Principal
from accounts.usecases import note
from bulou.crypto import field_keys
from bulou.database import insert_all
from bulou.ids import new_id
from bulou.text import clean_text
from checkin.errors import LineNotFound, LineSettled, ListEmpty, ListInUse, ListTimeWrong, RoundNeverOpened
from checkin.forms import IncomingScan
from checkin.models import OfficialLine, OfficialList
from checkin.queries.official import get_list, list_known, open_said
from checkin.reading import ReadLine
from checkin.rules import (
    Fact,
    Facts,
    Match,
    PersonFacts,
    PointFacts,
    RoundFacts,
    ScanFacts,
    ScanKind,
    ScanSource,
    TicketFacts,
    judge_scan,
    settle,
)
from checkin.rules.official import LineFault, Matched, Register, match_line
from checkin.usecases import evidence
from checkin.usecases.answers import Kept
from checkin.usecases.scans import insert_row
from checkin.usecases.standing import settle_winner
from scheduling.models import Round
from scheduling.queries.setup import time_zone
from scheduling.rules import RoundState
from scheduling.usecases.points import official_point

Key = tuple[str, UUID]  # community_id, list_id
AHEAD = timedelta(minutes=15)  # the other system's clock
MOST_NUMBER = 2**31 - 1  # that the column holds
PART = 50  # facts of one transaction: phones that scan meanwhile wait a moment, not for the whole list


def match_lines(session: Session, round_: Round, read: Sequence[ReadLine]) -> list[Matched]:
    """Who each line is. Only reads: of a long list it takes seconds, in which phones must be able to write."""
    register = Register(list_known(session, round_))
    return [match_line(line.said, register) for line in read]


def keep_list(
    session: Session,
    round_: Round,
    read: Sequence[ReadLine],
    matched: Sequence[Matched],
    *,
    file_name: str,
    at: datetime | None,  # of when the list is; None = now, or when the round closed
    by: Principal | None,
    now: datetime,
) -> UUID:
    """Keep a list with what each line means; nobody is sampled by it yet. The same list again is the one that is there.

    What somebody said of a line of an earlier list of the round still holds. Raises RoundNeverOpened, ListTimeWrong, ListEmpty.
    """
    if not read:
        raise ListEmpty()
    at = _list_time(round_, at, now)
    zone = time_zone(session, round_.community_id)
    said = [_said(line, round_, at, now, zone) for line in read]
    earlier = _earlier(session, round_)
    prints = [_print(each) for each in said]
    for list_id, lines in earlier.items():
        if [_print(each) for _row, each in lines] == prints:
            return list_id
    settled = _settled(earlier)
    row = OfficialList(
        community_id=round_.community_id,
        id=new_id(),
        round_id=round_.id,
        file_name=clean_text(file_name, max_length=200),
        author_id=by.account_id if by else None,
        read_at=now,
    )
    session.add(row)
    session.flush()
    rows = [_row(row, line, each, found, settled) for line, each, found in zip(read, said, matched, strict=True)]
    insert_all(session, OfficialLine, rows)
    note(session, row.community_id, "checkin.official_read", row.id, by=by, facts={"lines": len(rows)}, now=now)
    return row.id


def check_counts(round_: Round) -> datetime:
    """Whether a list may add to it, and since when: not before it opens, nothing once it was called off or put away.

    Raises RoundNeverOpened.
    """
    if round_.opened_at is None or round_.state in (RoundState.CANCELLED, RoundState.ARCHIVED):
        raise RoundNeverOpened()
    return round_.opened_at


def _list_time(round_: Round, at: datetime | None, now: datetime) -> datetime:
    opened_at = check_counts(round_)
    given = at or (round_.closed_at - timedelta(seconds=1) if round_.closed_at else now)
    if not opened_at <= given <= now or (round_.closed_at and given >= round_.closed_at):
        raise ListTimeWrong()
    return given.astimezone(UTC)


def _said(line: ReadLine, round_: Round, list_at: datetime, now: datetime, zone: str) -> dict[str, Any]:
    at = None if line.fault else _time_of(line, round_, list_at, now, zone)
    fault = line.fault or (None if at else LineFault.NOT_OPEN)
    return {
        "sheet": line.sheet,
        "row": line.row,
        "name": line.said.name,
        "phone": line.said.phone,
        "identity": line.said.identity,
        "door": line.said.door,
        "place": line.place,
        "given": line.at.isoformat() if line.at else line.day.isoformat() if line.day else "",
        "at": at.isoformat() if at else "",
        "fault": fault.value if fault else "",
    }


def _time_of(line: ReadLine, round_: Round, list_at: datetime, now: datetime, zone: str) -> datetime | None:
    """When the person was sampled: as the line says, or as the list; None where the round was not open then."""
    opened_at, ends_at = round_.opened_at, round_.closed_at or now + AHEAD
    assert opened_at is not None  # looked at before
    at = line.at
    if at is None and line.day is None:
        return list_at
    if at is None and line.day is not None:  # a day alone: the last moment of it that the round and the list allow
        evening = datetime.combine(line.day, time(23, 59, 59), ZoneInfo(zone))
        at = max(min(evening, list_at), opened_at).astimezone(UTC)
        if at.astimezone(ZoneInfo(zone)).date() != line.day:
            return None
    return at if at is not None and opened_at <= at < ends_at else None


def _print(said: dict[str, Any]) -> tuple[Any, ...]:
    """What makes two lines the same, wherever they stand."""
    return tuple(said[name] for name in ("name", "phone", "identity", "door", "place", "given"))


Earlier = dict[UUID, list[tuple[OfficialLine, dict[str, Any]]]]


def _earlier(session: Session, round_: Round) -> Earlier:
    statement = (
        select(OfficialLine)
        .join(
            OfficialList,
            (col(OfficialList.community_id) == OfficialLine.community_id)
            & (col(OfficialList.id) == OfficialLine.list_id),
        )
        .where(OfficialList.community_id == round_.community_id, OfficialList.round_id == round_.id)
        .order_by(col(OfficialLine.list_id), col(OfficialLine.line))
    )
    found: Earlier = {}
    for line in session.exec(statement):
        found.setdefault(line.list_id, []).append((line, open_said(line)))
    return found


def _settled(earlier: Earlier) -> dict[tuple[Any, ...], OfficialLine]:
    """What somebody said of a line, by what makes it the same."""
    return {
        _print(said): line for lines in earlier.values() for line, said in lines if line.settled_at and line.settled_by
    }


def _row(
    of: OfficialList,
    line: ReadLine,
    said: dict[str, Any],
    found: Matched,
    settled: dict[tuple[Any, ...], OfficialLine],
) -> dict[str, Any]:
    before = settled.get(_print(said))
    if said["fault"]:
        found, before = Matched(Match.REFUSED), None
    elif before is not None and found.match is Match.DOUBTFUL:
        found = Matched(before.match, before.resident_id)
    return {
        "community_id": of.community_id,
        "list_id": of.id,
        "line": line.number,
        "said": field_keys().encrypt(of.community_id, json.dumps(said, ensure_ascii=False)),
        "match": found.match,
        "resident_id": found.resident_id,
        "candidates": [str(id_) for id_ in found.candidates],
        "settled_at": None,
        "settled_by": None,
    }


# What is recorded.


def record_part(session: Session, key: Key, round_: Round, *, by: Principal | None, now: datetime) -> int:
    """Record the next sure ones as sampled; how many. None left: 0. A repeat goes on where it ended. Raises RoundNeverOpened."""
    check_counts(round_)
    statement = (
        select(OfficialLine)
        .where(
            OfficialLine.community_id == key[0],
            OfficialLine.list_id == key[1],
            OfficialLine.match == Match.SURE,
            col(OfficialLine.settled_at).is_(None),
        )
        .order_by(col(OfficialLine.resident_id), col(OfficialLine.line))
        .limit(PART)
        .with_for_update()
    )
    lines = session.exec(statement).all()
    for line in lines:
        _record(session, round_, line, by=by, now=now)
        line.settled_at = now
        session.add(line)
    session.flush()
    return len(lines)


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
    get_list(session, round_, key[1])
    check_counts(round_)
    if number > MOST_NUMBER:
        raise LineNotFound()
    line = session.get(OfficialLine, (*key, number), with_for_update=True, populate_existing=True)
    if line is None or not line.candidates:
        raise LineNotFound()
    if line.settled_at is not None:
        if line.resident_id != resident_id:
            raise LineSettled()
        return
    if resident_id is not None and str(resident_id) not in line.candidates:
        raise LineNotFound()
    line.match = Match.SURE if resident_id else Match.NOT_OURS
    line.resident_id, line.settled_at = resident_id, now
    line.settled_by = by.account_id if by else None
    session.add(line)
    session.flush()
    if resident_id is not None:
        _record(session, round_, line, by=by, now=now)
    note(session, key[0], "checkin.official_settled", key[1], by=by, facts={"match": line.match.value}, now=now)


def discard_list(session: Session, key: Key, round_: Round, *, by: Principal | None, now: datetime) -> None:
    """Forget a list that nobody was recorded by. Raises ListNotFound, ListInUse."""
    row = get_list(session, round_, key[1])
    mine = (col(OfficialLine.community_id) == key[0], col(OfficialLine.list_id) == key[1])
    used = select(OfficialLine.line).where(*mine, col(OfficialLine.settled_at).is_not(None)).limit(1)
    if session.exec(used).first() is not None:
        raise ListInUse()
    session.connection().execute(sa.delete(OfficialLine).where(*mine))
    session.delete(row)
    note(session, key[0], "checkin.official_discarded", key[1], by=by, now=now)


def fact_id(round_id: UUID, resident_id: UUID) -> UUID:
    """One for each person and round."""
    return uuid5(round_id, f"official {resident_id}")


def _record(session: Session, round_: Round, line: OfficialLine, *, by: Principal | None, now: datetime) -> None:
    """Add the fact and what follows from it. Who has one already keeps it."""
    assert line.resident_id is not None  # of sure lines
    connection, community_id = session.connection(), round_.community_id
    at = datetime.fromisoformat(open_said(line)["at"])
    person = evidence.find_resident(connection, community_id, line.resident_id, at)
    if person is None:  # taken back with the import that brought them
        raise LineNotFound()
    scan = IncomingScan(
        scan_id=fact_id(round_.id, person.resident_id),
        point=official_point(session, round_),
        scanned_at=at,
        resident=person.resident_id,
        source=ScanSource.OFFICIAL,
    )
    evidence.lock_ids(connection, (scan.scan_id,))
    key = evidence.EntryKey(community_id, round_.id, person.resident_id)
    entry = evidence.lock_entry(connection, key)
    others = [fact for fact in evidence.list_facts(connection, key) if fact.id != scan.scan_id]
    is_sampled = settle(others).sampled is not None
    facts = Facts(
        # Somebody else took the sample: neither place, hours of the plan nor an excuse speak against it.
        scan=ScanFacts(ScanKind.SAMPLED, at, str(scan.point), override=True),
        ticket=TicketFacts(is_of_campaign=True),
        round=RoundFacts(round_.opened_at, round_.closed_at),
        point=PointFacts(is_doorstep=True),
        person=PersonFacts(is_sampled=is_sampled),
    )
    verdict = judge_scan(facts)
    fact = Fact(scan.scan_id, ScanKind.SAMPLED, str(scan.point), at, verdict.counts, verdict.against)
    standing = settle([*others, fact])
    kept = Kept(
        verdict.outcome, ScanKind.SAMPLED, person.resident_id, standing.sampled.at if standing.sampled else None
    )
    values = {"counts": verdict.counts, "against": verdict.against}
    author = by or Principal(community_id, ())
    if insert_row(connection, scan, key, kept, values, by=author, now=now):
        settle_winner(connection, key, [*others, fact], entry, now=now)
