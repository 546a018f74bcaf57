"""Ways out as they are stored, and read again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from scheduling.planner.ways_out.changes import Change, WayKind
from scheduling.planner.ways_out.search import WayOut


def ways_to_json(ways: Sequence[WayOut]) -> list[dict[str, object]]:
    return [
        {
            "changes": [{"kind": str(change.kind), "facts": dict(change.facts)} for change in way.changes],
            "placed": list(way.placed),
            "placed_heads": way.placed_heads,
            "moved_heads": way.moved_heads,
        }
        for way in ways
    ]


def ways_from_json(data: Sequence[Mapping[str, object]]) -> list[WayOut]:
    """What `ways_to_json` wrote. What is not of that form raises KeyError, TypeError or ValueError."""
    return [
        WayOut(
            tuple(Change(WayKind(change["kind"]), change["facts"]) for change in way["changes"]),  # type: ignore[attr-defined]
            tuple(way["placed"]),  # type: ignore[arg-type]
            int(way["placed_heads"]),  # type: ignore[call-overload]
            int(way["moved_heads"]),  # type: ignore[call-overload]
        )
        for way in data
    ]
