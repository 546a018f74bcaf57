"""From tables to rows of a roster, each accepted exactly or refused by sheet, row and column."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

from bulou.text import LostDigits, clean_identity_number, clean_phone, clean_text, has_right_check_digit
from registry.reading import cells, doors
from registry.reading.columns import Column, Table, cells_of, find_table, meaning_of
from registry.reading.files import Line, Sheet
from registry.rules import Door, RosterRow, RowCode, RowProblem

LENGTHS = {Column.COMPOUND: 80, Column.BUILDING: 40, Column.UNIT: 20, Column.ROOM: 20, Column.NAME: 60}
_SAME = frozenset({"同上", "〃", '"', "″", "”", "..", "''"})
_REMARK = re.compile(
    r"(备注|说明|合计|总计|小计|注|填表|制表|审核|审批|统计)\s*([:：]|$|人|日期)|共\s*\d*\s*[户人]|[（(]?(注意|提示)[:：]"
)
_PERSON_COLUMNS = (Column.NAME, Column.PHONE, Column.IDENTITY_NUMBER)
USUAL_HEADS = 12  # at one door; more is imported, and pointed out


@dataclass(frozen=True, slots=True)
class RosterFile:
    """What a file says."""

    rows: tuple[RosterRow, ...]
    refused: tuple[RowProblem, ...]
    notices: tuple[RowProblem, ...]
    lines: int  # that had something to say: read, refused or joined
    unsure: tuple[RosterRow, ...] = ()  # what could be read of refused rows: whom they mean must not leave by absence


class _Refused(Exception):
    def __init__(self, column: Column, code: RowCode, **facts: str) -> None:
        self.column, self.code, self.facts = column, code, tuple(facts.items())


@dataclass
class _Reading:
    """What has been read so far, sheet by sheet."""

    rows: list[RosterRow] = field(default_factory=list)
    refused: list[RowProblem] = field(default_factory=list)
    notices: list[RowProblem] = field(default_factory=list)
    unsure: list[RosterRow] = field(default_factory=list)
    lines: int = 0


def read_rows(sheets: Sequence[Sheet], *, compound: str = "") -> RosterFile:
    """Every row of every sheet that is a roster. `compound` says whose file it is, whatever its rows say."""
    reading = _Reading()
    tables = [(sheet, find_table(sheet)) for sheet in sheets if sheet.lines]
    has_roster = any(table and table.has_doors for _, table in tables)
    for sheet, table in tables:
        if table is not None and table.has_doors:
            _read_table(table, reading)
        else:
            _pass_over(sheet, table, has_roster, reading)
    prefixes = _prefixes(reading.rows)
    rows = [_in_compound(row, compound, prefixes) for row in reading.rows]
    unsure = [_in_compound(row, compound, prefixes) for row in reading.unsure]
    kept, notices = join_people(rows)
    return RosterFile(tuple(kept), tuple(reading.refused), (*reading.notices, *notices), reading.lines, tuple(unsure))


def _pass_over(sheet: Sheet, table: Table | None, has_roster: bool, reading: _Reading) -> None:
    """A sheet without doors: people without doors are refused, anything else only if the file has no roster at all."""
    if table is not None and any(table.has(column) for column in _PERSON_COLUMNS):
        reading.refused.append(RowProblem(sheet.name, table.header_line, "", RowCode.NO_DOORS))
    elif has_roster:
        reading.notices.append(RowProblem(sheet.name, 0, "", RowCode.SHEET_IGNORED))
    elif table is not None:
        reading.refused.append(RowProblem(sheet.name, table.header_line, "", RowCode.NO_DOORS))
    else:
        reading.refused.append(RowProblem(sheet.name, sheet.lines[0].number, "", RowCode.NO_TABLE))


def _read_table(table: Table, reading: _Reading) -> None:
    about = doors.find_building(table.sheet) or doors.find_building(table.title) or doors.DoorText()
    above: dict[Column, str] = {}
    for line in table.lines:
        said = _said(table, line)
        if not said or _is_remark(line, said) or _is_header(said):
            continue
        for column in (Column.BUILDING, Column.UNIT, Column.ROOM, Column.ADDRESS):
            if said.get(column) in _SAME and column in above:
                said[column] = above[column]
        above = said
        reading.lines += 1
        try:
            rows, notices = _read_line(table.sheet, line.number, said, about)
        except _Refused as refusal:
            header = table.headers.get(refusal.column, "")
            reading.refused.append(RowProblem(table.sheet, line.number, header, refusal.code, refusal.facts))
            reading.unsure += _unsure(table.sheet, line.number, said, about)
        else:
            reading.rows += rows
            reading.notices += [
                replace(notice, column=table.headers.get(Column(notice.column), "")) for notice in notices
            ]


def _unsure(sheet: str, line: int, said: dict[Column, str], about: doors.DoorText) -> list[RosterRow]:
    """The door of a refused row, or where that is what cannot be read, the names in it."""
    try:
        return [RosterRow(sheet, line, _door(said, about))]
    except _Refused:
        nowhere = Door("", "", "", "")
        return [RosterRow(sheet, line, nowhere, name) for name in cells.read_names(said.get(Column.NAME, ""))]


def _said(table: Table, line: Line) -> dict[Column, str]:
    said = {column: cells_of(line, places) for column, places in table.places.items()}
    return {column: text for column, text in said.items() if text}


def _is_remark(line: Line, said: dict[Column, str]) -> bool:
    """A note or a sum below the table, not a row of it."""
    first = next(cell for cell in line.cells if cell.strip()).strip()
    return len(said) <= 2 and bool(_REMARK.match(first))


def _is_header(said: dict[Column, str]) -> bool:
    """The header line again, as printed lists have it on each page."""
    return len(said) > 1 and all(meaning_of(text) is column for column, text in said.items())


def _read_line(
    sheet: str, line: int, said: dict[Column, str], about: doors.DoorText
) -> tuple[list[RosterRow], list[RowProblem]]:
    for column, text in said.items():
        if cells.is_formula_error(text):
            raise _Refused(column, RowCode.FORMULA_ERROR)
    row = RosterRow(
        sheet,
        line,
        _door(said, about),
        heads=_heads(said),
        needs=cells.read_needs(said.get(Column.NEEDS, "")),
        state=cells.read_state(said.get(Column.STATE, "")),
        registered_address=clean_text(said.get(Column.REGISTERED_ADDRESS, ""), max_length=200),
        row_id=clean_text(said.get(Column.ROW_ID, ""), max_length=40),
    )
    # A row of our own export is one person, however the name is written.
    names, phones, numbers = _names(said, is_one=bool(row.row_id)), _phones(said), _identity_numbers(said)
    if len(numbers) > max(1, len(names)) or (len(names) > 1 and len(numbers) not in (0, len(names))):
        raise _Refused(Column.IDENTITY_NUMBER, RowCode.IDENTITY_COUNT)
    notices = [
        RowProblem(sheet, line, Column.IDENTITY_NUMBER, RowCode.CHECK_DIGIT)
        for number in numbers
        if not has_right_check_digit(number)
    ]
    if len(phones) > max(1, len(names)):
        notices.append(RowProblem(sheet, line, Column.PHONE, RowCode.PHONE_DROPPED))
    if row.heads is not None and row.heads > USUAL_HEADS:
        heads = (("heads", str(row.heads)),)
        notices.append(RowProblem(sheet, line, Column.HEADS, RowCode.HEADS_UNUSUAL, heads))
    people = [
        replace(
            row,
            name=name,
            phone=_at(phones, place),
            identity_number=_at(numbers, place),
            row_id=row.row_id if place == 0 else "",
        )
        for place, name in enumerate(names or [""])
    ]
    return people, notices


def _at(values: list[str], place: int) -> str:
    return values[place] if place < len(values) else ""


def _door(said: dict[Column, str], about: doors.DoorText) -> Door:
    column = Column.ROOM if said.get(Column.ROOM) else Column.ADDRESS
    text = said.get(column, "")
    if not text or cells.is_nothing(text):
        raise _Refused(Column.ROOM, RowCode.DOOR_MISSING)
    try:
        part = _door_parts(text, said.get(Column.BUILDING, ""), said.get(Column.UNIT, ""), column is Column.ADDRESS)
    except doors.DateAsDoor:
        raise _Refused(column, RowCode.DOOR_IS_DATE) from None
    except doors.UnreadableDoor:
        raise _Refused(column, RowCode.DOOR_UNREADABLE) from None
    building = part.building or about.building
    if not building:
        raise _Refused(Column.BUILDING, RowCode.BUILDING_MISSING)
    compound = clean_text(said.get(Column.COMPOUND, ""), max_length=200)
    if compound and part.compound and part.compound not in compound:
        building = f"{part.compound}{building}"  # 东区3栋 of a compound that has a 西区 too
    compound = compound or part.compound
    for which, value in (
        (Column.COMPOUND, compound),
        (Column.BUILDING, building),
        (Column.UNIT, part.unit),
        (Column.ROOM, part.room),
    ):
        if len(value) > LENGTHS[which]:
            raise _Refused(which, RowCode.TOO_LONG, limit=str(LENGTHS[which]))
    return Door(compound, building, part.unit, clean_text(part.room, max_length=20))


@lru_cache(maxsize=4096)
def _building(text: str) -> doors.DoorText:
    return doors.read_building(clean_text(text, max_length=200))


@lru_cache(maxsize=4096)
def _unit(text: str) -> str:
    return doors.read_unit(clean_text(text, max_length=200))


@lru_cache(maxsize=4096)
def _door_parts(text: str, building_text: str, unit_text: str, is_address: bool) -> doors.DoorText:
    """The door that three cells say together; whatever the room's cell repeats must agree with the others."""
    building, unit = _building(building_text), _unit(unit_text)
    if not is_address and not doors.is_whole_door(text):
        return doors.DoorText(
            building.compound, building.building, unit, doors.read_room(clean_text(text, max_length=200))
        )
    whole = doors.read_door(clean_text(text, max_length=200))
    if not building.building or whole.building in ("", building.building):
        named = whole.building or building.building
        return _agreed(building.compound or whole.compound, named, (whole.unit, unit), whole.room)
    # 2-1101 beside a column that names the building: the 2 is the unit.
    if whole.unit:
        raise doors.UnreadableDoor(text)
    return _agreed(
        building.compound, building.building, (doors.read_unit(whole.building.removesuffix("栋")), unit), whole.room
    )


