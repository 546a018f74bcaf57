"""Planning for programs: ask for a plan, watch it, publish it. Refusals are problem details."""

from uuid import UUID

from flask import Blueprint, Response, request, url_for
from pydantic import BaseModel

from accounts.access import check_may, current_community_id, current_principal, requires
from accounts.rules import Permission
from bulou.clock import clock
from bulou.database import reading, transaction
from bulou.forms import read_json
from bulou.models import JobRequest, RequestState
from bulou.openapi import describes
from scheduling import usecases
from scheduling.errors import PlanNotFound
from scheduling.models import Plan
from scheduling.plan_forms import AskForm, AssignmentBody, PlanBody, PublishedBody, PublishForm, UnplacedBody
from scheduling.queries.plans import KIND, Group, PlanPage, get_plan, plan_page
from scheduling.usecases.planning import ask_for_plan
from scheduling.views.plan_parts import unplaced_of

bp = Blueprint("scheduling_api", __name__, url_prefix="/api/v1")


@bp.post("/rounds/<uuid:round_id>/plans")
@requires(Permission.PLAN_ROUND)
@describes(AskForm, PlanBody, status=202, refusals=(404, 409))
def ask(round_id: UUID) -> Response:
    """Ask for a plan: 202, and where to watch it. The body may have `seconds`."""
    check_may(Permission.PLAN_ROUND, round_id=round_id)
    form = read_json(AskForm) if request.data else AskForm()
    with transaction() as session:
        key = (current_community_id(), round_id)
        asked = ask_for_plan(
            session, key, seconds=form.seconds, afresh=form.afresh, by=current_principal(), now=clock().now()
        )
    return reply(request_body(asked), 202, {"Location": url_for(".watch", plan_id=asked.id)})


@bp.get("/plans/<uuid:plan_id>")
@requires(Permission.VIEW_PLAN)
@describes(None, PlanBody, refusals=(404,))
def watch(plan_id: UUID) -> Response:
    """How far it is; once it is done, the plan."""
    key = (current_community_id(), plan_id)
    with reading() as session:
        asked = session.get(JobRequest, key)
        page = plan_page(session, key) if session.get(Plan, key) else None
    if page is not None:
        check_may(Permission.VIEW_PLAN, round_id=page.round.id)
        return reply(plan_body(page))
    if asked is None or asked.kind != KIND:
        raise PlanNotFound()
    check_may(Permission.VIEW_PLAN, round_id=UUID(asked.facts["round"]))
    return reply(request_body(asked))


@bp.post("/plans/<uuid:plan_id>/publish")
@requires(Permission.PUBLISH_PLAN)
@describes(PublishForm, PublishedBody, refusals=(404, 409))
def publish(plan_id: UUID) -> Response:
    """Put it in force. The body may have `accept_unplaced`. A repeat answers the same."""
    form = read_json(PublishForm) if request.data else PublishForm()
    key = (current_community_id(), plan_id)
    with transaction() as session:
        check_may(Permission.PUBLISH_PLAN, round_id=get_plan(session, key).round_id)
        version = usecases.publish_plan(
            session, key, accept_unplaced=form.accept_unplaced, by=current_principal(), now=clock().now()
        )
    return reply(PublishedBody(plan=plan_id, version=version))


def request_body(asked: JobRequest) -> PlanBody:
    """A plan that is not there yet, and the best so far."""
    return PlanBody(
        id=asked.id,
        round=UUID(asked.facts["round"]),
        # Done and yet no plan: it is being stored, or its round was removed.
        state="running" if asked.state is RequestState.DONE else str(asked.state),
        progress=asked.done_share,
        objective=asked.news.get("objective"),
        lower_bound=asked.news.get("lower_bound"),
        unplaced_heads=asked.news.get("unplaced"),
        failure=asked.failure,
    )


def plan_body(page: PlanPage) -> PlanBody:
    plan, kinds = page.plan, {one.cohort: str(one.reason.kind) for one in page.found.unplaced}
    return PlanBody(
        id=plan.id,
        round=plan.round_id,
        state=str(plan.state),
        progress=1.0,
        version=plan.version,
        is_stale=plan.is_stale,
        status=str(page.found.status),
        objective=page.found.objective,
        lower_bound=page.found.lower_bound,
        unplaced_heads=page.unplaced_heads,
        unplaced=[
            UnplacedBody(cohort=group.cohort_id, heads=group.heads, kind=kinds[str(group.cohort_id)], reason=reason)
            for group, _who, reason in unplaced_of(page)
        ],
        assignments=[assignment_body(group) for group in page.groups.values() if group.point_id],
    )


def assignment_body(group: Group) -> AssignmentBody:
    facts = {"point": group.point_id, "slot": group.slot, "from": group.starts_at, "to": group.ends_at}
    return AssignmentBody.model_validate({"cohort": group.cohort_id, "heads": group.heads, **facts})


def reply(body: BaseModel, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return Response(body.model_dump_json(), status, headers, mimetype="application/json")
