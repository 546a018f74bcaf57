"""What a change of hours does to what was ordered by slot number, and to a plan that is in force. Pure."""

from collections.abc import Sequence
from datetime import datetime

from scheduling.rules.hours import Hours

Window = tuple[int | None, int | None]


def moved_window(window: Window, old: Sequence[datetime], new: Sequence[datetime]) -> Window:
    """A window of slots after the hours changed: the same stretch of time, as far as it still exists.

    None = from the beginning, until the end; it becomes that too where nothing of it is left.
    """
    first, last = window
    if first is not None:
        first = next((n for n, at in enumerate(new) if first < len(old) and at >= old[first]), None)
    if last is not None:
        last = next((n for n in reversed(range(len(new))) if last < len(old) and new[n] <= old[last]), None)
    return (None, None) if first is not None and last is not None and last < first else (first, last)


def still_fits(starts_at: datetime, ends_at: datetime, sessions: Sequence[Hours]) -> bool:
    """Whether somebody who was told to come then still finds an open session and no break."""
    return any(
        hours.starts_at <= starts_at
        and ends_at <= hours.ends_at
        and not any(starts_at < until and since < ends_at for since, until in hours.breaks)
        for hours in sessions
        if not hours.is_makeup
    )
