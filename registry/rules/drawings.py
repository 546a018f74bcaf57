"""A drawing under the map: from its pixels to metres and back. Pure. North is up; the table has no other direction."""

import math
from dataclasses import dataclass

from registry.rules import Position

SHOWN_WIDE = 900  # pixels on pages: what a click without scripts is told in
SHORTEST, LONGEST = 1.0, 20_000.0  # metres between the two marks of a scale
CLOSEST = 10.0  # shown pixels between them: closer, a slip of one would change everything


@dataclass(frozen=True, slots=True)
class Paper:
    """A drawing's size in pixels and on the ground. `metres_wide` 0 = its scale is not known yet."""

    width: int
    height: int
    x: float = 0.0  # metres, of the left edge
    y: float = 0.0  # metres, of the lower edge
    metres_wide: float = 0.0

    @property
    def shown_width(self) -> int:
        return min(self.width, SHOWN_WIDE)

    @property
    def shown_height(self) -> int:
        return max(1, round(self.height * self.shown_width / self.width))

    @property
    def has_scale(self) -> bool:
        return self.metres_wide > 0

    def position(self, across: float, down: float) -> Position:
        """The place under a pixel as it is shown, counted from the upper left. Needs the scale."""
        metres = self.metres_wide / self.shown_width
        return Position(round(self.x + across * metres, 1), round(self.y + (self.shown_height - down) * metres, 1))

    def shown(self, x: float, y: float) -> tuple[int, int]:
        """The pixel above a place. Needs the scale; may lie outside."""
        pixels = self.shown_width / self.metres_wide
        return round((x - self.x) * pixels), round(self.shown_height - (y - self.y) * pixels)

    def covers(self, across: float, down: float) -> bool:
        return 0 <= across <= self.shown_width and 0 <= down <= self.shown_height

    def spot_of(self, position: Position) -> tuple[int, int] | None:
        """The pixel above a place; None = it is not known, or lies outside. Needs the scale."""
        if position.x is None or position.y is None:
            return None
        spot = self.shown(position.x, position.y)
        return spot if self.covers(*spot) else None

    def has_outside(self, position: Position) -> bool:
        """Whether a place is known and lies where the drawing does not reach. Without a scale nothing can be said."""
        return self.has_scale and position.x is not None and self.spot_of(position) is None

    @property
    def middle(self) -> tuple[int, int]:
        return self.shown_width // 2, self.shown_height // 2


@dataclass(frozen=True, slots=True)
class Mark:
    """Something shown on the drawing, in shown pixels. kind: building, point, first, second."""

    across: int
    down: int
    name: str
    kind: str


def scaled(
    paper: Paper, first: tuple[float, float], second: tuple[float, float], metres: float, known: Position | None
) -> Paper | None:
    """The drawing with the scale that two marks and their distance give; None where they give none.

    Where the position under the first mark is known, the drawing is laid so that it fits.
    """
    apart = math.dist(first, second)
    if not (apart >= CLOSEST and SHORTEST <= metres <= LONGEST):
        return None
    wide = metres * paper.shown_width / apart
    laid = Paper(paper.width, paper.height, paper.x, paper.y, wide)
    if known is None or known.x is None or known.y is None:
        return laid
    here = laid.position(*first)
    assert here.x is not None and here.y is not None
    return Paper(paper.width, paper.height, paper.x + known.x - here.x, paper.y + known.y - here.y, wide)
