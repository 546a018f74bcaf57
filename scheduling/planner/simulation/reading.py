"""Settings from JSON, and what is too large for a day. What cannot be is refused with one sentence that names the place."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from scheduling.planner.plan import Assignment
from scheduling.planner.problem import Problem
from scheduling.planner.reading.plans import object_at, printable, refusal
from scheduling.planner.reading.problems import LARGEST, Fault
from scheduling.planner.simulation.settings import MOST_LANES, Settings

# Arrays of one point are held in memory at once; no real point comes near.
MOST_HEADS_AT_POINT = 1_000_000
# Shorter slots are no time at all to a lane, and would make its rate a number without a meaning.
LEAST_SLOT_MINUTES = 0.01
# Two months: the faults of all lanes are drawn for the whole of it.
MOST_MINUTES = 62 * 24 * 60

# Settings that are a number, each with the least and the most it may be.
NUMBERS = {
    "utilisation": (0.01, 1),
    "early_minutes": (0, 24 * 60),
    "late_minutes": (0, 24 * 60),
    "no_show": (0, 1),
    "service_cv": (0, 10),
    "lane_cv": (0, 10),
    "fatigue": (0, 10),
    "stops_per_hour": (0, 12),
    "stop_minutes": (0, 24 * 60),
    "busy_minutes": (0, 24 * 60),
    "jammed_minutes": (0, 24 * 60),
}
PER_POINT = {"lanes": (1, MOST_LANES), "rate": (0.1, LARGEST), "standing_room": (1, LARGEST)}
SWITCHES = ("holds", "in_turn")


def settings_from_json(data: object, problem: Problem) -> Settings:
    """The settings under their own names; what is left out has its default. Raises UnreadableProblem."""
    given = object_at(data, "settings")
    known = [field.name for field in fields(Settings)]
    for name in given:
        if name not in known:
            raise refusal(printable(name), Fault.NOT_ONE_OF, name, choices=", ".join(known))
    read: dict[str, Any] = {}
    for name, value in given.items():
        if name in SWITCHES:
            if not isinstance(value, bool):
                raise refusal(name, Fault.NOT_ONE_OF, value, choices="true, false")
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
            raise refusal(name, Fault.UNKNOWN_ID, point)
    return {point: _number(each, f"{name}.{printable(point)}", least, most) for point, each in value.items()}


def _slot_starts(value: object, problem: Problem) -> tuple[float, ...] | None:
    """In order, and no slot begins before the one before it is over."""
    if value is None:
        return None
    if not isinstance(value, list):
        raise refusal("slot_starts", Fault.NOT_A_LIST, value)
    if len(value) != problem.slots:
        raise refusal("slot_starts", Fault.WRONG_LENGTH, value, expected=problem.slots, found=len(value))
    starts: list[float] = []
    for k, each in enumerate(value):
        least = starts[-1] + problem.slot_minutes if starts else 0
        starts.append(_number(each, f"slot_starts[{k}]", least, MOST_MINUTES))
    return tuple(starts)


def check_size(problem: Problem, assignments: tuple[Assignment, ...]) -> None:
    """Raises UnreadableProblem for what is a problem but no day: slots without length, a
    round without an end, more heads than a point has ever seen."""
    if assignments and problem.slot_minutes < LEAST_SLOT_MINUTES:
        raise refusal("slot_minutes", Fault.TOO_SMALL, problem.slot_minutes, least=LEAST_SLOT_MINUTES)
    if assignments and problem.slots * problem.slot_minutes > MOST_MINUTES:
        most = round(MOST_MINUTES / problem.slot_minutes, 2)
        raise refusal("slots", Fault.ABOVE, problem.slots, most=most)
    sent: dict[str, int] = {}
    for each in assignments:
        sent[each.point] = sent.get(each.point, 0) + problem.heads(each.cohort)
    for point, heads in sent.items():
        if heads > MOST_HEADS_AT_POINT:
            place = f"points[{problem.point_index[point]}]"
            raise refusal(place, Fault.TOO_MANY_HEADS, heads, most=MOST_HEADS_AT_POINT)


def _number(value: object, place: str, least: float, most: float) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value:
        raise refusal(place, Fault.NOT_A_NUMBER, value)
    if value < least:
        raise refusal(place, Fault.TOO_SMALL, value, least=least)
    if value > most:
        raise refusal(place, Fault.ABOVE, value, most=most)
    return value
