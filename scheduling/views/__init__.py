"""Pages of rounds and plans."""

from scheduling.views import handouts, points, public, rounds

__all__ = ["BLUEPRINTS", "handouts", "points"]

BLUEPRINTS = [rounds.bp, public.bp]
