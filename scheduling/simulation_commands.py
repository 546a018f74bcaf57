"""The command `bulou simulate`. Heavy modules are loaded inside it, so that a refusal comes at once."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bulou.commands import refuse
from scheduling.problem_files import read_or_refuse

if TYPE_CHECKING:
    from scheduling.planner.plan import Assignment
    from scheduling.planner.problem import Problem
    from scheduling.planner.simulation.settings import Settings
    from scheduling.planner_sentences import Translate

FILE = click.Path(path_type=Path)
MOST_RUNS = 100_000
EVERY_POINT = ""


class PerPoint(click.ParamType):
    """A number for every point, or POINT=NUMBER for one: (point or "", number)."""

    name = "number"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, float]:
        point, _, number = str(value).rpartition("=")
        try:
            return point, int(number) if number.isdecimal() else float(number)
        except ValueError:
            self.fail("must be NUMBER or POINT=NUMBER.", param, ctx)


class ClockTime(click.ParamType):
    """HH:MM as minutes after midnight."""

    name = "hh:mm"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        if isinstance(value, int):
            return value
        if not (match := re.fullmatch(r"([01]?\d|2[0-3]):([0-5]\d)", str(value))):
            self.fail("must be a time like 09:00.", param, ctx)
        return int(match[1]) * 60 + int(match[2])


@click.command()
@click.argument("problem_file", metavar="PROBLEM.json", type=FILE)
@click.argument("plan_file", metavar="PLAN.json", type=FILE)
@click.option("--runs", type=click.IntRange(1, MOST_RUNS), help="How many days; 200, fewer from 100,000 people on.")
@click.option("--seed", type=int, default=0, help="Other days.")
@click.option("--json", "as_json", is_flag=True, help="All figures as JSON (docs/simulate.md) instead of a table.")
@click.option("--settings", "settings_file", metavar="FILE.json", type=FILE, help="Assumptions of the day as JSON.")
@click.option("--lanes", type=PerPoint(), multiple=True, metavar="[POINT=]N", help="Lanes, instead of those planned.")
@click.option(
    "--rate", type=PerPoint(), multiple=True, metavar="[POINT=]N", help="Heads a lane really samples an hour."
)
@click.option(
    "--standing-room", type=PerPoint(), multiple=True, metavar="[POINT=]N", help="Heads that may wait at once."
)
@click.option("--hold", is_flag=True, default=None, help="Call a cohort only when there is standing room for it.")
@click.option("--in-turn", is_flag=True, default=None, help="Call the cohorts of a slot one after the other.")
@click.option("--no-show", type=click.FloatRange(0, 1), help="Share of the households that do not come.")
@click.option("--opens", type=ClockTime(), default="09:00", show_default=True, help="When the first slot begins.")
def simulate(
    problem_file: Path,
    plan_file: Path,
    runs: int | None,
    seed: int,
    as_json: bool,
    settings_file: Path | None,
    opens: int,
    **options: Any,
) -> None:
    """What the day of a plan will look like: waits, queues and the end at every point, and what calling by it saves.

    Ctrl-C ends it early; what the days done so far say is said.
    """
    from scheduling.commands import stop_on_signals
    from scheduling.planner.reading.files import read_problem
    from scheduling.planner.reading.problems import without_collecting
    from scheduling.planner_sentences import _, translator

    translate, stop = translator(), stop_on_signals()
    with without_collecting():
        problem = read_or_refuse(read_problem, problem_file, translate, names_file=True)
        assignments = _valid_assignments(problem, plan_file, translate)
        from scheduling.planner.simulation.reading import check_size

        read_or_refuse(lambda _: check_size(problem, assignments), problem_file, translate, names_file=True)
        settings = _settings(problem, settings_file, options, translate)
    from scheduling.planner.simulation.days import Stopped
    from scheduling.planner.simulation.forecast import forecast_to_json
    from scheduling.planner.simulation.simulate import simulate as simulate_plan
    from scheduling.simulation_words import forecast_lines

    try:
        forecast = simulate_plan(problem, assignments, settings, runs=runs, seed=seed, should_stop=stop.is_set)
    except Stopped:
        refuse(
            translate(
                _(
                    "Stopped before all points were simulated, so nothing is known of the day yet "
                    "(a very large plan takes one point after another); with fewer --runs it ends sooner."
                )
            )
        )
    if as_json:
        click.echo(json.dumps(forecast_to_json(forecast), ensure_ascii=False, indent=1))
    else:
        click.echo("\n".join(forecast_lines(forecast, translate, opens)))
    if stop.is_set():
        said = _("Stopped early: the days simulated until then are %(runs)s.")
        click.echo(translate(said) % {"runs": f"{forecast.runs:,}"}, err=True)


def _valid_assignments(problem: Problem, path: Path, translate: Translate) -> tuple[Assignment, ...]:
    """Those of the plan; refused where it breaks a rule, and says which."""
    from scheduling.planner.reading.files import read_json
    from scheduling.planner.reading.plans import assignments_from_json
    from scheduling.planner.rules import violations
    from scheduling.planner_sentences import _, violation_sentence

    def read(path: Path) -> tuple[Assignment, ...]:
        return assignments_from_json(read_json(path))

    assignments: tuple[Assignment, ...] = read_or_refuse(read, path, translate, names_file=True, is_plan=True)
    if assignments and (broken := violations(problem, assignments)):
        facts = {"file": path.name, "rule": violation_sentence(broken[0], translate)}
        refuse(translate(_("%(file)s is no valid plan of this problem: %(rule)s")) % facts)
    return assignments


def _settings(
    problem: Problem,
    path: Path | None,
    options: dict[str, Any],
    translate: Translate,
) -> Settings:
    """The settings of the file, and over them what was said on the command line; refused where no day can be."""
    from scheduling.planner.reading.files import read_json
    from scheduling.planner.simulation.reading import settings_from_json

    if path is None:
        given: Any = {}
    else:
        given = read_or_refuse(read_json, path, translate)
        read_or_refuse(lambda _: settings_from_json(given, problem), path, translate, names_file=True)
    said = {
        "lanes": _per_point(options["lanes"], given.get("lanes"), problem),
        "rate": _per_point(options["rate"], given.get("rate"), problem),
        "standing_room": _per_point(options["standing_room"], given.get("standing_room"), problem),
        "holds": options["hold"],
        "in_turn": options["in_turn"],
        "no_show": options["no_show"],
    }
    whole = given | {name: value for name, value in said.items() if value is not None}
    settings: Settings = read_or_refuse(lambda _: settings_from_json(whole, problem), Path(), translate)
    return settings


def _per_point(said: tuple[tuple[str, float], ...], given: Any, problem: Problem) -> Any:
    """None = nothing said. What is said for every point comes before what is said for one."""
    if not said:
        return None
    every = dict(said).get(EVERY_POINT, given if isinstance(given, int | float) else None)
    values = {point.id: every for point in problem.points} if every is not None else {}
    values |= given if isinstance(given, dict) and EVERY_POINT not in dict(said) else {}
    return values | {point: number for point, number in said if point != EVERY_POINT}
