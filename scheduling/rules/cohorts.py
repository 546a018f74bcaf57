"""Who is called together: a unit, a band of its floors, or of its doors where a floor is crowded. Pure."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import NamedTuple, TypeVar
from uuid import UUID

from bulou.i18n import _
from bulou.ordering import natural_key

Part = TypeVar("Part")


@dataclass(frozen=True, slots=True)
class HouseholdFacts:
    """A door of one unit and how many of its people are to be called. `floor` None = cannot be told."""

    id: UUID
    door: str
    floor: int | None
    heads: int


class Span(NamedTuple):
    """Which doors of a unit: no floors and no doors = all of them; doors without floors = where floors are unknown."""

    first_floor: int | None = None
    last_floor: int | None = None
    first_door: str = ""
    last_door: str = ""


@dataclass(frozen=True, slots=True)
class Band:
    """Households of one unit that are called together."""

    span: Span
    households: tuple[HouseholdFacts, ...]

    @property
    def heads(self) -> int:
        return sum(household.heads for household in self.households)


def cut_unit(households: Iterable[HouseholdFacts], most: int | None) -> list[Band]:
    """The unit's bands, bottom up, none larger than `most` heads; None = no limit.

    Only a household that is larger by itself makes a larger band, alone. The same households give the same bands.
    """
    ordered = sorted(households, key=_from_below)
    whole = Band(Span(), tuple(ordered))
    if most is None or whole.heads <= most:
        return [whole] if ordered else []
    bands: list[Band] = []
    floors = [(floor, list(doors)) for floor, doors in groupby(ordered, key=lambda household: household.floor)]
    for crowded, run in groupby(floors, key=lambda on: on[0] is None or _heads(on[1]) > most):
        together = list(run)
        bands += _cut_by_doors(together, most) if crowded else _cut_by_floors(together, most)
    return bands


def _cut_by_floors(floors: Iterable[tuple[int | None, list[HouseholdFacts]]], most: int) -> Iterator[Band]:
    """As many floors at a time as fit, from below: residents read floors, and know whether they are among them."""
    for run in _runs(floors, most, lambda on: _heads(on[1])):
        yield Band(Span(run[0][0], run[-1][0]), tuple(household for _floor, doors in run for household in doors))


def _cut_by_doors(floors: Iterable[tuple[int | None, list[HouseholdFacts]]], most: int) -> Iterator[Band]:
    """Floor by floor, as many doors at a time as fit."""
    for floor, doors in floors:
        for run in _runs(doors, most, lambda household: household.heads):
            yield Band(Span(floor, floor, run[0].door, run[-1].door), tuple(run))


def _runs(parts: Iterable[Part], most: int, heads: Callable[[Part], int]) -> Iterator[list[Part]]:
    """Consecutive parts, as many as stay within `most`; a part that is larger stands alone."""
    run: list[Part] = []
    for part in parts:
        if run and sum(map(heads, run)) + heads(part) > most:
            yield run
            run = []
        run.append(part)
    if run:
        yield run


def smallest_slot(capacities: Iterable[Sequence[float]], window: tuple[int, int]) -> int | None:
    """The fewest heads that an open slot takes, over the points a building may go to; None = none is open.

    A cohort of this size fits wherever and whenever there is room.
    """
    first, last = window
    opened = [heads for slots in capacities for heads in slots[first : last + 1] if heads > 0]
    return int(min(opened)) if opened else None


def find_span(spans: Iterable[tuple[UUID, Span]], door: str, floor: int | None) -> UUID | None:
    """Whom a newcomer to the unit is called with: those of the same doors, else the nearest floor's. None = no one."""
    near = sorted(spans, key=lambda of: (_distance(of[1], door, floor), of[1].first_floor or 0, of[1].first_door))
    return near[0][0] if near else None


def _distance(span: Span, door: str, floor: int | None) -> tuple[int, int]:
    """Floors between, then whether the doors are others. A cohort of the whole unit is never far."""
    if span == Span():
        return 0, 0
    if span.first_floor is None or span.last_floor is None or floor is None:
        floors = 0 if span.first_floor is None and floor is None else 1000
    else:
        floors = max(span.first_floor - floor, floor - span.last_floor, 0)
    has_doors = bool(span.first_door)
    is_within = not has_doors or natural_key(span.first_door) <= natural_key(door) <= natural_key(span.last_door)
    return floors, 0 if is_within else 1


def say_span(unit: str, span: Span) -> str:
    """“2单元 1–9层”, “2单元 12层 1201–1206”; for a whole unit its name, empty where it has none."""
    doors = span.first_door if span.first_door == span.last_door else f"{span.first_door}–{span.last_door}"
    return " ".join(part for part in (unit, _say_floors(span), doors) if part)


def _say_floors(span: Span) -> str:
    if span.first_floor is None:
        return ""
    if span.first_floor == span.last_floor:
        return _("floor %(floor)d", floor=span.first_floor)
    return _("floors %(first)d–%(last)d", first=span.first_floor, last=span.last_floor)


def _heads(households: Iterable[HouseholdFacts]) -> int:
    return sum(household.heads for household in households)


def _from_below(household: HouseholdFacts) -> tuple[bool, int, tuple[tuple[int, int, str], ...]]:
    return household.floor is None, household.floor or 0, natural_key(household.door)
