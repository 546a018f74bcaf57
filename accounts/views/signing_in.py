"""The way in and out: signing in, the first account of all, the first page."""

from flask import redirect, render_template, request, url_for

from accounts import queries, usecases
from accounts.access import find_principal, open_to_all
from accounts.errors import NotSignedIn, PasswordsDiffer
from accounts.forms import SignInForm, StartForm
from accounts.home import home_cards, list_next_steps
from accounts.limits import check_attempts, count_wrong_attempt
from accounts.passwords import prove
from accounts.rules import browser_name
from accounts.signing import let_in, let_out
from accounts.views.blueprint import Page, bp, show
from bulou.clock import clock
from bulou.database import reading, transaction
from bulou.errors import DomainError
from bulou.forms import read_form


@bp.get("/")
@open_to_all
def home() -> Page:
    """What somebody's role lets them do; whoever has not signed in is asked to."""
    principal = find_principal()
    if principal is None:
        return redirect(url_for(".sign_in"))
    with reading() as session:
        facts = {
            "community": queries.community_name(session, principal.community_id),
            "is_example": queries.is_example(session, principal.community_id),
            "steps": list_next_steps(session, principal.community_id),
        }
    return render_template("accounts/home.html", cards=home_cards(), **facts)


@bp.get("/sign-in")
@open_to_all
def sign_in() -> Page:
    if find_principal() is not None:
        return redirect(safe_next())
    return show_sign_in()


@bp.post("/sign-in")
@open_to_all
def do_sign_in() -> Page:
    try:
        check_attempts("sign in")
        secret = enter(read_form(SignInForm, request.form))
    except DomainError as refusal:
        return show_sign_in(refusal)
    return let_in(redirect(safe_next()), secret)


def show_sign_in(refusal: DomainError | None = None) -> Page:
    return show("sign_in", refusal, name=request.form.get("name", ""))


def enter(form: SignInForm) -> str:
    """The secret of a new session. Raises SignInRefused, once the wrong attempt is kept."""
    with reading() as session:
        kept_hash = queries.find_password_hash(session, form.name)
    proof = prove(form.password, kept_hash)  # 20 ms of argon2, in no transaction: scans need the writer
    with transaction() as session:
        answer = usecases.sign_in(
            session, form.name, proof, browser=browser_name(request.user_agent.string), now=clock().now()
        )
    if answer.secret is None:
        count_wrong_attempt("sign in")
        raise answer.refusal or NotSignedIn()
    return answer.secret


def safe_next() -> str:
    """Where somebody wanted to go before signing in; never to another host."""
    wanted = request.values.get("next", "")
    is_ours = wanted.startswith("/") and not wanted.startswith(("//", "/\\")) and wanted.isprintable()
    return wanted if is_ours else url_for(".home")


@bp.post("/sign-out")
@open_to_all
def sign_out() -> Page:
    """Safe to repeat: whose session has ended by itself is just shown the way in."""
    principal = find_principal()
    if principal is not None:
        with transaction() as session:
            usecases.sign_out(session, principal, now=clock().now())
    return let_out(redirect(url_for(".sign_in")))


@bp.get("/start")
@open_to_all
def start() -> Page:
    return show_start()


@bp.post("/start")
@open_to_all
def do_start() -> Page:
    try:
        check_attempts("start")
        secret = make_first(read_form(StartForm, request.form))
    except DomainError as refusal:
        if refusal.status == 403:
            count_wrong_attempt("start")
        return show_start(refusal)
    return let_in(redirect(url_for(".home")), secret)


def show_start(refusal: DomainError | None = None) -> Page:
    return show("start", refusal, values=request.form)


def make_first(form: StartForm) -> str:
    """The secret of the first session of all."""
    if form.password != form.again:
        raise PasswordsDiffer()
    facts = {"name": form.name, "shown_name": form.shown_name, "password": form.password}
    with transaction() as session:
        now = clock().now()
        account = usecases.make_first_account(session, code=form.code, community_name=form.community, **facts, now=now)
        return usecases.begin_session(session, account, browser=browser_name(request.user_agent.string), now=now)
