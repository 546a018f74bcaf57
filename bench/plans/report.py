"""The results as Markdown, side by side."""

import os
import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from bench.plans.cases import Case
from bench.plans.running import Result

Row = tuple[Case, dict[str, Result]]
# Two costs that differ by less than this part are one, as the judge has it.
NEAR = 1e-6

HOW = (
    "Each row ran in one go, one planner after the other: each in a process of its own, with the same limits of memory and",
    "of seconds, on two threads. Ours is a fresh `bulou plan`, all of it counted from when the problem is read; of the peers only",
    "the solver's time is limited. CP-SAT (OR-Tools) and HiGHS (inside scipy) get the whole problem as one 0-1 model and the",
    "greedy plan as their start. All plans are judged the same way; one that leaves fewer heads unplaced is better, whatever it",
    "costs.",
)
LEGEND = (
    "Cost, and how far it is above the best figure there is (the known optimum, one proved here, else the best lower bound);",
    "*n out* = heads unplaced, **p** = proved optimal, *its start* = nothing better than greedy came back; seconds of the process.",
)


def best_bound(case: Case, results: dict[str, Result]) -> tuple[float | None, str]:
    """What a plan cannot beat, and what kind of figure that is: the known optimum, one proved here, or the best bound."""
    fewest = min((r.unplaced for r in results.values() if r.unplaced is not None), default=None)
    proved = [r.objective for r in results.values() if r.is_proved and r.unplaced == fewest]
    if case.known is not None:
        return case.known, "known"
    if proved and proved[0] is not None:
        return min(p for p in proved if p is not None), "proved"
    bounds = [r.bound for r in results.values() if r.bound is not None and r.unplaced == fewest]
    if case.bound is not None and fewest == 0:
        bounds.append(case.bound)
    return (max(bounds), "bound") if bounds else (None, "")


def machine() -> str:
    """Processor, cores and the versions that matter."""
    model = platform.processor() or platform.machine()
    cpu = Path("/proc/cpuinfo")
    if cpu.exists():
        names = [
            line.split(":", 1)[1].strip() for line in cpu.read_text().splitlines() if line.startswith("model name")
        ]
        model = names[0] if names else model
    packages = ", ".join(f"{name} {version(name)}" for name in ("ortools", "scipy", "numpy", "numba"))
    return f"{model}, {os.cpu_count()} cores, Python {platform.python_version()}, {packages}"


def markdown(rows: Sequence[Row], planners: Sequence[str], label: str, load: float) -> str:
    """The whole page."""
    now = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
    lines = [
        "# The planner beside others",
        "",
        f"`make bench-planner`, {now}. {machine()}; load of the machine before: {load:.1f}.",
        *([f"**{label}**"] if label else []),
        "",
        *HOW,
        "",
        *_summary(rows, planners),
        "",
        *LEGEND,
        "",
        "| instance | limit s | best figure | " + " | ".join(planners) + " |",
        "| --- | --- | --- |" + " --- |" * len(planners),
        *(_line(row, planners) for row in rows),
    ]
    return "\n".join(lines) + "\n"


def _line(row: Row, planners: Sequence[str]) -> str:
    case, results = row
    figure, kind = best_bound(case, results)
    said = f"{_number(figure)} ({kind})" if figure is not None else "–"
    cells = [_cell(results[name], figure) if name in results else "not run" for name in planners]
    return f"| {case.name} | {case.seconds:g} | {said} | " + " | ".join(cells) + " |"


def _cell(result: Result, figure: float | None) -> str:
    if result.objective is None:
        return result.note
    parts = [_number(result.objective)]
    if figure is not None and result.unplaced == 0:
        gap = (result.objective - figure) / abs(figure) if figure else 0.0
        parts.append(f"+{max(0.0, gap):.2%}")
    if result.unplaced:
        parts.append(f"{result.unplaced} out")
    if result.is_proved:
        parts.append("**p**")
    return ", ".join(parts) + f", {result.seconds:.0f} s" + (f" ({result.note})" if result.note else "")


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1_000 or value == round(value) else f"{value:,.1f}"


def _summary(rows: Sequence[Row], planners: Sequence[str]) -> list[str]:
    """For each kind of instance: who has the best plan, who is at the known value, who proved it."""
    lines = ["| | instances | " + " | ".join(planners) + " |", "| --- | --- |" + " --- |" * len(planners)]
    for kind in dict.fromkeys(case.kind for case, _ in rows):
        for what, holds in (("best plan", _is_best), ("at the known value", _is_at_known), ("proved", _is_proved)):
            of_kind = [row for row in rows if row[0].kind == kind and (holds is not _is_at_known or row[0].known)]
            if of_kind:
                counts = [str(sum(holds(row, name) for row in of_kind)) for name in planners]
                lines.append(f"| {kind}: {what} | {len(of_kind)} | " + " | ".join(counts) + " |")
    return lines


def _is_proved(row: Row, name: str) -> bool:
    return name in row[1] and row[1][name].is_proved


def _is_best(row: Row, name: str) -> bool:
    results = [r for r in row[1].values() if r.objective is not None]
    if not results or name not in row[1] or row[1][name].objective is None:
        return False
    fewest = min(r.unplaced for r in results)
    cheapest = min(r.objective for r in results if r.unplaced == fewest)
    own = row[1][name]
    return own.unplaced == fewest and own.objective <= cheapest + NEAR * abs(cheapest)


def _is_at_known(row: Row, name: str) -> bool:
    case, result = row[0], row[1].get(name)
    if result is None or result.objective is None or case.known is None or result.unplaced:
        return False
    return result.objective <= case.known + NEAR * abs(case.known)


def as_json(rows: Sequence[Row], load: float) -> dict[str, object]:
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": machine(),
        "load_before": load,
        "instances": [
            {
                "instance": case.name,
                "kind": case.kind,
                "limit_seconds": case.seconds,
                "known": case.known,
                "bound": case.bound,
                "results": [vars_of(result) for result in results.values()],
            }
            for case, results in rows
        ],
    }


def vars_of(result: Result) -> dict[str, object]:
    return {name: getattr(result, name) for name in Result.__dataclass_fields__}


def rows_of(data: dict) -> list[Row]:
    """The rows that `as_json` wrote down."""
    rows = []
    for item in data["instances"]:
        case = Case(item["instance"], item["kind"], Path(), item["limit_seconds"], item["known"], item["bound"])
        rows.append((case, {each["planner"]: Result(**each) for each in item["results"]}))
    return rows


def merged(earlier: Sequence[Row], now: Sequence[Row]) -> list[Row]:
    """The rows of now in the place of earlier ones; new ones behind those of their kind."""
    newer = {case.name: (case, results) for case, results in now}
    rows = [newer.pop(case.name, (case, results)) for case, results in earlier]
    rows += newer.values()
    kinds = list(dict.fromkeys(case.kind for case, _ in rows))
    return sorted(rows, key=lambda row: kinds.index(row[0].kind))
