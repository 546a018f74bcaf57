"""The links on top of every page."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from flask import Flask, current_app, request, url_for


@dataclass(frozen=True, slots=True)
class NavigationEntry:
    url: str
    words: str
    is_current: bool


def init_navigation(app: Flask, entries: Iterable[tuple[str, Any, Any]]) -> None:
    """Entries are (endpoint, words, permission); whoever lacks the permission does not see the entry."""
    known = list(entries)

    def navigation() -> list[NavigationEntry]:
        may = current_app.jinja_env.globals["may"]
        blueprint = request.blueprint or ""
        return [
            NavigationEntry(url_for(endpoint), str(words), endpoint.split(".")[0] == blueprint)
            for endpoint, words, permission in known
            if may(permission)  # type: ignore[operator]
        ]

    app.jinja_env.globals["navigation"] = navigation
