"""What a scan is answered, frozen beside it without names, and put into words when it is read."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import Connection

from bulou.i18n import _
from bulou.walltime import wall_day, wall_span, wall_time
from checkin.rules import Outcome, PlaceFacts, ScanKind
from checkin.usecases.evidence import list_people
from registry.models import Community
from registry.rules import door_words
from registry.words import shown_name
from scheduling.models import Point


@dataclass(frozen=True, slots=True)
class PersonShown:
    id: UUID
    name: str  # masked
    door: str
    is_green: bool = False  # goes by the green lane; why is never said


@dataclass(frozen=True, slots=True)
class PlaceShown:
    point: UUID
    from_at: datetime
    to_at: datetime


@dataclass(frozen=True, slots=True)
class Answer:
    scan_id: UUID
    outcome: Outcome
    message: str  # in the reader's language
    resident: PersonShown | None = None
    sampled_at: datetime | None = None
    place: PlaceShown | None = None
    members: tuple[PersonShown, ...] | None = None


@dataclass(frozen=True, slots=True)
class Kept:
    """What is kept of an answer: no names, no words of a language."""

    outcome: Outcome
    kind: ScanKind
    resident_id: UUID | None = None
    sampled_at: datetime | None = None
    place: PlaceShown | None = None
    member_ids: tuple[UUID, ...] | None = None
    is_isolated: bool = False

    def as_json(self) -> dict[str, Any]:
        facts: dict[str, Any] = {}
        if self.sampled_at:
            facts["sampled_at"] = self.sampled_at.isoformat()
        if self.place:
            place = self.place
            facts["place"] = [str(place.point), place.from_at.isoformat(), place.to_at.isoformat()]
        if self.member_ids is not None:
            facts["members"] = [str(id_) for id_ in self.member_ids]
        if self.is_isolated:
            facts["is_isolated"] = True
        return facts


def read_kept(row: Any) -> Kept:
    """What was answered to a scan that is in the table."""
    facts = row.answer
    place = facts.get("place")
    members = facts.get("members")
    return Kept(
        outcome=Outcome(row.outcome),
        kind=ScanKind(row.kind),
        resident_id=row.resident_id,
        sampled_at=datetime.fromisoformat(facts["sampled_at"]) if "sampled_at" in facts else None,
        place=PlaceShown(UUID(place[0]), *map(datetime.fromisoformat, place[1:])) if place else None,
        member_ids=tuple(map(UUID, members)) if members is not None else None,
        is_isolated=facts.get("is_isolated", False),
    )


def shown_place(place: PlaceFacts | None) -> PlaceShown | None:
    return PlaceShown(UUID(place.point), place.from_at, place.to_at) if place else None


def say(
    connection: Connection, community_id: str, scan_id: UUID, kept: Kept, point_id: UUID, person: Any = None
) -> Answer:
    """The answer in the reader's language, names masked. `person`: the row of evidence, where it is at hand."""
    wanted = {*(kept.member_ids or ()), *([kept.resident_id] if kept.resident_id and person is None else [])}
    people = {row.resident_id: shown_person(row) for row in list_people(connection, community_id, wanted)}
    if person is not None and kept.resident_id:
        people[kept.resident_id] = shown_person(person)
    return Answer(
        scan_id=scan_id,
        outcome=kept.outcome,
        message=_message(connection, community_id, kept, point_id),
        resident=people.get(kept.resident_id) if kept.resident_id else None,
        sampled_at=kept.sampled_at,
        place=kept.place,
        members=_in_order(kept.member_ids, people),
    )


def _in_order(ids: Iterable[UUID] | None, people: dict[UUID, PersonShown]) -> tuple[PersonShown, ...] | None:
    return None if ids is None else tuple(people[id_] for id_ in ids if id_ in people)


def shown_person(row: Any) -> PersonShown:
    """Door and masked name; whoever is known only as a head is resident 2 of 3."""
    door = door_words(row.building, row.unit, row.door)
    return PersonShown(row.resident_id, shown_name(row.name, row.number, row.heads), door, bool(row.is_green))


def _message(connection: Connection, community_id: str, kept: Kept, point_id: UUID) -> str:
    match kept.outcome:
        case Outcome.ACCEPTED:
            return _("Arrived.") if kept.kind is ScanKind.ARRIVED else _("Accepted.")
        case Outcome.ALREADY_SAMPLED:
            return _("Already sampled at %(time)s.", time=_time(connection, community_id, kept.sampled_at))
        case Outcome.UNKNOWN_TICKET:
            return _("This ticket is not known here.")
        case Outcome.REVOKED:
            return _("This ticket is not valid any more.")
        case Outcome.CLOSED:
            return _("The round is not open.")
        case Outcome.EXCUSED:
            return _("This person need not come now.")
        case Outcome.UNDONE:
            return _("Taken back.")
        case Outcome.CHOOSE_MEMBER:
            return _("Who of the household is here?") if kept.member_ids else _("Nobody of this household is due.")
        case Outcome.WRONG_POINT | Outcome.WRONG_TIME:
            return _place_message(connection, community_id, kept, point_id)


def _place_message(connection: Connection, community_id: str, kept: Kept, point_id: UUID) -> str:
    """Where and when; whoever must stay at home is not sent to a queue, and nobody around hears why."""
    if kept.is_isolated or kept.place is None:
        contact = _contact(connection, community_id, point_id)
        if contact:
            return _("Please call the person in charge: %(contact)s.", contact=contact)
        return _("Please ask the person in charge.")
    zone = _timezone(connection, community_id)
    time = f"{wall_day(kept.place.from_at, zone)} {wall_span(kept.place.from_at, kept.place.to_at, zone)}"
    if kept.outcome is Outcome.WRONG_TIME:
        return _("Their time is %(time)s.", time=time)
    point = connection.execute(_NAME, {"community": community_id, "point": kept.place.point}).scalar()
    return _("Their point is %(point)s, %(time)s.", point=point, time=time)


_point, _community = Point.__table__, Community.__table__  # type: ignore[attr-defined]
_OF_POINT = (
    _point.c.community_id == sa.bindparam("community"),
    _point.c.id == sa.bindparam("point", type_=_point.c.id.type),
)
_NAME = sa.select(_point.c.name).where(*_OF_POINT)
_CONTACT = sa.select(_point.c.contact_name, _point.c.contact_phone).where(*_OF_POINT)
_ZONE = sa.select(_community.c.timezone).where(_community.c.id == sa.bindparam("community"))


def _contact(connection: Connection, community_id: str, point_id: UUID) -> str:
    row = connection.execute(_CONTACT, {"community": community_id, "point": point_id}).first()
    return " ".join(word for word in row or () if word)


def _timezone(connection: Connection, community_id: str) -> str:
    return connection.execute(_ZONE, {"community": community_id}).scalar() or "Asia/Shanghai"


def _time(connection: Connection, community_id: str, at: datetime | None) -> str:
    return wall_time(at, _timezone(connection, community_id)) if at else ""
