"""A small map: where the own building stands and which way the point is. Pure; metres in, pixels of a square out."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

SIDE = 320  # pixels of the square
_MARGIN = 36  # for the words at the edge
_MOST_OTHERS = 30  # buildings; more would be crowded, and the page is to stay small
_SCALES = (10, 20, 50, 100, 200, 500, 1000, 2000)  # metres of the bar

Place = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Spot:
    x: int
    y: int
    name: str = ""

    @property
    def anchor(self) -> str:
        """Words turn away from the nearer edge."""
        return "start" if self.x < SIDE / 3 else "end" if self.x > SIDE * 2 / 3 else "middle"


@dataclass(frozen=True, slots=True)
class Sketch:
    """`bar` is pixels for `bar_metres`. North is up."""

    home: Spot
    points: tuple[Spot, ...]
    others: tuple[Spot, ...]
    bar: int
    bar_metres: int


def draw_sketch(home: Place, points: Sequence[tuple[str, Place]], others: Sequence[Place]) -> Sketch | None:
    """The sketch; None where there is no point to show, or all is in one place."""
    if not points:
        return None
    shown = [home, *(place for _, place in points)]
    left, right = min(x for x, _ in shown), max(x for x, _ in shown)
    low, high = min(y for _, y in shown), max(y for _, y in shown)
    width = max(right - left, high - low)
    if width < 1:
        return None
    scale = (SIDE - 2 * _MARGIN) / width
    middle = ((left + right) / 2, (low + high) / 2)

    def spot(place: Place, name: str = "") -> Spot:
        x = SIDE / 2 + (place[0] - middle[0]) * scale
        return Spot(round(x), round(SIDE / 2 - (place[1] - middle[1]) * scale), name)

    near = sorted(others, key=lambda place: math.dist(place, middle))[:_MOST_OTHERS]
    within = [seen for seen in map(spot, near) if 8 <= seen.x <= SIDE - 8 and 8 <= seen.y <= SIDE - 8]
    metres = max((m for m in _SCALES if m * scale <= SIDE / 3), default=_SCALES[0])
    return Sketch(
        spot(home), tuple(spot(place, name) for name, place in points), tuple(within), round(metres * scale), metres
    )
