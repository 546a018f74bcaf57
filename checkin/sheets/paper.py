"""Lists with tick boxes: for a lane, who is called for a slot; for a building, who lives behind which door."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from pathlib import Path
from typing import Any

from bulou.i18n import _, ngettext, spoken_language
from bulou.typesetting import typeset
from bulou.walltime import wall_datetime, wall_day, wall_span
from checkin.rules.paper import SheetKind

TEMPLATE = Path(__file__).with_name("paper.typ")
EMPTY_LINES = 6  # at the end of a list, for whoever is not on it


@dataclass(frozen=True)
class PaperHead:
    """The round the lists belong to. `as_of`: what was known when they were printed."""

    community: str
    round_name: str
    version: int
    as_of: datetime
    timezone: str = "Asia/Shanghai"


@dataclass(frozen=True)
class PaperRow:
    """Somebody on a list. `group`: what stands above them once; `household`: equal for those behind one door."""

    group: str
    household: str
    door: str
    name: str  # masked, or in full
    is_green: bool = False
    note: str = ""


@dataclass(frozen=True)
class PaperList:
    kind: SheetKind
    title: str  # the point, or the building
    code: str  # by which the list is found again
    rows: Sequence[PaperRow]
    starts_at: datetime | None = None  # of a lane list's slot
    ends_at: datetime | None = None


def paper_lists_pdf(lists: Sequence[PaperList], head: PaperHead) -> bytes:
    """Give one PDF in the language spoken now; each list begins a page and counts its own."""
    data = {
        "title": _("Lists to tick"),
        "lang": spoken_language(),
        "words": _words(),
        "community": head.community,
        "round": head.round_name,
        "version": _version(head),
        "empty_lines": EMPTY_LINES,
        "sheets": [_list(one, head.timezone) for one in lists],
    }
    return typeset(TEMPLATE, data)


def _version(head: PaperHead) -> str:
    at = wall_datetime(head.as_of, head.timezone)
    if head.version == 0:
        return _("As of %(at)s, no plan published", at=at)
    return _("Plan version %(version)d, as of %(at)s", version=head.version, at=at)


def _words() -> dict[str, str]:
    return {
        "number": _("No."),
        "sampled": _("Sampled"),
        "door": _("Door"),
        "name": _("Name of the person"),
        "time": _("Time"),
        "notes": _("Notes"),
        "mark": _("GL"),  # green lane, in a black box
        "mark_means": _("green lane: comes first, does not queue"),
        "walk_ins": _("Not on the list (door and name, please)"),
        "code": _("Code of this list"),
        "ticked": _("Ticked on this page"),
        "signature": _("Signature"),
        "how": _("Tick the box when the swab is taken. An empty time is the same as the one above."),
    }


def _list(sheet: PaperList, zone: str) -> dict[str, Any]:
    when = ""
    if sheet.starts_at is not None and sheet.ends_at is not None:
        when = f"{wall_day(sheet.starts_at, zone)} {wall_span(sheet.starts_at, sheet.ends_at, zone)}"
    return {
        "title": sheet.title,
        "kind": _kind(sheet.kind),
        "when": when,
        "code": sheet.code,
        "heads": ngettext("%(num)d person", "%(num)d people", len(sheet.rows)),
        "has_marks": any(row.is_green for row in sheet.rows),
        "groups": _groups(sheet.rows),
    }


def _kind(kind: SheetKind) -> str:
    names = {
        SheetKind.LANE: _("Lane list"),
        SheetKind.DOORS: _("Door sheet"),
        SheetKind.DOORSTEP: _("Doorstep sheet"),
    }
    return names[kind]


def _groups(rows: Sequence[PaperRow]) -> list[dict[str, Any]]:
    numbered = [(number, row) for number, row in enumerate(rows, start=1)]
    groups = []
    for heading, members in groupby(numbered, key=lambda one: one[1].group):
        lines, before = [], ""
        for number, row in members:
            is_new = row.household != before
            lines.append(
                {"number": number, "is_new": is_new, "door": row.door, "name": row.name}
                | {"is_green": row.is_green, "note": row.note}
            )
            before = row.household
        heads = ngettext("%(num)d person", "%(num)d people", len(lines))
        groups.append({"heading": f"{heading}  {heads}" if heading else "", "rows": lines})
    return groups
