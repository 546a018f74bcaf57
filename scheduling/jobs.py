"""What runs by itself for rounds, and what is asked for and takes long."""

from datetime import timedelta
from uuid import UUID

from sqlmodel import Session

from bulou.clock import clock
from bulou.database import transaction
from bulou.jobs import Job, Progress, Work
from bulou.models import JobRequest
from registry.rules import RosterChanged
from scheduling import planner
from scheduling.errors import SizingIsExpired
from scheduling.planner.sizing import size
from scheduling.queries.plans import KIND
from scheduling.queries.setup import RoundKey
from scheduling.queries.sizing import KIND as SIZING
from scheduling.rules.sizing import usual_seconds, wish_from_json
from scheduling.usecases import close_due_rounds, open_due_rounds
from scheduling.usecases.planning import Watch, find_ways, keep_draft, prepare, search
from scheduling.usecases.roster import follow_registry
from scheduling.usecases.sizing import answer_of, read_ask

JOBS = [
    Job("scheduling.open_rounds", every=timedelta(seconds=15), run=open_due_rounds),
    Job("scheduling.close_rounds", every=timedelta(seconds=15), run=close_due_rounds),
]


def plan_now(
    key: RoundKey,
    plan_id: UUID,
    *,
    seconds: float | None,
    afresh: bool = False,
    author_id: UUID | None = None,
    watch: Watch | None = None,
) -> planner.Plan:
    """Roster to draft, in two short transactions with the search between them, which holds nobody up.

    Raises what `prepare` raises. Done again with the same id, the draft that is there stays.
    """
    with transaction() as session:
        prepared = prepare(session, key, afresh=afresh, now=clock().now())
    found = search(prepared, seconds=seconds, watch=watch)
    ways = find_ways(prepared, found)
    with transaction() as session:
        keep_draft(session, key, plan_id, prepared, found, ways=ways, author_id=author_id, now=clock().now())
    return found.plan if isinstance(found, planner.Replan) else found


def run_plan(request: JobRequest, progress: Progress) -> None:
    """Make the plan that was asked for, showing the best so far and stopping early where that is wanted."""
    key = (request.community_id, UUID(request.facts["round"]))
    seconds, afresh = request.facts["seconds"], request.facts.get("afresh", False)

    def watch(latest: planner.Progress) -> bool:
        share = min(0.99, latest.seconds / max(seconds, 0.1))
        progress.tell(
            share,
            unplaced=latest.unplaced_heads,
            objective=latest.objective,
            lower_bound=latest.lower_bound,
            seconds=round(latest.seconds, 1),
        )
        return progress.stop_asked

    plan_now(key, request.id, seconds=seconds, afresh=afresh, author_id=request.asked_by, watch=watch)


def follow_rounds(session: Session, event: RosterChanged) -> None:
    """Rounds follow the registry in the transaction that changed it."""
    follow_registry(session, event, now=clock().now())


def run_size(request: JobRequest, progress: Progress) -> None:
    """Answer how much a round needs; the answer is kept in the request's news."""
    key, wish = (request.community_id, UUID(request.facts["round"])), wish_from_json(request.facts.get("wish"))
    if wish is None:
        raise SizingIsExpired()  # asked before the program was renewed
    with transaction() as session:
        ask, meaning = read_ask(session, key, wish, now=clock().now())
    heads = sum(building.heads for building in ask.problem.buildings)
    found = size(
        ask,
        seconds=usual_seconds(heads),
        on_progress=progress.tell,
        should_stop=lambda: progress.stop_asked,
    )
    progress.tell(1.0, answer=answer_of(found, meaning))


WORKS = [Work(KIND, run_plan), Work(SIZING, run_size)]
