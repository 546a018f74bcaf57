"""One door and one resident: who they are, what they need, why they need not come."""

from uuid import UUID

from flask import flash, redirect, request, url_for

from accounts.access import acting, current_community_id, current_principal, requires
from accounts.rules import Permission
from accounts.usecases import note
from bulou.clock import clock
from bulou.database import reading, transaction
from bulou.errors import DomainError
from bulou.forms import read_form
from bulou.i18n import _
from bulou.walltime import instant_of
from registry import usecases
from registry.forms import ExcuseForm, NeedsForm
from registry.queries.excuse_history import ExcuseStepLine, list_excuse_steps
from registry.queries.history import ChangeLine, list_door_history, list_history
from registry.queries.merges import Merges, get_merges
from registry.queries.people import DoorLine, get_door, get_resident, list_excuses_of
from registry.rules import DoorState, ExcuseKind, NeedKind
from registry.views.blueprint import Page, bp, key_of, show
from registry.words import EXCUSE_NAMES


@bp.get("/roster/doors/<uuid:household_id>")
@requires(Permission.VIEW_ROSTER)
def door(household_id: UUID) -> Page:
    return show_door_page(household_id)


def show_door_page(household_id: UUID, refusal: DomainError | None = None) -> Page:
    with reading() as session:
        line = get_door(session, key_of(household_id), now=clock().now())
        history = list_door_history(session, current_community_id(), line.id)
        merges = get_merges(session, current_community_id(), line.id)
    return show_door(line, history, merges, is_unmasked=False, refusal=refusal)


@bp.post("/roster/doors/<uuid:household_id>/unmask")
@requires(Permission.UNMASK)
def unmask_door(household_id: UUID) -> Page:
    """Full names and numbers of one door, once; every look is noted."""
    with transaction() as session:
        line = get_door(session, key_of(household_id), now=clock().now(), unmasked=True)
        history = list_door_history(session, current_community_id(), line.id, unmasked=True)
        merges = get_merges(session, current_community_id(), line.id)
        note(session, key_of(household_id)[0], "registry.unmasked", household_id, **acting())
    return show_door(line, history, merges, is_unmasked=True)


def show_door(
    line: DoorLine,
    history: list[ChangeLine],
    merges: Merges,
    *,
    is_unmasked: bool,
    refusal: DomainError | None = None,
) -> Page:
    facts = {"merges": merges, "states": list(DoorState), "values": request.form if refusal else {}}
    return show("door", refusal, door=line, is_unmasked=is_unmasked, history_lines=history, **facts)


@bp.get("/roster/residents/<uuid:resident_id>")
@requires(Permission.EXCUSE, Permission.VIEW_ROSTER)
def resident(resident_id: UUID) -> Page:
    return show_resident(resident_id)


def show_resident(resident_id: UUID, refusal: DomainError | None = None) -> Page:
    now = clock().now()
    with reading() as session:
        facts = get_resident(session, key_of(resident_id))
        line = get_door(session, key_of(facts.household_id), now=now)
        excuses = list_excuses_of(session, facts.key, now=now)
        changes = list_history(session, current_community_id(), [facts.id])
        lines: list[ChangeLine | ExcuseStepLine] = [*changes, *list_excuse_steps(session, facts.key)]
        history = sorted(lines, key=lambda line: line.at, reverse=True)
        merges = get_merges(session, current_community_id(), facts.id)
    [person] = [person for person in line.people if person.id == facts.id]
    kinds = [(kind.value, EXCUSE_NAMES[kind]) for kind in ExcuseKind]
    return show(
        "resident",
        refusal,
        merges=merges,
        door=line,
        person=person,
        excuses=excuses,
        history_lines=history,
        kinds=kinds,
        needs=list(NeedKind),
        values=request.form,
    )


@bp.post("/roster/residents/<uuid:resident_id>/needs")
@requires(Permission.EDIT_ROSTER)
def set_needs(resident_id: UUID) -> Page:
    try:
        form = read_form(NeedsForm, request.form)
        with transaction() as session:
            usecases.set_needs(session, key_of(resident_id), form.needs, source=form.source, **acting())
    except DomainError as refusal:
        return show_resident(resident_id, refusal)
    flash(_("The needs were kept."))
    return redirect(url_for(".resident", resident_id=resident_id))


@bp.post("/roster/residents/<uuid:resident_id>/excuses")
@requires(Permission.EXCUSE)
def excuse(resident_id: UUID) -> Page:
    zone, now = current_principal().timezone, clock().now()
    try:
        form = read_form(ExcuseForm, request.form)
        with transaction() as session:
            usecases.excuse_resident(
                session,
                key_of(resident_id),
                kind=form.kind,
                from_at=instant_of(form.from_at, zone) or now,
                until_at=instant_of(form.until_at, zone),
                note=form.note,
                proof=form.proof,
                **acting(),
            )
    except DomainError as refusal:
        return show_resident(resident_id, refusal)
    flash(_("The excuse was kept."))
    return redirect(url_for(".resident", resident_id=resident_id))


@bp.post("/roster/residents/<uuid:resident_id>/excuses/<uuid:excuse_id>/withdraw")
@requires(Permission.EXCUSE)
def withdraw_excuse(resident_id: UUID, excuse_id: UUID) -> Page:
    with transaction() as session:
        usecases.withdraw_excuse(session, key_of(excuse_id), **acting())
    flash(_("The excuse was withdrawn."))
    return redirect(url_for(".resident", resident_id=resident_id))
