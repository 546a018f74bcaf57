"""Pages of the roster."""

from registry.views import corrections, households, importing, imports, people, places, residents, roster
from registry.views.blueprint import bp

__all__ = ["bp", "corrections", "households", "importing", "imports", "people", "places", "residents", "roster"]
