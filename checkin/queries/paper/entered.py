"""What was typed in from a sheet so far, box by box."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session

from checkin.models import PaperSheet, Scan
from checkin.queries.paper.people import PaperPerson, read_people
from checkin.rules import Outcome, ScanKind, ScanSource
from checkin.rules.paper import Entered, KeptTick, latest_entered
from registry.models import Resident
from scheduling.models import Round

_scan, _resident = Scan.__table__, Resident.__table__  # type: ignore[attr-defined]
_undo = _scan.alias("undo")


@dataclass(frozen=True, slots=True)
class GridRow:
    """A line of the sheet as it stands now. `problem`: why its tick does not count; None = it counts, or is not ticked."""

    number: int  # as on the paper; walk-ins go on counting
    person: PaperPerson
    is_walk_in: bool
    entered: Entered | None
    problem: Outcome | None

    @property
    def is_ticked(self) -> bool:
        return self.entered is not None and not self.entered.is_undone

    @property
    def seen(self) -> int:
        return self.entered.state if self.entered else 0

    @property
    def sampled_elsewhere_at(self) -> datetime | None:
        """When somebody else's scan had them before; None = nobody's."""
        is_ours = self.entered is not None and self.person.sampled_scan_id == self.entered.scan_id
        return None if is_ours else self.person.sampled_at


def read_grid(session: Session, round_: Round, sheet: PaperSheet, *, now: datetime) -> list[GridRow]:
    """All lines in the order of the paper, then those that were written on its empty lines."""
    ids = [UUID(id_) for id_ in (*sheet.residents, *sheet.walk_ins)]
    people = read_people(session, round_, ids, now=now)
    entered = list_entered(session, sheet, ids)
    outcomes = _outcomes(session, sheet, entered.values())
    return [
        _row(number, people[id_], number > len(sheet.residents), entered.get(id_), outcomes)
        for number, id_ in enumerate(ids, start=1)
        if id_ in people
    ]


def entered_point(session: Session, sheet: PaperSheet, rows: Iterable[GridRow]) -> UUID | None:
    """Where those ticked were sampled, of several points where the latest was; None = nobody is ticked."""
    ticked = [row.entered for row in rows if row.entered is not None and row.is_ticked]
    if not ticked:
        return None
    latest = max(ticked, key=lambda entered: entered.at)
    return session.get_one(Scan, (sheet.community_id, latest.scan_id)).point_id


def _row(
    number: int, person: PaperPerson, is_walk_in: bool, entered: Entered | None, outcomes: dict[UUID, Outcome]
) -> GridRow:
    is_refused = entered is not None and not entered.is_undone and not entered.counts
    problem = outcomes.get(entered.scan_id) if entered and is_refused else None
    return GridRow(number, person, is_walk_in, entered, problem)


def _outcomes(session: Session, sheet: PaperSheet, entered: Iterable[Entered]) -> dict[UUID, Outcome]:
    wanted = [one.scan_id for one in entered if not one.counts]
    if not wanted:
        return {}
    statement = sa.select(_scan.c.id, _scan.c.against, _scan.c.outcome).where(
        _scan.c.community_id == sheet.community_id, _scan.c.id.in_(wanted)
    )
    return {row.id: row.against or row.outcome for row in session.connection().execute(statement)}


def list_entered(session: Session, sheet: PaperSheet, residents: Iterable[UUID]) -> dict[UUID, Entered]:
    """The latest tick of each box that was ever ticked, by resident."""
    wanted = list(residents)
    kept = _kept(session, sheet, wanted)
    latest = {resident: latest_entered(sheet.id, resident, kept) for resident in wanted}
    return {resident: entered for resident, entered in latest.items() if entered is not None}


def _kept(session: Session, sheet: PaperSheet, residents: list[UUID]) -> dict[UUID, KeptTick]:
    """Everything on paper about these people in the round; whoever was merged is kept under who remained."""
    facts = {"community": sheet.community_id, "round": sheet.round_id, "ids": residents}
    rows = session.connection().execute(_KEPT, facts)
    return {row.id: KeptTick(row.corrected_at, bool(row.counts), bool(row.is_undone)) for row in rows}


_of_these: Any = sa.bindparam("ids", expanding=True)
_KEPT = sa.select(
    _scan.c.id,
    _scan.c.corrected_at,
    _scan.c.counts,
    sa.exists()
    .where(
        _undo.c.community_id == _scan.c.community_id,
        _undo.c.undoes == _scan.c.id,
        _undo.c.kind == ScanKind.UNDO,
        _undo.c.round_id == _scan.c.round_id,
    )
    .label("is_undone"),
).where(
    _scan.c.community_id == sa.bindparam("community"),
    _scan.c.round_id == sa.bindparam("round", type_=_scan.c.round_id.type),
    _scan.c.source == ScanSource.PAPER,
    _scan.c.kind == ScanKind.SAMPLED,
    sa.or_(
        _scan.c.resident_id.in_(_of_these),
        _scan.c.resident_id.in_(
            sa.select(_resident.c.merged_into).where(
                _resident.c.community_id == sa.bindparam("community"), _resident.c.id.in_(_of_these)
            )
        ),
    ),
)
