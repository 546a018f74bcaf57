"""The words of the chase, and the ledger's one rule: roster = sampled + excused + missing. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from registry.rules import ExcuseKind


class VisitOutcome(StrEnum):
    """What came of a call or a knock."""

    WILL_COME = "will_come"
    NOBODY_HOME = "nobody_home"
    VACANT = "vacant"
    SOMEBODY_ELSE = "somebody_else"
    WANTS_DOORSTEP = "wants_doorstep"
    SAMPLED_ELSEWHERE = "sampled_elsewhere"
    AWAY = "away"
    IN_HOSPITAL = "in_hospital"
    IN_ISOLATION = "in_isolation"
    REFUSED = "refused"
    MOVED_OUT = "moved_out"
    WRONG_NUMBER = "wrong_number"


# Outcomes that, once reviewed, excuse somebody. Until then they stay missing; a refusal always does.
PROPOSES: dict[VisitOutcome, ExcuseKind] = {
    VisitOutcome.SAMPLED_ELSEWHERE: ExcuseKind.SAMPLED_ELSEWHERE,
    VisitOutcome.AWAY: ExcuseKind.AWAY,
    VisitOutcome.IN_HOSPITAL: ExcuseKind.IN_HOSPITAL,
    VisitOutcome.IN_ISOLATION: ExcuseKind.IN_ISOLATION,
    VisitOutcome.MOVED_OUT: ExcuseKind.MOVED_OUT,
}


# Outcomes of single people: with several behind the door it must be said who it is.
OF_SINGLE_PEOPLE = frozenset((VisitOutcome.IN_HOSPITAL, VisitOutcome.IN_ISOLATION))


class MissingState(StrEnum):
    """How somebody missing is spoken of: a wrong name on the list harms people."""

    NOT_YET = "not_yet"  # their time has not come
    LATE = "late"  # their time is over, the round is open
    MISSED = "missed"  # the round is closed


def missing_state(
    *, is_closed: bool, called_until: datetime | None, round_ends_at: datetime, at: datetime
) -> MissingState:
    """Which word fits. Whoever has no time of their own is late only when all hours are over."""
    if is_closed:
        return MissingState.MISSED
    return MissingState.LATE if at >= (called_until or round_ends_at) else MissingState.NOT_YET


@dataclass(frozen=True, slots=True)
class Count:
    """Heads of one row of the ledger. Totals are sums of rows and never counted any other way."""

    roster: int = 0
    sampled: int = 0
    excused: int = 0
    as_sampled: int = 0  # of those excused: whom the community's form counts as sampled (已检)

    @property
    def missing(self) -> int:
        return self.roster - self.sampled - self.excused

    @property
    def expected(self) -> int:
        return self.roster - self.excused

    @property
    def share(self) -> float | None:
        """Sampled of expected, rounded down to a thousandth: 100 % only when nobody is missing. None of nobody."""
        return _share(self.sampled, self.expected)

    # As the community's form counts: some excuses are sampled there. The missing are the same in both.

    @property
    def form_sampled(self) -> int:
        return self.sampled + self.as_sampled

    @property
    def form_expected(self) -> int:
        return self.expected + self.as_sampled

    @property
    def form_share(self) -> float | None:
        return _share(self.form_sampled, self.form_expected)

    def __add__(self, other: "Count") -> "Count":
        return Count(
            self.roster + other.roster,
            self.sampled + other.sampled,
            self.excused + other.excused,
            self.as_sampled + other.as_sampled,
        )


def _share(sampled: int, expected: int) -> float | None:
    return sampled * 1000 // expected / 1000 if expected else None


@dataclass(frozen=True, slots=True)
class BuildingCoverage:
    """How far one building is. `building_id` None: people whose door is unknown."""

    building_id: UUID | None
    name: str
    grid: str
    count: Count
    unverified_doors: int = 0
    steward: str = ""  # shown name; empty = nobody looks after it
    steward_id: UUID | None = None  # their account


@dataclass(frozen=True, slots=True)
class Coverage:
    """The ledger of a round at one instant."""

    as_of: datetime
    signed_at: datetime | None  # None = not closed yet
    signed_sampled: int | None  # heads that were sampled when it was signed
    buildings: tuple[BuildingCoverage, ...]
    visitors: int
    excused_by_reason: dict[str, int] = field(default_factory=dict)
    sampled_excuses: tuple[ExcuseKind, ...] = ()  # kinds that the community's form counts as sampled

    @property
    def total(self) -> Count:
        return sum_of(row.count for row in self.buildings)

    @property
    def sampled_since_signing(self) -> int:
        """Scans made while the round was open that arrived after it was signed; less where some were taken back."""
        return 0 if self.signed_sampled is None else self.total.sampled - self.signed_sampled

    def by_grid(self) -> list[tuple[str, Count]]:
        """Sums by grid, in the order of names; empty where no building has a grid."""
        grids: dict[str, Count] = {}
        for row in self.buildings:
            grids[row.grid] = grids.get(row.grid, Count()) + row.count
        return sorted(grids.items()) if any(grids) else []


def sum_of(counts: Iterable[Count]) -> Count:
    return sum(counts, Count())
