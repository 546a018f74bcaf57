"""What the page "Why?" has tried out by planning it: little time for each page, and remembered while its plan is looked at."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import TypeVar

T = TypeVar("T")

# Somebody waits for the page: of half a second so much, about, is for trying things out.
SECONDS_OF_PAGE = 0.25
# Some pages of a few plans; an answer is some hundred bytes.
MOST_REMEMBERED = 500


class Patience:
    """How much of a page's time is left, for the next of so many things to try."""

    def __init__(self, seconds: float = SECONDS_OF_PAGE) -> None:
        self._until = time.monotonic() + seconds

    def share(self, things: int) -> float:
        """Seconds; 0 = none are left."""
        return max(0.0, self._until - time.monotonic()) / max(1, things)


class Memory:
    """The answers used last, by what they are about. A plan is frozen, so what is found of it stays true."""

    def __init__(self, most: int = MOST_REMEMBERED) -> None:
        self._most, self._lock = most, threading.Lock()
        self._known: OrderedDict[Hashable, object] = OrderedDict()

    def recall(self, key: Hashable, find: Callable[[], T]) -> T:
        """What was found before, or is found now. Nothing found is not remembered: with more time there may be something."""
        with self._lock:
            if key in self._known:
                self._known.move_to_end(key)
                return self._known[key]  # type: ignore[return-value]  # a key always has answers of one kind
        found = find()
        if found:
            with self._lock:
                self._known[key] = found
                if len(self._known) > self._most:
                    self._known.popitem(last=False)
        return found
