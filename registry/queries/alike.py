"""Who may be the same person: somebody like them behind the same door first, then elsewhere; and all likely pairs."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from bulou.crypto import field_keys
from registry.models import Household, NeedFlag, Resident, ToldApart
from registry.queries.heads import count_heads
from registry.queries.people import find_doors
from registry.rules import NeedKind, Origin
from registry.rules.history import masked
from registry.words import full_name, shown_name

MOST_PAIRS = 100  # on one page
MOST_ALIKE = 200  # looked at, the nearest first


@dataclass(frozen=True, slots=True)
class AlikeLine:
    """Somebody, masked unless the page asked for them in full."""

    id: UUID
    household_id: UUID
    name: str
    phone: str
    identity_number: str
    door: str
    has_left: bool
    registered_address: str = ""
    needs: tuple[NeedKind, ...] = ()
    origin: Origin = Origin.IMPORT
    since: datetime | None = None  # when the registry came to know them


@dataclass(frozen=True, slots=True)
class Alike:
    """Somebody who is like the one asked about, and in what: name, phone, identity_number."""

    person: AlikeLine
    same: tuple[str, ...]
    is_at_the_door: bool


@dataclass(frozen=True, slots=True)
class Pair:
    first: AlikeLine
    second: AlikeLine
    same: tuple[str, ...]


def find_alike(
    session: Session,
    community_id: str,
    household_id: UUID,
    *,
    name: str,
    phone: str,
    identity_number: str,
    but: UUID | None = None,
) -> list[Alike]:
    """Inside the same door: equal name, identity number or phone. Elsewhere: equal identity number, or name and phone."""
    keys = field_keys()
    phone_index = keys.blind_index(community_id, phone) if phone else None
    identity_index = keys.blind_index(community_id, identity_number) if identity_number else None
    wanted = {"name": name or None, "phone_index": phone_index, "identity_index": identity_index}
    known: dict[str, Any] = {field: value for field, value in wanted.items() if value is not None}
    if not known:
        return []
    either = sa.or_(*(getattr(Resident, field) == value for field, value in known.items()))
    # Of hundreds of namesakes those at the door are looked at, and then whoever has one of the numbers.
    nearest = sa.case(
        (col(Resident.household_id) == household_id, 0),
        (col(Resident.identity_index) == identity_index, 1),
        (col(Resident.phone_index) == phone_index, 2),
        else_=3,
    )
    of_community = select(Resident).where(Resident.community_id == community_id, _stands(), either)
    rows = session.exec(of_community.order_by(nearest).limit(MOST_ALIKE)).all()
    apart = list_told_apart(session, community_id) if but else set()
    found = []
    for row in rows:
        same = tuple(_FIELDS[field] for field, value in known.items() if getattr(row, field) == value)
        is_here = row.household_id == household_id
        if (
            row.id != but
            and frozenset((row.id, but)) not in apart
            and (is_here or "identity_number" in same or {"name", "phone"} <= set(same))
        ):
            found.append((row, same, is_here))
    lines = _lines(session, community_id, [row for row, _, _ in found])
    alike = [Alike(lines[row.id], same, is_here) for row, same, is_here in found if row.id in lines]
    return sorted(alike, key=lambda it: (not it.is_at_the_door, -len(it.same), it.person.door))


_FIELDS = {"name": "name", "phone_index": "phone", "identity_index": "identity_number"}


def list_pairs(session: Session, community_id: str) -> list[Pair]:
    """Likely one person each: equal identity numbers; equal name and phone; equal names at one door with other numbers.

    The likeliest first, at most a hundred.
    """
    pairs: dict[frozenset[UUID], tuple[Resident, Resident]] = {}
    for columns in (
        [Resident.identity_index],
        [Resident.name, Resident.phone_index],
        [Resident.household_id, Resident.name],
    ):
        for values in _groups(session, community_id, columns):
            if len(pairs) >= MOST_PAIRS:
                break
            for first, second in _pairs_of(session, community_id, dict(zip(columns, values, strict=True))):
                pairs.setdefault(frozenset((first.id, second.id)), (first, second))
    lines = _lines(session, community_id, [row for pair in pairs.values() for row in pair])
    return [
        Pair(lines[first.id], lines[second.id], _same(first, second))
        for first, second in pairs.values()
        if first.id in lines and second.id in lines
    ]


def list_told_apart(session: Session, community_id: str) -> set[frozenset[UUID]]:
    """Pairs of whom somebody has said that they are two; of who was merged since, the one they are."""
    one, other = aliased(Resident), aliased(Resident)
    rows = session.exec(
        select(one.id, one.merged_into, other.id, other.merged_into)
        .select_from(ToldApart)
        .join(one, (col(one.community_id) == ToldApart.community_id) & (col(one.id) == ToldApart.first))
        .join(other, (col(other.community_id) == ToldApart.community_id) & (col(other.id) == ToldApart.second))
        .where(ToldApart.community_id == community_id)
    )
    return {frozenset((merged or first, into or second)) for first, merged, second, into in rows}


def _groups(session: Session, community_id: str, columns: list[Any]) -> Sequence[Any]:
    """The values in which people who live here are equal, none of which is empty; of some two nobody has said that they are two."""
    told = _told_of(community_id, columns)
    heads = sa.func.count()
    equal = (
        sa.select(*(col(column) for column in columns))
        .where(*_living(community_id), *(col(column).is_not(None) for column in columns))
        .outerjoin(told, sa.and_(*(col(column) == told.c[column.key] for column in columns)))
        .group_by(*columns)
        .having(heads * (heads - 1) > 2 * sa.func.coalesce(sa.func.max(told.c.pairs), 0))
        .order_by(*columns)
        .limit(MOST_PAIRS)
    )
    return session.connection().execute(equal).all()


def _pairs_of(session: Session, community_id: str, known: dict[Any, Any]) -> Sequence[tuple[Resident, Resident]]:
    """Any two who have these values and were not told apart."""
    one, other, told = aliased(Resident), aliased(Resident), _told(community_id)
    alike = [getattr(who, column.key) == value for who in (one, other) for column, value in known.items()]
    is_told = sa.exists().where(told.c.low == one.id, told.c.high == other.id)
    pairs = select(one, other).join(other, col(one.id) < col(other.id))
    pairs = pairs.where(*_living(community_id, one), *_living(community_id, other), *alike, ~is_told)
    return session.exec(pairs.order_by(col(one.id), col(other.id)).limit(MOST_PAIRS)).all()


def _told(community_id: str) -> Any:
    """Pairs who were told apart, the smaller id first; of who was merged since, the one they are."""
    one, other = aliased(Resident), aliased(Resident)
    first = sa.func.coalesce(col(one.merged_into), col(one.id))
    second = sa.func.coalesce(col(other.merged_into), col(other.id))
    return (
        sa.select(
            sa.case((first < second, first), else_=second).label("low"),
            sa.case((first < second, second), else_=first).label("high"),
        )
        .select_from(ToldApart)
        .join(one, (col(one.community_id) == ToldApart.community_id) & (col(one.id) == ToldApart.first))
        .join(other, (col(other.community_id) == ToldApart.community_id) & (col(other.id) == ToldApart.second))
        .where(col(ToldApart.community_id) == community_id)
        .distinct()
        .subquery()
    )


def _told_of(community_id: str, columns: list[Any]) -> Any:
    """How many pairs of those who are equal in these columns were told apart."""
    told, one, other = _told(community_id), aliased(Resident), aliased(Resident)
    return (
        sa.select(*(getattr(one, column.key) for column in columns), sa.func.count().label("pairs"))
        .select_from(told)
        .join(one, col(one.id) == told.c.low)
        .join(other, col(other.id) == told.c.high)
        .where(*_living(community_id, one), *_living(community_id, other))
        .where(*(getattr(one, column.key) == getattr(other, column.key) for column in columns))
        .group_by(*(getattr(one, column.key) for column in columns))
        .subquery()
    )


def _living(community_id: str, who: Any = Resident) -> list[Any]:
    return [who.community_id == community_id, who.merged_into.is_(None), who.left_at.is_(None)]


def _same(first: Resident, second: Resident) -> tuple[str, ...]:
    fields = (*_FIELDS.items(), ("household_id", "door"))
    return tuple(
        words for field, words in fields if getattr(first, field) and getattr(first, field) == getattr(second, field)
    )


def _stands() -> Any:
    return col(Resident.merged_into).is_(None)


def get_line(session: Session, key: tuple[str, UUID], *, unmasked: bool = False) -> AlikeLine | None:
    """One of the two of a merge; None where there is no such person, or they were merged already."""
    row = session.get(Resident, key)
    found = _lines(session, key[0], [row], unmasked=unmasked) if row and row.merged_into is None else {}
    return found.get(key[1])


def _lines(
    session: Session, community_id: str, rows: Iterable[Resident], *, unmasked: bool = False
) -> dict[UUID, AlikeLine]:
    people = list(rows)
    households = {row.household_id for row in people}
    doors = {door.id: door.door for door in find_doors(session, community_id, [col(Household.id).in_(households)])}
    heads = count_heads(session, community_id, households)
    needs: dict[UUID, list[NeedKind]] = defaultdict(list)
    of_people = col(NeedFlag.resident_id).in_([row.id for row in people])
    for flag in session.exec(select(NeedFlag).where(NeedFlag.community_id == community_id, of_people)):
        needs[flag.resident_id].append(flag.kind)
    return {
        row.id: _line(row, heads.get(row.household_id), doors[row.household_id], tuple(sorted(needs[row.id])), unmasked)
        for row in people
        if row.household_id in doors
    }


def _line(row: Resident, heads: int | None, door: str, needs: tuple[NeedKind, ...], unmasked: bool) -> AlikeLine:
    def told(field: str) -> str:
        value = getattr(row, field)
        text = field_keys().decrypt(row.community_id, value) if value else ""
        return text if unmasked else masked(field, text)

    return AlikeLine(
        row.id,
        row.household_id,
        (full_name if unmasked else shown_name)(row.name, row.number, heads),
        told("phone"),
        told("identity_number"),
        door,
        row.left_at is not None,
        told("registered_address"),
        needs,
        row.origin,
        row.created_at,
    )
