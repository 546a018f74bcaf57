"""What a scan says, checked. Times, codes and texts come in as scanners, phones and programs send them."""

import hashlib
import json
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, BeforeValidator, Field, StrictBool, ValidationInfo, field_validator

from bulou.forms import CheckedForm, Text, WallTime
from bulou.i18n import _
from checkin.rules import Outcome, ScanKind, ScanSource
from registry.rules import CorrectionKind

MOST_SCANS = 500  # of one batch
MOST_SAID = 60  # letters of a name or door that a walk-in says
FIRST = datetime(2019, 1, 1, tzinfo=UTC)
LAST = datetime(2100, 1, 1, tzinfo=UTC)


def _short(value: Any) -> Any:
    """Megabytes are not cleaned letter by letter only to be refused."""
    return value[:400] if isinstance(value, str) else value


def _words(value: Any) -> Any:
    """Numbers of lanes and tubes come as text and as numbers."""
    return str(value) if type(value) is int and abs(value) < 10**30 else _short(value)


def _cut(value: Any) -> Any:
    return value[:120] if isinstance(value, str) else value


def _time_as_text(value: Any) -> Any:
    """ISO 8601 with zone and nothing else: pydantic would take 5 for five seconds after 1970."""
    if not isinstance(value, (str, datetime)):
        raise ValueError(_("is not a time (ISO 8601 with zone)"))
    return value


def _id_as_text(value: Any) -> Any:
    if not isinstance(value, (str, UUID)):
        raise ValueError(_("is not an id"))
    return value


Id = Annotated[UUID, BeforeValidator(_id_as_text)]
Instant = Annotated[AwareDatetime, BeforeValidator(_time_as_text)]


def corrected(scanned_at: datetime, offset_ms: int) -> datetime:
    return (scanned_at - timedelta(milliseconds=offset_ms)).astimezone(UTC)


def _is_sensible(scanned_at: datetime, offset_ms: int) -> bool:
    try:
        return all(FIRST <= at < LAST for at in (scanned_at, corrected(scanned_at, offset_ms)))
    except OverflowError:
        return False


class CorrectionForm(CheckedForm):
    """What a resident says is wrong; an empty `about` means the household."""

    correction_id: Id
    about: UUID | None = None
    kind: CorrectionKind
    said: Annotated[Text, Field(max_length=300)] = ""


class OfficialListForm(CheckedForm):
    """When the list was made, by the community's clock; empty = now, or when the round closed."""

    at: WallTime | None = None


class SettleForm(CheckedForm):
    """Who a line is; empty = none of them."""

    resident: UUID | None = None


class WantedForm(CheckedForm):
    """A door, a name, or the last four digits of a number."""

    q: Text = ""


class WalkInSaid(CheckedForm):
    """Name and door of somebody nobody found, as they were typed; or both, sealed by the phone that noted them."""

    name: Annotated[Text, Field(max_length=MOST_SAID)] = ""
    door: Annotated[Text, Field(max_length=MOST_SAID)] = ""
    device: Id | None = Field(None, description="The phone that sealed it; it may have been revoked since.")
    sealed: str | None = Field(
        None, max_length=2_000, description="Base64 as of a slice: a JSON object with name and door, under its key."
    )


class IncomingScan(CheckedForm):
    """One fact about one person, as its sender tells it. Fields we do not know are ignored."""

    scan_id: Id = Field(description="Made by the sender; sent again it changes nothing and gets the same answer.")
    code: Annotated[Text, BeforeValidator(_short)] | None = Field(
        None, max_length=300, description="Ticket code or its link; required but for undo, where nobody else is named."
    )
    point: Id = Field(description="The point of the round.")
    scanned_at: Instant = Field(description="When it happened, by the sender's clock.")
    kind: ScanKind = ScanKind.SAMPLED
    override: Annotated[Text, BeforeValidator(_cut)] | None = Field(None, description="Why it is accepted anyway.")
    taken: StrictBool = Field(False, description="Decided without the server; the person was swabbed.")
    resident: Id | None = Field(
        None, description="Which member, where the code is a household's; without a code: who was found on the list."
    )
    walk_in: WalkInSaid | None = Field(
        None, description="Neither a code nor anybody on the list: noted, never counted."
    )
    group_id: Id | None = Field(None, description="Ties the facts of one household scan.")
    undoes: Id | None = Field(None, description="The scan that an undo takes back.")
    clock_offset_ms: int = Field(
        0, ge=-(10**13), le=10**13, validate_default=True, description="Positive: the sender's clock is fast."
    )
    device_seq: int | None = Field(None, ge=-(2**62), le=2**62, description="The sender's running number.")
    plan: int | None = Field(None, ge=0, le=2**31 - 1, description="Version of the plan the sender judged by.")
    lane: Annotated[Text, BeforeValidator(_words)] | None = Field(None, max_length=20)
    tube: Annotated[Text, BeforeValidator(_words)] | None = Field(None, max_length=40)
    source: ScanSource = ScanSource.DEVICE

    @field_validator("clock_offset_ms")
    @classmethod
    def _gives_a_sensible_time(cls, offset: int, info: ValidationInfo) -> int:
        scanned_at = info.data.get("scanned_at")
        if scanned_at is not None and not _is_sensible(scanned_at, offset):
            raise ValueError(_("gives with scanned_at no time of this century"))
        return offset

    @property
    def corrected_at(self) -> datetime:
        """When it really happened, as far as the sender knows its clock's error."""
        return corrected(self.scanned_at, self.clock_offset_ms)

    @property
    def content_hash(self) -> bytes:
        """Equal where the content is, however it was spelt."""
        # What came later is left out where it is not there: scans sent before it came stay what they were.
        later = {"walk_in"} if self.walk_in is None else set()
        values = self.model_dump(mode="json", exclude={"scanned_at", *later})
        values["scanned_at"] = self.scanned_at.timestamp()
        return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).digest()[:16]


