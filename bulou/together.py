"""Several short writes, one transaction: what waits for the writer is stored together.

A durable commit waits for the disk, some milliseconds each. Whoever gets the writer takes along all that have queued up
meanwhile, hands them over together, commits once, and only then does anybody get an answer. What cannot be written together,
because one breaks the program or somebody else holds a row, is written by each for itself, so that nobody waits for another's.
"""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from sqlmodel import Session

from bulou.database import BUSY_SECONDS, LockTaken, StoreBusy, transaction

Item = TypeVar("Item")
Result = TypeVar("Result")
MOST = 64  # of one commit: the first of them waits for the last
PATIENCE = 0.2  # seconds that all of them wait for a row that somebody else holds


@dataclass(slots=True, eq=False)
class Waiting(Generic[Item, Result]):
    """What one thread wants written, and what came of it."""

    item: Item
    is_done: bool = False
    is_alone: bool = False  # its own thread writes it, not together with others
    result: Result | None = None
    failure: BaseException | None = None


class Together(Generic[Item, Result]):
    """Those of this process who wait to write things of one kind.

    `write_all(session, items)` gives a result for each item in the same order. It has to be short, must not commit, and must
    not depend on who called it: it runs in the thread of any of them.
    """

    def __init__(self, write_all: Callable[[Session, Sequence[Item]], Sequence[Result]]) -> None:
        self._write_all = write_all
        self._turn = threading.Lock()
        self._queue: deque[Waiting[Item, Result]] = deque()

    def write(self, item: Item) -> Result:
        """The result, once it is on disk. Raises what `write_all` raises for this item alone, and StoreBusy."""
        mine: Waiting[Item, Result] = Waiting(item)
        self._queue.append(mine)
        with self._turn:
            if not mine.is_done:  # nobody took it along
                try:
                    self._write_queue(mine)
                finally:
                    if mine in self._queue:  # ended before it was taken: nobody may write it later
                        self._queue.remove(mine)
        if mine.is_alone:
            return self._write_alone(item)
        if mine.failure is not None:
            raise mine.failure
        return mine.result  # type: ignore[return-value]

    def _write_queue(self, mine: Waiting[Item, Result]) -> None:
        """Write what waits, the oldest first, until `mine` is done. What was taken along is answered, whatever happens."""
        while not mine.is_done:
            taken: list[Waiting[Item, Result]] = []
            try:
                self._write_some(taken)
            finally:
                for one in taken:
                    if not one.is_done:  # ended in the middle: nothing of it is on disk
                        one.is_done, one.failure = True, StoreBusy()

    def _write_some(self, taken: list[Waiting[Item, Result]]) -> None:
        try:
            with transaction(patience=PATIENCE) as session:
                while self._queue and len(taken) < MOST:  # whoever came while the writer was waited for comes along
                    taken.append(self._queue.popleft())
                results = self._write_all(session, [one.item for one in taken])
        except Exception as failure:
            if isinstance(failure, StoreBusy) and not isinstance(failure, LockTaken):
                self._give_up(taken)
            else:
                self._leave_alone(taken)
        else:
            for one, result in zip(taken, results, strict=True):
                one.is_done, one.result = True, result

    def _leave_alone(self, taken: list[Waiting[Item, Result]]) -> None:
        for one in taken:
            one.is_done = one.is_alone = True

    def _give_up(self, taken: list[Waiting[Item, Result]]) -> None:
        """The store cannot be written: nobody who waits is kept waiting for it once more."""
        while not taken and self._queue:
            taken.append(self._queue.popleft())
        for one in taken:
            one.is_done, one.failure = True, StoreBusy()

    def _write_alone(self, item: Item) -> Result:
        try:
            return self._write_once(item)
        except LockTaken:  # of two who waited for each other, the other one has it by now
            return self._write_once(item)

    def _write_once(self, item: Item) -> Result:
        with transaction(patience=BUSY_SECONDS / 2) as session:
            [result] = self._write_all(session, [item])
        return result
