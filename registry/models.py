"""Tables of who lives where. Everything belongs to a community; its id stands in every key."""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from bulou.columns import belongs_to, words
from registry.rules import DoorState, ExcuseKind, ExcuseState, NeedKind, Origin


class Community(SQLModel, table=True):
    """A residents' committee's area. Its id is the code that its tickets begin with."""

    id: str = Field(primary_key=True, max_length=4)
    name: str = Field(max_length=80)
    timezone: str = Field(default="Asia/Shanghai", max_length=40)
    created_at: datetime
    is_example: bool = False


class Compound(SQLModel, table=True):
    """What one property manager runs."""

    __table_args__ = (sa.UniqueConstraint("community_id", "name"),)

    community_id: str = Field(primary_key=True, max_length=4, foreign_key="community.id")
    id: UUID = Field(primary_key=True)
    name: str = Field(max_length=80)


class Building(SQLModel, table=True):
    """A house with one lobby or several units."""

    __table_args__ = (
        belongs_to("compound", "compound_id"),
        sa.UniqueConstraint("community_id", "compound_id", "name"),
    )

    community_id: str = Field(primary_key=True, max_length=4)
    id: UUID = Field(primary_key=True)
    compound_id: UUID
    name: str = Field(max_length=40)  # in its one spelling, see registry.rules
    code: str = Field(unique=True, max_length=10)  # in the link of its public page
    grid: str = Field(default="", max_length=40)  # empty = of no grid
    x: float | None = None  # metres east, None = position unknown
    y: float | None = None  # metres north


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


class Household(SQLModel, table=True):
    """A door, and whoever lives behind it. The door is the natural key."""

    __table_args__ = (
        belongs_to("building", "building_id"),
        belongs_to("unit", "unit_id"),
        sa.UniqueConstraint("community_id", "unit_id", "door"),
        sa.Index("ix_household_building", "community_id", "building_id"),
    )

    community_id: str = Field(primary_key=True, max_length=4)
    id: UUID = Field(primary_key=True)
    building_id: UUID
    unit_id: UUID
    door: str = Field(max_length=20)  # the room: 501
    floor: int | None = None  # None = cannot be told from the door
    state: DoorState = Field(default=DoorState.UNVERIFIED, sa_type=words(DoorState))


class Resident(SQLModel, table=True):
    """A person of a household: the pair (household, number). Name, phone and identity number are each optional."""

    __table_args__ = (
        belongs_to("household", "household_id"),
        sa.UniqueConstraint("community_id", "household_id", "number"),
        sa.Index("ix_resident_identity", "community_id", "identity_index"),
        sa.Index("ix_resident_phone", "community_id", "phone_index"),
    )

    community_id: str = Field(primary_key=True, max_length=4)
    id: UUID = Field(primary_key=True)
    household_id: UUID  # where the person lives and is planned
    number: int  # from 1 within the household, never used twice
    name: str | None = Field(default=None, max_length=60)  # None = known only as a head
    phone: bytes | None = None  # encrypted
    phone_index: bytes | None = None  # blind index
    identity_number: bytes | None = None  # encrypted
    identity_index: bytes | None = None  # blind index
    origin: Origin = Field(sa_type=words(Origin))
    merged_into: UUID | None = None  # the resident who this one turned out to be
    left_at: datetime | None = None  # None = lives here
    created_at: datetime
    changed_at: datetime


class NeedFlag(SQLModel, table=True):
    """Something that steers plan, door list and order of calls."""

    __tablename__ = "need_flag"
    __table_args__ = (belongs_to("resident", "resident_id"),)

    community_id: str = Field(primary_key=True, max_length=4)
    resident_id: UUID = Field(primary_key=True)
    kind: NeedKind = Field(primary_key=True, sa_type=words(NeedKind))
    source: str = Field(default="", max_length=60)
    set_at: datetime


class Excuse(SQLModel, table=True):
    """Why somebody need not come, from when until when. A proposal changes nothing until it is accepted."""

    __table_args__ = (
        belongs_to("resident", "resident_id"),
        sa.Index("ix_excuse_resident", "community_id", "resident_id"),
    )

    community_id: str = Field(primary_key=True, max_length=4)
    id: UUID = Field(primary_key=True)
    resident_id: UUID
    kind: ExcuseKind = Field(sa_type=words(ExcuseKind))
    state: ExcuseState = Field(default=ExcuseState.ACCEPTED, sa_type=words(ExcuseState))
    from_at: datetime
    until_at: datetime | None = None  # None = until withdrawn
    note: str = Field(default="", max_length=200)
    author_id: UUID | None = None  # account; None = a program
    created_at: datetime
    reviewed_at: datetime | None = None  # None = was no proposal, or waits for review
    withdrawn_at: datetime | None = None


class RosterImport(SQLModel, table=True):
    """A file that was read in, and what came of it."""

    __tablename__ = "roster_import"

    community_id: str = Field(primary_key=True, max_length=4, foreign_key="community.id")
    id: UUID = Field(primary_key=True)
    file_name: str = Field(max_length=200)
    author_id: UUID | None = None
    imported_at: datetime
    counts: dict[str, Any] = Field(sa_type=sa.JSON)  # added, changed, moved, left, unchanged, refused


class ImportRow(SQLModel, table=True):
    """What the last file that named a resident said of them. A correction by hand is told from it."""

    __tablename__ = "import_row"
    __table_args__ = (belongs_to("resident", "resident_id"), belongs_to("roster_import", "import_id"))

    community_id: str = Field(primary_key=True, max_length=4)
    resident_id: UUID = Field(primary_key=True)
    import_id: UUID
    said: bytes  # encrypted JSON of the row's fields


class RosterUpload(SQLModel, table=True):
    """A file that waits for somebody to look at its preview and confirm, or for a worker. Gone when it was imported."""

    __tablename__ = "roster_upload"

    community_id: str = Field(primary_key=True, max_length=4, foreign_key="community.id")
    id: UUID = Field(primary_key=True)
    file_name: str = Field(max_length=200)
    compound: str = Field(default="", max_length=80)  # empty = as the rows say
    content: bytes  # encrypted
    author_id: UUID | None = None
    uploaded_at: datetime
