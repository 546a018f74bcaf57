"""From the lines of a file to a list that is kept. What takes long, deciding and encrypting, is done before anything is written."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from typing import Any
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlmodel import Session, col, select

from accounts.rules import Principal
from accounts.usecases import note
from bulou.crypto import field_keys
from bulou.database import chunks, insert_again, insert_once
from bulou.text import clean_text
from checkin.errors import ListEmpty, ListTimeWrong
from checkin.models import OfficialLine, OfficialList
from checkin.queries.official import Settled, list_settled, open_register, open_said, print_of
from checkin.reading import ReadLine
from checkin.rules import Match
from checkin.rules.official import LineFault, Matched, Register, Said, match_line, name_compound
from checkin.usecases.official.facts import check_counts
from registry.rules import RosterRow, door_words
from registry.rules.matching.places import Places
from scheduling.models import Round
from scheduling.queries.setup import time_zone

AHEAD = timedelta(minutes=15)  # the other system's clock
PART_KEPT = 1_000  # lines of one transaction: phones that scan meanwhile wait a moment, not for the whole list
HALF_KEPT = timedelta(hours=24)  # what is not whole by then never will be


def locate_lines(read: Sequence[ReadLine], places: Places) -> list[Said]:
    """What each line says, at the door as the registry spells it today; a door that may be several keeps no compound."""
    names = sorted({compound for compounds in places.compounds.values() for compound in compounds})
    rows = [_row_of(line, names) for line in read]
    located, _refused = places.locate([row for row in rows if row is not None])
    doors = {(at.row.sheet, at.row.line): at.door for at in located}
    said = []
    for line, row in zip(read, rows, strict=True):
        door = doors.get(("", line.number)) if row is not None else None
        if door is None:
            said.append(replace(line.said, compound=row.door.compound if row is not None else ""))
        else:
            said.append(
                replace(line.said, door=door_words(door.building, door.unit, door.room), compound=door.compound)
            )
    return said


def _row_of(line: ReadLine, compounds: Sequence[str]) -> RosterRow | None:
    if line.door is None:
        return None
    named = name_compound(line.door.compound, compounds)
    return RosterRow("", line.number, replace(line.door, compound=named), name=line.said.name)


Tell = Callable[[float], None]  # how much of the lines is compared
TOLD = 1_000  # lines, after which somebody hears of it


@dataclass(frozen=True, slots=True)
class SentList:
    """A file as it was sent. `at`: of when it is; None = now, or when the round closed."""

    file_name: str
    lines: Sequence[ReadLine]
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Prepared:
    """A list that only has to be written. The same list has the same id, whoever reads it in."""

    id: UUID
    file_name: str
    rows: Sequence[dict[str, Any]]


def compare_list(
    session: Session, round_: Round, sent: SentList, *, now: datetime, tell: Tell | None = None
) -> Prepared:
    """Who each line is. Only reads: of a long list it takes seconds, in which phones must be able to write.

    What somebody said of a line of an earlier list still holds. Raises RoundNeverOpened, ListTimeWrong, ListEmpty.
    """
    if not sent.lines:
        raise ListEmpty()
    at, zone = _list_time(round_, sent.at, now), time_zone(session, round_.community_id)
    said = [_said(line, round_, at, now, zone) for line in sent.lines]
    found = _match(*open_register(session, round_), sent.lines, tell)
    return _prepare(round_, sent, said, found, list_settled(session, round_))


def _match(
    register: Register, places: Places, lines: Sequence[ReadLine], tell: Tell | None
) -> list[tuple[Said, Matched]]:
    """Of each line: where it was looked for, and who it is."""
    found: list[tuple[Said, Matched]] = []
    for part in chunks(locate_lines(lines, places), TOLD):
        found += [(said, match_line(said, register)) for said in part]
        if tell is not None:
            tell(len(found) / len(lines))
    return found


def _prepare(
    round_: Round,
    sent: SentList,
    said: Sequence[dict[str, Any]],
    found: Sequence[tuple[Said, Matched]],
    settled: Mapping[tuple[Any, ...], Settled],
) -> Prepared:
    words = json.dumps([print_of(each) for each in said], ensure_ascii=False)
    list_id = uuid5(round_.id, field_keys().blind_index(round_.community_id, words).hex())
    key = (round_.community_id, list_id)
    rows = [_row(key, line, words, here, settled) for line, words, here in zip(sent.lines, said, found, strict=True)]
    return Prepared(list_id, clean_text(sent.file_name, max_length=200), rows)


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
        "compound": line.said.compound,
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


def _row(
    key: tuple[str, UUID],
    line: ReadLine,
    said: dict[str, Any],
    found: tuple[Said, Matched],
    settled: Mapping[tuple[Any, ...], Settled],
) -> dict[str, Any]:
    here, matched = found
    before = settled.get(print_of(said)) if matched.match is Match.DOUBTFUL else None
    if said["fault"]:
        matched, before = Matched(Match.REFUSED), None
    elif matched.match is Match.REFUSED:
        said = {**said, "fault": LineFault.NAME_HIDDEN.value}
    elif before is not None:
        matched = Matched(before.match, before.resident_id, before.candidates)
    said = {**said, "here": [here.door, here.compound]}
    return {
        "community_id": key[0],
        "list_id": key[1],
        "line": line.number,
        "said": field_keys().encrypt(key[0], json.dumps(said, ensure_ascii=False)),
        "match": matched.match,
        "resident_id": matched.resident_id,
        "candidates": [str(id_) for id_ in matched.candidates],
        "settled_at": None,
        "settled_by": before.by if before else None,
        "scan_id": None,
    }


# Writing.


def keep_list(session: Session, round_: Round, prepared: Prepared, *, by: Principal | None, now: datetime) -> UUID:
    """Keep a list with what each line means, in one go; nobody is sampled by it yet. Raises RoundNeverOpened."""
    for start in range(0, len(prepared.rows), PART_KEPT):
        keep_part(session, round_, prepared, start, by=by, now=now)
    return prepared.id


def keep_part(
    session: Session, round_: Round, prepared: Prepared, start: int, *, by: Principal | None, now: datetime
) -> None:
    """Write the next lines. With the last of them the list is whole, and can be seen.

    Written again nothing changes: the same list is the one that is there. Raises RoundNeverOpened.
    """
    check_counts(round_)
    row = _get_or_begin(session, round_, prepared, by, now)
    if row.kept_at is not None:
        return
    insert_again(session, OfficialLine, list(prepared.rows[start : start + PART_KEPT]))
    if start + PART_KEPT >= len(prepared.rows):
        _ask_again(session, round_, row.id)
        row.kept_at = now
        session.add(row)
        session.flush()
        facts = {"lines": len(prepared.rows)}
        note(session, row.community_id, "checkin.official_read", row.id, by=by, facts=facts, now=now)


def _ask_again(session: Session, round_: Round, list_id: UUID) -> None:
    """Answers of earlier lists that were taken back since this one was compared: its lines wait as well."""
    of_list = (OfficialLine.community_id == round_.community_id, OfficialLine.list_id == list_id)
    lines = session.exec(select(OfficialLine).where(*of_list, col(OfficialLine.settled_by).is_not(None))).all()
    today = list_settled(session, round_) if lines else {}
    for line in lines:
        said = today.get(print_of(open_said(line)))
        if said is None or (said.match, said.resident_id) != (line.match, line.resident_id):
            line.match, line.resident_id, line.settled_by = Match.DOUBTFUL, None, None
            session.add(line)


def _get_or_begin(
    session: Session, round_: Round, prepared: Prepared, by: Principal | None, now: datetime
) -> OfficialList:
    row = OfficialList(
        community_id=round_.community_id,
        id=prepared.id,
        round_id=round_.id,
        file_name=prepared.file_name,
        author_id=by.account_id if by else None,
        read_at=now,
    )
    insert_once(session, row)
    return session.get_one(OfficialList, (row.community_id, row.id), with_for_update=True, populate_existing=True)


def discard_half_kept(session: Session, *, now: datetime) -> None:
    """Lists whose reading ended half-way and was never taken up again."""
    half = sa.and_(col(OfficialList.kept_at).is_(None), col(OfficialList.read_at) < now - HALF_KEPT)
    of_half = sa.exists().where(
        col(OfficialList.community_id) == col(OfficialLine.community_id),
        col(OfficialList.id) == col(OfficialLine.list_id),
        half,
    )
    session.connection().execute(sa.delete(OfficialLine).where(of_half))
    session.connection().execute(sa.delete(OfficialList).where(half))
