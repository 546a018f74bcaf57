"""What a manager enters for a round, checked in form and not yet kept. Frozen values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID

from scheduling.rules import PointKind

SLOT_LENGTHS = (5, 10, 15, 20, 30, 60)  # minutes that cut an hour evenly
MOST_SLOTS = 2000  # of one round: seven days and nights of five minutes

MOST_BREAKS = 4  # in one session


class Tier(StrEnum):
    """Two tiers never share a point in the same slot."""

    NORMAL = "normal"
    STRICT = "strict"


@dataclass(frozen=True, slots=True)
class RoundEntry:
    name: str
    slot_minutes: int
    max_walk_metres: int | None = None
    bring: str = ""
    weights: Mapping[str, float] = field(default_factory=dict)  # factors by wish


@dataclass(frozen=True, slots=True)
class PointEntry:
    """Fields of `models.Point`; `lanes_by_session` only where it differs from `lanes`."""

    name: str
    address: str = ""
    kind: PointKind = PointKind.LANES
    x: float | None = None
    y: float | None = None
    lanes: int = 1
    heads_per_lane_hour: int = 80
    utilisation: float = 0.85
    standing_room: int | None = None
    tiers: tuple[str, ...] = (Tier.NORMAL,)
    counts_entrance: bool = True
    contact_name: str = ""
    contact_phone: str = ""
    volunteers: str = ""
    lanes_by_session: Mapping[UUID, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RuleEntry:
    """What is special about buildings; all as it stands here is nothing special."""

    tier: str = Tier.NORMAL
    first_slot: int | None = None
    last_slot: int | None = None
    point_ids: tuple[UUID, ...] | None = None  # None = any
