"""What planning gives: who goes where and when, who has no place and why, and how good it is."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple

Fact = str | int | float


class Status(StrEnum):
    """How far the plan got; only what is proved is called optimal or infeasible."""

    OPTIMAL = "optimal"
    FEASIBLE = "feasible"
    PARTIAL = "partial"
    INFEASIBLE = "infeasible"


class ReasonKind(StrEnum):
    """Why a cohort has no place. The facts of each kind stand in `ENGLISH_REASONS`."""

    NO_POINTS = "no_points"
    PINS_CONTRADICT = "pins_contradict"
    PINS_OF_OTHERS = "pins_of_others"
    NO_ALLOWED_POINT = "no_allowed_point"
    TIER_NOT_SERVED = "tier_not_served"
    TOO_FAR = "too_far"
    NO_OPEN_SLOT = "no_open_slot"
    COHORT_TOO_LARGE = "cohort_too_large"
    BUILDING_TIED_TO_FULL_POINT = "building_tied_to_full_point"
    NO_ROOM = "no_room"


# Plain English, for those who use the planner alone; the application says the same through its catalogue.
ENGLISH_REASONS: dict[ReasonKind, str] = {
    ReasonKind.NO_POINTS: "There is no sampling point; set up at least one.",
    ReasonKind.PINS_CONTRADICT: "The pinned places break a rule: %(broken)s Release or change that pin.",
    ReasonKind.PINS_OF_OTHERS: "No plan could be made, because pinned places break a rule: %(broken)s Release or change that pin.",
    ReasonKind.NO_ALLOWED_POINT: "%(building)s may be sent to no point that could take it; allow it one more point.",
    ReasonKind.TIER_NOT_SERVED: "No point that %(building)s may go to serves the tier %(tier)s; let %(point)s serve it.",
    ReasonKind.TOO_FAR: "The nearest point, %(point)s, is %(metres)d m away, more than the limit of %(limit)d m; "
    "allow a longer walk or set up a nearer point.",
    ReasonKind.NO_OPEN_SLOT: "No point that %(building)s may go to is open within its time window; "
    "widen the window or open %(point)s in it.",
    ReasonKind.COHORT_TOO_LARGE: "The cohort has %(heads)d heads, but a slot at %(point)s takes %(capacity)d at most; "
    "divide the cohort or add a lane.",
    ReasonKind.BUILDING_TIED_TO_FULL_POINT: "The others of %(building)s go to %(point)s, which has no slot left for "
    "%(heads)d heads; add a lane there or open it longer.",
    ReasonKind.NO_ROOM: "No point that %(building)s may go to has a slot left for %(heads)d heads; "
    "add a lane at %(point)s or open it longer.",
}


@dataclass(frozen=True, slots=True)
class Reason:
    """Why, as a kind and its facts, so that it can be said in any language."""

    kind: ReasonKind
    facts: Mapping[str, Fact] = field(default_factory=dict)


class Assignment(NamedTuple):
    """A cohort's place. A tuple, because a city has hundreds of thousands."""

    cohort: str
    point: str
    slot: int


@dataclass(frozen=True, slots=True)
class Unplaced:
    cohort: str
    reason: Reason


