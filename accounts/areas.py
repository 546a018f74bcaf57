"""Where a role may hold: rounds and points by their names. Said by `app.py`, since scheduling comes after accounts."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from uuid import UUID

from sqlmodel import Session

from accounts.errors import AreaNotFound
from accounts.rules import Area, Role


@dataclass(frozen=True, slots=True)
class Place:
    """A round, or one of its points."""

    community_id: str
    round_id: UUID
    point_id: UUID | None  # None = the whole round
    name: str

    @property
    def value(self) -> str:
        """As the pages' list of places sends it."""
        return f"{self.round_id}/{self.point_id}" if self.point_id else str(self.round_id)


# (session, community_id or None for all, round_id or None for all) → places
PlaceSource = Callable[[Session, str | None, UUID | None], Iterable[Place]]
_source: PlaceSource | None = None


def set_places(source: PlaceSource) -> None:
    """From now on rounds and points are asked of this function."""
    global _source
    _source = source


def list_places(session: Session, community_id: str | None, round_id: UUID | None = None) -> list[Place]:
    """The rounds that are not over, each followed by its points."""
    return list(_source(session, community_id, round_id)) if _source else []


def get_area(
    session: Session, community_id: str | None, role: Role, round_id: UUID | None, point_id: UUID | None
) -> tuple[Place | None, Area]:
    """A role and the place it holds in; no place where no id is given. Raises AreaNotFound, also for others' places."""
    if round_id is None and point_id is None:
        return None, Area(role)
    for place in list_places(session, community_id, round_id):
        if place.point_id == point_id:
            return place, Area(role, place.round_id, place.point_id)
    raise AreaNotFound()
