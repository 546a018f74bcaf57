"""The managers' table: which building goes to which point when, with whom."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from bulou.i18n import _
from bulou.walltime import wall_day, wall_span
from bulou.workbook import Column, Row, Sheet, write_workbook
from scheduling.sheets.head import SheetHead, version_line


@dataclass(frozen=True)
class PlanRow:
    """One cohort of a plan. `starts_at` None: it has no place yet; then `note` says why."""

    point: str
    place: str
    who: str  # 5栋2单元 1–9层
    starts_at: datetime | None
    ends_at: datetime | None
    heads: int
    person_in_charge: str = ""
    phone: str = ""
    volunteers: str = ""
    note: str = ""


def plan_workbook(head: SheetHead, rows: Sequence[PlanRow]) -> bytes:
    """Give the table as .xlsx in the language spoken now: what is unplaced on top, then point by point, with sums."""
    title = _("%(round)s: sampling plan", round=head.round_name)
    notes = [title, head.community, version_line(head)]
    sheet = Sheet(name=_("Sampling plan"), columns=_columns(), rows=_lines(head, rows), notes=notes)
    return write_workbook([sheet])


def _columns() -> list[Column]:
    return [
        Column(_("Sampling point"), 18),
        Column(_("Place"), 26),
        Column(_("Building/unit"), 24),
        Column(_("Time slot"), 24),
        Column(_("People expected"), 10, "count"),
        Column(_("Person in charge"), 12),
        Column(_("Phone"), 16),
        Column(_("Volunteers"), 20),
        Column(_("Notes"), 30),
    ]


def _lines(head: SheetHead, rows: Sequence[PlanRow]) -> Iterator[Row]:
    for (is_placed, point), group in groupby(sorted(rows, key=_order), key=lambda row: _order(row)[:2]):
        cohorts = list(group)
        for row in cohorts:
            yield _line(head, row, point if is_placed else _("No place yet"))
        subtotal = _("Total of %(point)s", point=point if is_placed else _("No place yet"))
        yield _sum_line(subtotal, cohorts)
    yield _sum_line(_("Total"), rows)


def _order(row: PlanRow) -> tuple[bool, str, float]:
    if row.starts_at is None:
        return False, "", 0.0
    return True, row.point, row.starts_at.timestamp()


def _line(head: SheetHead, row: PlanRow, point: str) -> Row:
    time = ""
    if row.starts_at is not None and row.ends_at is not None:
        day = wall_day(row.starts_at, head.timezone)
        time = f"{day} {wall_span(row.starts_at, row.ends_at, head.timezone)}"
    people = (row.person_in_charge, row.phone, row.volunteers, row.note)
    return Row([point, row.place, row.who, time, row.heads, *people])


def _sum_line(words: str, rows: Sequence[PlanRow]) -> Row:
    return Row([words, "", "", "", sum(row.heads for row in rows), "", "", "", ""], is_total=True)
