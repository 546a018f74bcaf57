"""A roster file taken into the registry: all of it or nothing, in bulk."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col, delete

from accounts.rules import Principal
from accounts.usecases import note as write_down
from bulou.announcements import announce
from bulou.crypto import field_keys
from bulou.database import chunks, insert_all
from bulou.ids import new_code, new_id
from registry.errors import CommunityNotFound, RowsRefused, TooManyLeave
from registry.models import Building, Community, Compound, Household, ImportRow, NeedFlag, Resident, RosterImport, Unit
from registry.queries.registered import Snapshot, take_snapshot
from registry.queries.said import write_said
from registry.reading import RosterFile
from registry.rules import Door, NeedKind, Origin, RosterChanged, RowProblem, floor_of
from registry.rules.matching import Added, Matched, RegisteredPerson, RosterChange, Said, match_roster, said_now, say
from registry.usecases.places import CODE_LENGTH
from registry.words import row_sentence

Tell = Callable[[float], object]  # share of the work that is done, 0 to 1


@dataclass(frozen=True, slots=True)
class ImportAccount:
    """What a file did, or would do."""

    change: RosterChange
    refused: tuple[RowProblem, ...]  # by the file itself, then by the comparison
    notices: tuple[RowProblem, ...]
    import_id: UUID | None = None  # None = nothing was written

    @property
    def counts(self) -> dict[str, int]:
        """Persons; the last is rows."""
        parts = ("added", "changed", "moved", "left", "unchanged")
        return {**{part: len(getattr(self.change, part)) for part in parts}, "refused": len(self.refused)}


def account_json(account: ImportAccount) -> dict[str, Any]:
    """As the command line and the API tell it: persons in numbers, refused rows one by one."""
    counts: dict[str, Any] = account.counts
    change = account.change
    return {
        **counts,
        "refused": [problem_json(problem) for problem in account.refused],
        "notices": [problem_json(problem) for problem in account.notices],
        "new_doors": len(change.new_doors),
        "corrections_kept": sum(len(pair.kept) for pair in change.unchanged + change.changed + change.moved),
        "asks_again": change.asks_again,
        "import": str(account.import_id) if account.import_id else None,
    }


def problem_json(problem: RowProblem) -> dict[str, Any]:
    where = {"sheet": problem.sheet, "row": problem.row, "column": problem.column}
    return {**where, "code": problem.code.value, "message": row_sentence(problem)}


def compare_roster(session: Session, community_id: str, file: RosterFile) -> ImportAccount:
    """What the file would do. Writes nothing. Raises CommunityNotFound."""
    get_community(session, community_id)
    return _account(take_snapshot(session, community_id), file)


def import_roster(
    session: Session,
    community_id: str,
    file: RosterFile,
    *,
    file_name: str = "",
    skip_refused: bool = False,
    may_leave: bool = False,  # somebody has confirmed that more than a tenth leave
    tell: Tell = lambda share: None,
    by: Principal | None = None,
    now: datetime,
) -> ImportAccount:
    """Take a file in, all or nothing. The same file again changes nothing. Announces RosterChanged.

    Raises CommunityNotFound, RowsRefused, TooManyLeave.
    """
    get_community(session, community_id, lock=True)  # of two imports one waits
    snapshot = take_snapshot(session, community_id)
    account = _account(snapshot, file)
    if account.refused and not skip_refused:
        raise RowsRefused(count=len(account.refused))
    if account.change.asks_again and not may_leave:
        raise TooManyLeave(leaving=len(account.change.left), imported=account.change.imported_before)
    tell(0.2)
    made = RosterImport(
        community_id=community_id,
        id=new_id(),
        file_name=file_name[:200],
        author_id=by.account_id if by else None,
        imported_at=now,
        counts=account.counts,
    )
    session.add(made)
    session.flush()
    _Writer(session, community_id, snapshot, made.id, now).write(account.change, tell)
    write_down(session, community_id, "registry.roster_imported", made.id, by=by, facts=account.counts, now=now)
    if not account.change.changes_nothing:
        announce(session, RosterChanged(community_id, _touched(snapshot, account.change)))
    tell(1.0)
    return ImportAccount(account.change, account.refused, account.notices, made.id)


def get_community(session: Session, community_id: str, *, lock: bool = False) -> Community:
    community = session.get(Community, community_id, with_for_update=True if lock else None)
    if community is None:
        raise CommunityNotFound()
    return community


def _account(snapshot: Snapshot, file: RosterFile) -> ImportAccount:
    change = match_roster(
        snapshot.registered,
        file.rows,
        snapshot.said,
        default_compound=snapshot.default_compound,
        unsure=file.unsure,
    )
    return ImportAccount(change, (*file.refused, *change.refused), file.notices)


def _touched(snapshot: Snapshot, change: RosterChange) -> tuple[UUID, ...]:
    """Buildings in which something changed."""
    doors = [*change.new_doors, *change.door_states, *(new.door for new in change.added)]
    doors += [person.door for person in change.left]
    for pair in (*change.changed, *change.moved):
        doors += [pair.person.door, pair.door]
    return tuple(dict.fromkeys(snapshot.buildings[door.compound, door.building] for door in doors))


class _Writer:
    """One import's rows, table by table, many to a statement."""

    def __init__(self, session: Session, community_id: str, snapshot: Snapshot, import_id: UUID, now: datetime) -> None:
        self.session, self.community_id, self.snapshot = session, community_id, snapshot
        self.import_id, self.now = import_id, now
        self.keys = field_keys()
        self.said: dict[UUID, Said] = {}  # to be kept
        self.needs: dict[UUID, frozenset[NeedKind]] = {}

    def write(self, change: RosterChange, tell: Tell) -> None:
        self._doors(change)
        tell(0.4)
        self._add(change.added)
        tell(0.7)
        self._change((*change.changed, *change.moved), [new for new in change.added if new.person])
        self._leave(change.left)
        for pair in change.unchanged:
            self._remember(pair)
        self._needs()
        tell(0.8)
        self._keep_said()

    def _insert(self, table: type[Any], rows: Iterable[dict[str, Any]]) -> None:
        insert_all(self.session, table, [{"community_id": self.community_id, **row} for row in rows])

    def _doors(self, change: RosterChange) -> None:
        """Compounds, buildings, units and doors that are new; states of doors nobody had asked at."""
        doors, here = list(change.new_doors), self.snapshot
        compounds = _missing((door.compound for door in doors), here.compounds)
        self._insert(Compound, ({"id": here.compounds[name], "name": name} for name in compounds))
        buildings = _missing(((door.compound, door.building) for door in doors), here.buildings)
        self._insert(
            Building,
            (
                {
                    "id": here.buildings[place],
                    "compound_id": here.compounds[place[0]],
                    "name": place[1],
                    "code": new_code(CODE_LENGTH),
                    "grid": "",
                    "x": None,
                    "y": None,
                }
                for place in buildings
            ),
        )
        units = _missing(((door.compound, door.building, door.unit) for door in doors), here.units)
        self._insert(
            Unit,
            ({"id": here.units[place], "building_id": here.buildings[place[:2]], "name": place[2]} for place in units),
        )
        self._insert(Household, [self._household(door, state) for door, state in change.new_doors.items()])
        self._state_doors(change)

    def _state_doors(self, change: RosterChange) -> None:
        """How doors are lived in at which nobody had asked."""
        table = Household.__table__  # type: ignore[attr-defined]
        for state in set(change.door_states.values()):
            doors = [self.snapshot.households[door] for door, said in change.door_states.items() if said is state]
            for ids in chunks(doors):
                here = (table.c.community_id == self.community_id, table.c.id.in_(ids))
                self.session.connection().execute(sa.update(table).where(*here).values(state=state))

    def _household(self, door: Door, state: Any) -> dict[str, Any]:
        here = self.snapshot
        here.households[door] = new_id()
        return {
            "id": here.households[door],
            "building_id": here.buildings[door.compound, door.building],
            "unit_id": here.units[door.compound, door.building, door.unit],
            "door": door.room,
            "floor": floor_of(door.room),
            "state": state,
        }

    def _next_number(self, household_id: UUID) -> int:
        self.snapshot.last_numbers[household_id] += 1
        return self.snapshot.last_numbers[household_id]

    def _add(self, added: Sequence[Added]) -> None:
        rows = []
        for new in added:
            if new.person is not None:
                continue  # back again: the same row
            household_id, resident_id = self.snapshot.households[new.door], new_id()
            rows.append(
                {
                    "id": resident_id,
                    "household_id": household_id,
                    "number": self._next_number(household_id),
                    "name": new.row.name or None,
                    **self._numbers(new.row.phone, new.row.identity_number),
                    "origin": Origin.IMPORT,
                    "merged_into": None,
                    "left_at": None,
                    "created_at": self.now,
                    "changed_at": self.now,
                }
            )
            self.said[resident_id] = say(new.row, new.door)
            if new.row.needs:
                self.needs[resident_id] = new.row.needs
        self._insert(Resident, rows)

    def _numbers(self, phone: str, identity_number: str) -> dict[str, bytes | None]:
        """Telephone and identity number as they are kept: encrypted, and found by a blind index."""
        kept: dict[str, bytes | None] = {}
        for name, index, value in (
            ("phone", "phone_index", phone),
            ("identity_number", "identity_index", identity_number),
        ):
            kept[name] = self.keys.encrypt(self.community_id, value) if value else None
            kept[index] = self.keys.blind_index(self.community_id, value) if value else None
        return kept

    def _change(self, pairs: Sequence[Matched], back: Sequence[Added]) -> None:
        rows = []
        for pair in pairs:
            new = {change.field: change.new for change in pair.changes}
            rows.append(self._changed_row(pair.person, new, pair.door if "door" in new else pair.person.door))
            self._remember(pair)
        for come in back:
            assert come.person is not None
            new = {
                name: getattr(come.row, name)
                for name in ("name", "phone", "identity_number")
                if getattr(come.row, name)
            }
            if come.row.needs is not None:
                new["needs"] = come.row.needs
            rows.append(self._changed_row(come.person, new, come.door))
            self.said[come.person.id] = say(come.row, come.door)
        table = Resident.__table__  # type: ignore[attr-defined]
        here = (table.c.community_id == self.community_id, table.c.id == sa.bindparam("resident_id"))
        for chunk in chunks(rows):
            self.session.connection().execute(sa.update(table).where(*here), chunk)

    def _changed_row(self, person: RegisteredPerson, new: dict[str, Any], door: Door) -> dict[str, Any]:
        household_id = self.snapshot.households[door]
        if "needs" in new:
            self.needs[person.id] = new["needs"]
        phone, identity = new.get("phone", person.phone), new.get("identity_number", person.identity_number)
        return {
            "resident_id": person.id,
            "household_id": household_id,
            "number": person.number if door == person.door else self._next_number(household_id),
            "name": new.get("name", person.name) or None,
            **self._numbers(phone, identity),
            "left_at": None,
            "changed_at": self.now,
        }

    def _leave(self, left: Sequence[RegisteredPerson]) -> None:
        """Marked, never deleted. What files said of them is forgotten, so that naming them again brings them back."""
        for ids in chunks([person.id for person in left]):
            table = Resident.__table__  # type: ignore[attr-defined]
            here = (table.c.community_id == self.community_id, table.c.id.in_(ids))
            self.session.connection().execute(
                sa.update(table).where(*here).values(left_at=self.now, changed_at=self.now)
            )
            self._forget(ids)

    def _remember(self, pair: Matched) -> None:
        before = self.snapshot.said.get(pair.person.id)
        said = said_now(pair, before)
        if said != before:
            self.said[pair.person.id] = said

    def _needs(self) -> None:
        for ids in chunks(list(self.needs)):
            self.session.exec(
                delete(NeedFlag).where(
                    col(NeedFlag.community_id) == self.community_id, col(NeedFlag.resident_id).in_(ids)
                )
            )
        flags = ((resident_id, kind) for resident_id, kinds in self.needs.items() for kind in sorted(kinds))
        self._insert(
            NeedFlag,
            (
                {"resident_id": resident_id, "kind": kind, "source": "", "set_at": self.now}
                for resident_id, kind in flags
            ),
        )

    def _keep_said(self) -> None:
        for ids in chunks([resident_id for resident_id in self.said if resident_id in self.snapshot.said]):
            self._forget(ids)
        self._insert(
            ImportRow,
            (
                {
                    "resident_id": resident_id,
                    "import_id": self.import_id,
                    "said": self.keys.encrypt(self.community_id, write_said(said)),
                }
                for resident_id, said in self.said.items()
            ),
        )

    def _forget(self, ids: list[UUID]) -> None:
        self.session.exec(
            delete(ImportRow).where(
                col(ImportRow.community_id) == self.community_id, col(ImportRow.resident_id).in_(ids)
            )
        )


def _missing(places: Iterable[Any], known: dict[Any, UUID]) -> list[Any]:
    """What is not known yet gets an id, in the order of the file."""
    new = [place for place in dict.fromkeys(places) if place not in known]
    known.update({place: new_id() for place in new})
    return new
