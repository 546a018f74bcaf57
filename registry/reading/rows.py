"""From tables to rows of a roster, each accepted exactly or refused by sheet, row and column."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from registry.reading import cells, doors
from registry.reading.blocks import PLACES, Blocks
from registry.reading.columns import Column, Words, is_of_position, meaning_of
from registry.reading.files import Line, Sheet
from registry.reading.lines import read_line
from registry.reading.people import join_doors, join_people
from registry.reading.places import in_compound, prefixes_of, read_place
from registry.reading.questions import Question, SheetColumns, columns_of, questions_of
from registry.reading.refusals import Refused
from registry.reading.related import Join, joins_of
from registry.reading.tables import PERSON_COLUMNS, Table, cells_of, find_table
from registry.rules import Door, RosterRow, RowCode, RowProblem

_SAME = frozenset({"同上", "〃", '"', "″", "”", "..", "''"})
_TRUTHS = frozenset({"TRUE", "FALSE"})  # of a formula that compares something: no door
_SUM = re.compile(r"(合\s*计|总\s*计|小\s*计|共\s*计|汇\s*总|(grand |sub)?total)[:：]?", re.IGNORECASE)
_REMARK = re.compile(
    r"(备注|说明|合计|总计|小计|注|填表|制表|审核|审批|统计)\s*([:：]|$|人|日期)|共\s*\d*\s*[户人页]|[（(]?(注意|提示)[:：]|第\s*\d+\s*页"
)


@dataclass(frozen=True, slots=True)
class RosterFile:
    """What a file says."""

    rows: tuple[RosterRow, ...]
    refused: tuple[RowProblem, ...]
    notices: tuple[RowProblem, ...]
    lines: int  # that had something to say: read, refused or joined
    unsure: tuple[RosterRow, ...] = ()  # what could be read of refused rows: whom they mean must not leave by absence
    questions: tuple[Question, ...] = ()  # what its columns say, and which of them nobody understands yet
    has_doors: bool = True  # some sheet says at which doors people live
    columns: tuple[SheetColumns, ...] = ()  # of each sheet that was read

    @property
    def asks(self) -> bool:
        """Somebody has to say first what some columns mean."""
        return bool(self.questions) and (not self.has_doors or any(it.is_open for it in self.questions))


@dataclass
class _Reading:
    """What has been read so far, sheet by sheet."""

    rows: list[RosterRow] = field(default_factory=list)
    refused: list[RowProblem] = field(default_factory=list)
    notices: list[RowProblem] = field(default_factory=list)
    unsure: list[RosterRow] = field(default_factory=list)
    lines: int = 0


def read_rows(sheets: Sequence[Sheet], *, compound: str = "", words: Words = MappingProxyType({})) -> RosterFile:
    """Every row of every sheet that is a roster. `compound` says whose file it is, whatever its rows say."""
    reading = _Reading()
    found = [(sheet, find_table(sheet, words)) for sheet in sheets if sheet.lines and not sheet.is_hidden]
    tables = [table for _, table in found if table is not None]
    joins = {table.sheet: joins_of(table, tables) for table in tables}
    has_roster = any(_is_roster(table, joins) for _, table in found)
    for sheet, table in found:
        if table is not None and _is_roster(table, joins):
            _read_table(table, joins[table.sheet], reading)
            if sheet.hidden_rows:
                count = (("count", str(sheet.hidden_rows)),)
                reading.notices.append(RowProblem(sheet.name, 0, "", RowCode.ROWS_HIDDEN, count))
        else:
            _pass_over(sheet, table, has_roster, reading)
    for sheet in sheets:
        if sheet.lines and sheet.is_hidden:
            told = reading.notices if has_roster else reading.refused
            told.append(RowProblem(sheet.name, 0, "", RowCode.SHEET_HIDDEN))
    questions = questions_of([table for table in found if not has_roster or _is_roster(table[1], joins)], words)
    file = _file(reading, compound, questions, has_roster)
    read = [table for table in tables if _is_roster(table, joins)]
    columns = tuple(columns_of(it, (join.header for join in joins[it.sheet])) for it in read)
    return replace(file, columns=columns, notices=(*file.notices, *_positions_unread(columns)))


def _positions_unread(columns: Sequence[SheetColumns]) -> Iterator[RowProblem]:
    """Columns that say where buildings stand: in which coordinates is asked elsewhere, and nobody should miss it."""
    for sheet in columns:
        headers = [header for header, _filled in sheet.unread if is_of_position(header)]
        if headers:
            facts = (("columns", ", ".join(headers)),)
            yield RowProblem(sheet.sheet, 0, "", RowCode.POSITIONS_ELSEWHERE, facts)


def _file(reading: _Reading, compound: str, questions: tuple[Question, ...], has_roster: bool) -> RosterFile:
    prefixes = prefixes_of(reading.rows)
    rows = [in_compound(row, compound, prefixes) for row in reading.rows]
    unsure = tuple(in_compound(row, compound, prefixes) for row in reading.unsure)
    joined, of_people = join_people(rows)
    kept, of_doors = join_doors(joined)
    refused, notices = tuple(reading.refused), [*reading.notices, *of_people, *of_doors]
    return RosterFile(tuple(kept), refused, tuple(notices), reading.lines, unsure, questions, has_roster)


def _is_roster(table: Table | None, joins: Mapping[str, Sequence[Join]]) -> bool:
    """It says at which doors people live, itself or by way of another sheet."""
    if table is None:
        return False
    joined = {column for join in joins[table.sheet] for column in join.taken}
    return table.has_doors or (table.has_people and bool(joined & {Column.ROOM, Column.ADDRESS}))


def _pass_over(sheet: Sheet, table: Table | None, has_roster: bool, reading: _Reading) -> None:
    """A sheet without doors: people without doors are refused, anything else only if the file has no roster at all."""
    if table is not None and any(table.has(column) for column in PERSON_COLUMNS):
        reading.refused.append(RowProblem(sheet.name, table.header_line, "", RowCode.NO_DOORS))
    elif has_roster:
        reading.notices.append(RowProblem(sheet.name, 0, "", RowCode.SHEET_IGNORED))
    elif table is not None:
        reading.refused.append(RowProblem(sheet.name, table.header_line, "", RowCode.NO_DOORS))
    else:
        reading.refused.append(RowProblem(sheet.name, sheet.lines[0].number, "", RowCode.NO_TABLE))


def _read_table(table: Table, joins: Sequence[Join], reading: _Reading) -> None:
    about = doors.find_building(table.sheet) or doors.find_building(table.title) or doors.DoorText()
    above: dict[Column, str] = {}
    blocks, last, filled = _blocks(table), 0, list[tuple[int, int]]()
    for line in table.lines:
        said = _said(table, line)
        if section := _section(line, said):
            about, above = section, {}
            continue
        people = _people(table, line, said)
        if not (said or any(people)) or line.cells in table.above or _is_remark(line, said) or _is_header(said):
            continue
        for column in PLACES:
            if said.get(column) in _SAME and column in above:
                said[column] = above[column]
        whole = blocks.fill(said, above, is_next=line.number == last + 1) if any(people) else said
        filled += [(line.number, last)] if whole.keys() != said.keys() else []
        above, last = whole, line.number
        reading.lines += 1
        _take_line(table, line, (whole, people, about), joins, reading)
    if filled:
        facts = (("count", str(len(filled))), ("above", str(filled[0][1])))
        reading.notices.append(RowProblem(table.sheet, filled[0][0], "", RowCode.SAME_AS_ABOVE, facts))


def _blocks(table: Table) -> Blocks:
    """Lines that name somebody decide whether this list writes a door once for all behind it."""
    said = [_said(table, line) for line in table.lines if _section(line, _said(table, line)) is None]
    return Blocks.of([it for it in said if it.get(Column.NAME) and not _is_header(it)])


def _take_line(
    table: Table,
    line: Line,
    what: tuple[dict[Column, str], list[dict[Column, str]], doors.DoorText],
    joins: Sequence[Join],
    reading: _Reading,
) -> None:
    """Rows of a line, or why it is refused."""
    said, people, about = what
    where = (table.sheet, line.number)
    try:
        _check_cells(said, people)
        place, has_others = _place(said, line, joins)
        door = read_place(place, about)
        rows, notices = read_line(where, door, said, people)
    except Refused as refusal:
        header = refusal.header or table.header(refusal.column, refusal.person)
        reading.refused.append(RowProblem(*where, header, refusal.code, refusal.facts))
        reading.unsure += _unsure(where, said, people, about)
        return
    reading.rows += rows
    reading.notices += [
        replace(notice, column=table.header(Column(notice.column)) if notice.column else "") for notice in notices
    ]
    if has_others:
        reading.notices.append(RowProblem(*where, "", RowCode.OTHER_DOORS, (("door", str(door)),)))


def _place(said: dict[Column, str], line: Line, joins: Sequence[Join]) -> tuple[dict[Column, str], bool]:
    """What is said of the door, here and in the sheets that this one is joined to; and whether they say others too."""
    place, has_others = said, False
    for join in joins:
        others = join.of(line)
        if not others and join.needs_answer:
            raise Refused(Column.LINK, RowCode.LINK_UNKNOWN, header=join.header, sheet=join.sheet)
        place = {**place, **(others[0] if others else {})}
        has_others = has_others or len(others) > 1
    return place, has_others


def _check_cells(said: dict[Column, str], people: Sequence[dict[Column, str]]) -> None:
    for place, columns in enumerate([said, *people]):
        for column, text in columns.items():
            if text.startswith("#") and (code := cells.formula_problem(text)):
                raise Refused(column, code, person=max(0, place - 1))
            if column in PLACES and text in _TRUTHS:
                raise Refused(column, RowCode.DOOR_UNREADABLE)


def _unsure(
    where: tuple[str, int], said: dict[Column, str], people: Sequence[dict[Column, str]], about: doors.DoorText
) -> list[RosterRow]:
    """The door of a refused row, or where that is what cannot be read, the names in it."""
    try:
        return [RosterRow(*where, read_place(said, about))]
    except Refused:
        nowhere = Door("", "", "", "")
        names = [name for person in people for name in cells.read_names(person.get(Column.NAME, ""))]
        return [RosterRow(*where, nowhere, name) for name in names]


def _said(table: Table, line: Line) -> dict[Column, str]:
    """What the line says in each column that is understood."""
    said = {}
    for column, places in table.places.items():
        if text := cells_of(line, places):
            said[column] = text
    return said


def _people(table: Table, line: Line, said: dict[Column, str]) -> list[dict[Column, str]]:
    """The columns of each person of the line."""
    if not table.people:
        if line.above and table.has(Column.NAME) and table.places[Column.NAME][0] in line.above:
            # One name over two lines is one person with two telephones.
            return [{column: said[column] for column in (Column.NAME, Column.IDENTITY_NUMBER) if column in said}]
        return [said]
    return [
        {column: text for column, places in person.items() if (text := cells_of(line, places))}
        for person in table.people
    ]


def _section(line: Line, said: dict[Column, str]) -> doors.DoorText | None:
    """A line in which only a building is named: those below live there, as in lists with a heading for each house."""
    if len(said) > 1 or sum(bool(cell.strip()) for cell in line.cells) != 1:
        return None
    return doors.find_section("".join(line.cells))


def _is_remark(line: Line, said: dict[Column, str]) -> bool:
    """A note or a sum below the table, not a row of it."""
    first = next(cell for cell in line.cells if cell.strip()).strip()
    return bool(_SUM.fullmatch(first)) or (len(said) <= 2 and bool(_REMARK.match(first)))


def _is_header(said: dict[Column, str]) -> bool:
    """The header line again, as printed lists have it on each page."""
    return len(said) > 1 and all(meaning_of(text) is column for column, text in said.items())
