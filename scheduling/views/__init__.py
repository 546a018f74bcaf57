"""Pages of rounds and plans."""

from scheduling import words
from scheduling.views import handouts, plans, points, public, rounds, sizing

__all__ = ["BLUEPRINTS", "handouts", "plans", "points", "sizing", "words"]

BLUEPRINTS = [rounds.bp, public.bp]
