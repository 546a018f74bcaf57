"""What files said of a resident: a correction by hand is told from it."""

from dataclasses import dataclass

from registry.rules import Door, NeedKind, RosterRow

FIELDS = (
    "name",
    "phone",
    "identity_number",
    "registered_address",
)  # texts of a row, of a resident and of what was said


@dataclass(frozen=True, slots=True)
class Said:
    """What the last files said of a resident: of each field the last value that was not empty."""

    door: Door
    name: str = ""
    phone: str = ""
    identity_number: str = ""
    needs: frozenset[NeedKind] | None = None
    registered_address: str = ""
    further: frozenset[Door] = frozenset()  # doors that they belong to too


def said_now(row: RosterRow, door: Door, before: Said | None) -> Said:
    """What the files have said of a resident once this row is taken in."""
    before = before or Said(door)
    needs = before.needs if row.needs is None else row.needs
    return Said(
        door,
        row.name or before.name,
        row.phone or before.phone,
        row.identity_number or before.identity_number,
        needs,
        row.registered_address or before.registered_address,
        before.further,
    )


def say(row: RosterRow, door: Door) -> Said:
    """What a row says of somebody new."""
    return Said(door, row.name, row.phone, row.identity_number, row.needs, row.registered_address)
