"""How much a round needs: from its doors, points and hours to what the planner is asked. Pure; ids are ours, as text."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import lru_cache
from typing import Any

from scheduling import planner
from scheduling.planner.sizing import Ask, Rooms, Staffing, Targets
from scheduling.rules.cohorts import HouseholdFacts, cut_unit
from scheduling.rules.hours import Hours, PointFacts, capacity_per_slot
from scheduling.rules.problems import PlannedBuilding, RoundFacts, make_problem

# Official guideline of 2022-05: 2,000 to 3,000 people a point and 600 to 800 a lane, so some four lanes; six at most.
MOST_LANES = 6
LEAST_SECONDS, HEADS_PER_SECOND, MOST_SECONDS = 8.0, 1_200, 60.0
# Of questions and answers as they are kept; one more whenever a key of theirs comes, goes or means something else.
SIZING_VERSION = 1


@dataclass(frozen=True, slots=True)
class SizingWish:
    """What the manager asks. `staff` None = as many as it takes; `last_slot`, `walk_metres` None = as it comes."""

    staff: int | None = None
    per_lane: int = 2
    per_point: int = 1
    most_lanes: int = MOST_LANES
    last_slot: int | None = None
    walk_metres: int | None = None


@dataclass(frozen=True, slots=True)
class Home:
    """A building without cohorts, and the households of each of its units."""

    building: PlannedBuilding
    units: tuple[tuple[str, tuple[HouseholdFacts, ...]], ...] = field(default=())


def wish_to_json(wish: SizingWish) -> dict[str, Any]:
    """What is kept of a question."""
    return {"version": SIZING_VERSION, **asdict(wish)}


def wish_from_json(kept: Any) -> SizingWish | None:
    """The question as it was kept; None = it cannot be read any more."""
    if not isinstance(kept, dict) or kept.get("version") != SIZING_VERSION:
        return None
    values = {name: value for name, value in kept.items() if name != "version"}
    is_whole = all(value is None or type(value) is int for value in values.values())
    return SizingWish(**values) if is_whole and values.keys() == set(SizingWish.__slots__) else None


def make_ask(facts: RoundFacts, homes: Sequence[Home], rooms: Mapping[str, Rooms], wish: SizingWish) -> Ask:
    """What the planner is asked. `facts` without buildings; cohorts are cut for the smallest slot of each choice."""

    @lru_cache(maxsize=64)
    def problem_cut(room: int) -> planner.Problem:
        return make_problem(replace(facts, buildings=tuple(cut_home(home, room) for home in homes)))

    return Ask(
        problem_cut(max((int(max(slots, default=0)) for lanes in rooms.values() for slots in lanes), default=1)),
        rooms,
        Staffing(wish.staff, wish.per_lane, wish.per_point),
        Targets(wish.last_slot, wish.walk_metres),
        lambda room: problem_cut(room).buildings,
    )


def cut_home(home: Home, room: int) -> PlannedBuilding:
    """The building with cohorts that fit into a slot of so many heads."""
    cohorts = tuple(
        (f"{unit} {number}", band.heads)
        for unit, households in home.units
        for number, band in enumerate(cut_unit(households, max(1, room)), start=1)
    )
    return replace(home.building, cohorts=cohorts)


def rooms_of_points(
    points: Mapping[str, PointFacts], sessions: Sequence[Hours], slot_minutes: int, most_lanes: int
) -> dict[str, Rooms]:
    """What each point takes with one lane, two lanes and so on; where it is closed in a session, it stays closed.

    A point without any lane may be opened in every session: it was closed as a whole.
    """
    return {
        name: tuple(
            capacity_per_slot(sessions, slot_minutes, replace(point, lanes=_with_lanes(point, lanes)))
            for lanes in range(1, most_lanes + 1)
        )
        for name, point in points.items()
    }


def _with_lanes(point: PointFacts, lanes: int) -> tuple[int, ...]:
    is_closed = not any(point.lanes)
    return tuple(lanes if is_closed or present else 0 for present in point.lanes)


def usual_seconds(heads: int) -> float:
    """How long is looked for options."""
    return min(MOST_SECONDS, LEAST_SECONDS + heads / HEADS_PER_SECOND)


def basis_of(*facts: object) -> str:
    """A short text that differs where the facts do: an answer holds only for the round as it was asked about."""
    return hashlib.sha256(repr(facts).encode()).hexdigest()[:16]
