"""What a person looks at before and after an import: plain values that may wait in a job's news. Names are masked."""

from collections.abc import Callable, Iterable, Iterator
from itertools import groupby, islice
from typing import Any

from bulou.masking import mask_name, mask_phone
from registry.rules import NeedKind, RowCode, RowProblem
from registry.rules.matching import Added, FieldChange, Matched
from registry.usecases.importing import ImportAccount

SHOWN = 200  # of each part; the numbers above count all
Facts = dict[str, Any]


def preview_of(account: ImportAccount) -> Facts:
    """Everything as JSON has it: door, masked name, and what changes from what to what."""
    change = account.change
    settled = (*change.changed, *change.moved, *change.unchanged)
    kept = [pair for pair in settled if pair.kept]
    return {
        "counts": account.counts,
        "asks_again": change.asks_again,
        "imported_before": change.imported_before,
        "new_doors": len(change.new_doors),
        "added": list(islice(_added_lines(change.added), SHOWN)),
        "changed": _first(change.changed, lambda pair: _pair_line(pair, pair.changes)),
        "moved": _first(change.moved, lambda pair: _pair_line(pair, pair.changes)),
        "left": _first(change.left, lambda person: {"door": str(person.door), "name": mask_name(person.name)}),
        "kept": _first(kept, lambda pair: _pair_line(pair, pair.kept)),
        "kept_count": len(kept),
        "refused": _first(account.refused, problem_facts),
        "notices": _first(account.notices, problem_facts),
        "notice_count": len(account.notices),
        "import": str(account.import_id) if account.import_id else None,
    }


def _first(things: Iterable[Any], line: Callable[[Any], Facts]) -> list[Facts]:
    return [line(thing) for thing, _ in zip(things, range(SHOWN), strict=False)]


def _added_lines(added: Iterable[Added]) -> Iterator[Facts]:
    """A line for each person with a name; people known only as heads stand in one line a door."""
    for (door, name, is_back), group in groupby(
        added, lambda new: (str(new.door), new.row.name, new.person is not None)
    ):
        heads = sum(1 for _ in group)
        if not name:
            yield {"door": door, "name": "", "heads": heads, "is_back": is_back}
        else:
            yield from [{"door": door, "name": mask_name(name), "heads": 1, "is_back": is_back}] * heads


def _pair_line(pair: Matched, changes: Iterable[FieldChange]) -> Facts:
    fields = [{"field": it.field, "old": _shown(it.field, it.old), "new": _shown(it.field, it.new)} for it in changes]
    return {"door": str(pair.person.door), "name": mask_name(pair.person.name), "fields": fields}


def _shown(field: str, value: object) -> str | list[str]:
    """Enough to recognise a change by, and no more. Needs stay words of the program, to be said in any language."""
    if field == "needs" and isinstance(value, frozenset):
        return sorted(kind.value for kind in value if isinstance(kind, NeedKind))
    if field == "name":
        return mask_name(str(value))
    if field == "phone":
        return mask_phone(str(value))
    if field == "identity_number":
        return f"…{str(value)[-4:]}" if value else ""
    return "" if isinstance(value, bool) else str(value)


def problem_facts(problem: RowProblem) -> Facts:
    where = {"sheet": problem.sheet, "row": problem.row, "column": problem.column}
    return {**where, "code": problem.code.value, "facts": dict(problem.facts)}


def problem_of(facts: Facts) -> RowProblem:
    """The problem that these facts were made of."""
    told = tuple(facts["facts"].items())
    return RowProblem(facts["sheet"], facts["row"], facts["column"], RowCode(facts["code"]), told)
