"""What people do with the registry: import a roster, set up places, excuse, flag needs."""

from registry.usecases.excuses import excuse_resident, withdraw_excuse
from registry.usecases.importing import account_json, compare_roster, get_community, import_roster
from registry.usecases.needs import set_needs
from registry.usecases.places import (
    add_building,
    add_community,
    add_compound,
    change_building,
    place_buildings,
    rename_compound,
)
from registry.usecases.uploads import discard_old_uploads, discard_upload, keep_upload, open_upload

__all__ = [
    "account_json",
    "add_building",
    "add_community",
    "add_compound",
    "change_building",
    "compare_roster",
    "discard_old_uploads",
    "discard_upload",
    "excuse_resident",
    "get_community",
    "import_roster",
    "keep_upload",
    "open_upload",
    "place_buildings",
    "rename_compound",
    "set_needs",
    "withdraw_excuse",
]
