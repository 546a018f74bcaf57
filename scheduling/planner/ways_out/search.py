"""The cheapest ways out for people without a place, each checked by planning it.

A way is one change of the problem, or a few together: a closed point open again, one lane more, half an hour longer, a
tier served, a longer walk.
Each is tried with a short planning of the least change: who has a place is to keep it. What places nobody is not offered.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from scheduling.planner.plan import Plan
from scheduling.planner.problem import Problem
from scheduling.planner.replanning.keeping import Places
from scheduling.planner.ways_out.around import around, without
from scheduling.planner.ways_out.changes import Change, ClosedPoint, Lanes, WayKind
from scheduling.planner.ways_out.offers import list_changes
from scheduling.planner.ways_out.trying import TRIAL_SECONDS, try_changes

# So many changes together at most.
MOST_CHANGES = 3
# So much of the time is for single changes; the rest is for those that are enough only together.
SINGLY = 0.6
# One trial takes at most this part of it, so that where time is short more than one thing is tried.
TRIAL_SHARE = 0.2


@dataclass(frozen=True, slots=True)
class WayOut:
    """With all `changes` these cohorts find places, `placed_heads` in all, and `moved_heads` of others move for it."""

    changes: tuple[Change, ...]
    placed: tuple[str, ...]
    placed_heads: int
    moved_heads: int


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
    problem = without(problem, {c for c in problem.home_index if c not in places} - set(wanted))
    closed = closed or {}
    lanes = {**(lane_more or {}), **{point: again.capacity for point, again in closed.items()}}
    search = _Ways(problem, places, wanted, lanes, from_slot, seconds, seed)
    return search.find([change for change in list_changes(problem, wanted, lanes, closed) if change.kind in kinds])


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
        self.seconds = seconds
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
            seconds=min(TRIAL_SECONDS, TRIAL_SHARE * self.seconds, left),
            seed=self.seed,
        )
        if trial is None or not trial.placed:
            return None
        return WayOut(changes, trial.placed, trial.heads, trial.moved_heads)


def _rank(way: WayOut) -> tuple[int, int, int, list[int]]:
    kinds = list(WayKind)
    return -way.placed_heads, len(way.changes), way.moved_heads, [kinds.index(change.kind) for change in way.changes]
