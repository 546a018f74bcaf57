"""When points are open, how that is cut into slots, and how many heads fit. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from math import floor


@dataclass(frozen=True, slots=True)
class Hours:
    """One sampling session. `breaks` are pairs of instants in which nobody is called."""

    starts_at: datetime
    ends_at: datetime
    breaks: tuple[tuple[datetime, datetime], ...] = ()
    is_makeup: bool = False


@dataclass(frozen=True, slots=True)
class PointFacts:
    """What decides how many heads a point can take. `lanes` has a number for each session, in the order these are given."""

    lanes: tuple[int, ...]
    heads_per_lane_hour: float = 80
    utilisation: float = 0.85
    standing_room: int | None = None  # None = no limit


@dataclass(frozen=True, slots=True)
class Sum:
    """Heads to sample against heads that all points together can take; `missing` is 0 where it is enough."""

    heads: int
    capacity: int
    missing: int

    @property
    def is_enough(self) -> bool:
        return self.missing == 0


def slot_starts(sessions: Sequence[Hours], slot_minutes: int) -> tuple[datetime, ...]:
    """When each slot begins, numbered from 0 through the round. Nothing is planned into a make-up session."""
    return tuple(starts_at for _, starts_at in _slots(sessions, slot_minutes))


def has_all_begun(starts: Sequence[datetime], at: datetime) -> bool:
    """Whether nobody can be called any more: there are slots, and every one has begun."""
    return bool(starts) and all(starts_at < at for starts_at in starts)


def capacity_per_slot(sessions: Sequence[Hours], slot_minutes: int, point: PointFacts) -> tuple[int, ...]:
    """Heads that the point can take in each slot: none in a break, never more than may stand there."""
    rates = [_heads_in_slot(point, lanes, slot_minutes) for lanes in point.lanes]
    length = timedelta(minutes=slot_minutes)
    return tuple(
        0 if _is_in_break(sessions[place], starts_at, starts_at + length) else rates[place]
        for place, starts_at in _slots(sessions, slot_minutes)
    )


def enough_or_not(heads: int, capacities: Iterable[Sequence[int]]) -> Sum:
    """Whether all heads can be sampled, given what each point can take in each slot."""
    capacity = sum(sum(slots) for slots in capacities)
    return Sum(heads=heads, capacity=capacity, missing=max(0, heads - capacity))


def _slots(sessions: Sequence[Hours], slot_minutes: int) -> Iterator[tuple[int, datetime]]:
    length = timedelta(minutes=slot_minutes)
    for place, hours in sorted(enumerate(sessions), key=lambda numbered: numbered[1].starts_at):
        starts_at = hours.starts_at
        # What is left at the end and is shorter than a slot is nobody's time.
        while not hours.is_makeup and starts_at + length <= hours.ends_at:
            yield place, starts_at
            starts_at += length


def _heads_in_slot(point: PointFacts, lanes: int, slot_minutes: int) -> int:
    # Fractions, because 0.85 as a float makes 67 heads out of an exact 68.
    rate = Fraction(str(point.heads_per_lane_hour)) * Fraction(str(point.utilisation))
    heads = floor(lanes * rate * Fraction(slot_minutes, 60))
    return heads if point.standing_room is None else min(heads, point.standing_room)


def _is_in_break(hours: Hours, starts_at: datetime, ends_at: datetime) -> bool:
    return any(starts_at < until and since < ends_at for since, until in hours.breaks)
