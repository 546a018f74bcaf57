"""What a history tells of one change, and how much of it is shown."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

from bulou.masking import mask_identity, mask_name, mask_phone
from registry.rules import ChangeKind

# {field: (before, after)}. None or empty = nothing stood there. Values are texts, numbers, words of the program, sets of them.
Fields = Mapping[str, tuple[Any, Any]]
# Kept to undo an import by; no reader of a history wants them.
HIDDEN = frozenset({"household", "number", "file", "further"})


@dataclass(frozen=True, slots=True)
class Change:
    """One change of a resident, a household or a building."""

    about: UUID
    kind: ChangeKind
    fields: Fields


def plain_value(value: Any) -> Any:
    """A value as JSON has it; empty is None."""
    if isinstance(value, set | frozenset | list | tuple):
        return sorted(plain_value(part) for part in value) or None
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, bool | int | float):
        return value
    return str(value) if value else None


def masked(field: str, value: Any) -> Any:
    """Enough of a plain value to recognise a change by, and no more."""
    if not value:
        return value
    if field == "name":
        return mask_name(value)
    if field == "people":
        return [mask_name(name) for name in value]
    if field == "phone":
        return mask_phone(value)
    if field == "identity_number":
        return mask_identity(value)
    if field == "registered_address":
        return f"{value[:3]}…"
    return value
