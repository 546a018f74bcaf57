"""A paper list as the page for typing it in shows it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlmodel import Session

from bulou.i18n import _
from bulou.walltime import wall_day, wall_span, wall_time
from checkin.models import PaperSheet
from checkin.paper_forms import MOST_WALK_INS
from checkin.queries.paper import GridRow, entered_point, read_grid
from checkin.queries.paper.sheets import SheetLine, sheet_line
from checkin.rules import Outcome
from checkin.rules.paper import SheetKind
from checkin.usecases.answers import say_kept
from checkin.usecases.evidence import find_kept
from checkin.usecases.paper import Unread
from scheduling.models import Point, Round
from scheduling.queries.setup import list_points, time_zone
from scheduling.rules import PointKind

EMPTY_LINES = 5  # for walk-ins; the page adds more where it may
MAY_ACCEPT = frozenset({Outcome.WRONG_POINT, Outcome.WRONG_TIME, Outcome.EXCUSED})


@dataclass(frozen=True, slots=True)
class GridLine:
    """One line of the list. `time` as it is shown, empty = as above; `problem` says why its tick does not count."""

    row: GridRow
    heading: str  # begins a new group; empty = goes on
    is_new_door: bool
    is_ticked: bool
    time: str
    note: str
    problem: str
    may_accept: bool


@dataclass(frozen=True, slots=True)
class EmptyLine:
    line: int
    door: str = ""
    name: str = ""
    wall: str = ""
    problem: str = ""


@dataclass(frozen=True, slots=True)
class GridPage:
    sheet: SheetLine
    when: str
    day: str  # ISO 8601
    first: str  # HH:MM
    points: tuple[Point, ...]  # to choose from; empty = the list has its own
    point_id: UUID | None
    lines: tuple[GridLine, ...]
    empty: tuple[EmptyLine, ...]
    ticked: int

    @property
    def to_look_at(self) -> list[GridLine]:
        return [line for line in self.lines if line.problem]

    def as_typed(self, fields: Mapping[str, str]) -> "GridPage":
        """The same page with everything as somebody typed it, so that only what is wrong has to be mended."""
        lines = tuple(
            replace(
                line,
                is_ticked=f"tick-{line.row.person.id}" in fields,
                time=fields.get(f"time-{line.row.person.id}", "")[:20],
            )
            for line in self.lines
        )
        empty = tuple(
            EmptyLine(one.line, *(fields.get(f"{part}-{one.line}", "")[:300] for part in ("door", "name", "wall")))
            for one in _empty_lines(_last_line(fields))
        )
        return replace(self, lines=lines, empty=empty).with_head(fields)

    def with_head(self, fields: Mapping[str, str]) -> "GridPage":
        """The same page with day, time and point as somebody chose them."""
        day, first = fields.get("day", "")[:20], fields.get("first", "")[:20]
        chosen = next((point.id for point in self.points if str(point.id) == fields.get("point")), self.point_id)
        return replace(self, day=day, first=first, point_id=chosen)

    def with_unread(self, unread: Iterable[Unread]) -> "GridPage":
        """Written lines for which nobody was found stand on the page again, each with what to do."""
        again = [_again(number, one) for number, one in enumerate(unread, start=1)]
        if not again:
            return self
        return replace(self, empty=(*again, *_empty_lines(len(again) + EMPTY_LINES)[len(again) :]))


def _again(line: int, unread: Unread) -> EmptyLine:
    walk_in = unread.walk_in
    problem = (
        _("Several people fit. Write the door and the whole name, or the ticket's code.")
        if unread.is_several
        else _("Nobody was found. Write the door as 3-2-501, with the name if several live there.")
    )
    wall = f"{walk_in.wall:%H:%M}" if walk_in.wall else ""
    return EmptyLine(line, walk_in.door, walk_in.name, wall, problem)


def _last_line(fields: Mapping[str, str]) -> int:
    written = [line for line in range(1, MOST_WALK_INS + 1) if f"door-{line}" in fields]
    return max(written, default=EMPTY_LINES)


def _empty_lines(count: int) -> tuple[EmptyLine, ...]:
    return tuple(EmptyLine(line) for line in range(1, count + 1))


def grid_page(session: Session, round_: Round, sheet: PaperSheet, *, now: datetime) -> GridPage:
    """The list as it stands now."""
    zone = time_zone(session, round_.community_id)
    line, rows = sheet_line(session, round_, sheet), read_grid(session, round_, sheet, now=now)
    points = () if sheet.point_id else tuple(list_points(session, (round_.community_id, round_.id)))
    since = sheet.starts_at or _first_entered(rows)
    local = (since or _last_hours(round_, now)).astimezone(ZoneInfo(zone))
    return GridPage(
        sheet=line,
        when=_when(line, zone),
        day=f"{local:%Y-%m-%d}",
        first=wall_time(min(_first_entered(rows) or since or now, now), zone),
        points=points,
        point_id=sheet.point_id or entered_point(session, sheet, rows) or _usual_point(points, rows, sheet),
        lines=tuple(_lines(session, sheet, rows, zone)),
        empty=_empty_lines(EMPTY_LINES),
        ticked=sum(row.is_ticked for row in rows),
    )


def _first_entered(rows: Sequence[GridRow]) -> datetime | None:
    """The earliest time on a list that was saved before; None = nobody is ticked."""
    return min((row.entered.at for row in rows if row.entered and row.is_ticked), default=None)


def _last_hours(round_: Round, now: datetime) -> datetime:
    """A door sheet is most likely of today, or of the round's last day where that is over."""
    return min(now, round_.closed_at - timedelta(minutes=1)) if round_.closed_at else now


