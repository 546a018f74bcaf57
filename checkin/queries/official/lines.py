"""A page of one official list: what its lines say, masked, and who of ours they are or may be."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import Session, col, select

from bulou.masking import mask_identity, mask_name, mask_phone
from checkin.models import OfficialLine
from checkin.queries.official.lists import ListLine, get_list_line
from checkin.queries.official.register import list_known, open_said
from checkin.rules import Match
from checkin.rules.official import Known, LineFault, Mark, Part, Said, marks_of
from registry.words import shown_name
from scheduling.models import Round

PAGE = 50  # lines


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody a line is or may be, masked, and what fits."""

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
    is_recorded: bool
    who: Candidate | None = None  # of a sure one
    candidates: tuple[Candidate, ...] = ()


@dataclass(frozen=True, slots=True)
class LinePage:
    line: ListLine
    part: Part
    start: int
    lines: tuple[LineShown, ...]

    @property
    def total(self) -> int:
        return self.line.count(self.part)


def list_lines(session: Session, round_: Round, list_id: UUID, *, part: Part | None = None, start: int = 0) -> LinePage:
    """The lines of one part from `start` on; None = the first part that has any. Raises ListNotFound."""
    line = get_list_line(session, round_, list_id)
    part = part or next((each for each in Part if line.count(each)), Part.SURE)
    of_list = (OfficialLine.community_id == round_.community_id, OfficialLine.list_id == list_id)
    statement = select(OfficialLine).where(*of_list, _is_of(part)).order_by(col(OfficialLine.line))
    rows = session.exec(statement.offset(start).limit(PAGE)).all()
    known = _known(session, round_, rows)
    return LinePage(line, part, start, tuple(_shown(row, known) for row in rows))


def _is_of(part: Part) -> Any:
    return col(OfficialLine.settled_by).is_not(None) if part is Part.SETTLED else OfficialLine.match == Match(part)


def _known(session: Session, round_: Round, rows: Sequence[OfficialLine]) -> dict[UUID, Known]:
    wanted = {UUID(id_) for row in rows for id_ in row.candidates} | {
        row.resident_id for row in rows if row.resident_id
    }
    return {person.id: person for person in list_known(session, round_, wanted)} if wanted else {}


def said_of(said: dict[str, Any]) -> Said:
    """As it was matched: at the door as the registry spells it today, where it knows the door."""
    door, compound = said.get("here") or (said["door"], "")
    return Said(said["name"], said["phone"], said["identity"], door, compound)


def _shown(line: OfficialLine, known: dict[UUID, Known]) -> LineShown:
    said = open_said(line)
    read = said_of(said)
    people = [known[UUID(id_)] for id_ in line.candidates if UUID(id_) in known]
    who = known.get(line.resident_id) if line.resident_id else None
    return LineShown(
        number=line.line,
        sheet=said["sheet"],
        row=said["row"],
        name=mask_name(read.name),
        phone=mask_phone(read.phone),
        identity=mask_identity(read.identity),
        door=f"{said.get('compound', '')}{said['door']}",
        place=said["place"],
        at=datetime.fromisoformat(said["at"]) if said["at"] else None,
        fault=LineFault(said["fault"]) if said["fault"] else None,
        is_recorded=line.scan_id is not None,
        who=_candidate(read, who) if who else None,
        candidates=tuple(_candidate(read, person) for person in people),
    )


def _candidate(said: Said, person: Known) -> Candidate:
    return Candidate(
        resident_id=person.id,
        name=shown_name(person.name, 0) if person.name else "",
        phone=mask_phone(person.phone),
        identity=mask_identity(person.identity),
        door=f"{person.compound if said.compound else ''}{person.door}",
        marks=marks_of(said, person),
    )
