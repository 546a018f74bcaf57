"""Pages of signing in and of one's own account."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from accounts import queries, usecases
from accounts.access import current_account_id, current_principal, find_principal, open_to_all, signed_in
from accounts.errors import NotPermitted, NotSignedIn, PasswordsDiffer
from accounts.forms import PasswordForm, SessionForm, ShownNameForm, SignInForm, StartForm
from accounts.home import home_cards
from accounts.limits import check_attempts, count_wrong_attempt
from accounts.passwords import prove
from accounts.signing import let_in, let_out
from accounts.usecases import AccountKey
from bulou.clock import clock
from bulou.database import reading, transaction
from bulou.errors import DomainError
from bulou.forms import read_form
from bulou.i18n import _

bp = Blueprint("accounts", __name__)
Page = str | Response | tuple[str, int]


@bp.get("/")
@open_to_all
def home() -> Page:
    """What somebody's role lets them do; whoever has not signed in is asked to."""
    principal = find_principal()
    if principal is None:
        return redirect(url_for(".sign_in"))
    with reading() as session:
        community = queries.community_name(session, principal.community_id)
    return render_template("accounts/home.html", community=community, cards=home_cards())


@bp.get("/sign-in")
@open_to_all
def sign_in() -> Page:
    if find_principal() is not None:
        return redirect(safe_next())
    return render_template("accounts/sign_in.html", name="", refusal=None)


@bp.post("/sign-in")
@open_to_all
def do_sign_in() -> Page:
    try:
        check_attempts("sign in")
        secret = enter(read_form(SignInForm, request.form))
    except DomainError as refusal:
        name = request.form.get("name", "")
        return render_template("accounts/sign_in.html", name=name, refusal=refusal.sentence), refusal.status
    return let_in(redirect(safe_next()), secret)


def enter(form: SignInForm) -> str:
    """The secret of a new session. Raises SignInRefused, once the wrong attempt is kept."""
    with reading() as session:
        kept_hash = queries.find_password_hash(session, form.name)
    proof = prove(form.password, kept_hash)  # 20 ms of argon2, in no transaction: scans need the writer
    with transaction() as session:
        answer = usecases.sign_in(session, form.name, proof, browser=browser_name(), now=clock().now())
    if answer.secret is None:
        count_wrong_attempt("sign in")
        raise answer.refusal or NotSignedIn()
    return answer.secret


def browser_name() -> str:
    return request.headers.get("User-Agent", "")


def safe_next() -> str:
    """Where somebody wanted to go before signing in; never to another host."""
    wanted = request.values.get("next", "")
    is_ours = wanted.startswith("/") and not wanted.startswith(("//", "/\\")) and wanted.isprintable()
    return wanted if is_ours else url_for(".home")


@bp.post("/sign-out")
@signed_in
def sign_out() -> Page:
    with transaction() as session:
        usecases.sign_out(session, current_principal(), now=clock().now())
    return let_out(redirect(url_for(".sign_in")))


@bp.get("/start")
@open_to_all
def start() -> Page:
    return render_template("accounts/start.html", values={}, refusal=None)


@bp.post("/start")
@open_to_all
def do_start() -> Page:
    try:
        check_attempts("start")
        secret = make_first(read_form(StartForm, request.form))
    except DomainError as refusal:
        if refusal.status == 403:
            count_wrong_attempt("start")
        return render_template("accounts/start.html", values=request.form, refusal=refusal.sentence), refusal.status
    return let_in(redirect(url_for(".home")), secret)


def make_first(form: StartForm) -> str:
    """The secret of the first session of all."""
    if form.password != form.again:
        raise PasswordsDiffer()
    facts = {"name": form.name, "shown_name": form.shown_name, "password": form.password}
    with transaction() as session:
        now = clock().now()
        account = usecases.make_first_account(
            session, code=form.code, community_name=form.community, **facts, now=now
        )
        return usecases.begin_session(session, account, browser=browser_name(), now=now)


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


def show_account(refusal: str | None = None, status: int = 200) -> Page:
    with reading() as session:
        line = queries.find_account_line(session, own_key(), now=clock().now())
        browsers = queries.list_browsers(session, own_key(), now=clock().now())
    return render_template("accounts/account.html", line=line, browsers=browsers, refusal=refusal), status


@bp.post("/account/name")
@signed_in
def change_shown_name() -> Page:
    try:
        form = read_form(ShownNameForm, request.form)
        with transaction() as session:
            usecases.change_shown_name(session, own_key(), form.shown_name, now=clock().now())
    except DomainError as refusal:
        return show_account(refusal.sentence, refusal.status)
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
        return show_account(refusal.sentence, refusal.status)
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
