"""Rounds, buildings and doors as the pages of the chase need them."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col, select

from accounts.models import Account, Grant
from accounts.rules import Role
from bulou.crypto import field_keys
from followup.errors import BuildingNotFound, DoorNotFound
from followup.models import Stewardship
from followup.queries.attempts import list_attempts
from followup.rules import VisitOutcome
from registry.models import Building, Household, Resident, Unit
from scheduling.models import RosterEntry, Round
from scheduling.rules import RoundState


def list_live_rounds(session: Session, community_id: str) -> list[Round]:
    """Rounds with a published plan that are not closed yet; the latest first."""
    statement = select(Round).where(
        Round.community_id == community_id, col(Round.state).in_([RoundState.PUBLISHED, RoundState.OPEN])
    )
    return list(session.exec(statement.order_by(col(Round.created_at).desc())))


def list_buildings_of(session: Session, community_id: str, account_id: UUID | None, *, now: datetime) -> list[UUID]:
    """The buildings that somebody looks after now."""
    statement = select(Stewardship.building_id).where(
        Stewardship.community_id == community_id,
        Stewardship.account_id == account_id,
        Stewardship.from_at <= now,
        sa.or_(col(Stewardship.until_at).is_(None), col(Stewardship.until_at) > now),
    )
    return list(session.exec(statement))


def get_building(session: Session, community_id: str, building_id: UUID) -> Building:
    building = session.get(Building, (community_id, building_id))
    if building is None:
        raise BuildingNotFound()
    return building


@dataclass(frozen=True, slots=True)
class StewardChoice:
    """An account that may look after a building."""

    account_id: UUID
    shown_name: str


def list_steward_choices(session: Session, community_id: str) -> list[StewardChoice]:
    """Volunteers first, then everybody else who may sign in."""
    statement = (
        select(Account.id, Account.shown_name, sa.func.max(sa.case((col(Grant.role) == Role.VOLUNTEER, 1), else_=0)))
        .join_from(Account, Grant)
        .where(Account.community_id == community_id, col(Account.ended_at).is_(None), col(Grant.role) != Role.VIEWER)
        .group_by(col(Account.id), col(Account.shown_name))
    )
    found = sorted(session.exec(statement), key=lambda row: (-row[2], row[1]))
    return [StewardChoice(account_id, shown_name) for account_id, shown_name, _ in found]


@dataclass(frozen=True, slots=True)
class PersonContact:
    """A person of a household with what is needed to reach them: whole name and phone."""

    resident_id: UUID
    number: int
    name: str | None
    phone: str | None
    is_sampled: bool


@dataclass(frozen=True, slots=True)
class AttemptLine:
    made_at: datetime
    outcome: VisitOutcome
    note: str
    come_at: datetime | None
    author: str


@dataclass(frozen=True, slots=True)
class DoorCard:
    """Everything a volunteer needs in front of one door."""

    household_id: UUID
    building_id: UUID
    building: str
    unit: str
    door: str
    people: tuple[PersonContact, ...]
    attempts: tuple[AttemptLine, ...]  # the latest first


def get_door_card(session: Session, round_: Round, household_id: UUID) -> DoorCard:
    """Of a door that was merged, the door it is. Raises DoorNotFound where nobody of it is on the roster of the round."""
    community_id = round_.community_id
    household = session.get(Household, (community_id, household_id))
    people = _contacts(session, round_, household_id)
    if household is not None and household.merged_into is not None and not people:
        return get_door_card(session, round_, household.merged_into)
    if household is None or not people:
        raise DoorNotFound()
    building = session.get_one(Building, (community_id, household.building_id))
    unit = session.get_one(Unit, (community_id, household.unit_id))
    attempts = _lines(session, round_, household_id)
    return DoorCard(household.id, building.id, building.name, unit.name, household.door, tuple(people), tuple(attempts))


def _contacts(session: Session, round_: Round, household_id: UUID) -> list[PersonContact]:
    statement = (
        select(Resident, RosterEntry.sampled_at)
        .join_from(Resident, RosterEntry)
        .where(
            Resident.community_id == round_.community_id,
            RosterEntry.round_id == round_.id,
            RosterEntry.household_id == household_id,
        )
        .order_by(col(Resident.number))
    )
    keys = field_keys()
    return [
        PersonContact(
            person.id,
            person.number,
            person.name,
            keys.decrypt(person.community_id, person.phone) if person.phone else None,
            sampled_at is not None,
        )
        for person, sampled_at in session.exec(statement)
    ]


def _lines(session: Session, round_: Round, household_id: UUID) -> list[AttemptLine]:
    found = list_attempts(session, round_, household_id)
    return [AttemptLine(row.made_at, row.outcome, row.note, row.come_at, author) for row, _door, author in found[::-1]]
