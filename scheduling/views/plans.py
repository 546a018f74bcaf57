"""Pages of plans: made, looked at, changed by hand, published."""

from collections import defaultdict
from collections.abc import Callable, Mapping
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
from bulou.web import wall_datetime
from scheduling import planner, usecases
from scheduling.errors import (
    AllHoursBegun,
    BuildingNotFound,
    CohortNotFound,
    PlanHasUnplaced,
    RoundHasNoHours,
    RoundIsOver,
)
from scheduling.plan_forms import AskForm, BuildingPlaceForm, PlaceForm, PublishForm, ReleaseForm
from scheduling.planner.explain import Obstacle
from scheduling.planner_sentences import joined
from scheduling.queries.closed_points import read_closed
from scheduling.queries.facts import read_grid
from scheduling.queries.moves import list_changes
from scheduling.queries.plans import (
    BuildingBlock,
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
    Names,
    say_alternative,
    say_binding,
    say_exchange,
    say_move,
    say_place,
    say_plan_state,
    say_quality,
    say_reason,
    say_violation,
    say_way,
)
from scheduling.usecases.pinning import place_by_hand, unpin
from scheduling.usecases.planning import ask_for_plan
from scheduling.views.rounds import Page, bp, key_of

MOST_POINTS = 8  # alternatives shown for a building
MOST_EXCHANGES = 2  # full points for which it is planned who would make room
WAY_SECONDS, MOST_WAYS = 1.5, 3  # looking for ways out while somebody waits for the page


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


def names_of(page: PlanPage) -> Names:
    return Names(
        page.names, lambda slot: wall_datetime(page.starts[slot]) if slot < len(page.starts) else str(slot + 1)
    )


def unplaced_of(page: PlanPage) -> list[tuple[Group, str, str]]:
    """Each group without a place: what it is called, and why, with the way out."""
    names = names_of(page)
    rows = []
    for one in page.found.unplaced:
        group = page.groups.get(UUID(one.cohort))
        if group is not None:
            sentence = say_reason(one.reason, names, is_one_household=group.is_one_household)
            rows.append((group, page.names[one.cohort], sentence))
    return rows


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


# Changing it by hand.


@bp.get("/plans/<uuid:plan_id>/buildings/<uuid:building_id>")
@requires(Permission.VIEW_PLAN)
def why(plan_id: UUID, building_id: UUID) -> Page:
    return show_why(plan_id, building_id, [])


def show_why(plan_id: UUID, building_id: UUID, broken: list[str], status: int = 200) -> Page:
    page = read_page(plan_id)
    block = block_of(page, building_id)
    found = planner.alternatives(page.problem, page.found, str(building_id), count=MOST_POINTS)
    present, others = (found[0], found[1:]) if found else (None, [])
    knows_walks = any(one.metres for one in found)
    names = names_of(page)
    return (
        render_template(
            "scheduling/plan_why.html",
            page=page,
            block=block,
            present=present,
            others=others,
            why=say_place(present, others, knows_walks=knows_walks) if present else "",
            knows_walks=knows_walks,
            broken=broken,
            is_editable=page.round.state in EDITABLE and not page.plan.is_stale,
            unplaced=[row for row in unplaced_of(page) if row[0].building_id == building_id],
            bindings=[say_binding(one, names) for one in planner.bindings(page.problem, page.found, str(building_id))],
            exchanges=exchanges_of(page, building_id, others),
            ways=ways_for(page, block),
        ),
        status,
    )


def exchanges_of(page: PlanPage, building_id: UUID, others: list[planner.Alternative]) -> dict[str, str]:
    """For the nearest full points: who would have to make room there. It is planned, so only for a few."""
    full = sorted((one for one in others if one.obstacle is Obstacle.NO_ROOM), key=lambda one: one.metres)
    names = names_of(page)
    return {
        one.point: say_exchange(planner.exchange(page.problem, page.found, str(building_id), one.point), names)
        for one in full[:MOST_EXCHANGES]
    }


def ways_for(page: PlanPage, block: BuildingBlock) -> list[str]:
    """What would give those of the building a place who have none; tried now."""
    missing = [str(group.cohort_id) for group in block.groups if group.point_id is None]
    if not missing:
        return []
    with reading() as session:
        round_ = get_round(session, (page.plan.community_id, page.round.id))
        grid, closed = read_grid(session, round_), read_closed(session, round_)
    kinds = [kind for kind in planner.WayKind if kind is not planner.WayKind.DIVIDE]
    begun = sum(starts_at < clock().now() for starts_at in page.starts) if page.round.state in IN_FORCE else 0
    found = planner.ways_out(
        page.problem,
        page.found,
        missing,
        lane_more=grid.lane_more,
        closed=closed,
        kinds=kinds,
        from_slot=begun,
        seconds=WAY_SECONDS,
    )
    heads = sum(group.heads for group in block.groups if group.point_id is None)
    return [say_way(way, heads, names_of(page)) for way in found[:MOST_WAYS]]


