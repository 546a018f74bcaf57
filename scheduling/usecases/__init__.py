"""What somebody does with campaigns, rounds, points and plans."""

from scheduling.usecases.hours import add_session, change_session, remove_session
from scheduling.usecases.life import cancel_round, close_due_rounds, close_round, open_due_rounds, open_round
from scheduling.usecases.points import add_point, change_point, copy_point, place_points, remove_point
from scheduling.usecases.publishing import publish_plan
from scheduling.usecases.rounds import (
    RoundSetup,
    change_round,
    copy_round,
    create_round,
    set_building_rules,
    start_round,
)

__all__ = [
    "RoundSetup",
    "add_point",
    "add_session",
    "cancel_round",
    "change_point",
    "change_round",
    "change_session",
    "close_due_rounds",
    "close_round",
    "copy_point",
    "copy_round",
    "create_round",
    "open_due_rounds",
    "open_round",
    "place_points",
    "publish_plan",
    "remove_point",
    "remove_session",
    "set_building_rules",
    "start_round",
]
