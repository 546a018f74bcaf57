"""Further doors that a file names for somebody; history and memory of them stand with the person's own."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from registry.models import ResidentDoor
from registry.rules import ChangeKind, Door
from registry.rules.history import Change
from registry.rules.matching import FurtherDoor
from registry.usecases.writing.people import PeopleWriter


def write_further_doors(people: PeopleWriter, further: Sequence[FurtherDoor]) -> None:
    """Call it when these people are written, and before what was said of them is kept."""
    doors: dict[UUID, list[Door]] = {}
    for it in further:
        if not it.is_kept:
            doors.setdefault(it.person.id if it.person else people.new_id_of(it.row), []).append(it.door)
    households = people.snapshot.households
    rows = [
        {"resident_id": who, "household_id": households[door], "set_at": people.now}
        for who, found in doors.items()
        for door in found
    ]
    people.tables.insert(ResidentDoor, rows)
    places = {change.about: at for at, change in enumerate(people.history)}
    for who, found in doors.items():
        ids = [households[door] for door in found]
        told = {"further_door": (None, found), "further": (None, ids), **people.remember_further(who, found)}
        if who not in places:
            people.history.append(Change(who, ChangeKind.CHANGED, told))
            continue
        change = people.history[places[who]]
        people.history[places[who]] = replace(change, fields={**change.fields, **told})
