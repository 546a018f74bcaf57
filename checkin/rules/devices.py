"""Phones of a point: how long they are trusted, and what one that is not may still deliver. Pure."""

from datetime import datetime, timedelta
from uuid import UUID

CODE_LIFE = timedelta(minutes=15)  # of a code that enrols a phone
LIFE = timedelta(days=30)  # of an enrolled phone, unless its round ends sooner
AFTER_ROUND = timedelta(days=7)  # so long after the last hours a phone found in a drawer delivers by itself
CODE_LENGTH = 20  # 100 bits: not found by trying, and short enough to be typed


def trusted_until(last_hours_end: datetime | None, now: datetime) -> datetime:
    """When a phone enrolled now ends by itself; `last_hours_end` None = the round has no hours yet."""
    if last_hours_end is None:
        return now + LIFE
    return min(max(last_hours_end, now) + AFTER_ROUND, now + LIFE)


def may_deliver(made_at: datetime, revoked_at: datetime | None) -> bool:
    """Whether a fact is taken from a phone: what it made (by corrected time) before it was revoked is, as ever."""
    return revoked_at is None or made_at < revoked_at


def may_undo(device_id: UUID | None, *, is_kept: bool, made_on: UUID | None) -> bool:
    """Whether a revoked phone may take a scan back: its own, or one that is yet to come. Its clock proves nothing."""
    return not is_kept or (device_id is not None and made_on == device_id)
