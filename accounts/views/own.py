"""One's own account: name, password, and the browsers that are signed in."""

from flask import flash, redirect, request, url_for

from accounts import queries, usecases
from accounts.access import current_account_id, current_principal, signed_in
from accounts.errors import LeavingNotConfirmed, NotPermitted, PasswordsDiffer
from accounts.forms import LeaveForm, PasswordForm, SessionForm, ShownNameForm
from accounts.limits import check_attempts, count_wrong_attempt
from accounts.signing import let_out
from accounts.usecases import AccountKey
from accounts.views.blueprint import Page, bp, show
from bulou.clock import clock
from bulou.database import reading, transaction
from bulou.errors import DomainError
from bulou.forms import read_form
from bulou.i18n import _


def own_key() -> AccountKey:
    """The account that asks. A program with a token has none. Raises NotPermitted."""
    account_id = current_account_id()
    if account_id is None:
        raise NotPermitted()
    return current_principal().community_id, account_id


@bp.get("/account")
@signed_in
def account() -> Page:
    return show_account()


def show_account(refusal: DomainError | None = None) -> Page:
    with reading() as session:
        line = queries.find_account_line(session, own_key(), now=clock().now())
        browsers = queries.list_browsers(session, own_key(), now=clock().now())
    return show("account", refusal, line=line, browsers=browsers)


@bp.post("/account/name")
@signed_in
def change_shown_name() -> Page:
    try:
        form = read_form(ShownNameForm, request.form)
        with transaction() as session:
            usecases.change_shown_name(session, own_key(), form.shown_name, now=clock().now())
    except DomainError as refusal:
        return show_account(refusal)
    flash(_("The name is changed."))
    return redirect(url_for(".account"))


@bp.post("/account/password")
@signed_in
def change_password() -> Page:
    try:
        check_attempts("password")
        form = read_form(PasswordForm, request.form)
        if form.password != form.again:
            raise PasswordsDiffer()
        with transaction() as session:
            facts = {"present": form.present, "new": form.password}
            usecases.change_password(session, own_key(), **facts, by=current_principal(), now=clock().now())
    except DomainError as refusal:
        if refusal.status == 403:
            count_wrong_attempt("password")
        return show_account(refusal)
    flash(_("The password is changed. All other browsers have to sign in again."))
    return redirect(url_for(".account"))


@bp.post("/account/sessions/end")
@signed_in
def end_session() -> Page:
    form = read_form(SessionForm, request.form)
    with transaction() as session:
        usecases.end_session(session, own_key(), form.session, now=clock().now())
    if form.session == current_principal().session_id:
        return let_out(redirect(url_for(".sign_in")))
    flash(_("That browser has to sign in again."))
    return redirect(url_for(".account"))


@bp.post("/account/leave")
@signed_in
def leave() -> Page:
    """End one's own account. The last manager cannot: nobody would be left who could let anybody in."""
    try:
        if not read_form(LeaveForm, request.form).sure:
            raise LeavingNotConfirmed()
        with transaction() as session:
            usecases.end_account(session, own_key(), by=current_principal(), now=clock().now())
    except DomainError as refusal:
        return show_account(refusal)
    answer = let_out(redirect(url_for(".sign_in")))
    flash(_("Your account is ended. What you did stays under its name."))
    return answer
