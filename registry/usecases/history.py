"""The history of people, households and buildings: the one place that writes it. Rows are added, never changed."""

import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import Session

from accounts.rules import Principal
from bulou.crypto import field_keys
from bulou.database import insert_all
from bulou.ids import new_id
from registry.models import RegistryChange
from registry.rules import ChangeKind
from registry.rules.history import Change, Fields, plain_value


def record(
    session: Session,
    community_id: str,
    about: UUID,
    kind: ChangeKind,
    fields: Fields,
    *,
    by: Principal | None = None,
    now: datetime,
) -> None:
    """Write down one change by hand: {field: (before, after)}, see FIELD_NAMES in registry.words.

    `about` is a resident, a household or a building. Fields whose value stays are left out; if none is left
    and the kind is CHANGED, nothing is written.
    """
    record_all(session, community_id, [Change(about, kind, fields)], by=by, now=now)


def record_all(
    session: Session,
    community_id: str,
    changes: Iterable[Change],
    *,
    import_id: UUID | None = None,
    undoes: UUID | None = None,
    by: Principal | None = None,
    now: datetime,
) -> None:
    """Write down many changes at once, many to a statement: by an import, or by what takes one back."""
    common = {
        "community_id": community_id,
        "at": now,
        "author_id": by.account_id if by else None,
        "import_id": import_id,
        "undoes": undoes,
    }
    insert_all(session, RegistryChange, _rows(changes, common))


def _rows(changes: Iterable[Change], common: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Made while they are written: of a large import they would fill the memory."""
    encrypt, community_id = field_keys().encrypt, common["community_id"]
    for change in changes:
        said = _plain(change.fields)
        if said or change.kind is not ChangeKind.CHANGED:
            text = json.dumps(said, ensure_ascii=False, separators=(",", ":"))
            kept = {"id": new_id(), "about": change.about, "kind": change.kind, "said": encrypt(community_id, text)}
            yield {**common, **kept}


def _plain(fields: Fields) -> dict[str, list[Any]]:
    pairs = {name: [plain_value(before), plain_value(after)] for name, (before, after) in fields.items()}
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}
