"""The roster as a workbook. It imports again unchanged: every person's row carries their id."""

from collections import defaultdict
from collections.abc import Iterator

from bulou.i18n import _
from bulou.ordering import natural_key
from bulou.workbook import Cell, Column, Sheet, write_workbook
from registry.rules import Door
from registry.rules.matching import Registered, RegisteredPerson
from registry.words import NEED_NAMES, STATE_NAMES


def roster_workbook(registered: Registered) -> bytes:
    """Everybody who lives here, with names and numbers in full, door by door."""
    return write_workbook([Sheet(_("Roster"), columns_of_a_roster(), _rows(registered))])


def columns_of_a_roster() -> list[Column]:
    """Headers that the import understands, in either language."""
    return [
        Column(_("Compound"), 16),
        Column(_("Building"), 10),
        Column(_("Unit"), 10),
        Column(_("Room number"), 10),
        Column(_("Resident's name"), 14),
        Column(_("Resident's phone"), 16),
        Column(_("Identity number"), 22),
        Column(_("People in the household"), 10, kind="count"),
        Column(_("Special needs"), 20),
        Column(_("State of the door"), 14),
        Column(_("Registered address"), 24),
        Column(_("Row id"), 38),
    ]


def _rows(registered: Registered) -> Iterator[list[Cell]]:
    at_door: dict[Door, list[RegisteredPerson]] = defaultdict(list)
    for person in registered.people:
        if not person.has_left and person.merged_into is None:
            at_door[person.door].append(person)
    for door in sorted(registered.doors, key=_door_order):
        people = sorted(at_door[door], key=lambda person: person.number)
        known = [
            person
            for person in people
            if person.name or person.phone or person.identity_number or person.needs or person.registered_address
        ]
        # A group has no door, and a row needs one: there the file says that everybody of it is meant.
        where = [door.compound, door.building, door.unit, door.room or _("everybody")]
        state = str(STATE_NAMES[registered.doors[door]])
        for person in known:
            needs = _(", ").join(str(NEED_NAMES[kind]) for kind in sorted(person.needs))
            # Where everybody has a row, the rows are the count: who is deleted here leaves, and is not replaced by a head.
            heads = len(people) if len(known) < len(people) else None
            numbers: list[Cell] = [person.name, person.phone, person.identity_number, heads, needs]
            yield [*where, *numbers, state, person.registered_address, str(person.id)]
        if not known:
            yield [*where, None, None, None, len(people), None, state, None, None]


def _door_order(door: Door) -> tuple[object, ...]:
    return (door.compound, natural_key(door.building), natural_key(door.unit), natural_key(door.room))
