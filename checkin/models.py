"""Tables of tickets and scans. Scans are facts: added, never changed."""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from bulou.columns import belongs_to, words
from checkin.rules import Match, Outcome, ScanKind, ScanSource, TicketKind
from checkin.rules.paper import SheetKind


def _once_valid(name: str, column: str, which: str) -> sa.Index:
    valid = sa.text(f"revoked_at IS NULL AND {which}")
    columns = ("community_id", "campaign_id", column)
    return sa.Index(name, *columns, unique=True, sqlite_where=valid, postgresql_where=valid)


class Ticket(SQLModel, table=True):
    """What a resident or a household shows, for a whole campaign."""

    __table_args__ = (
        belongs_to("campaign", "campaign_id"),
        belongs_to("household", "household_id"),
        # One valid ticket each; those that were revoked stay beside it.
        _once_valid("uq_ticket_resident", "resident_id", "resident_id IS NOT NULL"),
        _once_valid("uq_ticket_household", "household_id", "resident_id IS NULL"),
        sa.Index("ix_ticket_household", "community_id", "campaign_id", "household_id"),
        sa.Index("ix_ticket_resident", "community_id", "campaign_id", "resident_id"),
    )

    community_id: str = Field(primary_key=True, max_length=4)
    id: UUID = Field(primary_key=True)
    code: str = Field(unique=True, max_length=16)  # 4 characters of the community, 12 random
    campaign_id: UUID
    kind: TicketKind = Field(sa_type=words(TicketKind))
    household_id: UUID  # of a resident's ticket: where they lived when it was issued
    resident_id: UUID | None = None  # None = the household's ticket
    issued_at: datetime
    revoked_at: datetime | None = None  # None = valid


class Scan(SQLModel, table=True):
    """One fact about one person, as a device or a paper reported it. Rows are added, never changed."""

    __table_args__ = (
        belongs_to("round", "round_id"),
        belongs_to("point", "point_id"),
        sa.Index("ix_scan_resident", "community_id", "round_id", "resident_id"),
        sa.Index("ix_scan_undoes", "community_id", "undoes"),
        sa.Index("ix_scan_point", "community_id", "point_id", "corrected_at"),
    )

    community_id: str = Field(primary_key=True, max_length=4)
    id: UUID = Field(primary_key=True)  # made by the sender: sent again, it is the same row
    round_id: UUID
    point_id: UUID
    kind: ScanKind = Field(sa_type=words(ScanKind))
    code: str | None = Field(default=None, max_length=16)  # None = an undo, or what was read is no ticket code
    ticket_id: UUID | None = None  # None = unknown ticket, or an undo
    resident_id: UUID | None = None  # None = nobody we know
    group_id: UUID | None = None  # ties the facts of one household scan
    undoes: UUID | None = None  # the scan that an undo takes back; it may arrive first
    counts: bool  # decided once, by plan, excuse, revocation and hours in force at corrected_at
    outcome: Outcome = Field(sa_type=words(Outcome))  # what was answered
    answer: dict[str, Any] = Field(sa_type=sa.JSON)  # the rest of the answer, without names: sent again, the same
    content_hash: bytes  # of what was sent: other content under the same id is a conflict
    override: str | None = Field(default=None, max_length=120)  # why it was accepted anyway
    is_taken: bool = False  # decided without the server
    against: Outcome | None = Field(default=None, sa_type=words(Outcome))  # what spoke against it; if taken, a conflict
    plan_version: int | None = None  # that the sender judged by
    lane: str | None = Field(default=None, max_length=20)
    tube: str | None = Field(default=None, max_length=40)
    source: ScanSource = Field(default=ScanSource.DEVICE, sa_type=words(ScanSource))
    scanned_at: datetime  # by the sender's clock, as sent
    clock_offset_ms: int = Field(default=0, sa_type=sa.BigInteger)  # positive = the sender's clock is fast
    corrected_at: datetime  # scanned_at - clock_offset_ms
    received_at: datetime  # by ours
    device_id: UUID | None = None  # the phone or token it came with; None = an account in a browser
    device_seq: int | None = Field(default=None, sa_type=sa.BigInteger)
    author_id: UUID | None = None  # account; None = a device


class Visitor(SQLModel, table=True):
    """Somebody of another community who was scanned here. Never counts in the ledger."""

    __table_args__ = (belongs_to("scan", "scan_id"), sa.Index("ix_visitor_round", "community_id", "round_id"))

    community_id: str = Field(primary_key=True, max_length=4)
    scan_id: UUID = Field(primary_key=True)
    round_id: UUID
    code: str = Field(max_length=16)  # of their own community's ticket
    seen_at: datetime


class OfficialList(SQLModel, table=True):
    """A list of those the official system has as sampled, read in for one round."""

    __tablename__ = "official_list"
    __table_args__ = (belongs_to("round", "round_id"), sa.Index("ix_official_round", "community_id", "round_id"))

    community_id: str = Field(primary_key=True, max_length=4)
    id: UUID = Field(primary_key=True)
    round_id: UUID
    file_name: str = Field(max_length=200)
    author_id: UUID | None = None
    read_at: datetime
    kept_at: datetime | None = None  # when its last line was written; None = not whole yet, and shown to nobody


