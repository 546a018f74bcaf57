"""How long planning again may take, as a whole and in its parts; and who is told how far it is."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from scheduling.planner.plan import Progress


@dataclass
class Watch:
    """How much time is left, and who is told how far it is."""

    started: float
    seconds: float
    should_stop: Callable[[], bool]
    on_progress: Callable[[Progress], None] | None

    def left(self, share: float = 1.0) -> float:
        return self.started + share * self.seconds - time.monotonic()

    def is_over(self, share: float = 1.0) -> bool:
        return self.should_stop() or self.left(share) <= 0

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

    def progress(self) -> float:
        """How much of it is used, 0 to 1."""
        if self.steps is not None:
            return min(1.0, self.done / self.steps) if self.steps else 1.0
        assert self.deadline is not None
        return min(1.0, (time.monotonic() - self.begun) / max(1e-9, self.deadline - self.begun))

    def is_over(self) -> bool:
        return self.should_stop() or self.progress() >= 1
