"""Which changes might help somebody without a place: looked for near them, the likely first; none is tried here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import ceil

from scheduling.planner.plan import Fact
from scheduling.planner.problem import Building, Point, Problem, Together
from scheduling.planner.ways_out.around import NEAR_POINTS, distance
from scheduling.planner.ways_out.changes import Change, ClosedPoint, Lanes, WayKind, capacity_of, lane_of

# How much longer a point might stay open, and by how much a longer walk is rounded up.
LONGER_MINUTES, WALK_STEP = 30, 50


def list_changes(
    problem: Problem, wanted: Sequence[str], lane_more: Lanes, closed: Mapping[str, ClosedPoint]
) -> list[Change]:
    """All that might help some of them, the likely first; each once."""
    found: dict[tuple[WayKind, tuple[tuple[str, Fact], ...]], Change] = {}
    by_building = {problem.home(cohort).id: cohort for cohort in wanted}
    lists = [list(_changes_for(problem, cohort, lane_more, closed)) for cohort in list(by_building.values())[:8]]
    for turn in range(max((len(one) for one in lists), default=0)):
        for one in lists:
            if turn < len(one):
                change = one[turn]
                found.setdefault((change.kind, tuple(sorted(change.facts.items()))), change)
    return list(found.values())


def _changes_for(
    problem: Problem, cohort: str, lane_more: Lanes, closed: Mapping[str, ClosedPoint]
) -> Iterator[Change]:
    building, home = problem.home(cohort), problem.home_index[cohort]
    near = sorted(range(len(problem.points)), key=distance(problem, home))
    points = [problem.points[p] for p in near]
    allowed = [p for p in points if _may_go(problem, building, p)]
    open_to = [p for p in allowed if p.id not in closed]
    for point in [p for p in allowed if p.id in closed][:NEAR_POINTS]:
        yield Change(WayKind.OPEN_AGAIN, {"point": point.id, "lanes": closed[point.id].lanes})
    longer = max(1, ceil(LONGER_MINUTES / problem.slot_minutes)) if problem.slot_minutes else 1
    for point in open_to[:NEAR_POINTS]:
        if (heads := max(lane_of(problem, point, lane_more))) > 0:
            yield Change(WayKind.ONE_LANE_MORE, {"point": point.id, "heads": int(heads)})
        if building.window is None:
            minutes = round(longer * problem.slot_minutes)
            yield Change(WayKind.OPEN_LONGER, {"point": point.id, "slots": longer, "minutes": minutes})
    yield from _rules_to_bend(problem, building, points)
    largest = max((max(capacity_of(problem, point)) for point in open_to), default=0)
    parts = max(2, ceil(problem.heads(cohort) / largest)) if largest >= 1 else 0
    if 2 <= parts <= problem.heads(cohort):
        yield Change(WayKind.DIVIDE, {"cohort": cohort, "parts": parts})


def _rules_to_bend(problem: Problem, building: Building, points: list[Point]) -> Iterator[Change]:
    """A rule that keeps the building from some near points."""
    home = problem.building_index[building.id]
    here: dict[str, Fact] = {"building": building.id}
    if building.window is not None:
        yield Change(WayKind.ANY_TIME, here)
    for point in points[:NEAR_POINTS]:
        metres = problem.metres_between(home, problem.point_index[point.id])
        if building.points is not None and point.id not in building.points:
            yield Change(WayKind.ALLOW_POINT, here | {"point": point.id})
        if building.tier not in point.serves:
            yield Change(WayKind.SERVE_TIER, {"point": point.id, "tier": building.tier})
        if problem.max_walk is not None and metres > problem.max_walk:
            yield Change(WayKind.LONGER_WALK, {"metres": ceil(metres / WALK_STEP) * WALK_STEP})
    beyond = [problem.metres_between(home, problem.point_index[p.id]) for p in points]
    if problem.max_walk is not None and (far := [m for m in beyond if m > problem.max_walk]):
        yield Change(WayKind.LONGER_WALK, {"metres": ceil(min(far) / WALK_STEP) * WALK_STEP})


def _may_go(problem: Problem, building: Building, point: Point) -> bool:
    metres = problem.metres_between(problem.building_index[building.id], problem.point_index[point.id])
    is_near = problem.max_walk is None or metres <= problem.max_walk
    pins = {pin[0] for pin in building.pinned.values()} if problem.together is Together.BUILDING else set()
    return (
        is_near
        and building.tier in point.serves
        and (building.points is None or point.id in building.points)
        and (not pins or point.id in pins)
    )
