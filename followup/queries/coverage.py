"""The ledger: roster = sampled + excused + missing, in one grouped statement. No counters to keep in step."""

from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col, func, select

from accounts.models import Account
from bulou.ordering import natural_key
from checkin.models import Visitor
from followup.models import RoundTally, Stewardship
from followup.rules import BuildingCoverage, Count, Coverage
from registry.models import Building, Community, Compound, Excuse, Household
from registry.queries.excuses import in_force_at
from registry.rules import DoorState, ExcuseKind
from scheduling.models import RosterEntry, Round

RoundKey = tuple[str, UUID]


def excuses_at(community_id: str, at: datetime) -> Any:
    """(resident_id, kind) of everybody who is excused at that instant, as a table to join. One reason a person."""
    statement = select(col(Excuse.resident_id), func.min(sa.cast(col(Excuse.kind), sa.String)).label("kind"))
    return (
        statement.where(col(Excuse.community_id) == community_id, *in_force_at(at))
        .group_by(col(Excuse.resident_id))
        .subquery()
    )


def ledger_instant(round_: Round, now: datetime) -> datetime:
    """A closed round never changes: it is looked at as it was when it closed."""
    return min(now, round_.closed_at) if round_.closed_at else now


def get_coverage(session: Session, round_: Round, *, now: datetime, as_of: datetime | None = None) -> Coverage:
    """The ledger at `as_of`, or now. Every row: roster = sampled + excused + missing."""
    at = min(as_of, ledger_instant(round_, now)) if as_of else ledger_instant(round_, now)
    counted = _count(session, round_, at, only_until=as_of)
    signed = _signed(session, round_)
    kinds = sampled_excuses(session, round_.community_id)
    return Coverage(
        as_of=at,
        signed_at=signed.as_of if signed else None,
        signed_sampled=signed.coverage["sampled"] if signed else None,
        buildings=tuple(_rows(session, round_.community_id, counted, kinds, now)),
        visitors=_visitors(session, round_),
        excused_by_reason=_reasons(counted),
        sampled_excuses=kinds,
    )


def sampled_excuses(session: Session, community_id: str) -> tuple[ExcuseKind, ...]:
    """The kinds that the community's form counts as sampled, in the order in which they are always named."""
    community = session.get(Community, community_id)
    chosen = set(community.sampled_excuses) if community else set()
    return tuple(kind for kind in ExcuseKind if kind.value in chosen)


def _count(session: Session, round_: Round, at: datetime, only_until: datetime | None) -> list[Any]:
    """(building, is sampled, reason, heads), grouped. Sampled wins over excused wins over missing."""
    entry, excuses = RosterEntry, excuses_at(round_.community_id, at)
    is_sampled: Any = col(entry.sampled_at).is_not(None)
    if only_until is not None:
        is_sampled = sa.and_(is_sampled, col(entry.sampled_at) <= only_until)
    columns = (col(entry.building_id), is_sampled.label("is_sampled"), excuses.c.kind, func.count().label("heads"))
    statement = (
        sa.select(*columns)
        .select_from(entry)
        .outerjoin(excuses, excuses.c.resident_id == col(entry.resident_id))
        .where(col(entry.community_id) == round_.community_id, col(entry.round_id) == round_.id)
        .group_by(col(entry.building_id), sa.literal_column("is_sampled"), excuses.c.kind)
    )
    return list(session.connection().execute(statement))


def _rows(
    session: Session, community_id: str, counted: list[Any], kinds: Collection[ExcuseKind], now: datetime
) -> Iterable[BuildingCoverage]:
    counts: dict[UUID | None, Count] = {}
    for building_id, is_sampled, reason, heads in counted:
        is_excused = not is_sampled and reason is not None
        as_sampled = heads if is_excused and reason in kinds else 0
        added = Count(heads, heads if is_sampled else 0, heads if is_excused else 0, as_sampled)
        counts[building_id] = counts.get(building_id, Count()) + added
    known = list_buildings(session, community_id, now=now)
    for row in known:
        if row.building_id in counts:
            yield replace(row, count=counts[row.building_id])
    if None in counts:
        yield BuildingCoverage(None, "", "", counts[None])


def list_buildings(session: Session, community_id: str, *, now: datetime) -> list[BuildingCoverage]:
    """Every building with its steward and unverified doors, nobody counted yet; in the order people say them."""
    stewards = steward_names(session, community_id, now=now)
    doors = dict(
        session.exec(
            select(Household.building_id, func.count())
            .where(Household.community_id == community_id, Household.state == DoorState.UNVERIFIED)
            .where(col(Household.merged_into).is_(None))
            .group_by(col(Household.building_id))
        ).all()
    )
    statement = (
        select(Building, Compound.name)
        .join(
            Compound,
            sa.and_(col(Compound.community_id) == Building.community_id, col(Compound.id) == Building.compound_id),
        )
        .where(Building.community_id == community_id)
    )
    found = session.exec(statement).all()
    has_several = len({building.compound_id for building, _ in found}) > 1
    rows = [
        BuildingCoverage(
            building.id,
            f"{compound} {building.name}" if has_several else building.name,
            building.grid,
            Count(),
            doors.get(building.id, 0),
            *stewards.get(building.id, ("", None)),
        )
        for building, compound in found
    ]
    return sorted(rows, key=lambda row: natural_key(row.name))


def steward_names(session: Session, community_id: str, *, now: datetime) -> dict[UUID, tuple[str, UUID]]:
    """Shown name and account of whoever looks after each building now."""
    statement = (
        select(Stewardship.building_id, Account.shown_name, Account.id)
        .join(
            Account,
            sa.and_(col(Account.community_id) == Stewardship.community_id, col(Account.id) == Stewardship.account_id),
        )
        .where(
            Stewardship.community_id == community_id,
            Stewardship.from_at <= now,
            sa.or_(col(Stewardship.until_at).is_(None), col(Stewardship.until_at) > now),
        )
        .order_by(col(Stewardship.from_at))
    )
    return {building_id: (shown_name, account_id) for building_id, shown_name, account_id in session.exec(statement)}


def _reasons(counted: list[Any]) -> dict[str, int]:
    reasons: dict[str, int] = {}
    for _building, is_sampled, reason, heads in counted:
        if reason is not None and not is_sampled:
            reasons[reason] = reasons.get(reason, 0) + heads
    return dict(sorted(reasons.items()))


def _visitors(session: Session, round_: Round) -> int:
    statement = select(func.count(func.distinct(Visitor.code))).where(
        Visitor.community_id == round_.community_id, Visitor.round_id == round_.id
    )
    return session.exec(statement).one()


def _signed(session: Session, round_: Round) -> RoundTally | None:
    """The ledger as it was signed, in its latest version; None where the round is not closed."""
    statement = select(RoundTally).where(
        RoundTally.community_id == round_.community_id, RoundTally.round_id == round_.id
    )
    return session.exec(statement.order_by(col(RoundTally.version).desc())).first()
