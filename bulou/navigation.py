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


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the program with its own entry."""

    endpoint: str
    words: Any
    permission: str  # without it the entry is not shown
    unless: str = ""  # nor with this one: the top of a phone has room for few, and the first page leads everywhere
    also: tuple[str, ...] = ()  # other beginnings of the addresses of its pages


def init_navigation(app: Flask, sections: Iterable[Section]) -> None:
    """Show each reader the sections that their role works with."""
    known = list(sections)

    def navigation() -> list[NavigationEntry]:
        may: Any = current_app.jinja_env.globals["may"]
        shown = [
            section for section in known if may(section.permission) and not (section.unless and may(section.unless))
        ]
        return [_entry(section) for section in shown]

    app.jinja_env.globals["navigation"] = navigation


def _entry(section: Section) -> NavigationEntry:
    url = url_for(section.endpoint)
    is_current = any(f"{request.path}/".startswith(f"{start}/") for start in (url, *section.also))
    return NavigationEntry(url, str(section.words), is_current)
