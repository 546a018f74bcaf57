"""Paper lists: made when they are printed or opened, and typed in as scans made at the time written on them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlmodel import Session, col, select

from accounts.rules import Principal
from accounts.usecases import note
from bulou.database import insert_once
from bulou.errors import DomainError
from bulou.i18n import _
from checkin.errors import NobodyOnSheet, PointToChoose, WrittenTimeAhead
from checkin.forms import IncomingScan
from checkin.models import PaperSheet, Ticket
from checkin.queries.paper import get_sheet, list_entered
from checkin.queries.people import find_people
from checkin.rules import Outcome, ScanKind, ScanSource, read_ticket_code
from checkin.rules.paper import (
    Change,
    SheetFacts,
    SheetKind,
    Wanted,
    entry_id,
    fill_times,
    judge_box,
    sheet_code,
    sheet_id,
    undo_id,
    written_at,
)
from checkin.usecases.answers import Answer
from checkin.usecases.scans import Sent, record_scans
from checkin.usecases.tickets import issue_tickets_to
from registry.models import Resident
from scheduling.models import Round
from scheduling.queries.setup import get_point, time_zone

AHEAD = timedelta(minutes=2)  # clocks on walls are not quite right
TURNS = 8  # codes that are tried for a sheet


def make_sheet(
    session: Session, round_: Round, facts: SheetFacts, *, ends_at: datetime | None = None, now: datetime
) -> PaperSheet:
    """The sheet on which these people stand in this order; made again it is the same one. Raises NobodyOnSheet."""
    if not facts.residents:
        raise NobodyOnSheet()
    id_ = sheet_id(facts)
    for turn in range(TURNS):
        row = _sheet_row(round_, facts, sheet_code(id_, turn), ends_at, now)
        if insert_once(session, row) or session.get(PaperSheet, (round_.community_id, id_)) is not None:
            break  # made now, or before; otherwise another sheet has the code
    return get_sheet(session, round_, id_)


def _sheet_row(round_: Round, facts: SheetFacts, code: str, ends_at: datetime | None, now: datetime) -> PaperSheet:
    is_lane = facts.kind is SheetKind.LANE
    return PaperSheet(
        community_id=round_.community_id,
        id=sheet_id(facts),
        code=code,
        round_id=round_.id,
        kind=facts.kind,
        point_id=facts.subject_id if is_lane else None,
        building_id=None if is_lane else facts.subject_id,
        starts_at=facts.starts_at,
        ends_at=ends_at,
        version=facts.version,
        residents=[str(resident) for resident in facts.residents],
        made_at=now,
    )


# What was typed.


@dataclass(frozen=True, slots=True)
class TypedBox:
    """A line of the list as somebody leaves it."""

    is_ticked: bool
    seen: int  # the state of its box when the page was made
    wall: time | None  # None = the same as above
    override: str = ""


@dataclass(frozen=True, slots=True)
class TypedWalkIn:
    """An empty line of the list that somebody wrote on."""

    line: int
    door: str  # or a ticket code
    name: str
    wall: time | None


@dataclass(frozen=True, slots=True)
class TypedSheet:
    day: date
    first: time
    point_id: UUID | None  # of a door sheet
    boxes: Mapping[UUID, TypedBox]
    walk_ins: Sequence[TypedWalkIn] = ()


@dataclass(frozen=True, slots=True)
class Unread:
    """A written line that nobody, or several people, fit: nothing was recorded of it."""

    walk_in: TypedWalkIn
    is_several: bool


@dataclass(slots=True)
class Saved:
    """What became of a save. In heads."""

    sampled: int = 0  # now counted, or had been before
    taken_back: int = 0
    to_look_at: int = 0  # ticked, and do not count
    late: int = 0  # somebody else changed the box meanwhile: left alone
    unread: list[Unread] = field(default_factory=list)


def save_sheet(
    session: Session, round_: Round, sheet_id: UUID, typed: TypedSheet, *, by: Principal, now: datetime
) -> Saved:
    """Record what was typed in one go, at the times written. Saved again it changes nothing.

    Raises SheetNotFound, PointToChoose, PointNotYours and WrittenTimeAhead, and then nothing is kept.
    """
    sheet = get_sheet(session, round_, sheet_id, lock=True)
    point_id = _point_of(session, round_, sheet, typed)
    saved = Saved()
    boxes = _still_known(session, round_, _add_walk_ins(session, round_, sheet, typed, saved))
    entered = list_entered(session, sheet, boxes)
    wanted = _wanted(session, sheet, boxes, typed, now)
    changes = {id_: judge_box(one, entered.get(id_)) for id_, one in wanted.items()}
    saved.late = sum(change.is_late for change in changes.values())
    scans = _scans(session, round_, sheet, point_id, wanted, changes, now)
    _count([_accepted(answer) for answer in record_scans(session, [Sent(scan, by) for scan in scans], now=now)], saved)
    _keep_entered(session, sheet, scans, by=by, now=now)
    return saved


def _accepted(answer: Answer | DomainError) -> Answer:
    if isinstance(answer, DomainError):
        raise answer
    return answer


def _point_of(session: Session, round_: Round, sheet: PaperSheet, typed: TypedSheet) -> UUID:
    point_id = sheet.point_id or typed.point_id
    if point_id is None:
        raise PointToChoose()
    return get_point(session, (round_.community_id, round_.id), point_id).id


def _wanted(
    session: Session, sheet: PaperSheet, boxes: Mapping[UUID, TypedBox], typed: TypedSheet, now: datetime
) -> dict[UUID, Wanted]:
    """Each box with its instant. Only ticked lines hand their time down. Raises WrittenTimeAhead."""
    zone = time_zone(session, sheet.community_id)
    ticked = {id_: box for id_, box in boxes.items() if box.is_ticked}
    walls = dict(zip(ticked, fill_times([box.wall for box in ticked.values()], typed.first), strict=True))
    wanted = {}
    for line, (id_, box) in enumerate(boxes.items(), start=1):
        wall = walls.get(id_, typed.first)
        at = written_at(typed.day, wall, zone, starts_at=sheet.starts_at)
        if box.is_ticked and at > now + AHEAD:
            raise WrittenTimeAhead(where=_("Line %(line)d", line=line), time=f"{wall:%H:%M}")
        wanted[id_] = Wanted(box.is_ticked, box.seen, at, box.override)
    return wanted


# From boxes to scans.


def _scans(
    session: Session,
    round_: Round,
    sheet: PaperSheet,
    point_id: UUID,
    wanted: Mapping[UUID, Wanted],
    changes: Mapping[UUID, Change],
    now: datetime,
) -> list[IncomingScan]:
    """The undoes first: whoever's time is corrected is taken back and ticked anew."""
    undone = [change.undoes for change in changes.values() if change.undoes]
    ticked = {id_: change.times for id_, change in changes.items() if change.times is not None}
    codes = _codes(session, round_, list(ticked), now)
    common = {"point": point_id, "source": ScanSource.PAPER, "plan": sheet.version}
    scans = [
        IncomingScan(scan_id=undo_id(id_), kind=ScanKind.UNDO, undoes=id_, scanned_at=now, **common) for id_ in undone
    ]
    for id_, times in ticked.items():
        scan = IncomingScan(
            scan_id=entry_id(sheet.id, id_, times),
            code=codes[id_],
            scanned_at=wanted[id_].at,
            override=wanted[id_].override or None,
            **common,
        )
        scans.append(scan)
    return scans


