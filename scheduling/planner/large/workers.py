"""Those who do the parts of a large problem: this process alone, a few processes of this machine, or others (see
`dask_crew.py`). Which of them it is, and in what order they answer, must not show in the plan.

The processes are started as programs of their own and not by `multiprocessing`: a fork of a process with threads may
hang, a spawn imports the caller's main module again, and a child of its own may have none.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Collection
from contextlib import suppress
from multiprocessing.connection import Connection, Pipe, wait
from pathlib import Path
from typing import Any, Protocol

Work = Callable[[Any], Any]

# More of them take more memory than a machine may have to spare; beyond, take Dask.
WIDEST = 8
# A part on which so many workers died is left undone.
MOST_DEATHS = 3
# The folder that holds the package, so that a worker runs the same code as its caller.
ROOT = Path(__file__).resolve().parents[3]


class Crew(Protocol):
    """Takes parts and brings results, in any order. A part that cannot be done brings None."""

    @property
    def width(self) -> int:
        """How many parts are done side by side."""

    def submit(self, number: int, work: Work, part: Any) -> None:
        """Let `work(part)` be done; `work` is a function of a module, its result comes back under the number."""

    def results(self, seconds: float) -> list[tuple[int, Any]]:
        """What has come since; waits at most so long for the first. Nothing under way = nothing comes."""

    def drop(self, numbers: Collection[int] | None = None) -> None:
        """Forget the parts of these numbers, or all; nothing of them will come."""

    def close(self) -> None:
        """End; safe to repeat."""


class Alone:
    """This process does it all itself, a part each time it is asked for results."""

    width = 1

    def __init__(self) -> None:
        self.waiting: deque[tuple[int, Work, Any]] = deque()

    def submit(self, number: int, work: Work, part: Any) -> None:
        self.waiting.append((number, work, part))

    def results(self, seconds: float) -> list[tuple[int, Any]]:
        if not self.waiting:
            return []
        number, work, part = self.waiting.popleft()
        return [(number, work(part))]

    def drop(self, numbers: Collection[int] | None = None) -> None:
        self.waiting = deque(task for task in self.waiting if numbers is not None and task[0] not in numbers)

    def close(self) -> None:
        self.drop()


class Processes:
    """Processes of this machine. What a dead one had in hand is done again by another; where none can be started,
    this process does it itself."""

    def __init__(self, width: int | None = None) -> None:
        self.width = max(1, min(WIDEST, width or usable_cores()))
        self.waiting: deque[tuple[int, Work, Any]] = deque()
        self.deaths: dict[int, int] = {}
        self.workers = [worker for _ in range(self.width) if (worker := _start()) is not None]

    def submit(self, number: int, work: Work, part: Any) -> None:
        self.waiting.append((number, work, part))
        self._hand_out()

    def results(self, seconds: float) -> list[tuple[int, Any]]:
        found: list[tuple[int, Any]] = []
        self._hand_out(found)
        busy = {worker.pipe: worker for worker in self.workers if worker.task is not None}
        if not busy:
            return found or self._myself()
        for pipe in wait(list(busy), 0 if found else max(0.0, seconds)):
            assert isinstance(pipe, Connection)
            self._receive(busy[pipe], found)
        self._hand_out(found)
        return found

    def _receive(self, worker: _Worker, found: list[tuple[int, Any]]) -> None:
        try:
            number, is_done, result = worker.pipe.recv()
        except (EOFError, OSError):
            self._bury(worker, found)
            return
        assert worker.task is not None
        _, work, part = worker.task
        worker.task = None
        found.append((number, result if is_done else work(part)))

    def _hand_out(self, found: list[tuple[int, Any]] | None = None) -> None:
        for worker in list(self.workers):
            if self.waiting and worker.task is None:
                worker.task = self.waiting.popleft()
                try:
                    worker.pipe.send(worker.task)
                except OSError:
                    self._bury(worker, found)

    def _bury(self, worker: _Worker, found: list[tuple[int, Any]] | None) -> None:
        """A worker died: another takes its place and its part, unless that part has cost too many already."""
        self.workers.remove(worker)
        worker.end()
        if worker.task is not None:
            number = worker.task[0]
            self.deaths[number] = self.deaths.get(number, 0) + 1
            if self.deaths[number] < MOST_DEATHS or found is None:
                self.waiting.appendleft(worker.task)
            else:
                found.append((number, None))
        if sum(self.deaths.values()) <= MOST_DEATHS * self.width and (another := _start()) is not None:
            self.workers.append(another)

    def _myself(self) -> list[tuple[int, Any]]:
        if self.workers or not self.waiting:
            return []
        number, work, part = self.waiting.popleft()
        return [(number, work(part))]

    def drop(self, numbers: Collection[int] | None = None) -> None:
        """Those at work are ended, as they cannot be told; others take their places."""
        self.waiting = deque(task for task in self.waiting if numbers is not None and task[0] not in numbers)
        busy = [worker for worker in self.workers if worker.task is not None]
        for worker in [worker for worker in busy if worker.task and (numbers is None or worker.task[0] in numbers)]:
            self.workers.remove(worker)
            worker.end()
            if (another := _start()) is not None:
                self.workers.append(another)

    def close(self) -> None:
        self.waiting.clear()
        for worker in self.workers:
            worker.end()
        self.workers = []


class _Worker:
    """A process and the pipe to it; `task` is what it has in hand."""

    def __init__(self) -> None:
        self.pipe, theirs = Pipe()
        path = os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
        try:
            # A session of its own: Ctrl-C is for the caller, who then ends its workers.
            self.process = subprocess.Popen(
                [sys.executable, "-P", "-m", "scheduling.planner.large.worker", str(theirs.fileno())],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                env={**os.environ, "PYTHONPATH": path},
                start_new_session=True,
            )
        except OSError:
            self.pipe.close()
            raise
        finally:
            theirs.close()
        self.task: tuple[int, Work, Any] | None = None

    def end(self) -> None:
        self.process.kill()
        self.process.wait()
        with suppress(OSError):
            self.pipe.close()


def _start() -> _Worker | None:
    """A new worker; None = this machine has no room for one."""
    try:
        return _Worker()
    except OSError:
        return None


def usable_cores() -> int:
    """Cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
