"""Official lists of those sampled: what each line says and who of ours it may be, masked."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col, func, select

from bulou.crypto import field_keys
from bulou.masking import mask_identity, mask_name, mask_phone
from checkin.errors import ListNotFound
from checkin.models import OfficialLine, OfficialList
from checkin.rules import Match
from checkin.rules.official import Known, LineFault, Mark, Said, marks_of
from registry.models import Building, Household, Resident, Unit
from registry.rules import door_words
from registry.words import shown_name
from scheduling.models import RosterEntry, Round


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

    @property
    def lines(self) -> int:
        return self.sure + self.doubtful + self.not_ours + self.refused


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody a line may be, masked, and what fits."""

    resident_id: UUID
    name: str
    phone: str
    identity: str
    door: str
    marks: tuple[Mark, ...]


@dataclass(frozen=True, slots=True)
class LineShown:
    """What a line says, masked."""

    number: int
    sheet: str
    row: int
    name: str
    phone: str
    identity: str
    door: str
    place: str
    at: datetime | None
    fault: LineFault | None
    candidates: tuple[Candidate, ...] = ()


DOUBTFUL_SHOWN, OTHERS_SHOWN = 100, 500  # lines on one page; those that were settled make room for the next


@dataclass(frozen=True, slots=True)
class ListPage:
    line: ListLine
    doubtful: tuple[LineShown, ...]
    not_ours: tuple[LineShown, ...]
    refused: tuple[LineShown, ...]


def list_lists(session: Session, round_: Round) -> list[ListLine]:
    """The latest first."""
    rows = session.exec(
        select(OfficialList)
        .where(OfficialList.community_id == round_.community_id, OfficialList.round_id == round_.id)
        .order_by(col(OfficialList.read_at).desc())
    ).all()
    return [_line(session, row) for row in rows]


def get_list(session: Session, round_: Round, list_id: UUID) -> OfficialList:
    """Raises ListNotFound, also for another round's."""
    row = session.get(OfficialList, (round_.community_id, list_id))
    if row is None or row.round_id != round_.id:
        raise ListNotFound()
    return row


def get_list_page(session: Session, round_: Round, list_id: UUID) -> ListPage:
    """Raises ListNotFound."""
    row = get_list(session, round_, list_id)
    doubtful = _first(session, row, Match.DOUBTFUL, DOUBTFUL_SHOWN)
    wanted = [UUID(id_) for line in doubtful for id_ in line.candidates]
    known = {person.id: person for person in list_known(session, round_, wanted)}
    others = (_first(session, row, match, OTHERS_SHOWN) for match in (Match.NOT_OURS, Match.REFUSED))
    return ListPage(
        _line(session, row), *(tuple(_shown(line, known) for line in lines) for lines in (doubtful, *others))
    )


def _first(session: Session, row: OfficialList, match: Match, most: int) -> Sequence[OfficialLine]:
    statement = _of(row).where(OfficialLine.match == match).order_by(col(OfficialLine.line)).limit(most)
    lines: Sequence[OfficialLine] = session.exec(statement).all()
    return lines


def count_unrecorded(session: Session, key: tuple[str, UUID]) -> int:
    statement = select(func.count()).where(
        OfficialLine.community_id == key[0],
        OfficialLine.list_id == key[1],
        OfficialLine.match == Match.SURE,
        col(OfficialLine.settled_at).is_(None),
    )
    return session.exec(statement).one()


def _of(row: OfficialList) -> Any:
    return select(OfficialLine).where(OfficialLine.community_id == row.community_id, OfficialLine.list_id == row.id)


def _line(session: Session, row: OfficialList) -> ListLine:
    statement = (
        select(OfficialLine.match, func.count())
        .where(OfficialLine.community_id == row.community_id, OfficialLine.list_id == row.id)
        .group_by(col(OfficialLine.match))
    )
    counts = dict(session.exec(statement).all())
    return ListLine(
        id=row.id,
        file_name=row.file_name,
        read_at=row.read_at,
        sure=counts.get(Match.SURE, 0),
        unrecorded=count_unrecorded(session, (row.community_id, row.id)),
        doubtful=counts.get(Match.DOUBTFUL, 0),
        not_ours=counts.get(Match.NOT_OURS, 0),
        refused=counts.get(Match.REFUSED, 0),
    )


def open_said(line: OfficialLine) -> dict[str, Any]:
    """What a line says, in full."""
    said: dict[str, Any] = json.loads(field_keys().decrypt(line.community_id, line.said))
    return said


def _shown(line: OfficialLine, known: dict[UUID, Known]) -> LineShown:
    said = open_said(line)
    read = Said(said["name"], said["phone"], said["identity"], said["door"])
    people = [known[UUID(id_)] for id_ in line.candidates if UUID(id_) in known]
    return LineShown(
        number=line.line,
        sheet=said["sheet"],
        row=said["row"],
        name=mask_name(read.name),
        phone=mask_phone(read.phone),
        identity=mask_identity(read.identity),
        door=read.door,
        place=said["place"],
        at=datetime.fromisoformat(said["at"]) if said["at"] else None,
        fault=LineFault(said["fault"]) if said["fault"] else None,
        candidates=tuple(_candidate(read, person) for person in people),
    )


def _candidate(said: Said, person: Known) -> Candidate:
    return Candidate(
        resident_id=person.id,
        name=shown_name(person.name, 0) if person.name else "",
        phone=mask_phone(person.phone),
        identity=mask_identity(person.identity),
        door=person.door,
        marks=marks_of(said, person),
    )


def list_known(session: Session, round_: Round, only: Sequence[UUID] | None = None) -> Iterator[Known]:
    """Everybody who lives here or is on the roster of the round; numbers in full. `only` = these."""
    on_roster = sa.exists().where(
        col(RosterEntry.community_id) == col(Resident.community_id),
        col(RosterEntry.round_id) == round_.id,
        col(RosterEntry.resident_id) == col(Resident.id),
    )
    statement = (
        select(Resident, Building.name, Unit.name, Household.door)
        .join_from(Resident, Household)
        .join_from(Household, Unit)
        .join_from(Household, Building)
        .where(Resident.community_id == round_.community_id, col(Resident.merged_into).is_(None))
        .where(sa.or_(col(Resident.left_at).is_(None), on_roster))
    )
    if only is not None:
        statement = statement.where(col(Resident.id).in_(only))
    keys = field_keys()

    def opened(value: bytes | None) -> str:
        return keys.decrypt(round_.community_id, value) if value else ""

    for person, building, unit, door in session.exec(statement):
        yield Known(
            person.id,
            (person.name or "").replace(" ", ""),
            opened(person.phone),
            opened(person.identity_number),
            door_words(building, unit, door),
        )
