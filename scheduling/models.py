"""Tables of campaigns, rounds, points and plans."""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from bulou.columns import belongs_to, words
from scheduling.rules import EntryCause, PlanState, PointKind, RoundState


class Campaign(SQLModel, table=True):
    """A series of rounds with one purpose."""

    __table_args__ = (sa.UniqueConstraint("community_id", "name"),)

    community_id: str = Field(primary_key=True, max_length=4, foreign_key="community.id")
    id: UUID = Field(primary_key=True)
    name: str = Field(max_length=80)
    created_at: datetime


class Round(SQLModel, table=True):
    """One pass over the whole roster."""

    __table_args__ = (
        belongs_to("campaign", "campaign_id"),
        sa.UniqueConstraint("community_id", "campaign_id", "number"),
    )

    community_id: str = Field(primary_key=True, max_length=4)
    id: UUID = Field(primary_key=True, index=True)
    campaign_id: UUID
    number: int  # from 1 within the campaign
    name: str = Field(max_length=80)
    code: str = Field(unique=True, max_length=10)  # in the link of its public page
    state: RoundState = Field(default=RoundState.DRAFT, sa_type=words(RoundState))
    slot_minutes: int = 30
    max_walk_metres: int | None = None  # None = no limit
    weights: dict[str, float] = Field(default_factory=dict, sa_type=sa.JSON)  # factors by wish, see rules.wishes
    bring: str = Field(default="", max_length=200)  # what residents should bring, in the manager's words
    roster_taken_at: datetime | None = None  # None = no roster entries yet
    version: int = 0  # of the plan in force; 0 = none published
    published_at: datetime | None = None
    opened_at: datetime | None = None
    closed_at: datetime | None = None
    cancelled_because: str = Field(default="", max_length=200)  # what residents read beside "cancelled"
    changed_at: datetime | None = None  # of anything that public pages show; None = never since it was made
    created_at: datetime


class SamplingSession(SQLModel, table=True):
    """A stretch of a day when points are open."""

    __tablename__ = "sampling_session"
    __table_args__ = (belongs_to("round", "round_id"), sa.UniqueConstraint("community_id", "round_id", "starts_at"))

    community_id: str = Field(primary_key=True, max_length=4)
    id: UUID = Field(primary_key=True)
    round_id: UUID
    starts_at: datetime
    ends_at: datetime
    breaks: list[list[str]] = Field(default_factory=list, sa_type=sa.JSON)  # pairs of instants, ISO 8601 in UTC
    is_makeup: bool = False  # open to all, nothing is planned into it


class Point(SQLModel, table=True):
    """A sampling point of one round."""

    __table_args__ = (belongs_to("round", "round_id"), sa.UniqueConstraint("community_id", "round_id", "name"))

    community_id: str = Field(primary_key=True, max_length=4)
    id: UUID = Field(primary_key=True)
    round_id: UUID
    name: str = Field(max_length=60)
    address: str = Field(default="", max_length=120)
    kind: PointKind = Field(default=PointKind.LANES, sa_type=words(PointKind))
    code: str = Field(unique=True, max_length=10)  # on its poster
    x: float | None = None  # metres east, None = position unknown
    y: float | None = None  # metres north
    lanes: int = 1  # where a session says nothing else
    heads_per_lane_hour: int = 80  # 500 in 4 h a nurse to 100/h a window: shared figures, editable
    utilisation: float = 0.85
    standing_room: int | None = None  # heads that may wait at once; None = no limit
    tiers: list[str] = Field(default_factory=lambda: ["normal"], sa_type=sa.JSON)
    counts_entrance: bool = True  # the entrance scan counts as sampled
    contact_name: str = Field(default="", max_length=60)  # person in charge, entered to be public
    contact_phone: str = Field(default="", max_length=30)
    volunteers: str = Field(default="", max_length=200)  # entered to be public


class PointLanes(SQLModel, table=True):
    """Lanes of a point in one session, where they differ from the point's own number."""

    __tablename__ = "point_lanes"
    __table_args__ = (belongs_to("point", "point_id"), belongs_to("sampling_session", "session_id"))

    community_id: str = Field(primary_key=True, max_length=4)
    point_id: UUID = Field(primary_key=True)
    session_id: UUID = Field(primary_key=True)
    lanes: int  # 0 = closed


class BuildingRule(SQLModel, table=True):
    """What is special about a building in one round: its tier, its window, its points."""

    __tablename__ = "building_rule"
    __table_args__ = (belongs_to("round", "round_id"), belongs_to("building", "building_id"))

    community_id: str = Field(primary_key=True, max_length=4)
    round_id: UUID = Field(primary_key=True)
    building_id: UUID = Field(primary_key=True)
    tier: str = Field(default="normal", max_length=20)
    first_slot: int | None = None  # None = from the beginning
    last_slot: int | None = None  # None = until the end
    point_ids: list[str] | None = Field(default=None, sa_type=sa.JSON)  # None = any


