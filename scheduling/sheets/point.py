"""The A4 sheets of a point: the poster that residents scan on arrival, then its timetable."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from bulou.i18n import _, ngettext, spoken_language
from bulou.typesetting import link_code, typeset
from bulou.walltime import wall_day, wall_span
from scheduling.sheets.building import Contact
from scheduling.sheets.head import SheetHead, version_line

TEMPLATE = Path(__file__).with_name("point.typ")


@dataclass(frozen=True)
class PointHours:
    """A stretch of a day when the point is open; `is_makeup`: anybody may come."""

    starts_at: datetime
    ends_at: datetime
    is_makeup: bool = False


@dataclass(frozen=True)
class PointSheetRow:
    starts_at: datetime
    ends_at: datetime
    who: str  # 5栋2单元 1–9层
    heads: int


@dataclass(frozen=True)
class PointSheet:
    """`link` is the text of the QR code (`/P/CODE`, made by code_url); `rows` stand in order of time."""

    head: SheetHead
    point: str
    place: str
    link: str
    hours: Sequence[PointHours]
    rows: Sequence[PointSheetRow] = ()
    person_in_charge: Contact | None = None
    volunteers: Sequence[str] = ()


def point_sheet_pdf(sheets: Sequence[PointSheet]) -> bytes:
    """Give one PDF in the language spoken now: for each point its poster, then its timetable if it has rows."""
    return typeset(
        TEMPLATE,
        {
            "lang": spoken_language(),
            "title": _("Sampling point"),
            "words": _words(),
            "sheets": [_sheet(sheet) for sheet in sheets],
        },
    )


def _words() -> dict[str, str]:
    return {
        "point": _("Sampling point"),
        "scan": _("I am here: scan on arrival"),
        "number": _("You get a number and see how many are before you."),
        "not_yet": _("This code alone does not register you: show your ticket to staff before sampling."),
        "no_phone": _("No smartphone? Tell staff your door number."),
        "open": _("Opening hours"),
        "in_charge": _("Person in charge"),
        "volunteers": _("Volunteers"),
        "timetable": _("Who comes when"),
        "time": _("Time"),
        "who": _("Building and unit"),
        "heads": _("People"),
    }


def _sheet(sheet: PointSheet) -> dict[str, Any]:
    in_charge = sheet.person_in_charge
    heads = sum(row.heads for row in sheet.rows)
    return {
        "community": sheet.head.community,
        "round": sheet.head.round_name,
        "point": sheet.point,
        "place": sheet.place,
        "code": link_code(sheet.link),
        "hours": [_hours(hours, sheet.head.timezone) for hours in sheet.hours],
        "in_charge": in_charge and {"name": in_charge.name, "phone": in_charge.phone},
        "volunteers": " ".join(sheet.volunteers),
        "days": _days(sheet),
        "total": ngettext("%(num)d person in all", "%(num)d people in all", heads),
        "version": version_line(sheet.head),
    }


def _hours(hours: PointHours, zone: str) -> str:
    when = f"{wall_day(hours.starts_at, zone)} {wall_span(hours.starts_at, hours.ends_at, zone)}"
    return _("%(when)s (open to all)", when=when) if hours.is_makeup else when


def _days(sheet: PointSheet) -> list[dict[str, Any]]:
    """Rows by day, those of one time together, so that the time is said once."""
    zone = sheet.head.timezone
    days: dict[str, dict[str, list[dict[str, Any]]]] = {}
    for row in sheet.rows:
        times = days.setdefault(wall_day(row.starts_at, zone), {})
        times.setdefault(wall_span(row.starts_at, row.ends_at, zone), []).append({"who": row.who, "heads": row.heads})
    return [
        {"day": day, "times": [{"time": time, "rows": rows} for time, rows in times.items()]}
        for day, times in days.items()
    ]
