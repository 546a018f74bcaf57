"""Which line of a sheet is its header, and which column says what."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

from registry.reading.columns import Column, Words, meaning_of, plain_header, short
from registry.reading.files import Line, Sheet

HEADER_WITHIN = 30  # lines in which something stands; titles and notes come before
LOOKED_AT = 200  # lines below the header from which a column is judged
SAMPLES = 3
ONE_DIGIT_A_CELL = range(
    6, 20
)  # empty headers beside the first: a telephone number takes 11 cells, an identity number 18
PERSON_COLUMNS = (Column.NAME, Column.PHONE, Column.IDENTITY_NUMBER)
_PLACES = (Column.BUILDING, Column.UNIT, Column.ROOM)
_KEY = re.compile(r"(编号|编码|代码|id|序号)$")
# Names of people who need not live here, where another column names those who do.
_OTHERS = re.compile(r"联系人|房东|经办|录入|曾用|英文|拼音|原业主|开户")
_FIELD_WORDS = re.compile(
    r"姓名|名字|名称|name|手机号码|手机号|手机|联系电话|电话号码|电话|联系方式|phone|mobile|tel|身份证号码|身份证号|身份证|证件号码|证件号"
)


@dataclass(frozen=True, slots=True)
class Table:
    """A sheet whose columns are understood."""

    sheet: str
    title: str  # what stands above the header line
    header_line: int
    places: dict[Column, tuple[int, ...]]  # where each column stands, left to right
    cells: tuple[str, ...]  # the headers, as the file writes them
    lines: tuple[Line, ...]  # below the header
    keys: dict[str, int] = field(default_factory=dict)  # every header in its one spelling, and where it stands
    people: tuple[dict[Column, tuple[int, ...]], ...] = ()  # several on one line: where each stands; empty = one
    above: frozenset[tuple[str, ...]] = frozenset()  # lines of title and header, as printed lists repeat them

    def has(self, column: Column) -> bool:
        return column in self.places

    def header(self, column: Column, person: int = 0) -> str:
        """A column as a refusal names it; empty where the sheet has none."""
        places = (self.people[person] if self.people else {}).get(column) or self.places.get(column)
        return short(self.cells[places[0]]) if places else ""

    @property
    def has_people(self) -> bool:
        return any(self.has(column) for column in (*PERSON_COLUMNS, Column.HEADS))

    @property
    def has_doors(self) -> bool:
        return self.has(Column.ROOM) or self.has(Column.ADDRESS)


def find_table(sheet: Sheet, words: Words) -> Table | None:
    """The table of a sheet by the line that has most known headers, the first of equals; None where no line has two.

    A header may take two lines, 房屋 above 楼栋, 单元 and 房号. One header is enough where somebody said what it means.
    """
    best: tuple[tuple[int, int, bool], int, tuple[str, ...], int] | None = None
    for place, (cells, height) in _candidates(sheet.lines, words):
        known = {plain_header(cell): meaning for cell in cells if (meaning := meaning_of(cell, words))}
        score = (len(set(known.values())), len(known), height == 1)
        needed = 1 if any(word in words for word in known) else 2
        if len(known) >= needed and (best is None or score > best[0]):
            best = (score, place, cells, height)
    return None if best is None else _table(sheet, best[1], best[2], best[3], words)


def _candidates(lines: Sequence[Line], words: Words) -> Iterator[tuple[int, tuple[tuple[str, ...], int]]]:
    for place, line in enumerate(lines[:HEADER_WITHIN]):
        yield place, (line.cells, 1)
        below = lines[place + 1] if place + 1 < len(lines) else None
        if below is not None and below.number == line.number + 1 and _may_be_header(below.cells, words):
            yield place, (_together(line.cells, below.cells, words), 2)


def _may_be_header(cells: Sequence[str], words: Words) -> bool:
    said = [cell.strip() for cell in cells if cell.strip()]
    is_plain = all(len(cell) <= 20 and not re.search(r"\d{3}", cell) for cell in said)
    return is_plain and sum(meaning_of(cell, words) is not None for cell in said) * 2 >= len(said) > 0


def _together(upper: Sequence[str], lower: Sequence[str], words: Words) -> tuple[str, ...]:
    """Each column by the lower of its headers, unless only the upper one is understood."""
    width = max(len(upper), len(lower))
    pairs = zip([*upper, *[""] * (width - len(upper))], [*lower, *[""] * (width - len(lower))], strict=True)
    return tuple(
        two if two.strip() and (meaning_of(two, words) or not meaning_of(one, words)) else one for one, two in pairs
    )


def _table(sheet: Sheet, place: int, cells: tuple[str, ...], height: int, words: Words) -> Table:
    lines = sheet.lines[place + height :]
    known = [(at, column) for at, cell in enumerate(cells) if (column := meaning_of(cell, words))]
    plain = [plain_header(cell) for cell in cells]
    places: dict[Column, tuple[int, ...]] = {}
    for at, column in known:
        if column is Column.NEEDS:
            places[column] = (*places.get(column, ()), at)
        elif column not in places or _is_better(column, plain[at], plain[places[column][0]]):
            places[column] = _whole(cells, at, lines, column)  # of two telephones the first counts
    people = tuple(_people(known, cells, lines))
    if people:
        places.update(people[0])
        places = {column: at for column, at in places.items() if column in people[0] or column not in PERSON_COLUMNS}
    above = [line.cells for line in sheet.lines[: place + height]]
    return Table(
        sheet.name,
        " ".join(cell for line in above[:place] for cell in line if cell)[:200],
        sheet.lines[place].number,
        places,
        cells,
        lines,
        {word: at for at, word in reversed(list(enumerate(plain))) if word},
        people,
        frozenset(above),
    )


def _is_better(column: Column, new: str, old: str) -> bool:
    """房号 says more of a room than 房间编号 does, which may be a number of another program."""
    return column in _PLACES and bool(_KEY.search(old)) and not _KEY.search(new)


def _whole(cells: Sequence[str], at: int, lines: Sequence[Line], column: Column) -> tuple[int, ...]:
    """The columns of a number that is written one digit a cell, below one header."""
    if column not in (Column.PHONE, Column.IDENTITY_NUMBER):
        return (at,)
    end = next((next_at for next_at in range(at + 1, len(cells)) if cells[next_at].strip()), 0)
    end = end or max((len(line.cells) for line in lines[:LOOKED_AT]), default=0)
    if end - at - 1 not in ONE_DIGIT_A_CELL:
        return (at,)
    digits = [cell.strip() for line in lines[:LOOKED_AT] for cell in line.cells[at:end]]
    return tuple(range(at, end)) if any(digits) and all(len(digit) <= 1 for digit in digits) else (at,)


def _people(
    known: Sequence[tuple[int, Column]], cells: Sequence[str], lines: Sequence[Line]
) -> Iterator[dict[Column, tuple[int, ...]]]:
    """Where each of several people of a line stands: 成员1姓名, 成员1电话, 成员2姓名 … Nothing where there is one."""
    names = [at for at, column in known if column is Column.NAME]
    names = [at for at in names if not _OTHERS.search(cells[at])] or names[:1]
    if len(names) < 2:
        return
    people: dict[int, dict[Column, tuple[int, ...]]] = {at: {Column.NAME: (at,)} for at in names}
    labels = {at: _label(cells[at]) for at in names}
    for at, column in known:
        if column not in (Column.PHONE, Column.IDENTITY_NUMBER):
            continue
        same = [name for name, label in labels.items() if label and label == _label(cells[at])]
        before = [name for name in names if name < at]
        owner = same[0] if len(same) == 1 else (before or names)[-1 if before else 0]
        people[owner].setdefault(column, _whole(cells, at, lines, column))
    yield from people.values()


def _label(header: str) -> str:
    """Whose column it is: 成员1姓名 and 成员1电话 are of 成员1."""
    return _FIELD_WORDS.sub("", plain_header(header))


def samples_of(lines: Sequence[Line], at: int) -> tuple[str, ...]:
    """The first values of a column that differ."""
    said = (line.cells[at].strip() for line in lines[:LOOKED_AT] if at < len(line.cells))
    return tuple(islice(dict.fromkeys(filter(None, said)), SAMPLES))


def cells_of(line: Line, places: Sequence[int]) -> str:
    """What a line says in a column."""
    cells = line.cells
    if len(places) == 1:
        text = cells[places[0]].strip() if places[0] < len(cells) else ""
        return text[1:] if text.startswith("'") and text[1:2].isalnum() else text  # '0501: typed to be kept as a text
    return " ".join(filter(None, (cells[place].strip() for place in places if place < len(cells))))
