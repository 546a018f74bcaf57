"""What of a long import may wait in its job's news: numbers and refused rows, nothing about a person."""

from typing import Any

from registry.rules import RowCode, RowProblem
from registry.usecases.importing import ImportAccount

SHOWN = 200  # refused rows; the numbers count all
Facts = dict[str, Any]


def preview_of(account: ImportAccount) -> Facts:
    """As JSON has it. Who is added, changed, moved or left stands encrypted beside the file, see `keep_comparison`."""
    return {
        "counts": account.counts,
        "asks_again": account.change.asks_again,
        "refused": [problem_facts(problem) for problem in account.refused[:SHOWN]],
        "import": str(account.import_id) if account.import_id else None,
    }


def problem_facts(problem: RowProblem) -> Facts:
    where = {"sheet": problem.sheet, "row": problem.row, "column": problem.column}
    return {**where, "code": problem.code.value, "facts": dict(problem.facts)}


def problem_of(facts: Facts) -> RowProblem:
    """The problem that these facts were made of."""
    told = tuple(facts["facts"].items())
    return RowProblem(facts["sheet"], facts["row"], facts["column"], RowCode(facts["code"]), told)
