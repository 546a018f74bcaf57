"""Removing an invented community, and everything that belongs to it."""

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, SQLModel

from accounts.models import Account
from bulou.errors import Conflict, NotFound
from bulou.i18n import _l
from registry.models import Building, Community, Resident
from scheduling.models import Round


class CommunityNotFound(NotFound):
    code = "examples.community_not_found"
    text = _l("There is no community “%(community)s”.")


class NotAnExample(Conflict):
    """Only what was invented can be removed at once."""

    code = "examples.not_an_example"
    text = _l("“%(community)s” is not an example. Only an invented community can be removed with everything in it.")


@dataclass(frozen=True, slots=True)
class Contents:
    """How much there is, as whoever removes it is told before."""

    name: str
    residents: int
    buildings: int
    rounds: int
    accounts: int
    rows: int  # of all tables


def get_contents(session: Session, community_id: str) -> Contents:
    """Raises CommunityNotFound and NotAnExample."""
    community = get_example(session, community_id)

    def count(table: type[SQLModel]) -> int:
        return _count(session, SQLModel.metadata.tables[str(table.__tablename__)], community_id)

    rows = sum(_count(session, table, community_id) for table in tables())
    return Contents(community.name, count(Resident), count(Building), count(Round), count(Account), rows)


def get_example(session: Session, community_id: str) -> Community:
    """Raises CommunityNotFound and NotAnExample."""
    community = session.get(Community, community_id)
    if community is None:
        raise CommunityNotFound(community=community_id)
    if not community.is_example:
        raise NotAnExample(community=community.name)
    return community


def remove_example(session: Session, community_id: str) -> int:
    """Nothing of it is left, in any table; how many rows went. Raises CommunityNotFound and NotAnExample."""
    get_example(session, community_id)
    removed = 0
    for table in tables():
        removed += session.connection().execute(sa.delete(table).where(_owner(table) == community_id)).rowcount
    session.expire_all()
    return removed


def tables() -> list[sa.Table]:
    """Every table whose rows belong to a community, those that lean on others first; the community itself comes last."""
    return [table for table in reversed(SQLModel.metadata.sorted_tables) if _owner(table) is not None]


def _owner(table: sa.Table) -> Any:
    return table.c.id if table.name == Community.__tablename__ else table.c.get("community_id")


def _count(session: Session, table: sa.Table, community_id: str) -> int:
    counted = sa.select(sa.func.count()).select_from(table).where(_owner(table) == community_id)
    return int(session.connection().execute(counted).scalar_one())
