"""Several short writes, one commit: what waits for SQLite's writer is stored together.

A durable commit waits for the disk, some milliseconds each. Whoever gets the writer takes along all that have queued up
meanwhile, commits once, and only then does anybody get an answer. PostgreSQL does the same by itself.
"""

import threading
from collections import deque
from collections.abc import Callable
from contextvars import Context, copy_context
from typing import Any, Generic, TypeVar
from weakref import WeakKeyDictionary

from sqlalchemy.exc import OperationalError
from sqlmodel import Session

from bulou.database import Database, StoreBusy, database, transaction

Result = TypeVar("Result")
MOST = 64  # writes of one commit: the first of them waits for the last


class Write(Generic[Result]):
    """One write of one thread, and what came of it."""

    def __init__(self, work: Callable[[Session], Result]) -> None:
        self.work = work
        self.context: Context = copy_context()  # language and request are those of whoever asked
        self.is_done = False
        self.result: Result | None = None
        self.failure: BaseException | None = None

    def run(self, session: Session) -> None:
        """Do it in a part of the transaction of its own: if it fails, the others do not."""
        connection = session.connection()
        connection.exec_driver_sql("SAVEPOINT one_of_several")
        try:
            self.result = self.context.run(self.work, session)
        except OperationalError:
            raise  # the store itself: nobody's write is kept
        except Exception as failure:
            self.failure = failure
            connection.exec_driver_sql("ROLLBACK TO one_of_several")
            session.expunge_all()
        connection.exec_driver_sql("RELEASE one_of_several")


class Queue:
    """Those who wait for the writer of one database."""

    def __init__(self) -> None:
        self.turn = threading.Lock()
        self.waiting: deque[Write[Any]] = deque()


_queues: "WeakKeyDictionary[Database, Queue]" = WeakKeyDictionary()
_making = threading.Lock()


def write(work: Callable[[Session], Result]) -> Result:
    """Run `work(session)` and commit, perhaps together with others. Raises what it raises, and StoreBusy.

    `work` has to be short, and must not commit.
    """
    here = database()
    if not here.is_sqlite:
        with transaction() as session:
            return work(session)
    queue = _queue_of(here)
    mine = Write(work)
    queue.waiting.append(mine)
    with queue.turn:
        if not mine.is_done:  # nobody took it along
            try:
                _write_all(queue)
            finally:
                if mine in queue.waiting:  # refused before it was taken: nobody may do it later
                    queue.waiting.remove(mine)
    if not mine.is_done:
        raise StoreBusy()  # whoever took it along was ended in the middle
    if mine.failure is not None:
        raise mine.failure
    return mine.result  # type: ignore[return-value]


def _queue_of(here: Database) -> Queue:
    with _making:
        return _queues.setdefault(here, Queue())


def _write_all(queue: Queue) -> None:
    """Take all that wait, the oldest first, and answer them once it is on disk."""
    while queue.waiting:
        together: list[Write[Any]] = []
        try:
            with transaction() as session:  # whoever comes while it is waited for is taken along
                while queue.waiting and len(together) < MOST:
                    together.append(queue.waiting.popleft())
                    together[-1].run(session)
        except Exception:  # nothing of it is on disk
            for one in together:
                one.failure = StoreBusy()
            if not together:
                raise
        for one in together:
            one.is_done = True
