"""What a manager wants of a plan, in plain words and three steps, and what the planner makes of it. Pure."""

from collections.abc import Mapping
from enum import StrEnum


class Wish(StrEnum):
    """Named as the planner's weights; on pages they have plain names."""

    WALK = "walk"  # short walks
    FINISH = "finish"  # early finish
    EARLY = "early"  # frail first
    MOVE = "move"  # same point as last time


# A step is a factor of the planner's weight. A wish that is not kept is the middle one.
STEPS: tuple[float, ...] = (0.25, 1.0, 4.0)
MIDDLE = 1.0

# For one head: a metre walked 1, a slot later 20, another point than last time 40. A slot later for everybody
# counts a metre for everybody; the share that keeps a building together is nobody's wish.
_EARLY, _MOVE, _SPREAD = 20.0, 40.0, 150.0


def planner_weights(wishes: Mapping[str, float], heads: int) -> dict[str, float]:
    """Weights of `planner.problem.Weights` for so many heads, from the factors kept with the round."""

    def step(wish: Wish) -> float:
        return float(wishes.get(wish, MIDDLE))

    return {
        "walk": step(Wish.WALK),
        "open": 1.0,
        "finish": heads * step(Wish.FINISH),
        "early": _EARLY * step(Wish.EARLY),
        "spread": _SPREAD,
        "move": _MOVE * step(Wish.MOVE),
    }