def _agreed(compound: str, building: str, units: tuple[str, str], room: str) -> doors.DoorText:
    named = set(filter(None, units))
    if len(named) > 1:
        raise doors.UnreadableDoor(room)
    return doors.DoorText(compound, building, named.pop() if named else "", room)


def _names(said: dict[Column, str], *, is_one: bool) -> list[str]:
    text = said.get(Column.NAME, "")
    names = ([clean_text(text, max_length=200)] if text else []) if is_one else cells.read_names(text)
    if any(len(name) > LENGTHS[Column.NAME] for name in names):
        raise _Refused(Column.NAME, RowCode.TOO_LONG, limit=str(LENGTHS[Column.NAME]))
    return names


def _phones(said: dict[Column, str]) -> list[str]:
    try:
        return [phone for text in cells.read_numbers(said.get(Column.PHONE, "")) if (phone := clean_phone(text))]
    except LostDigits:
        raise _Refused(Column.PHONE, RowCode.DIGITS_LOST) from None
    except ValueError:
        raise _Refused(Column.PHONE, RowCode.PHONE_UNREADABLE) from None


def _identity_numbers(said: dict[Column, str]) -> list[str]:
    texts = cells.read_numbers(said.get(Column.IDENTITY_NUMBER, ""))
    try:
        return [number for text in texts if (number := clean_identity_number(text))]
    except LostDigits:
        raise _Refused(Column.IDENTITY_NUMBER, RowCode.DIGITS_LOST) from None
    except ValueError:
        raise _Refused(Column.IDENTITY_NUMBER, RowCode.IDENTITY_UNREADABLE) from None


