"""What devices and programs show instead of a password."""

import secrets
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from accounts.errors import CommunityNotFound, TokenNotFound
from accounts.models import ApiToken
from accounts.queries import has_community, hash_secret
from accounts.rules import Area, Principal
from accounts.usecases.basics import facts_of, note
from bulou.ids import new_id
from bulou.text import clean_text

TOKEN_PREFIX = "bulou_"  # noqa: S105 - no password; so that one that was published by mistake is found by a search


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
    """What a program shows instead of a password. Raises CommunityNotFound."""
    if not has_community(session, community_id):
        raise CommunityNotFound(community=community_id)
    made = keep_token(session, community_id, area=area, name=name, now=now)
    note(session, community_id, "token.made", made.id, by=by, facts=facts_of([area]), now=now)
    return made


def keep_token(
    session: Session,
    community_id: str,
    *,
    area: Area,
    name: str,
    ends_at: datetime | None = None,  # None = valid until revoked
    now: datetime,
) -> NewToken:
    """The row of a new token alone. Whoever asks for it writes down what was done."""
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
        ends_at=ends_at,
    )
    session.add(row)
    session.flush()
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
