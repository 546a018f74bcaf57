"""Links for one use: made and revoked by managers, used by whoever received them.

The secret stands behind the # of the address, which no browser sends: neither this server's logs nor a proxy's hold it.
A script moves it into the form; without scripts it is typed.
"""

from collections.abc import Callable
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from flask import flash, redirect, request, url_for
from markupsafe import Markup
from sqlmodel import Session

from accounts import queries, usecases
from accounts.access import acting, open_to_all, requires
from accounts.errors import InvitationNotValid, PasswordsDiffer
from accounts.forms import CodeForm, InvitationForm, JoinForm, NewPasswordForm
from accounts.limits import check_attempts, count_wrong_attempt
from accounts.models import Account, Invitation
from accounts.rules import Permission, browser_name
from accounts.signing import let_in
from accounts.usecases import AccountKey, NewInvitation
from accounts.views.blueprint import Page, bp, show
from accounts.views.colleagues import account_key, checked_area, managed_community_id, show_accounts, show_colleague
from accounts.words import ROLE_NAMES
from bulou.clock import clock
from bulou.database import reading, transaction
from bulou.errors import DomainError
from bulou.forms import read_form
from bulou.i18n import _
from bulou.ids import read_code
from bulou.links import public_url
from bulou.qr import qr_svg

Filled = TypeVar("Filled", bound=NewPasswordForm)


@bp.post("/invitations")
@requires(Permission.MANAGE_ACCOUNTS)
def invite() -> Page:
    try:
        form = read_form(InvitationForm, request.form)
        with transaction() as session:
            area = checked_area(session, form)
            made = usecases.invite(session, managed_community_id(), area=area, shown_name=form.shown_name, **acting())
    except DomainError as refusal:
        return show_accounts(refusal)
    return show_link(made, form.shown_name, str(ROLE_NAMES[area.role]))


@bp.post("/accounts/<uuid:account_id>/link")
@requires(Permission.MANAGE_ACCOUNTS)
def make_password_link(account_id: UUID) -> Page:
    try:
        with transaction() as session:
            made = usecases.make_password_link(session, account_key(account_id), **acting())
            name = usecases.get_account(session, account_key(account_id)).shown_name
    except DomainError as refusal:
        return show_colleague(account_id, refusal)
    return show_link(made, name, "")


def show_link(made: NewInvitation, shown_name: str, role: str) -> Page:
    """The link itself, in the answer to the form and nowhere else. An empty role: it is for a new password."""
    link = link_of(made.secret)
    return show(
        "link",
        link=link,
        join_address=public_url("/join"),
        secret=made.secret,
        ends_at=made.ends_at,
        shown_name=shown_name,
        role=role,
        community=community_name(managed_community_id()),
        qr=Markup(qr_svg(link)),  # noqa: S704 (drawn by us, of figures alone)
    )


def link_of(secret: str) -> str:
    return f"{public_url('/join')}#{secret}"


def community_name(community_id: str) -> str:
    with reading() as session:
        return queries.community_name(session, community_id)


@bp.post("/invitations/<uuid:invitation_id>/revoke")
@requires(Permission.MANAGE_ACCOUNTS)
def revoke_invitation(invitation_id: UUID) -> Page:
    with transaction() as session:
        usecases.revoke_invitation(session, (managed_community_id(), invitation_id), **acting())
    flash(_("The link is worth nothing any more."))
    return redirect(url_for(".list_accounts"))


@bp.get("/join")
@open_to_all
def join() -> Page:
    return show("join")


@bp.post("/join")
@open_to_all
def open_link() -> Page:
    """What the link is for, and the form to fill in. It is not used up by being looked at."""
    try:
        check_attempts("join")
        return show_join(read_form(CodeForm, request.form).code)
    except DomainError as refusal:
        count_if_wrong(refusal)
        return show("join", refusal)


def show_join(code: str, refusal: DomainError | None = None) -> Page:
    """Raises InvitationNotValid."""
    row = get_invitation(code, clock().now())
    facts = {"code": code, "community": community_name(row.community_id), "values": request.form}
    if row.account_id is not None:
        return show("new_password", refusal, name=sign_in_name((row.community_id, row.account_id)), **facts)
    role = ROLE_NAMES[row.role] if row.role else ""
    return show("join_form", refusal, role=role, shown_name=row.shown_name, **facts)


def sign_in_name(key: AccountKey) -> str:
    """Who has forgotten the password may have forgotten this as well."""
    with reading() as session:
        return usecases.get_account(session, key).name


def get_invitation(code: str, now: datetime) -> Invitation:
    with reading() as session:
        row = queries.find_invitation(session, read_code(code), now=now)
    if row is None:
        raise InvitationNotValid()
    return row


@bp.post("/join/account")
@open_to_all
def accept() -> Page:
    return finish(accept_invitation)


@bp.post("/join/password")
@open_to_all
def choose_password() -> Page:
    return finish(use_password_link)


def finish(use: Callable[[], str]) -> Page:
    """Signed in with what the link made; or the form again, with what is wrong."""
    try:
        check_attempts("join")
        secret = use()
    except DomainError as refusal:
        count_if_wrong(refusal)
        try:
            return show_join(request.form.get("code", "")[:60], refusal)
        except InvitationNotValid as gone:
            return show("join", gone)
    return let_in(redirect(url_for(".home")), secret)


def accept_invitation() -> str:
    form = checked_passwords(read_form(JoinForm, request.form))
    facts = {"name": form.name, "shown_name": form.shown_name, "password": form.password}
    with transaction() as session:
        now = clock().now()
        return begin(session, usecases.accept_invitation(session, form.code, **facts, now=now), now)


def use_password_link() -> str:
    form = checked_passwords(read_form(NewPasswordForm, request.form))
    with transaction() as session:
        now = clock().now()
        return begin(session, usecases.use_password_link(session, form.code, password=form.password, now=now), now)


def begin(session: Session, account: Account, now: datetime) -> str:
    return usecases.begin_session(session, account, browser=browser_name(request.user_agent.string), now=now)


def checked_passwords(form: Filled) -> Filled:
    """Raises PasswordsDiffer."""
    if form.password != form.again:
        raise PasswordsDiffer()
    return form


def count_if_wrong(refusal: DomainError) -> None:
    if isinstance(refusal, InvitationNotValid):
        count_wrong_attempt("join")
