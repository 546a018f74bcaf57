"""What of a plan is printed and handed out: the sheet for the lobby, the sheets of a point, the managers' table."""

from scheduling.sheets.building import BuildingSheet, BuildingSheetRow, Contact, PointOnSheet, building_sheet_pdf
from scheduling.sheets.head import SheetHead
from scheduling.sheets.plan_workbook import PlanRow, plan_workbook
from scheduling.sheets.point import PointHours, PointSheet, PointSheetRow, point_sheet_pdf

__all__ = [
    "BuildingSheet",
    "BuildingSheetRow",
    "Contact",
    "PlanRow",
    "PointHours",
    "PointOnSheet",
    "PointSheet",
    "PointSheetRow",
    "SheetHead",
    "building_sheet_pdf",
    "plan_workbook",
    "point_sheet_pdf",
]
