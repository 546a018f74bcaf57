"""People by hand: added, corrected, moved, marked as left and back."""

from uuid import UUID

from flask import flash, redirect, request, url_for

from accounts.access import acting, current_community_id, requires
from accounts.rules import Permission
from bulou.clock import clock
from bulou.database import reading, transaction
from bulou.errors import DomainError
from bulou.forms import read_form
from bulou.i18n import _
from registry import usecases
from registry.forms import ResidentForm, WhichDoorForm
from registry.queries.alike import Alike, find_alike
from registry.queries.doors import door_of, get_household_by_door
from registry.queries.people import get_door, get_resident
from registry.usecases import Details
from registry.views.blueprint import Page, bp, key_of, show
from registry.views.people import show_resident


@bp.get("/roster/doors/<uuid:household_id>/add")
@requires(Permission.EDIT_ROSTER)
def new_resident(household_id: UUID) -> Page:
    return _show_form(household_id)


@bp.post("/roster/doors/<uuid:household_id>/add")
@requires(Permission.EDIT_ROSTER)
def add_resident(household_id: UUID) -> Page:
    try:
        form = read_form(ResidentForm, request.form)
        with transaction() as session:
            alike = _alike(session, household_id, form)
            if form.is_another or not alike:
                added = usecases.add_resident(session, key_of(household_id), _details(form), **acting())
                alike = _tell_apart(session, added.id, alike)
    except DomainError as refusal:
        return _show_form(household_id, refusal=refusal)
    if alike:
        return _show_form(household_id, alike=alike)
    flash(_("Added. They are on the roster of the rounds that are not over."))
    return redirect(url_for(".door", household_id=household_id))


@bp.get("/roster/residents/<uuid:resident_id>/edit")
@requires(Permission.EDIT_ROSTER)
def edit_resident(resident_id: UUID) -> Page:
    return _show_edit(resident_id)


@bp.post("/roster/residents/<uuid:resident_id>/edit")
@requires(Permission.EDIT_ROSTER)
def change_resident(resident_id: UUID) -> Page:
    try:
        form = read_form(ResidentForm, request.form)
        with transaction() as session:
            person = get_resident(session, key_of(resident_id))
            alike = _alike(session, person.household_id, form, but=person.id)
            if form.is_another:
                alike = _tell_apart(session, person.id, alike)
            clear = frozenset(form.clear)
            has_changed = not alike and usecases.change_resident(
                session, person.key, _details(form), clear=clear, **acting()
            )
    except DomainError as refusal:
        return _show_edit(resident_id, refusal=refusal)
    if alike:
        return _show_edit(resident_id, alike=alike)
    flash(_("Changed. What stood there before is in the history below.") if has_changed else _("Nothing was changed."))
    return redirect(url_for(".resident", resident_id=resident_id))


def _details(form: ResidentForm) -> Details:
    return Details(form.name, form.phone, form.identity_number, form.registered_address)


def _alike(session, household_id: UUID, form: ResidentForm, but: UUID | None = None) -> list[Alike]:  # type: ignore[no-untyped-def]
    """Whoever may be the same."""
    said = {"name": form.name, "phone": form.phone, "identity_number": form.identity_number}
    return find_alike(session, current_community_id(), household_id, **said, but=but)


def _tell_apart(session, resident_id: UUID, alike: list[Alike]) -> list[Alike]:  # type: ignore[no-untyped-def]
    """Somebody has looked at those who are alike: this is another person. Nobody is left to look at."""
    for it in alike:
        usecases.tell_apart(session, key_of(resident_id), key_of(it.person.id), **acting())
    return []


def _show_form(household_id: UUID, *, refusal: DomainError | None = None, alike: list[Alike] | None = None) -> Page:
    with reading() as session:
        door = get_door(session, key_of(household_id), now=clock().now())
    return show("resident_form", refusal, door=door, person=None, alike=alike or [], values=request.form)


def _show_edit(resident_id: UUID, *, refusal: DomainError | None = None, alike: list[Alike] | None = None) -> Page:
    with reading() as session:
        facts = get_resident(session, key_of(resident_id))
        door = get_door(session, key_of(facts.household_id), now=clock().now())
    [person] = [person for person in door.people if person.id == facts.id]
    return show("resident_form", refusal, door=door, person=person, alike=alike or [], values=request.form)


@bp.post("/roster/residents/<uuid:resident_id>/move")
@requires(Permission.EDIT_ROSTER)
def move_resident(resident_id: UUID) -> Page:
    try:
        typed = read_form(WhichDoorForm, request.form).door
        with transaction() as session:
            person = get_resident(session, key_of(resident_id))
            target = get_household_by_door(session, current_community_id(), typed, in_building=person.building_id)
            usecases.move_resident(session, person.key, key_of(target.id), **acting())
            new = door_of(session, target)
    except DomainError as refusal:
        return show_resident(resident_id, refusal)
    flash(_("Moved from %(old)s to %(new)s.", old=person.door, new=new))
    return redirect(url_for(".resident", resident_id=resident_id))


@bp.post("/roster/residents/<uuid:resident_id>/leave")
@requires(Permission.EDIT_ROSTER)
def mark_left(resident_id: UUID) -> Page:
    with transaction() as session:
        usecases.mark_left(session, key_of(resident_id), **acting())
    flash(_("Marked as left. “Lives here again” below takes that back."))
    return redirect(url_for(".resident", resident_id=resident_id))


@bp.post("/roster/residents/<uuid:resident_id>/back")
@requires(Permission.EDIT_ROSTER)
def bring_back(resident_id: UUID) -> Page:
    with transaction() as session:
        usecases.bring_back(session, key_of(resident_id), **acting())
    flash(_("Lives here again."))
    return redirect(url_for(".resident", resident_id=resident_id))


@bp.post("/roster/residents/<uuid:resident_id>/doors")
@requires(Permission.EDIT_ROSTER)
def add_further_door(resident_id: UUID) -> Page:
    try:
        typed = read_form(WhichDoorForm, request.form).door
        with transaction() as session:
            person = get_resident(session, key_of(resident_id))
            there = get_household_by_door(session, current_community_id(), typed, in_building=person.building_id)
            usecases.add_further_door(session, person.key, key_of(there.id), **acting())
    except DomainError as refusal:
        return show_resident(resident_id, refusal)
    flash(_("Noted. They go on counting at %(door)s alone.", door=person.door))
    return redirect(url_for(".resident", resident_id=resident_id))


@bp.post("/roster/residents/<uuid:resident_id>/doors/<uuid:household_id>/drop")
@requires(Permission.EDIT_ROSTER)
def drop_further_door(resident_id: UUID, household_id: UUID) -> Page:
    with transaction() as session:
        usecases.drop_further_door(session, key_of(resident_id), key_of(household_id), **acting())
    flash(_("Taken back."))
    return redirect(url_for(".resident", resident_id=resident_id))
