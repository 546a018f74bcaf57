"""Who is called together in a round: cut from its roster, and who joins afterwards."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col, func, select

from bulou.database import chunks
from bulou.ids import new_id
from bulou.ordering import natural_key
from registry.models import Building, Compound, Household, Unit
from scheduling.models import Cohort, Pin, RosterEntry, Round
from scheduling.rules.cohorts import Band, HouseholdFacts, Span, cut_unit, find_span


@dataclass(frozen=True, slots=True)
class Door:
    """A household on the roster that comes to a point. `cohort_id` None = in none, or its members are in several."""

    facts: HouseholdFacts
    building_id: UUID
    unit_id: UUID
    cohort_id: UUID | None


def cut_cohorts(session: Session, round_: Round, most: Mapping[UUID, int | None], *, now: datetime) -> int:
    """Cut the whole roster anew; `most` is the largest cohort of each building. How many pins were lost by it.

    A cohort of the same doors keeps its id, so that the same roster gives the same cohorts.
    """
    known = {(cohort.unit_id, span_of(cohort)): cohort for cohort in list_cohorts(session, round_)}
    units: dict[UUID, list[Door]] = defaultdict(list)
    for door in list_doors(session, round_):
        units[door.unit_id].append(door)
    position = 0
    for unit_id in order_units(session, round_.community_id, units):
        doors = units[unit_id]
        for band in cut_unit((door.facts for door in doors), most.get(doors[0].building_id)):
            cohort = known.get((unit_id, band.span)) or _new_cohort(round_, doors[0], band.span)
            cohort.position = position
            session.add(cohort)
            position += 1
            _settle(session, round_, cohort, band, doors, now)
    return _drop_pins(session, round_)


def join_cohorts(session: Session, round_: Round, *, now: datetime) -> None:
    """Put those who are in no cohort into that of their door or floor; a new house gets cohorts of its own."""
    cohorts: dict[UUID, list[tuple[UUID, Span]]] = defaultdict(list)
    for cohort in list_cohorts(session, round_):
        cohorts[cohort.unit_id].append((cohort.id, span_of(cohort)))
    alone: dict[UUID, list[Door]] = defaultdict(list)
    for door in list_doors(session, round_):
        if door.cohort_id is None:
            found = find_span(cohorts[door.unit_id], door.facts.door, door.facts.floor)
            if found is None:
                alone[door.unit_id].append(door)
            else:
                _put(session, round_, found, [door.facts.id], now)
    _found_cohorts(session, round_, alone, now)


def list_doors(session: Session, round_: Round) -> list[Door]:
    """Every household of the roster that is not visited at the door, with the heads to be called."""
    entry = RosterEntry
    of_door: Any = (Household.id, Household.door, Household.floor, Household.building_id, Household.unit_id)
    statement: Any = (
        sa.select(
            *of_door,
            func.count(),
            func.count(col(entry.cohort_id)),
            # Compared as text: PostgreSQL knows no smallest UUID.
            func.min(sa.cast(col(entry.cohort_id), sa.String)),
            func.max(sa.cast(col(entry.cohort_id), sa.String)),
        )
        .join(
            Household, (col(Household.community_id) == entry.community_id) & (col(Household.id) == entry.household_id)
        )
        .where(
            col(entry.community_id) == round_.community_id,
            col(entry.round_id) == round_.id,
            col(entry.is_doorstep).is_(False),
        )
        .group_by(*of_door)
    )
    return [
        Door(
            HouseholdFacts(id_, door, floor, heads), building, unit, UUID(low) if low == high and cut == heads else None
        )
        for id_, door, floor, building, unit, heads, cut, low, high in session.connection().execute(statement)
    ]


def list_cohorts(session: Session, round_: Round) -> list[Cohort]:
    """All cohorts of the round in their order, those left by an earlier cut included."""
    of_round = (Cohort.community_id == round_.community_id, Cohort.round_id == round_.id)
    return list(session.exec(select(Cohort).where(*of_round).order_by(col(Cohort.position), col(Cohort.id))).all())


def span_of(cohort: Cohort) -> Span:
    return Span(cohort.first_floor, cohort.last_floor, cohort.first_door, cohort.last_door)


def order_units(session: Session, community_id: str, units: Iterable[UUID]) -> list[UUID]:
    """The units as people count them: by compound, building, unit."""
    statement = (
        select(Unit.id, Compound.name, Building.name, Unit.name)
        .join(Building, (col(Building.community_id) == Unit.community_id) & (col(Building.id) == Unit.building_id))
        .join(
            Compound, (col(Compound.community_id) == Building.community_id) & (col(Compound.id) == Building.compound_id)
        )
        .where(Unit.community_id == community_id)
    )
    names = {unit: tuple(natural_key(name) for name in rest) for unit, *rest in session.exec(statement)}
    return sorted(units, key=lambda unit: (names[unit], unit))


def _new_cohort(round_: Round, door: Door, span: Span) -> Cohort:
    return Cohort(
        community_id=round_.community_id,
        id=new_id(),
        round_id=round_.id,
        building_id=door.building_id,
        unit_id=door.unit_id,
        position=0,
        **span._asdict(),
    )


def _found_cohorts(session: Session, round_: Round, units: Mapping[UUID, list[Door]], now: datetime) -> None:
    position = 1 + max((cohort.position for cohort in list_cohorts(session, round_)), default=-1)
    for unit_id in order_units(session, round_.community_id, units):
        doors = units[unit_id]
        cohort = _new_cohort(round_, doors[0], Span())
        cohort.position = position
        position += 1
        session.add(cohort)
        _put(session, round_, cohort.id, [door.facts.id for door in doors], now)


def _settle(session: Session, round_: Round, cohort: Cohort, band: Band, doors: list[Door], now: datetime) -> None:
    there = {door.facts.id for door in doors if door.cohort_id == cohort.id}
    _put(session, round_, cohort.id, [household.id for household in band.households if household.id not in there], now)


def _put(session: Session, round_: Round, cohort_id: UUID, households: list[UUID], now: datetime) -> None:
    """These households are called with this cohort from now on."""
    session.flush()
    for some in chunks(households):
        statement: Any = (
            sa.update(RosterEntry)
            .where(
                col(RosterEntry.community_id) == round_.community_id,
                col(RosterEntry.round_id) == round_.id,
                col(RosterEntry.household_id).in_(some),
                col(RosterEntry.is_doorstep).is_(False),
            )
            .values(cohort_id=cohort_id, changed_at=now)
        )
        session.connection().execute(statement)


def _drop_pins(session: Session, round_: Round) -> int:
    """A pin of a cohort that is no more has nobody to hold."""
    of_round = (col(RosterEntry.community_id) == round_.community_id, col(RosterEntry.round_id) == round_.id)
    in_use = sa.select(col(RosterEntry.cohort_id)).where(*of_round, col(RosterEntry.cohort_id).is_not(None))
    statement = sa.delete(Pin).where(
        col(Pin.community_id) == round_.community_id, col(Pin.round_id) == round_.id, col(Pin.cohort_id).not_in(in_use)
    )
    return session.connection().execute(statement).rowcount
