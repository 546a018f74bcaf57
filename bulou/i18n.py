"""Sentences in the reader's language. The words are in `translations/`, a catalogue for each feature."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from flask import Flask, g, has_request_context, request
from flask_babel import Babel, force_locale, get_locale, gettext, lazy_gettext
from flask_babel import ngettext as plural

LANGUAGES = ("zh", "en")
FEATURES = ("bulou", "accounts", "registry", "scheduling", "checkin", "followup", "examples")

# Flask-Babel 4 says nothing of its types; a sentence is a text.
_: Callable[..., str] = gettext
_l = lazy_gettext
ngettext: Callable[..., str] = plural

__all__ = ["FEATURES", "LANGUAGES", "_", "_l", "init_i18n", "language", "ngettext", "speaking", "spoken_language"]


def init_i18n(app: Flask) -> None:
    folders = ";".join(f"{app.root_path}/translations/{feature}" for feature in FEATURES)
    app.config.update(BABEL_TRANSLATION_DIRECTORIES=folders, BABEL_DOMAIN=";".join(["messages"] * len(FEATURES)))
    Babel(app, locale_selector=language, default_locale="en")


def language() -> str:
    """zh or en: the link, then the cookie, then what the browser asks for; on the command line the environment."""
    if not has_request_context():
        spoken = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG") or ""
        return "zh" if spoken.startswith("zh") else "en"
    if "language" not in g:
        asked = request.args.get("lang") or request.cookies.get("lang")
        g.language = asked if asked in LANGUAGES else request.accept_languages.best_match(LANGUAGES, default="zh")
    return g.language


def spoken_language() -> str:
    """zh or en, as sentences are made at the moment: inside `speaking` not always the reader's; en where nobody has said."""
    locale = get_locale()
    return "zh" if locale is not None and locale.language == "zh" else "en"


@contextmanager
def speaking(locale: str) -> Iterator[None]:
    """Sentences made inside are in this language, whoever asks."""
    with force_locale(locale):
        yield
