"""What pages send about rounds, checked."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Annotated, Literal, Self
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field, model_validator

from bulou.forms import CheckedForm, Text, check
from bulou.i18n import _
from registry.rules.coordinates import System
from scheduling.rules import PlaceKind, PointKind
from scheduling.rules.entries import MOST_BREAKS, MOST_SLOTS, PointEntry, RoundEntry, RuleEntry, Tier
from scheduling.rules.hours import Hours
from scheduling.rules.sizing import MOST_LANES, SizingWish
from scheduling.rules.wishes import STEPS, Wish


def _of_our_time(at: date) -> date:
    if not 2000 <= at.year <= 2100:  # also keeps far dates from running over when they are turned into UTC
        raise ValueError(_("is not between the years 2000 and 2100"))
    return at


Day = Annotated[date, AfterValidator(_of_our_time)]
Instant = Annotated[datetime, AfterValidator(_of_our_time)]
SlotLength = Literal["5", "10", "15", "20", "30", "60"]
WishStep = Annotated[int, Field(ge=0, le=len(STEPS) - 1)]


class IdForm(CheckedForm):
    id: UUID | None = None


class NewRoundForm(CheckedForm):
    campaign: Annotated[Text, Field(min_length=1, max_length=80)]
    slot_minutes: SlotLength = "30"
    first_day: Day


class CopyForm(CheckedForm):
    first_day: Day


class CancelDraftForm(CheckedForm):
    """Of a round that was never published: nobody outside knows of it, so nobody reads a reason."""

    sure: bool = False
    because: Annotated[Text, Field(max_length=200)] = ""


class CancelForm(CancelDraftForm):
    because: Annotated[Text, Field(min_length=1, max_length=200)]


class RoundForm(CheckedForm):
    name: Annotated[Text, Field(min_length=1, max_length=80)]
    slot_minutes: SlotLength
    max_walk_metres: Annotated[int, Field(ge=1, le=100_000)] | None = None
    bring: Annotated[Text, Field(max_length=200)] = ""
    walk: WishStep = 1
    finish: WishStep = 1
    early: WishStep = 1
    move: WishStep = 1

    def entry(self) -> RoundEntry:
        weights = {str(wish): STEPS[getattr(self, wish)] for wish in Wish}
        return RoundEntry(self.name, int(self.slot_minutes), self.max_walk_metres, self.bring, weights)


class SessionForm(CheckedForm):
    """Times by the community's clocks. A time before the one it follows is of the next day."""

    day: Day
    from_time: time
    until_time: time
    break1_from: time | None = None
    break1_until: time | None = None
    break2_from: time | None = None
    break2_until: time | None = None
    break3_from: time | None = None
    break3_until: time | None = None
    break4_from: time | None = None
    break4_until: time | None = None
    is_makeup: bool = False

    @model_validator(mode="after")
    def _breaks_are_whole(self) -> Self:
        if any((since is None) != (until is None) for since, until in self._breaks()):
            raise ValueError(_("A break needs both times, from and until."))
        return self

    def _breaks(self) -> list[tuple[time | None, time | None]]:
        numbers = range(1, MOST_BREAKS + 1)
        return [(getattr(self, f"break{n}_from"), getattr(self, f"break{n}_until")) for n in numbers]

    def hours(self, zone: str) -> Hours:
        starts_at = datetime.combine(self.day, self.from_time, ZoneInfo(zone))

        def after(at: time, earliest: datetime) -> datetime:
            same_day = datetime.combine(self.day, at, ZoneInfo(zone))
            return same_day if same_day >= earliest else same_day + timedelta(days=1)

        breaks = []
        for since, until in self._breaks():
            if since is not None and until is not None:
                begins = after(since, starts_at)
                breaks.append((begins, after(until, begins)))
        return Hours(starts_at, after(self.until_time, starts_at), tuple(breaks), self.is_makeup)


Pixel = Annotated[float, Field(ge=0, le=100_000, allow_inf_nan=False)]


