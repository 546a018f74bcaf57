"""From JSON: the assignments of a plan, and settings. What cannot be read is refused with one sentence that names the place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from scheduling.planner.plan import Assignment, Fact
from scheduling.planner.problem import Problem
from scheduling.planner.reading import LARGEST, SHOWN, Fault, UnreadableProblem
from scheduling.planner.simulation.settings import MOST_LANES, Settings

# Arrays of one point are held in memory at once; no real point comes near.
MOST_HEADS_AT_POINT = 1_000_000
# Shorter slots are no time at all to a lane, and would make its rate a number without a meaning.
LEAST_SLOT_MINUTES = 0.01

# Settings that are a number, each with the least and the most it may be.
NUMBERS = {
    "utilisation": (0.01, 1),
    "early_minutes": (0, 24 * 60),
    "late_minutes": (0, 24 * 60),
    "no_show": (0, 1),
    "service_cv": (0, 10),
    "lane_cv": (0, 10),
    "fatigue": (0, 10),
    "stops_per_hour": (0, 60),
    "stop_minutes": (0, 24 * 60),
    "busy_minutes": (0, 24 * 60),
    "jammed_minutes": (0, 24 * 60),
}
PER_POINT = {"lanes": (1, MOST_LANES), "rate": (0.1, LARGEST), "standing_room": (1, LARGEST)}
SWITCHES = ("holds", "in_turn")


def assignments_from_json(data: object) -> tuple[Assignment, ...]:
    """Who goes where and when, from a plan as FORMAT.md has it, whoever made it; the rest of the plan is not looked at.

    Raises UnreadableProblem. Whether the plan keeps the rules of its problem is for `violations` to say.
    """
    plan = _object(data, "plan")
    if "assignments" not in plan:
        raise UnreadableProblem("assignments", Fault.MISSING)
    if not isinstance(items := plan["assignments"], list):
        raise _refusal("assignments", Fault.NOT_A_LIST, items)
    return tuple(_assignment(item, f"assignments[{k}]") for k, item in enumerate(items))


def _assignment(data: object, place: str) -> Assignment:
    item = _object(data, place)
    for key in ("cohort", "point", "slot"):
        if key not in item:
            raise UnreadableProblem(f"{place}.{key}", Fault.MISSING)
    cohort, point, slot = item["cohort"], item["point"], item["slot"]
    for key, value in (("cohort", cohort), ("point", point)):
        if not isinstance(value, str):
            raise _refusal(f"{place}.{key}", Fault.NOT_TEXT, value)
        if any("\ud800" <= letter <= "\udfff" for letter in value):
            raise UnreadableProblem(f"{place}.{key}", Fault.BROKEN_TEXT)
    if type(slot) is not int or slot < 0:
        raise _refusal(f"{place}.slot", Fault.NOT_WHOLE, slot, least=0)
    return Assignment(cohort, point, slot)


def settings_from_json(data: object, problem: Problem) -> Settings:
    """The settings under their own names; what is left out has its default. Raises UnreadableProblem."""
    given = _object(data, "settings")
    known = [field.name for field in fields(Settings)]
    for name in given:
        if name not in known:
            raise _refusal(_printable(name), Fault.NOT_ONE_OF, name, choices=", ".join(known))
    read: dict[str, Any] = {}
    for name, value in given.items():
        if name in SWITCHES:
            if not isinstance(value, bool):
                raise _refusal(name, Fault.NOT_ONE_OF, value, choices="true, false")
            read[name] = value
        elif name in PER_POINT:
            read[name] = _per_point(value, name, problem)
        elif name == "slot_starts":
            read[name] = _slot_starts(value, problem)
        else:
            read[name] = _number(value, name, *NUMBERS[name])
    return Settings(**read)


def _per_point(value: object, name: str, problem: Problem) -> float | dict[str, float] | None:
    least, most = PER_POINT[name]
    if value is None:
        return None
    if not isinstance(value, dict):
        return _number(value, name, least, most)
    for point in value:
        if point not in problem.point_index:
            raise _refusal(name, Fault.UNKNOWN_ID, point)
    return {point: _number(each, f"{name}.{_printable(point)}", least, most) for point, each in value.items()}


def _slot_starts(value: object, problem: Problem) -> tuple[float, ...] | None:
    """In order, and no slot begins before the one before it is over."""
    if value is None:
        return None
    if not isinstance(value, list):
        raise _refusal("slot_starts", Fault.NOT_A_LIST, value)
    if len(value) != problem.slots:
        raise _refusal("slot_starts", Fault.WRONG_LENGTH, value, expected=problem.slots, found=len(value))
    starts: list[float] = []
    for k, each in enumerate(value):
        least = starts[-1] + problem.slot_minutes if starts else 0
        starts.append(_number(each, f"slot_starts[{k}]", least, LARGEST))
    return tuple(starts)


def check_size(problem: Problem, assignments: tuple[Assignment, ...]) -> None:
    """Raises UnreadableProblem for what is a problem but no day: slots without length, more heads than a point has seen."""
    if assignments and problem.slot_minutes < LEAST_SLOT_MINUTES:
        raise _refusal("slot_minutes", Fault.TOO_SMALL, problem.slot_minutes, least=LEAST_SLOT_MINUTES)
    sent: dict[str, int] = {}
    for each in assignments:
        sent[each.point] = sent.get(each.point, 0) + problem.heads(each.cohort)
    for point, heads in sent.items():
        if heads > MOST_HEADS_AT_POINT:
            place = f"points[{problem.point_index[point]}]"
            raise _refusal(place, Fault.TOO_MANY_HEADS, heads, most=MOST_HEADS_AT_POINT)


def _object(value: object, place: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise _refusal(place, Fault.NOT_AN_OBJECT, value)
    return value


def _number(value: object, place: str, least: float, most: float) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value:
        raise _refusal(place, Fault.NOT_A_NUMBER, value)
    if value < least:
        raise _refusal(place, Fault.TOO_SMALL, value, least=least)
    if value > most:
        raise _refusal(place, Fault.ABOVE, value, most=most)
    return value


def _refusal(place: str, fault: Fault, value: object, **facts: Fact) -> UnreadableProblem:
    return UnreadableProblem(place, fault, {"value": _shown(value), **facts})


def _shown(value: object) -> str:
    if isinstance(value, dict | list):
        return "an object" if isinstance(value, dict) else "a list"
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return f'"{_printable(value)}"' if isinstance(value, str) else _printable(str(value))


def _printable(text: str) -> str:
    text = text if len(text) <= SHOWN else text[:SHOWN] + "…"
    return "".join(letter if letter.isprintable() else "\ufffd" for letter in text)
