"""What people type on the registry's pages."""

import math
import re
from collections.abc import Iterable, Mapping
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, Field, StringConstraints

from bulou.forms import BadInput, CheckedForm, Text, WallTime
from bulou.i18n import _
from bulou.text import clean_identity_number, clean_phone, clean_text
from registry.reading import plain_header
from registry.rules import DoorState, ExcuseKind, NeedKind, Position
from registry.rules.coordinates import System
from registry.words import COLUMN_NAMES

MOST_COLUMNS = 100
MOST_NAMED = 300  # people of a group who are typed in at once
FARTHEST = 1_000_000.0  # metres


class UploadForm(CheckedForm):
    compound: Annotated[Text, StringConstraints(max_length=80)] = ""


class ConfirmForm(CheckedForm):
    skip_refused: bool = False
    may_leave: bool = False
    seen: Annotated[Text, StringConstraints(max_length=40)] = ""  # the comparison that the page showed


class UndoForm(CheckedForm):
    despite_later: bool = False


class CompoundForm(CheckedForm):
    name: Annotated[Text, StringConstraints(min_length=1, max_length=80)]


class BuildingForm(CheckedForm):
    name: Annotated[Text, StringConstraints(min_length=1, max_length=40)]
    grid: Annotated[Text, StringConstraints(max_length=40)] = ""


class NewBuildingForm(BuildingForm):
    compound: UUID


class NeedsForm(CheckedForm):
    needs: list[NeedKind] = []
    source: Annotated[Text, StringConstraints(max_length=60)] = ""


def _phone(value: str) -> str:
    try:
        return clean_phone(value)
    except ValueError:
        raise ValueError(_("is not a telephone number; a mobile number has 11 digits")) from None


def _identity_number(value: str) -> str:
    try:
        return clean_identity_number(value)
    except ValueError:
        raise ValueError(_("is not the number of an identity document")) from None


Phone = Annotated[Text, AfterValidator(_phone)]
IdentityNumber = Annotated[Text, AfterValidator(_identity_number)]


class ResidentForm(CheckedForm):
    """Empty: nothing is known, or it stays as it is."""

    name: Annotated[Text, StringConstraints(max_length=60)] = ""
    phone: Phone = ""
    identity_number: IdentityNumber = ""
    registered_address: Annotated[Text, StringConstraints(max_length=120)] = ""
    clear: list[Literal["name", "phone", "identity_number", "registered_address"]] = []
    is_another: bool = False  # somebody has looked at those who are alike: this is another person


class DoorForm(CheckedForm):
    unit: Annotated[Text, StringConstraints(max_length=20)] = ""
    room: Annotated[Text, StringConstraints(max_length=20)] = ""
    floor: Annotated[int, Field(ge=-9, le=200)] | None = None
    state: DoorState = DoorState.UNVERIFIED
    heads: Annotated[int, Field(ge=0, le=500)] | None = None


class HeadsForm(CheckedForm):
    heads: Annotated[int, Field(ge=0, le=500)]


class StateForm(CheckedForm):
    state: DoorState


class WhichDoorForm(CheckedForm):
    """A door as people write it: 3-2-501; 501 is one of the building at hand."""

    door: Annotated[Text, StringConstraints(min_length=1, max_length=60)]


class MergeForm(CheckedForm):
    gone: UUID
    kept: UUID


class ApartForm(CheckedForm):
    """Two who look alike."""

    one: UUID
    other: UUID


class MoveBuildingForm(CheckedForm):
    compound: UUID


class MergeBuildingForm(CheckedForm):
    kept: UUID
    is_sure: bool = False


class UnitForm(CheckedForm):
    name: Annotated[Text, StringConstraints(max_length=20)] = ""


