"""`bulou replan`: a running day planned again from files. Heavy modules are loaded inside, so that a refusal comes at once."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bulou.commands import refuse
from scheduling.problem_files import read_or_refuse

if TYPE_CHECKING:
    from scheduling.planner.problem import Problem
    from scheduling.planner.replanning.moves import Move, Replan
    from scheduling.planner_sentences import Translate

JSON_FILE = click.Path(path_type=Path)


@click.command()
@click.argument("problem_file", metavar="PROBLEM.json", type=JSON_FILE)
@click.argument("plan_file", metavar="PLAN.json", type=JSON_FILE)
@click.option("--out", metavar="NEW.json", required=True, type=JSON_FILE, help="Where the new plan goes.")
@click.option(
    "--from-slot", type=click.IntRange(min=0), default=0, help="Who has an earlier slot is called, and stays."
)
@click.option("--seconds", type=float, help="Time from when the files are read; 5 if nothing is said.")
@click.option("--steps", type=click.IntRange(min=0), help="Instead of seconds: so many steps, the same plan each time.")
@click.option("--seed", type=int, default=0, help="Another seed may find another plan.")
@click.option("--json", "as_json", is_flag=True, help="Who moves, for programs.")
def replan(
    problem_file: Path,
    plan_file: Path,
    out: Path,
    from_slot: int,
    seconds: float | None,
    steps: int | None,
    seed: int,
    as_json: bool,
) -> None:
    """Plan again with the least change, and list who moves.

    PROBLEM.json is the problem as it is now, PLAN.json the plan in force (planning format, version 1).
    """
    from scheduling.commands import refuse_unwritable, stop_on_signals
    from scheduling.planner.reading.files import write_plan
    from scheduling.planner.replanning.keeping import CalledCannotStay
    from scheduling.planner.replanning.replan import replan as plan_again
    from scheduling.planner_sentences import reason_sentence, translator

    if seconds is not None and steps is not None:
        raise click.UsageError("--seconds and --steps exclude each other.")
    if seconds is not None and not 0 <= seconds < math.inf:
        raise click.BadParameter("must be a number of seconds.", param_hint="--seconds")
    translate = translator()
    refuse_unwritable(out)
    problem, in_force = _read(problem_file, plan_file, translate)
    stop = stop_on_signals()
    try:
        limits: dict[str, Any] = {"seconds": seconds, "steps": steps, "seed": seed, "should_stop": stop.is_set}
        found = plan_again(problem, in_force, from_slot=from_slot, **limits)
    except CalledCannotStay as refusal:
        _refuse_called(refusal, translate)
    try:
        write_plan(found.plan, out, say=lambda reason: reason_sentence(reason, translate))
    except OSError:
        refuse_unwritable(out, is_sure=True)
    _say(found, problem, translate, as_json)


def _read(problem_file: Path, plan_file: Path, translate: Translate) -> tuple[Problem, dict[str, tuple[str, int]]]:
    from scheduling.planner.reading.files import read_places, read_problem

    problem = read_or_refuse(read_problem, problem_file, translate, names_file=True)
    in_force = read_or_refuse(read_places, plan_file, translate, names_file=True, is_plan=True)
    _refuse_foreign(problem, in_force, plan_file, translate)
    return problem, in_force


def _refuse_foreign(problem: Problem, in_force: dict[str, tuple[str, int]], path: Path, translate: Translate) -> None:
    """Refuse the plan of another problem."""
    from scheduling.planner.replanning.keeping import foreign_cohort
    from scheduling.planner.rules import Violation, ViolationKind
    from scheduling.planner_sentences import _, violation_sentence

    if (cohort := foreign_cohort(problem, in_force)) is not None:
        rule = violation_sentence(Violation(ViolationKind.UNKNOWN_COHORT, {"cohort": cohort}), translate)
        said = translate(_("%(file)s is no valid plan of this problem: %(rule)s"))
        refuse(said % {"file": path.name, "rule": rule})


def _refuse_called(refusal: Any, translate: Translate) -> None:
    from scheduling.planner_sentences import _, joined, violation_sentence

    said = translate(_("Those who are called already must stay, but the problem has no place for them:"))
    refuse(joined([said, violation_sentence(refusal.violation, translate)]))


def _say(found: Replan, problem: Problem, translate: Translate, as_json: bool) -> None:
    import json

    if as_json:
        click.echo(json.dumps(_as_json(found, translate), ensure_ascii=False))
        return
    for move in found.moves:
        click.echo(_line(move, translate))
    click.echo(_cause(found, translate) or _sum(found, translate))


def _cause(found: Replan, translate: Translate) -> str:
    """Why nothing could be planned at all; empty = it could."""
    from scheduling.planner.plan import Status
    from scheduling.planner_sentences import reason_sentence

    if found.plan.status is not Status.INFEASIBLE or not found.plan.unplaced:
        return ""
    return reason_sentence(found.plan.unplaced[0].reason, translate)


def _line(move: Move, translate: Translate) -> str:
    from scheduling.planner_sentences import _, joined, move_sentence

    def place(where: tuple[str, int] | None) -> str:
        said = _("%(point)s, slot %(slot)s") if where else _("no place")
        return translate(said) % ({"point": where[0], "slot": where[1]} if where else {})

    who = translate(_("%(cohort)s (%(heads)s people)")) % {"cohort": move.cohort, "heads": move.heads}
    facts = {
        "who": who,
        "before": place(move.before),
        "after": place(move.after),
        "why": joined(move_sentence(one, translate) for one in move.why),
    }
    return translate(_("%(who)s: %(before)s → %(after)s. %(why)s")) % facts


def _sum(found: Replan, translate: Translate) -> str:
    from scheduling.planner_sentences import _

    if found.is_least:
        said = _("%(moved)s people move; fewer is impossible. %(unplaced)s have no place.")
    else:
        said = _("%(moved)s people move, at least %(least)s must. %(unplaced)s have no place.")
    facts = {"moved": found.moved_heads, "least": found.least_moved, "unplaced": found.unplaced_heads}
    return translate(said) % facts


def _as_json(found: Replan, translate: Translate) -> dict[str, Any]:
    from scheduling.planner.replanning.moves import moves_to_json
    from scheduling.planner_sentences import move_sentence

    return {
        "unplaced_heads": found.unplaced_heads,
        "moved_heads": found.moved_heads,
        "least_moved": found.least_moved,
        "is_least": found.is_least,
        "cause": _cause(found, translate) or None,
        "seconds": found.plan.seconds,
        "moves": moves_to_json(found.moves, lambda why: move_sentence(why, translate)),
    }
