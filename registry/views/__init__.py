"""Pages of the roster."""

from registry.views import (
    columns,
    corrections,
    drawings,
    duplicates,
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
    "columns",
    "corrections",
    "drawings",
    "duplicates",
    "households",
    "importing",
    "imports",
    "people",
    "places",
    "positions",
    "residents",
    "roster",
]
