"""The day's workbook: how far each building is, who is missing behind which door, who need not come."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from bulou.i18n import _
from bulou.walltime import wall_datetime
from bulou.workbook import Column, Row, Sheet, write_workbook
from followup.rules import BuildingCoverage, Count, sum_of


@dataclass(frozen=True)
class MissingRow:
    """One person still missing. `state`, `reason` are sentences in the reader's language; the name is masked."""

    building: str
    door: str
    name: str
    state: str  # not yet their time, late, missed
    since: datetime | None
    reason: str = ""  # the latest outcome, or an excuse still to be reviewed
    steward: str = ""


@dataclass(frozen=True)
class ExcuseRow:
    building: str
    door: str
    name: str
    kind: str
    starts_at: datetime | None
    ends_at: datetime | None
    note: str = ""
    proof: str = ""
    author: str = ""
    reviewer: str = ""


@dataclass(frozen=True)
class DayReport:
    """All of one round at `as_of`, as `viewer` may see it."""

    community: str
    round_name: str
    as_of: datetime
    viewer: str
    buildings: Sequence[BuildingCoverage]
    missing: Sequence[MissingRow]
    excuses: Sequence[ExcuseRow]
    visitors: int = 0
    sampled_excuses: Sequence[str] = ()  # reasons that the community's form counts as sampled, in words
    is_final: bool = False  # the round is closed and signed
    timezone: str = "Asia/Shanghai"


def day_workbook(report: DayReport) -> bytes:
    """Give the workbook as .xlsx in the language spoken now; as-of time and viewer stand on each sheet."""
    return write_workbook([_summary(report), _missing(report), _excuses(report)])


def coverage_line(report: DayReport) -> str:
    """The one line that is copied into the group. It counts as the community's form does, and says so."""
    total = sum_of(row.count for row in report.buildings)
    share = "–" if total.form_share is None else f"{total.form_share:.1%}"
    line = _(
        "As of %(at)s: %(expected)d expected, %(sampled)d sampled, %(missing)d missing, %(share)s of those expected",
        at=wall_datetime(report.as_of, report.timezone),
        share=share,
        expected=total.form_expected,
        sampled=total.form_sampled,
        missing=total.missing,
    )
    return f"{line}{_form_note(report, total)}"


def _form_note(report: DayReport, total: Count) -> str:
    """The footnote of figures that count some excuses as sampled; empty where none are."""
    if not report.sampled_excuses:
        return ""
    kinds = _(", ").join(report.sampled_excuses)
    return _(" (sampled includes %(heads)d excused: %(kinds)s)", heads=total.as_sampled, kinds=kinds)


def _notes(report: DayReport, title: str) -> list[str]:
    at = wall_datetime(report.as_of, report.timezone)
    made = _("As of %(at)s, made for %(viewer)s", at=at, viewer=report.viewer)
    final = _("signed") if report.is_final else _("not signed yet: figures may change")
    return [f"{report.round_name} {title}", report.community, f"{made}  {final}"]


def _summary(report: DayReport) -> Sheet:
    columns = [
        Column(_("Building"), 24),
        Column(_("On the roster"), 12, "count"),
        Column(_("Expected"), 12, "count"),
        Column(_("Sampled"), 12, "count"),
        Column(_("Missing"), 12, "count"),
        Column(_("Need not come"), 14, "count"),
        Column(_("Share sampled"), 10, "share"),
        Column(_("Doors nobody has asked at"), 16, "count"),
        *_form_columns(report),
    ]
    with_form = bool(report.sampled_excuses)
    rows = [
        _count_row(row.name or _("Door not known"), row.count, row.unverified_doors, with_form)
        for row in report.buildings
    ]
    doors = sum(row.unverified_doors for row in report.buildings)
    total = sum_of(row.count for row in report.buildings)
    rows.append(_count_row(_("Total"), total, doors, with_form, is_total=True))
    visitors = _("Visitors from outside, counted apart: %(visitors)d", visitors=report.visitors)
    notes = [*_notes(report, _("Summary")), coverage_line(report), visitors]
    return Sheet(_("Summary"), columns, rows, notes)


def _form_columns(report: DayReport) -> list[Column]:
    """Beside the ledger, which stays as it is: what goes onto the form of a community that counts some excuses."""
    if not report.sampled_excuses:
        return []
    return [
        Column(_("Form: expected"), 14, "count"),
        Column(_("Form: sampled"), 14, "count"),
        Column(_("Form: share"), 12, "share"),
    ]


def _count_row(name: str, count: Count, unverified_doors: int, with_form: bool, is_total: bool = False) -> Row:
    counts = (count.roster, count.expected, count.sampled, count.missing, count.excused)
    form = (count.form_expected, count.form_sampled, count.form_share) if with_form else ()
    return Row([name, *counts, count.share, unverified_doors, *form], is_total)


def _missing(report: DayReport) -> Sheet:
    columns = [
        Column(_("Building"), 18),
        Column(_("Door"), 16),
        Column(_("Full name"), 14),
        Column(_("State"), 16),
        Column(_("Since"), 18),
        Column(_("Known so far"), 36),
        Column(_("Who looks after it"), 18),
    ]
    rows: list[Row] = []
    for building, group in groupby(report.missing, key=lambda row: row.building):
        people = list(group)
        rows += [_missing_row(row, report.timezone) for row in people]
        words = _("%(building)s: %(people)d missing", building=building or _("Door not known"), people=len(people))
        rows.append(Row([words, *[""] * (len(columns) - 1)], is_total=True))
    return Sheet(_("List of the missing"), columns, rows, _notes(report, _("List of the missing")))


def _missing_row(row: MissingRow, zone: str) -> Row:
    building = row.building or _("Door not known")
    return Row([building, row.door, row.name, row.state, _when(row.since, zone), row.reason, row.steward])


def _excuses(report: DayReport) -> Sheet:
    columns = [
        Column(_("Building"), 18),
        Column(_("Door"), 16),
        Column(_("Full name"), 14),
        Column(_("Reason"), 20),
        Column(_("Excused from"), 18),
        Column(_("Excused until"), 18),
        Column(_("Notes"), 32),
        Column(_("Proof"), 24),
        Column(_("Entered by"), 16),
        Column(_("Reviewed by"), 16),
    ]
    rows = [_excuse_row(row, report.timezone) for row in report.excuses]
    return Sheet(_("Need not come"), columns, rows, _notes(report, _("Need not come")))


def _excuse_row(row: ExcuseRow, zone: str) -> Row:
    when = (_when(row.starts_at, zone), _when(row.ends_at, zone))
    said = (row.note, row.proof, row.author, row.reviewer)
    return Row([row.building or _("Door not known"), row.door, row.name, row.kind, *when, *said])


def _when(at: datetime | None, zone: str) -> str:
    return wall_datetime(at, zone) if at else ""
