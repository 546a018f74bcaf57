"""What is asked of the person whose file it is: what its columns mean."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from registry.reading.columns import Column, Words, is_passed_over, meaning_of, plain_header, short
from registry.reading.files import Line, Sheet
from registry.reading.tables import HEADER_WITHIN, Table, samples_of

MOST = 100  # columns that are asked about


@dataclass(frozen=True, slots=True)
class Question:
    """One column of a file."""

    sheet: str
    header: str
    samples: tuple[str, ...]
    meaning: Column | None  # as far as it is understood
    is_open: bool  # nobody has said what it means, and it is none of the columns that rosters do not need


@dataclass(frozen=True, slots=True)
class SheetColumns:
    """Which columns of a sheet say something of ours, and what stands in the others."""

    sheet: str
    read: tuple[str, ...]
    unread: tuple[tuple[str, int], ...]  # header, cells in which something stands; an empty header has no words


def columns_of(table: Table, joined: Iterable[str] = ()) -> SheetColumns:
    """Every column in which something stands. `joined` are headers by which another sheet is found."""
    used = {at for places in (table.places, *table.people) for columns in places.values() for at in columns}
    filled = Counter(at for line in table.lines for at, cell in enumerate(line.cells) if cell and not cell.isspace())
    headers = {at: short(table.cells[at]) if at < len(table.cells) else "" for at in sorted(filled)}
    used |= {at for at, header in headers.items() if header and header in set(map(short, joined))}
    return SheetColumns(
        table.sheet,
        tuple(header for at, header in headers.items() if at in used and header)[:MOST],
        tuple((header, filled[at]) for at, header in headers.items() if at not in used)[:MOST],
    )


def questions_of(found: Iterable[tuple[Sheet, Table | None]], words: Words) -> tuple[Question, ...]:
    """Every column in which something stands, a header of several sheets once."""
    asked: dict[str, Question] = {}
    for sheet, table in found:
        cells, lines = (table.cells, table.lines) if table is not None else _guessed(sheet.lines)
        for at, header in enumerate(cells):
            word = plain_header(header)
            if not word or word in asked or not (samples := samples_of(lines, at)):
                continue
            meaning = meaning_of(header, words)
            is_open = meaning is None and not is_passed_over(header, words)
            asked[word] = Question(sheet.name, short(header), samples, meaning, is_open)
    return tuple(asked.values())[:MOST]


def _guessed(lines: Sequence[Line]) -> tuple[tuple[str, ...], Sequence[Line]]:
    """The header of a sheet in which no word is known: the first line that is almost as long as the longest."""
    near = lines[:HEADER_WITHIN]
    counts = [sum(bool(cell.strip()) for cell in line.cells) for line in near]
    longest = max(counts, default=0)
    place = next((at for at, count in enumerate(counts) if count >= 2 and count * 10 >= longest * 6), None)
    return ((), ()) if place is None else (near[place].cells, lines[place + 1 :])
