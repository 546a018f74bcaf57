"""Compounds and buildings: added, renamed, given a grid and a position."""

from uuid import UUID

from flask import flash, redirect, request, url_for

from accounts.access import acting, current_community_id, requires
from accounts.rules import Permission
from bulou.clock import clock
from bulou.database import reading, transaction
from bulou.errors import DomainError
from bulou.forms import BadInput, read_form
from bulou.i18n import _, ngettext
from registry import usecases
from registry.errors import GroupIsNoBuilding, MergesWithItself, NotSure
from registry.forms import (
    BuildingForm,
    CompoundForm,
    GroupForm,
    MergeBuildingForm,
    MoveBuildingForm,
    NewBuildingForm,
    UnitForm,
)
from registry.queries.buildings import get_building, list_places
from registry.queries.history import list_history
from registry.queries.merges import get_merges
from registry.queries.merging import MOST_SHOWN, list_shared_doors
from registry.queries.overview import list_compounds
from registry.queries.people import list_doors
from registry.rules import DoorState
from registry.usecases import Details
from registry.views.blueprint import Page, bp, key_of, show
from registry.views.roster import show_overview


@bp.post("/roster/compounds")
@requires(Permission.EDIT_ROSTER)
def add_compound() -> Page:
    try:
        form = read_form(CompoundForm, request.form)
        with transaction() as session:
            usecases.add_compound(session, current_community_id(), form.name, **acting())
    except DomainError as refusal:
        return show_overview(refusal)
    flash(_("%(name)s was added.", name=form.name))
    return redirect(url_for(".index"))


@bp.post("/roster/compounds/<uuid:compound_id>")
@requires(Permission.EDIT_ROSTER)
def rename_compound(compound_id: UUID) -> Page:
    try:
        form = read_form(CompoundForm, request.form)
        with transaction() as session:
            usecases.rename_compound(session, key_of(compound_id), form.name, **acting())
    except DomainError as refusal:
        return show_overview(refusal)
    flash(_("The compound is now called %(name)s.", name=form.name))
    return redirect(url_for(".index"))


@bp.post("/roster/buildings")
@requires(Permission.EDIT_ROSTER)
def add_building() -> Page:
    try:
        form = read_form(NewBuildingForm, request.form)
        with transaction() as session:
            row = usecases.add_building(session, key_of(form.compound), form.name, grid=form.grid, **acting())
    except DomainError as refusal:
        return show_overview(refusal)
    flash(_("%(name)s was added.", name=row.name))
    return redirect(url_for(".building", building_id=row.id))


@bp.post("/roster/groups")
@requires(Permission.EDIT_ROSTER)
def add_group() -> Page:
    """Guards, shops, a building site: by their names, or by how many they are."""
    try:
        form = read_form(GroupForm, request.form)
        with transaction() as session:
            facts = {
                "heads": form.heads,
                "people": [Details(name, phone=phone) for name, phone in form.named()],
                "grid": form.grid,
            }
            row = usecases.add_group(session, key_of(form.compound), form.name, **facts, **acting())  # type: ignore[arg-type]
    except DomainError as refusal:
        return show_overview(refusal)
    flash(_("%(name)s was added.", name=row.name))
    return redirect(url_for(".building", building_id=row.id))


@bp.get("/roster/buildings/<uuid:building_id>")
@requires(Permission.VIEW_ROSTER)
def building(building_id: UUID) -> Page:
    return show_building(building_id)


def show_building(building_id: UUID, refusal: DomainError | None = None) -> Page:
    community_id = current_community_id()
    with reading() as session:
        line = get_building(session, key_of(building_id))
        doors = list_doors(session, community_id, building_id, now=clock().now())
        others = [it for it in list_places(session, community_id) if it.id != line.id and it.kind is line.kind]
        history = list_history(session, community_id, [line.id])
        compounds = [it for it in list_compounds(session, community_id) if it.id != line.compound_id]
        merges = get_merges(session, community_id, line.id)
    facts = {"others": others, "compounds": compounds, "merges": merges, "history_lines": history}
    return show("building", refusal, building=line, doors=doors, states=list(DoorState), **facts)


