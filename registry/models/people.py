"""Who lives where, what they need, why they need not come, and what was changed."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from bulou.columns import belongs_to, words
from registry.rules import (
    ChangeKind,
    CorrectionKind,
    CorrectionState,
    DoorState,
    ExcuseKind,
    ExcuseState,
    NeedKind,
    Origin,
)


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
    merged_into: UUID | None = None  # the household that this one turned out to be; its door is an alias then
    state: DoorState = Field(default=DoorState.UNVERIFIED, sa_type=words(DoorState))
    said_state: DoorState | None = Field(default=None, sa_type=words(DoorState), nullable=True)  # by the last file


class Resident(SQLModel, table=True):
    """A person of a household: the pair (household, number). Name, phone and identity number are each optional."""

    __table_args__ = (
        belongs_to("household", "household_id"),
        sa.UniqueConstraint("community_id", "household_id", "number"),
        sa.Index("ix_resident_identity", "community_id", "identity_index"),
        sa.Index("ix_resident_phone", "community_id", "phone_index"),
        sa.Index(
            "ix_resident_merged",
            *("community_id", "merged_into"),
            sqlite_where=sa.text("merged_into IS NOT NULL"),
            postgresql_where=sa.text("merged_into IS NOT NULL"),
        ),
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
    registered_address: bytes | None = None  # encrypted: where the person is registered, if not here
    origin: Origin = Field(sa_type=words(Origin))
    merged_into: UUID | None = None  # the resident who this one turned out to be, who is nobody's pointer themselves
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
    source: str = Field(default="", max_length=60)  # who says so, in words: the roster of 3 March, her daughter
    author_id: UUID | None = None  # account; None = a file or a program
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
    proof: str = Field(default="", max_length=200)  # what was shown, in words
    author_id: UUID | None = None  # account; None = a program
    created_at: datetime
    reviewed_at: datetime | None = None  # None = was no proposal, or waits for review
    reviewer_id: UUID | None = None
    answer: str = Field(default="", max_length=200)  # why it was rejected, shown to whoever proposed it
    withdrawn_at: datetime | None = None


class DoorAlias(SQLModel, table=True):
    """Another spelling of a door, or the door of a household that was merged or moved: files that name it mean this one."""

    __tablename__ = "door_alias"
    __table_args__ = (belongs_to("building", "building_id"), belongs_to("household", "household_id"))

    community_id: str = Field(primary_key=True, max_length=4)
    building_id: UUID = Field(primary_key=True)
    unit: str = Field(primary_key=True, max_length=20)
    door: str = Field(primary_key=True, max_length=20)
    household_id: UUID


class ResidentDoor(SQLModel, table=True):
    """A further door that a person belongs to. Counted, planned and called is only the resident's own household."""

    __tablename__ = "resident_door"
    __table_args__ = (
        belongs_to("resident", "resident_id"),
        belongs_to("household", "household_id"),
        sa.Index("ix_resident_door_household", "community_id", "household_id"),
    )

    community_id: str = Field(primary_key=True, max_length=4)
    resident_id: UUID = Field(primary_key=True)
    household_id: UUID = Field(primary_key=True)
    set_at: datetime


class RegistryChange(SQLModel, table=True):
    """One change of a person, a household or a building, as its history shows it. Rows are added, never changed.

    `said` is encrypted JSON: {field: [before, after]}; a field that was empty before or after is null.
    """

    __tablename__ = "registry_change"
    __table_args__ = (
        belongs_to("roster_import", "import_id"),
        sa.Index("ix_change_about", "community_id", "about", "at"),
        sa.Index("ix_change_import", "community_id", "import_id"),
    )

    community_id: str = Field(primary_key=True, max_length=4)
    id: UUID = Field(primary_key=True)
    about: UUID  # resident, household or building
    kind: ChangeKind = Field(sa_type=words(ChangeKind))
    at: datetime
    author_id: UUID | None = None  # account; None = a program
    import_id: UUID | None = None  # None = by hand
    undoes: UUID | None = None  # the import that this change takes back
    said: bytes


class Correction(SQLModel, table=True):
    """What a resident says is wrong in their entry. It changes nothing by itself: a manager answers it."""

    __table_args__ = (
        belongs_to("resident", "resident_id"),
        belongs_to("household", "household_id"),
        sa.Index("ix_correction_state", "community_id", "state", "sent_at"),
    )

    community_id: str = Field(primary_key=True, max_length=4)
    id: UUID = Field(primary_key=True)  # made by the sender: sent again, it is the same row
    household_id: UUID
    resident_id: UUID | None = None  # None = about the household
    kind: CorrectionKind = Field(sa_type=words(CorrectionKind))
    said: bytes  # encrypted: what is wrong, in the resident's words
    state: CorrectionState = Field(default=CorrectionState.OPEN, sa_type=words(CorrectionState))
    sent_at: datetime
    reminded_at: datetime | None = None  # when the manager was last reminded of it
    answered_at: datetime | None = None
    answered_by: UUID | None = None
    answer: str = Field(default="", max_length=200)  # shown to the resident


class ToldApart(SQLModel, table=True):
    """Two people who look like one, and of whom somebody has said that they are two. `first` has the smaller id."""

    __tablename__ = "told_apart"
    __table_args__ = (belongs_to("resident", "first"), belongs_to("resident", "second"))

    community_id: str = Field(primary_key=True, max_length=4)
    first: UUID = Field(primary_key=True)
    second: UUID = Field(primary_key=True, index=True)
    author_id: UUID | None = None  # account; None = a program
    set_at: datetime
