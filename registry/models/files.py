"""Rosters that were read in, and what they said."""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from bulou.columns import belongs_to


class RosterImport(SQLModel, table=True):
    """A file that was read in, and what came of it."""

    __tablename__ = "roster_import"

    community_id: str = Field(primary_key=True, max_length=4, foreign_key="community.id")
    id: UUID = Field(primary_key=True)
    file_name: str = Field(max_length=200)
    author_id: UUID | None = None
    imported_at: datetime
    undone_at: datetime | None = None
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
    columns: dict[str, str] = Field(default_factory=dict, sa_type=sa.JSON)  # header → meaning, said on the mapping page
    preview: bytes | None = None  # encrypted: what the file would do; None = not compared yet
    author_id: UUID | None = None
    uploaded_at: datetime


class ColumnWord(SQLModel, table=True):
    """What a header means in the lists of one property company, as somebody said on the mapping page."""

    __tablename__ = "column_word"
    __table_args__ = (sa.ForeignKeyConstraint(["community_id"], ["community.id"]),)

    community_id: str = Field(primary_key=True, max_length=4)
    compound: str = Field(primary_key=True, max_length=80)  # name; empty = lists of the whole community
    header: str = Field(primary_key=True, max_length=120)  # in its one spelling
    meaning: str = Field(max_length=40)  # "ignored" = nothing
    author_id: UUID | None = None
    set_at: datetime
