"""Imports of the past: a list, one of them with what it did, and what taking it back would do."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import Session, col, func, select

from accounts.models import Account
from bulou.crypto import field_keys
from bulou.database import chunks
from registry.errors import ImportNotFound
from registry.models import Excuse, Household, NeedFlag, RegistryChange, Resident, RosterImport
from registry.queries.heads import count_heads
from registry.queries.history import ChangeLine, change_line, read_fields
from registry.queries.people import find_doors
from registry.rules import ChangeKind, ExcuseState
from registry.rules.history import plain_value
from registry.rules.undoing import PastChange, Standing, StaysAsIs, TakenBack, WhyKept, decide
from registry.words import shown_name

PERSONS = ("added", "changed", "moved", "left", "unchanged")
Key = tuple[str, UUID]


@dataclass(frozen=True, slots=True)
class ImportLine:
    """A file that was read in."""

    id: UUID
    file_name: str
    author: str  # empty = a program
    imported_at: datetime
    undone_at: datetime | None
    counts: dict[str, int]
    buildings: frozenset[str]  # ids of those it changed something in
    taken_back: dict[str, int]  # people, once it is undone
    kept: tuple[StaysAsIs, ...]  # what could not be taken back


def list_imports(session: Session, community_id: str, *, limit: int = 100) -> list[ImportLine]:
    """The latest first."""
    statement = _lines(community_id).order_by(col(RosterImport.imported_at).desc(), col(RosterImport.id).desc())
    return [_line(row, author) for row, author in session.exec(statement.limit(limit))]


def get_import(session: Session, key: Key) -> ImportLine:
    """Raises ImportNotFound."""
    found = session.exec(_lines(key[0]).where(RosterImport.id == key[1])).first()
    if found is None:
        raise ImportNotFound()
    return _line(*found)


def _lines(community_id: str) -> Any:
    of_author = (Account.community_id == RosterImport.community_id) & (Account.id == RosterImport.author_id)
    statement: Any = select(RosterImport, Account.shown_name)
    return statement.outerjoin(Account, of_author).where(RosterImport.community_id == community_id)


def _line(row: RosterImport, author: str | None) -> ImportLine:
    counts = {name: row.counts.get(name, 0) for name in (*PERSONS, "refused")}
    buildings = frozenset(row.counts.get("buildings", ()))
    kept = [StaysAsIs(UUID(who), WhyKept(why), tuple(fields)) for who, why, fields in row.counts.get("kept", ())]
    taken_back = row.counts.get("taken_back", {})
    return ImportLine(
        row.id, row.file_name, author or "", row.imported_at, row.undone_at, counts, buildings, taken_back, tuple(kept)
    )


def list_later(session: Session, done: ImportLine, community_id: str) -> list[ImportLine]:
    """Imports after this one that changed something in the same buildings and stand."""
    lines = list_imports(session, community_id, limit=1000)
    return [
        line
        for line in lines
        if (line.imported_at, line.id) > (done.imported_at, done.id)
        and line.undone_at is None
        and line.buildings & done.buildings
    ]


def list_changes(
    session: Session, key: Key, *, kind: ChangeKind | None = None, after: int = 0, limit: int = 100
) -> tuple[list[ChangeLine], int]:
    """What the import did, a page of it, and how much there is: people and doors alike, names masked."""
    conditions = [RegistryChange.community_id == key[0], RegistryChange.import_id == key[1]]
    if kind is not None:
        conditions.append(RegistryChange.kind == kind)
    total = session.exec(select(func.count()).select_from(RegistryChange).where(*conditions)).one()
    rows = session.exec(
        select(RegistryChange).where(*conditions).order_by(col(RegistryChange.id)).offset(after).limit(limit)
    )
    return [change_line(row, "", None, unmasked=False) for row in rows], total


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom or what a change is about, as it is called now."""

    door: str
    name: str  # masked; empty = a door, or a person known only as a head
    household_id: UUID
    resident_id: UUID | None  # None = the door itself


def find_subjects(session: Session, community_id: str, ids: Collection[UUID]) -> dict[UUID, Subject]:
    """Residents and doors; what is gone has none."""
    people = {row.id: row for row in list_people_of(session, community_id, ids)}
    homes = {*ids, *(row.household_id for row in people.values())}
    doors = {line.id: line for line in find_doors(session, community_id, [col(Household.id).in_(list(homes))])}
    heads = count_heads(session, community_id, doors)
    found = {door.id: Subject(door.door, "", door.id, None) for door in doors.values() if door.id in ids}
    for row in people.values():
        home = doors[row.household_id]
        name = shown_name(row.name, row.number, heads.get(home.id))
        found[row.id] = Subject(home.door, name, home.id, row.id)
    return found


def count_changes(session: Session, key: Key) -> dict[ChangeKind, int]:
    rows = session.exec(
        select(RegistryChange.kind, func.count())
        .where(RegistryChange.community_id == key[0], RegistryChange.import_id == key[1])
        .group_by(col(RegistryChange.kind))
    )
    return {ChangeKind(kind): count for kind, count in rows}


