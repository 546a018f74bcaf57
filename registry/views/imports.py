"""Files that were read in: what each did, and taking one back."""

from uuid import UUID

from flask import flash, redirect, request, url_for

from accounts.access import acting, current_community_id, requires
from accounts.rules import Permission
from bulou.database import reading, transaction
from bulou.errors import DomainError
from bulou.forms import read_form
from bulou.i18n import _
from registry import usecases
from registry.errors import ImportUndone, LaterImport
from registry.forms import UndoForm
from registry.queries import imports
from registry.rules import ChangeKind
from registry.views.blueprint import Page, bp, key_of, show
from registry.words import WHY_KEPT

PAGE = 100  # lines of one page
SHOWN_KEPT = 200


@bp.get("/roster/imports")
@requires(Permission.VIEW_ROSTER)
def list_imports() -> Page:
    with reading() as session:
        lines = imports.list_imports(session, current_community_id())
    return show("imports", lines=lines)


@bp.get("/roster/imports/<uuid:import_id>")
@requires(Permission.VIEW_ROSTER)
def show_import(import_id: UUID) -> Page:
    """What one file did, line by line."""
    community_id, key = current_community_id(), key_of(import_id)
    wanted, start = request.args.get("kind", ""), max(0, request.args.get("from", 0, type=int))
    kind = ChangeKind(wanted) if wanted in set(ChangeKind) else None
    with reading() as session:
        line = imports.get_import(session, key)
        changes, total = imports.list_changes(session, key, kind=kind, after=start, limit=PAGE)
        kinds = imports.count_changes(session, key)
        ids = {change.about for change in changes} | {stays.about for stays in line.kept}
        subjects = imports.find_subjects(session, community_id, ids)
    return show(
        "import_done",
        line=line,
        changes=[change for change in changes if change.fields or change.kind is not ChangeKind.CHANGED],
        kinds=[(each, kinds[each]) for each in ChangeKind if each in kinds],
        kind=kind,
        subjects=subjects,
        start=start,
        total=total,
        page=PAGE,
        say_why=WHY_KEPT.__getitem__,
    )


@bp.get("/roster/imports/<uuid:import_id>/undo")
@requires(Permission.EDIT_ROSTER)
def ask_to_undo(import_id: UUID) -> Page:
    return show_undo(import_id)


def show_undo(import_id: UUID, refusal: DomainError | None = None) -> Page:
    """What taking it back would do, before it is done."""
    community_id, key = current_community_id(), key_of(import_id)
    with reading() as session:
        line = imports.get_import(session, key)
        if line.undone_at is not None:
            return redirect(url_for(".show_import", import_id=import_id))
        plan = usecases.look_at_undo(session, key)
        later = imports.list_later(session, line, community_id)
        kept = plan.kept[:SHOWN_KEPT]
        subjects = imports.find_subjects(session, community_id, {stays.about for stays in kept})
    return show(
        "import_undo",
        refusal,
        line=line,
        counts=plan.counts,
        reasons=plan.reasons,
        kept=kept,
        later=later,
        subjects=subjects,
        say_why=WHY_KEPT.__getitem__,
    )


@bp.post("/roster/imports/<uuid:import_id>/undo")
@requires(Permission.EDIT_ROSTER)
def undo(import_id: UUID) -> Page:
    form = read_form(UndoForm, request.form)
    try:
        with transaction() as session:
            plan = usecases.undo_import(session, key_of(import_id), **form.model_dump(), **acting())
    except LaterImport as refusal:
        return show_undo(import_id, refusal)
    except ImportUndone as refusal:
        flash(refusal.sentence, "bad")
    else:
        flash(_("The import was taken back."))
        if plan.kept:
            flash(_("Not everything could be taken back: see below."), "warn")
    return redirect(url_for(".show_import", import_id=import_id))
