"""What stands against the targets, before any plan is made."""

from __future__ import annotations

import math

from scheduling.planner.plan import Fact
from scheduling.planner.sizing.cover import Cover, Effort, Limits
from scheduling.planner.sizing.ground import Ground
from scheduling.planner.sizing.options import Lack, LackKind


def nothing_to_do(ground: Ground, last: int) -> Lack | None:
    """Why there is nothing to work out; None = there is."""
    everywhere = [(p, ground.most_lanes(p)) for p in range(ground.points) if ground.most_lanes(p)]
    if not any(building.cohorts for building in ground.problem.buildings):
        return Lack(LackKind.NOBODY)
    if not everywhere:
        return Lack(LackKind.NO_CANDIDATES)
    if all(ground.room(p, lanes, last, is_bound=True) == 0 for p, lanes in everywhere):
        return Lack(LackKind.NO_HOURS)
    if not ground.groups:
        return Lack(LackKind.NOWHERE_TO_GO, {"heads": ground.hopeless})
    return None


def lacks_of(ground: Ground, limits: Limits, effort: Effort) -> list[Lack]:
    """Targets that are proved not to be kept, each by itself."""
    return [lack for lack in (lack_of_walk(ground, limits), lack_of_room(ground, limits, effort)) if lack]


def lack_of_walk(ground: Ground, limits: Limits) -> Lack | None:
    """More heads than may have no candidate within the walk."""
    far = [group for group in ground.groups if not group.near(limits.walk)]
    heads = sum(group.heads for group in far)
    if limits.walk is None or heads <= (1 - limits.share) * ground.heads + 1e-6:
        return None
    worst = max(far, key=lambda group: min(group.metres.values()))
    point, metres = min(worst.metres.items(), key=lambda item: item[1])
    facts: dict[str, Fact] = {"heads": heads, "limit": limits.walk, "metres": metres}
    facts["building"] = ground.problem.buildings[worst.building].id
    return Lack(LackKind.TOO_FAR, facts | {"point": ground.problem.points[point].id})


def lack_of_room(ground: Ground, limits: Limits, effort: Effort) -> Lack | None:
    """All lanes together, or those that the staff can work at, take fewer than there are."""
    hours = open_hours(ground, limits.last)
    facts: dict[str, Fact] = {"heads": ground.heads, "hours": hours}
    for staff, kind in ((None, LackKind.TOO_FEW_LANES), (limits.staff, LackKind.TOO_FEW_STAFF)):
        most = Cover(ground, Limits(limits.last, staff), takes_all=False).most_heads(effort)
        if most < ground.heads:
            more = math.ceil((ground.heads - most) * hours / max(1, most))
            known: dict[str, Fact] = {} if staff is None else {"staff": staff, "more_hours": more}
            return Lack(kind, facts | known | {"most": most})
    return None


def open_hours(ground: Ground, last: int) -> float:
    """Hours until the end of a slot in which any candidate is open."""
    opened = [
        slot
        for slot in range(last + 1)
        if any(ground.rooms[p] and ground.rooms[p][-1][slot] > 0 for p in range(ground.points))
    ]
    return round(len(opened) * ground.problem.slot_minutes / 60, 2)
