"""What the registry's words are called on pages, in workbooks and in refusals."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from accounts.words import FactWords, name_actions, name_facts
from bulou.i18n import _, _l
from bulou.masking import mask_name
from bulou.walltime import wall_datetime, wall_day, wall_time
from registry.errors import FileUnreadable, Problem
from registry.rules import (
    BuildingKind,
    ChangeKind,
    CorrectionKind,
    CorrectionState,
    DoorState,
    ExcuseKind,
    ExcuseState,
    NeedKind,
    Origin,
    RowCode,
    RowProblem,
)
from registry.rules.coordinates import System
from registry.rules.positions import PlaceCode, PlaceProblem
from registry.rules.undoing import WhyKept

STATE_NAMES: dict[DoorState, Any] = {
    DoorState.SELF_OCCUPIED: _l("self-occupied"),
    DoorState.LET: _l("let"),
    DoorState.VACANT: _l("vacant"),
    DoorState.UNVERIFIED: _l("unverified"),
}
KIND_NAMES: dict[BuildingKind, Any] = {
    BuildingKind.HOUSE: _l("a building with doors"),
    BuildingKind.GROUP: _l("a group without a door"),
}
NEED_NAMES: dict[NeedKind, Any] = {
    NeedKind.FRAIL: _l("frail"),
    NeedKind.LIVES_ALONE: _l("lives alone"),
    NeedKind.BED_BOUND: _l("bed-bound"),
    NeedKind.PREGNANT: _l("pregnant"),
    NeedKind.INFANT: _l("infant"),
    NeedKind.DIALYSIS: _l("dialysis or chemotherapy"),
    NeedKind.CHILD_ALONE: _l("child alone"),
    NeedKind.HOME_ISOLATION: _l("home isolation"),
    NeedKind.NO_PHONE: _l("no phone"),
    NeedKind.DOORSTEP: _l("doorstep sampling"),
}
EXCUSE_NAMES: dict[ExcuseKind, Any] = {
    ExcuseKind.SAMPLED_ELSEWHERE: _l("sampled elsewhere"),
    ExcuseKind.EXEMPT: _l("exempt"),
    ExcuseKind.AWAY: _l("away"),
    ExcuseKind.MOVED_OUT: _l("moved out"),
    ExcuseKind.IN_HOSPITAL: _l("in hospital"),
    ExcuseKind.IN_ISOLATION: _l("in isolation"),
    ExcuseKind.OTHER: _l("another reason"),
}
ORIGIN_NAMES: dict[Origin, Any] = {
    Origin.IMPORT: _l("from a file"),
    Origin.MANUAL: _l("added by hand"),
    Origin.WALK_IN: _l("came to a point"),
}
EXCUSE_STATES: dict[ExcuseState, Any] = {
    ExcuseState.PROPOSED: _l("to be reviewed"),
    ExcuseState.ACCEPTED: _l("accepted"),
    ExcuseState.REJECTED: _l("rejected"),
}
# What happened to an excuse; the words a history is told in (registry.queries.excuse_history).
EXCUSE_STEPS: dict[str, Any] = {
    "excused": _l("excuse entered"),
    "proposed": _l("excuse proposed"),
    "accepted": _l("excuse accepted"),
    "rejected": _l("excuse rejected"),
    "withdrawn": _l("excuse withdrawn"),
}
CORRECTION_NAMES: dict[CorrectionKind, Any] = {
    CorrectionKind.NAME: _l("The name is wrong"),
    CorrectionKind.PHONE: _l("The phone number is wrong"),
    CorrectionKind.DOOR: _l("The door is wrong"),
    CorrectionKind.NOT_HERE: _l("Does not live here any more"),
    CorrectionKind.MISSING_PERSON: _l("Somebody of the household is not listed"),
    CorrectionKind.NEED: _l("Needs help to come, or no longer does"),
    CorrectionKind.SAMPLED: _l("Shown as not sampled, but was sampled"),
    CorrectionKind.OTHER: _l("Something else is wrong"),
}
CORRECTION_STATES: dict[CorrectionState, Any] = {
    CorrectionState.OPEN: _l("not answered yet"),
    CorrectionState.DONE: _l("corrected"),
    CorrectionState.DECLINED: _l("declined"),
}
FIELD_NAMES: dict[str, Any] = {
    "door": _l("door"),
    "name": _l("name"),
    "phone": _l("phone"),
    "identity_number": _l("identity number"),
    "registered_address": _l("registered address"),
    "needs": _l("needs"),
    "left": _l("left"),
    "merged_into": _l("merged into"),
    "merged_from": _l("taken in"),
    "heads": _l("people"),
    "people": _l("who came over"),
    "floor": _l("floor"),
    "doors": _l("doors"),
    "further_door": _l("further door"),
    "state": _l("state of the door"),
    "building": _l("building"),
    "compound": _l("compound"),
    "unit": _l("unit"),
    "grid": _l("grid"),
    "position": _l("position"),
    "kind": _l("kind"),
}
CHANGE_NAMES: dict[ChangeKind, Any] = {
    ChangeKind.ADDED: _l("added"),
    ChangeKind.CHANGED: _l("changed"),
    ChangeKind.MOVED: _l("moved"),
    ChangeKind.MERGED: _l("merged"),
    ChangeKind.SEPARATED: _l("separated again"),
    ChangeKind.LEFT: _l("left"),
    ChangeKind.CAME_BACK: _l("came back"),
}
COLUMN_NAMES: dict[str, Any] = {
    "building": _l("building"),
    "unit": _l("unit"),
    "room": _l("room number, or the whole door (3-2-501)"),
    "address": _l("address that contains the door"),
    "compound": _l("compound"),
    "name": _l("name of a resident"),
    "phone": _l("telephone number"),
    "identity_number": _l("identity number"),
    "heads": _l("number of people at the door"),
    "needs": _l("special needs"),
    "state": _l("state of the door"),
    "registered_address": _l("registered address"),
    "link": _l("number that joins two sheets"),
    "row_id": _l("row id of our own export"),
    "ignored": _l("nothing: leave it out"),
}
ROW_SENTENCES: dict[RowCode, Any] = {
    RowCode.NO_TABLE: _l("No line with known column headers was found in this sheet (building, room, name …)."),
    RowCode.NO_DOORS: _l("No column of this sheet says at which door people live (building, unit, room)."),
    RowCode.DOOR_MISSING: _l("The room is missing."),
    RowCode.DOOR_UNREADABLE: _l("This cannot be read as a door. Write it like 3-2-501 or 3栋2单元501."),
    RowCode.DOOR_IS_DATE: _l("The spreadsheet has turned the door number into a date. Format the cell as text and type it again."),
    RowCode.DOOR_AMBIGUOUS: _l("The unit is missing, and this room is in several: %(choices)s."),
    RowCode.BUILDING_MISSING: _l("The building is missing."),
    RowCode.BUILDING_AMBIGUOUS: _l("Several compounds have this building: %(choices)s. Name the compound."),
    RowCode.TOO_LONG: _l("This is longer than %(limit)s characters."),
    RowCode.DIGITS_LOST: _l(
        "The spreadsheet has rounded this number, so its last digits are lost. Format the cell as text and type it again."
    ),
    RowCode.FORMULA_ERROR: _l("The cell shows the error of a formula."),
    RowCode.NOT_CALCULATED: _l(
        "The cell holds a formula without its result. Open the file in your spreadsheet program, save it, and choose it again."
    ),
    RowCode.LINK_UNKNOWN: _l("The sheet %(sheet)s has no line with this number, so nobody knows at which door these people live."),
    RowCode.PHONE_UNREADABLE: _l("This is not a telephone number. A mobile number has 11 digits."),
    RowCode.IDENTITY_UNREADABLE: _l("This is not the number of an identity document."),
    RowCode.IDENTITY_COUNT: _l("There are not as many identity numbers as names. Write each person on a line of their own."),
    RowCode.HEADS_UNREADABLE: _l("This is not a number of people."),
    RowCode.ROW_ID_REPEATED: _l("Another row has the same row id. Remove the id from the row that was copied."),
    RowCode.MOVED_OUT: _l(
        "“%(remark)s” stands behind the name. Delete the line if nobody lives here any more, or the remark if somebody does."
    ),
    RowCode.REMARK: _l(
        "“%(remark)s” stands behind the name and is not part of it."
        " The person is expected to come; an excuse is given on their page."
    ),
    RowCode.NAME_IS_VACANT: _l(
        "The name says that nobody lives here, and another column of this row that somebody does."
        " Please look whether that is right."
    ),
    RowCode.NEEDS_UNKNOWN: _l(
        "Not every word here is a need that is known (frail, lives alone, pregnant …): the others are left out."
    ),
    RowCode.NEEDS_SHARED: _l(
        "Several people stand in this row, and nobody knows whose need this is: none of them has it."
        " Write each person on a line of their own."
    ),
    RowCode.POSITIONS_ELSEWHERE: _l(
        "The columns %(columns)s are not read with the roster. To place the buildings by them, choose this same file "
        "under Positions and grids, where the coordinates (WGS-84, GCJ-02, BD-09) are named."
    ),
    RowCode.SHEET_IGNORED: _l("The sheet is no roster and was passed over."),
    RowCode.SHEET_HIDDEN: _l("The sheet is hidden and was passed over. If it counts, show it and choose the file again."),
    RowCode.ROWS_HIDDEN: _l("%(count)s hidden rows of this sheet were read like all others."),
    RowCode.OTHER_DOORS: _l("These people belong to several doors, and count at %(door)s."),
    RowCode.CHECK_DIGIT: _l("The last character of the identity number does not fit the others: one may be mistyped."),
    RowCode.IDENTITY_SHARED: _l("Line %(line)s of %(sheet)s has the same identity number with another name."),
    RowCode.PHONE_DROPPED: _l("Only the first telephone number was kept."),
    RowCode.HEADS_UNUSUAL: _l("%(heads)s people at one door: please look whether that is right."),
    RowCode.PERSON_REPEATED: _l("The same person stands in line %(line)s of %(sheet)s; counted once."),
    RowCode.SECOND_DOOR: _l("The same person stands in line %(line)s of %(sheet)s at another door, and counts there."),
    RowCode.SAME_AS_ABOVE: _l(
        "Nothing is written here of the door, or of its building: read as the same as in line %(above)s."
        " So were %(count)s lines of this sheet. Please look whether that is right."
    ),
    RowCode.STATES_DIFFER: _l(
        "Line %(line)s of %(sheet)s says something else of how this door is lived in. It is taken as %(stands)s:"
        " lived in before vacant, and of two the later line."
    ),
    RowCode.HEADS_DIFFER: _l(
        "Line %(line)s of %(sheet)s says another number of people at this door. The larger one is taken: %(stands)s."
    ),
}  # fmt: skip

name_actions(
    {
        "registry.building_added": _l("added the building %(about)s"),
        "registry.building_changed": _l("changed the building %(about)s"),
        "registry.buildings_merged": _l("merged another building into %(about)s"),
        "registry.buildings_placed": _l("changed positions of buildings"),
        "registry.compound_added": _l("added the compound %(about)s"),
        "registry.compound_renamed": _l("gave the compound %(about)s this name"),
        "registry.correction_answered": _l("answered what %(about)s said is wrong"),
        "registry.excuse_reviewed": _l("reviewed a proposed excuse of %(about)s"),
        "registry.drawing_put": _l("put in a drawing of %(about)s"),
        "registry.drawing_removed": _l("removed the drawing of %(about)s"),
        "registry.drawing_scaled": _l("set the scale of the drawing of %(about)s"),
        "registry.origin_set": _l("said where metre 0 is"),
        "registry.excuse_withdrawn": _l("withdrew an excuse of %(about)s"),
        "registry.excused": _l("excused %(about)s"),
        "registry.further_door_added": _l("noted a further door of %(about)s"),
        "registry.further_door_dropped": _l("took back a further door of %(about)s"),
        "registry.group_added": _l("added the group %(about)s"),
        "registry.import_undone": _l("took the import of %(about)s back"),
        "registry.heads_set": _l("set how many live at %(about)s"),
        "registry.door_state_set": _l("said how %(about)s is lived in"),
        "registry.household_added": _l("added the door %(about)s"),
        "registry.household_changed": _l("changed the door %(about)s"),
        "registry.households_merged": _l("merged another door into %(about)s"),
        "registry.needs_changed": _l("changed what %(about)s needs"),
        "registry.resident_added": _l("added %(about)s"),
        "registry.resident_back": _l("brought %(about)s back"),
        "registry.resident_changed": _l("changed the entry of %(about)s"),
        "registry.resident_left": _l("marked %(about)s as left"),
        "registry.resident_moved": _l("moved somebody: %(about)s"),
        "registry.residents_merged": _l("merged another entry into %(about)s"),
        "registry.households_separated": _l("separated the door %(about)s from one it was merged with"),
        "registry.buildings_separated": _l("separated the building %(about)s from one it was merged with"),
        "registry.residents_separated": _l("separated the entry of %(about)s from one it was merged with"),
        "registry.told_apart": _l("said that %(about)s and somebody alike are two people"),
        "registry.unmasked_resident": _l("looked at the full name and numbers of %(about)s"),
        "registry.building_moved": _l("moved the building %(about)s to another compound"),
        "registry.building_left": _l("marked the building %(about)s as left"),
        "registry.building_back": _l("said that the building %(about)s is lived in again"),
        "registry.roster_exported": _l("exported the roster"),
        "registry.roster_imported": _l("read in the roster %(about)s"),
        "registry.sampled_excuses_set": _l("set which excuses the form counts as sampled"),
        "registry.unmasked": _l("looked at the full names and numbers of %(about)s"),
    }
)


_EXCUSES = FactWords("", {kind.value: name for kind, name in EXCUSE_NAMES.items()})
name_facts("registry.excused", kind=_EXCUSES)
name_facts("registry.sampled_excuses_set", kinds=_EXCUSES)
name_facts(
    "registry.excuse_reviewed", state=FactWords("", {state.value: name for state, name in EXCUSE_STATES.items()})
)
name_facts("registry.door_state_set", state=FactWords("", {state.value: name for state, name in STATE_NAMES.items()}))
name_facts("registry.import_undone", kept=FactWords(_l("stay as they are")))
name_facts(
    "registry.correction_answered",
    kind=FactWords("", {kind.value: name for kind, name in CORRECTION_NAMES.items()}),
    state=FactWords("", {state.value: name for state, name in CORRECTION_STATES.items()}),
)


WHY_KEPT: dict[WhyKept, Any] = {
    WhyKept.SAMPLED: _l("was sampled since"),
    WhyKept.EXCUSED: _l("was excused since"),
    WhyKept.CHANGED_SINCE: _l("was changed since"),
    WhyKept.MERGED: _l("was merged since"),
}


def shown_name(name: str | None, number: int, heads: int | None = None) -> str:
    """The masked name; of whoever is known only as a head, which of how many of the household they are."""
    return mask_name(name) or _head_words(number, heads)


def shown_apart(name: str | None, number: int, heads: int | None) -> str:
    """The masked name of whom another one of the door is called alike, and which of its people they are."""
    return f"{mask_name(name)} {_head_words(number, heads)}".strip()


def full_name(name: str | None, number: int, heads: int | None = None) -> str:
    """The same in full, for those who may see it."""
    return name or _head_words(number, heads)


def _head_words(number: int, heads: int | None) -> str:
    """Numbers are never used twice, so that somebody may have a higher one than there are people."""
    if heads is None or number > heads:
        return _("Resident %(number)d", number=number)
    return _("Resident %(number)d of %(heads)d", number=number, heads=heads)


def value_words(field: str, value: Any) -> str:
    """A value of a change, as a history or a preview says it: the program's words in the reader's language."""
    if isinstance(value, bool):
        return str(_("yes") if value else _("no"))
    if field == "needs" and isinstance(value, list):
        return str(_(", ")).join(str(NEED_NAMES[NeedKind(kind)]) for kind in value)
    if field == "kind" and value:
        return str(KIND_NAMES[BuildingKind(value)])
    if field == "state" and value:
        return str(STATE_NAMES[DoorState(value)])
    if isinstance(value, list):
        return str(_(", ")).join(map(str, value))
    return "" if value is None else str(value)


def end_words(until_at: datetime | None, *, now: datetime, zone: str) -> str:
    """When an excuse ends, as people say it: today, or with the day of the week."""
    if until_at is None:
        return _("until it is withdrawn")
    if until_at <= now:
        return _("over since %(at)s", at=wall_datetime(until_at, zone))
    time = wall_time(until_at, zone)
    if wall_datetime(until_at, zone)[:10] == wall_datetime(now, zone)[:10]:
        return _("ends today at %(time)s", time=time)
    if until_at - now < timedelta(days=180):
        return _("ends %(day)s at %(time)s", day=wall_day(until_at, zone), time=time)
    return _("ends %(at)s", at=wall_datetime(until_at, zone))


def row_sentence(problem: RowProblem) -> str:
    """Why a row is refused, or what is noticed, in the reader's language."""
    facts = dict(problem.facts)
    if problem.code is RowCode.STATES_DIFFER:
        facts["stands"] = str(STATE_NAMES[DoorState(facts["stands"])])
    words = str(ROW_SENTENCES[problem.code])
    return words % facts if facts else words


