"""How long a sizing may take, and how that is shared out."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass

from scheduling.planner.sizing.cover import Effort

# Shares of the whole time: of one bound, of one trial plan, of the last plans together.
BOUND_SHARE, TRIAL_SHARE, LAST_SHARE = 0.05, 0.015, 0.2
# Without a clock: nodes of the search for one bound, steps of a trial plan in parts of the whole.
BOUND_NODES, TRIAL_PART = 2_000, 5
# An answer without any option helps nobody: the first one may take so many times as long as was given.
MOST_LATE = 3


class Stopped(Exception):
    """The caller wants what was found until now."""


@dataclass(frozen=True, slots=True)
class Budget:
    """With `steps` nothing depends on the clock."""

    started: float
    seconds: float | None
    steps: int | None
    seed: int
    should_stop: Callable[[], bool]

    def check(self) -> None:
        """Raises Stopped."""
        if self.should_stop():
            raise Stopped

    def left(self) -> float:
        return math.inf if self.seconds is None else self.started + self.seconds - time.monotonic()

    def left_for_search(self) -> float:
        """What is left but for the last plans."""
        return self.left() - (self.seconds or 0) * LAST_SHARE

    def is_far_over(self) -> bool:
        return self.left() <= (1 - MOST_LATE) * (self.seconds or 0)

    def for_bound(self) -> Effort:
        if self.seconds is None:
            return Effort(None, BOUND_NODES)
        return Effort(max(0.05, min(self.seconds * BOUND_SHARE, self.left())), None)

    def for_trial(self, patience: int) -> tuple[float | None, int | None]:
        """Seconds, or steps, of a trial plan: so many times the usual."""
        if self.seconds is None:
            assert self.steps is not None
            return None, max(1, patience * self.steps // TRIAL_PART)
        return max(0.05, min(patience * self.seconds * TRIAL_SHARE, self.left())), None

    def for_last(self, count: int) -> tuple[float | None, int | None]:
        """The same of one of so many last plans."""
        if self.seconds is None:
            return None, self.steps
        return min(2.0, max(0.05, self.left() / count)), None
