"""What happened to a person, a household or a building, the latest first."""

import json
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import Session, col, select

from accounts.models import Account
from bulou.crypto import field_keys
from registry.models import RegistryChange, Resident, RosterImport
from registry.rules import ChangeKind
from registry.rules.history import HIDDEN, masked

MOST_SHOWN = 200  # changes on one page
COMES_AND_GOES = [ChangeKind.ADDED, ChangeKind.MOVED, ChangeKind.MERGED, ChangeKind.LEFT, ChangeKind.CAME_BACK]


@dataclass(frozen=True, slots=True)
class FieldLine:
    """`old` and `new` as texts, numbers or lists of words; None = nothing stood there."""

    field: str
    old: Any
    new: Any


@dataclass(frozen=True, slots=True)
class ChangeLine:
    """One change. Names, numbers and addresses are masked unless the page asked for them in full."""

    id: UUID
    about: UUID
    kind: ChangeKind
    at: datetime
    author: str  # empty = a program
    file_name: str | None  # of the import that did it; None = by hand
    import_id: UUID | None
    undoes: UUID | None  # the import that this change takes back
    fields: tuple[FieldLine, ...]


def list_door_history(
    session: Session, community_id: str, household_id: UUID, *, unmasked: bool = False
) -> list[ChangeLine]:
    """What happened to a door, and who of it came and went: those who count here now or did when they left."""
    here = select(Resident.id).where(Resident.community_id == community_id, Resident.household_id == household_id)
    names = dict(
        session.exec(
            select(Resident.id, Resident.name).where(
                Resident.community_id == community_id, Resident.household_id == household_id
            )
        ).all()
    )
    of_person = col(RegistryChange.about).in_(here) & col(RegistryChange.kind).in_(COMES_AND_GOES)
    lines = _list_changes(
        session, community_id, (col(RegistryChange.about) == household_id) | of_person, unmasked=unmasked
    )
    return [_with_name(line, names.get(line.about), unmasked=unmasked) for line in lines]


def _with_name(line: ChangeLine, name: str | None, *, unmasked: bool) -> ChangeLine:
    """Of whom a line tells, where that is not said in it already."""
    if not name or any(it.field == "name" for it in line.fields):
        return line
    told = FieldLine("name", None, name if unmasked else masked("name", name))
    return replace(line, fields=(told, *line.fields))


def list_history(
    session: Session, community_id: str, about: Collection[UUID], *, unmasked: bool = False, limit: int = MOST_SHOWN
) -> list[ChangeLine]:
    """What happened to these residents, households or buildings. Who unmasks it notes that."""
    chosen = col(RegistryChange.about).in_(list(about))
    return _list_changes(session, community_id, chosen, unmasked=unmasked, limit=limit)


def _list_changes(
    session: Session, community_id: str, chosen: Any, *, unmasked: bool, limit: int = MOST_SHOWN
) -> list[ChangeLine]:
    of_import = (RosterImport.community_id == RegistryChange.community_id) & (
        RosterImport.id == RegistryChange.import_id
    )
    of_author = (Account.community_id == RegistryChange.community_id) & (Account.id == RegistryChange.author_id)
    rows = session.exec(
        select(RegistryChange, Account.shown_name, RosterImport.file_name)
        .outerjoin(Account, of_author)  # type: ignore[arg-type]
        .outerjoin(RosterImport, of_import)  # type: ignore[arg-type]
        .where(RegistryChange.community_id == community_id, chosen)
        .order_by(col(RegistryChange.at).desc(), col(RegistryChange.id).desc())
        .limit(limit)
    )
    lines = [change_line(row, author, file_name, unmasked=unmasked) for row, author, file_name in rows]
    # What an import only remembers of a file changed nothing that anybody could see.
    return [line for line in lines if line.fields or line.kind is not ChangeKind.CHANGED]


def change_line(row: RegistryChange, author: str | None, file_name: str | None, *, unmasked: bool) -> ChangeLine:
    told = {name: pair for name, pair in read_fields(row.community_id, row.said).items() if name not in HIDDEN}
    shown = [
        FieldLine(name, *(value if unmasked else masked(name, value) for value in pair)) for name, pair in told.items()
    ]
    return ChangeLine(
        row.id, row.about, row.kind, row.at, author or "", file_name, row.import_id, row.undoes, tuple(shown)
    )


def read_fields(community_id: str, said: bytes) -> dict[str, list[Any]]:
    """What a change says in full, also what is kept for undoing: for deciding, never for a page."""
    fields: dict[str, list[Any]] = json.loads(field_keys().decrypt(community_id, said))
    return fields
