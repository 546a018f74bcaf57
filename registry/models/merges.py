"""What it takes to separate again what was made one."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from bulou.columns import words
from registry.rules import MergeKind


class RegistryMerge(SQLModel, table=True):
    """Two people, doors or buildings that somebody has made one: every row that this changed, as it was and as it became."""

    __tablename__ = "registry_merge"
    __table_args__ = (
        sa.ForeignKeyConstraint(["community_id"], ["community.id"]),
        sa.Index("ix_merge_kept", "community_id", "kept", "merged_at"),
    )

    community_id: str = Field(primary_key=True, max_length=4)
    id: UUID = Field(primary_key=True)
    kind: MergeKind = Field(sa_type=words(MergeKind))
    gone: UUID  # resident, household or building
    kept: UUID
    author_id: UUID | None = None  # account; None = a program
    merged_at: datetime
    separated_at: datetime | None = None  # None = they are one
    said: bytes | None = None  # encrypted JSON, see registry.rules.separating; None = was separated again
