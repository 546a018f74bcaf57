"""Doors by hand: added, spelled anew, moved, merged; their state and how many live there."""

from uuid import UUID

from flask import flash, redirect, request, url_for

from accounts.access import acting, current_community_id, requires
from accounts.rules import Permission
from bulou.clock import clock
from bulou.database import reading, transaction
from bulou.errors import DomainError
from bulou.forms import read_form
from bulou.i18n import _, ngettext
from registry import usecases
from registry.errors import DoorInhabited, MergesWithItself
from registry.forms import DoorForm, HeadsForm, MergeForm, StateForm, WhichDoorForm
from registry.queries.buildings import get_building
from registry.queries.doors import door_of, get_household_by_door
from registry.queries.people import get_door
from registry.rules import DoorState
from registry.views.blueprint import Page, bp, key_of, show
from registry.views.people import show_door_page
from registry.words import STATE_NAMES


@bp.get("/roster/buildings/<uuid:building_id>/add")
@requires(Permission.EDIT_ROSTER)
def new_door(building_id: UUID) -> Page:
    return _show_new(building_id)


@bp.post("/roster/buildings/<uuid:building_id>/add")
@requires(Permission.EDIT_ROSTER)
def add_door(building_id: UUID) -> Page:
    try:
        form = read_form(DoorForm, request.form)
        with transaction() as session:
            facts = {"unit": form.unit, "room": form.room, "floor": form.floor, "state": form.state}
            row = usecases.add_household(
                session,
                key_of(building_id),
                **facts,  # type: ignore[arg-type]
                heads=form.heads or 0,
                **acting(),
            )
            added = door_of(session, row)
    except DomainError as refusal:
        return _show_new(building_id, refusal)
    flash(_("%(name)s was added.", name=added))
    return redirect(url_for(".door", household_id=row.id))


def _show_new(building_id: UUID, refusal: DomainError | None = None) -> Page:
    with reading() as session:
        building = get_building(session, key_of(building_id))
    return show("door_form", refusal, building=building, door=None, states=_states(), values=request.form)


@bp.get("/roster/doors/<uuid:household_id>/edit")
@requires(Permission.EDIT_ROSTER)
def edit_door(household_id: UUID) -> Page:
    return _show_edit(household_id)


@bp.post("/roster/doors/<uuid:household_id>/edit")
@requires(Permission.EDIT_ROSTER)
def change_door(household_id: UUID) -> Page:
    try:
        form = read_form(DoorForm, request.form)
        with transaction() as session:
            before = get_door(session, key_of(household_id), now=clock().now())
            facts = {"unit": form.unit, "room": form.room, "floor": form.floor, "state": form.state}
            usecases.change_household(session, key_of(before.id), **facts, **acting())  # type: ignore[arg-type]
            after = get_door(session, key_of(before.id), now=clock().now())
    except DomainError as refusal:
        return _show_edit(household_id, refusal)
    flash(_("Changed from %(old)s to %(new)s.", old=_say(before.door, before.state), new=_say(after.door, after.state)))
    return redirect(url_for(".door", household_id=before.id))


def _say(door: str, state: DoorState) -> str:
    return f"{door} ({STATE_NAMES[state]})"


def _show_edit(household_id: UUID, refusal: DomainError | None = None) -> Page:
    with reading() as session:
        door = get_door(session, key_of(household_id), now=clock().now())
        building = get_building(session, key_of(door.building_id))
    return show("door_form", refusal, building=building, door=door, states=_states(), values=request.form)


def _states() -> list[tuple[str, str]]:
    return [(state.value, STATE_NAMES[state]) for state in DoorState]


