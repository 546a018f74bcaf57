"""Drawings of compounds: put in, given a scale, taken away."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from accounts.rules import Principal
from accounts.usecases import note as write_down
from registry.errors import BuildingNotFound, CompoundNotFound, DrawingNotFound, ScaleUnknown, ScaleUnusable
from registry.models import Building, Compound, Drawing
from registry.reading.pictures import Picture
from registry.rules import Position
from registry.rules.drawings import Paper, scaled
from registry.usecases.places import Key, place_buildings


def put_drawing(
    session: Session, compound: Key, picture: Picture, *, by: Principal | None = None, now: datetime
) -> None:
    """Another drawing takes the place of the one there was; its scale is to be set anew. Positions stay as they are."""
    if session.get(Compound, compound) is None:
        raise CompoundNotFound()
    row = session.get(Drawing, compound) or Drawing(
        community_id=compound[0], compound_id=compound[1], content=b"", media_type="", width=0, height=0,
        metres_wide=0, changed_at=now,
    )  # fmt: skip
    row.content, row.media_type, row.changed_at = picture.content, picture.media_type, now
    row.width, row.height, row.x, row.y, row.metres_wide = picture.width, picture.height, 0.0, 0.0, 0.0
    session.add(row)
    session.flush()
    write_down(session, compound[0], "registry.drawing_put", compound[1], by=by, now=now)


def get_drawing(session: Session, compound: Key) -> Drawing:
    """Raises DrawingNotFound."""
    row = session.get(Drawing, compound)
    if row is None:
        raise DrawingNotFound()
    return row


def paper_of(row: Drawing) -> Paper:
    return Paper(row.width, row.height, row.x, row.y, row.metres_wide)


def set_scale(
    session: Session,
    compound: Key,
    first: tuple[float, float],
    second: tuple[float, float],
    metres: float,
    *,
    building_id: UUID | None = None,
    by: Principal | None = None,
    now: datetime,
) -> None:
    """So many metres lie between two marks; the first may be a building whose position is known. Raises ScaleUnusable."""
    row = get_drawing(session, compound)
    known = _position_of(session, (compound[0], building_id)) if building_id else None
    laid = scaled(paper_of(row), first, second, metres, known)
    if laid is None:
        raise ScaleUnusable()
    row.x, row.y, row.metres_wide, row.changed_at = laid.x, laid.y, laid.metres_wide, now
    session.add(row)
    session.flush()
    write_down(session, compound[0], "registry.drawing_scaled", compound[1], by=by, now=now)


def _position_of(session: Session, building: Key) -> Position:
    row = session.get(Building, building)
    if row is None:
        raise BuildingNotFound()
    return Position(row.x, row.y)


def position_on(session: Session, compound: Key, spot: tuple[float, float]) -> Position:
    """The place under a pixel as it is shown. Raises DrawingNotFound and ScaleUnknown."""
    paper = paper_of(get_drawing(session, compound))
    if not paper.has_scale:
        raise ScaleUnknown()
    return paper.position(*spot)


def place_on_drawing(
    session: Session,
    compound: Key,
    building_id: UUID,
    spot: tuple[float, float],
    *,
    by: Principal | None = None,
    now: datetime,
) -> None:
    """The building stands under this pixel as it is shown. Raises BuildingNotFound and ScaleUnknown."""
    position = position_on(session, compound, spot)
    row = session.get(Building, (compound[0], building_id))
    if row is None:
        raise BuildingNotFound()
    place_buildings(session, compound[0], {building_id: (position, row.grid)}, by=by, now=now)


def remove_drawing(session: Session, compound: Key, *, by: Principal | None = None, now: datetime) -> None:
    """Positions stay as they are. Raises DrawingNotFound."""
    session.delete(get_drawing(session, compound))
    session.flush()
    write_down(session, compound[0], "registry.drawing_removed", compound[1], by=by, now=now)
