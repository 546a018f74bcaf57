"""Tables of those who sign in."""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from accounts.rules import Role
from bulou.columns import belongs_to, words


class Account(SQLModel, table=True):
    """A person who signs in. The name is unique in the whole installation."""

    community_id: str = Field(primary_key=True, max_length=4, foreign_key="community.id")
    id: UUID = Field(primary_key=True)
    name: str = Field(unique=True, max_length=60)
    shown_name: str = Field(max_length=60)
    password_hash: str = Field(max_length=200)
    failed_attempts: int = 0  # in a row
    locked_until: datetime | None = None  # None = not locked
    created_at: datetime
    ended_at: datetime | None = None  # None = may sign in
    is_example: bool = False


class Grant(SQLModel, table=True):
    """A role of an account, in the whole community or in one round or at one point."""

    __tablename__ = "account_grant"
    __table_args__ = (belongs_to("account", "account_id"), sa.Index("ix_grant_account", "community_id", "account_id"))

    community_id: str = Field(primary_key=True, max_length=4)
    id: UUID = Field(primary_key=True)
    account_id: UUID
    role: Role = Field(sa_type=words(Role))
    round_id: UUID | None = None  # None = every round
    point_id: UUID | None = None  # None = every point


class LoginSession(SQLModel, table=True):
    """A browser that is signed in. The cookie holds the secret, the table only its hash."""

    __tablename__ = "login_session"
    __table_args__ = (belongs_to("account", "account_id"), sa.Index("ix_login_account", "community_id", "account_id"))

    community_id: str = Field(primary_key=True, max_length=4)
    id: UUID = Field(primary_key=True)
    account_id: UUID
    secret_hash: bytes = Field(unique=True)
    browser: str = Field(default="", max_length=200)
    created_at: datetime
    seen_at: datetime
    ends_at: datetime
    ended_at: datetime | None = None


class ApiToken(SQLModel, table=True):
    """What a device or program shows instead of a password. Only the hash of its secret is kept."""

    __tablename__ = "api_token"

    community_id: str = Field(primary_key=True, max_length=4, foreign_key="community.id")
    id: UUID = Field(primary_key=True)
    secret_hash: bytes = Field(unique=True)
    role: Role = Field(sa_type=words(Role))
    round_id: UUID | None = None  # None = every round
    point_id: UUID | None = None  # None = every point
    name: str = Field(default="", max_length=60)
    created_at: datetime
    ends_at: datetime | None = None  # None = valid until revoked
    revoked_at: datetime | None = None


class Invitation(SQLModel, table=True):
    """A link that makes somebody an account, or a new password for one there is. Only the hash of its secret is kept."""

    __table_args__ = (sa.ForeignKeyConstraint(["community_id"], ["community.id"]),)

    community_id: str = Field(primary_key=True, max_length=4)
    id: UUID = Field(primary_key=True)
    secret_hash: bytes = Field(unique=True)
    account_id: UUID | None = None  # whose password is new; None = an account is made
    role: Role | None = Field(default=None, sa_type=words(Role))  # of the account that is made
    round_id: UUID | None = None  # None = every round
    point_id: UUID | None = None  # None = every point
    shown_name: str = Field(default="", max_length=60)
    author_id: UUID | None = None
    made_at: datetime
    ends_at: datetime
    used_at: datetime | None = None
    revoked_at: datetime | None = None


class SetupCode(SQLModel, table=True):
    """The one-time code that makes the first account. One row at most; only its hash is kept."""

    __tablename__ = "setup_code"

    id: int = Field(primary_key=True)
    code_hash: bytes
    created_at: datetime
    used_at: datetime | None = None


class AuditEntry(SQLModel, table=True):
    """What somebody did that others may ask about. Rows are added, never changed; no personal data inside."""

    __tablename__ = "audit_entry"
    __table_args__ = (sa.Index("ix_audit_at", "community_id", "at"),)

    community_id: str = Field(primary_key=True, max_length=4)
    id: UUID = Field(primary_key=True)
    at: datetime
    account_id: UUID | None = None  # None = a program or a job
    token_id: UUID | None = None
    action: str = Field(max_length=64)
    about: str | None = Field(default=None, max_length=64)  # id of the thing, never a name
    facts: dict[str, Any] = Field(default_factory=dict, sa_type=sa.JSON)
