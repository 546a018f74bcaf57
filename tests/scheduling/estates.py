"""An invented community with a round ready to be planned, made quickly however large it is."""

import random
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlmodel import Session

from bulou.database import insert_all
from bulou.ids import new_code, new_id
from registry.models import Building, Community, Household, NeedFlag, Resident, Unit
from registry.rules import DoorState, NeedKind, Origin
from scheduling.models import Point, Round
from tests.factories import (
    NOON,
    make_campaign,
    make_community,
    make_compound,
    make_point,
    make_round,
    make_sampling_session,
)

# Two lanes, 60 heads an hour each, slots of 30 minutes: 60 heads in a slot.
ORDINARY_POINT: dict[str, Any] = {"lanes": 2, "heads_per_lane_hour": 60, "utilisation": 1.0}


@dataclass
class Estate:
    community: Community
    round: Round
    points: list[Point]
    buildings: list[UUID] = field(default_factory=list)
    residents: list[UUID] = field(default_factory=list)
    households: list[UUID] = field(default_factory=list)

    @property
    def key(self) -> tuple[str, UUID]:
        return self.community.id, self.round.id


def make_estate(
    session: Session,
    *,
    buildings: int = 3,
    units: int = 2,
    floors: int = 6,
    doors: int = 2,
    heads: int = 2,
    points: list[dict[str, Any]] | None = None,
    hours: float = 4,
    **facts: Any,
) -> Estate:
    """A community of equal buildings in a row, 100 m apart, and a round of one session with ordinary points."""
    community = make_community(session)
    round_ = make_round(session, make_campaign(session, community), **facts)
    make_sampling_session(session, round_, ends_at=NOON + timedelta(hours=hours))
    given = [{"x": 100.0, "y": 50.0}, {"x": 300.0, "y": 50.0}] if points is None else points
    estate = Estate(community, round_, [make_point(session, round_, **{**ORDINARY_POINT, **point}) for point in given])
    compound = make_compound(session, community)
    tables: dict[Any, list[dict[str, Any]]] = {Building: [], Unit: [], Household: [], Resident: []}
    for number in range(1, buildings + 1):
        building = {
            "compound_id": compound.id,
            "name": f"{number}栋",
            "code": new_code(8),
            "x": 100.0 * number,
            "y": 0.0,
        }
        estate.buildings.append(_row(tables[Building], community, building, grid=""))
        for unit in range(1, units + 1):
            unit_id = _row(tables[Unit], community, {"building_id": estate.buildings[-1], "name": f"{unit}单元"})
            _fill(tables, estate, unit_id, floors, doors, heads)
    for table, rows in tables.items():
        insert_all(session, table, rows)
    return estate


def _fill(tables: Any, estate: Estate, unit_id: UUID, floors: int, doors: int, heads: int) -> None:
    for floor in range(1, floors + 1):
        for door in range(1, doors + 1):
            household = {"building_id": estate.buildings[-1], "unit_id": unit_id, "door": f"{floor}{door:02d}"}
            state = {"floor": floor, "state": DoorState.SELF_OCCUPIED}
            id_ = _row(tables[Household], estate.community, household, **state)
            estate.households.append(id_)
            for number in range(1, heads + 1):
                person = {"household_id": id_, "number": number, "name": None, "origin": Origin.IMPORT}
                at = {"created_at": NOON, "changed_at": NOON}
                estate.residents.append(_row(tables[Resident], estate.community, person, **at))


def _row(rows: list[dict[str, Any]], community: Community, facts: dict[str, Any], **more: Any) -> UUID:
    rows.append({"community_id": community.id, "id": new_id(), **facts, **more})
    id_: UUID = rows[-1]["id"]
    return id_


def make_random_estate(session: Session, seed: int) -> Estate:
    """Another mixture for each seed: some crowded, some short of room, a few people visited at the door."""
    draw = random.Random(seed)
    estate = make_estate(
        session,
        buildings=draw.randint(1, 5),
        units=draw.randint(1, 3),
        floors=draw.randint(1, 12),
        doors=draw.randint(1, 4),
        heads=draw.randint(1, 4),
        points=[{"x": draw.uniform(0, 500), "y": 30.0, "lanes": draw.randint(1, 3)} for _ in range(draw.randint(1, 3))],
        hours=draw.choice([0.5, 1, 2, 4]),
    )
    for resident in draw.sample(estate.residents, len(estate.residents) // 20):
        make_need(session, estate, resident, draw.choice([NeedKind.BED_BOUND, NeedKind.FRAIL, NeedKind.DOORSTEP]))
    return estate


def make_need(session: Session, estate: Estate, resident: UUID, kind: NeedKind) -> None:
    session.add(NeedFlag(community_id=estate.community.id, resident_id=resident, kind=kind, set_at=NOON))
    session.flush()