def _heads(said: dict[Column, str]) -> int | None:
    try:
        return cells.read_heads(said.get(Column.HEADS, ""))
    except ValueError:
        raise _Refused(Column.HEADS, RowCode.HEADS_UNREADABLE) from None


def _prefixes(rows: Iterable[RosterRow]) -> frozenset[str]:
    return frozenset(row.door.compound for row in rows if row.door.compound)


def _in_compound(row: RosterRow, compound: str, prefixes: frozenset[str]) -> RosterRow:
    """The row in the compound that the importer named. 东区3栋 and 西区3栋 stay two buildings of it."""
    door = row.door
    if not compound or not door.building or door.compound == compound:
        return row
    building = door.building if len(prefixes - {compound}) <= 1 else f"{door.compound}{door.building}"
    return replace(row, door=replace(door, compound=compound, building=building[: LENGTHS[Column.BUILDING]]))


def join_people(rows: Iterable[RosterRow]) -> tuple[list[RosterRow], list[RowProblem]]:
    """One row for each person: a line repeated at the same door is joined, a second door of the same person is only a door.

    An identity number that stands beside two different names belongs to one of them at most; both are told.
    """
    kept: dict[int, RosterRow] = {}
    notices: list[RowProblem] = []
    at_door: dict[tuple[Door, str], list[int]] = {}
    by_identity: dict[str, int] = {}
    for place, row in enumerate(rows):
        kept[place] = row
        if not row.name:
            continue
        same = next((at for at in at_door.get((row.door, row.name), ()) if _may_be_one(kept[at], row)), None)
        other = by_identity.get(row.identity_number) if row.identity_number else None
        if same is not None:
            kept[same] = _joined(kept[same], row)
            del kept[place]
            notices.append(_notice(row, RowCode.PERSON_REPEATED, kept[same]))
            continue
        if other is not None and kept[other].name == row.name:
            kept[place] = replace(
                row, name="", phone="", identity_number="", registered_address="", needs=None, row_id=""
            )
            notices.append(_notice(row, RowCode.SECOND_DOOR, kept[other]))
            continue
        if other is not None:
            notices.append(_notice(row, RowCode.IDENTITY_SHARED, kept[other]))
        at_door.setdefault((row.door, row.name), []).append(place)
        by_identity.setdefault(row.identity_number, place)
    return list(kept.values()), notices


def _notice(row: RosterRow, code: RowCode, first: RosterRow) -> RowProblem:
    return RowProblem(row.sheet, row.line, "", code, (("sheet", first.sheet), ("line", str(first.line))))


def _may_be_one(first: RosterRow, second: RosterRow) -> bool:
    """Same name at the same door, and nothing that tells them apart."""
    pairs = (
        (first.phone, second.phone),
        (first.identity_number, second.identity_number),
        (first.row_id, second.row_id),
    )
    return all(not one or not two or one == two for one, two in pairs)


def _joined(first: RosterRow, second: RosterRow) -> RosterRow:
    return replace(
        first,
        phone=first.phone or second.phone,
        identity_number=first.identity_number or second.identity_number,
        registered_address=first.registered_address or second.registered_address,
        row_id=first.row_id or second.row_id,
        heads=max((heads for heads in (first.heads, second.heads) if heads is not None), default=None),
        needs=first.needs | second.needs if first.needs and second.needs else first.needs or second.needs,
        state=first.state or second.state,
    )