# Taking back.


@dataclass(frozen=True, slots=True)
class UndoPlan:
    """What taking the import back would do."""

    people: tuple[TakenBack, ...]
    doors: tuple[TakenBack, ...]
    kept: tuple[StaysAsIs, ...]
    past: dict[UUID, PastChange]  # of whatever the import changed
    new_places: tuple[UUID, ...]  # doors, buildings and compounds that the import made

    @property
    def counts(self) -> dict[str, int]:
        """People: who goes again, comes back, moves back, is as before; and what cannot be taken back."""
        kinds = Counter(step.kind for step in self.people)
        return {
            "added": kinds[ChangeKind.LEFT],
            "left": kinds[ChangeKind.CAME_BACK],
            "moved": kinds[ChangeKind.MOVED],
            "changed": kinds[ChangeKind.CHANGED],
            "kept": len(self.kept),
        }

    @property
    def reasons(self) -> dict[WhyKept, int]:
        return dict(Counter(stays.why for stays in self.kept))


def plan_undo(session: Session, done: ImportLine, community_id: str, sampled: Collection[UUID]) -> UndoPlan:
    """Every change of the import, each decided by how its person or door stands now. `sampled`: who was, in any round."""
    past = _past(session, (community_id, done.id))
    people = _people_now(session, community_id, past, done.imported_at, set(sampled))
    doors = _doors_now(session, community_id, past)
    taken: dict[str, list[TakenBack]] = {"people": [], "doors": []}
    kept: list[StaysAsIs] = []
    for about, change in past.items():
        for part, standing in (("people", people.get(about)), ("doors", doors.get(about))):
            if standing is None or (part == "doors" and change.kind is ChangeKind.ADDED):
                continue
            step, stays = decide(change, standing)
            taken[part] += [step] if step else []
            kept += [stays] if stays else []
    new_places = [about for about, it in past.items() if it.kind is ChangeKind.ADDED and about not in people]
    return UndoPlan(tuple(taken["people"]), tuple(taken["doors"]), tuple(kept), past, tuple(new_places))


def _past(session: Session, key: Key) -> dict[UUID, PastChange]:
    columns = (RegistryChange.about, RegistryChange.kind, RegistryChange.said)
    rows = session.exec(
        select(*columns).where(RegistryChange.community_id == key[0], RegistryChange.import_id == key[1])
    )
    return {about: PastChange(about, ChangeKind(kind), read_fields(key[0], said)) for about, kind, said in rows}


def list_people_of(session: Session, community_id: str, ids: Iterable[UUID]) -> list[Resident]:
    found: list[Resident] = []
    for some in chunks(list(ids)):
        of_these = (Resident.community_id == community_id, col(Resident.id).in_(some))
        found += session.exec(select(Resident).where(*of_these)).all()
    return found


def _people_now(
    session: Session, community_id: str, past: dict[UUID, PastChange], imported_at: datetime, sampled: set[UUID]
) -> dict[UUID, Standing]:
    rows = list_people_of(session, community_id, past)
    excused = _excused_since(session, community_id, imported_at)
    needs = defaultdict(list)
    for who, kind in session.exec(
        select(NeedFlag.resident_id, NeedFlag.kind).where(NeedFlag.community_id == community_id)
    ):
        needs[who].append(kind)
    standing = {}
    for row in rows:
        standing[row.id] = Standing(
            _person_values(row, needs[row.id]),
            has_left=row.left_at is not None,
            left_by_this_import=row.left_at == imported_at,
            is_merged=row.merged_into is not None,
            is_sampled=row.id in sampled,
            is_excused=row.id in excused,
        )
    return standing


def _person_values(row: Resident, needs: list[Any]) -> dict[str, Any]:
    keys = field_keys()
    numbers = {
        name: keys.decrypt(row.community_id, value) if (value := getattr(row, name)) else None
        for name in ("phone", "identity_number", "registered_address")
    }
    return {"household": str(row.household_id), "name": row.name, **numbers, "needs": plain_value(needs)}


def _excused_since(session: Session, community_id: str, since: datetime) -> set[UUID]:
    statement = select(Excuse.resident_id).where(
        Excuse.community_id == community_id,
        Excuse.created_at >= since,
        Excuse.state != ExcuseState.REJECTED,
        col(Excuse.withdrawn_at).is_(None),
    )
    return set(session.exec(statement))


def _doors_now(session: Session, community_id: str, past: dict[UUID, PastChange]) -> dict[UUID, Standing]:
    standing = {}
    for some in chunks(list(past)):
        rows = session.exec(
            select(Household).where(Household.community_id == community_id, col(Household.id).in_(some))
        )
        for row in rows:
            standing[row.id] = Standing({"state": row.state.value}, is_merged=row.merged_into is not None)
    return standing
