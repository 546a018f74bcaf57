"""Sheets that belong together: people in one, their doors in another, joined by a number that both have."""

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from bulou.text import clean_text, normal
from registry.errors import FileUnreadable, Problem
from registry.reading.columns import Column, meaning_of
from registry.reading.files import Line
from registry.reading.tables import Table, cells_of

Places = dict[Column, str]
_PLACES = (Column.COMPOUND, Column.BUILDING, Column.UNIT, Column.ROOM, Column.ADDRESS)
_DOORS = frozenset({Column.ROOM, Column.ADDRESS})
_KEY = re.compile(r"(编号|编码|代码|id|号|no|number|code)$")
MOST_DOORS = 1_000  # of one key: what stands for more is no number of an owner
# With more sheets not every way from one to another is tried: their number grows as the factorial.
WHOLE, SHORT = 5, 12
_NO_KEYS = frozenset({Column.NAME, Column.PHONE, Column.IDENTITY_NUMBER, Column.HEADS, Column.STATE, Column.NEEDS})


@dataclass(frozen=True, slots=True)
class Join:
    """How the lines of a sheet find what another sheet says of their place."""

    at: int  # the column of the key
    header: str
    sheet: str  # where it is looked up
    taken: frozenset[Column]
    found: dict[str, list[Places]] = field(repr=False)

    @property
    def needs_answer(self) -> bool:
        """Without it nobody knows at which door these people live."""
        return bool(self.taken & _DOORS)

    def of(self, line: Line) -> list[Places]:
        """What the other sheet says, once for each door; empty where it does not know the key."""
        return self.found.get(_key(line, self.at), [])


def joins_of(table: Table, tables: Sequence[Table], seen: tuple[str, ...] = ()) -> list[Join]:
    """Where it is said in which building and room the people of this sheet live, if it does not say so itself."""
    seen = (*seen, table.sheet)
    joins: list[Join] = []
    for other in sorted(tables, key=lambda other: not other.has_doors):
        lacking = _lacking(table, other) - {column for join in joins for column in join.taken}
        if not lacking or other.sheet in seen or not _is_known(lacking, tables, seen):
            continue
        words = [word for word in table.keys.keys() & other.keys.keys() if _is_key(word)]
        inner = joins_of(other, tables, seen) if words and len(seen) < _steps(len(tables)) else []
        for word in words:
            if join := _join(table, other, word, lacking, inner):
                joins.append(join)
                break
    return joins


def _steps(tables: int) -> int:
    """How many sheets may follow each other."""
    if tables <= WHOLE:
        return tables
    return 2 if tables <= SHORT else 1


def _is_known(lacking: set[Column], tables: Sequence[Table], seen: tuple[str, ...]) -> bool:
    """Whether any other sheet says it: a sheet for each building, named by its tab, has nobody to ask."""
    return any(other.has(column) for other in tables if other.sheet not in seen for column in lacking)


def _lacking(table: Table, other: Table) -> set[Column]:
    """What another sheet is asked for: what this one has not, or has only as a key while the other has a name for it."""
    lacking = set() if table.has_doors else set(_DOORS)
    for column in (Column.BUILDING, Column.UNIT, Column.ROOM):
        if (not table.has(column) and column is not Column.ROOM) or _is_only_key(table, other, column):
            lacking.add(column)
    return lacking


def _is_only_key(table: Table, other: Table, column: Column) -> bool:
    """房间编号 here is a key where the other sheet has it too, and beside it a 房号."""
    if not table.has(column) or not other.has(column):
        return False
    words = [word for word, place in table.keys.items() if place == table.places[column][0]]
    return any(other.keys.get(word) not in (None, *other.places[column]) for word in words)


def _is_key(word: str) -> bool:
    meaning = meaning_of(word)
    return meaning is Column.LINK or (meaning not in _NO_KEYS and bool(_KEY.search(word)))


def _join(table: Table, other: Table, word: str, lacking: set[Column], inner: Sequence[Join]) -> Join | None:
    own = {column for column in _PLACES if other.has(column) and other.keys[word] not in other.places[column]}
    offered = own | {column for join in inner for column in join.taken}
    taken = frozenset(offered & (lacking | ({Column.COMPOUND} - table.places.keys())))
    if not taken & lacking:
        return None
    # By what they say, so that a key with many doors does not compare each of them with all before.
    said_of: dict[str, dict[tuple[tuple[Column, str], ...], Places]] = defaultdict(dict)
    for line in other.lines:
        key = _key(line, other.keys[word])
        for said in places_of(other, line, inner) if key else ():
            kept = {column: text for column, text in said.items() if column in taken}
            if kept:
                said_of[key].setdefault(tuple(sorted(kept.items())), kept)
        if len(said_of.get(key, ())) > MOST_DOORS:
            return None
    found = {key: list(places.values()) for key, places in said_of.items()}
    if not taken & _DOORS and any(len(places) > 1 for places in found.values()):
        return None  # a building is no key to one of its units
    at = table.keys[word]
    return Join(at, table.cells[at], other.sheet, taken, found) if any(found.values()) else None


def places_of(table: Table, line: Line, joins: Sequence[Join]) -> list[Places]:
    """What a line says of its place, with what other sheets say of it: once for each door; none where they do not know it.

    Raises FileUnreadable where a line would live behind thousands of doors.
    """
    all_said = [{column: text for column in _PLACES if (text := cells_of(line, table.places.get(column, ())))}]
    for join in joins:
        others = join.of(line)
        if not others and join.needs_answer:
            return []
        if len(all_said) * len(others) > MOST_DOORS:
            raise FileUnreadable(Problem.TOO_LARGE)
        all_said = [{**said, **other} for said in all_said for other in others or [{}]]
    return all_said


def _key(line: Line, at: int) -> str:
    text = line.cells[at] if at < len(line.cells) else ""
    return clean_text(normal("NFKC", text), max_length=60).removesuffix(".0").upper()
