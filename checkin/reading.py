"""The list of those sampled as the official system writes it: one line a person, whatever the order of its columns."""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bulou.text import clean_identity_number, clean_phone, clean_text
from checkin.errors import ListHasNoColumns
from checkin.rules.names import is_hidden
from checkin.rules.official import LineFault, Said
from registry.reading.columns import Column, meaning_of, plain_header
from registry.reading.doors import DoorText, find_building
from registry.reading.files import Line, Sheet
from registry.reading.places import read_place
from registry.reading.refusals import Refused
from registry.rules import Door, door_words

_PLACE_COLUMNS = (Column.COMPOUND, Column.BUILDING, Column.UNIT, Column.ROOM, Column.ADDRESS)
HEADER_WITHIN = 30  # lines; titles come before
SHEET_LINES = 1_048_576  # of a spreadsheet: so that lines of several sheets have numbers of their own
_MARKS = re.compile(r"(?:[*×✱●○█■□•·?#_]|\.{2,})+")  # in the place of hidden digits
_TIME = re.compile(r"(采样|检测|采集|扫码|登记|录入)(时间|日期)|^(时间|日期|time|date|sampledat|samplingtime|sampled)$")
_PLACE = re.compile(r"(采样|检测|采集)(点|地点|机构|单位|点名称)|^(地点|point|site|place)$")
_DATE = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(.*)")
_CLOCK = re.compile(r"[T\s]*(\d{1,2})[:：时](\d{1,2})(?:[:：分](\d{1,2})(?:\.\d+)?)?[分秒]?(?:Z|[+-]\d\d:?\d\d)?")
_PACKED = re.compile(r"(\d{4})(\d\d)(\d\d)(?:(\d\d)(\d\d)(\d\d)?)?")


@dataclass(frozen=True, slots=True)
class ReadLine:
    """One line, and where it stands. `at` None = the list says no time of it."""

    number: int  # unique in the file
    sheet: str
    row: int  # as the spreadsheet numbers it
    said: Said
    place: str = ""
    at: datetime | None = None
    day: date | None = None  # where it says a day alone
    fault: LineFault | None = None
    door: Door | None = None  # None = the line says none that can be read


def read_list(sheets: Sequence[Sheet], zone: str) -> list[ReadLine]:
    """Every line of every sheet that names people. Raises ListHasNoColumns where no sheet does."""
    found: list[ReadLine] = []
    has_table = False
    for number, sheet in enumerate(sheets):
        header = _header(sheet)
        if header is None:
            continue
        has_table = True
        place, columns = header
        about = _about(sheet, place)
        for line in sheet.lines[place + 1 :]:
            if any(cell.strip() for cell in line.cells) and not _is_header(line, columns):
                found.append(_read_line(sheet.name, number * SHEET_LINES, line, (columns, about), zone))
    if not has_table:
        raise ListHasNoColumns()
    return found


Columns = dict[str, int]  # meaning → place


def _header(sheet: Sheet) -> tuple[int, Columns] | None:
    """The line with the most known headers, one of which names people; the first of equals."""
    best: tuple[int, Columns] | None = None
    for place, line in enumerate(sheet.lines[:HEADER_WITHIN]):
        columns = _columns(line)
        names_people = Column.NAME in columns or Column.IDENTITY_NUMBER in columns
        if names_people and len(columns) >= 2 and (best is None or len(columns) > len(best[1])):
            best = (place, columns)
    return best


def _columns(line: Line) -> Columns:
    columns: Columns = {}
    for place, cell in enumerate(line.cells):
        word = plain_header(cell)
        meaning: str | None = meaning_of(cell)
        if len(word) <= 12 and _TIME.search(word):
            meaning = "time"
        elif len(word) <= 12 and _PLACE.search(word):
            meaning = "place"
        if meaning is not None:
            columns.setdefault(meaning, place)
    return columns


def _is_header(line: Line, columns: Columns) -> bool:
    """The headers once more, as lists of several pages have them. One cell says of nearly every line that it is none."""
    meaning = Column.NAME if Column.NAME in columns else Column.IDENTITY_NUMBER
    place = columns[meaning]
    return place < len(line.cells) and meaning_of(line.cells[place]) == meaning and len(_columns(line)) >= len(columns)


def _about(sheet: Sheet, header: int) -> DoorText:
    """The building that the sheet's name or a title names, as rosters have it."""
    titles = (" ".join(line.cells) for line in sheet.lines[:header])
    found = (find_building(text) for text in (sheet.name, *titles))
    return next(filter(None, found), DoorText())


