"""Who is who between a file and the registry. Values in, values out; each step keeps the order of DESIGN.md.

Row id of our own export; identity number; name at the door; name and phone elsewhere (moved). A name alone moves nobody.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from uuid import UUID

from registry.rules import Door, DoorState, NeedKind, Origin, RosterRow, RowCode, RowProblem

LEAVING_SHARE = 0.10  # of those who came by import; more leaving asks again


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


@dataclass(frozen=True, slots=True)
class Said:
    """What the last files said of a resident: of each field the last value that was not empty."""

    door: Door
    name: str = ""
    phone: str = ""
    identity_number: str = ""
    needs: frozenset[NeedKind] | None = None


@dataclass(frozen=True, slots=True)
class Registered:
    """The registry of one community."""

    people: Sequence[RegisteredPerson] = ()
    doors: Mapping[Door, DoorState] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FieldChange:
    """`old` is what the registry has, `new` what the file says."""

    field: str  # door, name, phone, identity_number, needs
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


@dataclass(frozen=True, slots=True)
class RosterChange:
    """What a file would do. Persons stand in exactly one of added, changed, moved, left, unchanged."""

    new_doors: Mapping[Door, DoorState]
    door_states: Mapping[Door, DoorState]  # of doors nobody had asked at
    added: tuple[Added, ...]
    changed: tuple[Matched, ...]
    moved: tuple[Matched, ...]
    left: tuple[RegisteredPerson, ...]
    unchanged: tuple[Matched, ...]
    refused: tuple[RowProblem, ...]
    imported_before: int  # people by import in the buildings that the file speaks for

    @property
    def asks_again(self) -> bool:
        """More leave than a correction explains: perhaps the file is another compound's, or cut off."""
        return len(self.left) > LEAVING_SHARE * self.imported_before

    @property
    def changes_nothing(self) -> bool:
        return not (self.new_doors or self.door_states or self.added or self.changed or self.moved or self.left)


def match_roster(
    registered: Registered,
    rows: Sequence[RosterRow],
    previous: Mapping[UUID, Said],
    *,
    default_compound: str = "",
    unsure: Sequence[RosterRow] = (),
) -> RosterChange:
    """Compare a file with the registry and with the file before it. Empty compounds are `default_compound`.

    `unsure` are rows that could not be taken: whoever lives at their doors, or has their names, does not leave.
    """
    located, refused = _locate(registered, rows, default_compound)
    matching = _Matching(registered, located)
    refused += matching.by_row_id()
    matching.by_identity_number()
    matching.by_name_at_the_door()
    matching.by_what_the_last_file_said(previous)
    matching.by_name_and_phone_elsewhere()
    matching.by_giving_a_head_its_name()
    matching.by_number_of_heads()
    refused_here = {(problem.sheet, problem.row) for problem in refused}
    doubtful = [*unsure, *(replace(row, door=_NOWHERE) for row in rows if (row.sheet, row.line) in refused_here)]
    return _account(registered, matching, previous, refused, _Doubt.of(registered, doubtful, default_compound))


_NOWHERE = Door("", "", "", "")


@dataclass(frozen=True, slots=True)
class _Doubt:
    """Whom refused rows may have meant."""

    doors: frozenset[Door]
    names: frozenset[str]

    @classmethod
    def of(cls, registered: Registered, rows: Sequence[RosterRow], default_compound: str) -> "_Doubt":
        placed, _ = _locate(registered, [row for row in rows if row.door.building], default_compound)
        names = (row.name for row in rows if not row.door.building and row.name)
        return cls(frozenset(here.door for here in placed), frozenset(names))

    def covers(self, person: RegisteredPerson) -> bool:
        return person.door in self.doors or person.name in self.names


@dataclass(frozen=True, slots=True)
class _Located:
    """A row, at the door as the registry spells it."""

    row: RosterRow
    door: Door


# Where a row says less than a door needs, the registry and the rest of the file say it, if only one answer is possible.


