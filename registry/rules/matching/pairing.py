"""Who is who: rows and residents in pairs, the surest sign first."""

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import replace
from uuid import UUID

from registry.rules import Door, Origin, RosterRow, RowCode, RowProblem
from registry.rules.matching.said import Said
from registry.rules.matching.values import Located, Registered, RegisteredPerson, problem_of_row

KeyOfRow = Callable[[Located], Hashable]  # None = the row has no such key
KeyOfPerson = Callable[[RegisteredPerson], Hashable]


class Pairing:
    """Rows and residents that are still without a partner, and the pairs found so far."""

    def __init__(self, registered: Registered, located: list[Located]) -> None:
        everybody = sorted(registered.people, key=lambda person: (person.has_left, person.number, str(person.id)))
        self.people = [person for person in everybody if person.merged_into is None]
        self.merged = [person for person in everybody if person.merged_into is not None]
        self.by_id = {person.id: person for person in everybody}
        self.rows = sorted((here for here in located if here.row.is_person), key=_row_key)
        self.located = located
        self.pairs: list[tuple[Located, RegisteredPerson]] = []
        self.silent: list[tuple[Located, RegisteredPerson]] = []  # named as somebody who was merged into them
        self.new_heads: list[Located] = []
        self.surplus: set[UUID] = set()  # more than the head count says
        self._taken: set[UUID] = set()

    def free(self) -> Iterator[RegisteredPerson]:
        return (person for person in self.people if person.id not in self._taken)

    def take(self, here: Located, person: RegisteredPerson) -> None:
        self.pairs.append((here, person))
        self._taken.add(person.id)

    def take_where(self, key_of_row: KeyOfRow, key_of_person: KeyOfPerson, *, alone: bool) -> None:
        """Pair rows and residents with an equal key; `alone`: only where the key is one row's and one resident's."""
        if not self.rows or len(self._taken) == len(self.people):
            return
        keyed = [(here, key_of_row(here)) for here in self.rows]
        times = Counter(key for _, key in keyed if key is not None)
        people: dict[Hashable, list[RegisteredPerson]] = defaultdict(list)
        for person in self.free() if times else ():
            key = key_of_person(person)
            if key is not None and key in times:
                people[key].append(person)
        waiting = []
        for here, key in keyed:
            choice = people.get(key, []) if key is not None else []
            if choice and (not alone or (times[key] == 1 and _is_one(choice))):
                self.take(here, choice.pop(0))
            else:
                waiting.append(here)
        self.rows = waiting

    def by_row_id(self) -> list[RowProblem]:
        """A row id that stands twice was copied: the second row is refused."""
        first: dict[str, Located] = {}
        others: list[Located] = []
        repeated: list[Located] = []
        for here in self.rows:
            row_id = here.row.row_id
            if not row_id:
                others.append(here)
            elif row_id in first:
                repeated.append(here)
            else:
                first[row_id] = here
        if first:
            people = {str(person.id): person for person in (*self.people, *self.merged)}
            self.rows = others + [here for row_id, here in first.items() if row_id not in people]
            for row_id, here in first.items():
                if (person := people.get(row_id)) is not None and person.merged_into is None:
                    self.take(here, person)
            for row_id, here in first.items():
                if (person := people.get(row_id)) is not None and person.merged_into is not None:
                    self._fold(here, person)
            self.rows.sort(key=_row_key)
        return [problem_of_row(here.row, RowCode.ROW_ID_REPEATED) for here in repeated]

    def by_identity_number(self) -> None:
        self.take_where(
            lambda here: here.row.identity_number or None, lambda person: person.identity_number or None, alone=True
        )

    def by_name_at_the_door(self) -> None:
        """Of two with one name at one door the telephone tells who is who; after that their order."""
        self.take_where(
            lambda here: (here.door, here.row.name, here.row.phone) if here.row.phone else None,
            lambda person: (person.door, person.name, person.phone) if person.phone else None,
            alone=False,
        )
        self.take_where(
            lambda here: (here.door, here.row.name) if here.row.name else None,
            lambda person: (person.door, person.name) if person.name else None,
            alone=False,
        )
        # Where one of the two has no name, a number is as good as one.
        self.take_where(
            lambda here: (here.door, here.row.identity_number) if here.row.identity_number else None,
            lambda person: (person.door, person.identity_number) if person.identity_number else None,
            alone=False,
        )
        self.take_where(
            lambda here: (here.door, here.row.phone) if here.row.phone and not here.row.name else None,
            lambda person: (person.door, person.phone) if person.phone else None,
            alone=False,
        )
        self.take_where(
            lambda here: (here.door, here.row.phone) if here.row.phone else None,
            lambda person: (person.door, person.phone) if person.phone and not person.name else None,
            alone=False,
        )

    def by_what_the_last_file_said(self, previous: Mapping[UUID, Said]) -> None:
        """Who was renamed or moved by hand is still who stood there in the file before: the correction stands."""
        self.take_where(_key_of_row, lambda person: _key_of_said(previous.get(person.id)), alone=False)

    def by_those_merged(self, previous: Mapping[UUID, Said]) -> None:
        """Who is named and was merged into another is that other, who is not added a second time."""
        gone: dict[Hashable, RegisteredPerson] = {}
        for person in self.merged:
            for key in (person.identity_number, (person.door, person.name), _key_of_said(previous.get(person.id))):
                if key and key != (person.door, ""):
                    gone.setdefault(key, person)
        if not gone:
            return
        waiting = []
        for here in self.rows:
            keys = (here.row.identity_number, _key_of_row(here))
            found = next((gone[key] for key in keys if key in gone), None)
            if found is None or not self._fold(here, found):
                waiting.append(here)
        self.rows = waiting

    def _fold(self, here: Located, person: RegisteredPerson) -> bool:
        """The row means whoever that person was merged into; unless a row of their own spoke of them, it says they are here."""
        kept, hops = person, 0
        while kept.merged_into is not None and hops < len(self.merged):
            kept, hops = self.by_id.get(kept.merged_into, kept), hops + 1
        if kept.merged_into is not None:
            return False
        if kept.id not in self._taken:
            self._taken.add(kept.id)
            self.silent.append((here, kept))
        return True

    def by_name_and_phone_elsewhere(self) -> None:
        self.take_where(
            lambda here: (here.row.name, here.row.phone) if here.row.name and here.row.phone else None,
            lambda person: (person.name, person.phone) if person.name and person.phone else None,
            alone=True,
        )

    def by_giving_a_head_its_name(self) -> None:
        """A household known only by its heads gets names: the same people, so that their tickets stay good."""
        self.take_where(
            lambda here: here.door,
            lambda person: None if person.is_described or person.has_left else person.door,
            alone=False,
        )

    def by_number_of_heads(self) -> None:
        """Everybody at the door counts, named ones first; fewer heads remove the highest numbers."""
        heads: dict[Door, tuple[int, Located]] = {}
        said: Counter[Door] = Counter()
        for here in self.located:
            said[here.door] += here.row.is_person
            if here.row.heads is not None and here.row.heads > heads.get(here.door, (-1, here))[0]:
                heads[here.door] = (here.row.heads, here)
        at_door: dict[Door, list[RegisteredPerson]] = defaultdict(list)
        for person in self.free():
            stays = not said[person.door] or not person.is_described or person.origin is not Origin.IMPORT
            if person.door in heads and stays and not person.has_left:
                at_door[person.door].append(person)
        for door, (count, here) in heads.items():
            self._fill(here, at_door[door], max(0, count - said[door]))

    def _fill(self, here: Located, present: list[RegisteredPerson], places: int) -> None:
        present.sort(key=lambda person: (person.origin is Origin.IMPORT, not person.is_described, person.number))
        row = _household_row(here.row)
        for person in present[:places]:
            self.take(replace(here, row=row), person)
        self.surplus |= {person.id for person in present[places:]}
        self.new_heads += [replace(here, row=row)] * (places - len(present))


def _is_one(choice: list[RegisteredPerson]) -> bool:
    """One resident; those who have left count only where nobody else has the key."""
    return len([person for person in choice if not person.has_left] or choice) == 1


def _key_of_row(here: Located) -> Hashable:
    who = here.row.name or here.row.phone
    return (here.door, who) if who else None


def _key_of_said(said: Said | None) -> Hashable:
    who = (said.name or said.phone) if said else ""
    return (said.door, who) if said and who else None


def _household_row(row: RosterRow) -> RosterRow:
    """The row as it speaks of those it does not name."""
    return replace(row, name="", phone="", identity_number="", registered_address="", needs=None, row_id="")


def _row_key(here: Located) -> tuple[str, str, int]:
    """The order of the file: who is named first at a door gets the lowest number."""
    return (str(here.door), here.row.sheet, here.row.line)
