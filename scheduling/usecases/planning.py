"""From roster to draft: cut, make the problem, let the planner work, keep what it found."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlmodel import Session

from accounts.rules import Principal
from bulou.cluster import dask_address
from bulou.database import insert_all, insert_once
from bulou.jobs import ask_for
from bulou.models import JobRequest
from scheduling import planner
from scheduling.errors import AllHoursBegun, RoundHasNoHours, RoundIsOver
from scheduling.models import Assignment, Plan, Round
from scheduling.queries.closed_points import read_closed
from scheduling.queries.facts import (
    Grid,
    count_cohort_heads,
    count_due_heads,
    largest_cohorts,
    read_facts,
    read_grid,
    read_places_in_force,
)
from scheduling.queries.plans import KIND
from scheduling.queries.setup import RoundKey, count_heads, get_round
from scheduling.rules import RoundState
from scheduling.rules.hours import has_all_begun
from scheduling.rules.life import EDITABLE, IN_FORCE
from scheduling.rules.problems import drop_lost_pins, hold_begun, make_problem
from scheduling.usecases.cutting import cut_cohorts, join_cohorts
from scheduling.usecases.roster import take_roster

FIRST_SECONDS, HEADS_PER_SECOND, MOST_SECONDS = 2.0, 10_000, 3600.0
TELL_EVERY = 1.0  # seconds; each news is a write

# Looking for ways out, where somebody has no place.
WAYS_SECONDS, MOST_WAYS = 3.0, 3

Watch = Callable[[planner.Progress], bool]  # shown how far it is, says whether to stop


@dataclass(frozen=True, slots=True)
class Prepared:
    """A problem ready for the planner, and what its slots mean."""

    problem: planner.Problem
    grid: Grid
    pins_lost: int
    roster_heads: dict[UUID, int]  # everybody's, by cohort; the problem may ask for those still to come alone
    in_force: dict[str, tuple[str, int]]  # what people were told; empty = nothing, or all may change
    begun: int = 0  # so many slots have begun: who has a place there is called
    closed: Mapping[str, planner.ClosedPoint] = field(default_factory=dict)  # points that might open again


def usual_seconds(heads: int) -> float:
    """How long the planner looks for a better plan where nobody says."""
    return FIRST_SECONDS + heads / HEADS_PER_SECOND


def ask_for_plan(
    session: Session,
    key: RoundKey,
    *,
    seconds: float | None = None,
    afresh: bool = False,
    by: Principal | None,
    now: datetime,
) -> JobRequest:
    """Queue a plan of the round. The request's id becomes the plan's. Where a version is in force it is changed as little
    as possible, unless `afresh`. Raises RoundNotFound, RoundIsOver, RoundHasNoHours, AllHoursBegun."""
    round_ = get_round(session, key)
    if round_.state not in EDITABLE:
        raise RoundIsOver()
    _check_hours(read_grid(session, round_), round_, now)
    seconds = usual_seconds(count_heads(session, round_)) if seconds is None else seconds
    facts = {"round": str(round_.id), "seconds": seconds, "afresh": afresh}
    return ask_for(session, key[0], KIND, facts, by=by.account_id if by else None, now=now)


def prepare(session: Session, key: RoundKey, *, afresh: bool = False, now: datetime) -> Prepared:
    """Take the roster, cut it, and make the problem as it is now.

    Where a version is in force, heads are those still to come, who is called stays, and the others are to keep what
    they were told where that can be, unless `afresh`. Nobody new is put into a slot that has begun.
    Raises RoundNotFound, RoundIsOver, RoundHasNoHours, AllHoursBegun.
    """
    round_ = get_round(session, key, lock=True)
    if round_.state not in EDITABLE:
        raise RoundIsOver()
    take_roster(session, round_, now=now)
    is_told = round_.state in IN_FORCE
    pins_lost = 0
    if is_told:
        join_cohorts(session, round_, now=now)
    else:
        pins_lost = cut_cohorts(session, round_, largest_cohorts(session, round_), now=now)
    session.flush()
    grid = read_grid(session, round_)
    _check_hours(grid, round_, now)
    begun = sum(starts_at < now for starts_at in grid.starts)
    if begun == len(grid.starts) and not is_told:
        begun = 0  # entered afterwards, or to try things out: a plan without any slot would help nobody
    told = read_places_in_force(session, round_, grid) if is_told else {}
    roster = count_cohort_heads(session, round_)
    due = count_due_heads(session, round_, grid, now=now)
    facts, _grid = read_facts(session, round_, _heads_to_plan(roster, due, told, begun))
    facts, gone = drop_lost_pins(hold_begun(facts, told, begun), told)
    problem = make_problem(facts)
    closed = read_closed(session, round_)
    return Prepared(problem, grid, pins_lost + gone, roster, {} if afresh else told, begun, closed)


def _check_hours(grid: Grid, round_: Round, now: datetime) -> None:
    """Once people know their times, a plan of hours that have all begun could change nothing."""
    if not grid.starts:
        raise RoundHasNoHours()
    if round_.state in IN_FORCE and has_all_begun(grid.starts, now):
        raise AllHoursBegun()


def _heads_to_plan(
    roster: dict[UUID, int], due: dict[UUID, int], told: dict[str, tuple[str, int]], begun: int
) -> dict[UUID, int]:
    """Who is called has been planned for; of the others only those still to come need room. A cohort without any keeps
    a place for one: somebody may join it yet."""
    called = {cohort for cohort, (_, slot) in told.items() if slot < begun}
    return {cohort: heads if str(cohort) in called else max(1, due.get(cohort, 0)) for cohort, heads in roster.items()}


def search(prepared: Prepared, *, seconds: float | None, watch: Watch | None = None) -> planner.Plan | planner.Replan:
    """The best plan found in the time, or the one that changes least. `watch` is asked about once a second."""
    heads = sum(building.heads for building in prepared.problem.buildings)
    seconds = usual_seconds(heads) if seconds is None else seconds
    watched = _Watched(watch)
    if not prepared.in_force:
        return planner.solve(
            prepared.problem,
            seconds=seconds,
            on_progress=watched.show,
            should_stop=watched.should_stop,
            dask=dask_address(),
        )
    return planner.replan(
        prepared.problem,
        prepared.in_force,
        from_slot=prepared.begun,
        seconds=seconds,
        on_progress=watched.show,
        should_stop=watched.should_stop,
    )


def find_ways(prepared: Prepared, found: planner.Plan | planner.Replan) -> list[planner.WayOut]:
    """What would give a place to those who have none, tried out; the best few. A group is cut by its doors, not by hand."""
    plan = found.plan if isinstance(found, planner.Replan) else found
    if not plan.unplaced or plan.status is planner.Status.INFEASIBLE:
        return []
    kinds = [kind for kind in planner.WayKind if kind is not planner.WayKind.DIVIDE]
    ways = planner.ways_out(
        prepared.problem,
        plan,
        lane_more=prepared.grid.lane_more,
        closed=prepared.closed,
        kinds=kinds,
        from_slot=prepared.begun,
        seconds=WAYS_SECONDS,
    )
    return ways[:MOST_WAYS]


class _Watched:
    """Tells the watcher about once a second how far the search is, and remembers the answer."""

    def __init__(self, watch: Watch | None) -> None:
        self._watch = watch
        self._latest: planner.Progress | None = None
        self._told_at = time.monotonic()
        self._stop = False

    def show(self, progress: planner.Progress) -> None:
        self._latest = progress

    def should_stop(self) -> bool:
        is_due = time.monotonic() - self._told_at >= TELL_EVERY
        if self._watch and self._latest and is_due and not self._stop:
            self._stop = self._watch(self._latest)
            self._told_at = time.monotonic()
        return self._stop


def keep_draft(
    session: Session,
    key: RoundKey,
    plan_id: UUID,
    prepared: Prepared,
    answer: planner.Plan | planner.Replan,
    *,
    ways: list[planner.WayOut] | None = None,
    author_id: UUID | None,
    now: datetime,
) -> bool:
    """Store what the planner found, and of a least change who moves and why. A repeat changes nothing: then False."""
    round_ = get_round(session, key, lock=True)
    problem = planner.problem_to_json(prepared.problem)
    found, change = (answer.plan, change_of(answer)) if isinstance(answer, planner.Replan) else (answer, {})
    plan = Plan(
        community_id=key[0],
        id=plan_id,
        round_id=key[1],
        author_id=author_id,
        created_at=now,
        is_stale=count_cohort_heads(session, round_) != prepared.roster_heads,
        problem=problem,
        result={
            **planner.plan_to_json(found),
            "starts": slot_texts(prepared.grid),
            "pins_lost": prepared.pins_lost,
            "ways": planner.ways_to_json(ways or []),
            **change,
        },
    )
    if not insert_once(session, plan):
        return False
    insert_all(session, Assignment, assignment_rows(plan, prepared.problem, found, prepared.grid.starts))
    if round_.state is RoundState.DRAFT:
        round_.state = RoundState.PLANNED
        session.add(round_)
    return True


def change_of(answer: planner.Replan) -> dict[str, Any]:
    """What is kept of a least change beside the plan: the causes of each move, and what is proved of their number."""
    return {
        "moves": planner.moves_to_json(answer.moves),
        "moved_heads": answer.moved_heads,
        "least_moved": answer.least_moved,
        "is_least": answer.is_least,
    }


def slot_texts(grid: Grid) -> list[str]:
    return [starts_at.isoformat() for starts_at in grid.starts]


def assignment_rows(
    plan: Plan, problem: planner.Problem, found: planner.Plan, starts: tuple[datetime, ...]
) -> list[dict[str, Any]]:
    """The places of a plan with their instants, as rows."""
    length = timedelta(minutes=problem.slot_minutes)
    return [
        {
            "community_id": plan.community_id,
            "plan_id": plan.id,
            "cohort_id": UUID(placed.cohort),
            "point_id": UUID(placed.point),
            "slot": placed.slot,
            "starts_at": starts[placed.slot],
            "ends_at": starts[placed.slot] + length,
            "heads": problem.heads(placed.cohort),
        }
        for placed in found.assignments
    ]
