"""What files said of a resident, as it is kept."""

import json

from registry.rules import Door, NeedKind
from registry.rules.matching import Said


def write_said(said: Said) -> str:
    """As short as can be: it is encrypted and kept for everybody."""
    door = said.door
    values = {"n": said.name, "p": said.phone, "i": said.identity_number, "r": said.registered_address}
    needs = {} if said.needs is None else {"w": sorted(kind.value for kind in said.needs)}
    further = {"f": sorted(_parts(door) for door in said.further)} if said.further else {}
    kept = {key: value for key, value in values.items() if value}
    return json.dumps({"d": _parts(door), **kept, **needs, **further}, ensure_ascii=False)


def read_said(text: str, doors: dict[Door, Door] | None = None) -> Said:
    """`doors`: those that were read before, so that people of one door share it in memory."""
    said = json.loads(text)
    needs = frozenset(NeedKind(kind) for kind in said["w"]) if "w" in said else None
    door = Door(*said["d"])
    if doors is not None:
        door = doors.setdefault(door, door)
    further = frozenset(Door(*parts) for parts in said.get("f", ()))
    return Said(door, said.get("n", ""), said.get("p", ""), said.get("i", ""), needs, said.get("r", ""), further)


def _parts(door: Door) -> list[str]:
    return [door.compound, door.building, door.unit, door.room]
