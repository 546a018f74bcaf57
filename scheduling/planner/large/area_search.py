"""What is done with one area, by whichever process: a plan from its flow, then the search."""

from __future__ import annotations

import time
from dataclasses import dataclass

from scheduling.planner.arrays import Arrays
from scheduling.planner.bounds.flow import FlowModel
from scheduling.planner.candidates import Ints
from scheduling.planner.local_search.search import Cycle, Rhythm, Search

# An area has time for few moves; so one in ten fills slots afresh, which brings a building nearer where a point is full.
# It takes four times as long as any other, and 1 s finds what 8 s found without.
CHANCES = (0.85, 0.9, 0.003, 0.6, 0.1)


@dataclass(frozen=True)
class AreaPart:
    """An area to be improved from the plan it has. Slots from `limit` on stay as they are; `hot` is where the
    annealing begins, in parts of the usual change of cost. Ends after so many seconds, or after so many steps."""

    arrays: Arrays
    point: Ints
    slot: Ints
    limit: int
    seed: int
    from_flow: bool
    hot: float
    seconds: float | None
    steps: int | None


def search_area(part: AreaPart) -> tuple[Ints, Ints]:
    """The point of each group and the slot of each cohort, at least as good as they were."""
    begun = time.monotonic()
    search = Search(part.arrays, part.seed, threads=1)
    search.limit = part.limit
    if part.limit > 1:
        search.chances = CHANCES
    search.offer_places(part.point, part.slot)
    if part.from_flow:
        flow = FlowModel(part.arrays).solve(part.limit, 0)
        if flow is not None:
            search.build(flow.prefer, part.limit)
    search.improve(OneCycle(part, begun))
    return search.best.state.point, search.best.state.slot


class OneCycle(Rhythm):
    """A single annealing that uses all of the time or the steps."""

    def __init__(self, part: AreaPart, begun: float) -> None:
        deadline = None if part.seconds is None else begun + part.seconds
        super().__init__(deadline=deadline, steps=part.steps, should_stop=lambda: False, tell=lambda _: None)
        self.part = part
        self.shares = (1.0,)

    def next_cycle(self) -> Cycle | None:
        cycle = super().next_cycle()
        return None if cycle is None else Cycle(cycle.number, self.part.hot, min(0.01, self.part.hot))
