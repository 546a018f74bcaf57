"""What people do with the registry: import a roster, set up places, excuse, flag needs."""

from registry.usecases.columns import known_columns, say_columns
from registry.usecases.corrections import answer_correction, remind_of_corrections, send_correction
from registry.usecases.excuses import (
    ExcuseGiven,
    Reviewed,
    check_excuses,
    check_review,
    excuse_resident,
    excuse_residents,
    review_excuse,
    review_excuses,
    set_sampled_excuses,
    withdraw_excuse,
)
from registry.usecases.further_doors import add_further_door, drop_further_door
from registry.usecases.groups import add_group
from registry.usecases.households import (
    add_household,
    add_unit,
    change_household,
    leave_household,
    move_household,
    set_door_state,
    set_heads,
)
from registry.usecases.importing import account_json, compare_roster, get_community, import_roster
from registry.usecases.merging import merge_buildings, merge_households, merge_residents
from registry.usecases.needs import set_needs
from registry.usecases.places import (
    add_building,
    add_community,
    add_compound,
    bring_building_back,
    change_building,
    leave_building,
    move_building,
    place_buildings,
    rename_compound,
)
from registry.usecases.residents import Details, add_resident, bring_back, change_resident, mark_left, move_resident
from registry.usecases.separating import separate
from registry.usecases.telling_apart import tell_apart
from registry.usecases.undoing import look_at_undo, undo_import
from registry.usecases.uploads import discard_old_uploads, discard_upload, keep_upload, open_upload

__all__ = [
    "Details",
    "ExcuseGiven",
    "Reviewed",
    "account_json",
    "add_building",
    "add_community",
    "add_compound",
    "add_further_door",
    "add_group",
    "add_household",
    "add_resident",
    "add_unit",
    "answer_correction",
    "bring_back",
    "bring_building_back",
    "change_building",
    "change_household",
    "change_resident",
    "check_excuses",
    "check_review",
    "compare_roster",
    "discard_old_uploads",
    "discard_upload",
    "drop_further_door",
    "excuse_resident",
    "excuse_residents",
    "get_community",
    "import_roster",
    "keep_upload",
    "known_columns",
    "leave_building",
    "leave_household",
    "look_at_undo",
    "mark_left",
    "merge_buildings",
    "merge_households",
    "merge_residents",
    "move_building",
    "move_household",
    "move_resident",
    "open_upload",
    "place_buildings",
    "remind_of_corrections",
    "rename_compound",
    "review_excuse",
    "review_excuses",
    "say_columns",
    "send_correction",
    "separate",
    "set_door_state",
    "set_heads",
    "set_needs",
    "set_sampled_excuses",
    "tell_apart",
    "undo_import",
    "withdraw_excuse",
]
