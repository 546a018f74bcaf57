"""What happened to a person, a household or a building, the latest first."""

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import Session, col, select

from accounts.models import Account
from bulou.crypto import field_keys
from registry.models import RegistryChange, RosterImport
from registry.rules import ChangeKind
from registry.rules.history import HIDDEN, masked

MOST_SHOWN = 200  # changes on one page


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


def list_history(
    session: Session, community_id: str, about: Collection[UUID], *, unmasked: bool = False, limit: int = MOST_SHOWN
) -> list[ChangeLine]:
    """What happened to these residents, households or buildings. Who unmasks it notes that."""
    of_import = (RosterImport.community_id == RegistryChange.community_id) & (
        RosterImport.id == RegistryChange.import_id
    )
    of_author = (Account.community_id == RegistryChange.community_id) & (Account.id == RegistryChange.author_id)
    rows = session.exec(
        select(RegistryChange, Account.shown_name, RosterImport.file_name)
        .outerjoin(Account, of_author)  # type: ignore[arg-type]
        .outerjoin(RosterImport, of_import)  # type: ignore[arg-type]
        .where(RegistryChange.community_id == community_id, col(RegistryChange.about).in_(list(about)))
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
