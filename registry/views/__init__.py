"""Pages of the roster."""

from registry.views import (
    corrections,
    drawings,
    households,
    importing,
    imports,
    people,
    places,
    positions,
    residents,
    roster,
)
from registry.views.blueprint import bp

__all__ = [
    "bp",
    "corrections",
    "drawings",
    "households",
    "importing",
    "imports",
    "people",
    "places",
    "positions",
    "residents",
    "roster",
]