def _locate(
    registered: Registered, rows: Sequence[RosterRow], default_compound: str
) -> tuple[list[_Located], list[RowProblem]]:
    compounds: dict[str, set[str]] = defaultdict(set)
    for door in (*registered.doors, *(row.door for row in rows)):
        if door.compound:
            compounds[door.building].add(door.compound)
    located, refused = [], []
    for row in rows:
        possible = {row.door.compound} if row.door.compound else compounds[row.door.building]
        if not row.door.compound and (not possible or default_compound in possible):
            possible = {default_compound}
        if len(possible) > 1:
            refused.append(_problem(row, RowCode.BUILDING_AMBIGUOUS, choices=", ".join(sorted(possible))))
        else:
            located.append(_Located(row, replace(row.door, compound=min(possible))))
    return _locate_units(registered, located, refused)


def _locate_units(
    registered: Registered, located: list[_Located], refused: list[RowProblem]
) -> tuple[list[_Located], list[RowProblem]]:
    known = _units(registered.doors)
    in_file = _units(here.door for here in located)
    done = []
    for here in located:
        door = here.door
        place = (door.compound, door.building, door.room)
        named = (known[place] | in_file[place]) - {""}
        if not door.unit and "" not in known[place] and len(named) > 1:
            refused.append(_problem(here.row, RowCode.DOOR_AMBIGUOUS, choices=", ".join(sorted(named))))
            continue
        if not door.unit and "" not in known[place] and named:
            door = replace(door, unit=min(named))
        elif door.unit and known[place] == {""} and len(in_file[place] - {""}) == 1:
            door = replace(door, unit="")
        done.append(_Located(here.row, door))
    return done, refused


def _units(doors: Iterable[Door]) -> dict[tuple[str, str, str], set[str]]:
    units: dict[tuple[str, str, str], set[str]] = defaultdict(set)
    for door in doors:
        units[door.compound, door.building, door.room].add(door.unit)
    return units


