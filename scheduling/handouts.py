"""A plan in force as it is handed out: what was read from the tables, put into sheets and the managers' table."""

from collections.abc import Sequence

from bulou.i18n import _
from bulou.links import code_url
from scheduling.errors import NothingPublished
from scheduling.queries.public import PublicBuilding, PublicHead, PublicPlan, PublicPoint, PublicRow
from scheduling.sheets.building import BuildingSheet, BuildingSheetRow, Contact, PointOnSheet, building_sheet_pdf
from scheduling.sheets.head import SheetHead
from scheduling.sheets.plan_workbook import PlanRow, plan_workbook
from scheduling.sheets.point import PointHours, PointSheet, PointSheetRow, point_sheet_pdf


def building_sheets(plan: PublicPlan) -> bytes:
    """A PDF with a page for each building that somebody is called from. Raises NothingPublished."""
    head = sheet_head(plan.head)
    return building_sheet_pdf([_building(head, plan, b) for b in plan.buildings if plan.rows_of(b.id)])


def point_sheets(plan: PublicPlan) -> bytes:
    """A PDF with the poster and the timetable of each point. Raises NothingPublished."""
    head = sheet_head(plan.head)
    return point_sheet_pdf([_point(head, plan, point) for point in plan.points])


def managers_table(plan: PublicPlan) -> bytes:
    """The plan table as a workbook. Raises NothingPublished."""
    return plan_workbook(sheet_head(plan.head), [_table_row(plan, row) for row in plan.rows])


def sheet_head(head: PublicHead) -> SheetHead:
    """Raises NothingPublished: paper cannot be called back."""
    if head.version == 0 or head.published_at is None:
        raise NothingPublished()
    name = f"{head.campaign} {head.round}"
    return SheetHead(head.community, name, head.version, head.published_at, head.timezone)


def _contact(point: PublicPoint) -> Contact | None:
    has_contact = point.contact_name or point.contact_phone
    return Contact(point.contact_name, point.contact_phone) if has_contact else None


def _building(head: SheetHead, plan: PublicPlan, building: PublicBuilding) -> BuildingSheet:
    rows = plan.rows_of(building.id)
    used = {row.point_id for row in rows}
    return BuildingSheet(
        head=head,
        compound=building.compound,
        building=building.name,
        link=code_url(f"/B/{building.code}"),
        rows=[BuildingSheetRow(row.who or _("all"), _name_of(plan, row), row.starts_at, row.ends_at) for row in rows],
        points=[PointOnSheet(p.name, p.address, _contact(p)) for p in plan.points if p.id in used],
        bring=[plan.head.bring] if plan.head.bring else [],
    )


def _name_of(plan: PublicPlan, row: PublicRow) -> str:
    point = plan.point(row.point_id)
    return point.name if point else ""


def _point(head: SheetHead, plan: PublicPlan, point: PublicPoint) -> PointSheet:
    names = building_names(plan.buildings)
    rows = [
        PointSheetRow(row.starts_at, row.ends_at, f"{names[row.building_id]} {row.who}".strip(), row.heads)
        for row in plan.rows
        if row.point_id == point.id and row.starts_at is not None and row.ends_at is not None
    ]
    return PointSheet(
        head=head,
        point=point.name,
        place=point.address,
        link=code_url(f"/P/{point.code}"),
        hours=[PointHours(hours.starts_at, hours.ends_at, hours.is_makeup) for hours in plan.hours],
        rows=sorted(rows, key=lambda row: row.starts_at),
        person_in_charge=_contact(point),
        volunteers=[point.volunteers] if point.volunteers else [],
    )


def building_names(buildings: Sequence[PublicBuilding]) -> dict[object, str]:
    """A building's name, with its compound's where there are several."""
    is_alone = len({building.compound for building in buildings}) < 2
    return {b.id: b.name if is_alone else f"{b.compound} {b.name}" for b in buildings}


def _table_row(plan: PublicPlan, row: PublicRow) -> PlanRow:
    point = plan.point(row.point_id)
    who = f"{building_names(plan.buildings)[row.building_id]} {row.who}".strip()
    if point is None:
        return PlanRow("", "", who, None, None, row.heads, note=_("no place yet"))
    return PlanRow(
        point.name,
        point.address,
        who,
        row.starts_at,
        row.ends_at,
        row.heads,
        point.contact_name,
        point.contact_phone,
        point.volunteers,
    )
