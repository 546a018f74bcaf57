"""A fair greedy plan, as a careful person would make it by hand: hard cases first, each building where it costs least now.

Nothing here is of the planner's search; it is what the peers start from.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator

from scipy.spatial import KDTree

from scheduling.planner import Assignment, Building, Problem, Together

# A building looks at so many of the nearest points first, and at others only where none of those takes all of it.
NEAR = 30
# Beyond so many points and without a matrix of walks, the nearest are found by a tree.
MANY_POINTS = 200


class Greedy:
    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.capacity = [[problem.capacity(point.id, s) for s in range(problem.slots)] for point in problem.points]
        self.load: dict[tuple[int, int], int] = defaultdict(int)
        self.tier: dict[tuple[int, int], str] = {}
        self.used: set[int] = set()
        self.places: dict[str, tuple[int, int]] = {}
        self.index = problem.point_index
        self.tree = KDTree([(p.x, p.y) for p in problem.points]) if has_tree(problem) else None

    def plan(self) -> list[Assignment]:
        problem = self.problem
        for building in problem.buildings:
            for cohort, (point, slot) in building.pinned.items():
                self._put(building, cohort, self.index[point], slot)
        for building in sorted(problem.buildings, key=self._hardness):
            if problem.together is Together.BUILDING:
                self._place(building, [c.id for c in building.cohorts if c.id not in self.places])
            else:
                for cohort in building.cohorts:
                    if cohort.id not in self.places:
                        self._place(building, [cohort.id])
        return [Assignment(c, problem.points[p].id, s) for c, (p, s) in self.places.items()]

    def _hardness(self, building: Building) -> tuple[float, ...]:
        """Few points and narrow windows first, then the urgent, then the large."""
        first, last = self.problem.window(building)
        few = len(building.points) if building.points is not None else math.inf
        is_rare = 0 if building.tier != "normal" else 1
        return (0 if building.pinned else 1, is_rare, few, last - first, -building.urgency, -building.heads)

    def _place(self, building: Building, cohorts: list[str]) -> None:
        """To the cheapest point that takes all of them, else to the one that takes most."""
        cohorts = sorted(cohorts, key=lambda c: -self.problem.heads(c))
        best: tuple[tuple[float, ...], int, list[tuple[str, int]]] | None = None
        for k, p in enumerate(self._points(building)):
            if k >= NEAR and best is not None and best[0][0] == 0:
                break
            found = self._slots(building, cohorts, p)
            left = sum(map(self.problem.heads, cohorts)) - sum(self.problem.heads(c) for c, _ in found)
            score = (left, self._cost(building, found, p))
            if found and (best is None or score < best[0]):
                best = (score, p, found)
        if best is not None:
            for cohort, slot in best[2]:
                self._put(building, cohort, best[1], slot)

    def _points(self, building: Building) -> Iterator[int]:
        """Where it may go, the nearest first; of very many first the near ones, then all."""
        if self.tree is not None and building.points is None:
            names = [self.problem.points[p].id for p in self.tree.query((building.x, building.y), 2 * NEAR)[1]]
            yield from self._allowed(building, names)
        yield from self._allowed(building, building.points if building.points is not None else self.index)

    def _allowed(self, building: Building, names: Iterable[str]) -> list[int]:
        problem, home = self.problem, self.problem.building_index[building.id]
        if problem.together is Together.BUILDING:
            fixed = [self.places[c.id][0] for c in building.cohorts if c.id in self.places]
            names = [problem.points[p].id for p in fixed[:1]] or names
        limit = math.inf if problem.max_walk is None else problem.max_walk * (1 + 1e-9)
        near = [(problem.metres_between(home, self.index[name]), self.index[name]) for name in names]
        return [p for metres, p in sorted(near) if metres <= limit and building.tier in problem.points[p].serves]

    def _slots(self, building: Building, cohorts: list[str], p: int) -> list[tuple[str, int]]:
        """First fit, the largest cohort first."""
        first, last = self.problem.window(building)
        found, here = [], defaultdict(int)
        for cohort in cohorts:
            heads = self.problem.heads(cohort)
            for s in range(first, last + 1):
                room = self.capacity[p][s] - self.load.get((p, s), 0) - here[s]
                if heads <= room and self.tier.get((p, s), building.tier) == building.tier:
                    here[s] += heads
                    found.append((cohort, s))
                    break
        return found

    def _cost(self, building: Building, found: list[tuple[str, int]], p: int) -> float:
        problem, weights = self.problem, self.problem.weights
        point, home = problem.points[p], problem.building_index[building.id]
        moved = problem.previous.get(building.id, point.id) != point.id
        each = weights.walk * problem.metres_between(home, p) + weights.move * moved
        cost = sum(problem.heads(c) * (each + weights.early * building.urgency * s) for c, s in found)
        slots = [s for _, s in found] or [0]
        cost += weights.spread * (max(slots) - min(slots))
        return cost + (0 if p in self.used else weights.open * point.open_cost)

    def _put(self, building: Building, cohort: str, p: int, s: int) -> None:
        self.places[cohort] = (p, s)
        self.load[p, s] += self.problem.heads(cohort)
        self.tier[p, s] = building.tier
        self.used.add(p)


def has_tree(problem: Problem) -> bool:
    return problem.walk is None and len(problem.points) > MANY_POINTS


def greedy_plan(problem: Problem) -> list[Assignment]:
    return Greedy(problem).plan()
