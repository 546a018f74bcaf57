"""The peers, each in a process of its own: `python -m bench.plans.peers NAME PROBLEM PLAN SECONDS` writes its plan.

CP-SAT is OR-Tools'; HiGHS is the one inside scipy, called through its own interface, since only that takes a start. The two
cannot be loaded into one process. Seconds are those of the solver: building the model is given to the peers.
"""

import json
import math
import sys
import time
from pathlib import Path

from bench.plans.greedy import greedy_plan
from bench.plans.model import Builder, Model, TooLarge
from scheduling.planner import Assignment, Problem, Status, objective, plan_to_json
from scheduling.planner.plan import Plan, Reason, ReasonKind, Unplaced
from scheduling.planner.reading.files import read_problem
from scheduling.planner.rules import first_pin_violation

THREADS = 2
# CP-SAT counts in whole numbers.
LARGEST_SUM = 2**50


def by_greedy(problem: Problem, seconds: float) -> tuple[list[Assignment], bool, str]:
    return greedy_plan(problem), False, ""


def by_cp_sat(problem: Problem, seconds: float) -> tuple[list[Assignment], bool, str]:
    from ortools.sat.python import cp_model

    start = greedy_plan(problem)
    built = Builder(problem, start).build()
    model = cp_model.CpModel()
    v = [model.new_int_var(0, upper, "") for upper in built.upper]
    for low, high, which, factors in built.rows:
        # Heads and slots are whole; a capacity need not be, and rounding it down changes nothing.
        whole = [math.floor(a) if a > 0 else -math.floor(-a) for a in factors]
        terms = cp_model.LinearExpr.weighted_sum([v[k] for k in which], whole)
        if low == high:
            model.add(terms == int(low))
        elif low == -math.inf:
            model.add(terms <= math.floor(high))
        else:
            model.add(terms >= int(low))
    scale = _scale(built)
    model.minimize(cp_model.LinearExpr.weighted_sum(v, [round(c * scale) for c in built.cost]))
    for k, value in enumerate(built.start):
        model.add_hint(v[k], value)
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = THREADS
    solver.parameters.max_time_in_seconds = seconds
    status = solver.solve(model)
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return start, False, "nothing found: its start"
    values = [float(solver.value(each)) for each in v]
    return built.plan(problem, values), status == cp_model.OPTIMAL, ""


def _scale(built: Model) -> float:
    """Costs as whole numbers, or as nearly as fits."""
    total = sum(abs(c) * u for c, u in zip(built.cost, built.upper, strict=True)) or 1.0
    scale = 1.0
    while scale < 1e6 and any(abs(c * scale - round(c * scale)) > 1e-6 for c in built.cost):
        scale *= 10
    return min(scale, LARGEST_SUM / total)


def by_highs(problem: Problem, seconds: float) -> tuple[list[Assignment], bool, str]:
    import numpy as np
    import scipy.optimize._highspy._core as core

    start = greedy_plan(problem)
    built = Builder(problem, start).build()
    solver = core._Highs()
    solver.setOptionValue("output_flag", False)
    solver.setOptionValue("threads", THREADS)
    solver.setOptionValue("time_limit", float(seconds))
    solver.setOptionValue("mip_rel_gap", 0.0)
    lp = core.HighsLp()
    lp.num_col_, lp.num_row_ = len(built.cost), len(built.rows)
    lp.col_cost_ = np.array(built.cost)
    lp.col_lower_, lp.col_upper_ = np.zeros(len(built.cost)), np.array(built.upper, float)
    lp.row_lower_ = np.array([low for low, _, _, _ in built.rows])
    lp.row_upper_ = np.array([high for _, high, _, _ in built.rows])
    lp.integrality_ = [core.HighsVarType.kInteger] * len(built.cost)
    lp.a_matrix_.format_ = core.MatrixFormat.kRowwise
    lp.a_matrix_.num_col_, lp.a_matrix_.num_row_ = lp.num_col_, lp.num_row_
    lp.a_matrix_.start_ = np.cumsum([0, *(len(which) for _, _, which, _ in built.rows)]).astype(np.int32)
    lp.a_matrix_.index_ = np.concatenate([which for _, _, which, _ in built.rows]).astype(np.int32)
    lp.a_matrix_.value_ = np.concatenate([factors for _, _, _, factors in built.rows]).astype(float)
    solver.passModel(lp)
    hint = core.HighsSolution()
    hint.col_value = [float(value) for value in built.start]
    solver.setSolution(hint)
    solver.run()
    values = list(solver.getSolution().col_value)
    is_proved = solver.getModelStatus() == core.HighsModelStatus.kOptimal
    if len(values) != len(built.cost) or not any(value > 0.5 for value in values):
        return start, False, "nothing found: its start"
    return built.plan(problem, values), is_proved, ""


PEERS = {"greedy": by_greedy, "CP-SAT": by_cp_sat, "HiGHS": by_highs}


def plan_of(problem: Problem, assignments: list[Assignment], is_proved: bool, seconds: float) -> Plan:
    placed = {a.cohort for a in assignments}
    unplaced = tuple(Unplaced(c, Reason(ReasonKind.NO_POINTS)) for c in problem.cohort_ids if c not in placed)
    cost = objective(problem, assignments)
    status = Status.OPTIMAL if is_proved else Status.PARTIAL if unplaced else Status.FEASIBLE
    return Plan(status, cost, cost if is_proved else None, tuple(assignments), unplaced, seconds)


def main() -> None:
    name, problem_file, plan_file, seconds = sys.argv[1:]
    problem, begun, note = read_problem(Path(problem_file)), time.monotonic(), ""
    if first_pin_violation(problem):
        plan = Plan(Status.INFEASIBLE, 0, None, (), plan_of(problem, [], False, 0).unplaced, 0)
    else:
        try:
            assignments, is_proved, note = PEERS[name](problem, float(seconds))
        except TooLarge as refusal:
            assignments, is_proved, note = greedy_plan(problem), False, f"{refusal}: its start"
        plan = plan_of(problem, assignments, is_proved, time.monotonic() - begun)
    Path(plan_file).write_text(json.dumps(plan_to_json(plan) | {"note": note}))


if __name__ == "__main__":
    main()
