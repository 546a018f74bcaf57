"""`bulou size`: how many points, lanes and staff a planning problem needs, from the command line."""

from __future__ import annotations

import json
import math
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from scheduling.problem_files import read_or_refuse

if TYPE_CHECKING:
    from scheduling.planner import Problem
    from scheduling.planner.sizing import Option, Sizing
    from scheduling.planner_sentences import Translate


@click.command()
@click.argument("problem_file", metavar="PROBLEM.json", type=click.Path(path_type=Path))
@click.option("--staff", type=click.IntRange(min=0), help="Staff at work at the same time; as many as it takes.")
@click.option("--staff-per-lane", type=click.IntRange(min=0), default=2, show_default=True)
@click.option("--staff-per-point", type=click.IntRange(min=0), default=1, show_default=True)
@click.option("--lane-heads", type=click.FloatRange(min=1, max=10_000), default=80, show_default=True, help="An hour.")
@click.option("--utilisation", type=click.FloatRange(min=0.01, max=1), default=0.85, show_default=True)
@click.option("--most-lanes", type=click.IntRange(min=1, max=100), default=6, show_default=True, help="At one point.")
@click.option("--last-slot", type=click.IntRange(min=0), help="Nobody is called after this slot, counted from 0.")
@click.option("--walk", type=click.FloatRange(min=0, max=1e9), help="Metres that nobody walks more than.")
@click.option("--share", type=click.FloatRange(min=0, max=1), default=1.0, help="Of the people who must keep the walk.")
@click.option("--seconds", type=float, help="Time from when the problem is read; 15 if nothing is said.")
@click.option("--steps", type=click.IntRange(min=1), help="Instead of seconds: the same answer each time.")
@click.option("--seed", type=int, default=0, help="Another seed may find other plans.")
@click.option("--out", metavar="DIR", type=click.Path(path_type=Path), help="Each option's problem and plan as files.")
@click.option("--json", "as_json", is_flag=True)
def size(problem_file: Path, seconds: float | None, steps: int | None, seed: int, **asked: Any) -> None:
    """Say which points of a problem to open, with how many lanes, for how long.

    The points of the problem (planning format, version 1) are the candidates. Their capacity says only in which slots
    they are open. Ctrl-C ends the search early; the options found so far are said.
    """
    if seconds is not None and steps is not None:
        raise click.UsageError("--seconds and --steps exclude each other.")
    for name, number in {"seconds": seconds, **asked}.items():
        if isinstance(number, float) and (not math.isfinite(number) or number < 0):
            raise click.BadParameter("must be 0 or more.", param_hint=f"--{name.replace('_', '-')}")
    from scheduling.commands import stop_on_signals
    from scheduling.options_folder import write_options
    from scheduling.planner.reading.files import read_problem
    from scheduling.planner_sentences import _, translator

    folder, as_json, translate = asked.pop("out"), asked.pop("as_json"), translator()
    problem = read_or_refuse(read_problem, problem_file, translate)
    stop = stop_on_signals()  # from now on nothing is cut off: what is written is written whole
    found = _sized(problem, asked, seconds=seconds, steps=steps, seed=seed, should_stop=stop.is_set)
    is_empty = found.is_stopped and not found.options and not found.lacks
    if not is_empty:
        if folder is not None:
            write_options(found, folder, translate)
        click.echo(_as_json(found, translate) if as_json else "\n".join(_lines(found, translate)))
    if found.is_stopped:
        said = (
            _("Stopped before the options were ready.") if is_empty else _("Stopped early: this was found until then.")
        )
        click.echo(translate(said), err=True)
        _leave(1 if is_empty else 0)


def _leave(status: int) -> None:
    """End now, although a bound may still be worked out by a thread that nothing stops."""
    sys.stdout.flush()
    os._exit(status)


def _sized(problem: Problem, asked: dict[str, Any], **limits: Any) -> Sizing:
    from scheduling.planner.sizing import Ask, Staffing, Targets, rooms_of, size

    rooms = rooms_of(
        problem,
        lane_heads=asked["lane_heads"],
        utilisation=asked["utilisation"],
        most_lanes=asked["most_lanes"],
    )
    staffing = Staffing(asked["staff"], asked["staff_per_lane"], asked["staff_per_point"])
    targets = Targets(asked["last_slot"], asked["walk"], asked["share"])
    return size(Ask(problem, rooms, staffing, targets), **limits)


def _as_json(found: Sizing, translate: Translate) -> str:
    from scheduling.planner.sizing import sizing_to_json
    from scheduling.sizing_sentences import lack_sentence, way_sentence

    said = {
        **sizing_to_json(found),
        "sentences": [lack_sentence(lack, translate) for lack in found.lacks]
        + [way_sentence(way, translate) for way in found.ways],
    }
    return json.dumps(said, ensure_ascii=False)


def _lines(found: Sizing, translate: Translate) -> list[str]:
    from scheduling.planner_sentences import _
    from scheduling.sizing_sentences import lack_sentence, way_sentence

    lines = [lack_sentence(lack, translate) for lack in found.lacks]
    lines += [way_sentence(way, translate) for way in found.ways]
    for number, option in enumerate(found.options, start=1):
        lines += ["", *_option_lines(number, option, translate)]
    if any(option.proved for option in found.options):
        lines += ["", translate(_("(proved): nothing at all can be better in this, whatever is opened."))]
    return lines


def _option_lines(number: int, option: Option, translate: Translate) -> list[str]:
    from scheduling.planner_sentences import _
    from scheduling.sizing_sentences import MISSES, duration_words, goal_words

    goals = translate(_("; ")).join(goal_words(option.goals, option.proved, translate))
    facts: dict[str, object] = {
        "number": number,
        "goals": goals,
        "points": len(option.points),
        "lanes": option.lanes,
        "staff": option.staff,
        "time": duration_words(option.minutes, translate),
        "slot": option.end_slot,
        "mean": round(option.mean_walk),
        "most_walk": round(option.walk_95),
        "longest": round(option.max_walk),
        "unplaced": option.unplaced_heads,
        "opened": ", ".join(f"{point.point} × {point.lanes}" for point in option.points),
    }
    sentences = [
        _("%(number)s. %(goals)s"),
        _("   points %(points)s · lanes %(lanes)s · staff %(staff)s · %(time)s · last slot %(slot)s"),
        _("   walk: %(mean)s m on average, 95 %% up to %(most_walk)s m, all up to %(longest)s m"),
        _("   points × lanes: %(opened)s"),
    ]
    if option.unplaced_heads:
        sentences.append(_("   without a place: %(unplaced)s people"))
    said = [translate(sentence) % facts for sentence in sentences]
    return said + [f"   {translate(MISSES[target])}" for target in option.misses]
