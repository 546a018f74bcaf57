"""The list of a round's tickets with where and when each is called."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col, select

from checkin.errors import RoundNotPlanned
from checkin.models import Ticket
from checkin.rules import TicketKind
from registry.models import Household, Resident
from scheduling.models import Assignment, Plan, Point, RosterEntry, Round
from scheduling.rules import PointKind

_ticket, _entry, _assignment = Ticket.__table__, RosterEntry.__table__, Assignment.__table__  # type: ignore[attr-defined]
_resident, _household = Resident.__table__, Household.__table__  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class TicketLine:
    """None = no place in the plan: sampled at the door, or unplaced."""

    kind: TicketKind
    code: str
    point_id: UUID | None = None
    cohort_id: UUID | None = None
    slot: int | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None


def list_tickets(session: Session, round_: Round) -> Iterator[TicketLine]:
    """Valid tickets of all on the roster, then of their households, by the plan in force. Raises RoundNotPlanned.

    The ticket of a person or a door that was merged leads where the one they are is called.
    """
    plan_id = _plan_in_force(session, round_)
    doorstep_id = _doorstep_point(session, round_)
    households: dict[UUID, Any] = {}
    for row in session.connection().execute(_LINES, _facts(round_, plan_id)):
        # Somebody may be called with another household; the household's ticket goes with the first who has a place.
        known = households.get(row.household_id)
        if known is None or (known.point_id is None and row.point_id is not None):
            households[row.household_id] = row
        yield _line(TicketKind.RESIDENT, row.code, row, doorstep_id)
    for ticket in session.connection().execute(_HOUSEHOLDS, _facts(round_, plan_id)):
        # A round that was closed before a merge still knows the door under the entry that went.
        home = households.get(ticket.household_id) or households.get(ticket.merged_into)
        if home is not None:
            yield _line(TicketKind.HOUSEHOLD, ticket.code, home, doorstep_id)


def _line(kind: TicketKind, code: str, row: Any, doorstep_id: UUID | None) -> TicketLine:
    if row.cohort_id is None or row.is_doorstep:
        return TicketLine(kind, code, doorstep_id if row.is_doorstep else None)
    return TicketLine(kind, code, row.point_id, row.cohort_id, row.slot, row.starts_at, row.ends_at)


def _plan_in_force(session: Session, round_: Round) -> UUID:
    of_round = (Plan.community_id == round_.community_id, Plan.round_id == round_.id, Plan.version == round_.version)
    plan_id = session.exec(select(Plan.id).where(*of_round)).first()
    if plan_id is None:
        raise RoundNotPlanned()
    return plan_id


def _doorstep_point(session: Session, round_: Round) -> UUID | None:
    of_round = (Point.community_id == round_.community_id, Point.round_id == round_.id)
    statement = select(Point.id).where(*of_round, Point.kind == PointKind.DOORSTEP).order_by(col(Point.name))
    return session.exec(statement).first()


def _facts(round_: Round, plan_id: UUID) -> dict[str, Any]:
    key = {"community": round_.community_id, "campaign": round_.campaign_id}
    return {**key, "round": round_.id, "plan": plan_id}


_community: Any = sa.bindparam("community")
_valid = (
    _ticket.c.community_id == _community,
    _ticket.c.campaign_id == sa.bindparam("campaign", type_=_ticket.c.campaign_id.type),
    _ticket.c.revoked_at.is_(None),
)
# Who the ticket was given out to; a merge is a pointer to the one who is on the roster.
_LINES = (
    sa.select(
        _ticket.c.code,
        _entry.c.household_id,
        _entry.c.cohort_id,
        _entry.c.is_doorstep,
        _assignment.c.point_id,
        _assignment.c.slot,
        _assignment.c.starts_at,
        _assignment.c.ends_at,
    )
    .select_from(
        _ticket.join(
            _resident,
            sa.and_(_resident.c.community_id == _ticket.c.community_id, _resident.c.id == _ticket.c.resident_id),
        )
        .join(
            _entry,
            sa.and_(
                _entry.c.community_id == _resident.c.community_id,
                _entry.c.resident_id == sa.func.coalesce(_resident.c.merged_into, _resident.c.id),
            ),
        )
        .join(
            _assignment,
            sa.and_(
                _assignment.c.community_id == _entry.c.community_id,
                _assignment.c.plan_id == sa.bindparam("plan", type_=_assignment.c.plan_id.type),
                _assignment.c.cohort_id == _entry.c.cohort_id,
            ),
            isouter=True,
        )
    )
    .where(
        *_valid,
        _entry.c.community_id == _community,
        _entry.c.round_id == sa.bindparam("round", type_=_entry.c.round_id.type),
    )
    .order_by(_entry.c.household_id, _resident.c.number)
)
_HOUSEHOLDS = (
    sa.select(_ticket.c.code, _ticket.c.household_id, _household.c.merged_into)
    .join(
        _household,
        sa.and_(_household.c.community_id == _ticket.c.community_id, _household.c.id == _ticket.c.household_id),
    )
    .where(*_valid, _ticket.c.resident_id.is_(None))
    .order_by(_ticket.c.household_id)
)
