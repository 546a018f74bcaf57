"""Taking an import back: each change of it, unless somebody changed, sampled or excused since. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from uuid import UUID

from registry.rules import ChangeKind

Values = Mapping[str, Any]  # plain values by field
FOLLOWING = frozenset(
    {"door", "number", "file", "left", "further_door", "further"}
)  # follow from the others, or are decided apart


class WhyKept(StrEnum):
    """Why something of an import cannot be taken back."""

    SAMPLED = "sampled"
    EXCUSED = "excused"
    CHANGED_SINCE = "changed_since"
    MERGED = "merged"


@dataclass(frozen=True, slots=True)
class PastChange:
    """One change of an import, as its history has it: {field: [before, after]}."""

    about: UUID
    kind: ChangeKind
    fields: Mapping[str, list[Any]]


@dataclass(frozen=True, slots=True)
class Standing:
    """How a resident or a household stands now."""

    values: Values
    has_left: bool = False
    left_by_this_import: bool = False
    is_merged: bool = False
    is_sampled: bool = False
    is_excused: bool = False


@dataclass(frozen=True, slots=True)
class TakenBack:
    """`back` are the values to put in; `kind` is what happens to the person by that."""

    about: UUID
    kind: ChangeKind
    back: Values = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StaysAsIs:
    """What cannot be taken back, and why. `fields`: only these of them; empty = all."""

    about: UUID
    why: WhyKept
    fields: tuple[str, ...] = ()


Decision = tuple[TakenBack | None, StaysAsIs | None]


def decide(change: PastChange, now: Standing) -> Decision:
    """What of one change is taken back, and what is not."""
    if now.is_merged:
        return None, StaysAsIs(change.about, WhyKept.MERGED)
    if change.kind in (ChangeKind.ADDED, ChangeKind.CAME_BACK):
        return _send_away(change, now)
    if change.kind is ChangeKind.LEFT:
        if now.left_by_this_import:
            return TakenBack(change.about, ChangeKind.CAME_BACK), None
        return None, StaysAsIs(change.about, WhyKept.CHANGED_SINCE, ("left",)) if now.has_left else None
    return _put_back(change, now)


def _send_away(change: PastChange, now: Standing) -> Decision:
    """Who came by the import goes again; who was really here since, or was corrected, stays."""
    if now.has_left:
        return None, None
    if now.is_sampled:
        return None, StaysAsIs(change.about, WhyKept.SAMPLED)
    if now.is_excused:
        return None, StaysAsIs(change.about, WhyKept.EXCUSED)
    corrected = _corrected(change, now)
    if corrected:
        return None, StaysAsIs(change.about, WhyKept.CHANGED_SINCE, corrected)
    before = {} if change.kind is ChangeKind.ADDED else _before(change)
    return TakenBack(change.about, ChangeKind.LEFT, before), None


def _put_back(change: PastChange, now: Standing) -> Decision:
    corrected = _corrected(change, now)
    back = {name: value for name, value in _before(change).items() if name not in corrected}
    if now.has_left and back:
        return None, StaysAsIs(change.about, WhyKept.CHANGED_SINCE, ("left",))
    kind = ChangeKind.MOVED if "household" in back else ChangeKind.CHANGED
    kept = StaysAsIs(change.about, WhyKept.CHANGED_SINCE, corrected) if corrected else None
    return (TakenBack(change.about, kind, back) if back else None), kept


def _before(change: PastChange) -> dict[str, Any]:
    return {name: pair[0] for name, pair in change.fields.items() if name not in FOLLOWING}


def _corrected(change: PastChange, now: Standing) -> tuple[str, ...]:
    """Fields that are neither as the import left them nor as they were before it."""
    return tuple(
        name
        for name, pair in change.fields.items()
        if name not in FOLLOWING and now.values.get(name) != pair[1] and now.values.get(name) != pair[0]
    )