class Cohort(SQLModel, table=True):
    """Households that are called together. Re-cut only before the round is published.

    A cohort nobody on the roster belongs to any more was left by an earlier cut: older drafts still name it.
    """

    __table_args__ = (
        belongs_to("round", "round_id"),
        belongs_to("building", "building_id"),
        belongs_to("unit", "unit_id"),
    )

    community_id: str = Field(primary_key=True, max_length=4)
    id: UUID = Field(primary_key=True)
    round_id: UUID = Field(index=True)
    building_id: UUID
    unit_id: UUID
    first_floor: int | None = None  # None = the whole unit, or floors unknown
    last_floor: int | None = None
    first_door: str = Field(default="", max_length=20)  # empty = whole floors
    last_door: str = Field(default="", max_length=20)
    position: int  # order within the round: building, unit, floor


class RosterEntry(SQLModel, table=True):
    """One resident in one round. Only check-in writes arrived and sampled."""

    __tablename__ = "roster_entry"
    __table_args__ = (
        belongs_to("round", "round_id"),
        belongs_to("resident", "resident_id"),
        belongs_to("household", "household_id"),
        sa.Index("ix_entry_building", "community_id", "round_id", "building_id", "sampled_at"),
        sa.Index("ix_entry_cohort", "community_id", "round_id", "cohort_id", "changed_at"),
        sa.Index("ix_entry_household", "community_id", "round_id", "household_id"),
        sa.Index(
            "ix_entry_arrived",
            *("community_id", "round_id", "arrived_point_id", "arrived_number"),
            sqlite_where=sa.text("arrived_point_id IS NOT NULL"),
            postgresql_where=sa.text("arrived_point_id IS NOT NULL"),
        ),
    )

    community_id: str = Field(primary_key=True, max_length=4)
    round_id: UUID = Field(primary_key=True)
    resident_id: UUID = Field(primary_key=True)
    household_id: UUID
    building_id: UUID | None  # None = the door is unknown
    cohort_id: UUID | None = None  # None = not cut yet, or visited at the door
    is_doorstep: bool = False  # sampled at the door, not in the plan
    cause: EntryCause = Field(sa_type=words(EntryCause))
    arrived_at: datetime | None = None
    arrived_point_id: UUID | None = None
    arrived_number: int | None = None  # in the order of arrival at that point
    sampled_at: datetime | None = None  # corrected time of the winning scan; None = missing or excused
    sampled_scan_id: UUID | None = None
    changed_at: datetime


class Plan(SQLModel, table=True):
    """One plan of a round: a draft, or a version that was published and is frozen."""

    __table_args__ = (
        belongs_to("round", "round_id"),
        sa.UniqueConstraint("community_id", "round_id", "version"),
        sa.Index("ix_plan_round", "community_id", "round_id", "created_at"),
    )

    community_id: str = Field(primary_key=True, max_length=4)
    id: UUID = Field(primary_key=True, index=True)
    round_id: UUID
    version: int | None = None  # None = not published
    state: PlanState = Field(default=PlanState.DRAFT, sa_type=words(PlanState))
    parent_id: UUID | None = None  # the plan it was made from
    cause: str = Field(default="", max_length=200)  # why it was made, in the author's words
    author_id: UUID | None = None
    created_at: datetime
    published_at: datetime | None = None
    is_stale: bool = False  # the roster or the points changed after it was made
    problem: dict[str, Any] = Field(sa_type=sa.JSON)  # planning/FORMAT.md, ids are ours
    result: dict[str, Any] = Field(sa_type=sa.JSON)  # the planner's answer


class Assignment(SQLModel, table=True):
    """A cohort's point and time in one plan. Rows are added, never changed."""

    __table_args__ = (belongs_to("plan", "plan_id"), belongs_to("cohort", "cohort_id"), belongs_to("point", "point_id"))

    community_id: str = Field(primary_key=True, max_length=4)
    plan_id: UUID = Field(primary_key=True)
    cohort_id: UUID = Field(primary_key=True)
    point_id: UUID
    slot: int  # within this plan
    starts_at: datetime
    ends_at: datetime
    heads: int  # when the plan was made


class Pin(SQLModel, table=True):
    """A person's order to the planner: this cohort at this point, called at this instant."""

    __table_args__ = (
        belongs_to("round", "round_id"),
        belongs_to("cohort", "cohort_id"),
        belongs_to("point", "point_id"),
    )

    community_id: str = Field(primary_key=True, max_length=4)
    round_id: UUID = Field(primary_key=True)
    cohort_id: UUID = Field(primary_key=True)
    point_id: UUID
    starts_at: datetime  # of its slot; an instant stays true when the hours of the round change
    author_id: UUID | None = None
    set_at: datetime
