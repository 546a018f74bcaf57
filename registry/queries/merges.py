"""What was merged into a person, a door or a building and can be separated again."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import Session, col, select

from accounts.models import Account
from registry.errors import MergeNotFound
from registry.models import Building, Compound, Household, RegistryChange, RegistryMerge, Resident
from registry.queries.doors import door_of
from registry.queries.heads import count_heads
from registry.rules import ChangeKind, MergeKind
from registry.words import shown_name


@dataclass(frozen=True, slots=True)
class MergeLine:
    """`gone` is a masked name with its door, a door, or a building."""

    id: UUID
    gone: str
    merged_at: datetime
    author: str  # empty = a program


@dataclass(frozen=True, slots=True)
class Merges:
    """What was made one with an entry: what can be separated again, and when the rest was, of which nothing was kept to do so."""

    lines: tuple[MergeLine, ...]
    early: tuple[datetime, ...]


def get_merge(session: Session, key: tuple[str, UUID]) -> RegistryMerge:
    """Raises MergeNotFound."""
    row = session.get(RegistryMerge, key)
    if row is None:
        raise MergeNotFound()
    return row


def get_merges(session: Session, community_id: str, kept: UUID) -> Merges:
    """What was merged into it, the latest first."""
    lines = _list_lines(session, community_id, kept)
    return Merges(tuple(lines), tuple(_list_early(session, community_id, kept)))


def _list_early(session: Session, community_id: str, kept: UUID) -> list[datetime]:
    """When its history says it was merged, and no merge was kept: before tables had room for one (migration 0010)."""
    of_same = (RegistryMerge.community_id == community_id) & (RegistryMerge.merged_at == RegistryChange.at)
    statement = select(RegistryChange.at).where(
        RegistryChange.community_id == community_id,
        RegistryChange.about == kept,
        RegistryChange.kind == ChangeKind.MERGED,
        ~select(RegistryMerge.id).where(of_same).exists(),
    )
    return list(session.exec(statement.order_by(col(RegistryChange.at).desc())))


def _list_lines(session: Session, community_id: str, kept: UUID) -> list[MergeLine]:
    of_author = (Account.community_id == RegistryMerge.community_id) & (Account.id == RegistryMerge.author_id)
    rows = session.exec(
        select(RegistryMerge, Account.shown_name)
        .outerjoin(Account, of_author)  # type: ignore[arg-type]
        .where(
            RegistryMerge.community_id == community_id,
            RegistryMerge.kept == kept,
            col(RegistryMerge.separated_at).is_(None),
        )
        .order_by(col(RegistryMerge.merged_at).desc(), col(RegistryMerge.id).desc())
    )
    return [MergeLine(row.id, _name(session, row), row.merged_at, author or "") for row, author in rows]


def _name(session: Session, row: RegistryMerge) -> str:
    key: Any = (row.community_id, row.gone)
    if row.kind is MergeKind.BUILDING:
        building = session.get_one(Building, key)
        return f"{session.get_one(Compound, (row.community_id, building.compound_id)).name} {building.name}"
    if row.kind is MergeKind.HOUSEHOLD:
        return door_of(session, session.get_one(Household, key))
    person = session.get_one(Resident, key)
    home = session.get_one(Household, (row.community_id, person.household_id))
    heads = count_heads(session, row.community_id, [home.id]).get(home.id)
    return f"{shown_name(person.name, person.number, heads)}, {door_of(session, home)}"
