"""What a change of hours does to what was ordered by slot number, and to a plan that is in force. Pure."""

from collections.abc import Sequence
from datetime import datetime

from scheduling.rules.hours import Hours


def moved_slot(slot: int, old: Sequence[datetime], new: Sequence[datetime]) -> int | None:
    """The new number of a slot that begins at the same moment as before; None where there is none."""
    if not 0 <= slot < len(old) or old[slot] not in new:
        return None
    return list(new).index(old[slot])


def moved_window(
    window: tuple[int | None, int | None], old: Sequence[datetime], new: Sequence[datetime]
) -> tuple[int | None, int | None]:
    """A window of slots after the hours changed: the same stretch of time, as far as it still exists."""
    first, last = window
    if first is not None:
        since = old[first] if first < len(old) else None
        first = next((n for n, at in enumerate(new) if since is not None and at >= since), None)
    if last is not None:
        until = old[last] if last < len(old) else None
        last = next((n for n in reversed(range(len(new))) if until is not None and new[n] <= until), None)
    return first, last


def still_fits(starts_at: datetime, ends_at: datetime, sessions: Sequence[Hours]) -> bool:
    """Whether somebody who was told to come then still finds an open session and no break."""
    return any(
        hours.starts_at <= starts_at
        and ends_at <= hours.ends_at
        and not any(starts_at < until and since < ends_at for since, until in hours.breaks)
        for hours in sessions
        if not hours.is_makeup
    )
