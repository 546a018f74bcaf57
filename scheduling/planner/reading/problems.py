"""From JSON to a Problem. What is no problem is refused with one sentence that names the place."""

from __future__ import annotations

import gc
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from enum import StrEnum
from typing import Any

from scheduling.planner.plan import Fact
from scheduling.planner.problem import Building, Cohort, Point, Problem, Together, Weights
from scheduling.planner.reading.columns import (
    LARGEST,
    NO_PINS,
    are_numbers,
    are_texts,
    buildings_at_once,
    cohorts_at_once,
    points_at_once,
)

SHOWN = 40
# So many items are read the quick way at once; only the few among which something is odd are looked at one by one.
CHUNK = 1_000

Place = tuple[str | int, ...]


class Fault(StrEnum):
    """What is wrong at the place. The facts of each stand in `ENGLISH_FAULTS`."""

    MISSING = "missing"
    NOT_AN_OBJECT = "not_an_object"
    NOT_A_LIST = "not_a_list"
    NOT_TEXT = "not_text"
    BROKEN_TEXT = "broken_text"
    NOT_A_NUMBER = "not_a_number"
    NOT_WHOLE = "not_whole"
    TOO_SMALL = "too_small"
    TOO_LARGE = "too_large"
    WRONG_LENGTH = "wrong_length"
    TWICE = "twice"
    UNKNOWN_ID = "unknown_id"
    NOT_ONE_OF = "not_one_of"
    NOT_THE_ONE = "not_the_one"
    ABOVE = "above"
    TOO_MANY_HEADS = "too_many_heads"


ENGLISH_FAULTS: dict[Fault, str] = {
    Fault.MISSING: "%(place)s: is missing.",
    Fault.NOT_AN_OBJECT: "%(place)s: must be an object, is %(value)s.",
    Fault.NOT_A_LIST: "%(place)s: must be a list, is %(value)s.",
    Fault.NOT_TEXT: "%(place)s: must be text, is %(value)s.",
    Fault.BROKEN_TEXT: "%(place)s: holds half a character, which cannot be written again.",
    Fault.NOT_A_NUMBER: "%(place)s: must be a number, is %(value)s.",
    Fault.NOT_WHOLE: "%(place)s: must be a whole number of at least %(least)s, is %(value)s.",
    Fault.TOO_SMALL: "%(place)s: must be at least %(least)s, is %(value)s.",
    Fault.TOO_LARGE: "%(place)s: must not be larger than 10 to the 15th.",
    Fault.WRONG_LENGTH: "%(place)s: must have %(expected)d entries, has %(found)d.",
    Fault.TWICE: "%(place)s: the id %(value)s is used twice.",
    Fault.UNKNOWN_ID: "%(place)s: names %(value)s, which does not exist.",
    Fault.NOT_ONE_OF: "%(place)s: must be one of %(choices)s, is %(value)s.",
    Fault.NOT_THE_ONE: "%(place)s: must be %(choices)s, is %(value)s.",
    Fault.ABOVE: "%(place)s: must be at most %(most)s, is %(value)s.",
    Fault.TOO_MANY_HEADS: "%(place)s: is sent %(value)s heads, of which at most %(most)s can be simulated.",
}


class UnreadableProblem(Exception):
    """This is no problem. `place` says where, `fault` and `facts` what; `sentence` is all of it in English."""

    def __init__(self, place: str, fault: Fault, facts: Mapping[str, Fact] | None = None) -> None:
        self.place, self.fault = place, fault
        self.facts: dict[str, Fact] = {"place": place, **(facts or {})}
        super().__init__(self.sentence)

    @property
    def sentence(self) -> str:
        return ENGLISH_FAULTS[self.fault] % self.facts


