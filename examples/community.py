"""A community of any size, shaped like the real ones: 20 buildings, 68 units, 950 households, 5 grids for 2,000 people.

Names are drawn from common characters, phones begin with 100 (no mobile number does), nobody has an identity number.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import Session

from bulou.crypto import FieldKeys, field_keys
from bulou.database import insert_all
from bulou.ids import new_code, new_id
from registry.models import Building, Community, Compound, Household, NeedFlag, Resident, Unit
from registry.rules import DoorState, NeedKind, Origin

FAMILY = "王李张刘陈杨黄赵周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕"
GIVEN = "安宁和平明亮春夏秋冬晴朗文武诗书琴画松竹梅兰山川江河云霞星月子小思雨若清一可欣怡佳嘉伟建国"
PEOPLE_PER_BUILDING = 100  # 2,000 people in 20 buildings (Fumin Garden, Wanzhou)
UNITS_PER_BUILDING = (3, 4, 3, 4, 3)  # 17 for five buildings: 68 for twenty
HOUSEHOLD_SIZES = ((1, 24), (2, 38), (3, 25), (4, 10), (5, 3))  # size, weight: 2.3 on average, with the vacant 2.1
VACANT_SHARE = 0.06
UNVERIFIED_SHARE = 0.03
DOORS_PER_FLOOR = 2
GRID_COLUMNS = 5  # buildings stand in rows of five, a grid to a row of four
METRES_EAST, METRES_NORTH = 55.0, 48.0
NEEDS = ((NeedKind.FRAIL, 0.03), (NeedKind.LIVES_ALONE, 0.02), (NeedKind.NO_PHONE, 0.03), (NeedKind.BED_BOUND, 0.004))


@dataclass
class Rows:
    """Rows by table, ready to insert."""

    buildings: list[dict[str, Any]] = field(default_factory=list)
    units: list[dict[str, Any]] = field(default_factory=list)
    households: list[dict[str, Any]] = field(default_factory=list)
    residents: list[dict[str, Any]] = field(default_factory=list)
    needs: list[dict[str, Any]] = field(default_factory=list)


def invent_community(
    session: Session, code: str, name: str, residents: int, *, seed: int = 1, now: datetime
) -> Community:
    """A community with exactly that many residents. The same seed gives the same people behind the same doors."""
    community = Community(id=code, name=name, created_at=now, is_example=True)
    compound = Compound(community_id=code, id=new_id(), name="富安花园")
    session.add(community)
    session.flush()
    session.add(compound)
    session.flush()
    rows = Inventor(code, compound.id, random.Random(seed), now).invent(residents)
    for table, kept in (
        (Building, rows.buildings),
        (Unit, rows.units),
        (Household, rows.households),
        (Resident, rows.residents),
        (NeedFlag, rows.needs),
    ):
        insert_all(session, table, kept)
    return community


class Inventor:
    """Draws the rows of one community."""

    def __init__(self, code: str, compound_id: UUID, chance: random.Random, now: datetime) -> None:
        self.code, self.compound_id, self.chance, self.now = code, compound_id, chance, now
        self.keys: FieldKeys = field_keys()
        self.rows = Rows()
        self._phones = iter(range(10_000_000, 100_000_000))

    def invent(self, residents: int) -> Rows:
        """Buildings are as even as can be; whole households until everybody has a door."""
        count = max(1, round(residents / PEOPLE_PER_BUILDING)) if residents >= 200 else 1
        count = min(count, 400)
        for number in range(count):
            people = residents * (number + 1) // count - residents * number // count
            self._building(number, people)
        return self.rows

    def _building(self, number: int, people: int) -> None:
        facts = {
            "id": new_id(),
            "compound_id": self.compound_id,
            "name": f"{number + 1}栋",
            "code": new_code(8),
            "grid": f"第{number // 4 % 5 + 1}网格",
            "x": number % GRID_COLUMNS * METRES_EAST,
            "y": number // GRID_COLUMNS * METRES_NORTH,
        }
        self.rows.buildings.append({"community_id": self.code, **facts})
        units = UNITS_PER_BUILDING[number % len(UNITS_PER_BUILDING)]
        for unit in range(units):
            self._unit(facts["id"], unit, people * (unit + 1) // units - people * unit // units)

    def _unit(self, building_id: Any, number: int, people: int) -> None:
        unit_id = new_id()
        facts = {"community_id": self.code, "id": unit_id, "building_id": building_id, "name": f"{number + 1}单元"}
        self.rows.units.append(facts)
        for door in self._doors():
            if people <= 0:
                return
            is_vacant = self.chance.random() < VACANT_SHARE
            size = 0 if is_vacant else min(people, self._household_size())
            people -= size
            self._household(building_id, unit_id, door, size)

    def _doors(self) -> Iterator[tuple[int, str]]:
        floor = 0
        while True:
            floor += 1
            for place in range(DOORS_PER_FLOOR):
                yield floor, f"{floor}{place + 1:02d}"

    def _household_size(self) -> int:
        sizes, weights = zip(*HOUSEHOLD_SIZES, strict=True)
        return int(self.chance.choices(sizes, weights)[0])

    def _household(self, building_id: Any, unit_id: Any, door: tuple[int, str], size: int) -> None:
        household_id = new_id()
        state = DoorState.VACANT if size == 0 else DoorState.SELF_OCCUPIED
        if size and self.chance.random() < UNVERIFIED_SHARE:
            state = DoorState.UNVERIFIED
        facts = {"id": household_id, "building_id": building_id, "unit_id": unit_id}
        self.rows.households.append(
            {"community_id": self.code, **facts, "door": door[1], "floor": door[0], "state": state}
        )
        family = self.chance.choice(FAMILY)
        for number in range(1, size + 1):
            self._resident(household_id, number, family if number != 2 else self.chance.choice(FAMILY))

    def _resident(self, household_id: Any, number: int, family: str) -> None:
        resident_id = new_id()
        given = "".join(self.chance.choices(GIVEN, k=self.chance.choice((1, 2, 2))))
        phone = f"100{next(self._phones)}" if number <= 2 else None
        facts = {
            "id": resident_id,
            "household_id": household_id,
            "number": number,
            "name": family + given,
            "phone": self.keys.encrypt(self.code, phone) if phone else None,
            "phone_index": self.keys.blind_index(self.code, phone) if phone else None,
            "origin": Origin.IMPORT,
            "created_at": self.now,
            "changed_at": self.now,
        }
        self.rows.residents.append({"community_id": self.code, **facts})
        for kind, share in NEEDS:
            if self.chance.random() < share:
                facts = {"resident_id": resident_id, "kind": kind, "source": "example", "set_at": self.now}
                self.rows.needs.append({"community_id": self.code, **facts})