# What is answered, for the description of the API.


class PersonBody(BaseModel):
    id: UUID
    name: str = Field(description="Masked.")
    door: str
    green_lane: bool = Field(False, description="Goes first and does not queue; left out where it is false.")


class PlaceBody(BaseModel):
    point: UUID
    from_: datetime = Field(alias="from")
    to: datetime


class AnswerBody(BaseModel):
    scan_id: UUID
    outcome: Outcome
    message: str = Field(description="In the reader's language.")
    resident: PersonBody | None
    sampled_at: datetime | None
    place: PlaceBody | None
    members: list[PersonBody] | None = Field(description="With choose_member: those of the household still due.")


class BatchBody(BaseModel):
    scans: list[IncomingScan] = Field(max_length=MOST_SCANS)


class ItemProblem(BaseModel):
    scan_id: str | None
    status: int
    code: str
    detail: str


class BatchAnswerBody(BaseModel):
    answers: list[AnswerBody | ItemProblem]


class ContactBody(BaseModel):
    name: str
    phone: str


class RoundBody(BaseModel):
    id: UUID
    name: str
    state: str
    version: int = Field(description="Of the plan in force; 0 = none.")
    opened_at: datetime | None
    closed_at: datetime | None


class HoursBody(BaseModel):
    from_: datetime = Field(alias="from")
    to: datetime
    breaks: list[list[datetime]]
    is_makeup: bool
    lanes: int


class PointBody(BaseModel):
    id: UUID
    name: str
    address: str
    kind: str
    contact: ContactBody
    lanes: int
    counts_entrance: bool
    timezone: str
    round: RoundBody
    hours: list[HoursBody]


class CountsBody(BaseModel):
    point: UUID
    as_of: datetime
    sampled: int
    arrived: int
    waiting: int = Field(description="Arrived and not sampled.")
    expected_now: int = Field(description="Called to this point for now, and not sampled.")


class MemberBody(PersonBody):
    code: str | None
    sampled_at: datetime | None
    place: PlaceBody | None


class FamilyBody(BaseModel):
    household: UUID
    door: str
    code: str | None = Field(description="Of the household's ticket.")
    members: list[MemberBody]


class PeopleBody(BaseModel):
    items: list[FamilyBody]
    next: str | None


# Phones of a point.


class EnrolForm(CheckedForm):
    """What a phone is called, and either the code that it was shown or the point where whoever has signed in may scan."""

    name: Annotated[Text, Field(min_length=1, max_length=60)]
    code: Annotated[Text, Field(max_length=60)] | None = None
    point: Id | None = None


class DeviceCodeForm(CheckedForm):
    """The point at which a phone is to be enrolled."""

    point: UUID


class SettleWalkInForm(CheckedForm):
    """Who it was, or at which door somebody new lives; neither = nobody of ours. `door`: where to look, nothing is settled."""

    door: Annotated[Text, Field(max_length=MOST_SAID)] = ""
    resident: UUID | None = None
    household: UUID | None = None


class DeviceBody(BaseModel):
    id: UUID
    name: str
    point: UUID
    round: UUID


class EnrolledBody(BaseModel):
    device: DeviceBody
    key: str = Field(description="Base64 of the 32 bytes that slices are sealed with; told this once.")


class DeviceStateBody(BaseModel):
    device: DeviceBody
    revoked_at: None
    server_time: datetime


class CsrfBody(BaseModel):
    csrf: str = Field(description="For the header X-CSRFToken of calls that a browser makes.")


class SliceBody(BaseModel):
    cursor: str
    complete: bool = Field(description="Replaces all that the phone has; otherwise only what changed since the cursor.")
    sealed: str = Field(description="Base64: a nonce of 12 bytes, then AES-256-GCM with the device's id as its data.")
