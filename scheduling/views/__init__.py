"""Pages of rounds and plans."""

from scheduling import words
from scheduling.views import handouts, plans, points, public, rounds

__all__ = ["BLUEPRINTS", "handouts", "plans", "points", "words"]

BLUEPRINTS = [rounds.bp, public.bp]
