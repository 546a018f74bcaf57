"""Reads one workbook from standard input and writes its rows as JSON lines. Runs as a process of its own, with limits.

A workbook made to harm can take all memory or never end; then this process dies, and not the server. It imports nothing
of ours: it is started as a file.
"""

import json
import re
import resource
import sys
import zipfile
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta
from io import BytesIO
from typing import Any

import python_calamine as calamine

MEMORY = 1_500 * 1024 * 1024  # bytes of address space
DATA = 300 * 1024 * 1024  # bytes that may be written to: what the process can really take
SECONDS = 45  # of processor time
LINES = 150_000  # in which something stands
CELLS = 20_000_000  # a sheet of 100,000 rows has two million
COLUMNS = 256  # what stands further to the right is no roster
LETTERS = 5_000  # of one cell: more than any household's names and numbers
TOLD = (
    80_000_000  # characters in all; 100,000 rows have a tenth. A text shared by a million cells is told a million times
)
MERGED = 50_000  # areas that are filled; a form has a few dozen
WIDEST = 3  # columns of a merged area that is filled downwards; wider ones are titles and notes
PIECE = 4 * 1024 * 1024  # bytes of a sheet that are looked at together

OK, BROKEN, PASSWORD, TOO_LARGE = 0, 3, 4, 5
NOT_CALCULATED = "#NOT-CALCULATED!"  # stands for a formula whose result the file does not hold

_CELL = re.compile(
    rb"<(?:\w+:)?c\s(?P<about>[^<>]*)>\s*<(?:\w+:)?f(?:\s[^<>]*)?(?:/>|>[^<]*</(?:\w+:)?f>)"
    rb"\s*(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v>\s*(?P<zero>0?)\s*</(?:\w+:)?v>)?\s*</(?:\w+:)?c>"
)
_ERROR = re.compile(
    rb"<(?:\w+:)?c\s(?P<about>[^<>]*)>\s*(?:<(?:\w+:)?f(?:\s[^<>]*)?(?:/>|>[^<]*</(?:\w+:)?f>))?"
    rb"\s*<(?:\w+:)?v>\s*(?P<error>#[^<]{1,20})</(?:\w+:)?v>"
)
_PLACE = re.compile(rb'\br="([A-Z]{1,3})([0-9]{1,7})"')
_HIDDEN = re.compile(rb'<(?:\w+:)?row\s[^<>]*\bhidden="(?:1|true)"')

Formulas = dict[int, list[tuple[int, str]]]  # by line: column, and what stands there instead of nothing

told = lines_told = 0


def main() -> int:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_DATA, (DATA, DATA))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    try:
        content = sys.stdin.buffer.read()
        marks = marks_of(content) if content.startswith(b"PK") else {}
        workbook = calamine.load_workbook(BytesIO(content))
        for about in workbook.sheets_metadata:
            if about.typ == calamine.SheetTypeEnum.WorkSheet:
                is_hidden = about.visible != calamine.SheetVisibleEnum.Visible
                hidden_rows, formulas = marks.get(about.name, (0, {}))
                emit(["sheet", about.name, is_hidden, hidden_rows])
                write_sheet(workbook.get_sheet_by_name(about.name), formulas)
    except calamine.PasswordError:
        return PASSWORD
    except MemoryError:
        return TOO_LARGE
    except (
        calamine.CalamineError,
        calamine.XmlError,
        calamine.ZipError,
        calamine.WorksheetNotFound,
        OSError,
        ValueError,
    ):
        return BROKEN
    except BaseException as wrong:  # a panic inside the reader comes as a BaseException (python-calamine 0.9)
        sys.stderr.write(f"{type(wrong).__name__}\n")
        return BROKEN
    return OK


def write_sheet(sheet: Any, formulas: Formulas) -> None:
    """`[line, cells, columns that were filled from above]` for every line in which something stands."""
    if sheet.start is not None and (sheet.end[0] + 1) * (sheet.end[1] + 1) > CELLS:
        raise MemoryError
    below = merged_below(sheet) if sheet.start is not None else {}
    tops: dict[tuple[int, int], str] = {}
    for line, values in rows_of(sheet, formulas):
        cells = [text_of(value) for value in values[:COLUMNS]]
        for column, shown in formulas.get(line, ()):
            cells += [""] * (column + 1 - len(cells))
            cells[column] = cells[column] if cells[column] not in ("", "0") else shown
        above = []
        for column, top in below.get(line, ()):
            if top == line:
                tops[top, column] = cells[column] if column < len(cells) else ""
            elif tops.get((top, column)):
                cells += [""] * (column + 1 - len(cells))
                cells[column] = tops[top, column]
                above.append(column)
        while cells and not cells[-1]:
            cells.pop()
        if cells:
            emit([line + 1, cells, above])


def rows_of(sheet: Any, formulas: Iterable[int]) -> Iterator[tuple[int, list[Any]]]:
    """Line by line, since a list of all would take as much again; then those where only formulas stand."""
    last = -1
    if sheet.start is not None:
        left = [""] * sheet.start[1]  # lines begin at the first column in which something stands
        for last, values in enumerate(sheet.iter_rows()):
            yield last, left + values
    yield from ((line, []) for line in sorted(formulas) if line > last)


