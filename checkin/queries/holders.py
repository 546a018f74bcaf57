"""Whose ticket it is."""

from uuid import UUID

from sqlmodel import Session, select

from checkin.models import Ticket
from checkin.rules import read_ticket_code


def find_resident_by_code(session: Session, community_id: str, read: str) -> UUID | None:
    """The resident whose ticket this is; None for a household's ticket, an unknown one and another community's."""
    code = read_ticket_code(read)
    if code is None:
        return None
    statement = select(Ticket.resident_id).where(Ticket.community_id == community_id, Ticket.code == code)
    return session.exec(statement).first()
