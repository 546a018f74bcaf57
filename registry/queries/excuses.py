"""When an excuse holds, said once for every statement that asks."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from registry.models import Excuse
from registry.rules import ExcuseState

_excuse = Excuse.__table__  # type: ignore[attr-defined]


def known_at() -> sa.ColumnElement[datetime]:
    """When the excuse was entered or, if it was a proposal, accepted: it reaches back to no instant before."""
    return sa.func.coalesce(_excuse.c.reviewed_at, _excuse.c.created_at, type_=_excuse.c.created_at.type)


def in_force_throughout(since: datetime, until: datetime, *, now: datetime) -> tuple[Any, ...]:
    """Conditions on `Excuse`: as is known now, it holds from the one instant to the other without a break."""
    return (
        _excuse.c.state == ExcuseState.ACCEPTED,
        known_at() <= now,
        _excuse.c.from_at <= since,
        sa.or_(_excuse.c.until_at.is_(None), _excuse.c.until_at >= until),
        sa.or_(_excuse.c.withdrawn_at.is_(None), _excuse.c.withdrawn_at > now),
    )


def in_force_at(at: datetime | sa.BindParameter[Any]) -> tuple[Any, ...]:
    """Conditions on `Excuse`: accepted by then and not withdrawn. What is entered or reviewed later reaches back to no instant."""
    return (
        _excuse.c.state == ExcuseState.ACCEPTED,
        known_at() <= at,
        _excuse.c.from_at <= at,
        sa.or_(_excuse.c.until_at.is_(None), _excuse.c.until_at > at),
        sa.or_(_excuse.c.withdrawn_at.is_(None), _excuse.c.withdrawn_at > at),
    )
