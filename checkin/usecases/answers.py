"""What a scan is answered, frozen beside it without names, and put into words when it is read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from bulou.errors import DomainError
from bulou.i18n import _
from bulou.walltime import wall_day, wall_span, wall_time
from checkin.forms import IncomingScan
from checkin.rules import Outcome, PlaceFacts, ScanKind
from checkin.usecases.evidence import Evidence, KeptScan, PersonSeen, PointSeen, read_names, read_people, read_points
from registry.rules import door_words
from registry.words import shown_name


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
    """What a scan is answered. It is put into words when it is read: in the language of whoever reads it, names masked."""

    scan_id: UUID
    kept: "Kept"
    point: PointSeen
    people: Mapping[UUID, PersonSeen]
    place_name: str  # of the point they are called to

    @property
    def outcome(self) -> Outcome:
        return self.kept.outcome

    @property
    def sampled_at(self) -> datetime | None:
        return self.kept.sampled_at

    @property
    def place(self) -> PlaceShown | None:
        return self.kept.place

    @property
    def resident(self) -> PersonShown | None:
        person = self.people.get(self.kept.resident_id) if self.kept.resident_id else None
        return shown_person(person) if person else None

    @property
    def members(self) -> tuple[PersonShown, ...] | None:
        if self.kept.member_ids is None:
            return None
        return tuple(shown_person(self.people[id_]) for id_ in self.kept.member_ids if id_ in self.people)

    @property
    def message(self) -> str:
        kept = self.kept
        match kept.outcome:
            case Outcome.ACCEPTED:
                return _("Arrived.") if kept.kind is ScanKind.ARRIVED else _("Accepted.")
            case Outcome.ALREADY_SAMPLED:
                time = wall_time(kept.sampled_at, self.point.timezone) if kept.sampled_at else ""
                return _("Already sampled at %(time)s.", time=time)
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
                return self._place_message()

    def _place_message(self) -> str:
        """Where and when; whoever must stay at home is not sent to a queue, and nobody around hears why."""
        place, zone = self.kept.place, self.point.timezone
        if self.kept.is_isolated or place is None:
            if self.point.contact:
                return _("Please call the person in charge: %(contact)s.", contact=self.point.contact)
            return _("Please ask the person in charge.")
        time = f"{wall_day(place.from_at, zone)} {wall_span(place.from_at, place.to_at, zone)}"
        if self.kept.outcome is Outcome.WRONG_TIME:
            return _("Their time is %(time)s.", time=time)
        return _("Their point is %(point)s, %(time)s.", point=self.place_name, time=time)


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

    @classmethod
    def read(cls, row: KeptScan) -> "Kept":
        """What was answered to a scan that is in the table."""
        facts = row.answer
        place = facts.get("place")
        members = facts.get("members")
        return cls(
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


def say_all(
    connection: Connection,
    evidence: Evidence,
    scans: Sequence[IncomingScan],
    kept: Sequence[Kept | DomainError],
) -> list[Answer | DomainError]:
    """The answers to scans that were recorded together; refusals stay what they are."""
    names = read_names(connection, evidence.community_id, filter(None, map(_elsewhere, kept)))
    return [
        _answer(scan.scan_id, one, evidence.points[scan.point], evidence.people, names)
        if isinstance(one, Kept)
        else one
        for scan, one in zip(scans, kept, strict=True)
    ]


def say_kept(connection: Connection, community_id: str, row: KeptScan) -> Answer:
    """The answer to a scan that is in the table."""
    kept = Kept.read(row)
    points = read_points(connection, community_id, [row.point_id])
    people = read_people(connection, community_id, [id_ for id_ in (kept.resident_id, *(kept.member_ids or ())) if id_])
    names = read_names(connection, community_id, [kept.place.point] if kept.place else [])
    return _answer(row.id, kept, points[row.point_id], people, names)


def _elsewhere(kept: Kept | DomainError) -> UUID | None:
    """The point that the answer names."""
    if not isinstance(kept, Kept) or kept.outcome is not Outcome.WRONG_POINT or kept.place is None:
        return None
    return kept.place.point


def _answer(
    scan_id: UUID, kept: Kept, point: PointSeen, people: Mapping[UUID, PersonSeen], names: Mapping[UUID, str]
) -> Answer:
    name = names.get(kept.place.point, "") if kept.place else ""
    return Answer(scan_id, kept, point, people, name)


def shown_person(person: PersonSeen) -> PersonShown:
    """Door and masked name; whoever is known only as a head is resident 2 of 3."""
    door = door_words(person.building, person.unit, person.door)
    return PersonShown(person.id, shown_name(person.name, person.number, person.heads), door, person.is_green)
