"""What a plan would change for those who were told a place by the version in force, and why."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from scheduling.planner import MoveKind, Why, whys_from_json
from scheduling.queries.plans import Group, PlanPage, places_in_force


@dataclass(frozen=True, slots=True)
class Move:
    """A group that is told another place than before. `was_point` None = it had none, `group.point_id` None = it has none now.

    `why` is empty where the plan was made without minding what people were told.
    """

    who: str
    group: Group
    was_point: str | None
    was_starts_at: datetime | None
    why: tuple[Why, ...] = ()


@dataclass(frozen=True, slots=True)
class Change:
    """All that a plan changes. `moved_heads` are those told another place, or none; `least_moved` is how many must at
    least, None = not known; `new_heads` had no place before."""

    moves: tuple[Move, ...]
    moved_heads: int
    new_heads: int
    least_moved: int | None
    is_least: bool


def list_changes(session: Session, page: PlanPage) -> Change:
    """Who moves against the version in force, in the plan's order. Nobody where none is in force."""
    before = places_in_force(session, page.round)
    whys = {one["cohort"]: whys_from_json(one["why"]) for one in page.plan.result.get("moves", ())}
    moves = []
    for group in page.groups.values() if before else ():
        was = before.get(group.cohort_id)
        told = (was.point_id, was.starts_at) if was else (None, None)
        if told != (group.point_id, group.starts_at):
            name = page.names.get(str(was.point_id)) if was else None
            why = (Why(MoveKind.PINNED),) if group.is_pinned else whys.get(str(group.cohort_id), ())
            moves.append(Move(page.names[str(group.cohort_id)], group, name, was.starts_at if was else None, why))
    moved = sum(move.group.heads for move in moves if move.was_starts_at)
    new = sum(move.group.heads for move in moves if not move.was_starts_at)
    least = page.plan.result.get("least_moved")
    return Change(tuple(moves), moved, new, least, bool(page.plan.result.get("is_least")))