def _when(line: SheetLine, zone: str) -> str:
    if line.starts_at is None or line.ends_at is None:
        return ""
    return f"{wall_day(line.starts_at, zone)} {wall_span(line.starts_at, line.ends_at, zone)}"


def _usual_point(points: Sequence[Point], rows: Sequence[GridRow], sheet: PaperSheet) -> UUID | None:
    """Doorstep sheets belong to the doorstep point; what has one point alone needs no choice."""
    if sheet.kind is SheetKind.DOORSTEP or any(row.person.is_doorstep for row in rows):
        at_door = next((point.id for point in points if point.kind is PointKind.DOORSTEP), None)
        if at_door is not None and sheet.kind is SheetKind.DOORSTEP:
            return at_door
    return points[0].id if len(points) == 1 else None


def _lines(session: Session, sheet: PaperSheet, rows: Sequence[GridRow], zone: str) -> Iterable[GridLine]:
    is_lane = sheet.kind is SheetKind.LANE
    before: GridRow | None = None
    for row in rows:
        heading = _("Walk-ins") if row.is_walk_in else row.person.group if is_lane else row.person.unit
        was = before and (
            _("Walk-ins") if before.is_walk_in else before.person.group if is_lane else before.person.unit
        )
        yield GridLine(
            row=row,
            heading=heading if heading != was else "",
            is_new_door=before is None or before.person.household_id != row.person.household_id,
            is_ticked=row.is_ticked,
            time=wall_time(row.entered.at, zone) if row.entered and row.is_ticked else "",
            note=_note(row, zone),
            problem=_problem(session, sheet, row),
            may_accept=row.problem in MAY_ACCEPT,
        )
        before = row


def _note(row: GridRow, zone: str) -> str:
    if row.sampled_elsewhere_at is not None:
        return _("Sampled already at %(time)s.", time=wall_time(row.sampled_elsewhere_at, zone))
    return _("Excused") if row.person.is_excused and not row.is_ticked else ""


def _problem(session: Session, sheet: PaperSheet, row: GridRow) -> str:
    """What the screen of a point would say."""
    if row.problem is None or row.entered is None:
        return ""
    connection = session.connection()
    kept = find_kept(connection, sheet.community_id, row.entered.scan_id)
    return say_kept(connection, sheet.community_id, kept).message if kept else ""
