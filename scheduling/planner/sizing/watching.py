"""A sizing in a thread of its own, which can be left at any moment with what it has found: a bound of a large problem
takes seconds and cannot be stopped in between."""

from __future__ import annotations

import threading
from collections.abc import Callable

from scheduling.planner.sizing.course import Sizer
from scheduling.planner.sizing.options import Sizing

# How often is asked whether to stop; how long the sizing is waited for then, to come to an end by itself.
LOOK_SECONDS, LEAVE_SECONDS = 0.05, 0.5


class Watched:
    """`should_stop` and `on_progress` are called by the thread that calls `run`, and by no other."""

    def __init__(
        self, sizer: Sizer, stop: threading.Event, should_stop: Callable[[], bool], tell: Callable[[float], None]
    ) -> None:
        self.sizer, self.stop, self.should_stop, self.tell = sizer, stop, should_stop, tell
        self.thread = threading.Thread(target=self._run, name="sizing", daemon=True)
        self.found: Sizing | None = None
        self.failure: BaseException | None = None
        self.told = 0.0

    def run(self) -> Sizing:
        """The whole answer, or soon after `should_stop` says so what was found until then."""
        self.thread.start()
        while self.thread.is_alive() and not self.should_stop():
            self.thread.join(LOOK_SECONDS)
            self._tell()
        self.stop.set()
        self.thread.join(LEAVE_SECONDS)
        self._tell()
        if self.failure is not None:
            raise self.failure
        return self.found or self.sizer.so_far()

    def _run(self) -> None:
        try:
            self.found = self.sizer.run()
        except BaseException as failure:
            self.failure = failure

    def _tell(self) -> None:
        if self.sizer.share > self.told:
            self.told = self.sizer.share
            self.tell(self.told)
