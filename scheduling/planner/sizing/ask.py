"""What is asked: which candidates, lanes and hours would do, with how many staff, by when, within how far a walk."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from scheduling.planner.problem import Building, Point, Problem

LANE_HEADS, UTILISATION = 80.0, 0.85  # a lane in an hour, and the part of it that is planned
MOST_LANES = 6  # side by side at one point, where nobody says

# Heads a candidate takes, [lanes - 1][slot].
Rooms = tuple[tuple[float, ...], ...]


@dataclass(frozen=True, slots=True)
class Staffing:
    """Who works at the same time. `at_hand` None = as many as it takes."""

    at_hand: int | None = None
    per_lane: int = 2  # one samples, one registers
    per_point: int = 1

    def needed(self, lanes: Iterable[int]) -> int:
        """Staff for open points with so many lanes each."""
        return sum(self.per_point + self.per_lane * count for count in lanes)


@dataclass(frozen=True, slots=True)
class Targets:
    """What an answer should keep; None = as it comes. `share` of the heads must keep the walk, in metres."""

    last_slot: int | None = None
    walk: float | None = None
    share: float = 1.0


@dataclass(frozen=True)
class Ask:
    """The points of the problem are the candidates; what each takes stands in `rooms`, not in its capacity.

    A point keeps its lanes from the first slot until the last. `cut` makes the buildings anew, in the same order and
    with the same heads, with cohorts that fit into a slot of so many heads; None = the cohorts are as they are.
    """

    problem: Problem
    rooms: Mapping[str, Rooms]
    staffing: Staffing = Staffing()
    targets: Targets = Targets()
    cut: Callable[[int], tuple[Building, ...]] | None = None

    @property
    def last_slot(self) -> int:
        """The last slot that may be used, -1 where there is none."""
        last, wanted = self.problem.slots - 1, self.targets.last_slot
        return last if wanted is None else min(last, wanted)


def lane_room(lanes: int, slot_minutes: float, lane_heads: float = LANE_HEADS, utilisation: float = UTILISATION) -> int:
    """Whole heads that so many lanes sample in a slot."""
    # Fractions, because 0.85 as a float makes 67 heads out of an exact 68.
    return math.floor(lanes * Fraction(str(lane_heads)) * Fraction(str(utilisation)) * Fraction(str(slot_minutes)) / 60)


def rooms_of(
    problem: Problem,
    *,
    lane_heads: float = LANE_HEADS,
    utilisation: float = UTILISATION,
    most_lanes: int = MOST_LANES,
) -> dict[str, Rooms]:
    """The same lanes at every candidate; where its capacity is 0 it is closed, else its capacity says nothing."""
    rooms = [lane_room(lanes, problem.slot_minutes, lane_heads, utilisation) for lanes in range(1, most_lanes + 1)]
    return {point.id: _open_rooms(problem, point, rooms) for point in problem.points}


def _open_rooms(problem: Problem, point: Point, rooms: list[int]) -> Rooms:
    is_open = [problem.capacity(point.id, slot) > 0 for slot in range(problem.slots)]
    return tuple(tuple(room if opened else 0 for opened in is_open) for room in rooms)
