"""How long planning again may take, as a whole and in its parts; and who is told how far it is."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass

from scheduling.planner.plan import Progress

# Without a clock the exact solver stops after so much of its own work: at least this, and this for each step.
LEAST_EFFORT, STEP_EFFORT = 1.0, 1e-5


@dataclass
class Watch:
    """How much time is left, and who is told how far it is. With `steps` there are so many moves instead, the clock has
    no say, and the same input gives the same answer."""

    started: float
    seconds: float
    should_stop: Callable[[], bool]
    on_progress: Callable[[Progress], None] | None
    steps: int | None = None

    def left(self, share: float = 1.0) -> float:
        """Seconds until this part of the time is used; with steps, infinitely many."""
        return math.inf if self.steps is not None else self.started + share * self.seconds - time.monotonic()

    def is_over(self, share: float = 1.0) -> bool:
        return self.should_stop() or self.left(share) <= 0

    def pace(self, begins: float, ends: float, least: float = 0.0) -> Pace:
        """For the time or the steps between these two parts of the whole. What begins late (loading alone may take a
        second) has its share of what is left, so that nothing is paid by one part alone; `least` is the least share."""
        if self.steps is not None:
            return Pace(None, self.steps_between(begins, ends), self.should_stop)
        share = max(least, (ends - begins) / (1 - begins))
        return Pace(time.monotonic() + share * max(0.0, self.left()), None, self.should_stop)

    def steps_between(self, begins: float, ends: float) -> int:
        return round(max(0.0, ends - begins) * (self.steps or 0))

    def times(self, begins: float, ends: float, steps: int) -> float:
        """How often something that counts as so many steps may be done between the two parts; with a clock, always."""
        return math.inf if self.steps is None else self.steps_between(begins, ends) // steps

    def exactly(self, seconds: float, effort: float | None = None) -> tuple[float | None, float | None]:
        """How long the exact solver may take: in seconds (a little in any case), else in its own work, `effort` if that
        is less."""
        if self.steps is None:
            return max(0.05, seconds), None
        return None, min(effort or math.inf, LEAST_EFFORT + STEP_EFFORT * self.steps)

    def tell(self, unplaced: int, cost: float) -> None:
        if self.on_progress is not None:
            self.on_progress(Progress(time.monotonic() - self.started, unplaced, cost, None))


class Pace:
    """Ends at `deadline` (of time.monotonic), or, where `steps` says so, after as many moves: then the clock has no
    say, and the same input gives the same answer."""

    def __init__(self, deadline: float | None, steps: int | None, should_stop: Callable[[], bool]) -> None:
        self.deadline, self.steps, self.should_stop = deadline, steps, should_stop
        self.begun, self.done = time.monotonic(), 0

    def count(self, steps: int) -> None:
        self.done += steps

    def at_once(self, most: int, parts: int) -> int:
        """Moves to make before looking at the pace again: few steps are made in so many parts."""
        return most if self.steps is None else max(1, min(most, self.steps // parts))

    def progress(self) -> float:
        """How much of it is used, 0 to 1."""
        if self.steps is not None:
            return min(1.0, self.done / self.steps) if self.steps else 1.0
        assert self.deadline is not None
        return min(1.0, (time.monotonic() - self.begun) / max(1e-9, self.deadline - self.begun))

    def is_over(self) -> bool:
        return self.should_stop() or self.progress() >= 1
