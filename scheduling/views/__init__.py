"""Pages of rounds and plans."""

from scheduling.views import handouts, plans, points, public, rounds

__all__ = ["BLUEPRINTS", "handouts", "plans", "points"]

BLUEPRINTS = [rounds.bp, public.bp]
