"""A round in a file: what `bulou round create` reads, checked whole before anything is kept. docs/round-spec.md."""

import json
import re
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import ConfigDict, Field
from sqlmodel import Session

from bulou.forms import BadInput, CheckedForm, Text, check
from scheduling.errors import BuildingUnknown, LanesForOtherSessions, PointUnknown, SpecUnreadable, WindowEmpty
from scheduling.forms import Instant
from scheduling.queries.rounds import named_buildings
from scheduling.rules import PlaceKind, PointKind
from scheduling.rules.entries import MOST_BREAKS, PointEntry, RoundEntry, RuleEntry, Tier
from scheduling.rules.hours import Hours, slot_starts
from scheduling.rules.wishes import STEPS, Wish
from scheduling.usecases import RoundSetup
from scheduling.usecases.hours import check_hours

MOST_BYTES = 5_000_000
Metres = Annotated[float, Field(ge=-10_000_000, le=10_000_000, allow_inf_nan=False)]
Lanes = Annotated[int, Field(ge=0, le=100)]


class Spec(CheckedForm):
    """Base of all parts of the file: a field that nobody knows is a mistake in its name."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class SessionSpec(Spec):
    """Times with a zone, or without one by the community's clocks."""

    starts_at: Instant
    ends_at: Instant
    breaks: Annotated[list[tuple[Instant, Instant]], Field(max_length=MOST_BREAKS)] = Field(
        default_factory=list, description="Pairs: from, until."
    )
    makeup: bool = Field(default=False, description="Open to all; nothing is planned into it.")


class PointSpec(Spec):
    name: Annotated[Text, Field(min_length=1, max_length=60)]
    address: Annotated[Text, Field(max_length=120)] = ""
    kind: PlaceKind = PointKind.LANES
    x: Metres | None = Field(default=None, description="Metres east.")
    y: Metres | None = Field(default=None, description="Metres north.")
    lanes: Lanes = 1
    lanes_by_session: list[Lanes] | None = Field(default=None, description="A number for each session, in their order.")
    heads_per_lane_hour: Annotated[int, Field(ge=1, le=1000)] = 80
    utilisation: Annotated[float, Field(gt=0, le=1)] = 0.85
    standing_room: Annotated[int, Field(ge=1, le=100_000)] | None = None
    tiers: Annotated[list[Tier], Field(min_length=1, default_factory=lambda: [Tier.NORMAL])]
    counts_entrance: bool = True
    contact_name: Annotated[Text, Field(max_length=60)] = ""
    contact_phone: Annotated[Text, Field(max_length=30)] = ""
    volunteers: Annotated[Text, Field(max_length=200)] = ""


class BuildingSpec(Spec):
    """What is special about a building; those that are not named have nothing special."""

    building: Annotated[Text, Field(min_length=1, max_length=40)]
    compound: Annotated[Text, Field(max_length=80)] = Field(default="", description="Needed where names repeat.")
    tier: Tier = Tier.NORMAL
    called_from: Instant | None = None
    called_until: Instant | None = Field(default=None, description="The last slot begins before this.")
    points: Annotated[list[Text], Field(min_length=1)] | None = Field(default=None, description="Names; null: any.")


class WishesSpec(Spec):
    """0 less important, 1 ordinary, 2 very important."""

    walk: Annotated[int, Field(ge=0, le=2)] = 1
    finish: Annotated[int, Field(ge=0, le=2)] = 1
    early: Annotated[int, Field(ge=0, le=2)] = 1
    move: Annotated[int, Field(ge=0, le=2)] = 1


class RoundSpec(Spec):
    """A round of a campaign. A campaign of a new name begins with it."""

    campaign: Annotated[Text, Field(min_length=1, max_length=80)]
    name: Annotated[Text, Field(max_length=80)] = Field(default="", description="Empty: Round 1, Round 2, …")
    slot_minutes: Literal[5, 10, 15, 20, 30, 60] = 30
    max_walk_metres: Annotated[int, Field(ge=1, le=100_000)] | None = None
    bring: Annotated[Text, Field(max_length=200)] = ""
    wishes: WishesSpec = WishesSpec()
    sessions: Annotated[list[SessionSpec], Field(min_length=1, max_length=100)]
    points: Annotated[list[PointSpec], Field(min_length=1, max_length=500)]
    buildings: list[BuildingSpec] = Field(default_factory=list)


