"""Who was sampled: only check-in knows, which comes after the registry. Said by `app.py`."""

from collections.abc import Callable, Collection
from uuid import UUID

from sqlmodel import Session

# (session, community_id, residents) → those of them who were sampled in some round
SampledSource = Callable[[Session, str, Collection[UUID]], set[UUID]]
_source: SampledSource | None = None


def set_sampled(source: SampledSource) -> None:
    """From now on this function is asked."""
    global _source
    _source = source


def who_was_sampled(session: Session, community_id: str, residents: Collection[UUID]) -> set[UUID]:
    return _source(session, community_id, residents) if _source and residents else set()
