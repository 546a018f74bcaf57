"""The A4 sheet in the lobby: when and where each part of this building is sampled."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from bulou.i18n import _, spoken_language
from bulou.typesetting import link_code, typeset
from bulou.walltime import wall_day, wall_span
from scheduling.sheets.head import SheetHead, version_line

TEMPLATE = Path(__file__).with_name("building.typ")


@dataclass(frozen=True)
class Contact:
    """A person whose name and phone were entered to be public."""

    name: str
    phone: str


@dataclass(frozen=True)
class BuildingSheetRow:
    """What is called together. `starts_at` None: no place yet, people are told later."""

    who: str  # 1单元 1–9层
    point: str
    starts_at: datetime | None
    ends_at: datetime | None


@dataclass(frozen=True)
class PointOnSheet:
    point: str
    place: str
    person_in_charge: Contact | None = None


@dataclass(frozen=True)
class BuildingSheet:
    """`link` is the text of the QR code (`/B/CODE`, made by code_url); `bring` empty means the usual things."""

    head: SheetHead
    compound: str
    building: str
    link: str
    rows: Sequence[BuildingSheetRow]
    points: Sequence[PointOnSheet] = ()
    steward: Contact | None = None
    bring: Sequence[str] = ()


def building_sheet_pdf(sheets: Sequence[BuildingSheet]) -> bytes:
    """Give one PDF in the language spoken now; each building begins on a page of its own."""
    return typeset(
        TEMPLATE,
        {
            "lang": spoken_language(),
            "title": _("Sampling timetable"),
            "words": _words(),
            "sheets": [_sheet(sheet) for sheet in sheets],
        },
    )


def _words() -> dict[str, str]:
    return {
        "headline": _("Sampling timetable"),
        "who": _("Unit and floors"),
        "time": _("Time"),
        "point": _("Sampling point"),
        "later": _("We will tell you"),
        "scan": _("Scan for this building's times and your ticket"),
        "where": _("Where to go"),
        "in_charge": _("Person in charge"),
        "steward": _("Your building's steward"),
        "bring": _("Please bring"),
        "wait": _("Please wait at home until your time: nobody has to queue."),
        "doorstep": _("Cannot come downstairs? Call us, we sample at your door."),
        "no_phone": _("No smartphone? Come at your time, staff find you by your door number."),
    }


def _usual_things() -> list[str]:
    return [
        _("Identity card (the number is enough for children)"),
        _("Mask, taken off only to be sampled"),
        _("Your ticket: on the phone or on paper"),
    ]


def _sheet(sheet: BuildingSheet) -> dict[str, Any]:
    return {
        "over": [words for words in dict.fromkeys((sheet.head.community, sheet.compound)) if words],
        "building": sheet.building,
        "round": sheet.head.round_name,
        "code": link_code(sheet.link),
        "days": _days(sheet),
        "points": [_point(point) for point in sheet.points],
        "steward": _contact(sheet.steward),
        # Nobody is told to call where no number is printed.
        "has_phone": any(who and who.phone for who in (sheet.steward, *(at.person_in_charge for at in sheet.points))),
        "bring": list(sheet.bring) or _usual_things(),
        "version": version_line(sheet.head),
    }


def _days(sheet: BuildingSheet) -> list[dict[str, Any]]:
    """Rows by day, in the order given; rows without a time stand last, under no day."""
    zone = sheet.head.timezone
    days: dict[str, list[dict[str, str]]] = {}
    for row in sorted(sheet.rows, key=lambda row: row.starts_at is None):
        if row.starts_at is None or row.ends_at is None:
            days.setdefault("", []).append({"who": row.who, "time": "", "point": ""})
        else:
            time = wall_span(row.starts_at, row.ends_at, zone)
            day = days.setdefault(wall_day(row.starts_at, zone), [])
            day.append({"who": row.who, "time": time, "point": row.point})
    return [{"day": day, "rows": rows} for day, rows in days.items()]


def _point(point: PointOnSheet) -> dict[str, Any]:
    return {"point": point.point, "place": point.place, "in_charge": _contact(point.person_in_charge)}


def _contact(contact: Contact | None) -> dict[str, str] | None:
    return None if contact is None else {"name": contact.name, "phone": contact.phone}
