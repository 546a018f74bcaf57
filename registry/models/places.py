"""Where people live: communities, compounds, buildings, units."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from bulou.columns import belongs_to, words
from registry.rules import BuildingKind


class Community(SQLModel, table=True):
    """A residents' committee's area. Its id is the code that its tickets begin with."""

    id: str = Field(primary_key=True, max_length=4)
    name: str = Field(max_length=80)
    timezone: str = Field(default="Asia/Shanghai", max_length=40)
    created_at: datetime
    is_example: bool = False
    sampled_excuses: list[str] = Field(default_factory=list, sa_type=sa.JSON)  # kinds that its form counts as 已检
    origin_latitude: float | None = None  # WGS-84, of x = y = 0; None = metres alone are known
    origin_longitude: float | None = None


class Compound(SQLModel, table=True):
    """What one property manager runs."""

    __table_args__ = (sa.UniqueConstraint("community_id", "name"),)

    community_id: str = Field(primary_key=True, max_length=4, foreign_key="community.id")
    id: UUID = Field(primary_key=True)
    name: str = Field(max_length=80)


class Building(SQLModel, table=True):
    """A house with one lobby or several units; or people who belong together without a door: guards, shops, a building site."""

    __table_args__ = (
        belongs_to("compound", "compound_id"),
        sa.UniqueConstraint("community_id", "compound_id", "name"),
    )

    community_id: str = Field(primary_key=True, max_length=4)
    id: UUID = Field(primary_key=True)
    compound_id: UUID
    name: str = Field(max_length=40)  # in its one spelling, see registry.rules
    code: str = Field(unique=True, max_length=10)  # in the link of its public page
    kind: BuildingKind = Field(default=BuildingKind.HOUSE, sa_type=words(BuildingKind))
    grid: str = Field(default="", max_length=40)  # empty = of no grid
    x: float | None = None  # metres east, None = position unknown
    y: float | None = None  # metres north
    left_at: datetime | None = None  # nobody lives here any more, or it was pulled down; None = it stands


class Unit(SQLModel, table=True):
    """A stairwell. A building without named units has one with an empty name."""

    __table_args__ = (
        belongs_to("building", "building_id"),
        sa.UniqueConstraint("community_id", "building_id", "name"),
    )

    community_id: str = Field(primary_key=True, max_length=4)
    id: UUID = Field(primary_key=True)
    building_id: UUID
    name: str = Field(default="", max_length=20)


class Drawing(SQLModel, table=True):
    """A plan of the compound under the map. In metres: its left edge is `x`, its lower edge `y`, so many metres wide."""

    __table_args__ = (belongs_to("compound", "compound_id"),)

    community_id: str = Field(primary_key=True, max_length=4)
    compound_id: UUID = Field(primary_key=True)
    content: bytes  # a picture, checked and written anew by us
    media_type: str = Field(max_length=40)
    width: int  # pixels
    height: int
    x: float = 0.0  # metres
    y: float = 0.0
    metres_wide: float
    changed_at: datetime
