"""Where buildings stand, from a table in any of the known coordinates; and where x = y = 0 is."""

from collections.abc import Callable, Sequence
from datetime import datetime
from uuid import UUID

from sqlmodel import Session, col, select

from accounts.rules import Principal
from accounts.usecases import note as write_down
from registry.errors import NoPlaces, OriginFixed, OriginUnknown, PlacesRefused
from registry.models import Building, Community, Compound
from registry.rules import Position
from registry.rules.coordinates import Degrees, System, judge_degrees, to_wgs84
from registry.rules.positions import (
    OF_FAULT,
    Known,
    PlaceProblem,
    PlaceRow,
    in_one_spot,
    judge_distances,
    judge_rows,
    match_names,
    origin_for,
    position_of,
)
from registry.usecases.places import building_name, place_buildings


def place_buildings_by_table(
    session: Session,
    community_id: str,
    read: tuple[Sequence[PlaceRow], Sequence[PlaceProblem]],
    system: System,
    *,
    may_be_far: bool = False,
    by: Principal | None = None,
    now: datetime,
) -> tuple[int, int]:
    """All lines or none: how many buildings changed, and how many stand in one spot with another.

    Raises PlacesRefused, which lists each wrong line, and OriginUnknown.
    """
    known = list_known(session, community_id)
    placed = locate(session, community_id, read, known, system, spell=building_name, may_be_far=may_be_far)
    grids = dict(session.exec(select(Building.id, Building.grid).where(Building.community_id == community_id)).all())
    places = {of: (at, grids[of]) for of, at in placed.items()}
    changed = place_buildings(session, community_id, places, by=by, now=now)
    after = {one.id: one.position for one in known} | placed
    return changed, in_one_spot(after.values())


def list_known(session: Session, community_id: str) -> list[Known]:
    """Every building with its compound and its position."""
    of_community = select(Building, Compound.name).where(Building.community_id == community_id)
    rows = session.exec(
        of_community.join(
            Compound, (col(Compound.community_id) == Building.community_id) & (col(Compound.id) == Building.compound_id)
        )
    )
    return [Known(row.id, row.name, compound, Position(row.x, row.y)) for row, compound in rows]


def locate(
    session: Session,
    community_id: str,
    read: tuple[Sequence[PlaceRow], Sequence[PlaceProblem]],
    known: Sequence[Known],
    system: System,
    *,
    spell: Callable[[str], str],
    may_be_far: bool,
    beside: Sequence[Known] = (),
) -> dict[UUID, Position]:
    """What the lines mean, in metres. The first degrees of a community make its origin.

    `beside` are things of other kinds, near which these should stand.
    Raises PlacesRefused, NoPlaces and OriginUnknown.
    """
    rows, unread = read
    found, unmatched = match_names(rows, known, spell)
    refuse_any(sorted([*unread, *unmatched, *judge_rows(rows, system)], key=lambda problem: problem.line))
    if not found:
        raise NoPlaces()
    origin = (
        None
        if system is System.METRES
        else _origin(session, community_id, list(found.values()), system, [*known, *beside])
    )
    placed = {of: (row, position_of(row, system, origin)) for of, row in found.items()}
    if not may_be_far:
        refuse_any(judge_distances(placed, [*known, *beside]))
    return {of: at for of, (_, at) in placed.items()}


def refuse_any(problems: Sequence[PlaceProblem]) -> None:
    if problems:
        raise PlacesRefused(problems)


def _origin(
    session: Session, community_id: str, rows: Sequence[PlaceRow], system: System, known: Sequence[Known]
) -> Degrees:
    kept = find_origin(session, community_id)
    if kept is not None:
        return kept
    if any(one.position.x is not None for one in known):
        raise OriginUnknown()
    made = origin_for(rows, system)
    _keep_origin(session, community_id, made)
    return made


def find_origin(session: Session, community_id: str) -> Degrees | None:
    """Where x = y = 0 is, in WGS-84; None = metres alone are known."""
    row = session.get_one(Community, community_id)
    if row.origin_latitude is None or row.origin_longitude is None:
        return None
    return Degrees(row.origin_latitude, row.origin_longitude)


def _keep_origin(session: Session, community_id: str, origin: Degrees) -> None:
    row = session.get_one(Community, community_id)
    row.origin_latitude, row.origin_longitude = origin.latitude, origin.longitude
    session.add(row)
    session.flush()


def set_origin(
    session: Session,
    community_id: str,
    system: System,
    degrees: Degrees,
    *,
    by: Principal | None = None,
    now: datetime,
) -> None:
    """Say where x = y = 0 is. Raises OriginFixed where it is known already and places were reckoned from it; PlacesRefused."""
    fault = judge_degrees(system, degrees.latitude, degrees.longitude)
    if fault is not None:
        raise PlacesRefused([PlaceProblem(0, OF_FAULT[fault])])
    if find_origin(session, community_id) is not None:
        has_places = any(one.position.x is not None for one in list_known(session, community_id))
        if has_places:
            raise OriginFixed()
    _keep_origin(session, community_id, to_wgs84(system, degrees))
    write_down(session, community_id, "registry.origin_set", by=by, now=now)
