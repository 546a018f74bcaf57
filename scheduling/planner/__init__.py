"""The optimiser alone: one problem in, one plan out. Imports nothing of the rest, knows no web and no database.

This is its face; the search behind it is loaded only when `solve` is called.
"""

from scheduling.planner.bindings import Binding, bindings
from scheduling.planner.costs import costs, objective
from scheduling.planner.exchanges import Exchange, exchange, may_make_room
from scheduling.planner.explain import Alternative, alternatives
from scheduling.planner.plan import (
    ENGLISH_REASONS,
    Assignment,
    Plan,
    Progress,
    Reason,
    ReasonKind,
    Status,
    Unplaced,
    english_sentence,
    plan_from_json,
    plan_to_json,
)
from scheduling.planner.problem import Building, Cohort, Point, Problem, Together, Weights, problem_to_json
from scheduling.planner.reading.problems import ENGLISH_FAULTS, Fault, UnreadableProblem, problem_from_json
from scheduling.planner.replanning.keeping import CalledCannotStay, MoveKind, Why
from scheduling.planner.replanning.moves import Move, Replan, moves_to_json, whys_from_json
from scheduling.planner.replanning.replan import replan
from scheduling.planner.rules import (
    ENGLISH_VIOLATIONS,
    Violation,
    ViolationKind,
    english_violation,
    pin_violations,
    violations,
)
from scheduling.planner.solve import DEFAULT_SECONDS, solve
from scheduling.planner.ways_out.as_json import ways_from_json, ways_to_json
from scheduling.planner.ways_out.changes import ClosedPoint, WayKind
from scheduling.planner.ways_out.search import WayOut, ways_out

__all__ = [
    "DEFAULT_SECONDS",
    "ENGLISH_FAULTS",
    "ENGLISH_REASONS",
    "ENGLISH_VIOLATIONS",
    "Alternative",
    "Assignment",
    "Binding",
    "Building",
    "CalledCannotStay",
    "ClosedPoint",
    "Cohort",
    "Exchange",
    "Fault",
    "Move",
    "MoveKind",
    "Plan",
    "Point",
    "Problem",
    "Progress",
    "Reason",
    "ReasonKind",
    "Replan",
    "Status",
    "Together",
    "Unplaced",
    "UnreadableProblem",
    "Violation",
    "ViolationKind",
    "WayKind",
    "WayOut",
    "Weights",
    "Why",
    "alternatives",
    "bindings",
    "costs",
    "english_sentence",
    "english_violation",
    "exchange",
    "may_make_room",
    "moves_to_json",
    "objective",
    "pin_violations",
    "plan_from_json",
    "plan_to_json",
    "problem_from_json",
    "problem_to_json",
    "replan",
    "solve",
    "violations",
    "ways_from_json",
    "ways_out",
    "ways_to_json",
    "whys_from_json",
]
