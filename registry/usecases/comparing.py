"""What a waiting file would do, line by line: kept beside the file, so that a page of it is shown at once."""

import json
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col, select

from bulou.crypto import field_keys
from bulou.database import chunks
from bulou.masking import mask_name
from bulou.ordering import natural_key
from registry.models import RegistryChange, RosterImport, RosterUpload
from registry.queries.history import read_fields
from registry.reading import RosterFile
from registry.rules import Door, NeedKind
from registry.rules.history import masked, plain_value
from registry.rules.matching import FieldChange, FurtherDoor, House, Matched, house_of, outline_of
from registry.usecases.importing import ImportAccount
from registry.usecases.preview import problem_facts

Key = tuple[str, UUID]
Line = list[Any]  # house's place in `houses`, door within the house, masked name, heads, fields, is back again
PARTS = ("changed", "moved", "left", "added", "unchanged", "kept", "doors")


def keep_comparison(
    session: Session, upload: Key, account: ImportAccount, *, read: RosterFile, is_long: bool = False
) -> dict[str, Any]:
    """Everything the preview shows, encrypted beside the file. A file that is gone stays gone."""
    facts = comparison_of(session, upload[0], account)
    facts |= {"rows": read.lines, "columns": [asdict(sheet) for sheet in read.columns]}
    facts |= {"is_long": is_long, "is_stale": False, "last": last_change(session, upload[0])}
    packed = zlib.compress(json.dumps(facts, ensure_ascii=False, separators=(",", ":")).encode(), 3)
    table: Any = RosterUpload.__table__  # type: ignore[attr-defined]
    here = (table.c.community_id == upload[0], table.c.id == upload[1])
    # latin-1 gives each byte a character: field encryption is for texts.
    content = field_keys().encrypt(upload[0], packed.decode("latin-1"))
    session.connection().execute(sa.update(table).where(*here).values(preview=content))
    return facts


def find_comparison(session: Session, upload: Key) -> dict[str, Any] | None:
    """What was kept; None where the file was not compared yet, or the registry was changed since and a new
    comparison takes no time. `is_stale`: changed since, but the file is long."""
    kept = session.exec(
        select(RosterUpload.preview).where(RosterUpload.community_id == upload[0], RosterUpload.id == upload[1])
    ).first()
    if kept is None:
        return None
    facts: dict[str, Any] = json.loads(zlib.decompress(field_keys().decrypt(upload[0], kept).encode("latin-1")))
    facts["is_stale"] = facts["last"] != last_change(session, upload[0])
    return None if facts["is_stale"] and not facts["is_long"] else facts


def last_change(session: Session, community_id: str) -> str | None:
    """The latest line of the registry's history and the latest import, which remembers what it said of those it left
    as they were. Ids are made in order."""
    found = [
        session.exec(
            select(table.id).where(table.community_id == community_id).order_by(col(table.id).desc()).limit(1)
        ).first()
        for table in (RegistryChange, RosterImport)
    ]
    return " ".join(str(it) for it in found if it) or None


def comparison_of(session: Session, community_id: str, account: ImportAccount) -> dict[str, Any]:
    """Plain values; names masked, needs and states as words of the program, to be said in any language."""
    houses, lines = _Houses(), _lines(session, community_id, account)
    parts = {part: [houses.line(door, rest) for door, rest in lines[part]] for part in PARTS}
    change = account.change
    return {
        "counts": account.counts,
        "outline": outline_of(change),
        "asks_again": change.asks_again,
        "imported_before": change.imported_before,
        "new_doors": len(change.new_doors),
        "houses": houses.names,
        "lines": {part: sorted(found, key=houses.order) for part, found in parts.items()},
        "refused": [problem_facts(problem) for problem in account.refused],
        "notices": [problem_facts(problem) for problem in account.notices],
    }


class _Houses:
    """Buildings by number, in the order in which people count them."""

    def __init__(self) -> None:
        self.names: list[House] = []
        self._places: dict[House, int] = {}
        self._keys: dict[Any, Any] = {}

    def line(self, door: Door, rest: Line) -> Line:
        house = house_of(door)
        if house not in self._places:
            self._places[house] = len(self.names)
            self.names.append(house)
        return [self._places[house], f"{door.unit}{door.room}", *rest]

    def order(self, line: Line) -> tuple[Any, ...]:
        return (self._key(self.names[line[0]][0]), self._key(self.names[line[0]][1]), self._key(line[1]))

    def _key(self, text: str) -> Any:
        if text not in self._keys:
            self._keys[text] = natural_key(text)
        return self._keys[text]


