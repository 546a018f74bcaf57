"""At which door of the registry a row stands. Where it says less than a door needs, the registry and the rest of the
file say it, if only one answer is possible."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace

from registry.rules import Door, RosterRow, RowCode, RowProblem
from registry.rules.matching.values import House, Located, Registered, house_of, problem_of_row

Room = tuple[str, str, str]  # compound, building, room


# What our own export writes where a group has no door, as the reader of rooms spells it.
_EVERYBODY = frozenset({"全体", "EVERYBODY"})


class Places:
    """The doors of the registry under all names they have or had."""

    def __init__(self, registered: Registered, default_compound: str) -> None:
        self.registered, self.default_compound = registered, default_compound
        self.compounds: dict[str, set[str]] = defaultdict(set)
        for compound, building in {house_of(door) for door in registered.doors} | set(registered.houses):
            self.compounds[building].add(compound)
        for compound, building in registered.groups:
            self.compounds[building].add(compound)
        self.units = _units([*registered.doors, *registered.aliases])
        self.rooms: dict[tuple[House, str], Door] = {}  # of groups, whatever way the room is spelled
        self.teams = self._teams()

    def _teams(self) -> dict[tuple[House, str], Door]:
        """The door of each person of a group, by their name; under the empty name the group's first door."""
        teams: dict[tuple[House, str], Door] = {}
        for door in sorted(
            (door for door in self.registered.doors if house_of(door) in self.registered.groups), key=str
        ):
            teams.setdefault((house_of(door), ""), door)
            self.rooms[house_of(door), _plain(door.room)] = door
        for person in self.registered.people:
            if house_of(person.door) in self.registered.groups and not person.has_left:
                teams.setdefault((house_of(person.door), person.name), person.door)
        return teams

    def today(self, door: Door) -> Door:
        """The same door under its name of today."""
        here = self.registered
        if door in here.doors:
            return door
        house = here.houses.get(house_of(door))
        if door not in here.aliases and house is not None:
            door = replace(door, compound=house[0], building=house[1])
        return here.aliases.get(door, door)

    def locate(self, rows: Sequence[RosterRow]) -> tuple[list[Located], list[RowProblem]]:
        """Every row at its door; refused where several doors may be meant."""
        in_file: dict[str, set[str]] = defaultdict(set)
        for row in rows:
            if row.door.compound:
                in_file[row.door.building].add(row.door.compound)
        housed: list[tuple[RosterRow, Door]] = []
        refused: list[RowProblem] = []
        seen: dict[Door, Door | RowProblem] = {}
        for row in rows:
            possible = self._compounds(row.door, in_file)
            if len(possible) > 1:
                choices = ", ".join(sorted(possible))
                refused.append(problem_of_row(row, RowCode.BUILDING_AMBIGUOUS, choices=choices))
                continue
            door = seen.get(row.door)
            if door is None:
                door = seen[row.door] = self.today(replace(row.door, compound=min(possible)))
            housed.append((row, door))  # type: ignore[arg-type]
        return self._locate_units(housed, refused)

    def _compounds(self, door: Door, in_file: dict[str, set[str]]) -> set[str]:
        if door.compound:
            return {door.compound}
        possible = self.compounds.get(door.building, set()) | in_file.get(door.building, set())
        return {self.default_compound} if not possible or self.default_compound in possible else possible

    def _locate_units(
        self, housed: list[tuple[RosterRow, Door]], refused: list[RowProblem]
    ) -> tuple[list[Located], list[RowProblem]]:
        in_file = _units(door for _, door in housed)
        done = []
        for row, door in housed:
            place = (door.compound, door.building, door.room)
            known, said = self.units.get(place, set()), in_file[place]
            named = (known | said) - {""}
            house = self._house(row, door)
            if house in self.registered.groups:
                door = self._team(row, door)
            elif not door.unit and "" not in known and len(named) > 1:
                refused.append(problem_of_row(row, RowCode.DOOR_AMBIGUOUS, choices=", ".join(sorted(named))))
                continue
            elif not door.unit and "" not in known and named:
                door = self.today(replace(door, unit=min(named)))
            elif door.unit and known == {""} and len(said - {""}) == 1:
                door = self.today(replace(door, unit=""))
            done.append(Located(row, door, house))
        return done, refused

    def _house(self, row: RosterRow, door: Door) -> House:
        """The building that the row names. A door that was moved into another one does not speak for that one."""
        named = (row.door.compound or door.compound, row.door.building)
        if named in self.registered.houses:
            return self.registered.houses[named]
        return named if row.door.compound or named == house_of(door) else (door.compound, row.door.building)

    def _team(self, row: RosterRow, door: Door) -> Door:
        house = house_of(door)
        if door.room in _EVERYBODY and door not in self.registered.doors:
            door = replace(door, room="")
        if door.room or door in self.registered.doors:
            return self.rooms.get((house, _plain(door.room)), replace(door, unit=""))
        return self.teams.get((house, row.name)) or self.teams.get((house, ""), replace(door, unit=""))


def _plain(room: str) -> str:
    """`team 1` and `TEAM1` are one."""
    return "".join(room.split()).casefold()


def _units(doors: Iterable[Door]) -> dict[Room, set[str]]:
    units: dict[Room, set[str]] = defaultdict(set)
    for door in doors:
        units[door.compound, door.building, door.room].add(door.unit)
    return units
