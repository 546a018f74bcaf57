"""What a plan would change for those who were told a place by the version in force."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from scheduling.queries.plans import Group, PlanPage, places_in_force


@dataclass(frozen=True, slots=True)
class Move:
    """A group that is told another place than before. `was_point` None = it had none, `group.point_id` None = it has none now."""

    who: str
    group: Group
    was_point: str | None
    was_starts_at: datetime | None


def list_moves(session: Session, page: PlanPage) -> list[Move]:
    """Who moves against the version in force, in the plan's order. Empty where none is in force."""
    before = places_in_force(session, page.round)
    moves = []
    for group in page.groups.values() if before else ():
        was = before.get(group.cohort_id)
        told = (was.point_id, was.starts_at) if was else (None, None)
        if told != (group.point_id, group.starts_at):
            name = page.names.get(str(was.point_id)) if was else None
            moves.append(Move(page.names[str(group.cohort_id)], group, name, was.starts_at if was else None))
    return moves
