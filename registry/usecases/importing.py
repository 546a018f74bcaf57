"""A roster file taken into the registry: all of it or nothing, in bulk."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import Session

from accounts.rules import Principal
from accounts.usecases import note as write_down
from bulou.announcements import announce
from bulou.ids import new_id
from registry.errors import ChangedSincePreview, CommunityNotFound, RowsRefused, TooManyLeave
from registry.models import Community, RosterImport
from registry.queries.registered import Snapshot, take_snapshot
from registry.reading import RosterFile
from registry.rules import RosterChanged, RowProblem
from registry.rules.matching import RosterChange, house_of, match_roster, outline_of
from registry.usecases.writing import Tell, write_change
from registry.usecases.writing.tables import Tables
from registry.words import row_sentence


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


def unknown_columns(file: RosterFile) -> list[dict[str, str]]:
    """Columns whose meaning nobody has said: what stands there is not read."""
    return [{"sheet": it.sheet, "header": it.header} for it in file.questions if it.is_open]


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
    seen: str = "",  # the outline of the preview that was confirmed; empty = nobody looked at one
    tell: Tell = lambda share: None,
    by: Principal | None = None,
    now: datetime,
) -> ImportAccount:
    """Take a file in, all or nothing. The same file again changes nothing. Announces RosterChanged.

    Raises CommunityNotFound, ChangedSincePreview, RowsRefused, TooManyLeave.
    """
    get_community(session, community_id, lock=True)  # of two imports one waits
    snapshot = take_snapshot(session, community_id)
    account = _account(snapshot, file)
    _check_confirmed(account, skip_refused=skip_refused, may_leave=may_leave, seen=seen)
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
    write_change(
        session,
        snapshot,
        account.change,
        import_id=made.id,
        file_name=made.file_name,
        tables=Tables(session, community_id),
        tell=tell,
        by=by,
        now=now,
    )
    write_down(session, community_id, "registry.roster_imported", made.id, by=by, facts=account.counts, now=now)
    touched = _touched(snapshot, account.change)
    made.counts = {**account.counts, "buildings": [str(building_id) for building_id in touched]}
    if not account.change.changes_nothing:
        announce(session, RosterChanged(community_id, touched))
    tell(1.0)
    return ImportAccount(account.change, account.refused, account.notices, made.id)


def _check_confirmed(account: ImportAccount, *, skip_refused: bool, may_leave: bool, seen: str) -> None:
    """Whether this is what was agreed to. Raises ChangedSincePreview, RowsRefused, TooManyLeave."""
    if seen and seen != outline_of(account.change):
        raise ChangedSincePreview()
    if account.refused and not skip_refused:
        raise RowsRefused(count=len(account.refused))
    if account.change.asks_again and not may_leave:
        raise TooManyLeave(leaving=len(account.change.left), imported=account.change.imported_before)


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
    return tuple(dict.fromkeys(snapshot.buildings[house_of(door)] for door in doors))
