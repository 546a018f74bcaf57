"""The time of day, asked for only at the edges (pages, API, jobs, commands)."""

from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    def now(self) -> datetime:
        """The instant, aware, in UTC."""
        ...


class SystemClock:
    def now(self) -> datetime:
        return datetime.now(UTC)


_clock: Clock = SystemClock()


def clock() -> Clock:
    return _clock


def set_clock(other: Clock) -> None:
    """Tests put a clock here that stands still until told to move."""
    global _clock
    _clock = other
