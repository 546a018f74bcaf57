"""Finding somebody without a code: the door first, then the name, then the last four digits of phone or identity number."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col, select

from bulou.crypto import field_keys
from bulou.text import clean_text
from checkin.models import Ticket
from registry.models import Building, Household, NeedFlag, Resident, Unit
from registry.queries.doors import find_households
from registry.reading.doors import UnreadableDoor, read_door
from registry.rules import GREEN_LANE_NEEDS, BuildingKind, NeedKind, door_words
from registry.words import shown_name
from scheduling.models import Assignment, Plan, RosterEntry, Round

MOST = 20  # households shown at once; who finds more types more


@dataclass(frozen=True, slots=True)
class Member:
    id: UUID
    name: str  # masked
    code: str | None  # of their ticket; None = none was given out yet
    sampled_at: datetime | None
    point_id: UUID | None  # where the plan in force calls them; None = nowhere
    starts_at: datetime | None
    ends_at: datetime | None
    is_green: bool = False  # goes by the green lane
    has_no_phone: bool = False


@dataclass(frozen=True, slots=True)
class Family:
    """A door and those who live behind it."""

    household_id: UUID
    door: str
    code: str | None  # of the household's ticket
    members: tuple[Member, ...]


def find_people(session: Session, round_: Round, typed: str) -> list[Family]:
    """Households that fit what was typed, the likeliest first; empty where nothing fits."""
    wanted = clean_text(typed, max_length=60)
    if not wanted:
        return []
    ids: dict[UUID, None] = dict.fromkeys(_by_door(session, round_.community_id, wanted))
    ids.update(dict.fromkeys(_by_other_names(session, round_.community_id, wanted)))
    if not any(letter.isdigit() for letter in wanted):
        ids.update(dict.fromkeys(_by_name(session, round_.community_id, wanted)))
    if not ids and len(wanted) == 4 and wanted[:3].isdigit():
        ids.update(dict.fromkeys(_by_last_digits(session, round_, wanted.upper())))
    return list_families(session, round_, list(ids)[:MOST])


def _by_door(session: Session, community_id: str, wanted: str) -> list[UUID]:
    """3-2-501 and its spellings; 501 alone finds that room in every building."""
    try:
        door = read_door(wanted)
    except UnreadableDoor:
        return []
    statement = (
        select(Household.id)
        .join(Building, _same(Building, Household, "building_id"))
        .join(Unit, _same(Unit, Household, "unit_id"))
        .where(Household.community_id == community_id, Household.door == (door.room or wanted))
        .where(col(Household.merged_into).is_(None))
        .order_by(Building.name, Unit.name)
        .limit(MOST)
    )
    if door.building:
        statement = statement.where(Building.name == door.building)
    if door.unit:
        statement = statement.where(col(Unit.name).in_((door.unit, "")))
    return list(session.exec(statement))


def _by_other_names(session: Session, community_id: str, wanted: str) -> list[UUID]:
    """A door by a spelling that is an alias now; a group by part of its name."""
    of_group = (
        select(Household.id)
        .join(Building, _same(Building, Household, "building_id"))
        .where(Household.community_id == community_id, Building.kind == BuildingKind.GROUP)
        .where(col(Building.name).contains(wanted, autoescape=True), col(Household.merged_into).is_(None))
        .order_by(Household.door)
        .limit(MOST)
    )
    return [*(row.id for row in find_households(session, community_id, wanted)), *session.exec(of_group)]


def _same(parent: Any, child: Any, column: str) -> Any:
    return (parent.community_id == child.community_id) & (parent.id == getattr(child, column))


def _by_name(session: Session, community_id: str, wanted: str) -> list[UUID]:
    statement = (
        select(Resident.household_id)
        .where(*_lives_here(community_id), col(Resident.name).contains(wanted, autoescape=True))
        .order_by(sa.func.length(Resident.name), col(Resident.name))
        .limit(MOST)
    )
    return list(session.exec(statement))


def _by_last_digits(session: Session, round_: Round, wanted: str) -> list[UUID]:
    """Numbers are encrypted each for itself, so every one is opened: 5 µs each, a third of a second for 50,000 people.

    An index of last digits would be quicker and would tell too much to whoever copies the database.
    """
    statement = select(Resident.household_id, Resident.phone, Resident.identity_number).where(
        *_lives_here(round_.community_id),
        sa.or_(col(Resident.phone).is_not(None), col(Resident.identity_number).is_not(None)),
    )
    found: list[UUID] = []
    for household_id, *numbers in session.exec(statement):
        if ends_with(round_.community_id, numbers, wanted):
            found.append(household_id)
            if len(found) == MOST:
                break
    return found


def ends_with(community_id: str, numbers: Iterable[bytes | None], wanted: str) -> bool:
    """Whether one of the encrypted numbers ends so."""
    keys = field_keys()
    return any(number and keys.decrypt(community_id, number).upper().endswith(wanted) for number in numbers)


def _lives_here(community_id: str) -> tuple[Any, ...]:
    return (
        Resident.community_id == community_id,
        col(Resident.left_at).is_(None),
        col(Resident.merged_into).is_(None),
    )


def list_families(session: Session, round_: Round, household_ids: list[UUID]) -> list[Family]:
    """These households with everybody in them, names masked, in the order given."""
    if not household_ids:
        return []
    members = _members(session, round_, household_ids)
    codes = _household_codes(session, round_, household_ids)
    doors = door_names(session, round_.community_id, household_ids)
    return [Family(id_, doors[id_], codes.get(id_), tuple(members[id_])) for id_ in household_ids if id_ in doors]


def _members(session: Session, round_: Round, household_ids: list[UUID]) -> dict[UUID, list[Member]]:
    statement = (
        select(Resident, Ticket.code, RosterEntry.sampled_at, Assignment)
        .join(Ticket, _valid_ticket(round_) & (Ticket.resident_id == Resident.id), isouter=True)
        .join(RosterEntry, _entry_of(round_) & (RosterEntry.resident_id == Resident.id), isouter=True)
        .join(Plan, _in_force(round_), isouter=True)
        .join(
            Assignment,
            (col(Assignment.community_id) == Plan.community_id)
            & (col(Assignment.plan_id) == Plan.id)
            & (col(Assignment.cohort_id) == RosterEntry.cohort_id),
            isouter=True,
        )
        .where(*_lives_here(round_.community_id), col(Resident.household_id).in_(household_ids))
        .order_by(col(Resident.number))
    )
    needs = _needs(session, round_.community_id, household_ids)
    found: dict[UUID, list[Member]] = defaultdict(list)
    rows = session.exec(statement).all()
    heads = Counter(row[0].household_id for row in rows)
    for resident, code, sampled_at, place in rows:
        found[resident.household_id].append(
            Member(
                id=resident.id,
                name=shown_name(resident.name, resident.number, heads[resident.household_id]),
                code=code,
                sampled_at=sampled_at,
                point_id=place.point_id if place else None,
                starts_at=place.starts_at if place else None,
                ends_at=place.ends_at if place else None,
                is_green=not GREEN_LANE_NEEDS.isdisjoint(needs[resident.id]),
                has_no_phone=NeedKind.NO_PHONE in needs[resident.id],
            )
        )
    return found


def _needs(session: Session, community_id: str, household_ids: list[UUID]) -> dict[UUID, set[NeedKind]]:
    statement = (
        select(NeedFlag.resident_id, NeedFlag.kind)
        .join(Resident, _same(Resident, NeedFlag, "resident_id"))
        .where(NeedFlag.community_id == community_id, col(Resident.household_id).in_(household_ids))
    )
    found: dict[UUID, set[NeedKind]] = defaultdict(set)
    for resident_id, kind in session.exec(statement):
        found[resident_id].add(NeedKind(kind))
    return found


def _valid_ticket(round_: Round) -> Any:
    return (
        (col(Ticket.community_id) == round_.community_id)
        & (col(Ticket.campaign_id) == round_.campaign_id)
        & col(Ticket.revoked_at).is_(None)
    )


def _entry_of(round_: Round) -> Any:
    return (col(RosterEntry.community_id) == round_.community_id) & (col(RosterEntry.round_id) == round_.id)


def _in_force(round_: Round) -> Any:
    return (
        (col(Plan.community_id) == round_.community_id)
        & (col(Plan.round_id) == round_.id)
        & (col(Plan.version) == round_.version)
    )


def _household_codes(session: Session, round_: Round, household_ids: list[UUID]) -> dict[UUID, str]:
    wanted = col(Ticket.household_id).in_(household_ids) & col(Ticket.resident_id).is_(None)
    return dict(session.exec(select(Ticket.household_id, Ticket.code).where(_valid_ticket(round_), wanted)).all())


def door_names(session: Session, community_id: str, household_ids: list[UUID]) -> dict[UUID, str]:
    """Whole doors, 3栋2单元501."""
    statement = (
        select(Household.id, Building.name, Unit.name, Household.door)
        .join(Building, _same(Building, Household, "building_id"))
        .join(Unit, _same(Unit, Household, "unit_id"))
        .where(Household.community_id == community_id, col(Household.id).in_(household_ids))
    )
    return {id_: door_words(building, unit, door) for id_, building, unit, door in session.exec(statement)}
