"""Who is told another place when a day is planned again, and why."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from math import floor
from typing import Any

from scheduling.planner.plan import Fact, Plan, Unplaced
from scheduling.planner.problem import Together
from scheduling.planner.replanning.keeping import Day, Keepers, MoveKind, Place, Places, Why


@dataclass(frozen=True, slots=True)
class Move:
    """Somebody is told another place. `before` None = they had none, `after` None = they have none now.

    `why` are the causes, the first one first: NO_PLACE_LEFT stands last, after what took the place away.
    """

    cohort: str
    heads: int
    before: Place | None
    after: Place | None
    why: tuple[Why, ...]


@dataclass(frozen=True)
class Replan:
    """`least_moved` bounds `moved_heads` among all plans with as few heads unplaced; `is_least`: they meet, and no plan
    leaves fewer unplaced."""

    plan: Plan
    moves: tuple[Move, ...]
    unplaced_heads: int
    moved_heads: int
    least_moved: int
    is_least: bool


def list_moves(day: Day, keepers: Keepers, places: Places, unplaced: Iterable[Unplaced]) -> tuple[Move, ...]:
    """Everybody whose place is another than before, in the order of the problem. Newcomers without a place are not
    listed: nobody told them anything."""
    arrived: dict[Place, list[str]] = defaultdict(list)
    before = {**day.called, **day.told}
    for cohort, place in places.items():
        if before.get(cohort) != place:
            arrived[place].append(cohort)
    moves = []
    for cohort in day.problem.cohort_ids:
        was, now = before.get(cohort), places.get(cohort)
        if was != now:
            why = _why(day, keepers, cohort, places, arrived)
            moves.append(Move(cohort, day.problem.heads(cohort), was, now, why))
    return tuple(moves)


def _why(day: Day, keepers: Keepers, cohort: str, places: Places, arrived: dict[Place, list[str]]) -> tuple[Why, ...]:
    was = day.told.get(cohort)
    if was is None:
        return (Why(MoveKind.NEW),)
    last = () if cohort in places else (Why(MoveKind.NO_PLACE_LEFT),)
    if cohort in keepers.lost and cohort not in keepers.possible:
        return (keepers.lost[cohort], *last)
    if makes_room := _makes_room(day, cohort, was, arrived[was]):
        return (makes_room, *last)
    if tied := _tied(day, cohort, was, places):
        return (tied, *last)
    return (_crowded_out(day, keepers, cohort, was) or Why(MoveKind.SERVES_BETTER), *last)


def _crowded_out(day: Day, keepers: Keepers, cohort: str, was: Place) -> Why | None:
    """Not all who were told the place fit there any more."""
    heads = day.problem.heads
    if sum(heads(c) for c, place in keepers.possible.items() if place == was) <= keepers.room[was]:
        return None
    facts: dict[str, Fact] = {"point": was[0], "slot": was[1], "heads": heads(cohort)}
    return Why(MoveKind.SLOT_TOO_SMALL, facts | {"capacity": floor(day.problem.capacity(*was))})


def _makes_room(day: Day, cohort: str, was: Place, arrived: list[str]) -> Why | None:
    """Somebody else has come to the place."""
    if not arrived:
        return None
    first = max(arrived, key=day.problem.heads)
    facts: dict[str, Fact] = {"cohort": first, "point": was[0], "slot": was[1], "heads": day.problem.heads(first)}
    return Why(MoveKind.MAKES_ROOM, facts)


def _tied(day: Day, cohort: str, was: Place, places: Places) -> Why | None:
    """The rest of the building goes to another point."""
    if day.problem.together is not Together.BUILDING:
        return None
    building = day.problem.home(cohort)
    others = [places[c.id][0] for c in building.cohorts if c.id != cohort and c.id in places]
    elsewhere = next((point for point in others if point != was[0]), None)
    return None if elsewhere is None else Why(MoveKind.WITH_BUILDING, {"building": building.id, "point": elsewhere})


def moves_to_json(moves: Iterable[Move], say: Callable[[Why], str] | None = None) -> list[dict[str, Any]]:
    """The list for a file or a program: each cause as kind and facts, and as a sentence where `say` is given."""
    return [
        {
            "cohort": move.cohort,
            "heads": move.heads,
            "from": _place_to_json(move.before),
            "to": _place_to_json(move.after),
            "why": [
                {"kind": str(why.kind), "facts": dict(why.facts)} | ({"sentence": say(why)} if say else {})
                for why in move.why
            ],
        }
        for move in moves
    ]


def _place_to_json(place: Place | None) -> dict[str, str | int] | None:
    return None if place is None else {"point": place[0], "slot": place[1]}


def whys_from_json(data: Iterable[Mapping[str, Any]]) -> tuple[Why, ...]:
    """The causes of one move that `moves_to_json` wrote. What is not of that form raises KeyError or ValueError."""
    return tuple(Why(MoveKind(one["kind"]), one["facts"]) for one in data)
