"""How much is needed: which candidate points to open, how many lanes, which hours; a plan behind each answer."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from scheduling.planner.sizing.as_json import option_to_json, sizing_to_json
from scheduling.planner.sizing.ask import (
    LANE_HEADS,
    MOST_LANES,
    UTILISATION,
    Ask,
    Rooms,
    Staffing,
    Targets,
    lane_room,
    rooms_of,
)
from scheduling.planner.sizing.options import (
    Goal,
    Lack,
    LackKind,
    Least,
    OpenPoint,
    Option,
    Sizing,
    Target,
    Way,
)

DEFAULT_SECONDS = 15.0


def size(
    ask: Ask,
    *,
    seconds: float | None = None,
    steps: int | None = None,
    seed: int = 0,
    on_progress: Callable[[float], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> Sizing:
    """A handful of options, each with its plan, or what stands against them.

    `seconds` is wall time from the call; with `steps` instead (for each plan), the same ask, seed and steps give the
    same answer. With neither, 15 seconds. `on_progress` is told the share that is done, 0 to 1. Where `should_stop` says
    so, what was found until then is answered within a second.
    """
    from scheduling.planner.sizing.budget import Budget
    from scheduling.planner.sizing.course import Sizer
    from scheduling.planner.sizing.watching import Watched

    if seconds is None and steps is None:
        seconds = DEFAULT_SECONDS
    seconds = None if steps is not None else seconds
    stop = threading.Event()
    sizer = Sizer(ask, Budget(time.monotonic(), seconds, steps, seed, stop.is_set))
    return Watched(sizer, stop, should_stop or (lambda: False), on_progress or (lambda _: None)).run()


__all__ = [
    "DEFAULT_SECONDS",
    "LANE_HEADS",
    "MOST_LANES",
    "UTILISATION",
    "Ask",
    "Goal",
    "Lack",
    "LackKind",
    "Least",
    "OpenPoint",
    "Option",
    "Rooms",
    "Sizing",
    "Staffing",
    "Target",
    "Targets",
    "Way",
    "lane_room",
    "option_to_json",
    "rooms_of",
    "size",
    "sizing_to_json",
]
