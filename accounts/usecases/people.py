"""Accounts: added, changed, ended."""

from collections.abc import Iterable
from datetime import datetime

from sqlmodel import Session, col, delete, update

from accounts.errors import AccountNameTaken, CommunityNotFound, LastManager, NameEmpty, PasswordWrong
from accounts.models import Account, Grant, Invitation
from accounts.passwords import hash_password, prove
from accounts.queries import has_community, whole_managers
from accounts.rules import Area, Principal, Role, account_name
from accounts.usecases.basics import AccountKey, facts_of, get_account, note
from accounts.usecases.signing_in import end_sessions
from bulou.database import insert_once
from bulou.ids import new_code, new_id
from bulou.text import clean_text

START_PASSWORD_LENGTH = 12  # 60 bits


def add_account(
    session: Session,
    community_id: str,
    *,
    name: str,
    shown_name: str,
    password: str,
    areas: Iterable[Area],
    is_example: bool = False,
    by: Principal | None = None,
    now: datetime,
) -> Account:
    """Somebody may sign in from now on. Raises NameEmpty, AccountNameTaken, CommunityNotFound and what passwords raise."""
    if not has_community(session, community_id):
        raise CommunityNotFound(community=community_id)
    cleaned = account_name(name)
    if not cleaned:
        raise NameEmpty()
    account = Account(
        community_id=community_id,
        id=new_id(),
        name=cleaned,
        shown_name=clean_text(shown_name, max_length=60) or cleaned,
        password_hash=hash_password(password, name=cleaned),
        created_at=now,
        is_example=is_example,
    )
    if not insert_once(session, account):
        raise AccountNameTaken(name=cleaned)
    kept = get_account(session, (community_id, account.id))
    _grant(session, kept, areas)
    note(session, community_id, "account.added", kept.id, by=by, facts=facts_of(areas), now=now)
    return kept


def _grant(session: Session, account: Account, areas: Iterable[Area]) -> None:
    for area in areas:
        grant = Grant(community_id=account.community_id, id=new_id(), account_id=account.id, role=area.role)
        grant.round_id, grant.point_id = area.round_id, area.point_id
        session.add(grant)
    session.flush()


def change_areas(
    session: Session, key: AccountKey, areas: Iterable[Area], *, by: Principal | None = None, now: datetime
) -> None:
    """Give an account other roles, or other places for them. Raises AccountNotFound and LastManager."""
    account, areas = get_account(session, key), tuple(areas)
    if Area(Role.MANAGER) not in areas:
        _check_other_manager(session, account)
        _revoke_invitations_by(session, account, now)
    session.exec(delete(Grant).where(col(Grant.community_id) == key[0], col(Grant.account_id) == key[1]))
    _grant(session, account, areas)
    note(session, key[0], "account.role_changed", key[1], by=by, facts=facts_of(areas), now=now)


def _check_other_manager(session: Session, account: Account) -> None:
    # Locked, so that two managers who end each other at the same moment do not both succeed.
    managers = session.exec(whole_managers(account.community_id).with_for_update(of=Account)).all()
    if any(manager.id == account.id for manager in managers) and len({manager.id for manager in managers}) == 1:
        raise LastManager()


def _revoke_invitations_by(session: Session, account: Account, now: datetime) -> None:
    """Who may no longer add colleagues leaves no way open through which they could come back."""
    by_them = (col(Invitation.community_id) == account.community_id, col(Invitation.author_id) == account.id)
    open_ = (col(Invitation.used_at).is_(None), col(Invitation.revoked_at).is_(None))
    session.exec(update(Invitation).where(*by_them, *open_).values(revoked_at=now))


def _revoke_password_links(session: Session, key: AccountKey, now: datetime) -> None:
    """Whoever holds an earlier link would undo the new password with it."""
    of_account = (col(Invitation.community_id) == key[0], col(Invitation.account_id) == key[1])
    open_ = (col(Invitation.used_at).is_(None), col(Invitation.revoked_at).is_(None))
    session.exec(update(Invitation).where(*of_account, *open_).values(revoked_at=now))


def change_shown_name(session: Session, key: AccountKey, shown_name: str, *, now: datetime) -> None:
    """The name that colleagues see. Raises NameEmpty."""
    account = get_account(session, key)
    account.shown_name = clean_text(shown_name, max_length=60)
    if not account.shown_name:
        raise NameEmpty()
    session.add(account)


def change_password(session: Session, key: AccountKey, *, present: str, new: str, by: Principal, now: datetime) -> None:
    """Change one's own password; all other browsers have to sign in again, and no link sets it. Raises PasswordWrong."""
    account = get_account(session, key)
    if prove(present, account.password_hash).proved_hash is None:
        raise PasswordWrong()
    account.password_hash = hash_password(new, name=account.name)
    session.add(account)
    session.flush()
    _revoke_password_links(session, key, now)
    note(session, key[0], "account.password_changed", key[1], by=by, now=now)
    end_sessions(session, key, besides=by.session_id, by=by, now=now)


def reset_password(session: Session, key: AccountKey, *, by: Principal | None = None, now: datetime) -> str:
    """A new start password, told once; the account is unlocked and its browsers have to sign in again."""
    account, password = get_account(session, key), new_start_password()
    account.password_hash = hash_password(password, name=account.name)
    account.failed_attempts, account.locked_until = 0, None
    session.add(account)
    session.flush()
    _revoke_password_links(session, key, now)
    note(session, key[0], "account.password_reset", key[1], by=by, now=now)
    end_sessions(session, key, by=by, now=now)
    return password


def new_start_password() -> str:
    """For the first sign-in: easy to read out and to type, of small letters and digits in groups of four."""
    code = new_code(START_PASSWORD_LENGTH).lower()
    return "-".join(code[start : start + 4] for start in range(0, len(code), 4))


def end_account(session: Session, key: AccountKey, *, by: Principal | None = None, now: datetime) -> None:
    """From now on nobody signs in with it; what was done with it stays under its name. Raises LastManager."""
    account = get_account(session, key)
    if account.ended_at is not None:
        return
    _check_other_manager(session, account)
    _revoke_invitations_by(session, account, now)
    account.ended_at = now
    session.add(account)
    session.flush()
    note(session, key[0], "account.ended", key[1], by=by, now=now)
    end_sessions(session, key, by=by, now=now)
