"""The places of a plan that is a file: all that planning again needs of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from scheduling.planner.plan import Fact
from scheduling.planner.reading import Fault, UnreadableProblem, without_collecting


def places_from_json(data: object) -> dict[str, tuple[str, int]]:
    """{cohort: (point, slot)} of a plan as FORMAT.md has it, whoever wrote it. Raises UnreadableProblem."""
    with without_collecting():
        if not isinstance(data, dict):
            raise _refusal("the file", Fault.NOT_AN_OBJECT, value=_shown(data))
        listed = _need(data, "assignments", "assignments")
        if not isinstance(listed, list):
            raise _refusal("assignments", Fault.NOT_A_LIST, value=_shown(listed))
        places: dict[str, tuple[str, int]] = {}
        for k, item in enumerate(listed):
            cohort, point, slot = _assignment(item, f"assignments[{k}]")
            if cohort in places:
                raise _refusal(f"assignments[{k}].cohort", Fault.TWICE, value=cohort)
            places[cohort] = point, slot
        return places


def _assignment(item: object, place: str) -> tuple[str, str, int]:
    if not isinstance(item, dict):
        raise _refusal(place, Fault.NOT_AN_OBJECT, value=_shown(item))
    cohort, point = (_need(item, key, f"{place}.{key}") for key in ("cohort", "point"))
    for key, value in (("cohort", cohort), ("point", point)):
        if not isinstance(value, str):
            raise _refusal(f"{place}.{key}", Fault.NOT_TEXT, value=_shown(value))
    slot = _need(item, "slot", f"{place}.slot")
    if not isinstance(slot, int) or isinstance(slot, bool) or slot < 0:
        raise _refusal(f"{place}.slot", Fault.NOT_WHOLE, value=_shown(slot), least=0)
    return cohort, point, slot


def _need(item: Mapping[str, Any], key: str, place: str) -> Any:
    if key not in item:
        raise _refusal(place, Fault.MISSING)
    return item[key]


def _refusal(place: str, fault: Fault, **facts: Fact) -> UnreadableProblem:
    return UnreadableProblem(place, fault, facts)


def _shown(value: object) -> str:
    """Enough of it to be recognised."""
    return repr(value)[:40]
