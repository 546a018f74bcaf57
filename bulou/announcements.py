"""Where something early must wake something late. `app.py` connects the two; the announcer knows no one."""

from collections import defaultdict
from collections.abc import Callable
from typing import Any

from sqlmodel import Session

_listeners: dict[type, list[Callable[..., Any]]] = defaultdict(list)


def on(event_type: type, listener: Callable[..., Any]) -> None:
    """From now on `listener(session, event)` runs for each announcement of this type. Twice is once."""
    if listener not in _listeners[event_type]:
        _listeners[event_type].append(listener)


def announce(session: Session, event: object) -> None:
    """Run every listener inside the announcer's transaction: all of it happens or none."""
    for listener in _listeners[type(event)]:
        listener(session, event)