def _codes(session: Session, round_: Round, residents: list[UUID], now: datetime) -> dict[UUID, str]:
    """A valid ticket of each. Who has none is given one."""
    found = _own_codes(session, round_, residents)
    without = set(residents) - set(found)
    if without:
        issue_tickets_to(session, (round_.community_id, round_.campaign_id), without, now=now)
        found |= _own_codes(session, round_, without)
    return found


def _own_codes(session: Session, round_: Round, residents: Iterable[UUID]) -> dict[UUID, str]:
    statement = select(Ticket.resident_id, Ticket.code).where(*_valid(round_), col(Ticket.resident_id).in_(residents))
    return {resident: code for resident, code in session.exec(statement) if resident}


def _valid(round_: Round) -> tuple[Any, ...]:
    return (
        Ticket.community_id == round_.community_id,
        Ticket.campaign_id == round_.campaign_id,
        col(Ticket.revoked_at).is_(None),
    )


def _count(answers: Sequence[Answer], saved: Saved) -> None:
    saved.taken_back = sum(answer.outcome is Outcome.UNDONE for answer in answers)
    good = (Outcome.ACCEPTED, Outcome.ALREADY_SAMPLED)
    saved.sampled = sum(answer.outcome in good for answer in answers)
    saved.to_look_at = len(answers) - saved.taken_back - saved.sampled


