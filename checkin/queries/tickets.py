"""The ways to find a ticket and its round: by its code, by a poster's, by a door and the digits that a number ends with."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col, select

from checkin.errors import BuildingNotFound, PointNotFound, TicketNotFound
from checkin.models import Ticket
from checkin.queries.people import ends_with, list_families
from checkin.rules import read_ticket_code
from registry.models import Building, Household, Resident, Unit
from registry.reading.doors import UnreadableDoor, read_door
from scheduling.models import Point, Round
from scheduling.rules import RoundState

# Which of several rounds people mean: the one that is open, then the one to come, then the one that was last, cancelled or not.
_MEANT = {RoundState.OPEN: 0, RoundState.PUBLISHED: 1, RoundState.CLOSED: 2, RoundState.CANCELLED: 2}


def list_tickets(session: Session, typed: Sequence[str]) -> list[Ticket]:
    """By their codes, however those were typed, in their order. Raises TicketNotFound where one of them is none."""
    codes = [read_ticket_code(each) for each in typed]
    known = {code for code in codes if code}
    found = {ticket.code: ticket for ticket in session.exec(select(Ticket).where(col(Ticket.code).in_(known)))}
    if not all(code in found for code in codes):
        raise TicketNotFound()
    return [found[code] for code in codes if code]


def find_round(session: Session, community_id: str, campaign_id: UUID | None = None) -> Round | None:
    """The round that people mean now; None = none was published yet."""
    # What was cancelled before it was published was never told to anybody.
    is_told = sa.or_(col(Round.state) != RoundState.CANCELLED, col(Round.published_at).is_not(None))
    statement = select(Round).where(Round.community_id == community_id, col(Round.state).in_(_MEANT), is_told)
    if campaign_id is not None:
        statement = statement.where(Round.campaign_id == campaign_id)
    rounds = session.exec(statement).all()
    latest_first = sorted(rounds, key=lambda round_: round_.created_at, reverse=True)
    return min(latest_first, key=lambda round_: _MEANT[round_.state], default=None)


# Posters.


def get_building_by_code(session: Session, code: str) -> Building:
    """Raises BuildingNotFound."""
    building = session.exec(select(Building).where(Building.code == code)).first()
    if building is None:
        raise BuildingNotFound()
    return building


def get_point_by_code(session: Session, code: str) -> Point:
    """Raises PointNotFound."""
    point = session.exec(select(Point).where(Point.code == code)).first()
    if point is None:
        raise PointNotFound()
    return point


def has_numbers(session: Session, community_id: str, building_id: UUID | None = None) -> bool:
    """Whether anybody of a building or community can be told by the last digits of a number."""
    statement = select(Resident.id).where(Resident.community_id == community_id, _has_number(), *_LIVES_HERE)
    if building_id is not None:
        homes = select(Household.id).where(Household.community_id == community_id, Household.building_id == building_id)
        statement = statement.where(col(Resident.household_id).in_(homes))
    return session.exec(statement.limit(1)).first() is not None


def find_ticket_code(
    session: Session, round_: Round, typed_door: str, digits: str, building: Building | None = None
) -> str | None:
    """The ticket of whoever lives behind that door and has a number that ends so; of several, their household's."""
    for household_id in _households(session, round_.community_id, typed_door, building):
        of_home = (Resident.community_id == round_.community_id, Resident.household_id == household_id)
        people = session.exec(select(Resident).where(*of_home, *_LIVES_HERE)).all()
        theirs = [
            person.id
            for person in people
            if ends_with(round_.community_id, (person.phone, person.identity_number), digits.upper())
        ]
        if theirs:
            return _code_of(session, round_, household_id, theirs)
    return None


def find_homes(session: Session, community_id: str, typed_door: str, building: Building | None = None) -> list[UUID]:
    """The households that this spelling of a door means; empty where there is none."""
    return _households(session, community_id, typed_door, building)


def _code_of(session: Session, round_: Round, household_id: UUID, people: list[UUID]) -> str | None:
    (family,) = list_families(session, round_, [household_id])
    if len(people) > 1:
        return family.code
    return next((member.code for member in family.members if member.id == people[0]), None)


def _households(session: Session, community_id: str, typed: str, building: Building | None) -> list[UUID]:
    """501, 2-501 or 3-2-501; without the poster's building the door has to name one."""
    try:
        door = read_door(typed)
        if building is not None and not door.unit and door.building and door.building != building.name:
            door = read_door(f"{building.name}-{typed}")  # 2-501 is unit 2 to those who live here
    except UnreadableDoor:
        return []
    name = door.building or (building.name if building is not None else "")
    statement = (
        select(Household.id)
        .join(Building, _of(Building, "building_id"))
        .join(Unit, _of(Unit, "unit_id"))
        .where(Household.community_id == community_id, Household.door == door.room, Building.name == name)
    )
    if building is not None:
        statement = statement.where(Household.building_id == building.id)
    if door.unit:
        statement = statement.where(col(Unit.name).in_((door.unit, "")))
    return list(session.exec(statement))


def _of(parent: Any, column: str) -> Any:
    return (parent.community_id == Household.community_id) & (parent.id == getattr(Household, column))


def _has_number() -> Any:
    return sa.or_(col(Resident.phone).is_not(None), col(Resident.identity_number).is_not(None))


_LIVES_HERE = (col(Resident.left_at).is_(None), col(Resident.merged_into).is_(None))
