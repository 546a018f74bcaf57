"""The sheets of a round that were printed or opened, and how far their ticks are typed in."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import Session, col, select

from bulou.ids import is_code, read_code
from checkin.errors import SheetNotFound
from checkin.models import PaperSheet
from checkin.rules.paper import SHEET_CODE_LENGTH, SheetKind
from registry.models import Building
from scheduling.models import Point, Round

MOST = 300  # in the list; older ones are found by their code


@dataclass(frozen=True, slots=True)
class SheetLine:
    id: UUID
    code: str
    kind: SheetKind
    title: str  # name of the point or building
    point_id: UUID | None
    starts_at: datetime | None
    ends_at: datetime | None
    heads: int
    made_at: datetime
    entered_at: datetime | None
    is_replaced: bool  # made from an earlier version of the plan


def list_sheets(session: Session, round_: Round) -> list[SheetLine]:
    """Those that wait for entry first, then by point or building and time."""
    of_round = (PaperSheet.community_id == round_.community_id, PaperSheet.round_id == round_.id)
    found = session.exec(select(PaperSheet).where(*of_round).order_by(col(PaperSheet.made_at).desc()).limit(MOST)).all()
    lines = [sheet_line(session, round_, sheet) for sheet in found]
    return sorted(lines, key=lambda line: (line.entered_at is not None, line.title, line.starts_at or line.made_at))


def sheet_line(session: Session, round_: Round, sheet: PaperSheet) -> SheetLine:
    return SheetLine(
        id=sheet.id,
        code=sheet.code,
        kind=sheet.kind,
        title=_title(session, sheet),
        point_id=sheet.point_id,
        starts_at=sheet.starts_at,
        ends_at=sheet.ends_at,
        heads=len(sheet.residents) + len(sheet.walk_ins),
        made_at=sheet.made_at,
        entered_at=sheet.entered_at,
        is_replaced=sheet.version != round_.version,
    )


def _title(session: Session, sheet: PaperSheet) -> str:
    if sheet.point_id is not None:
        return session.get_one(Point, (sheet.community_id, sheet.point_id)).name
    building = session.get(Building, (sheet.community_id, sheet.building_id))
    return building.name if building else ""


def get_sheet(session: Session, round_: Round, sheet_id: UUID, *, lock: bool = False) -> PaperSheet:
    """Raises SheetNotFound, also for another round's. With `lock` nobody else types it in until the transaction ends."""
    key = (round_.community_id, sheet_id)
    sheet = session.get(PaperSheet, key, with_for_update=lock or None, populate_existing=lock)
    if sheet is None or sheet.round_id != round_.id:
        raise SheetNotFound()
    return sheet


def find_sheet_by_code(session: Session, round_: Round, typed: str) -> PaperSheet:
    """By the code of any of its pages; what follows a full stop is the page. Raises SheetNotFound."""
    code = read_code(typed.split(".")[0].strip())[:SHEET_CODE_LENGTH]
    if not is_code(code, SHEET_CODE_LENGTH):
        raise SheetNotFound()
    of_round = (PaperSheet.community_id == round_.community_id, PaperSheet.round_id == round_.id)
    sheet = session.exec(select(PaperSheet).where(*of_round, PaperSheet.code == code)).first()
    if sheet is None:
        raise SheetNotFound()
    return sheet
