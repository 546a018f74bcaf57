"""What the list of what was done calls the things of check-in (see accounts.deeds)."""

from collections.abc import Collection
from uuid import UUID

from sqlmodel import Session, col, select

from accounts.deeds import Subject, Subjects
from accounts.models import ApiToken
from accounts.rules import Role
from checkin.models import OfficialList, Ticket
from registry import deeds as registry_deeds


def find_subjects(session: Session, community_id: str, ids: Collection[UUID]) -> Subjects:
    """Tickets by whose they are, official lists by the name of their file, phones by what they were called."""
    of_tickets = (Ticket.community_id == community_id, col(Ticket.id).in_(ids))
    tickets = session.exec(select(Ticket.id, Ticket.resident_id, Ticket.household_id).where(*of_tickets)).all()
    owners = {id_: resident_id or household_id for id_, resident_id, household_id in tickets}
    people = registry_deeds.find_subjects(session, community_id, set(owners.values())) if owners else {}
    of_lists = (OfficialList.community_id == community_id, col(OfficialList.id).in_(ids))
    lists = session.exec(select(OfficialList.id, OfficialList.round_id, OfficialList.file_name).where(*of_lists))
    of_phones = (ApiToken.community_id == community_id, ApiToken.role == Role.DEVICE, col(ApiToken.id).in_(ids))
    phones = session.exec(select(ApiToken.id, ApiToken.name, ApiToken.round_id).where(*of_phones))
    return {
        **{id_: Subject(name, "checkin.devices", {"round_id": round_id}) for id_, name, round_id in phones},
        **{id_: people[owner] for id_, owner in owners.items() if owner in people},
        **{id_: _official(id_, round_id, name) for id_, round_id, name in lists},
    }


def _official(id_: UUID, round_id: UUID, name: str) -> Subject:
    return Subject(name, "checkin.official_list", {"round_id": round_id, "list_id": id_})
