"""A part of a long list, and the way to the parts before and after it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class PageOf(Generic[Row]):
    """Some lines of a list in its order; `start` lines come before them."""

    lines: Sequence[Row]
    start: int
    total: int
    size: int  # lines of a whole page

    @property
    def end(self) -> int:
        return self.start + len(self.lines)

    @property
    def has_all(self) -> bool:
        return len(self.lines) == self.total

    @property
    def earlier(self) -> int | None:
        """Where the page before begins; None = this is the first."""
        return max(0, self.start - self.size) if self.start else None

    @property
    def later(self) -> int | None:
        """Where the next page begins; None = this is the last."""
        return self.end if self.end < self.total else None


def page_of(total: int, start: int, size: int, read: Callable[[int, int], Sequence[Row]]) -> PageOf[Row]:
    """The lines from `start` on, or the last page where the list has become shorter. `read` is given start and size."""
    start = min(start, max(0, total - 1) // size * size)
    return PageOf(read(start, size) if total else [], start, total, size)
