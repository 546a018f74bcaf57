"""One planner on one instance, in a process of its own with limits, and what the judge says of its plan."""

import importlib.util
import json
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from bench.plans.cases import ROOT, Case
from bench.plans.peers import PEERS
from scheduling.planner import objective, violations
from scheduling.planner.reading.files import read_problem
from scheduling.planner.reading.plans import assignments_from_json

OURS = "Bulou"
# Building a model, reading and writing are not counted, but they end.
GRACE_SECONDS = 240


@dataclass(frozen=True)
class Result:
    """What came out: None = no plan. `seconds` is the wall time of the whole process; `note` says what went wrong."""

    planner: str
    objective: float | None
    unplaced: int | None
    bound: float | None
    is_proved: bool
    seconds: float
    note: str = ""


def run(planner: str, case: Case, folder: Path, memory_gb: float, judge: ModuleType | None) -> Result:
    out = folder / f"{case.name}.{planner}.json"
    if planner == OURS:
        command = [sys.executable, "app.py", "plan", str(case.path), "--out", str(out), "--seconds", str(case.seconds)]
    else:
        command = [sys.executable, "-m", "bench.plans.peers", planner, str(case.path), str(out), str(case.seconds)]
    begun = time.monotonic()
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=_limited(memory_gb),
    )
    try:
        _, said = process.communicate(timeout=case.seconds + GRACE_SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        return Result(planner, None, None, None, False, time.monotonic() - begun, "did not come back")
    seconds = time.monotonic() - begun
    if not out.exists():
        lines = said.strip().splitlines()
        is_memory = "MemoryError" in said or "bad_alloc" in said or process.returncode in (-6, -9, -11)
        why = "out of memory" if is_memory else (lines[-1][:80] if lines else f"ended with {process.returncode}")
        return Result(planner, None, None, None, False, seconds, why)
    return judged(planner, case, json.loads(out.read_text()), seconds, judge)


def _limited(memory_gb: float) -> Callable[[], None]:
    most = int(memory_gb * 2**30)
    return lambda: resource.setrlimit(resource.RLIMIT_AS, (most, most))


def judged(planner: str, case: Case, plan: dict, seconds: float, judge: ModuleType | None) -> Result:
    """The figures as the judge sums them; without ../shared, as the planner's own plain functions do."""
    note = plan.get("note", "")
    if judge is not None:
        verdict, broken = judge.judge(judge.read(str(case.path)), plan)
        cost, unplaced, first = verdict["objective"], verdict["unplaced_heads"], next(iter(broken), None)
    else:
        problem = read_problem(case.path)
        assignments = assignments_from_json(plan)
        is_infeasible = plan["status"] == "infeasible"
        first = None if is_infeasible else next(iter(violations(problem, assignments)), None)
        cost = objective(problem, assignments)
        unplaced = sum(b.heads for b in problem.buildings) - sum(problem.heads(a.cohort) for a in assignments)
    if first is not None:
        return Result(planner, None, None, None, False, seconds, f"not valid: {first}")
    is_proved = plan["status"] in ("optimal", "infeasible")
    return Result(planner, cost, unplaced, plan["lower_bound"], is_proved, seconds, note)


def load_judge(shared: Path) -> ModuleType | None:
    """FORMAT.md's own judge, where it is at hand."""
    path = shared / "check_plan.py"
    if not path.exists():
        return None
    spec = importlib.util.spec_from_file_location("check_plan", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


PLANNERS = (OURS, *PEERS)
