"""Pages of the roster."""

from registry.views import importing, people, places, roster
from registry.views.blueprint import bp

__all__ = ["bp", "importing", "people", "places", "roster"]
