"""Who of ours a line of the official list is. Pure.

A wrong name on the list of the missing harms people, and so does a wrong one on the list of those sampled: what is not sure
is shown to somebody.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from checkin.rules import Match
from checkin.rules.names import fits, fits_wholly, is_hidden, name_key

MOST_CANDIDATES = 8


class LineFault(StrEnum):
    """Why a line is refused."""

    NOBODY = "nobody"  # neither name nor number
    IDENTITY_UNREADABLE = "identity_unreadable"
    TIME_UNREADABLE = "time_unreadable"
    NOT_OPEN = "not_open"  # the round was not open at the time it says
    NAME_HIDDEN = "name_hidden"  # letters of the name are hidden, and nothing else says which of many it is


class Part(StrEnum):
    """The lines that one page of a list shows, in the order of its tabs."""

    DOUBTFUL = "doubtful"
    SETTLED = "settled"  # somebody said who it is, or that it is nobody of ours
    REFUSED = "refused"
    NOT_OURS = "not_ours"
    SURE = "sure"


class Mark(StrEnum):
    """What a line and a person have in common, or nearly."""

    NAME = "name"
    NAME_HIDDEN = "name_hidden"  # what is shown of it fits
    PHONE = "phone"
    DOOR = "door"
    IDENTITY = "identity"
    PHONE_NEAR = "phone_near"  # one digit differs
    IDENTITY_NEAR = "identity_near"
    PHONE_SHOWN = "phone_shown"  # digits are hidden, those that are shown fit
    IDENTITY_SHOWN = "identity_shown"


PARTLY = frozenset({Mark.NAME_HIDDEN, Mark.PHONE_NEAR, Mark.IDENTITY_NEAR, Mark.PHONE_SHOWN, Mark.IDENTITY_SHOWN})
_NUMBERS = frozenset({Mark.PHONE, Mark.PHONE_SHOWN, Mark.IDENTITY, Mark.IDENTITY_SHOWN})
_BESIDES_NAME = _NUMBERS | {Mark.DOOR}
_TAIL = 4  # the last digits, by which numbers with hidden ones are found
_WEIGHTS = {
    Mark.IDENTITY: 6,
    Mark.IDENTITY_NEAR: 4,
    Mark.PHONE: 3,
    Mark.IDENTITY_SHOWN: 3,
    Mark.PHONE_SHOWN: 2,
    Mark.NAME: 2,
    Mark.DOOR: 2,
    Mark.NAME_HIDDEN: 1,
    Mark.PHONE_NEAR: 1,
}


@dataclass(frozen=True, slots=True)
class Said:
    """What a line says of a person; empty = nothing. `door` in the one spelling of doors, hidden digits as *."""

    name: str = ""
    phone: str = ""
    identity: str = ""
    door: str = ""
    compound: str = ""  # of the door; empty = not said

    @property
    def key(self) -> str:
        return name_key(self.name)


@dataclass(frozen=True, slots=True)
class Known:
    """A resident as the registry knows them."""

    id: UUID
    name: str = ""
    phone: str = ""
    identity: str = ""
    door: str = ""
    compound: str = ""

    @property
    def key(self) -> str:
        return name_key(self.name)


@dataclass(frozen=True, slots=True)
class Matched:
    match: Match
    resident_id: UUID | None = None  # where it is sure
    candidates: tuple[UUID, ...] = ()  # where it is doubtful, likeliest first


class Register:
    """Everybody, found by what a line may say."""

    def __init__(self, people: Iterable[Known]) -> None:
        self.people = tuple(people)
        self.identity = _index(self.people, lambda person: person.identity)
        self.phone = _index(self.people, lambda person: person.phone)
        self.name = _index(self.people, lambda person: person.key)
        self._tails = _index(self.people, lambda person: person.phone[-_TAIL:])
        self._identity_tails = _index(self.people, lambda person: person.identity[-_TAIL:])
        self._doors = _index(self.people, lambda person: person.door)
        self._hidden: dict[str, list[Known]] = {}

    def at_door(self, said: Said) -> list[Known]:
        """Those of the door; where the line says no compound, of that door in each."""
        return [person for person in self._doors.get(said.door, []) if is_same_door(said, person)] if said.door else []

    def shown(self, said: Said) -> list[Known]:
        """Those whose number ends as the line shows one of which digits are hidden."""
        found: list[Known] = []
        for number, tails in ((said.phone, self._tails), (said.identity, self._identity_tails)):
            if is_hidden(number):
                found += [person for person in tails.get(number[-_TAIL:], []) if not _is_ruled_out(said, person)]
        return found

    def named(self, key: str) -> list[Known]:
        """Everybody who may have this name; of a hidden one, one more than are ever shown at most."""
        if not is_hidden(key):
            return self.name.get(key, []) if key else []
        if key not in self._hidden:
            self._hidden[key] = self._fitting(key)
        return self._hidden[key]

    def _fitting(self, key: str) -> list[Known]:
        found: list[Known] = []
        for name, people in self.name.items():
            if fits(key, name):
                found += people
            if len(found) > MOST_CANDIDATES:
                break
        return found


def _index(people: Iterable[Known], word: Callable[[Known], str]) -> dict[str, list[Known]]:
    index: dict[str, list[Known]] = defaultdict(list)
    for person in people:
        if value := word(person):
            index[value].append(person)
    return dict(index)


def whole_minute(at: datetime, now: datetime) -> datetime:
    """A time typed without seconds means the whole of its minute, as far as that has passed."""
    end = at + timedelta(seconds=59)
    return min(end, now) if at <= now else end


def match_line(said: Said, register: Register) -> Matched:
    """Sure by identity number, by name and phone, or by name and door; doubtful where only part of that fits, if only the door.

    Refused where a hidden name is all that is said, and many have it.
    """
    sure = _by_identity(said, register) or _by_name_and_more(said, register) or _by_shown_digits(said, register)
    if sure is not None:
        return Matched(Match.SURE, sure.id)
    people = _candidates(said, register)
    if len(people) > MOST_CANDIDATES and all(marks_of(said, person) == (Mark.NAME_HIDDEN,) for person in people):
        return Matched(Match.NOT_OURS if said.phone or said.identity or said.door else Match.REFUSED)
    found = tuple(person.id for person in people[:MOST_CANDIDATES])
    return Matched(Match.DOUBTFUL, candidates=found) if found else Matched(Match.NOT_OURS)


def _by_identity(said: Said, register: Register) -> Known | None:
    """The one with this number; another name that shares no letter with it speaks against it."""
    found = register.identity.get(said.identity, []) if said.identity else []
    if len(found) > 1:
        found = [person for person in found if person.key == said.key]
    if len(found) != 1 or not _may_be_named(said.key, found[0].key):
        return None
    return found[0]


def _may_be_named(key: str, name: str) -> bool:
    """One of them is not known, they share a letter, or what is shown of one fits the other."""
    if not key or not name:
        return True
    if is_hidden(key) or is_hidden(name):
        return fits(key, name) or fits(name, key)
    return bool(set(key) & set(name))


def _by_name_and_more(said: Said, register: Register) -> Known | None:
    if is_hidden(said.key):
        return _by_hidden_name(said, register)
    for mark in (Mark.PHONE, Mark.DOOR):
        found = [person for person in register.named(said.key) if mark in marks_of(said, person)]
        if len(found) == 1 and not _is_somebody_else(said, found[0]):
            return found[0]
    return None


def _by_hidden_name(said: Said, register: Register) -> Known | None:
    """The only one with that phone or at that door whom the name fits.

    Families share surname, door and often a phone: with the surname alone both must fit, and whoever lives with them speaks
    against it where the name fits them too.
    """
    near = {person.id: person for person in (*register.phone.get(said.phone, []), *register.at_door(said))}
    found = [person for person in near.values() if fits(said.key, person.key) and not _is_ruled_out(said, person)]
    if len(found) != 1 or is_hidden(found[0].key) or _has_namesake_at_home(said, found[0], register):
        return None
    marks = set(marks_of(said, found[0]))
    is_near = marks >= {Mark.PHONE, Mark.DOOR} or (
        fits_wholly(said.key, found[0].key) and marks & {Mark.PHONE, Mark.DOOR}
    )
    return found[0] if is_near else None


def _has_namesake_at_home(said: Said, person: Known, register: Register) -> bool:
    """Somebody else lives there whom the name fits, and whom no number rules out."""
    home = Said(door=person.door, compound=person.compound)
    others = (each for each in register.at_door(home) if each.id != person.id)
    return any(_name_marks(said.key, each.key) and not _is_ruled_out(said, each) for each in others)


def _by_shown_digits(said: Said, register: Register) -> Known | None:
    """The only one whom the name, shown digits and one thing more fit: the door, or digits of the other number."""
    near = {person.id: person for person in register.shown(said)}
    found = [person for person in near.values() if _name_marks(said.key, person.key) and not is_hidden(person.key)]
    strong = [person for person in found if len(_BESIDES_NAME.intersection(marks_of(said, person))) > 1]
    if len(strong) != 1 or _is_ruled_out(said, strong[0]) or _has_namesake_at_home(said, strong[0], register):
        return None
    return strong[0]


def _is_somebody_else(said: Said, person: Known) -> bool:
    """Both numbers are known and differ, as far as they are shown."""
    return bool(said.identity and person.identity) and not _is_number(said.identity, person.identity)


def _is_ruled_out(said: Said, person: Known) -> bool:
    """A number says that it is somebody else; the shown digits of a phone do so where only part of the name fits.

    Who has another phone than they had has still their whole name.
    """
    if _is_somebody_else(said, person):
        return True
    if not is_hidden(said.phone) or not person.phone or Mark.NAME in _name_marks(said.key, person.key):
        return False
    return not _is_number(said.phone, person.phone)


def _is_number(said: str, number: str) -> bool:
    return fits(said, number) if is_hidden(said) else said == number


def _candidates(said: Said, register: Register) -> list[Known]:
    """Everybody of whom something fits, the likeliest first. By name or door only those whom no number rules out."""
    people = {person.id: person for person in _nearly(said.identity, register.identity)}
    people |= {person.id: person for person in register.phone.get(said.phone, [])}
    for person in _namesakes(said, register):
        if _NUMBERS.intersection(marks_of(said, person)) or not _is_ruled_out(said, person):
            people[person.id] = person
    for person in (*register.at_door(said), *_shown_and_named(said, register)):
        if not _is_ruled_out(said, person):
            people[person.id] = person
    near = _near_the_door(said, people.values())
    return sorted(near, key=lambda person: (-_weight(said, person), -_alike(said, person), person.id))


def _namesakes(said: Said, register: Register) -> list[Known]:
    """Those of this name; of a crowd of whom part of the name and no shown digit tells one, nobody."""
    named = register.named(said.key)
    is_crowd = is_hidden(said.key) and len(named) > MOST_CANDIDATES
    return [] if is_crowd and (is_hidden(said.phone) or is_hidden(said.identity)) else named


def _shown_and_named(said: Said, register: Register) -> list[Known]:
    """Four digits fit somebody in any community: the name has to fit too, where the line says one."""
    return [person for person in register.shown(said) if not said.key or _name_marks(said.key, person.key)]


def _near_the_door(said: Said, people: Iterable[Known]) -> list[Known]:
    """Where somebody of the named door fits, namesakes elsewhere are left out; whom a number fits is not."""
    marked = [(person, set(marks_of(said, person))) for person in people]
    if not any(Mark.DOOR in marks and len(marks) > 1 for _person, marks in marked):
        return [person for person, _marks in marked]
    elsewhere = {Mark.NAME}, {Mark.NAME_HIDDEN}
    return [person for person, marks in marked if marks not in elsewhere]


def _weight(said: Said, person: Known) -> int:
    return sum(_WEIGHTS[mark] for mark in marks_of(said, person))


def _alike(said: Said, person: Known) -> int:
    """How many letters the names share: of those at one door a mistyped name stands first."""
    return len(set(said.key) & set(person.key))


def _nearly(number: str, index: dict[str, list[Known]]) -> list[Known]:
    """Those with this number, or with one digit of it mistyped."""
    if not number or is_hidden(number):
        return []
    spelled = {number} | {
        f"{number[:place]}{digit}{number[place + 1 :]}" for place in range(len(number)) for digit in "0123456789X"
    }
    return [person for each in sorted(spelled & index.keys()) for person in index[each]]


def marks_of(said: Said, person: Known) -> tuple[Mark, ...]:
    """What fits, in the order in which it is shown."""
    marks = list(_name_marks(said.key, person.key))
    marks += _number_marks(said.phone, person.phone, (Mark.PHONE, Mark.PHONE_NEAR, Mark.PHONE_SHOWN))
    marks += _number_marks(said.identity, person.identity, (Mark.IDENTITY, Mark.IDENTITY_NEAR, Mark.IDENTITY_SHOWN))
    if is_same_door(said, person):
        marks.append(Mark.DOOR)
    return tuple(marks)


def _name_marks(key: str, name: str) -> Sequence[Mark]:
    if not key or not name:
        return ()
    if is_hidden(key) or is_hidden(name):
        return (Mark.NAME_HIDDEN,) if fits(key, name) or fits(name, key) else ()
    return (Mark.NAME,) if key == name else ()


def _number_marks(said: str, number: str, marks: tuple[Mark, Mark, Mark]) -> Sequence[Mark]:
    equal, near, shown = marks
    if not said or not number:
        return ()
    if is_hidden(said):
        return (shown,) if fits(said, number) else ()
    if said == number:
        return (equal,)
    return (near,) if differ_in_one(said, number) else ()


def is_same_door(said: Said, person: Known) -> bool:
    return bool(said.door) and said.door == person.door and said.compound in ("", person.compound)


def differ_in_one(one: str, other: str) -> bool:
    return len(one) == len(other) and sum(a != b for a, b in zip(one, other, strict=True)) == 1


# What may stand before a building and names no compound: 某市某区某街道某路100号.
_AROUND = re.compile(r"(?<!小)[省市区县镇乡村道路街巷弄]$|(社区|居委会|\d号?)$")


def name_compound(said: str, compounds: Iterable[str]) -> str:
    """Which of our compounds stands in what a list has before the building; empty = it names none at all.

    What names another one is given back as it is: that door is nobody's of ours.
    """
    plain = said.removesuffix("小区")
    fitting = [name for name in compounds if name and _names(plain, name.removesuffix("小区"))]
    if fitting:
        return max(fitting, key=lambda name: (name == said, len(name)))
    return "" if not plain or _AROUND.search(said) else said


def _names(said: str, compound: str) -> bool:
    return bool(compound) and (compound in said or (len(said) > 1 and said in compound))
