"""Too few lanes or hours: how many to begin with, and what would be enough. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from scheduling.rules.hours import Hours, PointFacts, Sum, capacity_per_slot, enough_or_not

MOST_LANES = 20  # side by side at one point; more is a second point
MOST_LONGER = timedelta(hours=4)


@dataclass(frozen=True, slots=True)
class MoreLanes:
    """So many lanes more at this point, in every session in which it is open, would be enough."""

    point: str
    lanes: int


@dataclass(frozen=True, slots=True)
class LongerHours:
    """The last session so many minutes longer would be enough."""

    minutes: int


def sum_of(heads: int, sessions: Sequence[Hours], slot_minutes: int, points: Mapping[str, PointFacts]) -> Sum:
    """Heads against what all points take in all slots."""
    return enough_or_not(heads, [capacity_per_slot(sessions, slot_minutes, point) for point in points.values()])


def ways_to_enough(
    heads: int, sessions: Sequence[Hours], slot_minutes: int, points: Mapping[str, PointFacts]
) -> tuple[MoreLanes | LongerHours, ...]:
    """The smallest change of each kind that makes it enough; empty where it is, or where no single change helps."""
    if sum_of(heads, sessions, slot_minutes, points).is_enough:
        return ()
    lanes = [
        MoreLanes(name, more)
        for name, point in points.items()
        if (more := _lanes_missing(heads, sessions, slot_minutes, points, name, point))
    ]
    best = sorted(lanes, key=lambda way: way.lanes)[:1]
    minutes = _minutes_missing(heads, sessions, slot_minutes, points)
    return (*best, *([LongerHours(minutes)] if minutes else []))


def lanes_to_begin_with(heads: int, sessions: Sequence[Hours], slot_minutes: int) -> int:
    """Lanes of a single new point that take everybody, within what one point can be."""
    for lanes in range(1, MOST_LANES):
        if sum_of(heads, sessions, slot_minutes, {"": PointFacts((lanes,) * len(sessions))}).is_enough:
            return lanes
    return MOST_LANES


def _lanes_missing(
    heads: int,
    sessions: Sequence[Hours],
    slot_minutes: int,
    points: Mapping[str, PointFacts],
    name: str,
    point: PointFacts,
) -> int | None:
    for more in range(1, MOST_LANES + 1 - max(point.lanes, default=0)):
        wider = replace(point, lanes=tuple(lanes + more if lanes else 0 for lanes in point.lanes))
        if sum_of(heads, sessions, slot_minutes, {**points, name: wider}).is_enough:
            return more
    return None


def _minutes_missing(
    heads: int, sessions: Sequence[Hours], slot_minutes: int, points: Mapping[str, PointFacts]
) -> int | None:
    planned = [place for place, hours in enumerate(sessions) if not hours.is_makeup]
    if not planned:
        return None
    last = max(planned, key=lambda place: sessions[place].starts_at)
    for more in range(1, MOST_LONGER // timedelta(minutes=slot_minutes) + 1):
        longer = list(sessions)
        minutes = more * slot_minutes
        longer[last] = replace(longer[last], ends_at=longer[last].ends_at + timedelta(minutes=minutes))
        if sum_of(heads, longer, slot_minutes, points).is_enough:
            return minutes
    return None
