"""The command `bulou` as a whole: every command can be found, and help waits for nothing."""

import sys
from subprocess import run

import click
import pytest

from app import COMMANDS, cli


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_where_the_list_says(name):
    command = cli.get_command(click.Context(cli), name)

    assert command is not None
    assert command.help


def test_help_loads_neither_the_web_nor_the_database_nor_the_planner():
    heavy = "{'flask', 'sqlmodel', 'numpy', 'ortools'}"
    code = f"import sys, app\ntry: app.main()\nexcept SystemExit: sys.exit(' '.join({heavy} & set(sys.modules)) or 0)"

    done = run([sys.executable, "-c", code, "--help"], capture_output=True, text=True, check=False)

    assert (done.returncode, done.stderr) == (0, "")
    assert all(name in done.stdout for name in COMMANDS)
