"""Everybody whom an official list may name, and what somebody said of its lines when an earlier list had them.

Numbers and lines are opened here, so only in a session that reads: opening a long list takes seconds.
"""

import json
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col, func, select

from bulou.crypto import field_keys
from checkin.models import OfficialLine, OfficialList
from checkin.rules import Match
from checkin.rules.official import Known, Register
from registry.models import Building, Compound, Household, Resident, Unit
from registry.queries.registered import take_snapshot
from registry.rules import door_words
from registry.rules.matching import RegisteredPerson
from registry.rules.matching.places import Places
from scheduling.models import RosterEntry, Round

Print = tuple[Any, ...]  # what makes two lines the same, wherever they stand


def open_register(session: Session, round_: Round) -> tuple[Register, Places]:
    """Everybody who lives here or is on the roster of the round, and the doors under all names they have or had."""
    snapshot = take_snapshot(session, round_.community_id, with_said=False)
    of_round = (RosterEntry.community_id == round_.community_id, RosterEntry.round_id == round_.id)
    listed = set(session.exec(select(RosterEntry.resident_id).where(*of_round)))
    people = (_known(each) for each in snapshot.registered.people if _may_be_named(each, listed))
    return Register(people), Places(snapshot.registered, snapshot.default_compound)


def count_residents(session: Session, community_id: str) -> int:
    """How many a list is compared with, those who have left among them."""
    return session.exec(select(func.count()).select_from(Resident).where(Resident.community_id == community_id)).one()


def _may_be_named(person: RegisteredPerson, listed: Set[UUID]) -> bool:
    return person.merged_into is None and (not person.has_left or person.id in listed)


def _known(person: RegisteredPerson) -> Known:
    door = person.door
    words = door_words(door.building, door.unit, door.room)
    return Known(person.id, person.name, person.phone, person.identity_number, words, door.compound)


def list_known(session: Session, round_: Round, only: Set[UUID]) -> Iterator[Known]:
    """These, with numbers in full; who is gone or was merged since is left out."""
    columns = (Resident, col(Compound.name), col(Building.name), col(Unit.name), col(Household.door))
    statement = (
        sa.select(*columns)
        .join_from(Resident, Household)
        .join_from(Household, Unit)
        .join_from(Household, Building)
        .join_from(Building, Compound)
        .where(col(Resident.community_id) == round_.community_id, col(Resident.merged_into).is_(None))
        .where(col(Resident.id).in_(only))
    )
    keys = field_keys()

    def opened(value: bytes | None) -> str:
        return keys.decrypt(round_.community_id, value) if value else ""

    for person, compound, building, unit, door in session.execute(statement):
        words = door_words(building, unit, door)
        name = person.name or ""
        yield Known(person.id, name, opened(person.phone), opened(person.identity_number), words, compound)


# What was said of lines before.


@dataclass(frozen=True, slots=True)
class Settled:
    """What somebody said of a line: who it is, or that it is nobody of ours."""

    match: Match
    resident_id: UUID | None
    candidates: tuple[UUID, ...]
    by: UUID


def print_of(said: Mapping[str, Any]) -> Print:
    """The place of a line in the file and the time of the list are not part of what it says."""
    return tuple(said[name] for name in ("name", "phone", "identity", "door", "place", "given"))


def list_settled(session: Session, round_: Round) -> dict[Print, Settled]:
    """What holds for lines of the round's lists, as far as those are whole, whichever list had them first."""
    settled = {}
    for line, said in _looked_at(session, round_):
        candidates = tuple(UUID(id_) for id_ in line.candidates)
        assert line.settled_by is not None  # asked for
        settled[print_of(said)] = Settled(line.match, line.resident_id, candidates, line.settled_by)
    return settled


def list_same_lines(session: Session, round_: Round, list_id: UUID, number: int) -> list[tuple[UUID, int]]:
    """This line and the same in other lists of the round, as far as somebody said who they are; empty = nobody did."""
    found = [((line.list_id, line.line), print_of(said)) for line, said in _looked_at(session, round_)]
    wanted = next((words for key, words in found if key == (list_id, number)), None)
    return [key for key, words in found if words == wanted]


def _looked_at(session: Session, round_: Round) -> Iterator[tuple[OfficialLine, dict[str, Any]]]:
    same = sa.and_(
        col(OfficialList.community_id) == OfficialLine.community_id, col(OfficialList.id) == OfficialLine.list_id
    )
    statement = (
        select(OfficialLine)
        .join(OfficialList, same)
        .where(OfficialList.community_id == round_.community_id, OfficialList.round_id == round_.id)
        .where(col(OfficialLine.settled_by).is_not(None), col(OfficialList.kept_at).is_not(None))
        .order_by(col(OfficialLine.settled_at), col(OfficialLine.list_id), col(OfficialLine.line))
    )
    lines: Sequence[OfficialLine] = session.exec(statement).all()
    return ((line, open_said(line)) for line in lines)


def open_said(line: OfficialLine) -> dict[str, Any]:
    """What a line says, in full."""
    said: dict[str, Any] = json.loads(field_keys().decrypt(line.community_id, line.said))
    return said
