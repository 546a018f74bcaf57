"""The whole problem as one 0-1 model, for whichever solver: nothing is left out and nothing is pruned.

x[cohort, point, slot] = placed there, y[building, point] = the building goes there, o[point] = opened, u[cohort] = unplaced.
"""

from dataclasses import dataclass, field

from scheduling.planner import Assignment, Problem, Together

# Beyond so many x no solver here gives anything back but memory errors; the peer then has its start.
MOST_PLACES = 4_000_000


class TooLarge(Exception):
    """The model has more places than can be built."""


@dataclass
class Model:
    """Minimise cost · v with low ≤ row ≤ high; all variables are whole, from 0 to their upper bound."""

    cost: list[float] = field(default_factory=list)
    upper: list[int] = field(default_factory=list)
    start: list[int] = field(default_factory=list)  # the values of the hint
    rows: list[tuple[float, float, list[int], list[float]]] = field(default_factory=list)
    x: dict[tuple[str, int, int], int] = field(default_factory=dict)

    def add(self, cost: float, start: int, upper: int = 1) -> int:
        self.cost.append(cost)
        self.upper.append(upper)
        self.start.append(start)
        return len(self.cost) - 1

    def row(self, low: float, high: float, terms: list[tuple[int, float]]) -> None:
        self.rows.append((low, high, [k for k, _ in terms], [a for _, a in terms]))

    def plan(self, problem: Problem, values: list[float]) -> list[Assignment]:
        chosen = [(c, p, s) for (c, p, s), k in self.x.items() if values[k] > 0.5]
        return [Assignment(c, problem.points[p].id, s) for c, p, s in chosen]


INF = float("inf")