def _lines(session: Session, community_id: str, account: ImportAccount) -> dict[str, list[tuple[Door, Line]]]:
    change = account.change
    kept = [pair for pair in (*change.changed, *change.moved, *change.unchanged) if pair.kept]
    fields = {pair.person.id: {it.field for it in pair.kept} for pair in kept}
    corrected = _corrected_on(session, community_id, fields)
    replaced = [pair for pair in (*change.changed, *change.moved) if pair.replaced]
    replaced_on = _corrected_on(session, community_id, {pair.person.id: set(pair.replaced) for pair in replaced})
    heads: Counter[tuple[Door, bool, str, frozenset[NeedKind]]] = Counter()
    named: list[tuple[Door, Line]] = []
    for new in change.added:
        if new.row.name:
            said = _said_of(new.row.phone, new.row.needs)
            named.append((new.door, [mask_name(new.row.name), 1, said, new.person is not None]))
        else:
            heads[new.door, new.person is not None, new.row.phone, new.row.needs or frozenset()] += 1
    return {
        "added": named
        + [
            (door, ["", count, _said_of(phone, needs), is_back])
            for (door, is_back, phone, needs), count in heads.items()
        ],
        "changed": [_pair(pair, pair.changes, replaced_on) for pair in change.changed],
        "moved": [_pair(pair, pair.changes, replaced_on) for pair in change.moved],
        "left": [(person.door, [mask_name(person.name), 1, [], False]) for person in change.left],
        "unchanged": [_pair(pair, ()) for pair in change.unchanged],
        "kept": [_pair(pair, pair.kept, corrected) for pair in kept]
        + [(door, ["", 0, [_field(it)], False]) for door, it in change.kept_states.items()]
        + [_further_line(it) for it in change.further if it.is_kept],
        "doors": [
            (door, ["", 0, [["state", None, state.value]], False])
            for door, state in (*change.new_doors.items(), *change.door_states.items())
        ]
        + [_further_line(it) for it in change.new_further],
    }


def _further_line(it: FurtherDoor) -> tuple[Door, Line]:
    """At the door that they belong to too."""
    return it.door, [mask_name(it.row.name), 0, [["further_door", None, str(it.door)]], False]


def _pair(
    pair: Matched, changes: Iterable[FieldChange], corrected: dict[tuple[UUID, str], str] | None = None
) -> tuple[Door, Line]:
    fields = [_field(it, (corrected or {}).get((pair.person.id, it.field))) for it in changes]
    return pair.person.door, [mask_name(pair.person.name), 1, fields, False]


def _said_of(phone: str, needs: frozenset[NeedKind] | None) -> list[Line]:
    """What is shown beside the name of somebody new."""
    said = (FieldChange("phone", None, phone), FieldChange("needs", None, needs))
    return [_field(it) for it in said if it.new]


def _field(it: FieldChange, on: str | None = None) -> Line:
    """Field, old, new; of a correction, kept or replaced, also when it was made."""
    shown = [masked(it.field, plain_value(value)) for value in (it.old, it.new)]
    return [it.field, *shown, *([on] if on else [])]


def _corrected_on(session: Session, community_id: str, wanted: dict[UUID, set[str]]) -> dict[tuple[UUID, str], str]:
    """When corrections were made: the latest change by hand of that field."""
    found: dict[tuple[UUID, str], str] = {}
    for about, at, said in _by_hand(session, community_id, list(wanted)):
        for field in wanted[about] & set(read_fields(community_id, said)):
            found[about, field] = at.isoformat()
    return found


def _by_hand(session: Session, community_id: str, ids: list[UUID]) -> Iterator[tuple[UUID, datetime, bytes]]:
    for some in chunks(ids):
        yield from session.exec(
            select(RegistryChange.about, RegistryChange.at, RegistryChange.said)
            .where(
                RegistryChange.community_id == community_id,
                col(RegistryChange.about).in_(some),
                col(RegistryChange.import_id).is_(None),
                col(RegistryChange.undoes).is_(None),
            )
            .order_by(col(RegistryChange.at), col(RegistryChange.id))
        )
