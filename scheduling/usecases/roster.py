"""The roster of a round: taken once from the registry, then following it until the round closes."""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col, select

from bulou.announcements import announce
from bulou.database import insert_all, learn_sizes
from bulou.ids import new_id
from registry.models import Excuse, Household, NeedFlag, Resident
from registry.rules import DOORSTEP_NEEDS, ExcuseKind, ExcuseState, RosterChanged
from scheduling.models import Cohort, RosterEntry, Round
from scheduling.rules import EntryCause, RosterTaken, RoundState
from scheduling.rules.life import EDITABLE, IN_FORCE
from scheduling.usecases.cutting import join_cohorts
from scheduling.usecases.editing import drafts_are_stale

ENTRY: Any = RosterEntry.__table__  # type: ignore[attr-defined]


def take_roster(session: Session, round_: Round, *, now: datetime) -> None:
    """One roster entry for everybody who lives here. Taken once; a repeat changes nothing.

    Announces RosterTaken. Households visited at the door are on it, and are in no cohort.
    """
    session.refresh(round_, with_for_update=True)
    if round_.roster_taken_at is not None:
        return
    learn_sizes(session, Household, Resident, NeedFlag, RosterEntry)
    _add_living(session, round_, EntryCause.TAKEN, (), now)
    learn_sizes(session, RosterEntry)
    round_.roster_taken_at = now
    session.add(round_)
    session.flush()
    announce(session, RosterTaken(round_.community_id, round_.id))


def follow_registry(session: Session, event: RosterChanged, *, now: datetime) -> None:
    """Let every round that is not closed follow. What drafts were made of has changed, so they say so."""
    rounds = select(Round).where(
        Round.community_id == event.community_id,
        col(Round.state).in_(EDITABLE),
        col(Round.roster_taken_at).is_not(None),
    )
    # Rows that name the round may be written meanwhile: a scan, or how somebody stood before a merge.
    for round_ in session.exec(rounds.order_by(col(Round.id)).with_for_update(key_share=True)).all():
        follow_round(session, round_, event.building_ids, now=now)


def follow_round(session: Session, round_: Round, building_ids: tuple[UUID, ...], *, now: datetime) -> bool:
    """Newcomers join, leavers go or are excused, moves count at the new door. True if anything changed.

    `building_ids` empty = look at all buildings.
    """
    changed = _follow_leavers(session, round_, building_ids, now)
    changed += _follow_moves(session, round_, building_ids, now)
    changed += _add_living(session, round_, EntryCause.MOVED_IN, building_ids, now)
    changed += _follow_doorstep(session, round_, building_ids, now)
    if not changed:
        return False
    if round_.state in IN_FORCE:
        join_cohorts(session, round_, now=now)
    drafts_are_stale(session, round_)
    return True


def _add_living(
    session: Session, round_: Round, cause: EntryCause, building_ids: tuple[UUID, ...], now: datetime
) -> int:
    """Entries for those who live here and have none, in one statement; how many."""
    has_entry = sa.exists().where(
        ENTRY.c.community_id == round_.community_id,
        ENTRY.c.round_id == round_.id,
        ENTRY.c.resident_id == col(Resident.id),
    )
    living = (
        sa.select(
            col(Resident.community_id),
            sa.literal(round_.id, ENTRY.c.round_id.type),
            col(Resident.id),
            col(Household.id),
            col(Household.building_id),
            col(Household.id).in_(_doorstep_households(round_.community_id)),
            sa.literal(cause, ENTRY.c.cause.type),
            sa.literal(now, ENTRY.c.changed_at.type),
        )
        .join(Household, _lives_in())
        .where(col(Resident.community_id) == round_.community_id, *_lives_here(), ~has_entry)
    )
    if building_ids:
        living = living.where(col(Household.building_id).in_(building_ids))
    names = [
        "community_id",
        "round_id",
        "resident_id",
        "household_id",
        "building_id",
        "is_doorstep",
        "cause",
        "changed_at",
    ]
    # SQLAlchemy 2.0 forgets the count of rows of an INSERT unless it is asked to keep it.
    insert = sa.insert(ENTRY).from_select(names, living).execution_options(preserve_rowcount=True)
    return session.connection().execute(insert).rowcount


def _follow_leavers(session: Session, round_: Round, building_ids: tuple[UUID, ...], now: datetime) -> int:
    """Before opening they drop out; afterwards they are excused, and only a merge removes."""
    gone = (
        sa.select(ENTRY.c.resident_id, col(Resident.merged_into))
        .join(Resident, _is_of_entry())
        .where(*_entries_in(round_, building_ids), ENTRY.c.sampled_at.is_(None))
        .where(col(Resident.left_at).is_not(None) | col(Resident.merged_into).is_not(None))
    )
    leavers = session.connection().execute(gone).all()
    is_open = round_.state is RoundState.OPEN
    dropped = [resident for resident, merged_into in leavers if merged_into is not None or not is_open]
    _drop(session, round_, dropped)
    excused = _excuse_leavers(session, round_, [left for left, merged in leavers if merged is None and is_open], now)
    return len(dropped) + excused


