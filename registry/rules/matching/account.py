"""What the file changes field by field, who leaves, and what it says of doors."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from registry.rules import Door, DoorState, Origin, RosterRow, RowProblem
from registry.rules.matching.pairing import Pairing
from registry.rules.matching.places import Places
from registry.rules.matching.said import FIELDS, Said
from registry.rules.matching.values import (
    Added,
    FieldChange,
    FurtherDoor,
    Located,
    Matched,
    Registered,
    RegisteredPerson,
    RosterChange,
    house_of,
)


@dataclass(frozen=True, slots=True)
class Doubt:
    """Whom refused rows may have meant."""

    doors: frozenset[Door]
    names: frozenset[str]

    @classmethod
    def of(cls, places: Places, rows: Sequence[RosterRow]) -> "Doubt":
        placed, _ = places.locate([row for row in rows if row.door.building])
        names = (row.name for row in rows if not row.door.building and row.name)
        return cls(frozenset(here.door for here in placed), frozenset(names))

    def covers(self, person: RegisteredPerson) -> bool:
        return person.door in self.doors or person.name in self.names


def account_of(
    registered: Registered,
    pairing: Pairing,
    previous: Mapping[UUID, Said],
    refused: Sequence[RowProblem],
    doubt: Doubt,
) -> RosterChange:
    """Everything the file would do, each person in one part of it."""
    added = [Added(here.row, here.door) for here in (*pairing.rows, *pairing.new_heads)]
    sorted_out: dict[str, list[Matched]] = {"moved": [], "changed": [], "unchanged": []}
    for here, person in pairing.pairs:
        if person.has_left and person.id not in previous:
            added.append(Added(here.row, here.door, person))
        else:
            pair = _compare(here, person, previous.get(person.id))
            sorted_out[_kind(pair)].append(pair)
    for here, person in pairing.silent:
        sorted_out["unchanged"].append(Matched(person, here.row, person.door, is_silent=True))
    imported, left = _leaving(pairing, previous, doubt)
    new_doors, door_states, said_states, kept_states = _doors(registered, pairing.located)
    emptied = _emptied(registered, sorted_out["moved"], left, [new.door for new in added])
    door_states |= dict.fromkeys(emptied - said_states.keys(), DoorState.VACANT)
    for door in {new.door for new in added} | {pair.door for pair in sorted_out["moved"]}:
        if door_states.get(door, registered.doors.get(door)) is DoorState.VACANT is not said_states.get(door):
            door_states[door] = said_states.get(door, DoorState.UNVERIFIED)
            kept_states.pop(door, None)
    further = tuple(_further(pairing, added, [it for part in sorted_out.values() for it in part], previous))
    return RosterChange(
        new_doors,
        door_states,
        tuple(added),
        tuple(sorted_out["changed"]),
        tuple(sorted_out["moved"]),
        tuple(left),
        tuple(sorted_out["unchanged"]),
        tuple(refused),
        imported,
        said_states,
        kept_states,
        further,
    )


def _emptied(
    registered: Registered, moved: Sequence[Matched], left: Sequence[RegisteredPerson], come: Sequence[Door]
) -> set[Door]:
    """Doors of which nobody has said how they are lived in, and behind which nobody lives any more."""
    gone = [*left, *(pair.person for pair in moved)]
    emptied = {person.door for person in gone if registered.doors.get(person.door) is DoorState.UNVERIFIED}
    if not emptied:
        return emptied
    going = {person.id for person in gone}
    stay = {it.door for it in registered.people if not it.has_left and it.merged_into is None and it.id not in going}
    return emptied - stay - set(come) - {pair.door for pair in moved}


def _further(
    pairing: Pairing, added: Sequence[Added], matched: Sequence[Matched], previous: Mapping[UUID, Said]
) -> Iterator[FurtherDoor]:
    """Further doors that the registry does not know of. A file takes none away: a line that is missing says nothing."""
    guests = [here for here in pairing.located if here.row.guest_of]
    if not guests:
        return
    who: dict[tuple[str, int, str], tuple[RosterRow, RegisteredPerson | None, Door]] = {}
    homes = [(new.row, new.person, new.door) for new in added]
    homes += [(pair.row, pair.person, pair.door if _kind(pair) == "moved" else pair.person.door) for pair in matched]
    for row, person, home in homes:
        who.setdefault((row.sheet, row.line, row.name), (row, person, home))
    told: set[tuple[RosterRow, Door]] = set()
    for here in guests:
        row, person, home = who.get(here.row.guest_of or ("", 0, ""), (here.row, None, here.door))
        if here.door == home or (person and here.door in person.further) or (row, here.door) in told:
            continue
        told.add((row, here.door))
        said = previous.get(person.id) if person else None
        yield FurtherDoor(row, person, here.door, is_kept=said is not None and here.door in said.further)


def _kind(pair: Matched) -> str:
    if any(change.field == "door" for change in pair.changes):
        return "moved"
    return "changed" if pair.changes else "unchanged"


def _compare(here: Located, person: RegisteredPerson, said: Said | None) -> Matched:
    """A field changes only where the file differs from the file before and from the registry."""
    if person.has_left:
        # Somebody marked them as left though the file went on listing them.
        return Matched(person, here.row, here.door, kept=(FieldChange("left", True, False),))
    changes: list[FieldChange] = []
    kept: list[FieldChange] = []
    for name, new in _values(here, person, said):
        old = getattr(person, name)
        if new == old:
            continue
        change = FieldChange(name, old, new)
        (kept if said is not None and _said_before(here, said, name) else changes).append(change)
    replaced = frozenset(change.field for change in changes if _is_correction(change, here, said))
    return Matched(person, here.row, here.door, tuple(changes), tuple(kept), replaced)


def _is_correction(change: FieldChange, here: Located, said: Said | None) -> bool:
    """Whether the registry has something else than the last file said, which the new one takes away."""
    if change.field == "needs":
        return bool(said and said.needs and here.row.needs and (said.needs & here.row.needs) - frozenset(change.old))  # type: ignore[call-overload]
    return bool(change.old != (getattr(said, change.field) if said else ""))


def _values(here: Located, person: RegisteredPerson, said: Said | None) -> Iterator[tuple[str, object]]:
    """What the row says; an empty cell says nothing. Needs that no file spoke of were set by hand, and stay."""
    yield "door", here.door
    for name in FIELDS:
        if value := getattr(here.row, name):
            yield name, value
    if here.row.needs is not None:
        by_file = (said.needs if said else None) or frozenset()
        yield "needs", (person.needs - by_file) | here.row.needs


def _said_before(here: Located, said: Said, name: str) -> bool:
    new = here.door if name == "door" else getattr(here.row, name)
    return bool(getattr(said, name) == new)


def _leaving(pairing: Pairing, previous: Mapping[UUID, Said], doubt: Doubt) -> tuple[int, list[RegisteredPerson]]:
    """Those by import whom the file could have named and did not. It speaks only for the buildings it names."""
    speaks = {here.house for here in pairing.located if here.row.is_person or here.row.heads is not None}
    listed = {here.door for here in pairing.located}
    named = {here.door for here in pairing.located if here.row.is_person}
    free = {person.id for person in pairing.free()}

    def is_spoken_of(door: Door) -> bool:
        return door in listed or house_of(door) in speaks

    imported, left = 0, []
    for person in pairing.people:
        if person.has_left or person.origin is not Origin.IMPORT or not is_spoken_of(person.door):
            continue
        imported += house_of(person.door) in speaks
        if person.id not in free or doubt.covers(person):
            continue
        if person.id in pairing.surplus:
            left.append(person)
            continue
        said = previous.get(person.id)
        if said is not None and not is_spoken_of(said.door):
            continue  # moved here by hand: no file has ever named them here, so this one says nothing new
        # A door that stands there with an empty name says nothing of its people; heads leave only by a head count.
        if person.door not in listed or (person.is_described and person.door in named):
            left.append(person)
    return imported, left


def _doors(
    registered: Registered, located: list[Located]
) -> tuple[dict[Door, DoorState], dict[Door, DoorState], dict[Door, DoorState], dict[Door, FieldChange]]:
    """New doors; new states of known ones; what the file says of them; states set by hand that stand against it."""
    new: dict[Door, DoorState] = {}
    said: dict[Door, DoorState] = {}
    for here in located:
        if here.row.state:
            said[here.door] = here.row.state
        if here.door not in registered.doors:
            # Nobody has to ask at the door of a group: it is none.
            unasked = DoorState.SELF_OCCUPIED if here.house in registered.groups else DoorState.UNVERIFIED
            new[here.door] = said.get(here.door, unasked)
    states: dict[Door, DoorState] = {}
    kept: dict[Door, FieldChange] = {}
    for door, state in said.items():
        old = registered.doors.get(door, state)
        if old is state:
            continue
        before = registered.said_states.get(door)
        # What no file has spoken of was set by somebody who has asked there.
        is_by_hand = before is None and old is not DoorState.UNVERIFIED
        if before is state or is_by_hand:
            kept[door] = FieldChange("state", old, state)
        else:
            states[door] = state
    return new, states, said, kept
