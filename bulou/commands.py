"""How commands are found, what they run in, and how they end: 0 done, 1 refused with one sentence, 2 wrong usage."""

import functools
import importlib
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any, NoReturn

import click

_open_application: Callable[[], AbstractContextManager[Any]] = nullcontext


class LazyGroup(click.Group):
    """Imports a command only when it is called: `bulou plan` must not wait for the web."""

    def __init__(self, places: dict[str, tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._places = places  # name → ("module:attribute", what it does)

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(self._places)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self._places:
            return None
        module, attribute = self._places[cmd_name][0].split(":")
        command: click.Command = getattr(importlib.import_module(module), attribute)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of commands without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, self._places[name][1]) for name in self.list_commands(ctx)])


def set_application(open_application: Callable[[], AbstractContextManager[Any]]) -> None:
    """What `with_application` opens; said by `app.py`, since the ground floor knows no feature."""
    global _open_application
    _open_application = open_application


def with_application(command: Callable[..., Any]) -> Callable[..., Any]:
    """Run the command with settings, database and the reader's language; its refusals end it with one sentence."""

    @functools.wraps(command)
    def run(*args: Any, **kwargs: Any) -> Any:
        from bulou.errors import DomainError

        with _open_application():
            try:
                return command(*args, **kwargs)
            except DomainError as refusal:
                refuse(refusal.sentence)

    return run


def refuse(sentence: str) -> NoReturn:
    """One sentence on standard error, exit 1."""
    click.echo(sentence, err=True)
    sys.exit(1)


def write_file(file: Path, content: bytes, *, is_private: bool = False, makes_folder: bool = False) -> None:
    """What a command was asked to write; private: for nobody but its owner. Refused with one sentence where it cannot be."""
    from bulou.i18n import _

    try:
        if makes_folder:
            file.parent.mkdir(parents=True, exist_ok=True)
        file.touch(0o600 if is_private else 0o666)  # private from its first byte on
        file.write_bytes(content)
        if is_private:
            file.chmod(0o600)  # it may have been there before
    except OSError as wrong:
        refuse(_("%(file)s cannot be written: %(reason)s.", file=file, reason=wrong.strerror))