@bp.post("/plans/<uuid:plan_id>/buildings/<uuid:building_id>")
@requires(Permission.PLAN_ROUND)
def move_building(plan_id: UUID, building_id: UUID) -> Page:
    """The whole building to another point, at the times that are free there."""
    form = read_form(BuildingPlaceForm, request.form)
    page = read_page(plan_id, Permission.PLAN_ROUND)
    block = block_of(page, building_id)
    found = planner.alternatives(page.problem, page.found, str(building_id), count=len(page.problem.points))
    places = next((one.places for one in found if one.point == str(form.point)), {})
    if not places:
        return show_why(
            plan_id, building_id, [_("There is no room for the building there. Please choose another point.")], 409
        )
    cause = _("%(building)s to %(point)s by hand", building=block.name, point=page.names[str(form.point)])
    return place(page, places, cause, lambda broken: show_why(plan_id, building_id, broken, 409))


@bp.get("/plans/<uuid:plan_id>/cohorts/<uuid:cohort_id>")
@requires(Permission.PLAN_ROUND)
def edit_place(plan_id: UUID, cohort_id: UUID) -> Page:
    return show_place(plan_id, cohort_id, {}, [])


def show_place(plan_id: UUID, cohort_id: UUID, typed: dict[str, Any], broken: list[str], status: int = 200) -> Page:
    page = read_page(plan_id, Permission.PLAN_ROUND)
    group = group_of(page, cohort_id)
    values = {"point": group.point_id or "", "slot": "" if group.slot is None else group.slot, **typed}
    options = [(slot, wall_datetime(starts_at)) for slot, starts_at in enumerate(page.starts)]
    points = [(point.id, page.names[point.id]) for point in page.problem.points if point.id in page.names]
    return (
        render_template(
            "scheduling/plan_place.html",
            page=page,
            group=group,
            values=values,
            slots=options,
            points=points,
            broken=broken,
        ),
        status,
    )


@bp.post("/plans/<uuid:plan_id>/cohorts/<uuid:cohort_id>")
@requires(Permission.PLAN_ROUND)
def place_cohort(plan_id: UUID, cohort_id: UUID) -> Page:
    form = read_form(PlaceForm, request.form)
    page = read_page(plan_id, Permission.PLAN_ROUND)
    group_of(page, cohort_id)
    typed = {"point": form.point, "slot": form.slot}
    places = {str(cohort_id): (str(form.point), form.slot)}
    cause = _("%(group)s by hand", group=page.names[str(cohort_id)])
    return place(page, places, cause, lambda broken: show_place(plan_id, cohort_id, typed, broken, 409))


def place(
    page: PlanPage, places: Mapping[str, tuple[str, int]], cause: str, again: Callable[[list[str]], Page]
) -> Page:
    """Keep the change as a new draft, or show the form again with the rules that speak against it."""
    with transaction() as session:
        kept = place_by_hand(session, key_of_plan(page), places, cause=cause[:200], **acting())
    if isinstance(kept, list):
        names = names_of(page)
        return again([say_violation(violation, names) for violation in kept])
    flash(_("Kept as a new draft. The planner keeps this place when it plans again."))
    return redirect(url_for(".show_plan", plan_id=kept))


@bp.post("/plans/<uuid:plan_id>/unpin")
@requires(Permission.PLAN_ROUND)
def release(plan_id: UUID) -> Page:
    """One place chosen by hand is free again, or all of the plan."""
    page = read_page(plan_id, Permission.PLAN_ROUND)
    form = read_form(ReleaseForm, request.form)
    pinned = [form.cohort] if form.cohort else [group.cohort_id for group in page.groups.values() if group.is_pinned]
    with transaction() as session:
        unpin(session, key_of_plan(page), pinned, **acting())
    flash(_("Released. The planner may move it when it plans again."))
    return redirect(url_for(".show_plan", plan_id=plan_id))


# Publishing it.


@bp.get("/plans/<uuid:plan_id>/publish")
@requires(Permission.PUBLISH_PLAN)
def confirm(plan_id: UUID) -> Page:
    """What residents will see, and who moves."""
    return show_confirm(read_page(plan_id, Permission.PUBLISH_PLAN), "")


def show_confirm(page: PlanPage, problem: str, status: int = 200) -> Page:
    """`problem` stands at the box that has to be ticked first."""
    with reading() as session:
        change = list_changes(session, page)
    names = names_of(page)
    whys = {move.group.cohort_id: joined(say_move(one, names) for one in move.why) for move in change.moves}
    return render_template("scheduling/plan_publish.html", page=page, change=change, whys=whys, problem=problem), status


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
    except PlanHasUnplaced:
        return show_confirm(page, _("Please tick this first, or plan again with more room."), 409)
    flash(_("Version %(version)d is published: residents see it now.", version=version))
    return redirect(url_for("rounds.show", round_id=page.round.id))


def read_page(plan_id: UUID, permission: Permission = Permission.VIEW_PLAN) -> PlanPage:
    """The plan, for somebody who may do this in its round. Raises PlanNotFound, NotPermitted."""
    with reading() as session:
        page = plan_page(session, (current_community_id(), plan_id))
    check_may(permission, round_id=page.round.id)
    return page


def key_of_plan(page: PlanPage) -> tuple[str, UUID]:
    return page.plan.community_id, page.plan.id


def block_of(page: PlanPage, building_id: UUID) -> BuildingBlock:
    for block in page.blocks:
        if block.id == building_id:
            return block
    raise BuildingNotFound()


def group_of(page: PlanPage, cohort_id: UUID) -> Group:
    if cohort_id not in page.groups:
        raise CohortNotFound()
    return page.groups[cohort_id]
