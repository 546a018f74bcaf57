"""A ticket as its owner sees it, and the ways to find it. Open to anybody who has the code: names masked, no numbers."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col, select

from checkin.errors import BuildingNotFound, PointNotFound, TicketNotFound
from checkin.models import Ticket
from checkin.queries.people import ends_with, list_families
from checkin.queries.points import count_before
from checkin.rules import TicketKind, read_ticket_code
from registry.models import Building, Community, Excuse, Household, NeedFlag, Resident, Unit
from registry.queries.excuses import in_force_at
from registry.queries.green_lane import list_green_lane
from registry.reading.doors import UnreadableDoor, read_door
from registry.rules import NeedKind, door_words
from registry.words import shown_name
from scheduling.models import Campaign, Point, RosterEntry, Round
from scheduling.queries.plans import places_in_force
from scheduling.rules import RoundState

# Which of several rounds people mean: the one that is open, then the one to come, then the one that was last, cancelled or not.
_MEANT = {RoundState.OPEN: 0, RoundState.PUBLISHED: 1, RoundState.CLOSED: 2, RoundState.CANCELLED: 2}


@dataclass(frozen=True, slots=True)
class TicketPerson:
    id: UUID
    name: str  # masked
    sampled_at: datetime | None
    number: int | None  # in the order of arrival at the point; None = has not arrived
    before: int  # how many who came earlier are still waiting there
    arrived_point_id: UUID | None
    is_excused: bool
    is_green: bool = False  # goes by the green lane

    @property
    def is_due(self) -> bool:
        return self.sampled_at is None and not self.is_excused


@dataclass(frozen=True, slots=True)
class TicketPlace:
    point_id: UUID
    point: str
    address: str
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class TicketHome:
    """Whose a ticket is: their door, and those of it whom the ticket is about."""

    community_id: str
    household_id: UUID
    residents: tuple[UUID, ...]


def get_ticket_home(session: Session, typed: str) -> TicketHome:
    """Raises TicketNotFound."""
    ticket = get_ticket(session, typed)
    people = _people(session, ticket)
    household_id = people[0].household_id if people else _home_of(session, ticket)
    return TicketHome(ticket.community_id, household_id, tuple(person.id for person in people))


@dataclass(frozen=True, slots=True)
class TicketPage:
    community: str
    community_id: str
    timezone: str
    code: str
    kind: TicketKind
    door: str
    is_revoked: bool
    campaign: str
    round_id: UUID | None  # None = no round was published yet
    round_name: str
    state: RoundState | None
    persons: tuple[TicketPerson, ...]
    place: TicketPlace | None  # None = no time yet, or at the door
    is_at_door: bool  # somebody comes to the door; also for those who must not queue
    contact_name: str
    contact_phone: str
    bring: str
    household_code: str | None  # of the household's ticket, where this one is a resident's
    cancelled_because: str = ""  # empty = not said, or not cancelled


def get_ticket_page(session: Session, typed: str, *, now: datetime) -> TicketPage:
    """Raises TicketNotFound."""
    ticket = get_ticket(session, typed)
    community = session.get_one(Community, ticket.community_id)
    campaign = session.get_one(Campaign, (ticket.community_id, ticket.campaign_id))
    round_ = find_round(session, ticket.community_id, ticket.campaign_id)
    people = _people(session, ticket)
    entries = _entries(session, round_, people)
    heads = _count_heads(session, people)
    place = _place(session, round_, entries)
    at_door = any(entry.is_doorstep for entry in entries.values()) or _is_isolated(session, people)
    contact = _contact(session, round_, place)
    green = list_green_lane(session, ticket.community_id, [person.id for person in people])
    return TicketPage(
        community=community.name,
        community_id=community.id,
        timezone=community.timezone,
        code=ticket.code,
        kind=ticket.kind,
        door=_door(session, people[0].household_id if people else _home_of(session, ticket), ticket.community_id),
        is_revoked=ticket.revoked_at is not None and ticket.revoked_at <= now,
        campaign=campaign.name,
        round_id=round_.id if round_ else None,
        round_name=round_.name if round_ else "",
        state=round_.state if round_ else None,
        persons=tuple(
            _person(session, person, entries.get(person.id), heads, now, is_green=person.id in green)
            for person in people
        ),
        place=None if at_door else place,
        is_at_door=at_door,
        contact_name=contact.contact_name if contact else "",
        contact_phone=contact.contact_phone if contact else "",
        bring=round_.bring if round_ else "",
        household_code=_household_code(session, ticket),
        cancelled_because=round_.cancelled_because if round_ else "",
    )


def get_ticket(session: Session, typed: str) -> Ticket:
    """By its code, however that was typed. Raises TicketNotFound."""
    code = read_ticket_code(typed)
    ticket = session.exec(select(Ticket).where(Ticket.code == code)).first() if code else None
    if ticket is None:
        raise TicketNotFound()
    return ticket


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


def _people(session: Session, ticket: Ticket) -> list[Resident]:
    statement = select(Resident).where(Resident.community_id == ticket.community_id)
    if ticket.resident_id is None:
        statement = statement.where(Resident.household_id == _home_of(session, ticket), *_LIVES_HERE)
    else:
        person = session.get_one(Resident, (ticket.community_id, ticket.resident_id))
        statement = statement.where(Resident.id == (person.merged_into or person.id))
    return list(session.exec(statement.order_by(col(Resident.number))))


def _home_of(session: Session, ticket: Ticket) -> UUID:
    """The door that a ticket was given out for; of one that was merged, the door it is."""
    home = session.get_one(Household, (ticket.community_id, ticket.household_id))
    return home.merged_into or home.id


def _count_heads(session: Session, people: list[Resident]) -> int:
    """How many live in their household."""
    if not people:
        return 0
    of_home = (Resident.community_id == people[0].community_id, Resident.household_id == people[0].household_id)
    return session.exec(select(sa.func.count()).select_from(Resident).where(*of_home, *_LIVES_HERE)).one()


def _entries(session: Session, round_: Round | None, people: list[Resident]) -> dict[UUID, RosterEntry]:
    if round_ is None:
        return {}
    of_round = (RosterEntry.community_id == round_.community_id, RosterEntry.round_id == round_.id)
    of_people = col(RosterEntry.resident_id).in_([person.id for person in people])
    return {entry.resident_id: entry for entry in session.exec(select(RosterEntry).where(*of_round, of_people))}


def _person(
    session: Session, person: Resident, entry: RosterEntry | None, heads: int, now: datetime, *, is_green: bool
) -> TicketPerson:
    return TicketPerson(
        id=person.id,
        name=shown_name(person.name, person.number, heads),
        sampled_at=entry.sampled_at if entry else None,
        number=entry.arrived_number if entry else None,
        before=count_before(session, entry) if entry and entry.arrived_number and not entry.sampled_at else 0,
        arrived_point_id=entry.arrived_point_id if entry else None,
        is_excused=_is_excused(session, person, now),
        is_green=is_green,
    )


def _is_excused(session: Session, person: Resident, now: datetime) -> bool:
    statement = select(Excuse.id).where(
        Excuse.community_id == person.community_id,
        Excuse.resident_id == person.id,
        *in_force_at(now),
    )
    return session.exec(statement).first() is not None


def _is_isolated(session: Session, people: list[Resident]) -> bool:
    if not people:
        return False
    of_people = (NeedFlag.community_id == people[0].community_id, col(NeedFlag.resident_id).in_([p.id for p in people]))
    statement = select(NeedFlag.resident_id).where(*of_people, NeedFlag.kind == NeedKind.HOME_ISOLATION)
    return session.exec(statement).first() is not None


def _place(session: Session, round_: Round | None, entries: dict[UUID, RosterEntry]) -> TicketPlace | None:
    """The household's members are called together, but for those pinned elsewhere: the first who has a place."""
    if round_ is None:
        return None
    places = places_in_force(session, round_)
    for entry in entries.values():
        found = places.get(entry.cohort_id) if entry.cohort_id else None
        if found:
            point = session.get_one(Point, (round_.community_id, found.point_id))
            return TicketPlace(point.id, point.name, point.address, found.starts_at, found.ends_at)
    return None


def _contact(session: Session, round_: Round | None, place: TicketPlace | None) -> Point | None:
    """Whom to call: who is in charge at the person's point; for others, of any point of the round."""
    if round_ is None:
        return None
    of_round = (Point.community_id == round_.community_id, Point.round_id == round_.id)
    statement = select(Point).where(*of_round, col(Point.contact_phone) != "").order_by(col(Point.name))
    points = session.exec(statement).all()
    here = [point for point in points if place and point.id == place.point_id]
    return next(iter([*here, *points]), None)


def _door(session: Session, household_id: UUID, community_id: str) -> str:
    household = session.get_one(Household, (community_id, household_id))
    building = session.get_one(Building, (community_id, household.building_id))
    unit = session.get_one(Unit, (community_id, household.unit_id))
    return door_words(building.name, unit.name, household.door)


def _household_code(session: Session, ticket: Ticket) -> str | None:
    if ticket.resident_id is None:
        return None
    statement = select(Ticket.code).where(
        Ticket.community_id == ticket.community_id,
        Ticket.campaign_id == ticket.campaign_id,
        Ticket.household_id == ticket.household_id,
        col(Ticket.resident_id).is_(None),
        col(Ticket.revoked_at).is_(None),
    )
    return session.exec(statement).first()


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
