"""Lines that speak of the same person, joined."""

from collections.abc import Callable, Iterable
from dataclasses import replace

from registry.rules import Door, DoorState, RosterRow, RowCode, RowProblem


def join_people(rows: Iterable[RosterRow]) -> tuple[list[RosterRow], list[RowProblem]]:
    """One row for each person: a line repeated at the same door is joined, a second door of the same person is only a door.

    An identity number that stands beside two different names belongs to one of them at most; both are told.
    """
    kept: dict[int, RosterRow] = {}
    notices: list[RowProblem] = []
    at_door: dict[tuple[Door, str], list[int]] = {}
    by_identity: dict[str, int] = {}
    for place, row in enumerate(rows):
        kept[place] = row
        if not row.name:
            continue
        same = next((at for at in at_door.get((row.door, row.name), ()) if _may_be_one(kept[at], row)), None)
        other = by_identity.get(row.identity_number) if row.identity_number else None
        if same is not None:
            kept[same] = _joined(kept[same], row)
            del kept[place]
            notices.append(_notice(row, RowCode.PERSON_REPEATED, kept[same]))
            continue
        if other is not None and kept[other].name == row.name:
            kept[place] = replace(
                row, name="", phone="", identity_number="", registered_address="", needs=None, row_id=""
            )
            if row.door != kept[other].door:
                first = kept[other]
                kept[place] = replace(kept[place], guest_of=(first.sheet, first.line, first.name))
            notices.append(_notice(row, RowCode.SECOND_DOOR, kept[other]))
            continue
        if other is not None:
            notices.append(_notice(row, RowCode.IDENTITY_SHARED, kept[other]))
        at_door.setdefault((row.door, row.name), []).append(place)
        by_identity.setdefault(row.identity_number, place)
    return list(kept.values()), notices


_LIVED_IN = (DoorState.UNVERIFIED, DoorState.VACANT)  # the later one beats the earlier; any other state beats both


def join_doors(rows: Iterable[RosterRow]) -> tuple[list[RosterRow], list[RowProblem]]:
    """One state for each door, whatever its rows say: lived in before vacant before unverified, and of two the later row.

    Of two head counts the larger one is taken by whoever compares; both are told, once for each door.
    """
    given = list(rows)
    states, heads = _last_of_most(given, _weight), _last_of_most(given, lambda row: row.heads)
    notices = [_differs(row, RowCode.STATES_DIFFER, states[row.door]) for row in given if row.state]
    notices += [_differs(row, RowCode.HEADS_DIFFER, heads[row.door]) for row in given if row.heads is not None]
    once = {(notice.code, door): notice for door, notice in reversed([it for it in notices if it is not None])}
    kept = [replace(row, state=states[row.door].state) if row.state else row for row in given]
    return kept, sorted(once.values(), key=lambda notice: notice.row)


def _last_of_most(rows: Iterable[RosterRow], weight: Callable[[RosterRow], int | None]) -> dict[Door, RosterRow]:
    """Of each door the row that weighs most; None = says nothing."""
    found: dict[Door, RosterRow] = {}
    for row in rows:
        here = weight(row)
        if here is not None and here >= (weight(found[row.door]) or 0 if row.door in found else 0):
            found[row.door] = row
    return found


def _differs(row: RosterRow, code: RowCode, stands: RosterRow) -> tuple[Door, RowProblem] | None:
    value, other = (row.state, stands.state) if code is RowCode.STATES_DIFFER else (row.heads, stands.heads)
    if value == other:
        return None
    notice = _notice(row, code, stands)
    return row.door, replace(notice, facts=(*notice.facts, ("stands", str(other))))


def _weight(row: RosterRow) -> int | None:
    if row.state is None:
        return None
    return _LIVED_IN.index(row.state) if row.state in _LIVED_IN else len(_LIVED_IN)


def _notice(row: RosterRow, code: RowCode, first: RosterRow) -> RowProblem:
    return RowProblem(row.sheet, row.line, "", code, (("sheet", first.sheet), ("line", str(first.line))))


def _may_be_one(first: RosterRow, second: RosterRow) -> bool:
    """Same name at the same door, and nothing that tells them apart."""
    pairs = (
        (first.phone, second.phone),
        (first.identity_number, second.identity_number),
        (first.row_id, second.row_id),
    )
    return all(not one or not two or one == two for one, two in pairs)


def _joined(first: RosterRow, second: RosterRow) -> RosterRow:
    return replace(
        first,
        phone=first.phone or second.phone,
        identity_number=first.identity_number or second.identity_number,
        registered_address=first.registered_address or second.registered_address,
        row_id=first.row_id or second.row_id,
        heads=max((heads for heads in (first.heads, second.heads) if heads is not None), default=None),
        needs=first.needs | second.needs if first.needs and second.needs else first.needs or second.needs,
        state=first.state or second.state,
    )
