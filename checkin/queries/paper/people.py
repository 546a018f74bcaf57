"""People as a paper list and its grid show them."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session

from registry.models import Building, Excuse, Household, Resident, Unit
from registry.queries.excuses import in_force_at
from registry.queries.green_lane import has_green_lane
from registry.queries.heads import heads_at_home
from registry.rules import door_words
from registry.words import full_name, shown_apart, shown_name
from scheduling.models import Cohort, RosterEntry, Round
from scheduling.rules.cohorts import Span, say_span

SayName = Callable[[str | None, int, int | None], str]


@dataclass(frozen=True, slots=True)
class PaperPerson:
    id: UUID
    household_id: UUID
    building: str
    unit: str
    room: str
    floor: int | None
    name: str  # masked unless full names were asked for; a head without a name has its number
    group: str  # of a lane list: who is called together, 3栋2单元 1–9层
    is_green: bool  # goes by the green lane
    is_excused: bool  # now
    is_doorstep: bool
    sampled_at: datetime | None
    sampled_scan_id: UUID | None

    @property
    def door(self) -> str:
        return door_words(self.building, self.unit, self.room)


def read_people(
    session: Session, round_: Round, ids: Iterable[UUID], *, now: datetime, is_full: bool = False
) -> dict[UUID, PaperPerson]:
    """These residents in a round, whether they are on its roster or not."""
    facts = {"community": round_.community_id, "round": round_.id, "ids": list(ids), "at": now}
    rows = session.connection().execute(_PEOPLE, facts).all()
    alike = Counter(_masked(row) for row in rows)
    return {row.id: _person(row, full_name if is_full else _say_masked(alike[_masked(row)])) for row in rows}


def _masked(row: Any) -> tuple[UUID, str]:
    return row.household_id, shown_name(row.name, row.number, row.heads)


def _say_masked(alike: int) -> SayName:
    """Of people of one door whose masked names are equal, the number is added: it says less than digits of a phone."""
    return shown_apart if alike > 1 else shown_name


def _person(row: Any, say_name: SayName) -> PaperPerson:
    span = Span(row.first_floor, row.last_floor, row.first_door or "", row.last_door or "")
    return PaperPerson(
        id=row.id,
        household_id=row.household_id,
        building=row.building,
        unit=row.unit,
        room=row.door,
        floor=row.floor,
        name=say_name(row.name, row.number, row.heads),
        group=f"{row.building} {say_span(row.unit, span)}".strip() if row.cohort_id else "",
        is_green=bool(row.is_green),
        is_excused=bool(row.is_excused),
        is_doorstep=bool(row.is_doorstep),
        sampled_at=row.sampled_at,
        sampled_scan_id=row.sampled_scan_id,
    )


def _table(model: Any) -> sa.Table:
    table: sa.Table = model.__table__
    return table


_resident, _household, _building, _unit = map(_table, (Resident, Household, Building, Unit))
_entry, _cohort, _excuse = map(_table, (RosterEntry, Cohort, Excuse))
_at = sa.bindparam("at", type_=_excuse.c.from_at.type)


def _of(table: sa.Table, child: sa.Table, column: str) -> Any:
    return sa.and_(table.c.community_id == child.c.community_id, table.c.id == child.c[column])


_is_excused = sa.exists().where(
    _excuse.c.community_id == _resident.c.community_id,
    _excuse.c.resident_id == _resident.c.id,
    *in_force_at(_at),
)
_PEOPLE = (
    sa.select(
        _resident.c.id,
        _resident.c.household_id,
        _resident.c.name,
        _resident.c.number,
        _household.c.door,
        _household.c.floor,
        _building.c.name.label("building"),
        _unit.c.name.label("unit"),
        _entry.c.cohort_id,
        _entry.c.is_doorstep,
        _entry.c.sampled_at,
        _entry.c.sampled_scan_id,
        _cohort.c.first_floor,
        _cohort.c.last_floor,
        _cohort.c.first_door,
        _cohort.c.last_door,
        heads_at_home(_resident).label("heads"),
        has_green_lane(_resident).label("is_green"),
        _is_excused.label("is_excused"),
    )
    .select_from(
        _resident.join(_household, _of(_household, _resident, "household_id"))
        .join(_building, _of(_building, _household, "building_id"))
        .join(_unit, _of(_unit, _household, "unit_id"))
        .join(
            _entry,
            sa.and_(
                _entry.c.community_id == _resident.c.community_id,
                _entry.c.round_id == sa.bindparam("round", type_=_entry.c.round_id.type),
                _entry.c.resident_id == _resident.c.id,
            ),
            isouter=True,
        )
        .join(_cohort, _of(_cohort, _entry, "cohort_id"), isouter=True)
    )
    .where(
        _resident.c.community_id == sa.bindparam("community"),
        _resident.c.id.in_(sa.bindparam("ids", expanding=True)),
    )
)