@bp.post("/roster/buildings/<uuid:building_id>")
@requires(Permission.EDIT_ROSTER)
def change_building(building_id: UUID) -> Page:
    try:
        form = read_form(BuildingForm, request.form)
        with transaction() as session:
            usecases.change_building(session, key_of(building_id), name=form.name, grid=form.grid, **acting())
    except DomainError as refusal:
        return show_building(building_id, refusal)
    flash(_("The building was changed."))
    return redirect(url_for(".building", building_id=building_id))


@bp.post("/roster/buildings/<uuid:building_id>/compound")
@requires(Permission.EDIT_ROSTER)
def move_building(building_id: UUID) -> Page:
    try:
        form = read_form(MoveBuildingForm, request.form)
        with transaction() as session:
            usecases.move_building(session, key_of(building_id), key_of(form.compound), **acting())
    except DomainError as refusal:
        return show_building(building_id, refusal)
    flash(_("The building is of that compound now, with its doors and people. Plans made from now on say so."))
    return redirect(url_for(".building", building_id=building_id))


@bp.post("/roster/buildings/<uuid:building_id>/leave")
@requires(Permission.EDIT_ROSTER)
def leave_building(building_id: UUID) -> Page:
    try:
        with transaction() as session:
            usecases.leave_building(session, key_of(building_id), **acting())
    except DomainError as refusal:
        return show_building(building_id, refusal)
    flash(_("Marked as left. “Lived in again” takes that back."))
    return redirect(url_for(".building", building_id=building_id))


@bp.post("/roster/buildings/<uuid:building_id>/back")
@requires(Permission.EDIT_ROSTER)
def bring_building_back(building_id: UUID) -> Page:
    with transaction() as session:
        usecases.bring_building_back(session, key_of(building_id), **acting())
    flash(_("The building is lived in again."))
    return redirect(url_for(".building", building_id=building_id))


@bp.post("/roster/buildings/<uuid:building_id>/units")
@requires(Permission.EDIT_ROSTER)
def add_unit(building_id: UUID) -> Page:
    try:
        form = read_form(UnitForm, request.form)
        with transaction() as session:
            unit = usecases.add_unit(session, key_of(building_id), form.name, **acting())
    except DomainError as refusal:
        return show_building(building_id, refusal)
    flash(_("%(name)s was added.", name=unit.name))
    return redirect(url_for(".building", building_id=building_id))


@bp.get("/roster/buildings/<uuid:building_id>/merge")
@requires(Permission.EDIT_ROSTER)
def choose_building_merge(building_id: UUID) -> Page:
    """What two buildings share, before they are one."""
    try:
        return _show_merge(building_id, read_form(MergeBuildingForm, request.args).kept)
    except (GroupIsNoBuilding, MergesWithItself, BadInput) as refusal:
        return show_building(building_id, refusal)


def _show_merge(building_id: UUID, kept_id: UUID, refusal: DomainError | None = None) -> Page:
    with reading() as session:
        gone, kept = (get_building(session, key_of(id_)) for id_ in (building_id, kept_id))
        if gone.id == kept.id:
            raise MergesWithItself()
        if gone.kind is not kept.kind:
            raise GroupIsNoBuilding()
        doors = list_shared_doors(session, current_community_id(), gone.id, kept.id)
    people = sum(door.gone + door.kept for door in doors)
    return show("merge_buildings", refusal, gone=gone, kept=kept, doors=doors, people=people, most=MOST_SHOWN)


@bp.post("/roster/buildings/<uuid:building_id>/merge")
@requires(Permission.EDIT_ROSTER)
def merge_building(building_id: UUID) -> Page:
    try:
        form = read_form(MergeBuildingForm, request.form)
        if not form.is_sure:
            return _show_merge(building_id, form.kept, NotSure())
        with transaction() as session:
            doors = usecases.merge_buildings(session, key_of(building_id), key_of(form.kept), **acting())
    except DomainError as refusal:
        return show_building(building_id, refusal)
    flash(ngettext("Merged: %(num)d door came over.", "Merged: %(num)d doors came over.", doors))
    return redirect(url_for(".building", building_id=form.kept))
