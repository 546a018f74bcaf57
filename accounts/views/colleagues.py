"""Pages of those who manage a community's accounts, and what was done."""

from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from sqlmodel import Session

from accounts import queries, usecases
from accounts.access import current_community_id, current_principal, requires
from accounts.areas import get_area, list_places
from accounts.deeds import find_subjects, ids_in, tell_deed
from accounts.errors import AccountNotFound, NotPermitted
from accounts.forms import AccountForm, AreaForm
from accounts.rules import OF_PEOPLE, Area, Permission, Role
from accounts.usecases import AccountKey
from accounts.views.blueprint import Page, bp, show
from accounts.words import ROLE_NAMES, ROLE_WORDS, area_name
from bulou.clock import clock
from bulou.database import reading, transaction
from bulou.errors import DomainError
from bulou.forms import read_form
from bulou.i18n import _


def managed_community_id() -> str:
    """The community whose accounts these are. Raises NotPermitted: who manages one round may not make managers of all."""
    if not current_principal().may_everywhere(Permission.MANAGE_ACCOUNTS):
        raise NotPermitted()
    return current_community_id()


def account_key(account_id: UUID) -> AccountKey:
    return managed_community_id(), account_id


def checked_area(session: Session, form: AreaForm) -> Area:
    """The role, and the place it holds in. Raises AreaNotFound, also for another community's place."""
    return get_area(session, managed_community_id(), form.role, *form.place_ids)[1]


def area_choices(session: Session) -> dict[str, list[tuple[str, str]]]:
    """What a form for a role offers."""
    places = list_places(session, managed_community_id())
    return {
        "roles": [(role.value, f"{ROLE_NAMES[role]}: {ROLE_WORDS[role]}") for role in OF_PEOPLE],
        "places": [("", _("everywhere")), *((place.value, place.name) for place in places)],
    }


@bp.get("/accounts")
@requires(Permission.MANAGE_ACCOUNTS)
def list_accounts() -> Page:
    return show_accounts()


def show_accounts(refusal: DomainError | None = None) -> Page:
    with reading() as session:
        community_id = managed_community_id()
        lines = queries.list_accounts(session, community_id, now=clock().now())
        places = list_places(session, community_id)
        invitations = queries.list_invitations(session, community_id, now=clock().now())
        choices = area_choices(session)
    names = {line.id: [area_name(area, places) for area in line.areas] for line in lines}
    names |= {line.id: [area_name(line.area, places)] for line in invitations if line.area}
    facts = {"lines": lines, "invitations": invitations, "names": names, "choices": choices}
    return show("accounts", refusal, **facts, values=request.form)


@bp.post("/accounts")
@requires(Permission.MANAGE_ACCOUNTS)
def add_account() -> Page:
    password = usecases.new_start_password()
    try:
        form = read_form(AccountForm, request.form)
        with transaction() as session:
            added = usecases.add_account(
                session,
                managed_community_id(),
                name=form.name,
                shown_name=form.shown_name,
                password=password,
                areas=[checked_area(session, form)],
                by=current_principal(),
                now=clock().now(),
            )
    except DomainError as refusal:
        return show_accounts(refusal)
    return render_template("accounts/password.html", name=added.name, shown_name=added.shown_name, password=password)


@bp.get("/accounts/<uuid:account_id>")
@requires(Permission.MANAGE_ACCOUNTS)
def show_account(account_id: UUID) -> Page:
    return show_colleague(account_id)


def show_colleague(account_id: UUID, refusal: DomainError | None = None) -> Page:
    with reading() as session:
        line = queries.find_account_line(session, account_key(account_id), now=clock().now())
        browsers = queries.list_browsers(session, account_key(account_id), now=clock().now())
        places = list_places(session, managed_community_id())
        choices = area_choices(session)
    if line is None:
        raise AccountNotFound()
    area = line.areas[0] if line.areas else Area(Role.VIEWER)
    place = next((p.value for p in places if (p.round_id, p.point_id) == (area.round_id, area.point_id)), "")
    names = [area_name(area, places) for area in line.areas]
    facts = {"line": line, "names": names, "browsers": browsers, "choices": choices, "role": area.role, "place": place}
    return show("colleague", refusal, **facts)


@bp.post("/accounts/<uuid:account_id>/role")
@requires(Permission.MANAGE_ACCOUNTS)
def change_role(account_id: UUID) -> Page:
    try:
        form = read_form(AreaForm, request.form)
        with transaction() as session:
            area, by = checked_area(session, form), current_principal()
            usecases.change_areas(session, account_key(account_id), [area], by=by, now=clock().now())
    except DomainError as refusal:
        return show_colleague(account_id, refusal)
    flash(_("The role is changed."))
    return redirect(url_for(".show_account", account_id=account_id))


@bp.post("/accounts/<uuid:account_id>/password")
@requires(Permission.MANAGE_ACCOUNTS)
def reset_password(account_id: UUID) -> Page:
    key = account_key(account_id)
    with transaction() as session:
        password = usecases.reset_password(session, key, by=current_principal(), now=clock().now())
        account = usecases.get_account(session, key)
    return render_template(
        "accounts/password.html", name=account.name, shown_name=account.shown_name, password=password
    )


@bp.post("/accounts/<uuid:account_id>/sessions/end")
@requires(Permission.MANAGE_ACCOUNTS)
def end_sessions(account_id: UUID) -> Page:
    with transaction() as session:
        usecases.end_sessions(session, account_key(account_id), by=current_principal(), now=clock().now())
    flash(_("All their browsers have to sign in again."))
    return redirect(url_for(".show_account", account_id=account_id))


@bp.post("/accounts/<uuid:account_id>/end")
@requires(Permission.MANAGE_ACCOUNTS)
def end_account(account_id: UUID) -> Page:
    try:
        with transaction() as session:
            usecases.end_account(session, account_key(account_id), by=current_principal(), now=clock().now())
    except DomainError as refusal:
        return show_colleague(account_id, refusal)
    flash(_("The account is ended."))
    return redirect(url_for(".list_accounts"))


@bp.get("/audit")
@requires(Permission.MANAGE_ACCOUNTS)
def audit() -> Page:
    """What was done, the latest first."""
    with reading() as session:
        community_id, before = managed_community_id(), request.args.get("before", type=UUID)
        page = queries.list_audit(session, community_id, before=before)
        subjects = find_subjects(session, community_id, ids_in((line.about, line.facts) for line in page.lines))
    told = [(line, tell_deed(line.action, line.about, line.facts, subjects)) for line in page.lines]
    return render_template("accounts/audit.html", told=told, next=page.next)
