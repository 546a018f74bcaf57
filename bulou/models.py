"""Tables of the ground floor: what runs by itself and what was asked for."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from bulou.columns import words


class JobRun(SQLModel, table=True):
    """One run of a job at one planned time. Who inserts the row runs the job; nobody else does."""

    __tablename__ = "job_run"

    job: str = Field(primary_key=True, max_length=64)
    planned_at: datetime = Field(primary_key=True)
    started_at: datetime
    finished_at: datetime | None = None  # None = still running, or its process died
    failure: str | None = Field(default=None, max_length=200)  # class of the exception; None = it went well


class RequestState(StrEnum):
    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class JobRequest(SQLModel, table=True):
    """Long work that somebody asked for and watches: a plan, a large import."""

    __tablename__ = "job_request"
    __table_args__ = (sa.Index("ix_job_request_state", "state", "asked_at"),)

    community_id: str = Field(primary_key=True, max_length=4)
    id: UUID = Field(primary_key=True)
    kind: str = Field(max_length=64)
    facts: dict[str, Any] = Field(sa_type=sa.JSON)
    asked_at: datetime
    asked_by: UUID | None = None  # account; None = a program
    state: RequestState = Field(default=RequestState.WAITING, sa_type=words(RequestState))
    lease_until: datetime | None = None  # after this instant another worker may begin it anew
    attempts: int = 0
    done_share: float = 0.0  # 0 to 1
    stop_asked: bool = False  # a person wants the best so far
    news: dict[str, Any] = Field(default_factory=dict, sa_type=sa.JSON)  # what the page shows while it runs
    failure: str | None = Field(default=None, max_length=400)