class _Matching:
    """Rows and residents that are still without a partner, and the pairs found so far."""

    def __init__(self, registered: Registered, located: list[_Located]) -> None:
        self.people = sorted(registered.people, key=lambda person: (person.has_left, person.number, str(person.id)))
        self.rows = sorted((here for here in located if here.row.is_person), key=_row_key)
        self.household_rows = [here for here in located if not here.row.is_person]
        self.located = located
        self.pairs: list[tuple[_Located, RegisteredPerson]] = []
        self.new_heads: list[_Located] = []
        self.surplus: set[UUID] = set()  # more than the head count says
        self._taken: set[UUID] = set()

    def free(self) -> Iterator[RegisteredPerson]:
        return (person for person in self.people if person.id not in self._taken)

    def take(self, here: _Located, person: RegisteredPerson) -> None:
        self.pairs.append((here, person))
        self._taken.add(person.id)

    def take_where(self, keys_of_row, keys_of_person, *, alone: bool) -> None:  # type: ignore[no-untyped-def]
        """Pair rows and residents with an equal key; `alone`: only where the key is one row's and one resident's."""
        people: dict[object, list[RegisteredPerson]] = defaultdict(list)
        for person in self.free():
            if (key := keys_of_person(person)) is not None:
                people[key].append(person)
        times = Counter(keys_of_row(here) for here in self.rows)
        waiting = []
        for here in self.rows:
            key = keys_of_row(here)
            choice = people.get(key, []) if key is not None else []
            active = [person for person in choice if not person.has_left]
            fits = not alone or (times[key] == 1 and len(active or choice) == 1)
            if choice and fits:
                self.take(here, choice.pop(0))
            else:
                waiting.append(here)
        self.rows = waiting

    def by_row_id(self) -> list[RowProblem]:
        seen: set[str] = set()
        first: list[_Located] = []
        repeated: list[_Located] = []
        for here in self.rows:
            (repeated if here.row.row_id and here.row.row_id in seen else first).append(here)
            seen.add(here.row.row_id)
        self.rows = first
        self.take_where(lambda here: here.row.row_id or None, lambda person: str(person.id), alone=True)
        return [_problem(here.row, RowCode.ROW_ID_REPEATED) for here in repeated]

    def by_identity_number(self) -> None:
        self.take_where(
            lambda here: here.row.identity_number or None, lambda person: person.identity_number or None, alone=True
        )

    def by_name_at_the_door(self) -> None:
        """Of two with one name at one door the telephone tells who is who; after that their order."""
        self.take_where(
            lambda here: (here.door, here.row.name, here.row.phone) if here.row.phone else None,
            lambda person: (person.door, person.name, person.phone),
            alone=False,
        )
        self.take_where(
            lambda here: (here.door, here.row.name) if here.row.name else None,
            lambda person: (person.door, person.name),
            alone=False,
        )

        self.take_where(
            lambda here: (here.door, here.row.phone) if here.row.phone and not here.row.name else None,
            lambda person: (person.door, person.phone),
            alone=False,
        )

    def by_what_the_last_file_said(self, previous: Mapping[UUID, Said]) -> None:
        """Who was renamed or moved by hand is still who stood there in the file before: the correction stands."""

        def said_of(person: RegisteredPerson) -> tuple[Door, str] | None:
            said = previous.get(person.id)
            return (said.door, said.name or said.phone) if said and (said.name or said.phone) else None

        self.take_where(
            lambda here: (here.door, here.row.name or here.row.phone) if here.row.name or here.row.phone else None,
            said_of,
            alone=False,
        )

    def by_name_and_phone_elsewhere(self) -> None:
        self.take_where(
            lambda here: (here.row.name, here.row.phone) if here.row.name and here.row.phone else None,
            lambda person: (person.name, person.phone) if person.name and person.phone else None,
            alone=True,
        )

    def by_giving_a_head_its_name(self) -> None:
        """A household known only by its heads gets names: the same people, so that their tickets stay good."""
        self.take_where(
            lambda here: here.door, lambda person: None if person.name or person.has_left else person.door, alone=False
        )

    def by_number_of_heads(self) -> None:
        """Everybody at the door counts, named ones first; fewer heads remove the highest numbers."""
        heads: dict[Door, tuple[int, _Located]] = {}
        said: Counter[Door] = Counter()
        for here in self.located:
            said[here.door] += here.row.is_person
            if here.row.heads is not None and here.row.heads >= heads.get(here.door, (-1, here))[0]:
                heads[here.door] = (here.row.heads, here)
        at_door: dict[Door, list[RegisteredPerson]] = defaultdict(list)
        for person in self.free():
            if not person.has_left and (not said[person.door] or not person.name or person.origin is not Origin.IMPORT):
                at_door[person.door].append(person)
        for door, (count, here) in heads.items():
            self._fill(here, at_door[door], max(0, count - said[door]))

    def _fill(self, here: _Located, present: list[RegisteredPerson], places: int) -> None:
        present.sort(key=lambda person: (person.origin is Origin.IMPORT, not person.name, person.number))
        for person in present[:places]:
            self.take(_Located(_household_row(here.row), here.door), person)
        self.surplus |= {person.id for person in present[places:]}
        self.new_heads += [_Located(_household_row(here.row), here.door)] * (places - len(present))


def _household_row(row: RosterRow) -> RosterRow:
    """The row as it speaks of those it does not name."""
    return replace(row, name="", phone="", identity_number="", needs=None, row_id="")


def _row_key(here: _Located) -> tuple[str, str, int]:
    """The order of the file: who is named first at a door gets the lowest number."""
    return (str(here.door), here.row.sheet, here.row.line)


