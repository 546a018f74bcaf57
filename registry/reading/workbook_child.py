"""Reads one workbook from standard input and writes its rows as JSON lines. Runs as a process of its own, with limits.

A workbook made to harm can take all memory or never end; then this process dies, and not the server. It imports nothing
of ours: it is started as a file.
"""

import json
import resource
import sys
from datetime import date, datetime, time, timedelta
from io import BytesIO
from typing import Any

import python_calamine as calamine

MEMORY = 1_500 * 1024 * 1024  # bytes of address space; the resident part stays far below
SECONDS = 60  # of processor time
CELLS = 20_000_000  # a sheet of 100,000 rows has two million
COLUMNS = 256  # what stands further to the right is no roster
MERGED = 50_000  # areas that are filled; a form has a few dozen

OK, BROKEN, PASSWORD, TOO_LARGE = 0, 3, 4, 5


def main() -> int:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    try:
        workbook = calamine.load_workbook(BytesIO(sys.stdin.buffer.read()))
        for name in workbook.sheet_names:
            write_sheet(name, workbook.get_sheet_by_name(name))
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


def write_sheet(name: str, sheet: Any) -> None:
    """`["sheet", name]`, then `[line, cells]` for every line in which something stands."""
    emit(["sheet", name])
    if sheet.start is None:
        return
    if (sheet.end[0] + 1) * (sheet.end[1] + 1) > CELLS:
        raise MemoryError
    filled = merged_values(sheet)
    for line, values in enumerate(sheet.to_python(skip_empty_area=False)):
        cells = [text_of(value) for value in values[:COLUMNS]]
        for column, value in filled.get(line, {}).items():
            cells[column] = text_of(value)
        while cells and not cells[-1]:
            cells.pop()
        if cells:
            emit([line + 1, cells])


def merged_values(sheet: Any) -> dict[int, dict[int, Any]]:
    """What stands in the first cell of a merged column area holds for all its lines: a family shares its door.

    Areas over several columns are titles, and stay in their first cell.
    """
    areas = [
        area
        for area in (sheet.merged_cell_ranges or [])[:MERGED]
        if area[0][1] == area[1][1] < COLUMNS and area[0][0] < area[1][0]
    ]
    if not areas:
        return {}
    rows = sheet.to_python(skip_empty_area=False)
    filled: dict[int, dict[int, Any]] = {}
    for (top, column), (bottom, _) in areas:
        if top < len(rows) and column < len(rows[top]):
            for line in range(top + 1, min(bottom + 1, len(rows))):
                filled.setdefault(line, {})[column] = rows[top][column]
    return filled


def text_of(value: Any) -> str:
    """A cell as text. A whole number has no decimal point; one beyond 15 digits was rounded and looks so: 4.2E+17."""
    if isinstance(value, str):
        return value
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
    return "" if value is None else str(value)


def emit(row: list[Any]) -> None:
    sys.stdout.write(json.dumps(row) + "\n")


if __name__ == "__main__":
    sys.exit(main())
