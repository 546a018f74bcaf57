"""Invented rosters: rows, a registry made of values, and what an import would make of it."""

import random
from dataclasses import dataclass, field, replace
from uuid import UUID

from registry.rules import Door, DoorState, NeedKind, Origin, RosterRow
from registry.rules.matching import (
    FIELDS,
    House,
    Matched,
    Registered,
    RegisteredPerson,
    RosterChange,
    Said,
    match_roster,
    said_now,
    say,
)


def make_door(text: str = "1-1-101") -> Door:
    building, unit, room = text.split("-")
    return Door("样例小区", f"{building}栋", f"{unit}单元" if unit else "", room)


def make_row(door: str | Door = "1-1-101", name: str = "", line: int = 2, **facts: object) -> RosterRow:
    return RosterRow("Sheet", line, make_door(door) if isinstance(door, str) else door, name, **facts)  # type: ignore[arg-type]


@dataclass
class Registry:
    """A registry in memory which takes an import as the database does."""

    people: dict[UUID, RegisteredPerson] = field(default_factory=dict)
    doors: dict[Door, DoorState] = field(default_factory=dict)
    said: dict[UUID, Said] = field(default_factory=dict)
    said_states: dict[Door, DoorState] = field(default_factory=dict)
    aliases: dict[Door, Door] = field(default_factory=dict)
    houses: dict[House, House] = field(default_factory=dict)
    groups: frozenset[House] = frozenset()

    def match(self, rows: list[RosterRow]) -> RosterChange:
        registered = Registered(
            list(self.people.values()), self.doors, self.said_states, self.aliases, self.houses, self.groups
        )
        return match_roster(registered, rows, self.said, default_compound="样例小区")

    def take_in(self, rows: list[RosterRow]) -> RosterChange:
        change = self.match(rows)
        self.doors |= change.new_doors | change.door_states
        self.said_states |= change.said_states
        for pair in (*change.changed, *change.moved, *change.unchanged):
            if not pair.is_silent:
                self._settle(pair)
        for person in change.left:
            self.people[person.id] = replace(person, has_left=True)
            self.said.pop(person.id, None)
        came = {}
        for new in change.added:
            person = new.person or RegisteredPerson(
                UUID(int=len(self.people) + 1), new.door, self.next_number(new.door), Origin.IMPORT
            )
            values = {name: getattr(new.row, name) for name in FIELDS if getattr(new.row, name)}
            number = person.number if person.door == new.door else self.next_number(new.door)
            needs = new.row.needs if new.row.needs is not None else person.needs
            self.people[person.id] = replace(
                person, door=new.door, number=number, needs=needs, has_left=False, **values
            )
            self.said[person.id] = say(new.row, new.door)
            came[new.row] = person.id
        for it in change.new_further:
            who = it.person.id if it.person else came[it.row]
            self.people[who] = replace(self.people[who], further=self.people[who].further | {it.door})
            self.said[who] = replace(self.said[who], further=self.said[who].further | {it.door})
        return change

    def _settle(self, pair: Matched) -> None:
        changes = {change.field: change.new for change in pair.changes}
        if "door" in changes:
            changes["number"] = self.next_number(changes["door"])
        self.people[pair.person.id] = replace(pair.person, **changes)  # type: ignore[arg-type]
        self.said[pair.person.id] = said_now(pair.row, pair.door, self.said.get(pair.person.id))

    def next_number(self, door: object) -> int:
        return 1 + max((person.number for person in self.people.values() if person.door == door), default=0)

    def at(self, door: str) -> list[str]:
        """Names of those who live at a door, in the order of their numbers."""
        here = [person for person in self.people.values() if person.door == make_door(door) and not person.has_left]
        return [person.name for person in sorted(here, key=lambda person: person.number)]

    def person(self, name: str) -> RegisteredPerson:
        [found] = [person for person in self.people.values() if person.name == name]
        return found

    def correct(self, name: str, /, **facts: object) -> None:
        """As somebody does by hand."""
        person = self.person(name)
        self.people[person.id] = replace(person, **facts)  # type: ignore[arg-type]


def random_rows(seed: int, people: int = 30) -> list[RosterRow]:
    """Rows of three buildings: with and without names, numbers and head counts; few names, so that they repeat."""
    chance = random.Random(seed)
    rows = []
    for line in range(people):
        door = make_door(
            f"{chance.randint(1, 3)}-{chance.choice(['', 1, 2])}-{chance.randint(1, 4)}0{chance.randint(1, 2)}"
        )
        who = chance.randrange(people)
        rows.append(
            RosterRow(
                "Sheet",
                line + 2,
                door if chance.random() < 0.9 else replace(door, compound=""),
                name=f"样例{chance.choice('甲乙丙丁戊己庚')}" if chance.random() < 0.8 else "",
                phone=f"1{who:010}" if chance.random() < 0.6 else "",
                identity_number=f"{who:018}" if chance.random() < 0.4 else "",
                heads=chance.randint(0, 5) if chance.random() < 0.3 else None,
                needs=frozenset(chance.sample(list(NeedKind), 2)) if chance.random() < 0.1 else None,
            )
        )
    return rows


def random_edit(seed: int, rows: list[RosterRow]) -> list[RosterRow]:
    """A corrected file: some rows gone, some new, some moved, some fields changed or emptied."""
    chance = random.Random(seed)
    kept = [row for row in rows if chance.random() < 0.9]
    other = random_rows(seed + 1000, len(rows))
    edited = []
    for row, new in zip(kept, other, strict=False):
        what = chance.choice(["nothing", "nothing", "nothing", "door", "phone", "name", "heads", "empty", "new"])
        if what == "new":
            edited.append(new)
        elif what == "empty":
            edited.append(replace(row, phone="", identity_number="", needs=None))
        else:
            edited.append(row if what == "nothing" else replace(row, **{what: getattr(new, what)}))
    return edited