@bp.post("/roster/doors/<uuid:household_id>/state")
@requires(Permission.EDIT_ROSTER)
def set_door_state(household_id: UUID) -> Page:
    """One tap, also from the building's page, to which it goes back."""
    try:
        with transaction() as session:
            get_door(session, key_of(household_id), now=clock().now())  # another's is not found, whatever was sent
            form = read_form(StateForm, request.form)
            before = usecases.set_door_state(session, key_of(household_id), form.state, **acting())
            door = get_door(session, key_of(household_id), now=clock().now())
    except DoorInhabited as refusal:
        return show_door_page(household_id, refusal)
    facts = {"door": door.door, "old": STATE_NAMES[before], "new": STATE_NAMES[form.state]}
    flash(_("%(door)s: changed from %(old)s to %(new)s.", **facts))
    if request.form.get("to") == "building":
        return redirect(url_for(".building", building_id=door.building_id, _anchor=f"d-{door.id}"))
    return redirect(url_for(".door", household_id=door.id))


@bp.post("/roster/doors/<uuid:household_id>/heads")
@requires(Permission.EDIT_ROSTER)
def set_heads(household_id: UUID) -> Page:
    try:
        form = read_form(HeadsForm, request.form)
        with transaction() as session:
            before = usecases.set_heads(session, key_of(household_id), form.heads, **acting())
    except DomainError as refusal:
        return show_door_page(household_id, refusal)
    flash(_("People at this door: changed from %(old)d to %(new)d.", old=before, new=form.heads))
    return redirect(url_for(".door", household_id=household_id))


@bp.post("/roster/doors/<uuid:household_id>/move")
@requires(Permission.EDIT_ROSTER)
def move_household(household_id: UUID) -> Page:
    try:
        typed = read_form(WhichDoorForm, request.form).door
        with transaction() as session:
            here = get_door(session, key_of(household_id), now=clock().now())
            target = get_household_by_door(session, current_community_id(), typed, in_building=here.building_id)
            moved = usecases.move_household(session, key_of(here.id), key_of(target.id), **acting())
            new = door_of(session, target)
    except DomainError as refusal:
        return show_door_page(household_id, refusal)
    flash(ngettext("%(num)d person moved to %(new)s.", "%(num)d people moved to %(new)s.", moved, new=new))
    return redirect(url_for(".door", household_id=target.id))


@bp.post("/roster/doors/<uuid:household_id>/leave")
@requires(Permission.EDIT_ROSTER)
def leave_household(household_id: UUID) -> Page:
    try:
        with transaction() as session:
            here = get_door(session, key_of(household_id), now=clock().now())
            left = usecases.leave_household(session, key_of(here.id), **acting())
    except DomainError as refusal:
        if refusal.status == 404:
            raise
        return show_door_page(household_id, refusal)
    flash(
        ngettext(
            "%(num)d person was marked as left. The door is vacant.",
            "%(num)d people were marked as left. The door is vacant.",
            left,
        )
    )
    return redirect(url_for(".door", household_id=here.id))


@bp.get("/roster/doors/<uuid:household_id>/merge")
@requires(Permission.EDIT_ROSTER)
def choose_door_merge(household_id: UUID) -> Page:
    """Both doors side by side before they are one."""
    now, community_id = clock().now(), current_community_id()
    with reading() as session:
        first = get_door(session, key_of(household_id), now=now)
        other_id = request.args.get("with", type=UUID)
        try:
            if other_id is None:
                typed = read_form(WhichDoorForm, request.args).door
                other_id = get_household_by_door(session, community_id, typed, in_building=first.building_id).id
            other = get_door(session, key_of(other_id), now=now)
            if other.id == first.id:
                raise MergesWithItself()
        except DomainError as refusal:
            return show_door_page(household_id, refusal)
    return show("merge_doors", first=first, other=other)


@bp.post("/roster/doors/merge")
@requires(Permission.EDIT_ROSTER)
def merge_doors() -> Page:
    form = read_form(MergeForm, request.form)
    with transaction() as session:
        heads = usecases.merge_households(session, key_of(form.gone), key_of(form.kept), **acting())
    flash(ngettext("Merged: %(num)d person came over.", "Merged: %(num)d people came over.", heads))
    return redirect(url_for(".door", household_id=form.kept))
