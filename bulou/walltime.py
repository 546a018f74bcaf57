"""Instants as the community's clocks and calendars show them, in the reader's language.

`zone` is the community's time zone by its name, such as "Asia/Shanghai".
"""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from babel.dates import format_skeleton

from bulou.i18n import spoken_language


def wall_time(at: datetime, zone: str) -> str:
    """08:30"""
    return f"{at.astimezone(ZoneInfo(zone)):%H:%M}"


def wall_span(starts_at: datetime, ends_at: datetime, zone: str) -> str:
    """08:30–08:45; the day is said elsewhere."""
    return f"{wall_time(starts_at, zone)}–{wall_time(ends_at, zone)}"


def wall_day(at: datetime, zone: str) -> str:
    """4月3日周日, Sun 3 Apr"""
    return _spoken(at, zone, "MMMEd")


def wall_date(at: datetime, zone: str) -> str:
    """2022年4月3日周日, Sunday, 3 April 2022"""
    return _spoken(at, zone, "yMMMMEEEEd")


def wall_datetime(at: datetime, zone: str) -> str:
    """2022-04-03 08:30"""
    return f"{at.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M}"


def day_end(at: datetime, zone: str) -> datetime:
    """The first midnight after an instant, by the clock on the community's wall."""
    wall = ZoneInfo(zone)
    return datetime.combine(at.astimezone(wall).date() + timedelta(days=1), time(), wall)


def instant_of(wall: datetime | None, zone: str) -> datetime | None:
    """What a person typed by the community's clock, as an instant; what has a zone keeps it."""
    return wall if wall is None or wall.tzinfo is not None else wall.replace(tzinfo=ZoneInfo(zone))


def _spoken(at: datetime, zone: str, skeleton: str) -> str:
    # Plain "en" writes the month first, which readers outside America take for the day.
    locale = "zh" if spoken_language() == "zh" else "en_GB"
    return str(format_skeleton(skeleton, at.astimezone(ZoneInfo(zone)), locale=locale))