class OfficialLine(SQLModel, table=True):
    """One person of such a list, and who of ours that is. Sure ones are sampled by a fact; the others wait for somebody."""

    __tablename__ = "official_line"
    __table_args__ = (belongs_to("official_list", "list_id"),)

    community_id: str = Field(primary_key=True, max_length=4)
    list_id: UUID = Field(primary_key=True)
    line: int = Field(primary_key=True)  # as the spreadsheet numbers its lines
    said: bytes  # encrypted JSON: name, phone, identity number, time, place as the list has them
    match: Match = Field(sa_type=words(Match))
    resident_id: UUID | None = None  # None = nobody yet, or not ours
    candidates: list[str] = Field(default_factory=list, sa_type=sa.JSON)  # ids of those it may be, likeliest first
    settled_at: datetime | None = None  # when its fact was recorded, or somebody said who it is; None = waits
    settled_by: UUID | None = None  # who said who it is, of this line or of the same in an earlier list; None = nobody
    scan_id: UUID | None = None  # the fact that it was recorded by; None = nothing was recorded


class PaperSheet(SQLModel, table=True):
    """A list with tick boxes: who stands on it and in which order. What was printed cannot be called back, so it stays."""

    __tablename__ = "paper_sheet"
    __table_args__ = (
        belongs_to("round", "round_id"),
        sa.UniqueConstraint("community_id", "code"),
        sa.Index("ix_paper_sheet_round", "community_id", "round_id", "made_at"),
    )

    community_id: str = Field(primary_key=True, max_length=4)
    id: UUID = Field(primary_key=True)  # follows from what stands on it: printed again unchanged, it is the same sheet
    code: str = Field(max_length=8)  # on each of its pages
    round_id: UUID
    kind: SheetKind = Field(sa_type=words(SheetKind))
    point_id: UUID | None = None  # None = a door sheet: the point is said when it is entered
    building_id: UUID | None = None  # None = a lane list
    starts_at: datetime | None = None  # of its slot; None = a door sheet
    ends_at: datetime | None = None
    version: int  # of the plan it was made from
    residents: list[str] = Field(sa_type=sa.JSON)  # ids in the order of the paper
    walk_ins: list[str] = Field(default_factory=list, sa_type=sa.JSON)  # ids of those written on its empty lines
    made_at: datetime
    entered_at: datetime | None = None  # when its ticks were last typed in; None = not yet
    entered_by: UUID | None = None


class MergedEntry(SQLModel, table=True):
    """How somebody stood on the roster of a round before their entry and another were made one: to put it back by."""

    __tablename__ = "merged_entry"
    __table_args__ = (belongs_to("round", "round_id"), belongs_to("resident", "resident_id"))

    community_id: str = Field(primary_key=True, max_length=4)
    round_id: UUID = Field(primary_key=True)
    resident_id: UUID = Field(primary_key=True)
    merged_with: UUID = Field(primary_key=True)  # the other of the two
    entry: dict[str, Any] | None = Field(default=None, sa_type=sa.JSON)  # columns of roster_entry; None = was not on it
    after: dict[str, Any] | None = Field(default=None, sa_type=sa.JSON)  # as the merge left it; None = went


class Device(SQLModel, table=True):
    """A phone that was enrolled at a point. Its name, place and end stand in the token of the same id."""

    __table_args__ = (belongs_to("api_token", "id"), belongs_to("point", "point_id"))

    community_id: str = Field(primary_key=True, max_length=4)
    id: UUID = Field(primary_key=True)
    point_id: UUID
    slice_key: bytes  # encrypted: what its slice is sealed with, and what it noted of people without a ticket
    enrolled_by: UUID | None = None  # whoever signed in on it, or made its code; None = a program
    seen_at: datetime
    unsent: int | None = None  # facts it had not sent yet when it said so last; None = never said
    handed_back_at: datetime | None = None  # None = in use, lost, or revoked by somebody


class DeviceCode(SQLModel, table=True):
    """A code that enrols one phone at a point. Only the hash of its secret is kept."""

    __tablename__ = "device_code"
    __table_args__ = (belongs_to("point", "point_id"),)

    community_id: str = Field(primary_key=True, max_length=4)
    id: UUID = Field(primary_key=True)
    secret_hash: bytes = Field(unique=True)
    point_id: UUID
    author_id: UUID | None = None
    made_at: datetime
    ends_at: datetime
    used_at: datetime | None = None


class SliceMark(SQLModel, table=True):
    """Which state of a household the phones of a point were told last, and when. Follows from other tables: made anew if lost."""

    __tablename__ = "slice_mark"
    __table_args__ = (belongs_to("point", "point_id"),)

    community_id: str = Field(primary_key=True, max_length=4)
    point_id: UUID = Field(primary_key=True)
    household_id: UUID = Field(primary_key=True)
    state_hash: bytes | None  # None = it no longer belongs to this point
    told_as: int = Field(sa_type=sa.BigInteger)  # grows with each change at this point


class WalkIn(SQLModel, table=True):
    """Somebody without a ticket whom nobody found on the list: what they said at the point, until somebody says who they are."""

    __tablename__ = "walk_in"
    __table_args__ = (belongs_to("scan", "scan_id"), sa.Index("ix_walk_in_round", "community_id", "round_id"))

    community_id: str = Field(primary_key=True, max_length=4)
    scan_id: UUID = Field(primary_key=True)
    round_id: UUID
    said: bytes  # encrypted JSON: name and door, as they were typed
    came_at: datetime
    resident_id: UUID | None = None  # who they turned out to be; None = nobody yet, or nobody of ours
    settled_at: datetime | None = None  # None = waits for a manager
    settled_by: UUID | None = None
