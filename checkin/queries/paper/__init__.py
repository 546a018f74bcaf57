"""What stands on paper lists, and what was typed in from them."""

from checkin.queries.paper.entered import GridRow, entered_point, list_entered, read_grid
from checkin.queries.paper.lists import (
    LaneSlot,
    list_door_buildings,
    list_lane_slots,
    people_of_building,
    people_of_slot,
)
from checkin.queries.paper.people import PaperPerson, read_people
from checkin.queries.paper.sheets import SheetLine, find_sheet_by_code, get_sheet, list_sheets

__all__ = [
    "GridRow",
    "LaneSlot",
    "PaperPerson",
    "SheetLine",
    "entered_point",
    "find_sheet_by_code",
    "get_sheet",
    "list_door_buildings",
    "list_entered",
    "list_lane_slots",
    "list_sheets",
    "people_of_building",
    "people_of_slot",
    "read_grid",
    "read_people",
]
