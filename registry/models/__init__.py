"""Tables of who lives where. Everything belongs to a community; its id stands in every key."""

from registry.models.files import ColumnWord, ImportRow, RosterImport, RosterUpload
from registry.models.merges import RegistryMerge
from registry.models.people import (
    Correction,
    DoorAlias,
    Excuse,
    Household,
    NeedFlag,
    RegistryChange,
    Resident,
    ResidentDoor,
    ToldApart,
)
from registry.models.places import Building, Community, Compound, Drawing, Unit

__all__ = [
    "Building",
    "ColumnWord",
    "Community",
    "Compound",
    "Correction",
    "DoorAlias",
    "Drawing",
    "Excuse",
    "Household",
    "ImportRow",
    "NeedFlag",
    "RegistryChange",
    "RegistryMerge",
    "Resident",
    "ResidentDoor",
    "RosterImport",
    "RosterUpload",
    "ToldApart",
    "Unit",
]
