"""What a phone holds of its point: whom, in which order of need, and how it is told from what it held before. Pure."""

import hashlib
from binascii import b2a_base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

_FOR_ADDRESSES = bytes.maketrans(b"+/", b"-_")  # base64url, RFC 4648
MOST_PEOPLE = 5_000  # of one slice: what an old phone searches in a moment


def ticket_hash(code: str) -> str:
    """What a phone knows a ticket by: enough to recognise a code that it is shown, not to print one."""
    digest = hashlib.sha256(code.encode()).digest()[:16]
    return b2a_base64(digest, newline=False)[:22].translate(_FOR_ADDRESSES).decode()


def last_digits(number: str) -> str:
    """The last four characters of a phone or identity number, as people are asked for them."""
    return number.upper()[-4:]


@dataclass(frozen=True, slots=True)
class Called:
    """People of one household who are called together. No times: they are visited at the door."""

    household_id: str
    heads: int
    starts_at: datetime | None = None
    ends_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Chosen:
    """Households of a slice; `cut`: people for whom there was no room."""

    households: tuple[str, ...]
    cut: int = 0


def choose_households(called: Sequence[Called], now: datetime, most: int = MOST_PEOPLE) -> Chosen:
    """All, as long as they are not too many; else those whose slots come first from now on, then those just over."""
    chosen: dict[str, None] = {}
    people = 0
    for each in sorted(called, key=lambda each: _urgency(each, now)):
        if people + each.heads > most:
            break
        chosen[each.household_id] = None
        people += each.heads
    return Chosen(tuple(chosen), sum(each.heads for each in called) - people)


def keep_room(chosen: Chosen, heads: Mapping[str, int], most: int = MOST_PEOPLE) -> Chosen:
    """As many of these as there is room for with everybody who lives there: others of a household are called elsewhere."""
    people = 0
    for at, household_id in enumerate(chosen.households):
        people += heads[household_id]
        if people > most:
            left = chosen.households[at:]
            return Chosen(chosen.households[:at], chosen.cut + sum(heads[each] for each in left))
    return chosen


def _urgency(called: Called, now: datetime) -> tuple[bool, float, str]:
    if called.starts_at is None or called.ends_at is None:
        return (False, 0.0, called.household_id)
    is_over = called.ends_at <= now
    return (is_over, -called.ends_at.timestamp() if is_over else called.starts_at.timestamp(), called.household_id)


@dataclass(frozen=True, slots=True)
class Cursor:
    """Up to which change of its point a phone was told, and in which language."""

    language: str
    told: int

    def __str__(self) -> str:
        return f"{self.language}-{self.told}"


def read_cursor(text: str) -> Cursor | None:
    """None where it is none of ours."""
    language, _, told = text.partition("-")
    is_number = told.isascii() and told.isdigit() and len(told) < 19
    return Cursor(language, int(told)) if is_number else None


def next_mark(last: int, now: datetime) -> int:
    """The number of the next change at a point: it grows by the clock, so that one that was lost is never given again."""
    return max(last + 1, int(now.timestamp() * 1000))
