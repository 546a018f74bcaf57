"""The command line of scheduling. Heavy modules are loaded inside the commands, so that a refusal comes at once."""

from __future__ import annotations

import math
import os
import signal
import threading
from pathlib import Path

import click

from bulou.commands import refuse
from scheduling.problem_files import read_or_refuse


@click.command()
@click.argument("problem_file", metavar="PROBLEM.json", type=click.Path(path_type=Path))
@click.option("--out", metavar="PLAN.json", required=True, type=click.Path(path_type=Path), help="Where the plan goes.")
@click.option("--seconds", type=float, help="Time from when the problem is read; 10 if nothing is said.")
@click.option("--steps", type=click.IntRange(min=0), help="Instead of seconds: so many steps, the same plan each time.")
@click.option("--seed", type=int, default=0, help="Another seed may find another plan.")
def plan(problem_file: Path, out: Path, seconds: float | None, steps: int | None, seed: int) -> None:
    """Plan one problem (planning format, version 1) and write the plan.

    Ctrl-C ends the search early; the best plan so far is written.
    """
    from scheduling.planner.reading.problems import without_collecting

    if seconds is not None and steps is not None:
        raise click.UsageError("--seconds and --steps exclude each other.")
    if seconds is not None and not 0 <= seconds < math.inf:
        raise click.BadParameter("must be 0 or more.", param_hint="--seconds")
    refuse_unwritable(out)
    with without_collecting():
        # A call of its own: problem and plan are gone before collecting begins again and would look through them.
        _plan_file(problem_file, out, seconds=seconds, steps=steps, seed=seed)


def _plan_file(problem_file: Path, out: Path, *, seconds: float | None, steps: int | None, seed: int) -> None:
    from scheduling.planner.reading.files import read_problem, write_plan
    from scheduling.planner.solve import solve
    from scheduling.planner_sentences import (
        placed_sentences,
        quality_sentence,
        reason_sentence,
        translator,
    )

    translate = translator()
    problem = read_or_refuse(read_problem, problem_file, translate)
    stop = stop_on_signals()
    answer = solve(problem, seconds=seconds, steps=steps, seed=seed, should_stop=stop.is_set, dask=_dask())
    try:
        write_plan(answer, out, say=lambda reason: reason_sentence(reason, translate))
    except OSError:
        refuse_unwritable(out, is_sure=True)
    said = [*placed_sentences(problem, answer, translate), quality_sentence(answer, translate)]
    click.echo(
        "\n".join(filter(None, said)), err=not out.is_file()
    )  # a plan that is written to a pipe stays alone in it


def _dask() -> str:
    """The address in BULOU_DASK; a wrong one ends the program with a sentence."""
    if "BULOU_DASK" not in os.environ:
        return ""
    from bulou.settings import SettingsWrong, read_dask

    try:
        return read_dask()
    except SettingsWrong as wrong:
        raise click.ClickException(str(wrong)) from None


def refuse_unwritable(out: Path, is_sure: bool = False) -> None:
    """Said before the planning, not after it."""
    from scheduling.planner_sentences import _, translator

    if is_sure or out.is_dir() or not out.parent.is_dir() or not os.access(out.parent, os.W_OK):
        refuse(translator()(_("The plan cannot be written to %(file)s.")) % {"file": out})


def stop_on_signals() -> threading.Event:
    """Interrupted or told to end, the search stops and the best plan so far is written."""
    stop = threading.Event()
    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: stop.set())
    return stop
