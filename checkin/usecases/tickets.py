"""Giving out tickets: one for each resident and each household, for the whole campaign."""

import secrets
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col, select

from accounts.rules import Principal
from accounts.usecases import note
from bulou.database import insert_once
from bulou.ids import CROCKFORD, new_id
from checkin.errors import TicketNotFound
from checkin.models import Ticket
from checkin.rules import CODE_LENGTH, COMMUNITY_LENGTH, TicketKind, read_ticket_code
from registry.models import Household, Resident
from scheduling.models import Round
from scheduling.rules import RoundState

PART = 5_000  # tickets given out in one transaction: SQLite's one writer is needed by others too
_ticket, _resident, _household = Ticket.__table__, Resident.__table__, Household.__table__  # type: ignore[attr-defined]

CampaignKey = tuple[str, UUID]  # community_id, id


def issue_tickets(session: Session, key: CampaignKey, *, most: int = PART, now: datetime) -> int:
    """Give a ticket to those who live here and have no valid one; how many were given, at most `most`. Safe to repeat."""
    rows = [_row(key, *who, now) for who in _without_ticket(session, key, most)]
    if rows:
        session.connection().execute(_INSERT[session.get_bind().dialect.name], rows)
    return len(rows)


def issue_tickets_to(session: Session, key: CampaignKey, residents: Iterable[UUID], *, now: datetime) -> None:
    """Give a ticket to these people who have none, though they may have left: they stand on a list that was printed."""
    homes = select(Resident.household_id, Resident.id).where(
        Resident.community_id == key[0], col(Resident.id).in_(list(residents))
    )
    rows = [_row(key, household_id, resident_id, now) for household_id, resident_id in session.exec(homes)]
    if rows:
        session.connection().execute(_INSERT[session.get_bind().dialect.name], rows)


def count_without_ticket(session: Session, key: CampaignKey, most: int) -> int:
    """How many are still to be given out; counted up to `most`."""
    return sum(1 for _who in _without_ticket(session, key, most))


def list_campaigns_in_force(session: Session, community_id: str) -> list[UUID]:
    """Campaigns with a round whose plan residents have seen: newcomers need tickets for these."""
    states = (RoundState.PUBLISHED, RoundState.OPEN)
    statement = select(Round.campaign_id).where(Round.community_id == community_id, col(Round.state).in_(states))
    return list(session.exec(statement.distinct()))


def revoke_ticket(session: Session, ticket: Ticket, *, by: Principal | None = None, now: datetime) -> None:
    """The ticket is not valid any more; scans made before stay. A repeat changes nothing."""
    if ticket.revoked_at is None:
        ticket.revoked_at = now
        session.add(ticket)
        session.flush()
        note(session, ticket.community_id, "ticket.revoked", ticket.id, by=by, now=now)


def reissue_ticket(
    session: Session, code: str, campaign_id: UUID, *, by: Principal | None = None, now: datetime
) -> Ticket:
    """Revoke a ticket of the campaign and give out another in its place. A repeat changes nothing.

    Raises TicketNotFound, also for another campaign's or community's.
    """
    read = read_ticket_code(code)
    old = session.exec(select(Ticket).where(Ticket.code == read).with_for_update()).first() if read else None
    if old is None or old.campaign_id != campaign_id or (by is not None and old.community_id != by.community_id):
        raise TicketNotFound()
    revoke_ticket(session, old, by=by, now=now)
    new = Ticket(**_row((old.community_id, old.campaign_id), old.household_id, old.resident_id, now))
    if insert_once(session, new):
        note(session, old.community_id, "ticket.reissued", new.id, by=by, now=now)
    return session.exec(select(Ticket).where(*_valid_in_place_of(old))).one()


def _valid_in_place_of(old: Ticket) -> tuple[Any, ...]:
    whose = col(Ticket.resident_id)
    return (
        Ticket.community_id == old.community_id,
        Ticket.campaign_id == old.campaign_id,
        Ticket.household_id == old.household_id,
        whose == old.resident_id if old.resident_id else whose.is_(None),
        col(Ticket.revoked_at).is_(None),
    )


def _row(key: CampaignKey, household_id: UUID, resident_id: UUID | None, now: datetime) -> dict[str, Any]:
    return {
        "community_id": key[0],
        "id": new_id(),
        "code": new_ticket_code(key[0]),
        "campaign_id": key[1],
        "kind": TicketKind.RESIDENT if resident_id else TicketKind.HOUSEHOLD,
        "household_id": household_id,
        "resident_id": resident_id,
        "issued_at": now,
        "revoked_at": None,
    }


def new_ticket_code(community_id: str) -> str:
    """60 random bits behind the community's characters: not found by trying."""
    number = secrets.randbits(5 * (CODE_LENGTH - COMMUNITY_LENGTH))
    places = range(0, 5 * (CODE_LENGTH - COMMUNITY_LENGTH), 5)
    return community_id + "".join(CROCKFORD[(number >> place) & 31] for place in places)


def _without_ticket(session: Session, key: CampaignKey, most: int) -> Iterator[tuple[UUID, UUID | None]]:
    """(household, resident) of each ticket that is missing; no resident = the household's own."""
    facts = {"community": key[0], "campaign": key[1], "most": most}
    found = 0
    for statement in (_HOUSEHOLDS, _RESIDENTS):
        for row in session.connection().execute(statement, {**facts, "most": most - found}).all():
            found += 1
            yield row.household_id, row.resident_id


def _has_ticket(*who: Any) -> Any:
    return sa.exists().where(
        _ticket.c.community_id == sa.bindparam("community"),
        _ticket.c.campaign_id == sa.bindparam("campaign", type_=_ticket.c.campaign_id.type),
        _ticket.c.revoked_at.is_(None),
        *who,
    )


_lives_here = (
    _resident.c.community_id == sa.bindparam("community"),
    _resident.c.left_at.is_(None),
    _resident.c.merged_into.is_(None),
)
_RESIDENTS = (
    sa.select(_resident.c.household_id, _resident.c.id.label("resident_id"))
    .where(*_lives_here, ~_has_ticket(_ticket.c.resident_id == _resident.c.id))
    .limit(sa.bindparam("most", type_=sa.Integer))
)
_HOUSEHOLDS = (
    sa.select(_household.c.id.label("household_id"), sa.null().label("resident_id"))
    .where(
        _household.c.community_id == sa.bindparam("community"),
        sa.exists().where(*_lives_here, _resident.c.household_id == _household.c.id),
        ~_has_ticket(_ticket.c.resident_id.is_(None), _ticket.c.household_id == _household.c.id),
    )
    .limit(sa.bindparam("most", type_=sa.Integer))
)
# Two processes may give out at once: the valid ticket of each is unique, and the second one's falls away.
_INSERT = {
    "sqlite": sqlite.insert(_ticket).on_conflict_do_nothing(),
    "postgresql": postgresql.insert(_ticket).on_conflict_do_nothing(),
}
