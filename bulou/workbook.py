"""Workbooks to hand out. What people typed stays text: no formula, no link, no date made of a door number."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any, Literal

import xlsxwriter

from bulou.text import clean_lines

Cell = str | int | float | None
Kind = Literal["text", "count", "share"]

MOST_CHARACTERS = 32_767  # in one cell; Excel calls a file with more damaged
NAME_CHARACTERS = 31  # of a sheet
A4 = 9


@dataclass(frozen=True)
class Column:
    """`width` in characters. A count is a whole number, a share a fraction shown as percent."""

    title: str
    width: float = 12
    kind: Kind = "text"
    is_hidden: bool = False


@dataclass(frozen=True)
class Row:
    """One line. `is_total` sets it bold, with a line above."""

    cells: Sequence[Cell]
    is_total: bool = False


@dataclass(frozen=True)
class Sheet:
    """Lines of notes, then one header row, then rows. `rows` is read once, so a long list may be streamed."""

    name: str
    columns: Sequence[Column]
    rows: Iterable[Row | Sequence[Cell]]
    notes: Sequence[str] = ()


def write_workbook(sheets: Sequence[Sheet]) -> bytes:
    """Give an .xlsx with these sheets, set up to print on A4 with the header on each page."""
    file = BytesIO()
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "nan_inf_to_errors": False,
    }
    with xlsxwriter.Workbook(file, options) as book:
        styles = _Styles(book)
        names = _sheet_names([sheet.name for sheet in sheets])
        for name, sheet in zip(names, sheets, strict=True):
            _write_sheet(book.add_worksheet(name), sheet, styles)
    return file.getvalue()


class _Styles:
    """The looks of cells, made once for a workbook."""

    def __init__(self, book: Any) -> None:
        self.title = book.add_format({"bold": True, "font_size": 14, "num_format": "@"})
        self.note = book.add_format({"num_format": "@"})
        box = {"border": 1, "valign": "vcenter"}
        header = {**box, "bold": True, "bg_color": "#E7E6E6", "text_wrap": True, "align": "center", "num_format": "@"}
        self.header = book.add_format(header)
        # "@" keeps a door such as 3-2 from becoming a date when somebody edits the cell.
        kinds: dict[str, dict[str, Any]] = {
            "text": {"num_format": "@", "text_wrap": True},
            "count": {"num_format": "0"},
            "share": {"num_format": "0.0%"},
        }
        self.plain = {kind: book.add_format({**box, **look}) for kind, look in kinds.items()}
        self.total = {kind: book.add_format({**box, **look, "bold": True, "top": 2}) for kind, look in kinds.items()}


def _write_sheet(page: Any, sheet: Sheet, styles: _Styles) -> None:
    _set_columns(page, sheet.columns, styles)
    line = 0
    for line, note in enumerate(sheet.notes):
        page.write_string(line, 0, _cell_text(note), styles.title if line == 0 else styles.note)
    header_line = line + 1 if sheet.notes else 0
    for place, column in enumerate(sheet.columns):
        page.write_string(header_line, place, _cell_text(column.title), styles.header)
    last_line = header_line
    for last_line, row in enumerate(sheet.rows, start=header_line + 1):
        _write_row(page, last_line, row if isinstance(row, Row) else Row(row), sheet.columns, styles)
    page.freeze_panes(header_line + 1, 0)
    _set_up_print(page, sheet, header_line)


def _set_columns(page: Any, columns: Sequence[Column], styles: _Styles) -> None:
    for place, column in enumerate(columns):
        is_text = column.kind == "text"
        page.set_column(place, place, column.width, styles.note if is_text else None, {"hidden": column.is_hidden})


def _write_row(page: Any, line: int, row: Row, columns: Sequence[Column], styles: _Styles) -> None:
    looks = styles.total if row.is_total else styles.plain
    for place, (column, cell) in enumerate(zip(columns, row.cells, strict=True)):
        if cell is None:
            page.write_blank(line, place, None, looks[column.kind])
        elif isinstance(cell, str):
            page.write_string(line, place, _cell_text(cell), looks["text"])
        else:
            page.write_number(line, place, cell, looks[column.kind])


def _set_up_print(page: Any, sheet: Sheet, header_line: int) -> None:
    page.set_landscape()
    page.set_paper(A4)
    page.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
    page.fit_to_pages(1, 0)
    page.repeat_rows(header_line)
    page.set_footer("&C&P / &N")


def _cell_text(text: str) -> str:
    # Most cells are fit to be written as they are; cleaning a million of them again would take seconds.
    return text[:MOST_CHARACTERS] if text.isprintable() else clean_lines(text, max_length=MOST_CHARACTERS)


def _sheet_names(wanted: Sequence[str]) -> list[str]:
    """Names that Excel takes: none of its signs, at most 31 characters, no two alike."""
    names: list[str] = []
    for number, name in enumerate(wanted, start=1):
        clean = "".join(" " if sign in "[]:*?/\\\n" else sign for sign in _cell_text(name)).strip(" '")
        clean = clean[:NAME_CHARACTERS].strip(" '") or str(number)
        if clean.casefold() in {other.casefold() for other in names} | {"history"}:
            clean = f"{clean[: NAME_CHARACTERS - 5]} ({number})"
        names.append(clean)
    return names
