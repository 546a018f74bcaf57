"""What is compared, and what comes of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from registry.rules import Door, DoorState, NeedKind, Origin, RosterRow, RowProblem

LEAVING_SHARE = 0.10  # of those who came by import; more leaving asks again
House = tuple[str, str]  # compound, building


@dataclass(frozen=True, slots=True)
class RegisteredPerson:
    """A resident as the registry has them now."""

    id: UUID
    door: Door
    number: int
    origin: Origin
    name: str = ""  # empty = known only as a head
    phone: str = ""
    identity_number: str = ""
    needs: frozenset[NeedKind] = frozenset()
    has_left: bool = False
    registered_address: str = ""
    merged_into: UUID | None = None  # who this one turned out to be
    further: frozenset[Door] = frozenset()  # doors that they belong to too

    @property
    def is_described(self) -> bool:
        """More is known than that somebody lives here."""
        return bool(self.name or self.phone or self.identity_number)


@dataclass(frozen=True, slots=True)
class Registered:
    """The registry of one community."""

    people: Sequence[RegisteredPerson] = ()
    doors: Mapping[Door, DoorState] = field(default_factory=dict)
    said_states: Mapping[Door, DoorState] = field(
        default_factory=dict
    )  # what the last file said of a door, if anything
    aliases: Mapping[Door, Door] = field(default_factory=dict)  # other spellings, and doors that were merged or moved
    houses: Mapping[House, House] = field(default_factory=dict)  # buildings that were merged or renamed
    groups: frozenset[House] = frozenset()  # people without a door, known by the group's name


@dataclass(frozen=True, slots=True)
class FieldChange:
    """`old` is what the registry has, `new` what the file says."""

    field: str  # door, name, phone, identity_number, registered_address, needs; of a door: state
    old: object
    new: object


@dataclass(frozen=True, slots=True)
class Added:
    """Somebody new, or back again: then `person` is who left once."""

    row: RosterRow
    door: Door
    person: RegisteredPerson | None = None


@dataclass(frozen=True, slots=True)
class Matched:
    """A resident and the row that speaks of them. `kept` are corrections by hand that stand against the file."""

    person: RegisteredPerson
    row: RosterRow
    door: Door  # the row's, as the registry spells it
    changes: tuple[FieldChange, ...] = ()
    kept: tuple[FieldChange, ...] = ()
    replaced: frozenset[str] = frozenset()  # fields of `changes` in which the registry differs from the file before
    is_silent: bool = False  # the row means somebody who was merged into them: they are here, and nothing else is said


@dataclass(frozen=True, slots=True)
class FurtherDoor:
    """A door that somebody belongs to besides the one where they count, as a file says it."""

    row: RosterRow  # that speaks of the person: an added one has no id yet
    person: RegisteredPerson | None  # None = added by this file
    door: Door
    is_kept: bool = False  # a file said so before and somebody took it back: that stands


@dataclass(frozen=True, slots=True)
class RosterChange:
    """What a file would do. Persons stand in exactly one of added, changed, moved, left, unchanged."""

    new_doors: Mapping[Door, DoorState]
    door_states: Mapping[Door, DoorState]  # new states of doors that are known
    added: tuple[Added, ...]
    changed: tuple[Matched, ...]
    moved: tuple[Matched, ...]
    left: tuple[RegisteredPerson, ...]
    unchanged: tuple[Matched, ...]
    refused: tuple[RowProblem, ...]
    imported_before: int  # people by import in the buildings that the file speaks for
    said_states: Mapping[Door, DoorState] = field(default_factory=dict)  # what the file says of doors
    kept_states: Mapping[Door, FieldChange] = field(default_factory=dict)  # set by hand, and standing against the file
    further: tuple[FurtherDoor, ...] = ()

    @property
    def asks_again(self) -> bool:
        """More leave than a correction explains: perhaps the file is another compound's, or cut off."""
        return len(self.left) > LEAVING_SHARE * self.imported_before

    @property
    def changes_nothing(self) -> bool:
        return not (
            self.new_doors
            or self.door_states
            or self.added
            or self.changed
            or self.moved
            or self.left
            or self.new_further
        )

    @property
    def new_further(self) -> list[FurtherDoor]:
        return [it for it in self.further if not it.is_kept]


@dataclass(frozen=True, slots=True)
class Located:
    """A row, at the door as the registry spells it."""

    row: RosterRow
    door: Door
    house: House  # that the file names, as it is called today: it speaks for that one


def house_of(door: Door) -> House:
    return door.compound, door.building


def problem_of_row(row: RosterRow, code: object, **facts: str) -> RowProblem:
    return RowProblem(row.sheet, row.line, "", code, tuple(facts.items()))  # type: ignore[arg-type]
