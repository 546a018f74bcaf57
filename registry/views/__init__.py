"""Pages of the roster."""

from registry.views import corrections, importing, people, places, roster
from registry.views.blueprint import bp

__all__ = ["bp", "corrections", "importing", "people", "places", "roster"]
