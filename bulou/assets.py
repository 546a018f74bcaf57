"""Front-end files: what `make setup` built, by the name the templates use."""

import json
from functools import cache
from pathlib import Path

from bulou.settings import PROJECT

DIST = PROJECT / "static" / "dist"


class AssetsMissing(Exception):
    """`make setup` has not been run: the pages have no style and no scripts."""


@cache
def manifest() -> dict[str, str]:
    """{"css/base.css": "css/base-3F2A.css", …}. Raises AssetsMissing with one sentence."""
    try:
        return dict(json.loads((DIST / "manifest.json").read_text()))
    except FileNotFoundError:
        raise AssetsMissing("The front end is not built. Run: make setup") from None


def asset_path(name: str) -> Path:
    return DIST / manifest()[name]


def asset_url(name: str) -> str:
    """Where the browser finds it. The name changes with the content, so it may be kept for ever."""
    return f"/static/dist/{manifest()[name]}"