class Builder:
    """Builds the model of a problem around a start: where that places everybody, nobody may be left out."""

    def __init__(self, problem: Problem, start: list[Assignment]) -> None:
        self.problem, self.model = problem, Model()
        self.start = {a.cohort: (problem.point_index[a.point], a.slot) for a in start}
        left = sum(b.heads for b in problem.buildings) - sum(map(problem.heads, self.start))
        self.may_leave_out = left > 0
        self.left_out: list[tuple[int, int]] = []  # u, and the heads of its cohort
        self.at: dict[tuple[int, int], dict[str, list[tuple[int, int]]]] = {}
        self.users: dict[int, list[int]] = {}

    def build(self) -> Model:
        if (places := self._count()) > MOST_PLACES:
            raise TooLarge(f"{places / 1e6:.0f} million places")
        for home, building in enumerate(self.problem.buildings):
            self._building(home, building)
        self._rooms()
        # One head more unplaced costs more than any plan can: fewer unplaced comes before all costs.
        dearest = 1 + sum(max(0.0, cost) * upper for cost, upper in zip(self.model.cost, self.model.upper, strict=True))
        for k, heads in self.left_out:
            self.model.cost[k] = dearest * heads
        return self.model

    def _count(self) -> int:
        total = 0
        for building in self.problem.buildings:
            first, last = self.problem.window(building)
            points = len(self.problem.points) if building.points is None else len(building.points)
            total += len(building.cohorts) * points * max(0, last - first + 1)
        return total

    def _points(self, home: int, building) -> list[int]:
        problem = self.problem
        names = problem.point_index if building.points is None else building.points
        points = [problem.point_index[name] for name in names]
        limit = INF if problem.max_walk is None else problem.max_walk * (1 + 1e-9)
        return [
            p for p in points if building.tier in problem.points[p].serves and problem.metres_between(home, p) <= limit
        ]

    def _building(self, home: int, building) -> None:
        problem, model, weights = self.problem, self.model, self.problem.weights
        points = self._points(home, building)
        goes = {self.start[c.id][0] for c in building.cohorts if c.id in self.start}
        together = problem.together is Together.BUILDING
        y = {p: model.add(0, int(p in goes)) for p in points} if together else {}
        if together:
            model.row(-INF, 1, [(k, 1) for k in y.values()])
            for p, k in y.items():
                self.users.setdefault(p, []).append(k)
        slots: dict[str, list[tuple[int, int]]] = {}
        for cohort in building.cohorts:
            slots[cohort.id] = self._cohort(home, building, cohort, points, y)
        if weights.spread and len(building.cohorts) > 1:
            self._spread(building, slots)
        if weights.finish:
            self._finish(slots)

    def _cohort(self, home: int, building, cohort, points: list[int], y: dict[int, int]) -> list[tuple[int, int]]:
        """Its x as (variable, slot)."""
        problem, model, weights = self.problem, self.model, self.problem.weights
        first, last = problem.window(building)
        pin, start = building.pinned.get(cohort.id), self.start.get(cohort.id)
        own: list[tuple[int, int]] = []
        for p in points:
            point = problem.points[p]
            moved = problem.previous.get(building.id, point.id) != point.id
            each = weights.walk * problem.metres_between(home, p) + weights.move * moved
            here = []
            for s in range(first, last + 1):
                if problem.capacity(point.id, s) < cohort.heads or (pin and pin != (point.id, s)):
                    continue
                k = model.add(cohort.heads * (each + weights.early * building.urgency * s), int(start == (p, s)))
                model.x[cohort.id, p, s] = k
                here.append((k, s))
                self.at.setdefault((p, s), {}).setdefault(building.tier, []).append((k, cohort.heads))
            if here and y:
                model.row(-INF, 0, [*((k, 1) for k, _ in here), (y[p], -1)])
            elif here:
                self.users.setdefault(p, []).extend(k for k, _ in here)
            own += here
        terms = [(k, 1.0) for k, _ in own]
        if self.may_leave_out and not pin:
            u = model.add(0, int(start is None))
            self.left_out.append((u, cohort.heads))
            terms.append((u, 1.0))
        model.row(1, 1, terms)
        return own

    def _spread(self, building, slots: dict[str, list[tuple[int, int]]]) -> None:
        model, most = self.model, self.problem.slots
        placed = [self.start[c][1] for c in slots if c in self.start] or [0]
        first, last = model.add(0, min(placed), most), model.add(0, max(placed), most)
        width = model.add(self.problem.weights.spread, max(placed) - min(placed), most)
        model.row(0, 0, [(last, 1), (first, -1), (width, -1)])
        for own in slots.values():
            model.row(0, INF, [(last, 1), *((k, -s) for k, s in own)])
            # Unplaced, its sum is 0 and must not pull `first` down: then the row is open.
            model.row(-INF, most, [(first, 1), *((k, most - s) for k, s in own)])

    def _finish(self, slots: dict[str, list[tuple[int, int]]]) -> None:
        model = self.model
        if not hasattr(self, "last_slot"):
            used = 1 + max((s for _, s in self.start.values()), default=-1)
            self.last_slot = model.add(self.problem.weights.finish, used, self.problem.slots)
        for own in slots.values():
            model.row(0, INF, [(self.last_slot, 1), *((k, -(s + 1)) for k, s in own)])

    def _rooms(self) -> None:
        """Capacity tied to opening, and tiers apart."""
        problem, model, used = self.problem, self.model, {p for p, _ in self.start.values()}
        opened = {}
        for p, users in self.users.items():
            if (price := problem.weights.open * problem.points[p].open_cost) != 0:
                opened[p] = o = model.add(price, int(p in used))
                for k in users:
                    model.row(-INF, 0, [(k, 1), (o, -1)])
        for (p, s), tiers in self.at.items():
            room = problem.capacity(problem.points[p].id, s)
            terms = [(k, heads) for own in tiers.values() for k, heads in own]
            if p in opened:
                model.row(-INF, 0, [*terms, (opened[p], -room)])
            else:
                model.row(-INF, room, terms)
            if len(tiers) > 1:
                self._tiers_apart(tiers, room)

    def _tiers_apart(self, tiers: dict[str, list[tuple[int, int]]], room: float) -> None:
        model, held = self.model, []
        for own in tiers.values():
            held.append(model.add(0, int(any(model.start[k] for k, _ in own))))
            model.row(-INF, 0, [*own, (held[-1], -room)])
        model.row(-INF, 1, [(k, 1) for k in held])
