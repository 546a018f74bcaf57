"""Pages of rounds and plans."""

from scheduling import words
from scheduling.views import handouts, plan_hand, plans, point_places, points, public, rounds, sizing

__all__ = ["BLUEPRINTS", "handouts", "plan_hand", "plans", "point_places", "points", "sizing", "words"]

BLUEPRINTS = [rounds.bp, public.bp]
