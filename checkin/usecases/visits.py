"""When phones were last here and what they had not sent yet. Kept in memory and written together: asking seldom writes."""

import threading
from datetime import datetime, timedelta
from weakref import WeakKeyDictionary

from bulou.database import Database, StoreBusy, database, transaction
from checkin.usecases.devices import DeviceKey, Seen, keep_visits

KEEP_EVERY = timedelta(seconds=30)


class Visits:
    """Those of one process. What it had not written yet is lost with it, and said again by the next call of the phone."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.waiting: dict[DeviceKey, Seen] = {}
        self.kept_at: dict[DeviceKey, datetime] = {}

    def hear(self, key: DeviceKey, unsent: int | None, now: datetime) -> None:
        with self.lock:
            before = self.waiting.get(key)
            self.waiting[key] = Seen(now, before.unsent if before and unsent is None else unsent)

    def keep(self, *, now: datetime) -> None:
        """Write all that wait once one has waited long enough, unless somebody else is writing: the next call does it."""
        here = database()
        if here.is_sqlite and here.writer.locked():
            return
        with self.lock:
            due = any(
                self.kept_at.get(key, seen.at - KEEP_EVERY) + KEEP_EVERY <= now for key, seen in self.waiting.items()
            )
            taken = self.waiting if due else {}
            if due:
                self.waiting = {}
                self.kept_at |= dict.fromkeys(taken, now)
        if taken:
            _write(taken)


def _write(taken: dict[DeviceKey, Seen]) -> None:
    try:
        with transaction() as session:
            keep_visits(session, taken)
    except StoreBusy:
        return  # what phones say of themselves is no fact that may not be lost


_visits: "WeakKeyDictionary[Database, Visits]" = WeakKeyDictionary()
_making = threading.Lock()


def visits() -> Visits:
    """Those of the running program's database."""
    with _making:
        return _visits.setdefault(database(), Visits())
