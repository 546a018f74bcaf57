"""Two who look like one person and are two: said once, and not asked again."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from accounts.rules import Principal
from accounts.usecases import note as write_down
from bulou.database import insert_once
from registry.errors import MergesWithItself
from registry.models import ToldApart
from registry.usecases.residents import open_resident

Key = tuple[str, UUID]  # community_id, id


def tell_apart(session: Session, one: Key, other: Key, *, by: Principal | None = None, now: datetime) -> None:
    """They are two people: the pair is not offered as a duplicate any more. A repeat changes nothing.

    Raises ResidentNotFound, MergesWithItself.
    """
    people = [open_resident(session, key) for key in (one, other)]
    first, second = sorted(person.id for person in people)
    if first == second:
        raise MergesWithItself()
    author_id = by.account_id if by else None
    row = ToldApart(community_id=one[0], first=first, second=second, author_id=author_id, set_at=now)
    if insert_once(session, row):
        write_down(session, one[0], "registry.told_apart", first, by=by, now=now)
