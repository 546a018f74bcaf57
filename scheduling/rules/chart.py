"""The time chart of a plan: for each point and slot how many come and how many fit, as lengths to draw. Pure."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

BAR = 56.0  # pixels, for the largest capacity of all points
GAP = 18.0  # pixels, where nothing is open between two slots
NARROWEST = 22.0


@dataclass(frozen=True, slots=True)
class Cell:
    """One slot at one point. Lengths are pixels; `top` counts from above."""

    starts_at: datetime
    x: float
    width: float
    heads: int
    capacity: int
    capacity_top: float
    capacity_height: float
    load_top: float
    load_height: float

    @property
    def is_closed(self) -> bool:
        return self.capacity == 0


@dataclass(frozen=True, slots=True)
class ChartRow:
    point_id: str
    cells: tuple[Cell, ...]

    @property
    def heads(self) -> int:
        return sum(cell.heads for cell in self.cells)

    @property
    def capacity(self) -> int:
        return sum(cell.capacity for cell in self.cells)


@dataclass(frozen=True, slots=True)
class Tick:
    """A full hour, or the first slot after a gap; `is_first` says that a day or session begins here."""

    x: float
    at: datetime
    is_first: bool


@dataclass(frozen=True, slots=True)
class Chart:
    rows: tuple[ChartRow, ...]
    ticks: tuple[Tick, ...]
    width: float
    height: float


def draw_chart(
    starts: Sequence[datetime],
    slot_minutes: float,
    capacities: Sequence[tuple[str, Sequence[float]]],
    places: Iterable[tuple[str, int, int]],
) -> Chart:
    """Lay out the slots of all points, which share one scale; `places` are (point, slot, heads)."""
    length = timedelta(minutes=slot_minutes)
    width = max(NARROWEST, slot_minutes)
    offsets = _offsets(starts, length, width)
    load: Counter[tuple[str, int]] = Counter()
    for point, slot, heads in places:
        load[point, slot] += heads
    most = max((heads for _, slots in capacities for heads in slots), default=0) or 1
    rows = tuple(
        ChartRow(
            point,
            tuple(
                _cell(starts[slot], offsets[slot], width, load[point, slot], int(slots[slot]), BAR / most)
                for slot in range(len(starts))
            ),
        )
        for point, slots in capacities
    )
    return Chart(rows, _ticks(starts, length, offsets), (offsets[-1] + width if offsets else 0) + 40, BAR)


def _cell(starts_at: datetime, x: float, width: float, heads: int, capacity: int, scale: float) -> Cell:
    room, load = (BAR if capacity == 0 else capacity * scale), heads * scale
    return Cell(starts_at, x, width - 2, heads, capacity, _px(BAR - room), _px(room), _px(BAR - load), _px(load))


def _offsets(starts: Sequence[datetime], length: timedelta, width: float) -> list[float]:
    offsets: list[float] = []
    for slot, starts_at in enumerate(starts):
        if not offsets:
            offsets.append(1.0)
            continue
        follows = starts[slot - 1] + length == starts_at
        offsets.append(offsets[-1] + width + (0 if follows else GAP))
    return offsets


def _ticks(starts: Sequence[datetime], length: timedelta, offsets: Sequence[float]) -> tuple[Tick, ...]:
    """Where sessions begin, and full hours that do not stand too close to the one before."""
    ticks: list[Tick] = []
    for slot, starts_at in enumerate(starts):
        is_first = slot == 0 or starts[slot - 1] + length != starts_at
        is_hour = starts_at.minute == 0 and (not ticks or offsets[slot] - ticks[-1].x >= 2 * NARROWEST)
        if is_first or is_hour:
            ticks.append(Tick(offsets[slot], starts_at, is_first))
    return tuple(ticks)


def _px(length: float) -> float:
    return round(length, 1)
