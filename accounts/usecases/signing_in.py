"""Signing in and out, and the sessions of browsers."""

import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import Session, col, delete, select, update

from accounts.errors import SignInRefused
from accounts.models import Account, LoginSession
from accounts.passwords import Proof
from accounts.queries import hash_secret
from accounts.rules import LIFE, REMEMBERED, Principal, account_name, judge_wrong_password
from accounts.usecases.basics import AccountKey, get_account, note
from bulou.ids import new_id


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
