"""Tickets as paper slips, many to a sheet, so ordered that the cut piles follow the floors."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from itertools import groupby
from pathlib import Path
from typing import Any, TypeVar

from bulou.i18n import _, ngettext, spoken_language
from bulou.typesetting import link_code, typeset
from bulou.walltime import wall_day, wall_span

TEMPLATE = Path(__file__).with_name("tickets.typ")

Drawn = TypeVar("Drawn")


class SlipSize(Enum):
    """Columns and rows of an A4 sheet."""

    LARGE = (2, 5)  # read without glasses
    SMALL = (3, 7)  # a third of the paper


@dataclass(frozen=True)
class TicketSlip:
    """One slip. `name` is masked already; `heads` above 1 is a household's; `starts_at` None: no time yet, or doorstep."""

    code: str  # 16 characters
    link: str  # the text of the QR code: `/Q/CODE`, made by code_url
    building: str
    door: str
    name: str = ""
    heads: int = 1
    point: str = ""
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    is_green: bool = False  # goes by the green lane; why is never said


def ticket_sheets_pdf(
    slips: Sequence[TicketSlip],
    *,
    round_name: str,
    timezone: str = "Asia/Shanghai",
    size: SlipSize = SlipSize.LARGE,
    in_one_pile: bool = False,
) -> bytes:
    """Give one PDF in the language spoken now, the slips of a building in the order given: floor by floor.

    Each building begins a page, unless all shall lie `in_one_pile`. Cut its sheets all at once and lay the piles on each
    other, row by row from the left: the stack is in order again. Raises ValueError without slips.
    """
    if not slips:
        raise ValueError("no slips to print")
    columns, rows = size.value
    pages = []
    for _building, group in groupby(slips, key=lambda slip: "" if in_one_pile else slip.building):
        drawn = [_slip(slip, timezone) for slip in group]
        for number, slip in enumerate(drawn, start=1):
            slip["serial"] = f"{number}/{len(drawn)}"
        pages += stack_pages(drawn, columns * rows)
    return _typeset(pages, size, round_name, _("Tickets"), is_cut=True)


def carer_sheet_pdf(slips: Sequence[TicketSlip], *, round_name: str, timezone: str = "Asia/Shanghai") -> bytes:
    """One sheet with up to ten tickets, in the order given, for whoever brings several people. It stays whole.

    Raises ValueError without slips, and with more than the sheet holds.
    """
    columns, rows = SlipSize.LARGE.value
    if not 0 < len(slips) <= columns * rows:
        raise ValueError("a carer's sheet holds one to ten slips")
    drawn = [_slip(slip, timezone) | {"serial": f"{number}/{len(slips)}"} for number, slip in enumerate(slips, start=1)]
    page = [*drawn, *[None] * (columns * rows - len(drawn))]
    return _typeset([page], SlipSize.LARGE, round_name, _("Tickets of several people"), is_cut=False)


def _typeset(pages: list[list[Any]], size: SlipSize, round_name: str, title: str, *, is_cut: bool) -> bytes:
    columns, rows = size.value
    data = {"title": title, "round": round_name, "columns": columns, "rows": rows, "words": _words(), "is_cut": is_cut}
    return typeset(TEMPLATE, {**data, "lang": spoken_language(), "pages": pages})


def stack_pages(slips: Sequence[Drawn], places: int) -> list[list[Drawn | None]]:
    """Lay slips out so that place 1 of all pages, then place 2, and so on, reads in the order given; None is empty."""
    depth = -(-len(slips) // places)  # pages
    return [
        [slips[index] if (index := place * depth + page) < len(slips) else None for place in range(places)]
        for page in range(depth)
    ]


def grouped_code(code: str) -> str:
    """ABCD 2345 6789 WXYZ: groups of four are read aloud and typed without losing one's place."""
    return " ".join(code[start : start + 4] for start in range(0, len(code), 4))


def _words() -> dict[str, str]:
    return {"keep": _("Keep this slip: it is your ticket. Show it at the point."), "green": _("Green lane")}


def _slip(slip: TicketSlip, timezone: str) -> dict[str, Any]:
    return {
        "code": link_code(slip.link),
        "typed": grouped_code(slip.code),
        "door": f"{slip.building} {slip.door}".strip(),
        "name": slip.name,
        "is_green": slip.is_green,
        "heads": ngettext("%(num)d person", "%(num)d people", slip.heads) if slip.heads > 1 else "",
        "point": slip.point,
        "day": wall_day(slip.starts_at, timezone) if slip.starts_at else "",
        "time": wall_span(slip.starts_at, slip.ends_at, timezone) if slip.starts_at and slip.ends_at else "",
    }
