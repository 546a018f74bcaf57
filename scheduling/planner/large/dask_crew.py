"""Workers of other machines: a Dask cluster (`dask scheduler`, `dask worker`) whose workers have this package installed.

Dask itself does again what a dead worker had in hand. Where the scheduler is lost, or was never there, this process does
the parts itself, so that no plan is lost with a cluster.
"""

from __future__ import annotations

import importlib
import threading
from collections import deque
from collections.abc import Collection
from contextlib import suppress
from typing import Any

from scheduling.planner.large.workers import MOST_DEATHS, Work

# How long an address may take to answer, and what part of the time that there is.
CONNECT_SECONDS, CONNECT_SHARE = 10.0, 0.1


class DaskCrew:
    """The cluster at an address such as `tcp://10.0.0.5:8786`. Raises OSError where nobody answers there in time;
    `seconds` is all the time there is, None = as much as is wanted."""

    def __init__(self, address: str, seconds: float | None = None) -> None:
        client: Any = importlib.import_module("distributed")  # loaded only where it is used, as it takes a second

        timeout = CONNECT_SECONDS if seconds is None else min(CONNECT_SECONDS, CONNECT_SHARE * seconds)
        self._client: Any = client.Client(address, timeout=timeout, set_as_default=False)
        self._under_way: dict[Any, tuple[int, Work, Any]] = {}
        self._here: deque[tuple[int, Work, Any]] = deque()
        self._arrived = threading.Event()

    @property
    def width(self) -> int:
        """A part for each thread of the cluster; workers may come and go."""
        try:
            return max(1, int(sum(self._client.nthreads().values())))
        except Exception:  # the scheduler is gone; what it raises then differs with the way it went
            return 1

    def submit(self, number: int, work: Work, part: Any) -> None:
        task = (number, work, part)
        try:
            future = self._client.submit(work, part, pure=False, retries=MOST_DEATHS)
        except Exception:  # as above: then this process does the part
            self._here.append(task)
        else:
            self._under_way[future] = task
            future.add_done_callback(lambda _: self._arrived.set())

    def results(self, seconds: float) -> list[tuple[int, Any]]:
        if self._here:
            number, work, part = self._here.popleft()
            return [(number, work(part))]
        self._wait(seconds)
        found = []
        for future in [future for future in self._under_way if future.status != "pending"]:
            number, work, part = self._under_way.pop(future)
            try:
                found.append((number, future.result(timeout=CONNECT_SECONDS)))
            except Exception:  # too many workers died of it, or the scheduler is gone: done here
                self._here.append((number, work, part))
        return found

    def _wait(self, seconds: float) -> None:
        if not self._under_way:
            return
        if all(future.status == "pending" for future in self._under_way):
            self._arrived.wait(max(0.001, seconds))
        self._arrived.clear()
        if self._client.status not in ("running", "connecting"):
            self._here.extend(self._under_way.values())
            self._under_way = {}

    def drop(self, numbers: Collection[int] | None = None) -> None:
        dropped = [future for future, task in self._under_way.items() if numbers is None or task[0] in numbers]
        with suppress(Exception):
            self._client.cancel(dropped, force=True)
        for future in dropped:
            del self._under_way[future]
        self._here = deque(task for task in self._here if numbers is not None and task[0] not in numbers)

    def close(self) -> None:
        self.drop()
        with suppress(Exception):
            self._client.close(timeout=CONNECT_SECONDS)
