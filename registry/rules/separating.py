"""Taking a merge back: what it changed, row by row, and what has changed since. Pure.

{table: {key: [row before, row after]}}; a row is {column: plain value}. None = there was no such row. Of a row that was
there before and after only the columns that changed are kept.
"""

from collections.abc import Mapping
from typing import Any

Row = Mapping[str, Any]
Rows = Mapping[str, Mapping[str, Row]]  # by table and key
Changes = dict[str, dict[str, list[Any]]]
PASSING = frozenset({"changed_at"})  # says that something changed, not what


def list_changes(before: Rows, after: Rows) -> Changes:
    """What differs between the two, table by table."""
    changes: Changes = {}
    for table in before:
        keys = dict.fromkeys((*before[table], *after[table]))
        found = {key: _change(before[table].get(key), after[table].get(key)) for key in keys}
        changes[table] = {key: pair for key, pair in found.items() if pair is not None}
    return changes


def _change(old: Row | None, new: Row | None) -> list[Any] | None:
    if old is None or new is None:
        return [old, new]
    names = [name for name in old if name not in PASSING and old[name] != new[name]]
    return [{name: row[name] for name in names} for row in (old, new)] if names else None


def list_contradictions(changes: Changes, now: Rows) -> list[tuple[str, str]]:
    """(table, column) of what is not as the merge left it; the column is empty where a row is there no more, or again."""
    found: dict[tuple[str, str], None] = {}
    for table, rows in changes.items():
        for key, (_old, new) in rows.items():
            here = now[table].get(key)
            if (here is None) is not (new is None):
                found[table, ""] = None
            elif new is not None and here is not None:
                found |= {(table, name): None for name in new if name not in PASSING and here[name] != new[name]}
    return list(found)
