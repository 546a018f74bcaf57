"""Where a role may hold: rounds and points by their names. Said by `app.py`, since scheduling comes after accounts."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from uuid import UUID

from sqlmodel import Session

from accounts.errors import AreaNotFound


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


def get_place(
    session: Session, community_id: str | None, round_id: UUID | None, point_id: UUID | None
) -> Place | None:
    """The place these ids name; None where they name none in particular. Raises AreaNotFound."""
    if round_id is None and point_id is None:
        return None
    for place in list_places(session, community_id, round_id):
        if place.point_id == point_id and round_id in (None, place.round_id):
            return place
    raise AreaNotFound()
