"""A plan from JSON, whoever made it. What is no plan is refused with one sentence that names the place."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from scheduling.planner.plan import Assignment, Fact
from scheduling.planner.reading.problems import SHOWN, Fault, UnreadableProblem


def assignments_from_json(data: object) -> tuple[Assignment, ...]:
    """Who goes where and when, from a plan as FORMAT.md has it, whoever made it; the rest of the plan is not looked at.

    Raises UnreadableProblem. Whether the plan keeps the rules of its problem is for `violations` to say.
    """
    plan = object_at(data, "plan")
    if "assignments" not in plan:
        raise UnreadableProblem("assignments", Fault.MISSING)
    if not isinstance(items := plan["assignments"], list):
        raise refusal("assignments", Fault.NOT_A_LIST, items)
    return tuple(_assignment(item, f"assignments[{k}]") for k, item in enumerate(items))


def places_from_json(data: object) -> dict[str, tuple[str, int]]:
    """{cohort: (point, slot)} of the same. Raises UnreadableProblem, also where a cohort has two places."""
    places: dict[str, tuple[str, int]] = {}
    for k, placed in enumerate(assignments_from_json(data)):
        if placed.cohort in places:
            raise UnreadableProblem(f"assignments[{k}].cohort", Fault.TWICE, {"value": f'"{printable(placed.cohort)}"'})
        places[placed.cohort] = placed.point, placed.slot
    return places


def _assignment(data: object, place: str) -> Assignment:
    item = object_at(data, place)
    for key in ("cohort", "point", "slot"):
        if key not in item:
            raise UnreadableProblem(f"{place}.{key}", Fault.MISSING)
    cohort, point, slot = item["cohort"], item["point"], item["slot"]
    for key, value in (("cohort", cohort), ("point", point)):
        if not isinstance(value, str):
            raise refusal(f"{place}.{key}", Fault.NOT_TEXT, value)
        if any("\ud800" <= letter <= "\udfff" for letter in value):
            raise UnreadableProblem(f"{place}.{key}", Fault.BROKEN_TEXT)
    if type(slot) is not int or slot < 0:
        raise refusal(f"{place}.slot", Fault.NOT_WHOLE, slot, least=0)
    return Assignment(cohort, point, slot)


def object_at(value: object, place: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise refusal(place, Fault.NOT_AN_OBJECT, value)
    return value


def refusal(place: str, fault: Fault, value: object, **facts: Fact) -> UnreadableProblem:
    return UnreadableProblem(place, fault, {"value": _shown(value), **facts})


def _shown(value: object) -> str:
    if isinstance(value, dict | list):
        return "an object" if isinstance(value, dict) else "a list"
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return f'"{printable(value)}"' if isinstance(value, str) else printable(str(value))


def printable(text: str) -> str:
    text = text if len(text) <= SHOWN else text[:SHOWN] + "…"
    return "".join(letter if letter.isprintable() else "\ufffd" for letter in text)
