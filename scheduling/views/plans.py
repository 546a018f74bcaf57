"""Pages of plans: made, looked at, published."""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from sqlmodel import Session

from accounts.access import acting, check_may, current_community_id, requires
from accounts.rules import Permission
from bulou.clock import clock
from bulou.database import reading, transaction
from bulou.forms import read_form
from bulou.i18n import _
from bulou.jobs import ask_to_stop
from bulou.models import RequestState
from scheduling import planner, usecases
from scheduling.errors import (
    AllHoursBegun,
    PlanHasUnplaced,
    PlanIsStale,
    RoundHasNoHours,
    RoundIsOver,
)
from scheduling.plan_forms import AskForm, PublishForm
from scheduling.planner_sentences import joined
from scheduling.queries.moves import list_changes
from scheduling.queries.plans import (
    Group,
    PlanPage,
    find_latest_plan,
    find_request,
    get_plan,
    list_plans,
    plan_page,
)
from scheduling.queries.rounds import round_home
from scheduling.queries.setup import get_round
from scheduling.rules import PlanState
from scheduling.rules.chart import Chart, draw_chart
from scheduling.rules.hours import has_all_begun
from scheduling.rules.life import EDITABLE, IN_FORCE
from scheduling.rules.plan_words import (
    say_alternative,
    say_move,
    say_plan_state,
    say_quality,
    say_way,
)
from scheduling.usecases.planning import ask_for_plan
from scheduling.views.plan_parts import key_of_plan, names_of, read_page, unplaced_of
from scheduling.views.rounds import Page, bp, key_of


@bp.app_context_processor
def words_of_plans() -> dict[str, Any]:
    return {"say_plan_state": say_plan_state, "say_alternative": say_alternative, "say_quality": say_quality}


@bp.get("/rounds/<uuid:round_id>/plan")
@requires(Permission.VIEW_PLAN)
def plan(round_id: UUID) -> Page:
    """The newest plan of the round, or how far it is."""
    with reading() as session:
        plan_id = find_latest_plan(session, key_of(round_id))
    return show(round_id, plan_id)


@bp.get("/plans/<uuid:plan_id>")
@requires(Permission.VIEW_PLAN)
def show_plan(plan_id: UUID) -> Page:
    with reading() as session:
        round_id = get_plan(session, (current_community_id(), plan_id)).round_id
    check_may(Permission.VIEW_PLAN, round_id=round_id)
    return show(round_id, plan_id)


def show(round_id: UUID, plan_id: UUID | None) -> Page:
    key = key_of(round_id)
    with reading() as session:
        round_ = get_round(session, key)
        asked = find_request(session, key)
        lines = list_plans(session, key)
        page = plan_page(session, (key[0], plan_id)) if plan_id else None
        home = round_home(session, key)
        called_late = count_called_late(session, page) if page else 0
    is_running = asked is not None and asked.state is not RequestState.FAILED
    is_failed = asked is not None and not is_running and (page is None or page.plan.created_at < asked.asked_at)
    return render_template(
        "scheduling/plan.html",
        round=round_,
        home=home,
        asked=asked if is_running else None,
        failed=say_failure(asked.failure) if asked is not None and is_failed else "",
        plans=lines,
        page=page,
        chart=chart_of(page) if page else None,
        unplaced=left_out(page) if page else [],
        ways=ways_of(page) if page else [],
        is_editable=round_.state in EDITABLE,
        called_late=called_late,
        has_all_begun=round_.state in IN_FORCE and has_all_begun(home.slots, clock().now()),
    )


def count_called_late(session: Session, page: PlanPage) -> int:
    """Heads a draft newly calls at a time that has begun: who was told that time already is not among them."""
    if page.plan.state is not PlanState.DRAFT:
        return 0
    if page.round.state not in IN_FORCE:
        return page.heads_called_before(clock().now())
    moves = list_changes(session, page).moves
    return sum(m.group.heads for m in moves if m.group.starts_at and m.group.starts_at < clock().now())


def say_failure(code: str | None) -> str:
    """Why no plan was made. Refusals that need no facts are said as they are."""
    refusals = {refusal.code: refusal for refusal in (RoundHasNoHours, RoundIsOver, AllHoursBegun)}
    known = refusals.get(code or "")
    return known().sentence if known else _("Planning did not work. Please try again.")


