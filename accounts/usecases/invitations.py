"""Links for one use: an account for a colleague, or a new password for one who has lost theirs."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import Session, col, update

from accounts.errors import AccountNotFound, InvitationNotFound, InvitationNotValid
from accounts.models import Account, Invitation
from accounts.passwords import hash_password
from accounts.queries import find_invitation, hash_secret
from accounts.rules import INVITATION_LIFE, PASSWORD_LINK_LIFE, Area, Principal
from accounts.usecases.basics import AccountKey, facts_of, get_account, note
from accounts.usecases.people import add_account
from accounts.usecases.signing_in import end_sessions
from bulou.ids import new_code, new_id, read_code
from bulou.text import clean_text

SECRET_LENGTH = 20  # 100 bits: not found by trying, and short enough to be typed


@dataclass(frozen=True, slots=True)
class NewInvitation:
    id: UUID
    secret: str  # told once, in groups of four
    ends_at: datetime


def invite(
    session: Session, community_id: str, *, area: Area, shown_name: str = "", by: Principal | None = None, now: datetime
) -> NewInvitation:
    """Whoever has the secret may make one account with this role, for seven days."""
    row = Invitation(community_id=community_id, id=new_id(), secret_hash=b"", made_at=now, ends_at=now)
    row.role, row.round_id, row.point_id = area.role, area.round_id, area.point_id
    row.shown_name, row.ends_at = clean_text(shown_name, max_length=60), now + INVITATION_LIFE
    made = _keep(session, row, by)
    note(session, community_id, "invitation.made", row.id, by=by, facts=facts_of([area]), now=now)
    return made


def make_password_link(
    session: Session, key: AccountKey, *, by: Principal | None = None, now: datetime
) -> NewInvitation:
    """Whoever has the secret may choose the account's new password, for a day. An earlier link ends with it.

    Raises AccountNotFound, also for an account that has ended.
    """
    if get_account(session, key).ended_at is not None:
        raise AccountNotFound()
    _revoke(session, key[0], col(Invitation.account_id) == key[1], now=now)
    row = Invitation(community_id=key[0], id=new_id(), secret_hash=b"", account_id=key[1], made_at=now, ends_at=now)
    row.ends_at = now + PASSWORD_LINK_LIFE
    made = _keep(session, row, by)
    note(session, key[0], "account.password_link", key[1], by=by, now=now)
    return made


def _keep(session: Session, row: Invitation, by: Principal | None) -> NewInvitation:
    secret = new_code(SECRET_LENGTH)
    row.secret_hash, row.author_id = hash_secret(secret), by.account_id if by else None
    session.add(row)
    session.flush()
    grouped = "-".join(secret[start : start + 4] for start in range(0, SECRET_LENGTH, 4))
    return NewInvitation(row.id, grouped, row.ends_at)


def accept_invitation(
    session: Session, secret: str, *, name: str, shown_name: str, password: str, now: datetime
) -> Account:
    """The account of whoever was invited. Raises InvitationNotValid, and what `add_account` raises."""
    row = _use(session, secret, now)
    if row.account_id is not None or row.role is None:
        raise InvitationNotValid()
    return add_account(
        session,
        row.community_id,
        name=name,
        shown_name=shown_name or row.shown_name,
        password=password,
        areas=[Area(row.role, row.round_id, row.point_id)],
        now=now,
    )


def use_password_link(session: Session, secret: str, *, password: str, now: datetime) -> Account:
    """The account with its new password: unlocked, and all its browsers have to sign in again. Raises InvitationNotValid."""
    row = _use(session, secret, now)
    if row.account_id is None:
        raise InvitationNotValid()
    account = get_account(session, (row.community_id, row.account_id))
    if account.ended_at is not None:
        raise InvitationNotValid()
    account.password_hash = hash_password(password, name=account.name)
    account.failed_attempts, account.locked_until = 0, None
    session.add(account)
    session.flush()
    note(session, row.community_id, "account.password_changed", account.id, by=account, now=now)
    end_sessions(session, (row.community_id, account.id), now=now)
    return account


def _use(session: Session, secret: str, now: datetime) -> Invitation:
    """Once: of two who come at the same moment, the database lets one through. Undone where the rest is refused."""
    row = find_invitation(session, read_code(secret), now=now)
    if row is None:
        raise InvitationNotValid()
    key = (col(Invitation.community_id) == row.community_id, col(Invitation.id) == row.id)
    unused = (col(Invitation.used_at).is_(None), col(Invitation.revoked_at).is_(None))
    taken = update(Invitation).where(*key, *unused).values(used_at=now)
    if session.connection().execute(taken).rowcount != 1:
        raise InvitationNotValid()
    return row


def revoke_invitation(session: Session, key: tuple[str, UUID], *, by: Principal | None = None, now: datetime) -> None:
    """Its link is worth nothing from now on. A repeat changes nothing. Raises InvitationNotFound."""
    if session.get(Invitation, key) is None:
        raise InvitationNotFound()
    if _revoke(session, key[0], col(Invitation.id) == key[1], now=now):
        note(session, key[0], "invitation.revoked", key[1], by=by, now=now)


def _revoke(session: Session, community_id: str, which: Any, *, now: datetime) -> int:
    open_ = (col(Invitation.used_at).is_(None), col(Invitation.revoked_at).is_(None))
    of_community = col(Invitation.community_id) == community_id
    gone = update(Invitation).where(of_community, which, *open_).values(revoked_at=now)
    return session.connection().execute(gone).rowcount