@contextmanager
def without_collecting() -> Iterator[None]:
    """Hundreds of thousands of new values, none of them garbage: looking for some would take as long as reading."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def problem_from_json(data: object) -> Problem:
    """The problem that the JSON value describes. Raises UnreadableProblem."""
    with without_collecting():
        return _problem(data)


def _problem(data: object) -> Problem:
    root = _object(data, ())
    _one_of(_need(root, "version", ()), ("version",), (1,))
    slot_minutes = _number(root, "slot_minutes", (), least=0)
    slots = _whole(_need(root, "slots", ()), ("slots",), least=1)
    walk_rows = root.get("walk")
    has_walk = walk_rows is not None
    points = _points(root, slots, has_walk)
    known_points = {point.id for point in points}
    buildings = _buildings(root, known_points, has_walk)
    max_walk = None if root.get("max_walk") is None else _number(root, "max_walk", ())
    together = root.get("together", "building")
    _one_of(together, ("together",), tuple(str(t) for t in Together))
    return Problem(
        slot_minutes=slot_minutes,
        slots=slots,
        points=points,
        buildings=buildings,
        walk=_walk(walk_rows, len(buildings), len(points)) if has_walk else None,
        max_walk=max_walk,
        together=Together(together),
        previous=_previous(root, {building.id for building in buildings}, known_points),
        weights=_weights(root),
    )


def _points(root: Mapping[str, Any], slots: int, has_walk: bool) -> tuple[Point, ...]:
    points, seen = list[Point](), set[str]()
    for start, items in _chunks(_list(_need(root, "points", ()), ("points",))):
        quick = points_at_once(items, slots, has_walk, seen)
        points += quick if quick is not None else _points_closely(items, start, slots, has_walk, seen)
    return tuple(points)


def _points_closely(items: list[Any], start: int, slots: int, has_walk: bool, seen: set[str]) -> Iterator[Point]:
    for k, item in enumerate(items, start):
        place: Place = ("points", k)
        item = _object(item, place)
        x, y = _position(item, place, has_walk)
        open_cost = _number(item, "open_cost", place, default=0)
        capacity = _capacity(_need(item, "capacity", place), (*place, "capacity"), slots)
        serves = ("normal",) if "serves" not in item else _texts(item["serves"], (*place, "serves"))
        yield Point(_new_id(item, place, seen), capacity, x, y, open_cost, serves)


def _capacity(value: object, place: Place, slots: int) -> float | tuple[float, ...]:
    if not isinstance(value, list):
        return _checked(value, place, least=0)
    if len(value) != slots:
        raise _refusal(place, Fault.WRONG_LENGTH, expected=slots, found=len(value))
    _check_all(value, place, least=0)
    return tuple(value)


def _buildings(root: Mapping[str, Any], points: set[str], has_walk: bool) -> tuple[Building, ...]:
    buildings, seen, cohorts_seen = list[Building](), set[str](), set[str]()
    for start, items in _chunks(_list(_need(root, "buildings", ()), ("buildings",))):
        quick = buildings_at_once(items, points, has_walk, seen, cohorts_seen)
        closely = _buildings_closely(items, start, points, has_walk, seen, cohorts_seen)
        buildings += quick if quick is not None else closely
    return tuple(buildings)


def _buildings_closely(
    items: list[Any], start: int, points: set[str], has_walk: bool, seen: set[str], cohorts_seen: set[str]
) -> Iterator[Building]:
    for k, item in enumerate(items, start):
        place: Place = ("buildings", k)
        item = _object(item, place)
        x, y = _position(item, place, has_walk)
        tier = "normal" if "tier" not in item else _text(item["tier"], (*place, "tier"))
        urgency = _number(item, "urgency", place, default=1)
        name = _new_id(item, place, seen)
        cohorts = _cohorts(_need(item, "cohorts", place), place, cohorts_seen)
        window = _window(item.get("window"), (*place, "window"))
        allowed = _allowed(item.get("points"), (*place, "points"), points)
        pinned = _pins(item["pinned"], (*place, "pinned"), cohorts) if item.get("pinned") is not None else NO_PINS
        yield Building(name, cohorts, x, y, tier, window, allowed, urgency, pinned)


def _chunks(items: list[Any]) -> Iterator[tuple[int, list[Any]]]:
    return ((start, items[start : start + CHUNK]) for start in range(0, len(items), CHUNK))


def _cohorts(items: object, place: Place, seen: set[str]) -> tuple[Cohort, ...]:
    cohorts = list[Cohort]()
    for start, some in _chunks(_list(items, (*place, "cohorts"))):
        quick = cohorts_at_once(some, seen)
        cohorts += quick if quick is not None else _cohorts_closely(some, start, place, seen)
    return tuple(cohorts)


def _cohorts_closely(items: list[Any], start: int, place: Place, seen: set[str]) -> Iterator[Cohort]:
    for k, item in enumerate(items, start):
        here = (*place, "cohorts", k)
        data = _object(item, here)
        heads = _whole(_need(data, "heads", here), (*here, "heads"), least=1)
        yield Cohort(_new_id(data, here, seen), heads)


def _window(value: object, place: Place) -> tuple[int, int] | None:
    if value is None:
        return None
    pair = _list(value, place)
    if len(pair) != 2:
        raise _refusal(place, Fault.WRONG_LENGTH, expected=2, found=len(pair))
    first, last = (_slot(slot, (*place, k)) for k, slot in enumerate(pair))
    return first, last


def _slot(value: object, place: Place) -> int:
    """A window may begin before the first slot and end after the last; how far does not matter."""
    if type(value) is not int:
        raise _refusal(place, Fault.NOT_WHOLE, value, least=0)
    return max(-LARGEST, min(value, LARGEST))


def _allowed(value: object, place: Place, points: set[str]) -> tuple[str, ...] | None:
    if value is None:
        return None
    names = _texts(value, place)
    if not points.issuperset(names):
        k = next(k for k, name in enumerate(names) if name not in points)
        raise _refusal((*place, k), Fault.UNKNOWN_ID, names[k])
    return names


def _pins(value: object, place: Place, cohorts: tuple[Cohort, ...]) -> dict[str, tuple[str, int]]:
    """A pin to a point or slot that does not exist is kept: the plan is then infeasible, not unreadable."""
    own, pins = {cohort.id for cohort in cohorts}, {}
    for cohort, pin in _object(value, place).items():
        if cohort not in own:
            raise _refusal(place, Fault.UNKNOWN_ID, cohort)
        here = (*place, cohort)
        pair = _list(pin, here)
        if len(pair) != 2:
            raise _refusal(here, Fault.WRONG_LENGTH, expected=2, found=len(pair))
        slot = _any_number(pair[1], (*here, 1))
        is_slot = 0 <= slot <= LARGEST and slot == int(slot)
        pins[cohort] = (_text(pair[0], (*here, 0)), int(slot) if is_slot else -1)
    return pins


def _walk(rows: object, buildings: int, points: int) -> tuple[tuple[float, ...], ...]:
    matrix = _list(rows, ("walk",))
    if len(matrix) != buildings:
        raise _refusal(("walk",), Fault.WRONG_LENGTH, expected=buildings, found=len(matrix))
    for k, row in enumerate(matrix):
        place: Place = ("walk", k)
        if len(_list(row, place)) != points:
            raise _refusal(place, Fault.WRONG_LENGTH, expected=points, found=len(row))
        _check_all(row, place)
    return tuple(map(tuple, matrix))


def _previous(root: Mapping[str, Any], buildings: set[str], points: set[str]) -> dict[str, str]:
    if root.get("previous") is None:
        return {}
    previous = _object(root["previous"], ("previous",))
    if previous.keys() <= buildings and are_texts(where := list(previous.values())) and points.issuperset(where):
        return dict(previous)
    for building, point in previous.items():
        if building not in buildings:
            raise _refusal(("previous",), Fault.UNKNOWN_ID, building)
        if _text(point, ("previous", building)) not in points:
            raise _refusal(("previous", building), Fault.UNKNOWN_ID, point)
    return dict(previous)


def _weights(root: Mapping[str, Any]) -> Weights:
    if root.get("weights") is None:
        return Weights()
    weights = _object(root["weights"], ("weights",))
    for name in weights:
        if name not in Weights.__slots__:
            raise _refusal(("weights",), Fault.UNKNOWN_ID, name)
    return Weights(**{name: _checked(value, ("weights", name)) for name, value in weights.items()})


def _position(item: Mapping[str, Any], place: Place, has_walk: bool) -> tuple[float, float]:
    """Where walk is a matrix, coordinates may be left out."""
    if has_walk:
        return _number(item, "x", place, default=0), _number(item, "y", place, default=0)
    return _number(item, "x", place), _number(item, "y", place)


def _new_id(item: Mapping[str, Any], place: Place, seen: set[str]) -> str:
    name = _text(_need(item, "id", place), (*place, "id"))
    if name in seen:
        raise _refusal((*place, "id"), Fault.TWICE, name)
    seen.add(name)
    return name


def _need(item: Mapping[str, Any], key: str, place: Place) -> Any:
    if key not in item:
        raise _refusal((*place, key), Fault.MISSING)
    return item[key]


def _number(
    item: Mapping[str, Any], key: str, place: Place, *, default: float | None = None, least: float | None = None
) -> float:
    if key not in item and default is not None:
        return default
    return _checked(_need(item, key, place), (*place, key), least=least)


def _check_all(values: list[Any], place: Place, *, least: float | None = None) -> None:
    for start, some in _chunks(values):
        if not are_numbers(some) or (least is not None and min(some) < least):
            for k, value in enumerate(some, start):
                _checked(value, (*place, k), least=least)


def _any_number(value: object, place: Place) -> float:
    if (type(value) is not int and type(value) is not float) or value != value:
        raise _refusal(place, Fault.NOT_A_NUMBER, value)
    return value


def _checked(value: object, place: Place, *, least: float | None = None) -> float:
    value = _any_number(value, place)
    if not -LARGEST <= value <= LARGEST:
        raise _refusal(place, Fault.TOO_LARGE)
    if least is not None and value < least:
        raise _refusal(place, Fault.TOO_SMALL, value, least=least)
    return value


def _whole(value: object, place: Place, *, least: int) -> int:
    if type(value) is not int or value < least:
        raise _refusal(place, Fault.NOT_WHOLE, value, least=least)
    if value > LARGEST:
        raise _refusal(place, Fault.TOO_LARGE)
    return value


def _text(value: object, place: Place) -> str:
    if type(value) is not str:
        raise _refusal(place, Fault.NOT_TEXT, value)
    if any("\ud800" <= letter <= "\udfff" for letter in value):
        raise _refusal(place, Fault.BROKEN_TEXT)
    return value


def _texts(value: object, place: Place) -> tuple[str, ...]:
    names = _list(value, place)
    return tuple(names if are_texts(names) else [_text(item, (*place, k)) for k, item in enumerate(names)])


def _object(value: object, place: Place) -> dict[str, Any]:
    if type(value) is not dict:
        raise _refusal(place, Fault.NOT_AN_OBJECT, value)
    return value


def _list(value: object, place: Place) -> list[Any]:
    if type(value) is not list:
        raise _refusal(place, Fault.NOT_A_LIST, value)
    return value


def _one_of(value: object, place: Place, choices: tuple[object, ...]) -> None:
    if isinstance(value, (bool, list, dict)) or value not in choices:
        fault = Fault.NOT_THE_ONE if len(choices) == 1 else Fault.NOT_ONE_OF
        raise _refusal(place, fault, value, choices=", ".join(map(str, choices)))


def _refusal(place: Place, fault: Fault, value: object = None, **facts: Fact) -> UnreadableProblem:
    return UnreadableProblem(_said(place), fault, {"value": _shown(value), **facts})


def _said(place: Place) -> str:
    """`buildings[3].cohorts[1].heads`; the whole is called `problem`."""
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{_printable(step)}" for step in place)
    return text.removeprefix(".") or "problem"


def _shown(value: object) -> str:
    """A value as the sentence shows it: short, printable, and never the whole of a large one."""
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list):
        return "a list"
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, int) and abs(value) > LARGEST:
        return "a very large number"
    return f'"{_printable(value)}"' if isinstance(value, str) else str(value)


def _printable(text: str) -> str:
    text = text if len(text) <= SHOWN else text[:SHOWN] + "…"
    return "".join(letter if letter.isprintable() else "\ufffd" for letter in text)
