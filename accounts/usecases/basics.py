"""What the other use cases begin and end with."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import Session

from accounts.errors import AccountNotFound
from accounts.models import Account, AuditEntry
from accounts.rules import Area, Principal
from bulou.ids import new_id

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
    note_each(session, community_id, action, [about], by=by, facts=facts, now=now)


def note_each(
    session: Session,
    community_id: str,
    action: str,
    about: Iterable[UUID | str | None],
    *,
    by: Principal | Account | None = None,
    facts: dict[str, Any] | None = None,
    now: datetime,
) -> None:
    """The same of several at once: a line each, written together."""
    account_id = by.id if isinstance(by, Account) else by.account_id if by else None
    session.add_all(
        AuditEntry(
            community_id=community_id,
            id=new_id(),
            at=now,
            account_id=account_id,
            token_id=by.token_id if isinstance(by, Principal) else None,
            action=action,
            about=None if each is None else str(each),
            facts=facts or {},
        )
        for each in about
    )
    session.flush()


def facts_of(areas: Iterable[Area]) -> dict[str, Any]:
    return {"roles": sorted(area.role.value for area in areas)}


def get_account(session: Session, key: AccountKey) -> Account:
    """Raises AccountNotFound, also for another community's."""
    account = session.get(Account, key)
    if account is None:
        raise AccountNotFound()
    return account
