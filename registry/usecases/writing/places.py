"""Compounds, buildings, units and doors that a file names and the registry has not; states of doors."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from bulou.ids import new_code, new_id
from registry.models import Building, Compound, Household, Unit
from registry.queries.registered import Snapshot
from registry.rules import BuildingKind, ChangeKind, Door, DoorState, floor_of
from registry.rules.history import Change
from registry.rules.matching import RosterChange, house_of
from registry.usecases.places import CODE_LENGTH
from registry.usecases.writing.tables import Tables


class PlaceWriter:
    """Writes places, and puts their ids into the snapshot."""

    def __init__(self, tables: Tables, snapshot: Snapshot) -> None:
        self.tables, self.snapshot = tables, snapshot
        self.history: list[Change] = []

    def write(self, change: RosterChange) -> None:
        doors = list(change.new_doors)
        self._compounds(doors)
        self._buildings(doors)
        self._units(doors)
        rows = [self._household(door, state, change.said_states.get(door)) for door, state in change.new_doors.items()]
        self.tables.insert(Household, rows)
        self._states(change)

    def _compounds(self, doors: list[Door]) -> None:
        here = self.snapshot.compounds
        new = _missing((door.compound for door in doors), here)
        self.tables.insert(Compound, ({"id": here[name], "name": name} for name in new))
        self._added((here[name], {"compound": (None, name)}) for name in new)

    def _buildings(self, doors: list[Door]) -> None:
        here = self.snapshot
        new = _missing((house_of(door) for door in doors), here.buildings)
        self.tables.insert(
            Building,
            (
                {
                    "id": here.buildings[place],
                    "compound_id": here.compounds[place[0]],
                    "name": place[1],
                    "code": new_code(CODE_LENGTH),
                    "kind": BuildingKind.HOUSE,
                    "grid": "",
                    "x": None,
                    "y": None,
                }
                for place in new
            ),
        )
        self._added((here.buildings[place], {"building": (None, place[1])}) for place in new)

    def _units(self, doors: list[Door]) -> None:
        here = self.snapshot
        new = _missing(((door.compound, door.building, door.unit) for door in doors), here.units)
        self.tables.insert(
            Unit,
            ({"id": here.units[place], "building_id": here.buildings[place[:2]], "name": place[2]} for place in new),
        )

    def _household(self, door: Door, state: DoorState, said: DoorState | None) -> dict[str, Any]:
        here = self.snapshot
        household_id = here.households[door] = new_id()
        fields = {"door": (None, door), "state": (None, state)}
        self.history.append(Change(household_id, ChangeKind.ADDED, fields))
        return {
            "id": household_id,
            "building_id": here.buildings[house_of(door)],
            "unit_id": here.units[door.compound, door.building, door.unit],
            "door": door.room,
            "floor": floor_of(door.room),
            "state": state,
            "said_state": said,
        }

    def _states(self, change: RosterChange) -> None:
        """How doors are lived in; and what the file said, so that a correction by hand is told from it."""
        here, before = self.snapshot, self.snapshot.registered
        spoken_of = {**{door: before.said_states.get(door) for door in change.door_states}, **change.said_states}
        known = {door: said for door, said in spoken_of.items() if door not in change.new_doors}
        rows = []
        for door, said in known.items():
            old, new = before.doors[door], change.door_states.get(door, before.doors[door])
            if (new, said) == (old, before.said_states.get(door)):
                continue
            rows.append({"id": here.households[door], "state": new, "said_state": said})
            fields = {"state": (old, new), "file": (before.said_states.get(door), said)}
            self.history.append(Change(here.households[door], ChangeKind.CHANGED, fields))
        self.tables.update_each(Household, rows)

    def _added(self, places: Iterable[tuple[UUID, dict[str, tuple[Any, Any]]]]) -> None:
        self.history += [Change(place_id, ChangeKind.ADDED, fields) for place_id, fields in places]


def _missing(places: Iterable[Any], known: dict[Any, UUID]) -> list[Any]:
    """What is not known yet gets an id, in the order of the file."""
    new = [place for place in dict.fromkeys(places) if place not in known]
    known.update({place: new_id() for place in new})
    return new