def _keep_entered(
    session: Session, sheet: PaperSheet, scans: Sequence[IncomingScan], *, by: Principal, now: datetime
) -> None:
    if sheet.entered_at is not None and not scans:
        return  # the same once more
    sheet.entered_at, sheet.entered_by = now, by.account_id
    session.add(sheet)
    facts = {"sheet": sheet.code, "lines": len(scans)}
    note(session, sheet.community_id, "paper.entered", sheet.round_id, by=by, facts=facts, now=now)


# Empty lines that somebody wrote on.


def _add_walk_ins(
    session: Session, round_: Round, sheet: PaperSheet, typed: TypedSheet, saved: Saved
) -> dict[UUID, TypedBox]:
    """All boxes in the order of the paper, with those who were found for its empty lines."""
    listed = [UUID(id_) for id_ in (*sheet.residents, *sheet.walk_ins)]
    boxes = {id_: typed.boxes[id_] for id_ in listed if id_ in typed.boxes}
    for walk_in in typed.walk_ins:
        found = find_walk_in(session, round_, walk_in)
        if len(found) != 1:
            saved.unread.append(Unread(walk_in, is_several=bool(found)))
            continue
        if found[0] not in listed:
            sheet.walk_ins = [*sheet.walk_ins, str(found[0])]
            listed.append(found[0])
        if found[0] not in boxes or not boxes[found[0]].is_ticked:
            boxes[found[0]] = TypedBox(True, 0, walk_in.wall)
    return boxes


def _still_known(session: Session, round_: Round, boxes: dict[UUID, TypedBox]) -> dict[UUID, TypedBox]:
    """Without those who are gone from the registry since the list was made: their import was taken back."""
    of_these = (Resident.community_id == round_.community_id, col(Resident.id).in_(list(boxes)))
    known = set(session.exec(select(Resident.id).where(*of_these)))
    return {id_: box for id_, box in boxes.items() if id_ in known}


def find_walk_in(session: Session, round_: Round, walk_in: TypedWalkIn) -> list[UUID]:
    """Who is meant by a ticket code, or by a door and a name; empty where nobody fits, several where it is not clear."""
    code = read_ticket_code(walk_in.door)
    if code is not None:
        statement = select(Ticket.resident_id).where(*_valid(round_), Ticket.code == code)
        return [id_ for id_ in session.exec(statement) if id_]
    families = find_people(session, round_, walk_in.door or walk_in.name)
    members = [member.id for family in families for member in family.members]
    if not walk_in.name or len(members) < 2:
        return members
    return _of_name(session, round_, members, walk_in.name)


def _of_name(session: Session, round_: Round, members: list[UUID], name: str) -> list[UUID]:
    statement = select(Resident.id, Resident.name, Resident.number).where(
        Resident.community_id == round_.community_id, col(Resident.id).in_(members)
    )
    rows = session.exec(statement).all()
    whole = [id_ for id_, full, number in rows if full == name or (not full and str(number) == name)]
    return whole or [id_ for id_, full, _number in rows if full and name in full]
