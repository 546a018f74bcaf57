"""What pages and the gate need to see of accounts. Never writes."""

import hashlib
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col, select

from accounts.deeds import Subject
from accounts.errors import AccountNotFound
from accounts.models import Account, ApiToken, AuditEntry, Grant, Invitation, LoginSession
from accounts.rules import Area, Principal, Role, account_name, ended_since, is_alive
from bulou.i18n import _

# What accounts ask of a community. The table is the registry's, which comes after and may not be imported.
COMMUNITY = sa.table(
    "community",
    sa.column("id", sa.String),
    sa.column("name", sa.String),
    sa.column("timezone", sa.String),
    sa.column("is_example", sa.Boolean),
)


def hash_secret(secret: str) -> bytes:
    """What is kept of a cookie's or token's secret. It has 256 random bits, so nothing slower is needed."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).digest()


@dataclass(frozen=True, slots=True)
class Visit:
    """A browser that is signed in, and when it was last noted."""

    principal: Principal
    seen_at: datetime


_VISIT = (
    sa.select(
        col(LoginSession.community_id),
        col(LoginSession.id).label("session_id"),
        col(LoginSession.seen_at),
        col(LoginSession.ends_at),
        col(LoginSession.ended_at),
        col(Account.id).label("account_id"),
        col(Account.shown_name),
        COMMUNITY.c.timezone,
        col(Grant.role),
        col(Grant.round_id),
        col(Grant.point_id),
    )
    .join_from(
        LoginSession,
        Account,
        sa.and_(
            col(Account.community_id) == col(LoginSession.community_id), col(Account.id) == col(LoginSession.account_id)
        ),
    )
    .join(COMMUNITY, COMMUNITY.c.id == col(Account.community_id))
    .outerjoin(
        Grant,
        sa.and_(col(Grant.community_id) == col(Account.community_id), col(Grant.account_id) == col(Account.id)),
    )
    .where(col(LoginSession.secret_hash) == sa.bindparam("secret_hash"), col(Account.ended_at).is_(None))
)


def find_visit(session: Session, secret: str, *, now: datetime) -> Visit | None:
    """Who holds this cookie; None where it is unknown, idle for too long or ended. One statement."""
    rows = session.connection().execute(_VISIT, {"secret_hash": hash_secret(secret)}).all()
    if not rows or not is_alive(seen_at=rows[0].seen_at, ends_at=rows[0].ends_at, ended_at=rows[0].ended_at, now=now):
        return None
    first = rows[0]
    principal = Principal(
        community_id=first.community_id,
        areas=tuple(Area(row.role, row.round_id, row.point_id) for row in rows if row.role is not None),
        account_id=first.account_id,
        shown_name=first.shown_name,
        timezone=first.timezone,
        session_id=first.session_id,
    )
    return Visit(principal, first.seen_at)


_TOKEN = (
    sa.select(
        col(ApiToken.community_id),
        col(ApiToken.id),
        col(ApiToken.role),
        col(ApiToken.round_id),
        col(ApiToken.point_id),
        col(ApiToken.name),
        col(ApiToken.ends_at),
        col(ApiToken.revoked_at),
        COMMUNITY.c.timezone,
    )
    .join_from(ApiToken, COMMUNITY, COMMUNITY.c.id == col(ApiToken.community_id))
    .where(col(ApiToken.secret_hash) == sa.bindparam("secret_hash"))
)
# A phone's secret is worth something as its cookie alone.
_PROGRAM = _TOKEN.where(col(ApiToken.revoked_at).is_(None), col(ApiToken.role) != Role.DEVICE)
_DEVICE = _TOKEN.where(
    col(ApiToken.id) == sa.bindparam("device", type_=ApiToken.__table__.c.id.type),  # type: ignore[attr-defined]
    col(ApiToken.role) == Role.DEVICE,
)


def find_token_principal(connection: sa.Connection, secret: str) -> Principal | None:
    """Whose token this is; None where it is unknown or revoked.

    One indexed statement on a bare connection, since every scan comes by here: a Session would double its 80 µs.
    """
    row = connection.execute(_PROGRAM, {"secret_hash": hash_secret(secret)}).first()
    return _token_principal(row) if row else None


def find_device_principal(
    connection: sa.Connection, secret: str, device_id: UUID, *, now: datetime
) -> Principal | None:
    """The phone with this id and secret, also one that was revoked or whose time is over; None = there is none."""
    row = connection.execute(_DEVICE, {"secret_hash": hash_secret(secret), "device": device_id}).first()
    if row is None:
        return None
    return replace(_token_principal(row), revoked_at=ended_since(row.revoked_at, row.ends_at, now=now))


def _token_principal(row: Any) -> Principal:
    return Principal(
        community_id=row.community_id,
        areas=(Area(row.role, row.round_id, row.point_id),),
        token_id=row.id,
        shown_name=row.name,
        timezone=row.timezone,
    )


def find_password_hash(session: Session, name: str) -> str | None:
    """What is kept of the password of whoever signs in by this name; None = nobody does."""
    kept = select(Account.password_hash).where(Account.name == account_name(name), col(Account.ended_at).is_(None))
    return session.exec(kept).first()


def get_account_key(session: Session, name: str) -> tuple[str, UUID]:
    """Whose sign-in name this is, for commands. Raises AccountNotFound."""
    kept = select(Account.community_id, Account.id).where(Account.name == account_name(name))
    found = session.exec(kept).first()
    if found is None:
        raise AccountNotFound()
    return found[0], found[1]


def has_community(session: Session, community_id: str) -> bool:
    return (
        session.connection().execute(sa.select(COMMUNITY.c.id).where(COMMUNITY.c.id == community_id)).first()
        is not None
    )


def community_name(session: Session, community_id: str) -> str:
    return str(
        session.connection().execute(sa.select(COMMUNITY.c.name).where(COMMUNITY.c.id == community_id)).scalar_one()
    )


def is_example(session: Session, community_id: str) -> bool:
    """Whether the community is an invented one."""
    asked = sa.select(COMMUNITY.c.is_example).where(COMMUNITY.c.id == community_id)
    return bool(session.connection().execute(asked).scalar_one())


def whole_managers(community_id: str | None = None) -> Any:
    """Those who may sign in and manage a whole community: this one or any."""
    statement = (
        select(Account)
        .join(
            Grant,
            sa.and_(col(Grant.community_id) == col(Account.community_id), col(Grant.account_id) == col(Account.id)),
        )
        .where(Grant.role == Role.MANAGER, col(Grant.round_id).is_(None), col(Grant.point_id).is_(None))
        .where(col(Account.ended_at).is_(None))
    )
    return statement if community_id is None else statement.where(Account.community_id == community_id)


def has_manager(session: Session) -> bool:
    """Whether somebody real may manage something here; the people of the example do not count."""
    return session.exec(whole_managers().where(col(Account.is_example).is_(False)).limit(1)).first() is not None


@dataclass(frozen=True, slots=True)
class AccountLine:
    id: UUID
    name: str
    shown_name: str
    areas: tuple[Area, ...]
    is_ended: bool
    locked_until: datetime | None  # None = not locked now
    seen_at: datetime | None  # None = never signed in
    browsers: int  # signed in now


def list_accounts(session: Session, community_id: str, *, now: datetime) -> list[AccountLine]:
    """Everybody of a community, those who may sign in first, by name."""
    accounts = session.exec(select(Account).where(Account.community_id == community_id)).all()
    areas = _areas_by_account(session, community_id)
    visits: dict[UUID, list[LoginSession]] = {}
    for login in session.exec(select(LoginSession).where(LoginSession.community_id == community_id)):
        visits.setdefault(login.account_id, []).append(login)
    lines = [_account_line(account, areas.get(account.id, ()), visits.get(account.id, ()), now) for account in accounts]
    return sorted(lines, key=lambda line: (line.is_ended, line.name))


def _account_line(
    account: Account, areas: Iterable[Area], logins: Iterable[LoginSession], now: datetime
) -> AccountLine:
    logins = list(logins)
    return AccountLine(
        id=account.id,
        name=account.name,
        shown_name=account.shown_name,
        areas=tuple(areas),
        is_ended=account.ended_at is not None,
        locked_until=account.locked_until if account.locked_until and account.locked_until > now else None,
        seen_at=max((login.seen_at for login in logins), default=None),
        browsers=sum(_is_alive(login, now) for login in logins),
    )


def _areas_by_account(session: Session, community_id: str) -> dict[UUID, list[Area]]:
    areas: dict[UUID, list[Area]] = {}
    for grant in session.exec(select(Grant).where(Grant.community_id == community_id)):
        areas.setdefault(grant.account_id, []).append(Area(grant.role, grant.round_id, grant.point_id))
    return areas


def find_account_line(session: Session, key: tuple[str, UUID], *, now: datetime) -> AccountLine | None:
    account = session.get(Account, key)
    if account is None:
        return None
    logins = session.exec(
        select(LoginSession).where(LoginSession.community_id == key[0], LoginSession.account_id == key[1])
    ).all()
    return _account_line(account, areas_of(session, key), logins, now)


def areas_of(session: Session, key: tuple[str, UUID]) -> tuple[Area, ...]:
    grants = session.exec(select(Grant).where(Grant.community_id == key[0], Grant.account_id == key[1]))
    return tuple(Area(grant.role, grant.round_id, grant.point_id) for grant in grants)


@dataclass(frozen=True, slots=True)
class BrowserLine:
    id: UUID
    browser: str
    created_at: datetime
    seen_at: datetime


def list_browsers(session: Session, key: tuple[str, UUID], *, now: datetime) -> list[BrowserLine]:
    """Where an account is signed in now, the latest first."""
    logins = session.exec(
        select(LoginSession).where(LoginSession.community_id == key[0], LoginSession.account_id == key[1])
    )
    alive = [login for login in logins if _is_alive(login, now)]
    alive.sort(key=lambda login: login.seen_at, reverse=True)
    return [BrowserLine(login.id, login.browser, login.created_at, login.seen_at) for login in alive]


def _is_alive(login: LoginSession, now: datetime) -> bool:
    return is_alive(seen_at=login.seen_at, ends_at=login.ends_at, ended_at=login.ended_at, now=now)


@dataclass(frozen=True, slots=True)
class TokenLine:
    id: UUID
    name: str
    area: Area
    created_at: datetime


def list_tokens(session: Session, community_id: str) -> list[TokenLine]:
    """Programs that may ask, the latest first. Phones of a point have a page of their own."""
    of_program = (ApiToken.community_id == community_id, ApiToken.role != Role.DEVICE)
    valid = select(ApiToken).where(*of_program, col(ApiToken.revoked_at).is_(None))
    rows = session.exec(valid.order_by(col(ApiToken.created_at).desc()))
    return [TokenLine(row.id, row.name, Area(row.role, row.round_id, row.point_id), row.created_at) for row in rows]


@dataclass(frozen=True, slots=True)
class InvitationLine:
    id: UUID
    shown_name: str  # empty = not said
    area: Area | None  # None = a new password for somebody who has an account
    made_at: datetime
    ends_at: datetime


def list_invitations(session: Session, community_id: str, *, now: datetime) -> list[InvitationLine]:
    """Links that may still be used, the latest first; those for passwords with the name of the account."""
    names = dict(session.exec(select(Account.id, Account.shown_name).where(Account.community_id == community_id)).all())
    rows = session.exec(
        select(Invitation)
        .where(Invitation.community_id == community_id, *_may_be_used(now))
        .order_by(col(Invitation.made_at).desc())
    )
    return [_invitation_line(row, names) for row in rows]


def _invitation_line(row: Invitation, names: dict[UUID, str]) -> InvitationLine:
    area = Area(row.role, row.round_id, row.point_id) if row.role is not None else None
    name = names.get(row.account_id, "") if row.account_id else row.shown_name
    return InvitationLine(row.id, name, area, row.made_at, row.ends_at)


def find_invitation(session: Session, secret: str, *, now: datetime) -> Invitation | None:
    """Whose secret this is; None = unknown, used, revoked or too old."""
    by_secret = select(Invitation).where(Invitation.secret_hash == hash_secret(secret), *_may_be_used(now))
    return session.exec(by_secret).first()


def _may_be_used(now: datetime) -> tuple[Any, ...]:
    return (col(Invitation.used_at).is_(None), col(Invitation.revoked_at).is_(None), col(Invitation.ends_at) > now)


@dataclass(frozen=True, slots=True)
class AuditLine:
    id: UUID
    at: datetime
    who: str  # empty = a job of the program
    action: str
    about: str | None  # the id of the thing it was done to
    facts: dict[str, Any]


@dataclass(frozen=True, slots=True)
class AuditPage:
    lines: list[AuditLine]
    next: UUID | None  # what to ask for the earlier ones with; None = there are none


def list_audit(session: Session, community_id: str, *, before: UUID | None = None, limit: int = 100) -> AuditPage:
    """What was done, the latest first; with `before` (an entry's id) what came earlier than that."""
    entries = (
        select(AuditEntry, Account.shown_name, ApiToken.name)
        .outerjoin(
            Account,
            sa.and_(
                col(Account.community_id) == col(AuditEntry.community_id), col(Account.id) == col(AuditEntry.account_id)
            ),
        )
        .outerjoin(
            ApiToken,
            sa.and_(
                col(ApiToken.community_id) == col(AuditEntry.community_id), col(ApiToken.id) == col(AuditEntry.token_id)
            ),
        )
        .where(AuditEntry.community_id == community_id)
    )
    last = session.get(AuditEntry, (community_id, before)) if before else None
    if last is not None:
        same_time = sa.and_(col(AuditEntry.at) == last.at, col(AuditEntry.id) < last.id)
        entries = entries.where(sa.or_(col(AuditEntry.at) < last.at, same_time))
    ordered = entries.order_by(col(AuditEntry.at).desc(), col(AuditEntry.id).desc()).limit(limit + 1)
    lines = [
        AuditLine(e.id, e.at, account or token or "", e.action, e.about, e.facts)
        for e, account, token in session.exec(ordered)
    ]
    return AuditPage(lines[:limit], lines[limit - 1].id if len(lines) > limit else None)


def find_own_subjects(session: Session, community_id: str, ids: Collection[UUID]) -> dict[UUID, Subject]:
    """Accounts, invitations and tokens by the names they were given (see accounts.deeds)."""

    def named(table: type[Account] | type[Invitation] | type[ApiToken], name: Any) -> dict[UUID, str]:
        rows = session.exec(select(table.id, name).where(table.community_id == community_id, col(table.id).in_(ids)))
        return dict(rows.all())

    accounts = named(Account, Account.shown_name)
    others = named(Invitation, Invitation.shown_name) | named(ApiToken, ApiToken.name)
    found = {id_: Subject(name, "accounts.show_account", {"account_id": id_}) for id_, name in accounts.items()}
    return found | {id_: Subject(name or _("(without a name)")) for id_, name in others.items()}