# What of a merge was changed since: (table, column), or a row that is there no more, or again.
CONTRADICTIONS: dict[tuple[str, str], Any] = {
    ("resident", "merged_into"): _l("merged with somebody else"),
    ("household", "merged_into"): _l("merged with another door"),
    ("household", "state"): _l("state of the door"),
    ("resident", "household_id"): _l("who lives behind which door"),
    ("resident", "number"): _l("who lives behind which door"),
    ("resident", "left_at"): _l("who has left"),
    ("resident", "phone_index"): FIELD_NAMES["phone"],
    ("resident", "identity_index"): FIELD_NAMES["identity_number"],
    ("excuse", ""): _l("excuses"),
    ("need_flag", ""): _l("needs"),
    ("resident_door", ""): _l("further doors"),
    ("correction", ""): _l("what residents said is wrong"),
}


def say_contradictions(found: Iterable[tuple[str, str]]) -> str:
    """Which things; empty = something that stands in the way of one of the two."""
    said = (
        CONTRADICTIONS.get((table, column)) or CONTRADICTIONS.get((table, "")) or FIELD_NAMES.get(column)
        for table, column in found
    )
    words = dict.fromkeys(str(word) if word else _("which doors there are") for word in said)
    return _(", ").join(words) or _("which doors there are")