def merged_below(sheet: Any) -> dict[int, list[tuple[int, int]]]:
    """For each line the columns of merged areas, with the line where each begins: a family shares its door.

    Areas over many columns are titles, and stay in their first cell.
    """
    lines: dict[int, list[tuple[int, int]]] = {}
    filled = 0
    for (top, left), (bottom, right) in (sheet.merged_cell_ranges or [])[:MERGED]:
        if top < bottom and right - left < WIDEST and left < COLUMNS:
            last = min(bottom, sheet.end[0])
            filled += max(0, last - top)
            if filled > CELLS // 10:
                raise MemoryError
            for line in range(top, last + 1):
                lines.setdefault(line, []).append((left, top))
    return lines


def marks_of(content: bytes) -> dict[str, tuple[int, Formulas]]:
    """For each sheet how many rows are hidden, and where formulas stand whose results the file does not hold.

    The reader of workbooks tells neither (python-calamine 0.9): it leaves such cells empty, and people would be lost.
    """
    with zipfile.ZipFile(BytesIO(content)) as archive:
        try:
            book = archive.read("xl/workbook.xml")
            links = archive.read("xl/_rels/workbook.xml.rels")
        except KeyError:
            return {}  # not the kind of workbook that has these
        # A program that leaves all sums to the next one writes 0 as the result (xlsxwriter 3).
        is_left_open = b'fullCalcOnLoad="1"' in book
        targets = dict(pairs(links, rb"<(?:\w+:)?Relationship\s[^<>]*>", rb"Id", rb"Target"))
        names = set(archive.namelist())
        marks = {}
        for name, link in pairs(book, rb"<(?:\w+:)?sheet\s[^<>]*>", rb"name", rb"\w+:id"):
            path = targets.get(link, "").lstrip("/")
            path = path if path.startswith("xl/") else f"xl/{path}"
            if path in names:
                with archive.open(path) as sheet:
                    marks[unescaped(name)] = marks_of_sheet(iter(lambda: sheet.read(PIECE), b""), is_left_open)
        return marks


def marks_of_sheet(pieces: Iterable[bytes], is_left_open: bool) -> tuple[int, Formulas]:
    hidden, formulas, rest = 0, Formulas(), b""
    for piece in pieces:
        looked_at = rest + piece
        end = max(looked_at.rfind(b"</row>"), looked_at.rfind(b":row>")) + 1
        # A row longer than a piece is no row of a roster, and is looked at where it is cut.
        rest = looked_at[end:] if end and len(looked_at) - end < PIECE else b""
        whole = looked_at[: len(looked_at) - len(rest)]
        hidden += len(_HIDDEN.findall(whole))
        if b"<f" in whole or b":f" in whole:
            add_formulas(whole, is_left_open, formulas)
        add_errors(whole, formulas)
    hidden += len(_HIDDEN.findall(rest))
    add_formulas(rest, is_left_open, formulas)
    add_errors(rest, formulas)
    return hidden, formulas


def add_formulas(xml: bytes, is_left_open: bool, formulas: Formulas) -> None:
    for cell in _CELL.finditer(xml):
        if (cell["zero"] and not is_left_open) or b't="str"' in cell["about"]:
            continue  # a result that is empty, or 0, is a result
        add_cell(cell["about"], NOT_CALCULATED, formulas)


def add_errors(xml: bytes, formulas: Formulas) -> None:
    """#N/A and its like, which the reader of workbooks leaves empty: a number that was looked up would be lost unseen."""
    if b't="e"' not in xml:
        return
    for cell in _ERROR.finditer(xml):
        if b't="e"' in cell["about"]:
            add_cell(cell["about"], cell["error"].decode("ascii", "replace").strip(), formulas)


def add_cell(about: bytes, shown: str, formulas: Formulas) -> None:
    if place := _PLACE.search(b" " + about):
        column = 0
        for letter in place[1]:
            column = column * 26 + letter - 64
        if column <= COLUMNS:
            formulas.setdefault(int(place[2]) - 1, []).append((column - 1, shown))


def pairs(xml: bytes, tag: bytes, first: bytes, second: bytes) -> Iterator[tuple[str, str]]:
    """Two attributes of each such tag."""
    for found in re.findall(tag, xml):
        one, two = (re.search(rb"\s" + name + rb'="([^"]*)"', found) for name in (first, second))
        if one and two:
            yield one[1].decode("utf-8", "replace"), two[1].decode("utf-8", "replace")


def unescaped(name: str) -> str:
    for mark, letter in (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&apos;", "'"), ("&amp;", "&")):
        name = name.replace(mark, letter)
    return name


def text_of(value: Any) -> str:
    """A cell as text. A whole number has no decimal point; one beyond 15 digits was rounded and looks so: 4.2E+17."""
    if isinstance(value, str):
        return value[:LETTERS]
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        if value.is_integer():
            return str(int(value)) if abs(value) < 1e15 else f"{value:.14E}"
        return repr(value)
    if isinstance(value, datetime):
        return value.isoformat(" ")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return str(value)
    return "" if value is None else str(value)[:LETTERS]


def emit(row: list[Any]) -> None:
    global told, lines_told
    line = json.dumps(row)
    told, lines_told = told + len(line), lines_told + 1
    if told > TOLD or lines_told > LINES:
        raise MemoryError
    sys.stdout.write(line + "\n")


if __name__ == "__main__":
    sys.exit(main())
