"""What a preview shows of the facts that were kept of a comparison: one part, one building, a page of its lines."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bulou.ordering import natural_key
from bulou.paging import PageOf, page_of

Facts = Mapping[str, Any]
PAGE = 100  # lines of one page
COUNTED = ("added", "changed", "moved", "left", "unchanged")
BY_NEED = ("changed", "moved", "left", "added", "kept", "doors")  # the order in which they need a look
ROWS = ("refused", "notices")  # of the file, and of no building


@dataclass(frozen=True, slots=True)
class HouseLine:
    """A building: its place among the houses of the facts, and how many people are added, changed and so on."""

    place: int
    name: str
    counts: Mapping[str, int]


def choose_part(facts: Facts, asked: str) -> str:
    """The part that was asked for; else what needs a look first: refused rows, then whatever changes."""
    if asked in facts["lines"] or asked in ROWS:
        return asked
    found = [part for part in BY_NEED if facts["lines"][part]]
    return "refused" if facts["refused"] else (found or ["unchanged"])[0]


def choose_lines(facts: Facts, part: str, house: int | None, start: int) -> PageOf[Any]:
    """A page of that part; of one building where its lines have one."""
    lines = facts[part] if part in ROWS else facts["lines"][part]
    if house is not None and part not in ROWS:
        lines = [line for line in lines if line[0] == house]
    return page_of(len(lines), start, PAGE, lambda first, size: lines[first : first + size])


def count_by_house(facts: Facts) -> list[HouseLine]:
    """In the order people count buildings."""
    counts: dict[int, Counter[str]] = {}
    for part in COUNTED:
        for line in facts["lines"][part]:
            counts.setdefault(line[0], Counter())[part] += line[3]
    order = sorted(counts, key=lambda place: [natural_key(part) for part in facts["houses"][place]])
    return [HouseLine(place, "".join(facts["houses"][place]), counts[place]) for place in order]