def _read_line(sheet: str, first: int, line: Line, table: tuple[Columns, DoorText], zone: str) -> ReadLine:
    columns, about = table
    cells = {
        meaning: line.cells[place].strip() if place < len(line.cells) else "" for meaning, place in columns.items()
    }
    said, door = _said(cells, about)
    at, day, fault = _when(cells.get("time", ""), _fault(cells, said), zone)
    where = clean_text(cells.get("place", ""), max_length=60)
    number = first + line.number
    return ReadLine(number, clean_text(sheet, max_length=60), line.number, said, where, at, day, fault, door)


def _said(cells: Mapping[str, str], about: DoorText) -> tuple[Said, Door | None]:
    name = clean_text(cells.get(Column.NAME, ""), max_length=60).replace(" ", "")
    phone = _number(clean_phone, cells.get(Column.PHONE, ""))
    identity = _number(clean_identity_number, cells.get(Column.IDENTITY_NUMBER, ""))
    door = _door(cells, about)
    words = door_words(door.building, door.unit, door.room) if door else ""
    return Said(name, phone or "", identity or "", words, door.compound if door else ""), door


def _fault(cells: Mapping[str, str], said: Said) -> LineFault | None:
    if said.name or said.identity:
        return None
    if _number(clean_identity_number, cells.get(Column.IDENTITY_NUMBER, "")) is None:
        return LineFault.IDENTITY_UNREADABLE
    return None if said.phone and not is_hidden(said.phone) else LineFault.NOBODY


def _when(text: str, fault: LineFault | None, zone: str) -> tuple[datetime | None, date | None, LineFault | None]:
    """Instant and day, and what is wrong with the line; of one that is refused anyway no time is read."""
    if fault is not None or not text:
        return None, None, fault
    at, day = read_time(text, zone)
    return at, day, LineFault.TIME_UNREADABLE if day is None else None


def _number(read: Callable[[str], str], text: str) -> str | None:
    """None = something stands there that is no such number; the line may still say enough. Hidden digits are *."""
    try:
        return read(text)
    except ValueError:
        return read_shown_digits(text)


def read_shown_digits(text: str) -> str | None:
    """A number of which digits are hidden, 138****1234 or …002X: every row of marks as four *; None = it shows too few.

    The last four must be shown: by them people are told apart.
    """
    plain = re.sub(r"[\s\-]", "", unicodedata.normalize("NFKC", text)).upper()
    number = _MARKS.sub("****", re.sub(r"X(?=.)", "*", plain))
    return number if re.fullmatch(r"\d{0,14}\*{4}\d{3,11}[\dX]", number) else None


def _door(cells: Mapping[str, str], about: DoorText) -> Door | None:
    """The door as the reader of rosters reads it."""
    said = {column: cells[column] for column in _PLACE_COLUMNS if cells.get(column)}
    try:
        return read_place(said, about)
    except Refused:
        return None


def read_time(text: str, zone: str) -> tuple[datetime | None, date | None]:
    """The instant and its day; a day alone has no instant; neither where it cannot be read."""
    plain = clean_text(text, max_length=40)
    found = _DATE.fullmatch(plain)
    try:
        if found is None:
            return _packed_time(plain, zone)
        day = date(int(found[1]), int(found[2]), int(found[3]))
        rest = found[4].strip()
        if not rest or rest in ("00:00:00", "T00:00:00"):
            return None, day
        clock = _CLOCK.fullmatch(rest)
        return (_instant(day, clock.groups(), zone), day) if clock else (None, None)
    except ValueError:
        return None, None


def _packed_time(plain: str, zone: str) -> tuple[datetime | None, date | None]:
    """20220403, 20220403083000, or a spreadsheet's own count of days (44654.354)."""
    if found := _PACKED.fullmatch(plain):
        day = date(int(found[1]), int(found[2]), int(found[3]))
        return (_instant(day, found.groups()[3:], zone) if found[4] else None), day
    if re.fullmatch(r"[345]\d{4}(\.\d+)?", plain):
        wall = datetime(1899, 12, 30) + timedelta(days=float(plain))  # noqa: DTZ001 (the zone is given next)
        return (wall.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC) if "." in plain else None), wall.date()
    return None, None


def _instant(day: date, clock: Sequence[str | None], zone: str) -> datetime:
    hour, minute, second = (int(part or 0) for part in clock)
    return datetime.combine(day, time(hour, minute, second), ZoneInfo(zone)).astimezone(UTC)