@dataclass(frozen=True, slots=True)
class Plan:
    """`lower_bound` None = none was proved; `seconds` is the wall time spent."""

    status: Status
    objective: float
    lower_bound: float | None
    assignments: tuple[Assignment, ...]
    unplaced: tuple[Unplaced, ...]
    seconds: float

    @property
    def places(self) -> dict[str, tuple[str, int]]:
        """{cohort: (point, slot)} of all placed cohorts."""
        return {a.cohort: (a.point, a.slot) for a in self.assignments}

    @property
    def percent_above_best(self) -> float | None:
        """What it costs is at most so much above the best plan that leaves as few heads unplaced, rounded up to a tenth;
        0 = it is the best, proved; None = nothing is known."""
        if self.status is Status.OPTIMAL:
            return 0.0
        if self.lower_bound is None or self.lower_bound <= 0:
            return None
        above = (self.objective - self.lower_bound) / self.lower_bound
        return max(0.1, math.ceil(1000 * above - 1e-6) / 10)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is: what the best plan so far leaves out and costs, and what is proved."""

    seconds: float
    unplaced_heads: int
    objective: float
    lower_bound: float | None


def english_sentence(reason: Reason) -> str:
    """The reason in plain English, with the way out."""
    facts = dict(reason.facts)
    if "rule" in facts:
        from scheduling.planner.rules import ENGLISH_VIOLATIONS, ViolationKind  # which themselves need this module

        facts["broken"] = ENGLISH_VIOLATIONS[ViolationKind(str(facts["rule"]))] % facts
    return ENGLISH_REASONS[reason.kind] % facts


def plan_to_json(plan: Plan, say: Callable[[Reason], str] = english_sentence) -> dict[str, object]:
    """The plan as FORMAT.md has it. Beside its sentence each reason goes along as kind and facts, listed once in
    `reasons`, as many cohorts share one."""
    reasons, whys = _reasons_once(plan)
    said = [say(reason) for reason in reasons]
    return _figures(plan, reasons) | {
        "assignments": [{"cohort": a.cohort, "point": a.point, "slot": a.slot} for a in plan.assignments],
        "unplaced": [
            {"cohort": u.cohort, "reason": said[k], "why": k} for u, k in zip(plan.unplaced, whys, strict=True)
        ],
    }


def plan_to_text(plan: Plan, say: Callable[[Reason], str] = english_sentence) -> str:
    """What `plan_to_json` gives, as JSON text, in a third of the time: the two long lists are put together by hand."""
    reasons, whys = _reasons_once(plan)
    quoted = json.encoder.encode_basestring
    points = {point: quoted(point) for point in {point for _, point, _ in plan.assignments}}
    ends = [f',"reason":{quoted(say(reason))},"why":{k}}}' for k, reason in enumerate(reasons)]
    placed = [
        f'{{"cohort":{quoted(cohort)},"point":{points[point]},"slot":{slot}}}'
        for cohort, point, slot in plan.assignments
    ]
    left = [f'{{"cohort":{quoted(u.cohort)}{ends[k]}' for u, k in zip(plan.unplaced, whys, strict=True)]
    figures = json.dumps(_figures(plan, reasons), ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return f'{figures[:-1]},"assignments":[{",".join(placed)}],"unplaced":[{",".join(left)}]}}'


def _figures(plan: Plan, reasons: Sequence[Reason]) -> dict[str, object]:
    """All of a plan but who goes where and who is left."""
    return {
        "version": 1,
        "status": str(plan.status),
        "objective": plan.objective,
        "lower_bound": plan.lower_bound,
        "seconds": plan.seconds,
        "reasons": [{"kind": str(reason.kind), "facts": dict(reason.facts)} for reason in reasons],
    }


def _reasons_once(plan: Plan) -> tuple[list[Reason], list[int]]:
    """Each reason once, and which of them each unplaced cohort has."""
    reasons = {id(u.reason): u.reason for u in plan.unplaced}
    number = {reason: k for k, reason in enumerate(reasons)}
    return list(reasons.values()), [number[id(u.reason)] for u in plan.unplaced]


def plan_from_json(data: Mapping[str, Any]) -> Plan:
    """A plan that `plan_to_json` wrote. What is not of that form raises KeyError, TypeError or ValueError."""
    reasons = [Reason(ReasonKind(r["kind"]), r["facts"]) for r in data["reasons"]]
    return Plan(
        status=Status(data["status"]),
        objective=data["objective"],
        lower_bound=data["lower_bound"],
        assignments=tuple(Assignment(a["cohort"], a["point"], a["slot"]) for a in data["assignments"]),
        unplaced=tuple(Unplaced(u["cohort"], reasons[u["why"]]) for u in data["unplaced"]),
        seconds=data["seconds"],
    )
