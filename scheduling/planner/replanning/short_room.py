"""Where room is short: the ordinary search, to which those told a place are like all others.

First it says how few need stay without a place. Then it sends whole buildings back to the points they were told, with
as few left out: between full points they can only change places as the ordinary moves of groups do.
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

# A head without a place counts as so many that are sent to another point.
MISSING = 20.0


@dataclass
class ShortRoom:
    """`told` is the point and the slot of each cohort in force, -1 = none; `fewest` heads are known to stay unplaced."""

    problem: Problem
    arrays: Arrays
    told: tuple[Ints, Ints]
    fewest: int
    seed: int

    def fewest_without(self, places: Places, pace: Pace) -> dict[str, Place]:
        """As few without a place as the ordinary search finds, from these places."""
        search = Search(self.arrays, self.seed)
        search.fewest = self.fewest
        search.build(None, search.limit)
        return self._searched(search, places, pace, ends_at=self.fewest)

    def back_to_points(self, places: Places, pace: Pace) -> dict[str, Place]:
        """As few without a place, and few at another point than they were told."""
        arrays = replace(
            self.arrays,
            near_cost=self._away(),
            early=np.zeros(len(self.arrays.heads)),
            opening=np.zeros(len(self.arrays.opening)),
            spread=0.0,
            finish=0.0,
            penalty=MISSING,
        )
        search = Search(arrays, self.seed)
        search.offer_places(*as_arrays(self.problem, self.arrays, places))
        search.fewest = search.best.unplaced  # no heat for placing more
        return self._searched(search, places, pace, ends_at=-1)

    def _away(self) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
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
        search.improve(
            Rhythm(
                deadline=pace.deadline,
                steps=pace.steps,
                should_stop=lambda: pace.should_stop() or search.best.unplaced == ends_at,
                tell=lambda _: None,
            )
        )
        return places_of(self.problem, self.arrays, search.best.state.point, search.best.state.slot)
