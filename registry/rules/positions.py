"""A table of places: what its lines say, where that is, and what is wrong with them. Pure."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from registry.rules import Position
from registry.rules.coordinates import (
    FARTHEST,
    Degrees,
    Fault,
    System,
    far_away,
    judge_degrees,
    metres_from,
    middle_of,
    to_wgs84,
)


class PlaceCode(StrEnum):
    """Why a line of a table of places is refused."""

    NAME_MISSING = "place.name_missing"
    UNKNOWN = "place.unknown"
    AMBIGUOUS = "place.ambiguous"
    REPEATED = "place.repeated"
    NUMBERS_MISSING = "place.numbers_missing"
    NOT_A_NUMBER = "place.not_a_number"
    OUT_OF_RANGE = "place.out_of_range"
    SWAPPED = "place.swapped"
    ZERO = "place.zero"
    NOT_IN_CHINA = "place.not_in_china"
    FAR_AWAY = "place.far_away"


OF_FAULT = {
    Fault.NOT_NUMBERS: PlaceCode.NOT_A_NUMBER,
    Fault.OUT_OF_RANGE: PlaceCode.OUT_OF_RANGE,
    Fault.SWAPPED: PlaceCode.SWAPPED,
    Fault.ZERO: PlaceCode.ZERO,
    Fault.NOT_IN_CHINA: PlaceCode.NOT_IN_CHINA,
}


@dataclass(frozen=True, slots=True)
class PlaceRow:
    """One line: a name and two numbers, metres east and north or longitude and latitude."""

    line: int
    name: str
    compound: str  # empty = not said
    first: float  # east, or longitude
    second: float  # north, or latitude


@dataclass(frozen=True, slots=True)
class PlaceProblem:
    line: int
    code: PlaceCode
    name: str = ""


NOWHERE = Position(None, None)


@dataclass(frozen=True, slots=True)
class Known:
    """A building or point that may be meant."""

    id: UUID
    name: str
    compound: str = ""
    position: Position = NOWHERE


def match_names(
    rows: Sequence[PlaceRow], known: Iterable[Known], spell: Callable[[str], str]
) -> tuple[dict[UUID, PlaceRow], list[PlaceProblem]]:
    """Which line speaks of what; and those that speak of nothing, of several, or put elsewhere what an earlier line named."""
    by_name: dict[str, list[Known]] = defaultdict(list)
    for one in known:
        by_name[one.name].append(one)
    found: dict[UUID, PlaceRow] = {}
    problems = []
    for row in rows:
        meant = [one for one in by_name.get(spell(row.name), ()) if not row.compound or one.compound == row.compound]
        if len(meant) != 1:
            problems.append(PlaceProblem(row.line, PlaceCode.AMBIGUOUS if meant else PlaceCode.UNKNOWN, row.name))
        elif meant[0].id in found and _same_place(found[meant[0].id], row):
            continue  # a roster says it beside each person
        elif meant[0].id in found:
            problems.append(PlaceProblem(row.line, PlaceCode.REPEATED, row.name))
        else:
            found[meant[0].id] = row
    return found, problems


def _same_place(one: PlaceRow, other: PlaceRow) -> bool:
    return (one.first, one.second) == (other.first, other.second)


def judge_rows(rows: Iterable[PlaceRow], system: System) -> list[PlaceProblem]:
    """What is wrong with the numbers of single lines."""
    problems = []
    for row in rows:
        fault = _fault_of(row, system)
        if fault is not None:
            problems.append(PlaceProblem(row.line, OF_FAULT[fault], row.name))
    return problems


def _fault_of(row: PlaceRow, system: System) -> Fault | None:
    if system is not System.METRES:
        return judge_degrees(system, row.second, row.first)
    is_near = abs(row.first) <= FARTHEST and abs(row.second) <= FARTHEST  # false for what is no number
    return None if is_near else Fault.OUT_OF_RANGE


def origin_for(rows: Sequence[PlaceRow], system: System) -> Degrees:
    """For a community of which no place is known yet. The rows are degrees without fault, one at least."""
    return middle_of([to_wgs84(system, Degrees(row.second, row.first)) for row in rows])


def position_of(row: PlaceRow, system: System, origin: Degrees | None) -> Position:
    """In metres; degrees need the origin."""
    if system is System.METRES or origin is None:
        return Position(row.first, row.second)
    return metres_from(origin, to_wgs84(system, Degrees(row.second, row.first)))


def judge_distances(placed: Mapping[UUID, tuple[PlaceRow, Position]], known: Iterable[Known]) -> list[PlaceProblem]:
    """Lines that put something far from everything else, whether that is in the table or was known before."""
    spots = {str(one.id): one.position for one in known} | {str(of): at for of, (_, at) in placed.items()}
    far = set(far_away({of: (at.x, at.y) for of, at in spots.items() if at.x is not None and at.y is not None}))
    return [PlaceProblem(row.line, PlaceCode.FAR_AWAY, row.name) for of, (row, _) in placed.items() if str(of) in far]


def in_one_spot(positions: Iterable[Position]) -> int:
    """How many stand exactly where another one stands: several of them are rarely meant."""
    counted = Counter((at.x, at.y) for at in positions if at.x is not None)
    return sum(count for count in counted.values() if count > 1)
