"""Tables of the chase."""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from bulou.columns import belongs_to, words
from followup.rules import VisitOutcome


class Stewardship(SQLModel, table=True):
    """Who looks after a building, from when until when."""

    __table_args__ = (
        belongs_to("building", "building_id"),
        belongs_to("account", "account_id"),
        sa.Index("ix_stewardship_account", "community_id", "account_id"),
    )

    community_id: str = Field(primary_key=True, max_length=4)
    id: UUID = Field(primary_key=True)
    building_id: UUID
    account_id: UUID
    from_at: datetime
    until_at: datetime | None = None  # None = still


class Attempt(SQLModel, table=True):
    """One call or knock at one household in one round. Rows are added, never changed; the latest rules."""

    __table_args__ = (
        belongs_to("round", "round_id"),
        belongs_to("household", "household_id"),
        sa.Index("ix_attempt_household", "community_id", "round_id", "household_id", "made_at"),
    )

    community_id: str = Field(primary_key=True, max_length=4)
    id: UUID = Field(primary_key=True)  # made by the sender: sent again, it is the same row
    round_id: UUID
    household_id: UUID
    outcome: VisitOutcome = Field(sa_type=words(VisitOutcome))
    come_at: datetime | None = None  # with will_come
    until_at: datetime | None = None  # with away
    note: str = Field(default="", max_length=200)
    author_id: UUID | None = None
    made_at: datetime
    received_at: datetime


class RoundTally(SQLModel, table=True):
    """The ledger of a round as it stood when it was signed at closing. Never changed; version 2 is another row."""

    __tablename__ = "round_tally"
    __table_args__ = (belongs_to("round", "round_id"),)

    community_id: str = Field(primary_key=True, max_length=4)
    round_id: UUID = Field(primary_key=True)
    version: int = Field(primary_key=True)
    as_of: datetime
    coverage: dict[str, Any] = Field(sa_type=sa.JSON)
