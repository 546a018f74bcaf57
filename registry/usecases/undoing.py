"""An import taken back: what it did is undone where nothing changed it since. The file may be read in again."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, SQLModel, col, select

from accounts.rules import Principal
from accounts.usecases import note as write_down
from bulou.announcements import announce
from bulou.crypto import field_keys
from bulou.database import chunks
from registry.errors import ImportUndone, LaterImport
from registry.models import (
    Building,
    Compound,
    Household,
    ImportRow,
    NeedFlag,
    RegistryChange,
    Resident,
    ResidentDoor,
    RosterImport,
    Unit,
)
from registry.queries.imports import UndoPlan, get_import, list_later, list_people_of, plan_undo
from registry.rules import ChangeKind, NeedKind, RosterChanged
from registry.rules.history import Change
from registry.rules.matching import FIELDS
from registry.rules.undoing import PastChange, TakenBack
from registry.sampled import who_was_sampled
from registry.usecases.history import record_all
from registry.usecases.importing import get_community
from registry.usecases.residents import forgive_leaving, kept_fields
from registry.usecases.writing.tables import Tables

Key = tuple[str, UUID]
MOST_TOLD = 500  # of what could not be taken back; the number of all is kept


def look_at_undo(session: Session, done: Key) -> UndoPlan:
    """What undoing the import would do. Writes nothing. Raises ImportNotFound."""
    line = get_import(session, done)
    touched = select(RegistryChange.about).where(
        RegistryChange.community_id == done[0], RegistryChange.import_id == done[1]
    )
    return plan_undo(session, line, done[0], who_was_sampled(session, done[0], set(session.exec(touched))))


def undo_import(
    session: Session,
    done: Key,
    *,
    despite_later: bool = False,  # somebody has confirmed though a later file changed the same buildings
    by: Principal | None = None,
    now: datetime,
) -> UndoPlan:
    """Take an import back, all that can be; its history says so. Announces RosterChanged.

    Raises ImportNotFound, ImportUndone, LaterImport.
    """
    get_community(session, done[0], lock=True)  # as an import does: one waits for the other
    line = get_import(session, done)
    if line.undone_at is not None:
        raise ImportUndone()
    later = list_later(session, line, done[0])
    if later and not despite_later:
        raise LaterImport(name=later[0].file_name)
    plan = look_at_undo(session, done)
    history = _Undoing(session, done, plan, now).undo()
    record_all(session, done[0], history, undoes=done[1], by=by, now=now)
    row = session.get_one(RosterImport, done)
    row.undone_at = now
    stays = [[str(it.about), it.why.value, list(it.fields)] for it in plan.kept[:MOST_TOLD]]
    row.counts = {**row.counts, "taken_back": plan.counts, "kept": stays}
    session.add(row)
    session.flush()
    write_down(session, done[0], "registry.import_undone", done[1], by=by, facts=plan.counts, now=now)
    announce(session, RosterChanged(done[0], tuple(map(UUID, line.buildings))))
    _Undoing(session, done, plan, now).drop_places()
    return plan


class _Undoing:
    def __init__(self, session: Session, done: Key, plan: UndoPlan, now: datetime) -> None:
        self.session, self.community_id, self.plan, self.now = session, done[0], plan, now
        self.import_id = done[1]
        self.tables = Tables(session, done[0])
        self.history: list[Change] = []

    def undo(self) -> list[Change]:
        whole = [step for step in self.plan.people if not step.back]
        gone = [step.about for step in whole if step.kind is ChangeKind.LEFT]
        self.tables.update_all(Resident, gone, left_at=self.now, changed_at=self.now)
        self.history += [Change(who, ChangeKind.LEFT, {"left": (None, True)}) for who in gone]
        back = [step.about for step in whole if step.kind is ChangeKind.CAME_BACK]
        forgive_leaving(self.tables.session, self.tables.community_id, list(back), now=self.now)
        self.tables.update_all(Resident, back, left_at=None, changed_at=self.now)
        self.history += [Change(who, ChangeKind.CAME_BACK, {"left": (True, None)}) for who in back]
        in_part = {step.about: step for step in self.plan.people if step.back}
        for row in list_people_of(self.session, self.community_id, in_part):
            self._person(row, self.plan.past[row.id], in_part[row.id])
        for step in self.plan.doors:
            self._door(step)
        self.session.flush()
        self._further_doors()
        self._said()
        return self.history

    def _further_doors(self) -> None:
        """Those that this import named, of everybody of whom anything is taken back."""
        kept = {stays.about for stays in self.plan.kept}
        for who, past in self.plan.past.items():
            named = past.fields.get("further")
            if named and who not in kept:
                doors = col(ResidentDoor.household_id).in_([UUID(id_) for id_ in named[1]])
                self.tables.delete(ResidentDoor, [who], doors, column="resident_id")
                told = {"further_door": tuple(reversed(past.fields["further_door"]))}
                self.history.append(Change(who, ChangeKind.CHANGED, told))

    def _person(self, row: Resident, past: PastChange, step: TakenBack) -> None:
        told: dict[str, tuple[Any, Any]] = {
            name: (past.fields[name][1], value) for name, value in step.back.items() if name in past.fields
        }
        if step.kind is ChangeKind.LEFT:
            row.left_at = self.now
            told["left"] = (None, True)
        if "household" in step.back:
            self._move(row, UUID(step.back["household"]))
            told["door"] = tuple(reversed(past.fields["door"]))
        texts = {name: step.back[name] for name in FIELDS if name in step.back}
        row.sqlmodel_update(kept_fields(self.community_id, texts))
        if "needs" in step.back:
            self._set_needs(row, past.fields["needs"])
        row.changed_at = self.now
        self.session.add(row)
        self.history.append(Change(row.id, step.kind, told))

    def _move(self, row: Resident, household_id: UUID) -> None:
        """Back to the old door, or what it was merged into; under a number that nobody there ever had."""
        home = self.session.get(Household, (self.community_id, household_id))
        while home is not None and home.merged_into is not None:
            home = self.session.get(Household, (self.community_id, home.merged_into))
        if home is None or home.id == row.household_id:
            return
        last = select(sa.func.max(col(Resident.number))).where(
            Resident.community_id == self.community_id, Resident.household_id == home.id
        )
        row.number = (self.session.exec(last).one() or 0) + 1
        row.household_id = home.id
        self.session.add(row)
        self.session.flush()

    def _set_needs(self, row: Resident, pair: list[Any]) -> None:
        before, after = ({NeedKind(kind) for kind in kinds or ()} for kinds in pair)
        for kind in after - before:
            self.tables.delete(NeedFlag, [row.id], col(NeedFlag.kind) == kind, column="resident_id")
        for kind in before - after:
            flag = NeedFlag(community_id=self.community_id, resident_id=row.id, kind=kind, set_at=self.now)
            self.session.merge(flag)

    def _door(self, step: TakenBack) -> None:
        row = self.session.get_one(Household, (self.community_id, step.about))
        if step.back.get("state"):
            self.history.append(Change(row.id, ChangeKind.CHANGED, {"state": (row.state, step.back["state"])}))
            self.tables.update_all(Household, [row.id], state=step.back["state"])

    def _said(self) -> None:
        """What the files said before, so that the same file read in again is compared as it was then."""
        taken = {step.about for step in self.plan.people}
        files = {about: past.fields.get("file") for about, past in self.plan.past.items()}
        doors = {step.about for step in self.plan.doors}
        for about in doors:
            if pair := files.get(about):
                self.tables.update_all(Household, [about], said_state=pair[0])
        kept = {stays.about for stays in self.plan.kept}
        people = [
            who for who in self.plan.past if who in taken or (files[who] and who not in doors and who not in kept)
        ]
        self.tables.delete(ImportRow, people, column="resident_id")
        rows = [
            {"resident_id": who, "import_id": self.import_id, "said": field_keys().encrypt(self.community_id, pair[0])}
            for who in people
            if (pair := files[who]) and pair[0]
        ]
        self.tables.insert(ImportRow, rows)

    def drop_places(self) -> None:
        """People, doors, units, buildings and compounds that only this import knew and nothing else refers to."""
        added = [
            step.about
            for step in self.plan.people
            if step.kind is ChangeKind.LEFT and self.plan.past[step.about].kind is ChangeKind.ADDED
        ]
        free = self._unreferenced(Resident, added, but={"need_flag", "import_row"})
        for table in (NeedFlag, ImportRow):
            self.tables.delete(table, free, column="resident_id")
        self.tables.delete(Resident, free)
        doors = self._unreferenced(Household, self.plan.new_places)
        self.tables.delete(Household, doors)
        of_new = select(Unit.id).where(
            Unit.community_id == self.community_id, col(Unit.building_id).in_(list(self._new(Building)))
        )
        self.tables.delete(Unit, self._unreferenced(Unit, list(self.session.exec(of_new))))
        for place in (Building, Compound):
            self.tables.delete(place, self._unreferenced(place, self._new(place)))

    def _new(self, table: type[Any]) -> set[UUID]:
        found: set[UUID] = set()
        for some in chunks(list(self.plan.new_places)):
            found |= set(
                self.session.exec(select(table.id).where(table.community_id == self.community_id, table.id.in_(some)))
            )
        return found

    def _unreferenced(self, table: type[SQLModel], ids: Iterable[UUID], but: Iterable[str] = ()) -> list[UUID]:
        """Those that no row of any table refers to. Asked of all tables, also of features that come after."""
        name, used = str(table.__tablename__), set()
        wanted = set(ids)
        for other in SQLModel.metadata.tables.values() if wanted else ():
            if other.name in but or other.name == "registry_change":
                continue
            for column in _columns_that_mean(other, name):
                if column.table is not other or (other.name == name and column.name == "id"):
                    continue
                rows = self.session.connection().execute(
                    sa.select(column).where(other.c.community_id == self.community_id, column.is_not(None)).distinct()
                )
                used |= {row[0] for row in rows}
        return [one for one in wanted if one not in used]


def _columns_that_mean(table: sa.Table, target: str) -> list[Any]:
    """Columns that hold ids of the target: by a foreign key, or by the name that such columns have everywhere."""
    by_key = {
        key.parent.name for key in table.foreign_keys if key.column.table.name == target and key.column.name == "id"
    }
    names = by_key | {f"{target}_id"} | ({"merged_into"} if table.name == target else set())
    return [column for column in table.columns if column.name in names]
