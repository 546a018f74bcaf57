"""The registry's words and decisions: doors, roster rows, who is who. Pure."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class DoorState(StrEnum):
    SELF_OCCUPIED = "self_occupied"
    LET = "let"
    VACANT = "vacant"
    UNVERIFIED = "unverified"  # nobody has asked yet


class BuildingKind(StrEnum):
    HOUSE = "house"
    GROUP = "group"  # people without a door: guards, shops, a building site


class Origin(StrEnum):
    """How a resident came to be known."""

    IMPORT = "import"  # only these leave by absence from a file
    MANUAL = "manual"
    WALK_IN = "walk_in"


class NeedKind(StrEnum):
    FRAIL = "frail"
    LIVES_ALONE = "lives_alone"
    BED_BOUND = "bed_bound"
    PREGNANT = "pregnant"
    INFANT = "infant"
    DIALYSIS = "dialysis"  # or chemotherapy
    CHILD_ALONE = "child_alone"
    HOME_ISOLATION = "home_isolation"
    NO_PHONE = "no_phone"
    DOORSTEP = "doorstep"  # is sampled at the door


DOORSTEP_NEEDS = frozenset({NeedKind.BED_BOUND, NeedKind.HOME_ISOLATION, NeedKind.DOORSTEP})
# Who is shown a mark that lets them pass the queue. The mark never says why.
GREEN_LANE_NEEDS = frozenset(
    {NeedKind.FRAIL, NeedKind.BED_BOUND, NeedKind.PREGNANT, NeedKind.INFANT, NeedKind.DIALYSIS}
)


@dataclass(frozen=True, slots=True)
class Position:
    """In metres east and north of a place that is the same for all; both or none."""

    x: float | None
    y: float | None


class ExcuseKind(StrEnum):
    SAMPLED_ELSEWHERE = "sampled_elsewhere"
    EXEMPT = "exempt"
    AWAY = "away"
    MOVED_OUT = "moved_out"
    IN_HOSPITAL = "in_hospital"
    IN_ISOLATION = "in_isolation"
    OTHER = "other"


# Never told to queue or to go to a point.
STAYS_AWAY = frozenset({ExcuseKind.IN_HOSPITAL, ExcuseKind.IN_ISOLATION})


class ExcuseState(StrEnum):
    PROPOSED = "proposed"  # from a volunteer: still missing until reviewed
    ACCEPTED = "accepted"
    REJECTED = "rejected"


class ChangeKind(StrEnum):
    """What happened to an entry of the registry."""

    ADDED = "added"
    CHANGED = "changed"
    MOVED = "moved"
    MERGED = "merged"
    SEPARATED = "separated"  # a merge by mistake was taken back
    LEFT = "left"
    CAME_BACK = "came_back"


class MergeKind(StrEnum):
    """What two entries were made one."""

    RESIDENT = "resident"
    HOUSEHOLD = "household"
    BUILDING = "building"


class CorrectionKind(StrEnum):
    """What a resident says is wrong."""

    NAME = "name"
    PHONE = "phone"
    DOOR = "door"
    NOT_HERE = "not_here"  # does not live here any more
    MISSING_PERSON = "missing_person"  # somebody of the household is not listed
    NEED = "need"  # needs help to come, or no longer
    SAMPLED = "sampled"  # shown as missing though sampled
    OTHER = "other"


class CorrectionState(StrEnum):
    OPEN = "open"
    DONE = "done"
    DECLINED = "declined"


@dataclass(frozen=True, slots=True)
class RosterChanged:
    """People or doors of a community were added, changed, moved or left."""

    community_id: str
    building_ids: tuple[UUID, ...]  # empty = any


@dataclass(frozen=True, slots=True)
class ResidentsMerged:
    """Two entries turned out to be one person: what was known of `gone` is known of `kept` from now on."""

    community_id: str
    gone: UUID
    kept: UUID


@dataclass(frozen=True, slots=True)
class HoldingResidents:
    """Their rows are about to be held: whoever holds rows of their own with theirs does so first, as scans do.

    In one order everywhere, nobody waits in a circle.
    """

    community_id: str
    residents: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class ResidentsMerging:
    """They are about to be made one: whoever has to put something back should it be a mistake keeps it now."""

    community_id: str
    gone: UUID
    kept: UUID


@dataclass(frozen=True, slots=True)
class ResidentsSeparated:
    """They are two people after all, as they were before they were made one at `merged_at`."""

    community_id: str
    gone: UUID
    kept: UUID
    merged_at: datetime


# What a roster file says.


class RowCode(StrEnum):
    """Why a row is refused, or what is noticed in one that is taken."""

    NO_TABLE = "sheet.no_table"
    NO_DOORS = "sheet.no_doors"
    DOOR_MISSING = "door.missing"
    DOOR_UNREADABLE = "door.unreadable"
    DOOR_IS_DATE = "door.is_date"
    DOOR_AMBIGUOUS = "door.ambiguous"
    BUILDING_MISSING = "building.missing"
    BUILDING_AMBIGUOUS = "building.ambiguous"
    TOO_LONG = "text.too_long"
    DIGITS_LOST = "number.digits_lost"
    FORMULA_ERROR = "cell.formula_error"
    NOT_CALCULATED = "cell.not_calculated"
    LINK_UNKNOWN = "link.unknown"
    PHONE_UNREADABLE = "phone.unreadable"
    IDENTITY_UNREADABLE = "identity.unreadable"
    IDENTITY_COUNT = "identity.count"
    HEADS_UNREADABLE = "heads.unreadable"
    ROW_ID_REPEATED = "row_id.repeated"
    MOVED_OUT = "person.moved_out"
    # Notices: the row is taken.
    SHEET_IGNORED = "sheet.ignored"
    POSITIONS_ELSEWHERE = "sheet.positions_elsewhere"
    SHEET_HIDDEN = "sheet.hidden"  # refused where the file has nothing else
    ROWS_HIDDEN = "sheet.rows_hidden"
    OTHER_DOORS = "person.other_doors"
    CHECK_DIGIT = "identity.check_digit"
    IDENTITY_SHARED = "identity.shared"
    PHONE_DROPPED = "phone.dropped"
    REMARK = "person.remark"
    NAME_IS_VACANT = "name.is_vacant"
    NEEDS_UNKNOWN = "needs.unknown"
    NEEDS_SHARED = "needs.shared"
    HEADS_UNUSUAL = "heads.unusual"
    PERSON_REPEATED = "person.repeated"
    SECOND_DOOR = "person.second_door"
    SAME_AS_ABOVE = "door.same_as_above"
    STATES_DIFFER = "door.states_differ"
    HEADS_DIFFER = "door.heads_differ"


@dataclass(frozen=True, slots=True)
class RowProblem:
    """A row that is refused, or something noticed in it; where to look, and the facts of its sentence.

    The facts never hold a whole number of a person: they are shown and kept.
    """

    sheet: str
    row: int  # as the spreadsheet numbers its lines, from 1; 0 = the sheet as a whole
    column: str  # the header of the cell; empty = the row as a whole
    code: RowCode
    facts: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Door:
    """The natural key of a household. Every part is in its one spelling."""

    compound: str  # empty = not said
    building: str
    unit: str  # empty = the building has no named units, or it was not said
    room: str

    def __str__(self) -> str:
        return f"{self.compound}{door_words(self.building, self.unit, self.room)}"


@dataclass(frozen=True, slots=True)
class RosterRow:
    """What one line of a file says of one person or of one household. Empty (or None) says nothing."""

    sheet: str
    line: int
    door: Door
    name: str = ""  # empty = the row is about the household
    phone: str = ""
    identity_number: str = ""
    heads: int | None = None  # everybody in the household, whoever is named
    needs: frozenset[NeedKind] | None = None
    state: DoorState | None = None
    row_id: str = ""  # the resident's id in our own export
    registered_address: str = ""  # where the person is registered, if not here
    guest_of: tuple[str, int, str] | None = (
        None  # sheet, line and name of somebody who counts there and belongs here too
    )

    @property
    def is_person(self) -> bool:
        """It speaks of one person, though perhaps without a name. Otherwise it speaks of the household."""
        person = self.name or self.phone or self.identity_number or self.registered_address
        return bool(person or self.needs or self.row_id)


def door_words(building: str | None, unit: str | None, room: str | None) -> str:
    """3栋2单元501: a door as people say it. What is not known is left out."""
    return f"{building or ''}{unit or ''}{room or ''}"


def floor_of(room: str) -> int | None:
    """The floor that a room's number tells: 501 → 5, 1203 → 12, -101 → -1; None where it tells none."""
    digits = room.lstrip("-").rstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    if not digits.isascii() or not digits.isdigit() or len(digits) < 3:
        return None
    # Five digits may begin with the unit: 20501 is 501 of unit 2. No house has 100 floors.
    floor = int(digits[:-2]) if len(digits) < 5 else int(digits[-4:-2])
    if floor == 0:
        return None
    return -floor if room.startswith("-") else floor
