"""The registry's refusals."""

from enum import StrEnum

from bulou.errors import Conflict, Invalid, NotFound
from bulou.i18n import _l


class Problem(StrEnum):
    """Why a file cannot be read at all."""

    EMPTY = "empty"
    TOO_LARGE = "too_large"
    BOMB = "bomb"
    BROKEN = "broken"
    PASSWORD = "password"
    WEB_PAGE = "web_page"
    ENCODING = "encoding"
    NO_TABLE = "no_table"


_PROBLEMS = {
    Problem.EMPTY: _l("The file is empty."),
    Problem.TOO_LARGE: _l("The file is too large: at most 50 MB, and what can be read within a minute. Please split it."),
    Problem.BOMB: _l("The file unpacks to far more than a roster can be. It was not opened."),
    Problem.BROKEN: _l("The file is damaged, or it is not a workbook. Please open it in your spreadsheet program and save it as .xlsx."),
    Problem.PASSWORD: _l("The file is locked with a password. Please save it without one."),
    Problem.WEB_PAGE: _l("The file is a web page with the name of a workbook. Please open it in your spreadsheet program and save it as .xlsx."),
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
