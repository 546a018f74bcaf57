"""The registry's refusals."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Any

from bulou.errors import Conflict, Invalid, NotFound
from bulou.i18n import _l


class Problem(StrEnum):
    """Why a file cannot be read at all."""

    EMPTY = "empty"
    TOO_LARGE = "too_large"
    BOMB = "bomb"
    BROKEN = "broken"
    PASSWORD = "password"  # noqa: S105 - a word for a kind of file
    WEB_PAGE = "web_page"
    ENCODING = "encoding"
    NO_TABLE = "no_table"


_PROBLEMS = {
    Problem.EMPTY: _l("The file is empty."),
    Problem.TOO_LARGE: _l(
        "The file is too large: at most 50 MB and 150,000 rows, and what can be read within a minute. Please split it."
    ),
    Problem.BOMB: _l("The file unpacks to far more than a roster can be. It was not opened."),
    Problem.BROKEN: _l(
        "The file is damaged, or it is not a workbook. Please open it in your spreadsheet program and save it as .xlsx."
    ),
    Problem.PASSWORD: _l("The file is locked with a password. Please save it without one."),
    Problem.WEB_PAGE: _l(
        "The file is a web page with the name of a workbook. "
        "Please open it in your spreadsheet program and save it as .xlsx."
    ),
    Problem.ENCODING: _l("The text of the file is neither UTF-8 nor GB18030. Please save it as .xlsx."),
    Problem.NO_TABLE: _l("The file is not a table. A roster is an .xlsx, .xls or .csv file."),
}  # fmt: skip


class FileUnreadable(Invalid):
    """No row could be read: the whole file is refused."""

    code = "roster.file_unreadable"

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem=problem.value)
        self.problem = problem
        self.text = _PROBLEMS[problem]  # type: ignore[misc]


class CommunityNotFound(NotFound):
    code = "community.not_found"
    text = _l("There is no community with this code.")


class CommunityTaken(Conflict):
    code = "community.taken"
    text = _l("There is already a community with the code %(code)s.")


class CommunityCodeWrong(Invalid):
    code = "community.code_wrong"
    text = _l("A community's code has four characters: digits and the letters A to Z without I, L, O and U.")


class NameEmpty(Invalid):
    code = "registry.name_empty"
    text = _l("A name is missing.")


class DoorColumnMissing(Invalid):
    code = "roster.door_column_missing"
    text = _l("Say which column holds the room number or the whole door: without it nobody knows where people live.")


class ColumnsUnknown(Invalid):
    """A program sent columns whose meaning nobody has said: without it what stands there would be lost unseen."""

    code = "roster.columns_unknown"
    text = _l(
        "It is not known what these columns mean: %(headers)s. Nothing was imported. "
        "Send column=HEADER=MEANING for each (ignored leaves it out), or say it once on the page where rosters are read in."
    )

    def __init__(self, columns: Sequence[tuple[str, str]], meanings: Sequence[str]) -> None:
        told = [{"sheet": sheet, "header": header} for sheet, header in columns]
        headers = ", ".join(f"“{header}”" for _sheet, header in columns)
        super().__init__(headers=headers, unknown_columns=told, meanings=list(meanings))


class ColumnTwice(Invalid):
    code = "roster.column_twice"
    text = _l("Two columns have the same meaning. Leave one of them, and let the other be ignored.")


class CompoundNotFound(NotFound):
    code = "compound.not_found"
    text = _l("There is no such compound.")


class CompoundTaken(Conflict):
    code = "compound.taken"
    text = _l("There is already a compound called %(name)s.")


class BuildingNotFound(NotFound):
    code = "building.not_found"
    text = _l("There is no such building.")


class BuildingTaken(Conflict):
    code = "building.taken"
    text = _l("The compound already has a building %(name)s.")


class BuildingInhabited(Conflict):
    """A building is marked as left only when nobody is counted there any more: nobody is to vanish with it."""

    code = "building.inhabited"
    text = _l(
        "%(people)d people still live in %(name)s. Move them, or mark them as left, door by door; then mark the building."
    )


class HouseholdNotFound(NotFound):
    code = "household.not_found"
    text = _l("There is no such door.")


class DoorIsGone(Conflict):
    """The door was merged into another."""

    code = "household.merged"
    text = _l("This door was merged into another one meanwhile.")


class DoorMissing(Invalid):
    code = "household.door_missing"
    text = _l("The room is missing.")


class DoorTaken(Conflict):
    code = "household.taken"
    text = _l("There is already a door %(door)s, or it is another spelling of one.")


class DoorIsDate(Invalid):
    code = "household.is_date"
    text = _l("“%(typed)s” is a date. Write the unit and the room, such as 2 and 501.")


class DoorElsewhere(Invalid):
    """What was typed names another building, or another unit than the one beside it, or cannot be read."""

    code = "household.elsewhere"
    text = _l(
        "“%(typed)s” is no door of %(name)s: it names another building or unit, or cannot be read. "
        "Write the unit and the room, such as 2 and 501."
    )


class DoorInhabited(Conflict):
    """Whoever lives behind a vacant door would still be called and counted."""

    code = "household.inhabited"
    text = _l(
        "%(door)s is not vacant: people on the roster there: %(people)d. Mark them as left or move them, then it is vacant."
    )


class DoorUnknown(Invalid):
    """What was typed names no door of the registry."""

    code = "household.unknown"
    text = _l("No door is written like “%(typed)s”. Write it like 3-2-501, or add it first.")


class DoorAmbiguous(Invalid):
    """What was typed names several doors."""

    code = "household.ambiguous"
    text = _l("“%(typed)s” may be one of these: %(choices)s. Write the whole door.")


class HeadsAreNamed(Conflict):
    code = "household.heads_are_named"
    text = _l(
        "%(named)d people of this door are known by name or number, so %(heads)d is too few. Mark those who left."
    )


class MovesNowhere(Invalid):
    code = "registry.moves_nowhere"
    text = _l("This is the door they live behind already.")


class MergesWithItself(Invalid):
    code = "registry.merges_with_itself"
    text = _l("Choose two different entries to merge.")


class MergeNotFound(NotFound):
    code = "merge.not_found"
    text = _l("Nobody has merged these two.")


class MergeContradicted(Conflict):
    """Something that the merge changed has been changed since: putting it back would lose that."""

    code = "merge.contradicted"
    text = _l("Since they were merged, this was changed: %(what)s. Put that back first, or correct both by hand.")


class GroupIsNoBuilding(Invalid):
    """A group has no units: doors of two units with one number would become one family."""

    code = "registry.group_is_no_building"
    text = _l("A building with doors and a group without doors cannot be one. Move the people instead.")


class UnitMissing(Invalid):
    code = "unit.missing"
    text = _l("Write the number or the name of the unit.")


class NotSure(Invalid):
    code = "registry.not_sure"
    text = _l("All doors go over to the other building. Tick the box if that is right.")


class GroupReadsAsBuilding(Invalid):
    """Files that name the group would mean that building."""

    code = "group.reads_as_building"
    text = _l("Lists would read this name as the building %(building)s. Add a word behind it, such as “team”.")


class DoorIsHome(Invalid):
    code = "household.is_home"
    text = _l("This is the door where the person counts; a further door is another one.")


class ResidentNotFound(NotFound):
    code = "resident.not_found"
    text = _l("There is no such resident.")


class ExcuseNotFound(NotFound):
    code = "excuse.not_found"
    text = _l("There is no such excuse.")


class ExcuseEndsBeforeItBegins(Invalid):
    code = "excuse.ends_before_it_begins"
    text = _l("The excuse ends before it begins.")


class ExcuseReviewed(Conflict):
    """Another decision than the one that was made."""

    code = "excuse.reviewed"
    text = _l("Somebody has reviewed this already.")


class RejectedWithoutReason(Invalid):
    code = "excuse.rejected_without_reason"
    text = _l("Say in a few words why it is rejected: whoever proposed it reads them.")


class CorrectionNotFound(NotFound):
    code = "correction.not_found"
    text = _l("There is no such correction.")


class CorrectionAnswered(Conflict):
    """Another answer than the one that was given."""

    code = "correction.answered"
    text = _l("Somebody has answered this already.")


class CorrectionIdReused(Conflict):
    code = "correction.id_reused"
    text = _l("This was sent for another door. Please load the page again.")


class MissingPersonUnnamed(Invalid):
    """Of an entry the kind says enough; who has none has to be named."""

    code = "registry.missing_person_unnamed"
    text = _l("Please write in a few words who is not listed.")


class TooManyCorrections(Conflict):
    code = "correction.too_many"
    text = _l("%(most)d messages from this door wait for an answer already. Please wait for it, or call.")


class DeclinedWithoutReason(Invalid):
    code = "correction.declined_without_reason"
    text = _l("Say in a few words why it stays as it is: the resident reads them.")


class UploadNotFound(NotFound):
    code = "roster.upload_not_found"
    text = _l("This file is no longer here: it was imported, or discarded. Please upload it again.")


class ImportNotFound(NotFound):
    code = "roster.import_not_found"
    text = _l("There is no such import.")


class ImportUndone(Conflict):
    code = "roster.import_undone"
    text = _l("This import has been taken back already.")


class LaterImport(Conflict):
    """Taking back what a later file was compared with: nobody is surprised by it."""

    code = "roster.later_import"
    text = _l("A later file, %(name)s, changed the same buildings. Take that one back first, or confirm.")


class RowsRefused(Invalid):
    """All or nothing: some rows are refused, and nobody said to skip them. `refused` lists them."""

    code = "roster.rows_refused"
    text = _l("%(count)d rows are refused, so nothing was imported. Correct them, or import without them.")


class TooManyLeave(Conflict):
    """More leave than a correction explains."""

    code = "roster.too_many_leave"
    text = _l(
        "%(leaving)d of %(imported)d people would leave. Nothing was imported. If that is right, confirm it and import again."
    )


class ChangedSincePreview(Conflict):
    """The file would do something else by now than what somebody has looked at."""

    code = "roster.changed_since_preview"
    text = _l(
        "Nothing was imported: the roster has changed since, and the file would do something else now. Look again below."
    )


class FileMissing(Invalid):
    code = "roster.file_missing"
    text = _l("No file was sent. Choose the roster first.")


class PlacesRefused(Invalid):
    """Lines of a table of places that cannot be used; then none is. `problems` are values of registry.rules.positions."""

    code = "places.refused"
    text = _l("%(count)d lines cannot be used, so nothing was changed. Correct them and send the table again.")

    def __init__(self, problems: Sequence[Any]) -> None:
        super().__init__(count=len(problems), lines=[{"line": p.line, "code": p.code.value} for p in problems])
        self.problems = problems


class NoPlaces(Invalid):
    code = "places.none"
    text = _l("No line with a position was found. Each line needs a name and two numbers, in columns of their own.")


class OriginUnknown(Conflict):
    code = "places.origin_unknown"
    text = _l(
        "Some buildings are known in metres already, and nobody has said where metre 0 is. Say that first, below."
    )


class OriginFixed(Conflict):
    code = "places.origin_fixed"
    text = _l("Places were reckoned from the present origin. Empty the positions first, then set another one.")


class PictureUnusable(Invalid):
    code = "drawing.unusable"
    text = _l(
        "This is no picture that can be used: a JPEG of at most 40 million pixels or a PNG of 20 million is needed, up to 10 MB."
    )


class DrawingNotFound(NotFound):
    code = "drawing.not_found"
    text = _l("There is no drawing of this compound.")


class ScaleUnusable(Invalid):
    code = "drawing.scale_unusable"
    text = _l("The two marks must lie apart, and the distance between them must be from 1 to 20,000 metres.")


class ScaleUnknown(Conflict):
    code = "drawing.scale_unknown"
    text = _l("Set the scale of the drawing first: two marks and the distance between them.")
