"""Tickets as their owners see them. Open to anybody who has the code: names masked, no numbers.

A carer's page shows ten of them: whatever the number, each table is asked once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import Session, col, select

from checkin.models import Ticket
from checkin.queries.people import door_names
from checkin.queries.ticket_pages.rounds import InRound, TicketPlace, in_round_of
from checkin.queries.ticket_pages.whose import Known, NotNeeded, People, known_of, whose
from checkin.queries.tickets import list_tickets
from checkin.rules import TicketKind
from registry.models import Community, Resident
from registry.words import shown_name
from scheduling.rules import RoundState


@dataclass(frozen=True, slots=True)
class TicketPerson:
    id: UUID
    name: str  # masked
    sampled_at: datetime | None
    number: int | None  # in the order of arrival at the point; None = has not arrived
    before: int  # how many who came earlier are still waiting there
    arrived_point_id: UUID | None
    not_needed: NotNeeded | None  # None = is not excused now
    is_green: bool = False  # goes by the green lane

    @property
    def is_excused(self) -> bool:
        return self.not_needed is not None

    @property
    def is_due(self) -> bool:
        return self.sampled_at is None and not self.is_excused


@dataclass(frozen=True, slots=True)
class TicketHome:
    """Whose a ticket is: their door, and those of it whom the ticket is about."""

    community_id: str
    household_id: UUID
    residents: tuple[UUID, ...]


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
    place: TicketPlace | None  # None = no time yet, at the door, or not needed
    is_at_door: bool  # somebody comes to the door; also for those who must not queue
    not_needed: NotNeeded | None  # everybody of it who is not sampled is excused: no time, no point, no "come"
    contact_name: str
    contact_phone: str
    bring: str
    household_code: str | None  # of the household's ticket, where this one is a resident's
    cancelled_because: str = ""  # empty = not said, or not cancelled


def get_ticket_home(session: Session, typed: str) -> TicketHome:
    """Raises TicketNotFound."""
    (ticket,) = list_tickets(session, [typed])
    people = whose(session, [ticket])
    return TicketHome(ticket.community_id, people.home_of(ticket), tuple(person.id for person in people.of(ticket)))


def get_ticket_page(session: Session, typed: str, *, now: datetime) -> TicketPage:
    """Raises TicketNotFound."""
    return list_ticket_pages(session, [typed], now=now)[0]


def list_ticket_pages(session: Session, typed: Sequence[str], *, now: datetime) -> list[TicketPage]:
    """Tickets of one community, in this order. Raises TicketNotFound where one of them is none."""
    tickets = list_tickets(session, typed)
    community = session.get_one(Community, tickets[0].community_id)
    people = whose(session, tickets)
    in_rounds = {id_: in_round_of(session, community.id, id_, people.ids) for id_ in {t.campaign_id for t in tickets}}
    known = known_of(session, community.id, people, now)
    codes = _household_codes(session, tickets)
    doors = door_names(session, community.id, list({people.home_of(ticket) for ticket in tickets}))
    return [
        _page(ticket, community, in_rounds[ticket.campaign_id], people, known, doors, codes, now) for ticket in tickets
    ]


def _household_codes(session: Session, tickets: Sequence[Ticket]) -> dict[tuple[UUID, UUID], str]:
    """The valid ticket of each household, by campaign and door."""
    statement = select(Ticket.campaign_id, Ticket.household_id, Ticket.code).where(
        Ticket.community_id == tickets[0].community_id,
        col(Ticket.campaign_id).in_({ticket.campaign_id for ticket in tickets}),
        col(Ticket.household_id).in_({ticket.household_id for ticket in tickets}),
        col(Ticket.resident_id).is_(None),
        col(Ticket.revoked_at).is_(None),
    )
    return {(campaign_id, household_id): code for campaign_id, household_id, code in session.exec(statement)}


def _page(
    ticket: Ticket,
    community: Community,
    in_round: InRound,
    people: People,
    known: Known,
    doors: Mapping[UUID, str],
    codes: Mapping[tuple[UUID, UUID], str],
    now: datetime,
) -> TicketPage:
    persons, round_ = people.of(ticket), in_round.round
    place = in_round.place_of(persons)
    contact = in_round.contact_of(place)
    entries = [in_round.entries[person.id] for person in persons if person.id in in_round.entries]
    at_door = any(entry.is_doorstep for entry in entries) or any(person.id in known.isolated for person in persons)
    shown = tuple(_person(person, in_round, people.heads(person), known) for person in persons)
    not_needed = not_needed_of(shown)
    return TicketPage(
        community=community.name,
        community_id=community.id,
        timezone=community.timezone,
        code=ticket.code,
        kind=ticket.kind,
        door=doors[people.home_of(ticket)],
        is_revoked=ticket.revoked_at is not None and ticket.revoked_at <= now,
        campaign=in_round.campaign.name,
        round_id=round_.id if round_ else None,
        round_name=round_.name if round_ else "",
        state=round_.state if round_ else None,
        persons=shown,
        place=None if at_door or not_needed else place,
        is_at_door=at_door and not_needed is None,
        not_needed=not_needed,
        contact_name=contact.contact_name if contact else "",
        contact_phone=contact.contact_phone if contact else "",
        bring=round_.bring if round_ else "",
        household_code=codes.get((ticket.campaign_id, ticket.household_id)) if ticket.resident_id else None,
        cancelled_because=round_.cancelled_because if round_ else "",
    )


def not_needed_of(persons: Sequence[TicketPerson]) -> NotNeeded | None:
    """Nobody of these is to come, some of them because they are excused; None where somebody is, or all are sampled."""
    excuses = [person.not_needed for person in persons if person.sampled_at is None]
    held = [excuse for excuse in excuses if excuse is not None]
    if not held or len(held) < len(excuses):
        return None
    ends = [excuse.until_at for excuse in held if excuse.until_at is not None]
    return NotNeeded(min(ends, default=None), any(excuse.must_not_come for excuse in held))


def _person(person: Resident, in_round: InRound, heads: int, known: Known) -> TicketPerson:
    entry = in_round.entries.get(person.id)
    return TicketPerson(
        id=person.id,
        name=shown_name(person.name, person.number, heads),
        sampled_at=entry.sampled_at if entry else None,
        number=entry.arrived_number if entry else None,
        before=in_round.before.get(person.id, 0),
        arrived_point_id=entry.arrived_point_id if entry else None,
        not_needed=known.excused.get(person.id),
        is_green=person.id in known.green,
    )
