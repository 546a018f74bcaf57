"""What deeds were done to, by the names of today. Each feature says how its things are found; nothing of a name is kept."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlmodel import Session

from accounts.words import FactWords, action_name, fact_words
from bulou.i18n import _


@dataclass(frozen=True, slots=True)
class Subject:
    """A thing by its name, with names of people masked, and the page that shows it."""

    name: str
    endpoint: str = ""  # empty = no page shows it
    values: Mapping[str, Any] = field(default_factory=dict)  # of the endpoint


Subjects = Mapping[UUID, Subject]
# (session, community_id, ids) → those of the ids that are things of this feature
SubjectFinder = Callable[[Session, str, Collection[UUID]], Subjects]
_finders: dict[str, SubjectFinder] = {}


def set_subjects(feature: str, finder: SubjectFinder) -> None:
    """From now on the things of this feature are found by this function."""
    _finders[feature] = finder


def find_subjects(session: Session, community_id: str, ids: Collection[UUID]) -> dict[UUID, Subject]:
    """Everything with one of these ids, whatever it is; what is gone has no name."""
    found: dict[UUID, Subject] = {}
    for finder in _finders.values():
        if ids:
            found |= finder(session, community_id, ids)
    return found


@dataclass(frozen=True, slots=True)
class ToldFact:
    name: str  # empty = the value says it by itself
    value: Subject


@dataclass(frozen=True, slots=True)
class ToldDeed:
    """A deed as a sentence without its doer: what stands before and after the thing it was done to."""

    before: str
    subject: Subject | None  # None = it was done to nothing by itself
    after: str
    facts: tuple[ToldFact, ...]


def ids_in(deeds: Iterable[tuple[str | None, Mapping[str, Any]]]) -> set[UUID]:
    """The ids of which deeds speak: what they are about, and what their facts name."""
    told = [[about, *facts.values()] for about, facts in deeds]
    return {id_ for values in told for value in values if (id_ := _id(value)) is not None}


def tell_deed(action: str, about: str | None, facts: Mapping[str, Any], subjects: Subjects) -> ToldDeed:
    """In the reader's language. A thing that is gone is said to be."""
    before, blank, after = action_name(action).partition("%(about)s")
    id_ = _id(about)
    subject = (id_ and subjects.get(id_)) or Subject(_("(no longer here)"))
    told = (_tell_fact(fact_words(action, name), value, subjects) for name, value in facts.items() if value)
    return ToldDeed(before, subject if blank else None, after, tuple(told))


def _tell_fact(words: FactWords, value: Any, subjects: Subjects) -> ToldFact:
    id_ = _id(value)
    if id_ is not None:
        return ToldFact(str(words.name), subjects.get(id_) or Subject(_("(no longer here)")))
    return ToldFact(str(words.name), Subject(words.say(value)))


def _id(value: Any) -> UUID | None:
    try:
        return UUID(value) if isinstance(value, str) and len(value) == 36 else None
    except ValueError:
        return None
