"""What is typed in from a paper list: ticks, times as people write them, lines of walk-ins."""

import re
from datetime import date, time
from uuid import UUID

from werkzeug.datastructures import MultiDict

from bulou.i18n import _
from bulou.text import clean_text
from checkin.errors import WrittenDayUnreadable, WrittenTimesUnreadable, WrittenTimeUnreadable
from checkin.usecases.paper import TypedBox, TypedSheet, TypedWalkIn

MOST_WALK_INS = 60
_TIME = re.compile(r"(\d{1,2})\s*[:.：点时h]?\s*(\d{2})分?")
Fields = MultiDict[str, str]


def read_time(typed: str, where: str) -> time | None:
    """9:05, 905, 9点05; None where nothing is written. Raises WrittenTimeUnreadable."""
    typed = clean_text(typed, max_length=20)
    if not typed or typed in ("″", '"', "〃", "同上"):
        return None
    found = _TIME.fullmatch(typed)
    if found is None or int(found[1]) > 23 or int(found[2]) > 59:
        raise WrittenTimeUnreadable(where=where, time=typed)
    return time(int(found[1]), int(found[2]))


def read_sheet(fields: Fields) -> TypedSheet:
    """Raises WrittenTimesUnreadable where several cannot be read, WrittenTimeUnreadable and WrittenDayUnreadable."""
    _check_times(fields)
    first = read_time(fields.get("first", ""), _("Time of the list")) or time(0, 0)
    return TypedSheet(_day(fields), first, _id(fields.get("point", "")), _boxes(fields), _walk_ins(fields))


def _check_times(fields: Fields) -> None:
    """All lines whose time cannot be read are named at once. Raises WrittenTimesUnreadable."""
    listed = [name.removeprefix("seen-") for name in fields if name.startswith("seen-")]
    lines = [id_ for id_ in listed if _id(id_) is not None]
    wrong = [str(number) for number, id_ in enumerate(lines, start=1) if not _is_time(fields.get(f"time-{id_}", ""))]
    if len(wrong) > 1:
        raise WrittenTimesUnreadable(lines=_(", ").join(wrong))


def _is_time(typed: str) -> bool:
    try:
        read_time(typed, "")
    except WrittenTimeUnreadable:
        return False
    return True


def _day(fields: Fields) -> date:
    try:
        day = date.fromisoformat(fields.get("day", ""))
    except ValueError:
        raise WrittenDayUnreadable() from None
    if not 2000 <= day.year <= 2100:
        raise WrittenDayUnreadable()
    return day


def _id(typed: str) -> UUID | None:
    try:
        return UUID(typed)
    except ValueError:
        return None


def _boxes(fields: Fields) -> dict[UUID, TypedBox]:
    """In the order in which the page sent them; a box is there when its hidden state is."""
    reason = clean_text(fields.get("reason", ""), max_length=120)
    boxes: dict[UUID, TypedBox] = {}
    for name in fields:
        id_ = _id(name.removeprefix("seen-")) if name.startswith("seen-") else None
        if id_ is None:
            continue
        state = fields[name]
        wall = read_time(fields.get(f"time-{id_}", ""), _("Line %(line)d", line=len(boxes) + 1))
        override = reason if fields.get(f"accept-{id_}") else ""
        seen = int(state) if state.isascii() and state.isdigit() and len(state) < 6 else 0
        boxes[id_] = TypedBox(f"tick-{id_}" in fields, seen, wall, override)
    return boxes


def _walk_ins(fields: Fields) -> list[TypedWalkIn]:
    found = []
    for line in range(1, MOST_WALK_INS + 1):
        door, name = (clean_text(fields.get(f"{part}-{line}", ""), max_length=300) for part in ("door", "name"))
        if door or name:
            where = _("Walk-in %(line)d", line=line)
            found.append(TypedWalkIn(line, door, name, read_time(fields.get(f"wall-{line}", ""), where)))
    return found
