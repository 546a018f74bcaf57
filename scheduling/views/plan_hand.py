"""Pages that say why a building is where it is, and change places by hand."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for

from accounts.access import acting, requires
from accounts.rules import Permission
from bulou.clock import clock
from bulou.database import reading, transaction
from bulou.forms import read_form
from bulou.i18n import _
from bulou.web import wall_datetime
from scheduling import planner
from scheduling.plan_forms import BuildingPlaceForm, PlaceForm, ReleaseForm
from scheduling.planner.explain import Obstacle
from scheduling.queries.closed_points import read_closed
from scheduling.queries.facts import read_grid
from scheduling.queries.plans import (
    BuildingBlock,
    PlanPage,
)
from scheduling.queries.setup import get_round
from scheduling.rules.life import EDITABLE, IN_FORCE
from scheduling.rules.plan_words import (
    say_binding,
    say_exchange,
    say_no_room,
    say_place,
    say_violation,
    say_way,
)
from scheduling.rules.sizing import basis_of
from scheduling.usecases.pinning import place_by_hand, unpin
from scheduling.views.plan_parts import block_of, group_of, key_of_plan, names_of, read_page, unplaced_of
from scheduling.views.rounds import Page, bp
from scheduling.views.tried_out import Memory, Patience

MOST_POINTS = 8  # alternatives shown for a building
MOST_EXCHANGES = 2  # full points for which it is planned who would make room
MOST_WAYS = 3  # ways out that are shown
MEMORY = Memory()
Said = Mapping[str, str]  # by point


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
    patience = Patience()
    ways = ways_for(page, block, patience)
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
            exchanges=exchanges_of(page, block, others, patience),
            ways=ways,
        ),
        status,
    )


def exchanges_of(page: PlanPage, block: BuildingBlock, others: list[planner.Alternative], patience: Patience) -> Said:
    """For the nearest full points: who would have to make room there. It is planned, so only for a few; nothing is said
    of a building that is called already."""
    begun = begun_slots(page)
    if any(group.slot is not None and group.slot < begun for group in block.groups):
        return {}
    full = sorted((one for one in others if one.obstacle is Obstacle.NO_ROOM), key=lambda one: one.metres)
    names, said = names_of(page), dict[str, str]()
    for left, one in zip(range(MOST_EXCHANGES, 0, -1), full, strict=False):
        where = (page.problem, page.found, str(block.id), one.point)
        seconds, key = patience.share(left), (key_of_plan(page), block.id, one.point, begun)
        if not planner.may_make_room(*where, from_slot=begun):
            said[one.point] = say_no_room()
            continue
        find = partial(planner.exchange, *where, from_slot=begun, seconds=seconds)
        said[one.point] = say_exchange(MEMORY.recall(key, find), names)
    return said


def begun_slots(page: PlanPage) -> int:
    """How many slots of a round in force have begun: who is called in them stays."""
    return sum(starts_at < clock().now() for starts_at in page.starts) if page.round.state in IN_FORCE else 0


def ways_for(page: PlanPage, block: BuildingBlock, patience: Patience) -> list[str]:
    """What would give those of the building a place who have none; tried now."""
    missing = [str(group.cohort_id) for group in block.groups if group.point_id is None]
    if not missing:
        return []
    with reading() as session:
        round_ = get_round(session, (page.plan.community_id, page.round.id))
        grid, closed = read_grid(session, round_), read_closed(session, round_)
    kinds = [kind for kind in planner.WayKind if kind is not planner.WayKind.DIVIDE]
    begun = begun_slots(page)
    find = partial(planner.ways_out, page.problem, page.found, missing, lane_more=grid.lane_more, closed=closed)
    key = (key_of_plan(page), block.id, begun, basis_of(grid.lane_more, closed))
    found = MEMORY.recall(key, lambda: find(kinds=kinds, from_slot=begun, seconds=patience.share(1)))
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