def _account(
    registered: Registered,
    matching: _Matching,
    previous: Mapping[UUID, Said],
    refused: list[RowProblem],
    doubt: _Doubt,
) -> RosterChange:
    matched = [_compare(here, person, previous.get(person.id)) for here, person in matching.pairs]
    added = [Added(here.row, here.door) for here in (*matching.rows, *matching.new_heads)]
    sorted_out: dict[str, list[Matched]] = {"moved": [], "changed": [], "unchanged": []}
    for pair in matched:
        if pair.person.has_left and pair.person.id not in previous:
            added.append(Added(pair.row, pair.door, pair.person))
        else:
            sorted_out[_kind(pair)].append(pair)
    imported, left = _leaving(matching, doubt)
    return RosterChange(
        *_door_changes(registered, matching.located),
        tuple(added),
        tuple(sorted_out["changed"]),
        tuple(sorted_out["moved"]),
        tuple(left),
        tuple(sorted_out["unchanged"]),
        tuple(refused),
        imported,
    )


def _kind(pair: Matched) -> str:
    if any(change.field == "door" for change in pair.changes):
        return "moved"
    return "changed" if pair.changes else "unchanged"


def _leaving(matching: _Matching, doubt: _Doubt) -> tuple[int, list[RegisteredPerson]]:
    """Those by import whom the file could have named and did not. It speaks only for the buildings it names."""
    speaks = {_house(here.door) for here in matching.located if here.row.is_person or here.row.heads is not None}
    listed = {here.door for here in matching.located}
    named = {here.door for here in matching.located if here.row.is_person}
    free = {person.id for person in matching.free()}
    imported, left = 0, []
    for person in matching.people:
        if person.has_left or person.origin is not Origin.IMPORT or _house(person.door) not in speaks:
            continue
        imported += 1
        if person.id not in free or doubt.covers(person):
            continue
        # A door that stands there with an empty name says nothing of its people; heads leave only by a head count.
        is_absent = person.door not in listed or (bool(person.name) and person.door in named)
        if is_absent or person.id in matching.surplus:
            left.append(person)
    return imported, left


def _house(door: Door) -> tuple[str, str]:
    return door.compound, door.building


def _door_changes(
    registered: Registered, located: list[_Located]
) -> tuple[dict[Door, DoorState], dict[Door, DoorState]]:
    new: dict[Door, DoorState] = {}
    states: dict[Door, DoorState] = {}
    for here in located:
        said = here.row.state
        if here.door not in registered.doors:
            new[here.door] = said or new.get(here.door, DoorState.UNVERIFIED)
        elif said and said is not DoorState.UNVERIFIED and registered.doors[here.door] is DoorState.UNVERIFIED:
            states[here.door] = said
    return new, states


def _compare(here: _Located, person: RegisteredPerson, said: Said | None) -> Matched:
    """A field changes only where the file differs from the file before and from the registry."""
    if person.has_left and said is not None:
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
    return Matched(person, here.row, here.door, tuple(changes), tuple(kept))


def _values(here: _Located, person: RegisteredPerson, said: Said | None) -> Iterator[tuple[str, object]]:
    """What the row says; an empty cell says nothing. Needs that no file spoke of were set by hand, and stay."""
    yield "door", here.door
    for name in ("name", "phone", "identity_number"):
        if value := getattr(here.row, name):
            yield name, value
    if here.row.needs is not None:
        by_file = (said.needs if said else None) or frozenset()
        yield "needs", (person.needs - by_file) | here.row.needs


def _said_before(here: _Located, said: Said, name: str) -> bool:
    new = here.door if name == "door" else getattr(here.row, name)
    return bool(getattr(said, name) == new)


def said_now(matched: Matched, before: Said | None) -> Said:
    """What the files have said of a resident once this one is taken in."""
    return say(matched.row, matched.door, before)


def say(row: RosterRow, door: Door, before: Said | None = None) -> Said:
    before = before or Said(door)
    needs = before.needs if row.needs is None else row.needs
    return Said(
        door, row.name or before.name, row.phone or before.phone, row.identity_number or before.identity_number, needs
    )


def _problem(row: RosterRow, code: RowCode, **facts: str) -> RowProblem:
    return RowProblem(row.sheet, row.line, "", code, tuple(facts.items()))
