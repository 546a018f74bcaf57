"""What people do with accounts, and what is noted of what anybody does."""

import hmac
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import Session, col, delete, select, update

from accounts.errors import (
    AccountNameTaken,
    AccountNotFound,
    CommunityNotFound,
    LastManager,
    NameEmpty,
    PasswordWrong,
    SetupCodeWrong,
    SignInRefused,
    TokenNotFound,
)
from accounts.models import Account, ApiToken, AuditEntry, Grant, LoginSession, SetupCode
from accounts.passwords import Proof, hash_password, prove
from accounts.queries import has_community, has_manager, hash_secret, whole_managers
from accounts.rules import LIFE, REMEMBERED, Area, CommunityFounded, Principal, Role, account_name, judge_wrong_password
from bulou.announcements import announce
from bulou.database import insert_once
from bulou.ids import new_code, new_id, read_code
from bulou.text import clean_text

TOKEN_PREFIX = "bulou_"  # noqa: S105 - no password; so that one that was published by mistake is found by a search
SETUP_CODE_LENGTH = 16  # 80 bits: not found by trying
START_PASSWORD_LENGTH = 12  # 60 bits

AccountKey = tuple[str, UUID]  # community_id, id


def note(
    session: Session,
    community_id: str,
    action: str,
    about: UUID | str | None = None,
    *,
    by: Principal | Account | None = None,
    facts: dict[str, Any] | None = None,
    now: datetime,
) -> None:
    """Write down who did what, for those who ask later. `about` is an id; neither it nor the facts hold personal data."""
    account_id = by.id if isinstance(by, Account) else by.account_id if by else None
    session.add(
        AuditEntry(
            community_id=community_id,
            id=new_id(),
            at=now,
            account_id=account_id,
            token_id=by.token_id if isinstance(by, Principal) else None,
            action=action,
            about=None if about is None else str(about),
            facts=facts or {},
        )
    )
    session.flush()


# Signing in and out.


@dataclass(frozen=True, slots=True)
class SignInAnswer:
    """Either the secret of the new session, or the refusal. No exception: the wrong attempt has to be kept."""

    secret: str | None
    refusal: SignInRefused | None = None


def sign_in(session: Session, name: str, proof: Proof, *, browser: str = "", now: datetime) -> SignInAnswer:
    """Begin a session for whoever has proved their password. Several wrong ones in a row lock the account for a while.

    An unknown name, a wrong password and a locked account get one and the same answer.
    """
    kept = select(Account).where(Account.name == account_name(name), col(Account.ended_at).is_(None)).with_for_update()
    account = session.exec(kept).first()
    if account is None or (account.locked_until and now < account.locked_until):
        return SignInAnswer(None, SignInRefused())
    if proof.proved_hash is None or not hmac.compare_digest(proof.proved_hash, account.password_hash):
        account.failed_attempts, account.locked_until = judge_wrong_password(account.failed_attempts, now)
        if account.locked_until:
            note(session, account.community_id, "account.locked", account.id, now=now)
        session.add(account)
        return SignInAnswer(None, SignInRefused())
    account.failed_attempts, account.locked_until = 0, None
    account.password_hash = proof.new_hash or account.password_hash
    session.add(account)
    return SignInAnswer(begin_session(session, account, browser=browser, now=now))


def begin_session(session: Session, account: Account, *, browser: str = "", now: datetime) -> str:
    """A new browser, called so in lists, is signed in; the secret for its cookie, of which only the hash is kept."""
    secret = secrets.token_urlsafe(32)
    row = LoginSession(
        community_id=account.community_id,
        id=new_id(),
        account_id=account.id,
        secret_hash=hash_secret(secret),
        browser=browser,
        created_at=now,
        seen_at=now,
        ends_at=now + LIFE,
    )
    session.add(row)
    session.flush()
    note(session, account.community_id, "account.signed_in", account.id, by=account, now=now)
    return secret


def note_visit(session: Session, community_id: str, session_id: UUID, *, now: datetime) -> None:
    """The browser is still in use: what is idle ends by itself."""
    key = (col(LoginSession.community_id) == community_id, col(LoginSession.id) == session_id)
    session.exec(update(LoginSession).where(*key).values(seen_at=now))