class PointMarkForm(CheckedForm):
    """Where a drawing was clicked (`at`), or what the two numbers beside it say; and whose place that is."""

    at_x: Annotated[Pixel, Field(alias="at.x")] = 0
    at_y: Annotated[Pixel, Field(alias="at.y")] = 0
    across: Pixel = 0
    down: Pixel = 0
    point: UUID
    compound: UUID

    @property
    def spot(self) -> tuple[float, float]:
        """A picture that is sent by Enter says 0, 0: then the cross counts."""
        return (self.at_x, self.at_y) if self.at_x or self.at_y else (self.across, self.down)


class PlacesForm(CheckedForm):
    """A table of points that was pasted; the file, if one was sent instead, comes beside the form."""

    system: System
    table: Annotated[str, Field(max_length=1_000_000)] = ""  # lines and tabs are kept
    may_be_far: bool = False


class PointForm(CheckedForm):
    name: Annotated[Text, Field(min_length=1, max_length=60)]
    address: Annotated[Text, Field(max_length=120)] = ""
    kind: PlaceKind = PointKind.LANES
    x: Annotated[float, Field(ge=-10_000_000, le=10_000_000, allow_inf_nan=False)] | None = None
    y: Annotated[float, Field(ge=-10_000_000, le=10_000_000, allow_inf_nan=False)] | None = None
    lanes: Annotated[int, Field(ge=0, le=100)] = 1
    heads_per_lane_hour: Annotated[int, Field(ge=1, le=1000)] = 80
    utilisation: Annotated[float, Field(gt=0, le=1)] = 0.85
    standing_room: Annotated[int, Field(ge=1, le=100_000)] | None = None
    tiers: Annotated[list[Tier], Field(min_length=1, default_factory=lambda: [Tier.NORMAL])]
    contact_name: Annotated[Text, Field(max_length=60)] = ""
    contact_phone: Annotated[Text, Field(max_length=30)] = ""
    volunteers: Annotated[Text, Field(max_length=200)] = ""

    def entry(self, lanes_by_session: Mapping[UUID, int]) -> PointEntry:
        facts = {**dict(self), "tiers": tuple(str(tier) for tier in self.tiers)}
        return PointEntry(**facts, lanes_by_session=lanes_by_session)


def read_lanes(fields: Mapping[str, str]) -> dict[UUID, int]:
    """Lanes of single sessions, from fields named lanes-SESSION; an empty one says nothing. Raises BadInput."""
    said = {name.removeprefix("lanes-"): value for name, value in fields.items() if name.startswith("lanes-") and value}
    return check(LanesForm, {"lanes": said}).lanes


class LanesForm(CheckedForm):
    lanes: dict[UUID, Annotated[int, Field(ge=0, le=100)]]


class RuleForm(CheckedForm):
    """For all ticked buildings at once."""

    building: Annotated[list[UUID], Field(default_factory=list)]
    tier: Tier = Tier.NORMAL
    first_slot: Annotated[int, Field(ge=0, le=100_000)] | None = None
    last_slot: Annotated[int, Field(ge=0, le=100_000)] | None = None
    point: Annotated[list[UUID], Field(default_factory=list)]  # none ticked = any

    def entry(self) -> RuleEntry:
        return RuleEntry(self.tier, self.first_slot, self.last_slot, tuple(self.point) or None)


class SizeForm(CheckedForm):
    """What the manager has and wants; what is left empty comes as it comes."""

    staff: Annotated[int, Field(ge=1, le=10_000)] | None = None
    per_lane: Annotated[int, Field(ge=1, le=20)] = 2
    per_point: Annotated[int, Field(ge=0, le=20)] = 1
    most_lanes: Annotated[int, Field(ge=1, le=20)] = MOST_LANES
    last_slot: Annotated[int, Field(ge=0, le=MOST_SLOTS)] | None = None
    walk_metres: Annotated[int, Field(ge=1, le=100_000)] | None = None

    def wish(self) -> SizingWish:
        return SizingWish(**dict(self))