class GroupForm(CheckedForm):
    """`people`: a name on each line, and a telephone number behind it where it is known."""

    compound: UUID
    name: Annotated[Text, StringConstraints(min_length=1, max_length=40)]
    heads: Annotated[int, Field(ge=0, le=2000)] = 0
    people: Annotated[str, StringConstraints(max_length=20_000)] = ""
    grid: Annotated[Text, StringConstraints(max_length=40)] = ""

    def named(self) -> list[tuple[str, str]]:
        """Name and phone of each. Raises BadInput: for too many, or with the line whose digits are no phone."""
        lines = enumerate(self.people.splitlines(), start=1)
        said = [(number, words) for number, line in lines if (words := clean_text(line, max_length=100))]
        if len(said) > MOST_NAMED:
            words = _(
                "are %(count)d: type in at most %(most)d at once, or read a file in", count=len(said), most=MOST_NAMED
            )
            raise BadInput(field=_("Their names"), problem=words)
        return [_name_and_phone(number, words) for number, words in said]


def _name_and_phone(number: int, line: str) -> tuple[str, str]:
    name, digits = re.fullmatch(r"(.*?)[\s,，、:：]*(\+?[\d\s()-]{5,})?", line, re.DOTALL).groups()  # type: ignore[union-attr]
    try:
        phone = clean_phone(digits or "")
    except ValueError:
        phone = None
    if not name or phone is None:
        problem = _("line %(line)d needs a name, and behind it a telephone number or nothing", line=number)
        raise BadInput(field=_("Their names"), problem=problem)
    return clean_text(name, max_length=60), phone


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


class PlacesForm(CheckedForm):
    """A table that was pasted; the file, if one was sent instead, comes beside the form."""

    system: System
    table: Annotated[str, Field(max_length=1_000_000)] = ""  # lines and tabs are kept
    may_be_far: bool = False


Pixel = Annotated[float, Field(ge=0, le=100_000, allow_inf_nan=False)]


class MarkForm(CheckedForm):
    """Where the drawing was clicked (`at`), or what the two numbers beside it say."""

    at_x: Annotated[Pixel, Field(alias="at.x")] = 0
    at_y: Annotated[Pixel, Field(alias="at.y")] = 0
    across: Pixel = 0
    down: Pixel = 0
    first: Annotated[str, StringConstraints(pattern=r"^\d{1,5}-\d{1,5}$")] = ""
    building: UUID | None = None  # None = a mark of the scale

    @property
    def spot(self) -> tuple[float, float]:
        """A picture that is sent by Enter says 0, 0: then the cross counts."""
        return (self.at_x, self.at_y) if self.at_x or self.at_y else (self.across, self.down)


class ScaleForm(CheckedForm):
    across1: Pixel
    down1: Pixel
    across2: Pixel
    down2: Pixel
    metres: Annotated[float, Field(allow_inf_nan=False)]
    building: UUID | None = None  # what stands at the first mark


class OriginForm(CheckedForm):
    system: Literal["wgs84", "gcj02", "bd09"]
    latitude: Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)]
    longitude: Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)]


def read_columns(fields: Mapping[str, str]) -> dict[str, str]:
    """The table of columns: header-N and meaning-N of each. Raises BadInput for a meaning that there is not."""
    said = {}
    for at in range(MOST_COLUMNS):
        header, meaning = fields.get(f"header-{at}", ""), fields.get(f"meaning-{at}", "")
        if header and meaning not in COLUMN_NAMES:
            raise BadInput(field=header[:30], problem=_("is no meaning of a column"))
        if header:
            said[header[:120]] = meaning
    return said


def read_meanings(said: Iterable[str]) -> dict[str, str]:
    """`栋数=building` of a command or a program → what is said of a header. Raises BadInput for anything else."""
    columns = {}
    for text in said:
        header, _equals, meaning = text.rpartition("=")
        if not plain_header(header) or meaning not in COLUMN_NAMES:
            meanings = ", ".join(COLUMN_NAMES)
            problem = _("%(text)s: write HEADER=MEANING; meanings are %(meanings)s.", text=text[:60], meanings=meanings)
            raise BadInput(field="column", problem=problem)
        columns[plain_header(header)] = meaning
    return columns


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
