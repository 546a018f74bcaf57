"""Two entries that may be one person: compared, merged, told apart, and separated again where that was a mistake."""

from typing import Any
from uuid import UUID

from flask import flash, redirect, request, url_for

from accounts.access import acting, current_community_id, requires
from accounts.rules import Permission
from accounts.usecases import note
from bulou.clock import clock
from bulou.database import reading, transaction
from bulou.errors import DomainError
from bulou.forms import read_form
from bulou.i18n import _
from registry import usecases
from registry.errors import ResidentNotFound
from registry.forms import ApartForm, MergeForm
from registry.queries.alike import get_line, list_pairs
from registry.queries.doors import get_household_by_door
from registry.queries.merges import get_merge
from registry.queries.people import get_door
from registry.rules import MergeKind
from registry.views.blueprint import Page, bp, key_of, show
from registry.views.people import show_door_page, show_resident
from registry.views.places import show_building

PAGES = {
    MergeKind.RESIDENT: (show_resident, "resident", "resident_id"),
    MergeKind.HOUSEHOLD: (show_door_page, "door", "household_id"),
    MergeKind.BUILDING: (show_building, "building", "building_id"),
}


@bp.get("/roster/duplicates")
@requires(Permission.EDIT_ROSTER)
def duplicates() -> Page:
    with reading() as session:
        pairs = list_pairs(session, current_community_id())
    return show("duplicates", pairs=pairs)


@bp.get("/roster/residents/<uuid:resident_id>/merge")
@requires(Permission.EDIT_ROSTER)
def choose_merge(resident_id: UUID) -> Page:
    """Both side by side, once the other is chosen; before that, those behind the same door or another that was typed."""
    other_id, typed = request.args.get("with", type=UUID), request.args.get("door", "")
    if other_id is not None and other_id != resident_id:
        return _compare(resident_id, other_id)
    refusal = None
    with reading() as session:
        first = get_line(session, key_of(resident_id))
        if first is None:
            raise ResidentNotFound()
        door = get_door(session, key_of(first.household_id), now=clock().now())
        try:
            if typed:
                found = get_household_by_door(session, current_community_id(), typed, in_building=door.building_id)
                door = get_door(session, key_of(found.id), now=clock().now())
        except DomainError as wrong:
            refusal = wrong
    others = [person for person in door.people if person.id != first.id]
    return show("merge_residents", refusal, first=first, other=None, door=door, others=others, typed=typed)


def _compare(first_id: UUID, other_id: UUID, *, is_unmasked: bool = False) -> Page:
    with reading() as session:
        first, other = (get_line(session, key_of(id_), unmasked=is_unmasked) for id_ in (first_id, other_id))
    if first is None or other is None:
        raise ResidentNotFound()
    return show("merge_residents", first=first, other=other, is_unmasked=is_unmasked)


@bp.post("/roster/residents/merge/unmask")
@requires(Permission.UNMASK)
def unmask_pair() -> Page:
    """Full names and numbers of both, once; every look is noted."""
    form = read_form(ApartForm, request.form)
    with transaction() as session:
        for id_ in (form.one, form.other):
            if get_line(session, key_of(id_)) is None:
                raise ResidentNotFound()
            note(session, current_community_id(), "registry.unmasked_resident", id_, **acting())
    return _compare(form.one, form.other, is_unmasked=True)


@bp.post("/roster/residents/merge")
@requires(Permission.EDIT_ROSTER)
def merge_residents() -> Page:
    form = read_form(MergeForm, request.form)
    with transaction() as session:
        usecases.merge_residents(session, key_of(form.gone), key_of(form.kept), **acting())
    flash(_("Merged: tickets, scans, excuses and needs of both are one person's now."))
    return redirect(url_for(".resident", resident_id=form.kept))


@bp.post("/roster/residents/apart")
@requires(Permission.EDIT_ROSTER)
def tell_apart() -> Page:
    form = read_form(ApartForm, request.form)
    with transaction() as session:
        usecases.tell_apart(session, key_of(form.one), key_of(form.other), **acting())
    flash(_("Noted: they are two people, and are not shown as likely duplicates again."))
    return redirect(url_for(".duplicates"))


@bp.post("/roster/merges/<uuid:merge_id>/separate")
@requires(Permission.EDIT_ROSTER)
def separate(merge_id: UUID) -> Page:
    with reading() as session:
        merge = get_merge(session, key_of(merge_id))
    page, name, argument = PAGES[merge.kind]
    try:
        with transaction() as session:
            usecases.separate(session, key_of(merge_id), **acting())
    except DomainError as refusal:
        return page(merge.kept, refusal)
    flash(_("Separated again: both are as they were before. This is the one that had been merged into the other."))
    gone: dict[str, Any] = {argument: merge.gone}
    return redirect(url_for(f".{name}", **gone))
