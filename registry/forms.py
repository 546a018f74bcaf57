"""What people type on the registry's pages."""

import math
from collections.abc import Mapping
from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from bulou.forms import BadInput, CheckedForm, Text, WallTime
from bulou.i18n import _
from registry.rules import ExcuseKind, NeedKind, Position

FARTHEST = 1_000_000.0  # metres


class UploadForm(CheckedForm):
    compound: Annotated[Text, StringConstraints(max_length=80)] = ""


class ConfirmForm(CheckedForm):
    skip_refused: bool = False
    may_leave: bool = False


class CompoundForm(CheckedForm):
    name: Annotated[Text, StringConstraints(min_length=1, max_length=80)]


class BuildingForm(CheckedForm):
    name: Annotated[Text, StringConstraints(min_length=1, max_length=40)]
    grid: Annotated[Text, StringConstraints(max_length=40)] = ""


class NewBuildingForm(BuildingForm):
    compound: UUID


class NeedsForm(CheckedForm):
    needs: list[NeedKind] = []


class AnswerForm(CheckedForm):
    done: bool
    answer: Annotated[Text, Field(max_length=200)] = ""


class ExcuseForm(CheckedForm):
    """Times as the browser's field has them: by the community's clock, without zone. Empty: from now, until withdrawn."""

    kind: ExcuseKind
    from_at: WallTime | None = None
    until_at: WallTime | None = None
    note: Annotated[Text, Field(max_length=200)] = ""
    proof: Annotated[Text, Field(max_length=200)] = ""


def read_places(fields: Mapping[str, str], names: Mapping[UUID, str]) -> dict[UUID, tuple[Position, str]]:
    """The table of positions: x-ID, y-ID and grid-ID of each building. Raises BadInput, which names the building."""
    places = {}
    for building_id, name in names.items():
        if f"x-{building_id}" not in fields:
            continue
        x, y = (_metres(fields.get(f"{axis}-{building_id}", ""), name) for axis in "xy")
        if (x is None) != (y is None):
            raise BadInput(field=name, problem=_("needs both metres east and metres north, or neither"))
        places[building_id] = (Position(x, y), fields.get(f"grid-{building_id}", ""))
    return places


def _metres(text: str, building: str) -> float | None:
    if not text.strip():
        return None
    try:
        metres = float(text)
    except ValueError:
        metres = math.nan
    if not abs(metres) <= FARTHEST:
        raise BadInput(field=building, problem=_("is not a number"))
    return metres