def sign_out(session: Session, by: Principal, *, now: datetime) -> None:
    """End the session of the browser that asks. A repeat changes nothing."""
    if by.account_id is not None and by.session_id is not None:
        end_session(session, (by.community_id, by.account_id), by.session_id, now=now)
        note(session, by.community_id, "account.signed_out", by.account_id, by=by, now=now)


def end_session(session: Session, key: AccountKey, session_id: UUID, *, now: datetime) -> None:
    """One of an account's browsers has to sign in again. Another's session, or none, changes nothing."""
    _end_sessions(session, key, now, col(LoginSession.id) == session_id)


def end_sessions(
    session: Session, key: AccountKey, *, besides: UUID | None = None, by: Principal | None = None, now: datetime
) -> None:
    """All browsers of an account have to sign in again, except the one whose session is named."""
    get_account(session, key)
    _end_sessions(session, key, now, *([col(LoginSession.id) != besides] if besides else []))
    note(session, key[0], "account.sessions_ended", key[1], by=by, now=now)


def _end_sessions(session: Session, key: AccountKey, now: datetime, *which: Any) -> None:
    of_account = (col(LoginSession.community_id) == key[0], col(LoginSession.account_id) == key[1])
    alive = col(LoginSession.ended_at).is_(None)
    session.exec(update(LoginSession).where(*of_account, alive, *which).values(ended_at=now))


def forget_sessions(session: Session, *, now: datetime) -> None:
    """Remove the sessions that nobody has used for so long that nobody will ask about them."""
    session.exec(delete(LoginSession).where(col(LoginSession.seen_at) < now - REMEMBERED))


# Accounts.


def get_account(session: Session, key: AccountKey) -> Account:
    """Raises AccountNotFound, also for another community's."""
    account = session.get(Account, key)
    if account is None:
        raise AccountNotFound()
    return account


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
    note(session, community_id, "account.added", kept.id, by=by, facts=_facts_of(areas), now=now)
    return kept


def _grant(session: Session, account: Account, areas: Iterable[Area]) -> None:
    for area in areas:
        grant = Grant(community_id=account.community_id, id=new_id(), account_id=account.id, role=area.role)
        grant.round_id, grant.point_id = area.round_id, area.point_id
        session.add(grant)
    session.flush()


def _facts_of(areas: Iterable[Area]) -> dict[str, Any]:
    return {"roles": sorted(area.role.value for area in areas)}


def change_areas(
    session: Session, key: AccountKey, areas: Iterable[Area], *, by: Principal | None = None, now: datetime
) -> None:
    """Give an account other roles, or other places for them. Raises AccountNotFound and LastManager."""
    account, areas = get_account(session, key), tuple(areas)
    if Area(Role.MANAGER) not in areas:
        _check_other_manager(session, account)
    session.exec(delete(Grant).where(col(Grant.community_id) == key[0], col(Grant.account_id) == key[1]))
    _grant(session, account, areas)
    note(session, key[0], "account.role_changed", key[1], by=by, facts=_facts_of(areas), now=now)


def _check_other_manager(session: Session, account: Account) -> None:
    # Locked, so that two managers who end each other at the same moment do not both succeed.
    managers = session.exec(whole_managers(account.community_id).with_for_update(of=Account)).all()
    if any(manager.id == account.id for manager in managers) and len({manager.id for manager in managers}) == 1:
        raise LastManager()


def change_shown_name(session: Session, key: AccountKey, shown_name: str, *, now: datetime) -> None:
    """The name that colleagues see. Raises NameEmpty."""
    account = get_account(session, key)
    account.shown_name = clean_text(shown_name, max_length=60)
    if not account.shown_name:
        raise NameEmpty()
    session.add(account)


def change_password(session: Session, key: AccountKey, *, present: str, new: str, by: Principal, now: datetime) -> None:
    """Change one's own password; all other browsers have to sign in again. Raises PasswordWrong."""
    account = get_account(session, key)
    if prove(present, account.password_hash).proved_hash is None:
        raise PasswordWrong()
    account.password_hash = hash_password(new, name=account.name)
    session.add(account)
    session.flush()
    note(session, key[0], "account.password_changed", key[1], by=by, now=now)
    end_sessions(session, key, besides=by.session_id, by=by, now=now)


