"""The words of campaigns, rounds and plans, and the decisions about them. Pure."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Literal
from uuid import UUID


class RoundState(StrEnum):
    DRAFT = "draft"
    PLANNED = "planned"
    PUBLISHED = "published"
    OPEN = "open"
    CLOSED = "closed"
    ARCHIVED = "archived"
    CANCELLED = "cancelled"


class PointKind(StrEnum):
    LANES = "lanes"
    DOORSTEP = "doorstep"  # a trip from door to door: no slots
    OFFICIAL = "official"  # no place: where those stand whom the official system's list has as sampled


PlaceKind = Literal[PointKind.LANES, PointKind.DOORSTEP]  # what somebody can set up


class EntryCause(StrEnum):
    """Why somebody is on the roster of a round."""

    TAKEN = "taken"  # lived here when the roster was taken
    MOVED_IN = "moved_in"  # came to the registry afterwards
    WALK_IN = "walk_in"  # was sampled without being listed


class PlanState(StrEnum):
    DRAFT = "draft"
    PUBLISHED = "published"
    REPLACED = "replaced"


@dataclass(frozen=True, slots=True)
class RosterTaken:
    """The roster of a round has been taken from the registry."""

    community_id: str
    round_id: UUID


@dataclass(frozen=True, slots=True)
class PointRemoved:
    """A point is about to be removed. Whoever keeps something of it forgets that, or refuses."""

    community_id: str
    point_id: UUID
    name: str
    at: datetime


@dataclass(frozen=True, slots=True)
class PlanPublished:
    """A version is in force from now on."""

    community_id: str
    round_id: UUID
    plan_id: UUID
    version: int


@dataclass(frozen=True, slots=True)
class RoundClosed:
    """Missing has become missed."""

    community_id: str
    round_id: UUID
