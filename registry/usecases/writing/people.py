"""People whom a file adds, changes, moves, brings back or misses; what it said of them is kept for the next file."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import col

from bulou.crypto import field_keys
from bulou.ids import new_id
from registry.models import ImportRow, NeedFlag, Resident
from registry.queries.registered import Snapshot
from registry.queries.said import write_said
from registry.rules import ChangeKind, Door, NeedKind, Origin, RosterRow
from registry.rules.history import Change
from registry.rules.matching import FIELDS, Added, Matched, RegisteredPerson, Said, said_now, say
from registry.usecases.residents import forgive_leaving, kept_fields
from registry.usecases.writing.tables import Tables


class PeopleWriter:
    """Writes people part by part; `finish_part` writes what belongs to them, and `record` takes their history."""

    def __init__(
        self,
        tables: Tables,
        snapshot: Snapshot,
        record: Callable[[list[Change]], None],
        *,
        import_id: UUID,
        source: str,
        now: datetime,
    ) -> None:
        self.tables, self.snapshot, self.record = tables, snapshot, record
        self.import_id, self.source, self.now = import_id, source[:60], now
        self.keys = field_keys()
        self.history: list[Change] = []
        self._said: dict[UUID, Said] = {}  # to be kept
        self._new: dict[tuple[str, int, str], UUID] = {}  # of whoever a row adds
        self._needs: list[tuple[UUID, frozenset[NeedKind], frozenset[NeedKind]]] = []  # who, before, after

    def add(self, added: Sequence[Added]) -> None:
        """Those who are new. Who comes back is the same row, see bring_back()."""
        self.tables.insert(Resident, (self._new_row(new.row, new.door) for new in added))

    def finish_part(self) -> None:
        """Needs, what the file said, and history of those who were written since the last time."""
        self._write_needs()
        self._keep_said()
        self.record(self.history)
        self._needs, self._said, self._new, self.history = [], {}, {}, []

    def _new_row(self, row: RosterRow, door: Door) -> dict[str, Any]:
        household_id, resident_id = self.snapshot.households[door], new_id()
        said = self._said[resident_id] = say(row, door)
        self._new[row.sheet, row.line, row.name] = resident_id
        if row.needs:
            self._needs.append((resident_id, frozenset(), row.needs))
        number = self._next_number(household_id)
        fields = {name: (None, getattr(row, name)) for name in FIELDS}
        place = {"household": (None, household_id), "number": (None, number), "door": (None, door)}
        self.history.append(Change(resident_id, ChangeKind.ADDED, {**place, **fields, "needs": (None, said.needs)}))
        return {
            "id": resident_id,
            "household_id": household_id,
            "number": number,
            **kept_fields(self.tables.community_id, {name: getattr(row, name) for name in FIELDS}),
            "origin": Origin.IMPORT,
            "merged_into": None,
            "left_at": None,
            "created_at": self.now,
            "changed_at": self.now,
        }

    def change(self, pairs: Iterable[Matched]) -> None:
        rows = []
        for pair in pairs:
            new = {change.field: change.new for change in pair.changes}
            kind = ChangeKind.MOVED if "door" in new else ChangeKind.CHANGED
            rows.append(self._changed_row(pair.person, new, kind, self._remembered(pair)))
        self.tables.update_each(Resident, rows)

    def bring_back(self, added: Iterable[Added]) -> None:
        """Who left by absence and is named again is the same person."""
        rows = []
        for come in added:
            assert come.person is not None
            new: dict[str, Any] = {name: value for name in FIELDS if (value := getattr(come.row, name))}
            new["door"] = come.door
            if come.row.needs is not None:
                new["needs"] = come.row.needs
            said = self._said[come.person.id] = say(come.row, come.door)
            rows.append(self._changed_row(come.person, new, ChangeKind.CAME_BACK, {"file": (None, write_said(said))}))
        back = [row["id"] for row in rows]
        forgive_leaving(self.tables.session, self.tables.community_id, back, now=self.now)
        self.tables.update_each(Resident, rows)

    def _changed_row(
        self, person: RegisteredPerson, new: dict[str, Any], kind: ChangeKind, told: dict[str, tuple[Any, Any]]
    ) -> dict[str, Any]:
        door = new.get("door", person.door)
        old_home, home = self.snapshot.households[person.door], self.snapshot.households[door]
        number = person.number if home == old_home else self._next_number(home)
        if "needs" in new:
            self._needs.append((person.id, person.needs, new["needs"]))
        fields = {name: (getattr(person, name), value) for name, value in new.items()}
        place = {"household": (old_home, home), "number": (person.number, number)}
        left = {"left": (True, None)} if person.has_left else {}
        self.history.append(Change(person.id, kind, {**place, **fields, **left, **told}))
        values = {name: new.get(name, getattr(person, name)) for name in FIELDS}
        return {
            "id": person.id,
            "household_id": home,
            "number": number,
            **kept_fields(self.tables.community_id, values),
            "left_at": None,
            "changed_at": self.now,
        }

    def _next_number(self, household_id: UUID) -> int:
        self.snapshot.last_numbers[household_id] += 1
        return self.snapshot.last_numbers[household_id]

    def leave(self, left: Sequence[RegisteredPerson]) -> None:
        """Marked, never deleted. What files said of them is forgotten, so that naming them again brings them back."""
        self.tables.update_all(Resident, [person.id for person in left], left_at=self.now, changed_at=self.now)
        self.tables.delete(ImportRow, [person.id for person in left], column="resident_id")
        for person in left:
            said = self.snapshot.said.get(person.id)
            told = {"left": (None, True), "door": (person.door, None), "file": (said and write_said(said), None)}
            self.history.append(Change(person.id, ChangeKind.LEFT, told))

    def remember(self, pairs: Iterable[Matched]) -> None:
        """What the file said of those whom it does not change."""
        for pair in pairs:
            if not pair.is_silent and (told := self._remembered(pair)):
                self.history.append(Change(pair.person.id, ChangeKind.CHANGED, told))

    def _remembered(self, pair: Matched) -> dict[str, tuple[Any, Any]]:
        before = self.snapshot.said.get(pair.person.id)
        said = said_now(pair.row, pair.door, before)
        if said == before:
            return {}
        self._said[pair.person.id] = said
        return {"file": (before and write_said(before), write_said(said))}

    def new_id_of(self, row: RosterRow) -> UUID:
        return self._new[row.sheet, row.line, row.name]

    def remember_further(self, who: UUID, doors: Iterable[Door]) -> dict[str, tuple[Any, Any]]:
        """The file has named these doors for them: taken back by hand, they stay away."""
        before = self.snapshot.said.get(who)
        said = self._said.get(who) or before
        if said is None:
            return {}
        self._said[who] = replace(said, further=said.further | set(doors))
        return {"file": (before and write_said(before), write_said(self._said[who]))}

    def _write_needs(self) -> None:
        """Only what changes: a need set by hand keeps its source and date."""
        for kind in NeedKind:
            gone = [who for who, before, after in self._needs if kind in before - after]
            self.tables.delete(NeedFlag, gone, col(NeedFlag.kind) == kind, column="resident_id")
        self.tables.insert(
            NeedFlag,
            (
                {"resident_id": who, "kind": kind, "source": self.source, "author_id": None, "set_at": self.now}
                for who, before, after in self._needs
                for kind in sorted(after - before)
            ),
        )

    def _keep_said(self) -> None:
        known = self.snapshot.said
        self.tables.delete(ImportRow, [who for who in self._said if who in known], column="resident_id")
        encrypt, community_id = self.keys.encrypt, self.tables.community_id
        self.tables.insert(
            ImportRow,
            (
                {"resident_id": who, "import_id": self.import_id, "said": encrypt(community_id, write_said(said))}
                for who, said in self._said.items()
            ),
        )
