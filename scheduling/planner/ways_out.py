"""The cheapest ways out for people without a place, each checked by planning it.

A way is one change of the problem, or a few together: a closed point open again, one lane more, half an hour longer, a
tier served, a longer walk.
Each is tried with a short planning of the least change: who has a place is to keep it. What places nobody is not offered.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from math import ceil

from scheduling.planner.plan import Fact, Plan
from scheduling.planner.problem import Building, Cohort, Point, Problem, Together
from scheduling.planner.replanning.keeping import CalledCannotStay, Places, running_day

# How much longer a point might stay open, and by how much a longer walk is rounded up.
LONGER_MINUTES, WALK_STEP = 30, 50
# So many points near somebody without a place are tried, and so many changes together.
NEAR_POINTS, MOST_CHANGES = 4, 3
# Beyond so many cohorts only the surroundings of those without a place are planned.
MANY_COHORTS, AROUND = 1_500, 8
TRIAL_SECONDS = 0.4
# So much of the time is for single changes; the rest is for those that are enough only together.
SINGLY = 0.6


class WayKind(StrEnum):
    """What would be changed; the cheapest first. The facts of each kind stand in `ENGLISH_WAYS`."""

    ANY_TIME = "any_time"
    ALLOW_POINT = "allow_point"
    SERVE_TIER = "serve_tier"
    LONGER_WALK = "longer_walk"
    DIVIDE = "divide"
    OPEN_AGAIN = "open_again"
    ONE_LANE_MORE = "one_lane_more"
    OPEN_LONGER = "open_longer"


# Plain English, for those who use the planner alone.
ENGLISH_WAYS: dict[WayKind, str] = {
    WayKind.ANY_TIME: "%(building)s called at any time",
    WayKind.ALLOW_POINT: "%(building)s also sent to %(point)s",
    WayKind.SERVE_TIER: "%(point)s also for the tier %(tier)s",
    WayKind.LONGER_WALK: "walks of up to %(metres)d m",
    WayKind.DIVIDE: "%(cohort)s divided into %(parts)d groups",
    WayKind.OPEN_AGAIN: "%(point)s open again (lanes: %(lanes)d)",
    WayKind.ONE_LANE_MORE: "one lane more at %(point)s (%(heads)d people more in a slot)",
    WayKind.OPEN_LONGER: "%(point)s open %(minutes)d minutes longer",
}


@dataclass(frozen=True, slots=True)
class Change:
    """One thing done differently, as a kind and its facts."""

    kind: WayKind
    facts: Mapping[str, Fact] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class WayOut:
    """With all `changes` these cohorts find places, `placed_heads` in all, and `moved_heads` of others move for it."""

    changes: tuple[Change, ...]
    placed: tuple[str, ...]
    placed_heads: int
    moved_heads: int


@dataclass(frozen=True)
class Trial:
    """Who found a place with the changes, and the places of all that were looked at."""

    placed: tuple[str, ...]
    heads: int
    moved_heads: int
    places: Places


Lanes = Mapping[str, Sequence[float]]


@dataclass(frozen=True, slots=True)
class ClosedPoint:
    """A point without any lane: how many it would have, open again, and what it would take then, slot by slot."""

    lanes: int
    capacity: tuple[float, ...]


def ways_out(
    problem: Problem,
    plan: Plan,
    cohorts: Collection[str] | None = None,
    *,
    lane_more: Lanes | None = None,
    closed: Mapping[str, ClosedPoint] | None = None,
    kinds: Collection[WayKind] = tuple(WayKind),
    from_slot: int = 0,
    seconds: float = 3.0,
    seed: int = 0,
) -> list[WayOut]:
    """Ways that place some of these cohorts (None = all without a place): most placed first, of those fewest moved.

    Of very many only those of a few buildings are looked at: `placed` says who. `lane_more` is what one lane more adds to
    each point, slot by slot; where it is not said, as much again as there is. `closed` are points that might open again.
    Empty where all have a place or no way was found in the time.
    """
    places = plan.places
    wanted = [c for c in problem.cohort_ids if c not in places and (cohorts is None or c in cohorts)]
    if not wanted or not problem.points:
        return []
    problem = around(problem, places, wanted)
    wanted = [cohort for cohort in wanted if cohort in problem.home_index]
    problem = _without(problem, {c for c in problem.home_index if c not in places} - set(wanted))
    closed = closed or {}
    lanes = {**(lane_more or {}), **{point: again.capacity for point, again in closed.items()}}
    search = _Ways(problem, places, wanted, lanes, from_slot, seconds, seed)
    return search.find([change for change in _changes(problem, wanted, lanes, closed) if change.kind in kinds])


def around(problem: Problem, places: Places, cohorts: Sequence[str]) -> Problem:
    """The problem, or of a large one only the points near these cohorts and whoever is sent there."""
    if len(problem.home_index) <= MANY_COHORTS:
        return problem
    homes = list(dict.fromkeys(problem.home_index[cohort] for cohort in cohorts))[:NEAR_POINTS]
    near = {p for home in homes for p in sorted(range(len(problem.points)), key=_distance(problem, home))[:AROUND]}
    points = {problem.points[p].id for p in near}
    kept = [
        k
        for k, b in enumerate(problem.buildings)
        if k in homes or any(places[c.id][0] in points for c in b.cohorts if c.id in places)
    ]
    points |= {places[c.id][0] for k in kept for c in problem.buildings[k].cohorts if c.id in places}
    return _only(problem, kept, points, places)


def _without(problem: Problem, cohorts: set[str]) -> Problem:
    """Others who have no place either would take what is found for these."""
    buildings = tuple(
        replace(b, cohorts=tuple(c for c in b.cohorts if c.id not in cohorts))
        if any(c.id in cohorts for c in b.cohorts)
        else b
        for b in problem.buildings
    )
    return replace(problem, buildings=buildings)


def _distance(problem: Problem, home: int) -> Callable[[int], float]:
    return lambda p: problem.metres_between(home, p)


def _only(problem: Problem, kept: list[int], points: set[str], places: Places) -> Problem:
    """These buildings and points alone. Other people at those points keep their room: it is taken off."""
    inside = {c.id for k in kept for c in problem.buildings[k].cohorts}
    load: dict[tuple[str, int], int] = {}
    for cohort, place in places.items():
        if cohort not in inside and place[0] in points:
            load[place] = load.get(place, 0) + problem.heads(cohort)
    columns = [k for k, point in enumerate(problem.points) if point.id in points]
    left = tuple(_less(problem, problem.points[k], load) for k in columns)
    buildings = tuple(
        b if b.points is None else replace(b, points=tuple(p for p in b.points if p in points))
        for b in (problem.buildings[k] for k in kept)
    )
    walk = None if problem.walk is None else tuple(tuple(problem.walk[k][p] for p in columns) for k in kept)
    known = {b.id for b in buildings}
    previous = {b: p for b, p in problem.previous.items() if b in known and p in points}
    return replace(problem, points=left, buildings=buildings, walk=walk, previous=previous)


def _less(problem: Problem, point: Point, load: Mapping[tuple[str, int], int]) -> Point:
    if not any(place[0] == point.id for place in load):
        return point
    slots = range(problem.slots)
    # A slot that somebody outside uses is closed: whose tier is there would have to be known.
    return replace(point, capacity=tuple(0 if (point.id, s) in load else problem.capacity(point.id, s) for s in slots))


class _Ways:
    """The changes tried one after another, then the best of them together with others."""

    def __init__(
        self,
        problem: Problem,
        places: Places,
        wanted: list[str],
        lane_more: Lanes,
        from_slot: int,
        seconds: float,
        seed: int,
    ) -> None:
        self.problem, self.wanted, self.lane_more = problem, wanted, lane_more
        self.places = {c: place for c, place in places.items() if c in problem.home_index}
        self.from_slot, self.seed = from_slot, seed
        self.singly_until = time.monotonic() + SINGLY * seconds
        self.deadline = time.monotonic() + seconds
        self.heads = sum(problem.heads(cohort) for cohort in wanted)

    def find(self, changes: list[Change]) -> list[WayOut]:
        ways = [way for change in changes if (way := self._way((change,), self.singly_until))]
        ways.sort(key=_rank)
        if ways and ways[0].placed_heads < self.heads:
            ways += self._together(ways)
            ways.sort(key=_rank)
        return ways

    def _together(self, ways: list[WayOut]) -> list[WayOut]:
        """The best way and, one by one, what helps most of the rest."""
        best, found = ways[0], []
        others = [way.changes[0] for way in ways]
        while best.placed_heads < self.heads and len(best.changes) < MOST_CHANGES:
            tried = (
                self._way((*best.changes, change), self.deadline) for change in others if change not in best.changes
            )
            better = [way for way in tried if way and way.placed_heads > best.placed_heads]
            if not better:
                break
            best = min(better, key=_rank)
            found.append(best)
        return found

    def _way(self, changes: tuple[Change, ...], until: float) -> WayOut | None:
        left = until - time.monotonic()
        if left <= 0:
            return None
        trial = try_changes(
            self.problem,
            self.places,
            changes,
            self.wanted,
            lane_more=self.lane_more,
            from_slot=self.from_slot,
            seconds=min(TRIAL_SECONDS, left),
            seed=self.seed,
        )
        if trial is None or not trial.placed:
            return None
        return WayOut(changes, trial.placed, trial.heads, trial.moved_heads)


def _rank(way: WayOut) -> tuple[int, int, int, list[int]]:
    kinds = list(WayKind)
    return -way.placed_heads, len(way.changes), way.moved_heads, [kinds.index(change.kind) for change in way.changes]


def try_changes(
    problem: Problem,
    places: Places,
    changes: Sequence[Change],
    wanted: Sequence[str],
    *,
    lane_more: Lanes,
    from_slot: int = 0,
    seconds: float = TRIAL_SECONDS,
    seed: int = 0,
) -> Trial | None:
    """Plan the changed problem with the least change. None where somebody who has a place would lose it."""
    from scheduling.planner.replanning.course import Replanning, Watch

    for change in changes:
        problem = apply_change(problem, change, lane_more)
    try:
        day = running_day(problem, places, from_slot)
    except CalledCannotStay:
        return None
    replanning = Replanning(day, Watch(time.monotonic(), seconds, lambda: False, None), seed)
    replanning.insert()
    found = replanning.places
    if any(cohort not in found for cohort in places):
        return None
    placed = tuple(cohort for cohort in wanted if all(part in found for part in _parts(problem, cohort)))
    heads = sum(problem.heads(part) for cohort in placed for part in _parts(problem, cohort))
    return Trial(placed, heads, day.moved_heads(found), found)


def _parts(problem: Problem, cohort: str) -> list[str]:
    """The cohort, or what it was divided into."""
    if cohort in problem.home_index:
        return [cohort]
    return [c for c in problem.cohort_ids if c.startswith(f"{cohort}/")]


# What might be changed.


def _changes(
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
    near = sorted(range(len(problem.points)), key=_distance(problem, home))
    points = [problem.points[p] for p in near]
    allowed = [p for p in points if _may_go(problem, building, p)]
    open_to = [p for p in allowed if p.id not in closed]
    for point in [p for p in allowed if p.id in closed][:NEAR_POINTS]:
        yield Change(WayKind.OPEN_AGAIN, {"point": point.id, "lanes": closed[point.id].lanes})
    longer = max(1, ceil(LONGER_MINUTES / problem.slot_minutes)) if problem.slot_minutes else 1
    for point in open_to[:NEAR_POINTS]:
        if (heads := max(_lane(problem, point, lane_more))) > 0:
            yield Change(WayKind.ONE_LANE_MORE, {"point": point.id, "heads": int(heads)})
        if building.window is None:
            minutes = round(longer * problem.slot_minutes)
            yield Change(WayKind.OPEN_LONGER, {"point": point.id, "slots": longer, "minutes": minutes})
    yield from _rules_to_bend(problem, building, points)
    largest = max((max(_capacity(problem, point)) for point in open_to), default=0)
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


def _capacity(problem: Problem, point: Point) -> tuple[float, ...]:
    return point.capacity if isinstance(point.capacity, tuple) else (point.capacity,) * problem.slots


def _lane(problem: Problem, point: Point, lane_more: Lanes) -> tuple[float, ...]:
    """What one lane more adds to the point, slot by slot: nothing where it is closed."""
    now = _capacity(problem, point)
    more = lane_more.get(point.id)
    return now if more is None else tuple(more[: len(now)]) + (0.0,) * (len(now) - len(more))


def apply_change(problem: Problem, change: Change, lane_more: Lanes | None = None) -> Problem:
    """The problem with the change."""
    facts = change.facts
    if change.kind is WayKind.LONGER_WALK:
        return replace(problem, max_walk=max(problem.max_walk or 0.0, float(facts["metres"])))
    if change.kind is WayKind.OPEN_LONGER:
        return _open_longer(problem, str(facts["point"]), int(facts["slots"]))
    if change.kind in (WayKind.OPEN_AGAIN, WayKind.ONE_LANE_MORE, WayKind.SERVE_TIER):
        points = tuple(
            _changed_point(problem, point, change, lane_more or {}) if point.id == facts["point"] else point
            for point in problem.points
        )
        return replace(problem, points=points)
    return replace(problem, buildings=tuple(_changed_building(building, change) for building in problem.buildings))


def _changed_point(problem: Problem, point: Point, change: Change, lane_more: Lanes) -> Point:
    if change.kind is WayKind.SERVE_TIER:
        return replace(point, serves=(*point.serves, str(change.facts["tier"])))
    more = _lane(problem, point, lane_more)
    return replace(point, capacity=tuple(a + b for a, b in zip(_capacity(problem, point), more, strict=True)))


def _open_longer(problem: Problem, longer: str, slots: int) -> Problem:
    """So many slots more at the end, in which only this point is open, as it is in its last open slot."""
    points = []
    for point in problem.points:
        now = _capacity(problem, point)
        last = next((heads for heads in reversed(now) if heads > 0), 0.0) if point.id == longer else 0.0
        points.append(replace(point, capacity=(*now, *(last for _ in range(slots)))))
    return replace(problem, slots=problem.slots + slots, points=tuple(points))


def _changed_building(building: Building, change: Change) -> Building:
    facts = change.facts
    if change.kind is WayKind.DIVIDE:
        cohorts = tuple(part for c in building.cohorts for part in _divided(c, facts))
        return building if cohorts == building.cohorts else replace(building, cohorts=cohorts)
    if building.id != facts["building"]:
        return building
    if change.kind is WayKind.ANY_TIME:
        return replace(building, window=None)
    return replace(building, points=(*(building.points or ()), str(facts["point"])))


def _divided(cohort: Cohort, facts: Mapping[str, Fact]) -> Iterator[Cohort]:
    if cohort.id != facts["cohort"]:
        yield cohort
        return
    parts = int(facts["parts"])
    for k in range(parts):
        yield Cohort(f"{cohort.id}/{k + 1}", cohort.heads // parts + (k < cohort.heads % parts))


def english_way(way: WayOut) -> str:
    """The changes of the way in plain English."""
    return " + ".join(ENGLISH_WAYS[change.kind] % dict(change.facts) for change in way.changes)


def ways_to_json(ways: Sequence[WayOut]) -> list[dict[str, object]]:
    return [
        {
            "changes": [{"kind": str(change.kind), "facts": dict(change.facts)} for change in way.changes],
            "placed": list(way.placed),
            "placed_heads": way.placed_heads,
            "moved_heads": way.moved_heads,
        }
        for way in ways
    ]


def ways_from_json(data: Sequence[Mapping[str, object]]) -> list[WayOut]:
    """What `ways_to_json` wrote. What is not of that form raises KeyError, TypeError or ValueError."""
    return [
        WayOut(
            tuple(Change(WayKind(change["kind"]), change["facts"]) for change in way["changes"]),  # type: ignore[attr-defined]
            tuple(way["placed"]),  # type: ignore[arg-type]
            int(way["placed_heads"]),  # type: ignore[call-overload]
            int(way["moved_heads"]),  # type: ignore[call-overload]
        )
        for way in data
    ]
