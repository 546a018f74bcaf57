"""From what one line says to rows of a roster: one for each person, or one for the household."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from bulou.text import LostDigits, clean_identity_number, clean_phone, clean_text, has_right_check_digit
from registry.reading import cells
from registry.reading.columns import Column
from registry.reading.refusals import LENGTHS, Refused
from registry.rules import Door, DoorState, RosterRow, RowCode, RowProblem

USUAL_HEADS = 12  # at one door; more is imported, and pointed out
Said = Mapping[Column, str]


def read_line(
    where: tuple[str, int], door: Door, said: Said, people: Sequence[Said]
) -> tuple[list[RosterRow], list[RowProblem]]:
    """The rows of a line, and what is odd in it. `people` are the columns of each person. Raises Refused."""
    row = RosterRow(
        *where,
        door,
        heads=_heads(said),
        needs=cells.read_needs(said.get(Column.NEEDS, "")),
        state=cells.read_state(said.get(Column.STATE, "")),
        registered_address=clean_text(said.get(Column.REGISTERED_ADDRESS, ""), max_length=200),
        row_id=clean_text(said.get(Column.ROW_ID, ""), max_length=40),
    )
    rows: list[RosterRow] = []
    notices: list[RowProblem] = []
    if not row.row_id and people and cells.is_vacant_word(people[0].get(Column.NAME, "")):
        return _vacant(row, said, people)
    for place, person in enumerate(people):
        if place and not any(person.values()):
            continue
        found, odd = _read_people(replace(row, row_id="") if place else row, person, place)
        if not place and len(people) > 1 and not found[0].name and not found[0].phone and not found[0].identity_number:
            continue  # the first of several places for people is empty
        rows, notices = rows + found, notices + odd
    if row.heads is not None and row.heads > USUAL_HEADS:
        heads = (("heads", str(row.heads)),)
        notices.append(RowProblem(*where, Column.HEADS, RowCode.HEADS_UNUSUAL, heads))
    rows, of_needs = _needs(rows or [row], said)
    return rows, notices + of_needs


def _vacant(row: RosterRow, said: Said, people: Sequence[Said]) -> tuple[list[RosterRow], list[RowProblem]]:
    """A door whose name cell says that nobody lives there: nobody is made of its numbers."""
    columns = (Column.PHONE, Column.IDENTITY_NUMBER)
    is_lived_in = bool(row.heads) or row.state not in (None, DoorState.VACANT)
    notices = [RowProblem(row.sheet, row.line, Column.NAME, RowCode.NAME_IS_VACANT)]
    empty = replace(
        row, needs=None, registered_address="", state=row.state or (None if is_lived_in else DoorState.VACANT)
    )
    has_numbers = any(person.get(column) for person in people for column in columns)
    return [empty], notices if is_lived_in or has_numbers else []


def _needs(rows: list[RosterRow], said: Said) -> tuple[list[RosterRow], list[RowProblem]]:
    """A need that several people of a row may have goes to none of them, and whoever reads the preview is told."""
    text, first = said.get(Column.NEEDS, ""), rows[0]
    codes = [RowCode.NEEDS_UNKNOWN] if text and cells.has_unknown_needs(text) else []
    if len(rows) > 1 and first.needs:
        codes.append(RowCode.NEEDS_SHARED)
        rows = [replace(row, needs=None) for row in rows]
    return rows, [RowProblem(first.sheet, first.line, Column.NEEDS, code) for code in codes]


def _read_people(row: RosterRow, said: Said, place: int) -> tuple[list[RosterRow], list[RowProblem]]:
    """Those whom one name cell names, with their numbers."""
    # A row of our own export is one person, however the name is written.
    names = _names(said, place, is_one=bool(row.row_id))
    remarks = [] if row.row_id else [remark for name in names if (remark := cells.read_remark(name)[1])]
    if gone := next(filter(cells.has_moved_out, remarks), None):
        raise Refused(Column.NAME, RowCode.MOVED_OUT, person=place, remark=gone)
    names = names if row.row_id else [cells.read_remark(name)[0] for name in names]
    phones, numbers = _phones(said, place), _identity_numbers(said, place)
    if len(numbers) > max(1, len(names)) or (len(names) > 1 and len(numbers) not in (0, len(names))):
        raise Refused(Column.IDENTITY_NUMBER, RowCode.IDENTITY_COUNT, person=place)
    notices = [
        RowProblem(row.sheet, row.line, Column.IDENTITY_NUMBER, RowCode.CHECK_DIGIT)
        for number in numbers
        if not has_right_check_digit(number)
    ]
    where = (row.sheet, row.line, Column.NAME)
    notices += [RowProblem(*where, RowCode.REMARK, (("remark", remark),)) for remark in remarks]
    if len(phones) > max(1, len(names)):
        notices.append(RowProblem(row.sheet, row.line, Column.PHONE, RowCode.PHONE_DROPPED))
    people = [
        replace(
            row,
            name=name,
            phone=_at(phones, at),
            identity_number=_at(numbers, at),
            row_id=row.row_id if at == 0 else "",
        )
        for at, name in enumerate(names or [""])
    ]
    return people, notices


def _at(values: list[str], place: int) -> str:
    return values[place] if place < len(values) else ""


def _names(said: Said, person: int, *, is_one: bool) -> list[str]:
    text = said.get(Column.NAME, "")
    names = ([clean_text(text, max_length=200)] if text else []) if is_one else cells.read_names(text)
    if any(len(name) > LENGTHS[Column.NAME] for name in names):
        raise Refused(Column.NAME, RowCode.TOO_LONG, person=person, limit=str(LENGTHS[Column.NAME]))
    return names


def _phones(said: Said, person: int) -> list[str]:
    try:
        return [phone for text in cells.read_numbers(said.get(Column.PHONE, "")) if (phone := clean_phone(text))]
    except LostDigits:
        raise Refused(Column.PHONE, RowCode.DIGITS_LOST, person=person) from None
    except ValueError:
        raise Refused(Column.PHONE, RowCode.PHONE_UNREADABLE, person=person) from None


def _identity_numbers(said: Said, person: int) -> list[str]:
    texts = cells.read_numbers(said.get(Column.IDENTITY_NUMBER, ""))
    try:
        return [number for text in texts if (number := clean_identity_number(text))]
    except LostDigits:
        raise Refused(Column.IDENTITY_NUMBER, RowCode.DIGITS_LOST, person=person) from None
    except ValueError:
        raise Refused(Column.IDENTITY_NUMBER, RowCode.IDENTITY_UNREADABLE, person=person) from None


def _heads(said: Said) -> int | None:
    try:
        return cells.read_heads(said.get(Column.HEADS, ""))
    except ValueError:
        raise Refused(Column.HEADS, RowCode.HEADS_UNREADABLE) from None