def _drop(session: Session, round_: Round, residents: list[UUID]) -> None:
    gone = sa.delete(ENTRY).where(
        ENTRY.c.community_id == round_.community_id,
        ENTRY.c.round_id == round_.id,
        ENTRY.c.resident_id == sa.bindparam("gone", type_=ENTRY.c.resident_id.type),
    )
    if residents:
        session.connection().execute(gone, [{"gone": resident} for resident in residents])


def _excuse_leavers(session: Session, round_: Round, residents: list[UUID], now: datetime) -> int:
    """Each gets one excuse, however many rounds are open and however often this runs."""
    has_one = select(Excuse.resident_id).where(
        Excuse.community_id == round_.community_id,
        Excuse.kind == ExcuseKind.MOVED_OUT,
        Excuse.state == ExcuseState.ACCEPTED,
        col(Excuse.withdrawn_at).is_(None),
        col(Excuse.until_at).is_(None),
    )
    missing = sorted(set(residents) - set(session.exec(has_one).all())) if residents else []
    excuse = {
        "kind": ExcuseKind.MOVED_OUT,
        "state": ExcuseState.ACCEPTED,
        "from_at": now,
        "created_at": now,
        "note": "",
    }
    rows = [{**excuse, "community_id": round_.community_id, "id": new_id(), "resident_id": left} for left in missing]
    insert_all(session, Excuse, rows)
    return len(rows)


def _follow_moves(session: Session, round_: Round, building_ids: tuple[UUID, ...], now: datetime) -> int:
    """Who lives behind another door now counts there, in whatever cohort that door belongs to."""
    is_elsewhere = sa.or_(
        ENTRY.c.household_id != col(Resident.household_id),
        ENTRY.c.building_id != col(Household.building_id),  # the door itself was moved
        col(Cohort.unit_id) != col(Household.unit_id),
    )
    moved = (
        sa.select(ENTRY.c.resident_id, col(Household.id), col(Household.building_id))
        .join(Resident, _is_of_entry())
        .join(Household, _lives_in())
        .outerjoin(Cohort, (col(Cohort.community_id) == ENTRY.c.community_id) & (col(Cohort.id) == ENTRY.c.cohort_id))
        .where(ENTRY.c.community_id == round_.community_id, ENTRY.c.round_id == round_.id, *_lives_here())
        .where(is_elsewhere)
    )
    if building_ids:
        moved = moved.where(ENTRY.c.building_id.in_(building_ids) | col(Household.building_id).in_(building_ids))
    movers = session.connection().execute(moved).all()
    update = (
        sa.update(ENTRY)
        .where(
            ENTRY.c.community_id == round_.community_id,
            ENTRY.c.round_id == round_.id,
            ENTRY.c.resident_id == sa.bindparam("who", type_=ENTRY.c.resident_id.type),
        )
        .values(
            household_id=sa.bindparam("door", type_=ENTRY.c.household_id.type),
            building_id=sa.bindparam("house", type_=ENTRY.c.building_id.type),
            cohort_id=None,
            changed_at=now,
        )
    )
    if movers:
        rows = [{"who": who, "door": door, "house": house} for who, door, house in movers]
        session.connection().execute(update, rows)
    return len(movers)


def _follow_doorstep(session: Session, round_: Round, building_ids: tuple[UUID, ...], now: datetime) -> int:
    """A household is visited at the door from when somebody in it needs that, and no longer."""
    doorstep = ENTRY.c.household_id.in_(_doorstep_households(round_.community_id))
    changed = 0
    for is_doorstep, now_so in ((True, doorstep), (False, ~doorstep)):
        statement = (
            sa.update(ENTRY)
            .where(*_entries_in(round_, building_ids), ENTRY.c.is_doorstep.is_(not is_doorstep), now_so)
            .values(is_doorstep=is_doorstep, cohort_id=None, changed_at=now)
        )
        changed += session.connection().execute(statement).rowcount
    return changed


def _doorstep_households(community_id: str) -> Any:
    return (
        sa.select(col(Resident.household_id))
        .join(
            NeedFlag,
            (col(NeedFlag.community_id) == col(Resident.community_id))
            & (col(NeedFlag.resident_id) == col(Resident.id)),
        )
        .where(col(Resident.community_id) == community_id, col(NeedFlag.kind).in_(DOORSTEP_NEEDS), *_lives_here())
    )


def _entries_in(round_: Round, building_ids: tuple[UUID, ...]) -> tuple[Any, ...]:
    of_round = (ENTRY.c.community_id == round_.community_id, ENTRY.c.round_id == round_.id)
    return (*of_round, ENTRY.c.building_id.in_(building_ids)) if building_ids else of_round


def _lives_here() -> tuple[Any, ...]:
    return col(Resident.left_at).is_(None), col(Resident.merged_into).is_(None)


def _lives_in() -> Any:
    return (col(Household.community_id) == col(Resident.community_id)) & (
        col(Household.id) == col(Resident.household_id)
    )


def _is_of_entry() -> Any:
    return (ENTRY.c.community_id == col(Resident.community_id)) & (ENTRY.c.resident_id == col(Resident.id))