def chart_of(page: PlanPage) -> Chart:
    slots = range(page.problem.slots)
    capacities = [(p.id, [page.problem.capacity(p.id, slot) for slot in slots]) for p in page.problem.points]
    groups = page.groups.values()
    placed = [(str(g.point_id), g.slot, g.heads) for g in groups if g.slot is not None]
    return draw_chart(page.starts, page.problem.slot_minutes, capacities, placed)


@dataclass(frozen=True, slots=True)
class Left:
    """Groups of one building that have no place for the same reason."""

    building: str
    groups: tuple[Group, ...]
    sentence: str  # of the largest group

    @property
    def heads(self) -> int:
        return sum(group.heads for group in self.groups)


def left_out(page: PlanPage) -> list[Left]:
    """Whoever has no place, by building and reason."""
    kinds = {one.cohort: one.reason.kind for one in page.found.unplaced}
    lefts: dict[tuple[UUID, str], list[tuple[Group, str]]] = defaultdict(list)
    for group, _who, sentence in unplaced_of(page):
        lefts[group.building_id, str(kinds[str(group.cohort_id)])].append((group, sentence))
    return [
        Left(
            page.names[str(building)],
            tuple(group for group, _sentence in rows),
            max(rows, key=lambda row: row[0].heads)[1],
        )
        for (building, _kind), rows in lefts.items()
    ]


def ways_of(page: PlanPage) -> list[str]:
    """What would give them a place, as it was tried when the plan was made."""
    names = names_of(page)
    return [
        say_way(way, page.unplaced_heads, names) for way in planner.ways_from_json(page.plan.result.get("ways", []))
    ]


# Making one.


@bp.post("/rounds/<uuid:round_id>/plan")
@requires(Permission.PLAN_ROUND)
def ask(round_id: UUID) -> Page:
    check_may(Permission.PLAN_ROUND, round_id=round_id)
    form = read_form(AskForm, request.form)
    try:
        with transaction() as session:
            running = find_request(session, key_of(round_id))
            if running is None or running.state is RequestState.FAILED:
                ask_for_plan(session, key_of(round_id), seconds=form.seconds, afresh=form.afresh, **acting())
    except AllHoursBegun:
        pass  # the page of the plan says so, with what can be done
    return redirect(url_for(".plan", round_id=round_id))


@bp.post("/rounds/<uuid:round_id>/plan/stop")
@requires(Permission.PLAN_ROUND)
def stop(round_id: UUID) -> Page:
    """Take the best plan found so far."""
    check_may(Permission.PLAN_ROUND, round_id=round_id)
    with transaction() as session:
        get_round(session, key_of(round_id))  # another community's is not there
        running = find_request(session, key_of(round_id))
        if running is not None:
            ask_to_stop(session, (running.community_id, running.id))
    return redirect(url_for(".plan", round_id=round_id))


# Publishing it.


@bp.get("/plans/<uuid:plan_id>/publish")
@requires(Permission.PUBLISH_PLAN)
def confirm(plan_id: UUID) -> Page:
    """What residents will see, and who moves."""
    return show_confirm(read_page(plan_id, Permission.PUBLISH_PLAN))


def show_confirm(page: PlanPage, problem: str = "", tick: str = "", status: int = 200) -> Page:
    """`problem` stands on top of the page, `tick` at the box that has to be ticked first."""
    with reading() as session:
        change = list_changes(session, page)
    names = names_of(page)
    whys = {move.group.cohort_id: joined(say_move(one, names) for one in move.why) for move in change.moves}
    facts = {"page": page, "change": change, "whys": whys, "problem": problem, "tick": tick}
    return render_template("scheduling/plan_publish.html", **facts), status


@bp.post("/plans/<uuid:plan_id>/publish")
@requires(Permission.PUBLISH_PLAN)
def publish(plan_id: UUID) -> Page:
    form = read_form(PublishForm, request.form)
    page = read_page(plan_id, Permission.PUBLISH_PLAN)
    try:
        with transaction() as session:
            version = usecases.publish_plan(
                session, key_of_plan(page), accept_unplaced=form.accept_unplaced, **acting()
            )
    except PlanHasUnplaced as refusal:
        tick = _("Please tick this first, or plan again with more room.")
        return show_confirm(page, refusal.sentence, tick, refusal.status)
    except PlanIsStale as refusal:
        return show_confirm(page, refusal.sentence, status=refusal.status)
    flash(_("Version %(version)d is published: residents see it now.", version=version))
    return redirect(url_for("rounds.show", round_id=page.round.id))