def read_spec(file: Path) -> RoundSpec:
    """Raises SpecUnreadable, or BadInput with the place of what is wrong."""
    try:
        content = file.read_bytes()
        if len(content) > MOST_BYTES:
            raise ValueError
        data = json.loads(content.decode("utf-8-sig"))
    except (OSError, ValueError, RecursionError):
        raise SpecUnreadable(file=file.name) from None
    if not isinstance(data, dict):
        raise SpecUnreadable(file=file.name)
    try:
        return check(RoundSpec, data)
    except BadInput as wrong:
        raise BadInput(field=place_of(wrong.facts["field"]), problem=wrong.facts["problem"]) from None


def place_of(field: str) -> str:
    """points.0.lanes as people write it: points[0].lanes"""
    return re.sub(r"\.(\d+)(?=\.|$)", r"[\1]", field)


def setup_of(session: Session, community_id: str, spec: RoundSpec, zone: str) -> RoundSetup:
    """The round that the file describes. Raises LanesForOtherSessions, BuildingUnknown, PointUnknown."""
    entry = RoundEntry(
        spec.name,
        spec.slot_minutes,
        spec.max_walk_metres,
        spec.bring,
        {str(wish): STEPS[getattr(spec.wishes, wish)] for wish in Wish},
    )
    sessions = tuple(_hours(one, ZoneInfo(zone)) for one in spec.sessions)
    check_hours(sessions, spec.slot_minutes, zone)  # before anybody counts slots through a thousand years
    starts = slot_starts(sessions, spec.slot_minutes)
    rules = [_rule(session, community_id, one, spec, starts, ZoneInfo(zone)) for one in spec.buildings]
    lanes = tuple(_lanes(point, place, len(sessions)) for place, point in enumerate(spec.points))
    return RoundSetup(spec.campaign, entry, sessions, tuple(_point(one) for one in spec.points), lanes, tuple(rules))


def _aware(at: datetime, zone: ZoneInfo) -> datetime:
    return at if at.tzinfo else at.replace(tzinfo=zone)


def _hours(spec: SessionSpec, zone: ZoneInfo) -> Hours:
    breaks = tuple((_aware(since, zone), _aware(until, zone)) for since, until in spec.breaks)
    return Hours(_aware(spec.starts_at, zone), _aware(spec.ends_at, zone), breaks, spec.makeup)


def _point(spec: PointSpec) -> PointEntry:
    facts: dict[str, Any] = {**dict(spec), "tiers": tuple(str(tier) for tier in spec.tiers)}
    del facts["lanes_by_session"]
    return PointEntry(**facts)


def _lanes(spec: PointSpec, place: int, sessions: int) -> tuple[int, ...] | None:
    if spec.lanes_by_session is None:
        return None
    if len(spec.lanes_by_session) != sessions:
        said = len(spec.lanes_by_session)
        raise LanesForOtherSessions(place=f"points[{place}].lanes_by_session", said=said, sessions=sessions)
    return tuple(spec.lanes_by_session)


def _rule(
    session: Session,
    community_id: str,
    spec: BuildingSpec,
    whole: RoundSpec,
    starts: tuple[datetime, ...],
    zone: ZoneInfo,
) -> tuple[UUID, RuleEntry, tuple[str, ...] | None]:
    known = {point.name for point in whole.points}
    for name in spec.points or ():
        if name not in known:
            raise PointUnknown(point=name)
    rule = RuleEntry(spec.tier, *_window(spec, starts, zone))
    return _building(session, community_id, spec), rule, tuple(spec.points) if spec.points else None


def _window(spec: BuildingSpec, starts: tuple[datetime, ...], zone: ZoneInfo) -> tuple[int | None, int | None]:
    """Raises WindowEmpty where no slot begins in it."""
    since, until = (at and _aware(at, zone) for at in (spec.called_from, spec.called_until))
    within = [n for n, at in enumerate(starts) if (not since or since <= at) and (not until or at < until)]
    if not within:
        raise WindowEmpty()
    return within[0] if since else None, within[-1] if until else None


def _building(session: Session, community_id: str, spec: BuildingSpec) -> UUID:
    found = [
        building.id
        for building, compound in named_buildings(session, community_id)
        if building.name == spec.building and spec.compound in ("", compound)
    ]
    if len(found) != 1:
        raise BuildingUnknown(building=spec.building)
    return found[0]