def reset_password(session: Session, key: AccountKey, *, by: Principal | None = None, now: datetime) -> str:
    """A new start password, told once; the account is unlocked and its browsers have to sign in again."""
    account, password = get_account(session, key), new_start_password()
    account.password_hash = hash_password(password, name=account.name)
    account.failed_attempts, account.locked_until = 0, None
    session.add(account)
    session.flush()
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
    account.ended_at = now
    session.add(account)
    session.flush()
    note(session, key[0], "account.ended", key[1], by=by, now=now)
    end_sessions(session, key, by=by, now=now)


# Tokens.


@dataclass(frozen=True, slots=True)
class NewToken:
    id: UUID
    community_id: str
    secret: str  # told once


def make_token(
    session: Session,
    community_id: str,
    *,
    area: Area,
    name: str = "",
    by: Principal | None = None,
    now: datetime,
) -> NewToken:
    """What a device or program shows instead of a password. Raises CommunityNotFound."""
    if not has_community(session, community_id):
        raise CommunityNotFound(community=community_id)
    secret = TOKEN_PREFIX + secrets.token_urlsafe(32)
    row = ApiToken(
        community_id=community_id,
        id=new_id(),
        secret_hash=hash_secret(secret),
        role=area.role,
        round_id=area.round_id,
        point_id=area.point_id,
        name=clean_text(name, max_length=60),
        created_at=now,
    )
    session.add(row)
    session.flush()
    note(session, community_id, "token.made", row.id, by=by, facts=_facts_of([area]), now=now)
    return NewToken(row.id, community_id, secret)


def revoke_token(session: Session, key: tuple[str, UUID], *, by: Principal | None = None, now: datetime) -> None:
    """The token is refused from now on. A repeat changes nothing. Raises TokenNotFound."""
    token = session.get(ApiToken, key)
    if token is None:
        raise TokenNotFound()
    if token.revoked_at is None:
        token.revoked_at = now
        session.add(token)
        note(session, key[0], "token.revoked", key[1], by=by, now=now)


# The first account of all.


def make_setup_code(session: Session, *, now: datetime) -> str | None:
    """A new one-time code for the first account, which replaces the older one; None where a manager is there already."""
    if has_manager(session):
        return None
    code = new_code(SETUP_CODE_LENGTH)
    session.exec(delete(SetupCode))
    session.add(SetupCode(id=1, code_hash=hash_secret(code), created_at=now))
    session.flush()
    return "-".join(code[start : start + 4] for start in range(0, len(code), 4))


def make_first_account(
    session: Session,
    *,
    code: str,
    community_name: str,
    name: str,
    shown_name: str,
    password: str,
    now: datetime,
) -> Account:
    """The community and the manager who runs it. Raises SetupCodeWrong, and what `add_account` raises."""
    _use_setup_code(session, code, now)
    wanted = CommunityFounded(new_code(4), clean_text(community_name, max_length=80), now)
    if not wanted.name:
        raise NameEmpty()
    while has_community(session, wanted.community_id):
        wanted = CommunityFounded(new_code(4), wanted.name, now)
    announce(session, wanted)
    session.flush()
    return add_account(
        session,
        wanted.community_id,
        name=name,
        shown_name=shown_name,
        password=password,
        areas=[Area(Role.MANAGER)],
        now=now,
    )


def _use_setup_code(session: Session, code: str, now: datetime) -> None:
    """Once: of two who come at the same moment, the database lets one through."""
    kept = session.get(SetupCode, 1)
    right = kept is not None and hmac.compare_digest(kept.code_hash, hash_secret(read_code(code)))
    unused = update(SetupCode).where(col(SetupCode.id) == 1, col(SetupCode.used_at).is_(None)).values(used_at=now)
    if not right or has_manager(session) or session.connection().execute(unused).rowcount != 1:
        raise SetupCodeWrong()
