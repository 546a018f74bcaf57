"""Where room is short: the ordinary search with other costs.

First nothing costs anything but heads without a place: it says how few need stay so. Then heads at another point than
told do: it sends whole buildings back, with as few left out, as between full points they can only change places as the
ordinary moves of groups do.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from scheduling.planner.arrays import Arrays, places_of
from scheduling.planner.candidates import Ints
from scheduling.planner.exact.cores import as_arrays
from scheduling.planner.local_search.search import Rhythm, Search
from scheduling.planner.problem import Problem
from scheduling.planner.replanning.keeping import Place, Places
from scheduling.planner.replanning.pace import Pace

Costs = np.ndarray[tuple[int], np.dtype[np.float64]]

# A head without a place counts as so many that are sent to another point.
MISSING = 20.0
# Cooled down once in two seconds it left 1,076 heads without a place, three times 1,094: eight days of 1,700 to 1,900.
ONE_CYCLE = (1.0,)


@dataclass
class ShortRoom:
    """`told` is the point and the slot of each cohort in force, -1 = none; `fewest` heads are known to stay unplaced."""

    problem: Problem
    arrays: Arrays
    told: tuple[Ints, Ints]
    fewest: int
    seed: int

    def fewest_without(self, places: Places, pace: Pace) -> dict[str, Place]:
        """As few without a place as the search finds, from these places; whoever was told a place is like all others."""
        search = Search(self._costing(np.zeros(len(self.arrays.near_point)), penalty=1.0), self.seed)
        search.fewest = self.fewest
        search.build(None, search.limit)
        return self._searched(search, places, pace, ends_at=self.fewest)

    def back_to_points(self, places: Places, pace: Pace) -> dict[str, Place]:
        """As few without a place, and few at another point than they were told."""
        search = Search(self._costing(self._away(), penalty=MISSING), self.seed)
        search.offer_places(*as_arrays(self.problem, self.arrays, places))
        search.fewest = search.best.unplaced  # no heat for placing more
        return self._searched(search, places, pace, ends_at=-1)

    def _costing(self, near_cost: Costs, penalty: float) -> Arrays:
        """The arrays with only these costs, for a head at a candidate and for one without a place."""
        a = self.arrays
        early, opening = np.zeros(len(a.heads)), np.zeros(len(a.opening))
        return replace(a, near_cost=near_cost, early=early, opening=opening, spread=0.0, finish=0.0, penalty=penalty)

    def _away(self) -> Costs:
        """Of each candidate of a group: the part of its heads that were not told to come there."""
        a = self.arrays
        cost = np.ones(len(a.near_point))
        for g in range(a.groups):
            members = slice(a.group_start[g], a.group_start[g + 1])
            heads, near = a.heads[members], slice(a.near_start[g], a.near_start[g + 1])
            if len(heads):
                at = a.near_point[near][:, None] == self.told[0][members][None, :]
                cost[near] -= (at * heads).sum(axis=1) / heads.sum()
        return cost

    def _searched(self, search: Search, places: Places, pace: Pace, ends_at: int) -> dict[str, Place]:
        search.offer_places(*as_arrays(self.problem, self.arrays, places))
        rhythm = Rhythm(
            deadline=pace.deadline,
            steps=pace.steps,
            should_stop=lambda: pace.should_stop() or search.best.unplaced == ends_at,
            tell=lambda _: None,
        )
        rhythm.shares = ONE_CYCLE
        search.improve(rhythm)
        return places_of(self.problem, self.arrays, search.best.state.point, search.best.state.slot)
