"""Who of ours a line of the official list is. Pure.

A wrong name on the list of the missing harms people, and so does a wrong one on the list of those sampled: what is not sure
is shown to somebody.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from checkin.rules import Match

MOST_CANDIDATES = 8


class LineFault(StrEnum):
    """Why a line is refused."""

    NOBODY = "nobody"  # neither name nor number
    IDENTITY_UNREADABLE = "identity_unreadable"
    TIME_UNREADABLE = "time_unreadable"
    NOT_OPEN = "not_open"  # the round was not open at the time it says


class Mark(StrEnum):
    """What a line and a person have in common, or nearly."""

    NAME = "name"
    PHONE = "phone"
    DOOR = "door"
    IDENTITY = "identity"
    PHONE_NEAR = "phone_near"  # one digit differs
    IDENTITY_NEAR = "identity_near"


_WEIGHTS = {
    Mark.IDENTITY: 6,
    Mark.IDENTITY_NEAR: 4,
    Mark.PHONE: 3,
    Mark.NAME: 2,
    Mark.DOOR: 2,
    Mark.PHONE_NEAR: 1,
}


@dataclass(frozen=True, slots=True)
class Said:
    """What a line says of a person; empty = nothing. `door` in the one spelling of doors."""

    name: str = ""
    phone: str = ""
    identity: str = ""
    door: str = ""


@dataclass(frozen=True, slots=True)
class Known:
    """A resident as the registry knows them."""

    id: UUID
    name: str = ""
    phone: str = ""
    identity: str = ""
    door: str = ""


@dataclass(frozen=True, slots=True)
class Matched:
    match: Match
    resident_id: UUID | None = None  # where it is sure
    candidates: tuple[UUID, ...] = ()  # where it is doubtful, likeliest first


class Register:
    """Everybody, found by what a line may say."""

    def __init__(self, people: Iterable[Known]) -> None:
        self.identity: dict[str, list[Known]] = defaultdict(list)
        self.phone: dict[str, list[Known]] = defaultdict(list)
        self.name: dict[str, list[Known]] = defaultdict(list)
        self.door: dict[str, list[Known]] = defaultdict(list)
        for person in people:
            for index, value in (
                (self.identity, person.identity),
                (self.phone, person.phone),
                (self.name, person.name),
                (self.door, person.door),
            ):
                if value:
                    index[value].append(person)


def whole_minute(at: datetime, now: datetime) -> datetime:
    """A time typed without seconds means the whole of its minute, as far as that has passed."""
    end = at + timedelta(seconds=59)
    return min(end, now) if at <= now else end


def match_line(said: Said, register: Register) -> Matched:
    """Sure by identity number, by name and phone, or by name and door; doubtful where only part of that fits, if only the door."""
    sure = _by_identity(said, register) or _by_name_and_more(said, register)
    if sure is not None:
        return Matched(Match.SURE, sure.id)
    found = _candidates(said, register)
    return Matched(Match.DOUBTFUL, candidates=found) if found else Matched(Match.NOT_OURS)


def _by_identity(said: Said, register: Register) -> Known | None:
    """The one with this number; another name that shares no letter with it speaks against it."""
    found = register.identity.get(said.identity, []) if said.identity else []
    if len(found) > 1:
        found = [person for person in found if person.name == said.name]
    if len(found) != 1 or (said.name and found[0].name and not set(said.name) & set(found[0].name)):
        return None
    return found[0]


def _by_name_and_more(said: Said, register: Register) -> Known | None:
    """The only one of that name with that phone or at that door, unless the identity numbers tell them apart."""
    namesakes = register.name.get(said.name, []) if said.name else []
    for mark in (Mark.PHONE, Mark.DOOR):
        found = [person for person in namesakes if mark in marks_of(said, person)]
        if len(found) == 1 and not _is_somebody_else(said, found[0]):
            return found[0]
    return None


def _is_somebody_else(said: Said, person: Known) -> bool:
    """Both numbers are known and differ."""
    return bool(said.identity and person.identity and said.identity != person.identity)


def _candidates(said: Said, register: Register) -> tuple[UUID, ...]:
    """Everybody of whom something fits, the likeliest first. By name or door only those whom no number rules out."""
    people: dict[UUID, Known] = {}
    for person in _nearly(said.identity, register.identity):
        people[person.id] = person
    for person in register.phone.get(said.phone, []) if said.phone else []:
        people[person.id] = person
    for person in register.name.get(said.name, []) if said.name else []:
        marks = marks_of(said, person)
        if marks != (Mark.NAME,) or not _is_somebody_else(said, person):
            people[person.id] = person
    for person in register.door.get(said.door, []) if said.door else []:
        if not _is_somebody_else(said, person):
            people[person.id] = person
    ranked = sorted(people.values(), key=lambda person: (-_weight(said, person), -_alike(said, person), person.id))
    return tuple(person.id for person in ranked[:MOST_CANDIDATES])


def _weight(said: Said, person: Known) -> int:
    return sum(_WEIGHTS[mark] for mark in marks_of(said, person))


def _alike(said: Said, person: Known) -> int:
    """How many letters the names share: of those at one door a mistyped name stands first."""
    return len(set(said.name) & set(person.name))


def _nearly(number: str, index: dict[str, list[Known]]) -> list[Known]:
    """Those with this number, or with one digit of it mistyped."""
    if not number:
        return []
    spelled = {number} | {
        f"{number[:place]}{digit}{number[place + 1 :]}" for place in range(len(number)) for digit in "0123456789X"
    }
    return [person for each in sorted(spelled) for person in index.get(each, [])]


def marks_of(said: Said, person: Known) -> tuple[Mark, ...]:
    """What fits, in the order in which it is shown."""
    marks = []
    if said.name and said.name == person.name:
        marks.append(Mark.NAME)
    for equal, near, ours, theirs in (
        (Mark.PHONE, Mark.PHONE_NEAR, said.phone, person.phone),
        (Mark.IDENTITY, Mark.IDENTITY_NEAR, said.identity, person.identity),
    ):
        if ours and ours == theirs:
            marks.append(equal)
        elif differ_in_one(ours, theirs):
            marks.append(near)
    if said.door and said.door == person.door:
        marks.append(Mark.DOOR)
    return tuple(marks)


def differ_in_one(one: str, other: str) -> bool:
    return len(one) == len(other) and sum(a != b for a, b in zip(one, other, strict=True)) == 1
