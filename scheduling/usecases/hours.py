"""Opening hours of a round: added, changed, removed, always as a whole that can be planned."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col

from accounts.rules import Principal
from bulou.ids import new_id
from bulou.walltime import wall_datetime, wall_time
from scheduling.errors import (
    BreakOutside,
    SessionsBeginTogether,
    SessionsOverlap,
    SessionTooLong,
    SessionTooShort,
    TooManySlots,
)
from scheduling.models import PointLanes, Round, SamplingSession
from scheduling.queries.setup import (
    RoundKey,
    get_sampling_session,
    hours_of,
    list_rules,
    list_sampling_sessions,
    time_zone,
)
from scheduling.rules.entries import MOST_SLOTS
from scheduling.rules.grid import moved_window
from scheduling.rules.hours import Hours, slot_starts
from scheduling.usecases.editing import check_plan_holds, drafts_are_stale, get_round_to_edit, note_change

LONGEST = timedelta(hours=24)


def add_session(
    session: Session, key: RoundKey, hours: Hours, *, by: Principal | None, now: datetime
) -> SamplingSession:
    """One more stretch of a day in which points are open."""
    round_ = get_round_to_edit(session, key)
    old = slots_of(session, round_)
    row = insert_session(session, round_, hours)
    _settle(session, round_, old)
    note_change(session, round_, "session.added", row.id, by=by, now=now)
    return row


def change_session(
    session: Session, key: RoundKey, session_id: UUID, hours: Hours, *, by: Principal | None, now: datetime
) -> None:
    """Raises PlanWouldBreak where residents have been told to come in what is cut away."""
    round_ = get_round_to_edit(session, key)
    old = slots_of(session, round_)
    row = get_sampling_session(session, key, session_id)
    row.sqlmodel_update(_columns(hours))
    session.add(row)
    _settle(session, round_, old)
    note_change(session, round_, "session.changed", row.id, by=by, now=now)


def remove_session(session: Session, key: RoundKey, session_id: UUID, *, by: Principal | None, now: datetime) -> None:
    """Raises PlanWouldBreak where residents have been told to come then."""
    round_ = get_round_to_edit(session, key)
    old = slots_of(session, round_)
    row = get_sampling_session(session, key, session_id)
    of_session = (col(PointLanes.community_id) == key[0], col(PointLanes.session_id) == session_id)
    session.exec(sa.delete(PointLanes).where(*of_session))
    session.delete(row)
    _settle(session, round_, old)
    note_change(session, round_, "session.removed", session_id, by=by, now=now)


def insert_session(session: Session, round_: Round, hours: Hours) -> SamplingSession:
    row = SamplingSession(community_id=round_.community_id, id=new_id(), round_id=round_.id, **_columns(hours))
    session.add(row)
    return row


def _columns(hours: Hours) -> dict[str, Any]:
    def said(at: datetime) -> str:
        return at.astimezone(UTC).isoformat()

    breaks = [[said(since), said(until)] for since, until in sorted(hours.breaks)]
    return {
        "starts_at": hours.starts_at,
        "ends_at": hours.ends_at,
        "breaks": breaks,
        "is_makeup": hours.is_makeup,
    }


def slots_of(session: Session, round_: Round) -> tuple[datetime, ...]:
    """When each slot of the round begins."""
    rows = list_sampling_sessions(session, (round_.community_id, round_.id))
    return slot_starts([hours_of(row) for row in rows], round_.slot_minutes)


def _settle(session: Session, round_: Round, old: Sequence[datetime]) -> None:
    """After the hours changed: they can be planned, no resident is told wrong, and windows keep their time."""
    try:
        session.flush()
    except IntegrityError:
        raise SessionsBeginTogether() from None
    rows = list_sampling_sessions(session, (round_.community_id, round_.id))
    check_hours([hours_of(row) for row in rows], round_.slot_minutes, time_zone(session, round_.community_id))
    check_plan_holds(session, round_)
    move_windows(session, round_, old)
    drafts_are_stale(session, round_)


def move_windows(session: Session, round_: Round, old: Sequence[datetime]) -> None:
    """Windows of buildings are slot numbers; after a change they mean the same time as before."""
    new = slots_of(session, round_)
    for rule in list_rules(session, (round_.community_id, round_.id)):
        rule.first_slot, rule.last_slot = moved_window((rule.first_slot, rule.last_slot), old, new)
        session.add(rule)


def check_hours(sessions: Sequence[Hours], slot_minutes: int, zone: str) -> None:
    """Raises SessionTooLong, BreakOutside, SessionTooShort, SessionsOverlap, TooManySlots."""
    for hours in sessions:
        _check_one(hours, slot_minutes, zone)
    ordered = sorted(sessions, key=lambda hours: hours.starts_at)
    for earlier, later in pairwise(ordered):
        if later.starts_at < earlier.ends_at:
            raise SessionsOverlap(first=say_hours(earlier, zone), second=say_hours(later, zone))
    slots = len(slot_starts(sessions, slot_minutes))
    if slots > MOST_SLOTS:
        raise TooManySlots(slots=slots, most=MOST_SLOTS)


def _check_one(hours: Hours, slot_minutes: int, zone: str) -> None:
    length = hours.ends_at - hours.starts_at
    if not timedelta(0) < length <= LONGEST:
        raise SessionTooLong(session=say_hours(hours, zone))
    for since, until in hours.breaks:
        if not hours.starts_at <= since < until <= hours.ends_at:
            raise BreakOutside(session=say_hours(hours, zone))
    if length < timedelta(minutes=slot_minutes):
        raise SessionTooShort(session=say_hours(hours, zone), minutes=slot_minutes)


def say_hours(hours: Hours, zone: str) -> str:
    """2022-04-03 08:00–12:00"""
    return f"{wall_datetime(hours.starts_at, zone)}–{wall_time(hours.ends_at, zone)}"
