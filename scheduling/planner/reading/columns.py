"""The quick way of reading: a whole column of values is checked at once.

Everything here answers None where anything is odd, and has changed nothing then: `reading.py` looks at the same items
one by one, and either finds them right after all or names the place of the fault.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain, islice, repeat
from typing import Any

from scheduling.planner.problem import Building, Cohort, Point, in_bulk

# Whole numbers up to here are exact as floats, so no sum of the search can go wrong by rounding.
LARGEST = 10**15

ABSENT = object()
NORMAL = ("normal",)
# Shared by the many buildings without any; nobody writes into a frozen value.
NO_PINS: Mapping[str, tuple[str, int]] = {}
Item = dict[str, Any]


def cohorts_at_once(items: list[Any], seen: set[str]) -> list[Cohort] | None:
    """Cohorts with new ids, which are `seen` from now on."""
    try:
        ids, heads = [item["id"] for item in items], [item["heads"] for item in items]
    except (LookupError, TypeError):
        return None
    if not (_are_new_ids(ids, seen) and _are(int, heads)):
        return None
    if heads and not 1 <= min(heads) <= max(heads) <= LARGEST:
        return None
    seen.update(ids)
    return in_bulk(Cohort, id=ids, heads=heads)


def points_at_once(items: list[Any], slots: int, has_walk: bool, seen: set[str]) -> list[Point] | None:
    """Points with new ids, which are `seen` from now on."""
    if not _are(dict, items):
        return None
    ids, opening = _column(items, "id"), _column(items, "open_cost", 0)
    x, y = _positions(items, has_walk)
    capacity = _capacities(_column(items, "capacity"), slots)
    serves = [NORMAL if value is NORMAL else _names(value) for value in _column(items, "serves", NORMAL)]
    if capacity is None or None in serves or not (are_numbers(x) and are_numbers(y) and are_numbers(opening)):
        return None
    if not _are_new_ids(ids, seen):
        return None
    seen.update(ids)
    return in_bulk(Point, id=ids, capacity=capacity, x=x, y=y, open_cost=opening, serves=serves)


def buildings_at_once(
    items: list[Any], points: set[str], has_walk: bool, seen: set[str], cohorts_seen: set[str]
) -> list[Building] | None:
    """Buildings and their cohorts with new ids, which are `seen` and `cohorts_seen` from now on."""
    if not _are(dict, items):
        return None
    ids, tier, urgency = _column(items, "id"), _column(items, "tier", "normal"), _column(items, "urgency", 1)
    x, y = _positions(items, has_walk)
    cohorts, windows = _column(items, "cohorts"), _column(items, "window", None)
    if not (are_numbers(x) and are_numbers(y) and are_numbers(urgency) and are_texts(tier) and _are(list, cohorts)):
        return None
    allowed = [_allowed(value, points) for value in _column(items, "points", None)]
    pinned = list(map(_pins, _column(items, "pinned", None), cohorts, repeat(points)))
    if False in allowed or None in pinned or not all(map(_is_window, windows)) or not _are_new_ids(ids, seen):
        return None
    people = cohorts_at_once(list(chain.from_iterable(cohorts)), cohorts_seen)
    if people is None:
        return None
    seen.update(ids)
    rest = iter(people)
    own = [tuple(islice(rest, len(part))) for part in cohorts]
    spans = [None if window is None else (window[0], window[1]) for window in windows]
    return in_bulk(
        Building, id=ids, cohorts=own, x=x, y=y, tier=tier, window=spans, points=allowed, urgency=urgency, pinned=pinned
    )


def are_numbers(values: Sequence[Any]) -> bool:
    """Whether all are numbers, finite and not too large."""
    if not set(map(type, values)) <= {int, float}:
        return False
    # min and max pass over what is not a number, unless it comes first; in a sum it always shows.
    return not values or (min(values) >= -LARGEST and max(values) <= LARGEST and (total := sum(values)) == total)


def are_texts(values: Sequence[Any]) -> bool:
    """Whether all are texts that can be written again."""
    return _are(str, values) and _is_whole("".join(values))


def _are(kind: type, values: Iterable[Any]) -> bool:
    return set(map(type, values)) <= {kind}


def _is_whole(text: str) -> bool:
    """Half a character (a lone surrogate) can be read from JSON but not be written."""
    try:
        return text.isascii() or bool(text.encode())
    except UnicodeEncodeError:
        return False


def _column(items: list[Item], key: str, default: object = ABSENT) -> list[Any]:
    return [item.get(key, default) for item in items]


def _are_new_ids(ids: list[Any], seen: set[str]) -> bool:
    return are_texts(ids) and len(set(ids)) == len(ids) and seen.isdisjoint(ids)


def _positions(items: list[Item], has_walk: bool) -> tuple[list[Any], list[Any]]:
    default = 0 if has_walk else ABSENT
    return _column(items, "x", default), _column(items, "y", default)


def _capacities(values: list[Any], slots: int) -> list[float | tuple[float, ...]] | None:
    lists = [value for value in values if type(value) is list]
    single = [value for value in values if type(value) is not list]
    for numbers in (single, *lists):
        if not are_numbers(numbers) or min(numbers, default=0) < 0:
            return None
    if not set(map(len, lists)) <= {slots}:
        return None
    return [tuple(value) if type(value) is list else value for value in values]


def _names(value: object) -> tuple[str, ...] | None:
    return tuple(value) if isinstance(value, list) and are_texts(value) else None


def _allowed(value: object, points: set[str]) -> tuple[str, ...] | bool | None:
    """The names of known points, None = any; False = odd."""
    if value is None:
        return None
    names = _names(value)
    return names if names is not None and points.issuperset(names) else False


def _is_window(value: object) -> bool:
    if value is None:
        return True
    return type(value) is list and len(value) == 2 and _are(int, value) and are_numbers(value)


def _pins(value: object, cohorts: list[Any], points: set[str]) -> Mapping[str, tuple[str, int]] | None:
    """The pins of a building to known points; None = odd."""
    if value is None or value == {}:
        return NO_PINS
    if not isinstance(value, dict) or not _are(dict, cohorts):
        return None
    own = _column(cohorts, "id")
    if not _are(str, own):
        return None
    known, pins = set(own), {}
    for cohort, pin in value.items():
        if cohort not in known or type(pin) is not list or len(pin) != 2:
            return None
        point, slot = pin
        if type(point) is not str or point not in points or type(slot) is not int or not -1 <= slot <= LARGEST:
            return None
        pins[cohort] = (point, slot)
    return pins