SYSTEM_NAMES: dict[System, Any] = {
    System.METRES: _l("metres east and north"),
    System.WGS84: _l("WGS-84 (GPS, OpenStreetMap)"),
    System.GCJ02: _l("GCJ-02 (Amap, Tencent, maps in China)"),
    System.BD09: _l("BD-09 (Baidu)"),
}
PLACE_PROBLEMS: dict[PlaceCode, Any] = {
    PlaceCode.NAME_MISSING: _l("the name is missing"),
    PlaceCode.UNKNOWN: _l("nothing here is called so; write the name as in the list"),
    PlaceCode.AMBIGUOUS: _l("several compounds have one of this name; add a column with the compound"),
    PlaceCode.REPEATED: _l("an earlier line named it already; keep one of the two"),
    PlaceCode.NUMBERS_MISSING: _l("one of the two numbers is missing"),
    PlaceCode.NOT_A_NUMBER: _l("one of the two is not a number"),
    PlaceCode.OUT_OF_RANGE: _l("such a place cannot be: the numbers are too large"),
    PlaceCode.SWAPPED: _l("latitude and longitude are swapped: exchange the two columns"),
    PlaceCode.ZERO: _l("both numbers are 0, which is a place in the sea; empty the cells if the position is unknown"),
    PlaceCode.NOT_IN_CHINA: _l("this is not in China, where GCJ-02 and BD-09 are used; is it WGS-84?"),
    PlaceCode.FAR_AWAY: _l("this is more than 20 km away from the others; correct it, or say below that it is meant"),
}


def say_place_problem(problem: PlaceProblem) -> str:
    """Line 7, 3栋: latitude and longitude are swapped …"""
    said = str(PLACE_PROBLEMS[problem.code])
    if not problem.line:
        return said
    if not problem.name:
        return _("Line %(line)d: %(problem)s", line=problem.line, problem=said)
    return _("Line %(line)d, %(name)s: %(problem)s", line=problem.line, name=problem.name, problem=said)


def say_file_problem(problem: str) -> str:
    """Why a file cannot be read at all; `problem` as a job's news keep it."""
    return FileUnreadable(Problem(problem)).sentence
