"""The links on top of every page."""

from collections.abc import Callable, Iterable
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
    waiting: Callable[[], int] | None = None  # how many wait there; with it the entry shows only where somebody does
    also: tuple[str, ...] = ()  # other beginnings of the addresses of its pages


def init_navigation(app: Flask, sections: Iterable[Section]) -> None:
    """Show each reader the sections that their role works with."""
    known = list(sections)

    def navigation() -> list[NavigationEntry]:
        may: Any = current_app.jinja_env.globals["may"]
        shown = [
            section for section in known if may(section.permission) and not (section.unless and may(section.unless))
        ]
        entries = [_entry(section, section.waiting() if section.waiting else None) for section in shown]
        return [entry for entry in entries if entry is not None]

    app.jinja_env.globals["navigation"] = navigation


def _entry(section: Section, waiting: int | None) -> NavigationEntry | None:
    if waiting == 0:
        return None
    url = url_for(section.endpoint)
    is_current = any(f"{request.path}/".startswith(f"{start}/") for start in (url, *section.also))
    words = f"{section.words} ({waiting})" if waiting else str(section.words)
    return NavigationEntry(url, words, is_current)
