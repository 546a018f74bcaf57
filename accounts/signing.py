"""The gate before every request: who asks, did the page that asks come from us, may they use this route."""

from datetime import datetime, timedelta
from uuid import UUID

from flask import Flask, current_app, g, request
from flask import session as browser_session
from flask_wtf.csrf import CSRFProtect, generate_csrf
from markupsafe import Markup
from sqlalchemy.exc import OperationalError
from werkzeug.wrappers import Response

from accounts.access import check_revoked, check_route, find_principal, may_open
from accounts.errors import DeviceUnknown, TokenNotValid
from accounts.limits import init_limits
from accounts.queries import Visit, find_device_principal, find_token_principal, find_visit
from accounts.rules import LIFE, SEEN_EVERY, Permission, Principal
from accounts.usecases import note_visit
from bulou.clock import clock
from bulou.database import StoreBusy, database, reading, transaction

COOKIE = "bulou_sign_in"
DEVICE_COOKIE = "bulou_device"
DEVICE_COOKIE_LIFE = timedelta(
    days=400
)  # the longest that browsers keep one: a phone that has ended delivers late facts
csrf = CSRFProtect()


def init_accounts(app: Flask) -> None:
    """Every request of this application passes the gate."""
    app.config.update(
        WTF_CSRF_CHECK_DEFAULT=False,  # checked below, where it is known who asks
        WTF_CSRF_TIME_LIMIT=None,  # a page that was open for hours still works; the token ends with the browser's session
        WTF_CSRF_SSL_STRICT=False,  # it wants a Referer, which our own headers forbid to send
    )
    csrf.init_app(app)
    init_limits(app)
    app.before_request(find_who_asks)
    app.before_request(check_origin)
    app.before_request(check_permission)
    app.after_request(name_the_way_in)
    app.jinja_env.globals.update(csrf_field=csrf_field, principal=find_principal, may=may, may_open=may_open)


def find_who_asks() -> None:
    """Set `g.principal` and `g.timezone`. Raises TokenNotValid; a cookie that has ended is nobody's."""
    if request.endpoint == "static":
        return
    principal = identify()
    if principal is not None:
        g.principal, g.timezone = principal, principal.timezone


def identify() -> Principal | None:
    """A program by its token, a phone by what it says of itself, else the browser."""
    token, device = bearer_token(), device_header()
    if token is not None:
        return principal_of_token(token)
    return principal_of_device(device) if device is not None else principal_of_cookie()


def bearer_token() -> str | None:
    """What a program shows. Pages are for browsers, which have a cookie."""
    kind, _, secret = request.headers.get("Authorization", "").partition(" ")
    return secret.strip() if kind.lower() == "bearer" and request.path.startswith("/api/") else None


def device_header() -> str | None:
    """The id by which a phone asks. No page of another site can send it, so such a call needs no hidden field."""
    return request.headers.get("X-Device") if request.path.startswith("/api/") else None


def principal_of_device(device: str) -> Principal:
    """Raises DeviceUnknown unless the cookie is that phone's."""
    secret = request.cookies.get(DEVICE_COOKIE, "")
    try:
        device_id = UUID(device)
        with database().engine.connect() as connection:
            principal = find_device_principal(connection, secret, device_id, now=clock().now())
    except OperationalError as wrong:
        raise StoreBusy() from wrong
    except ValueError:
        raise DeviceUnknown() from None
    if principal is None:
        raise DeviceUnknown()
    return principal


def principal_of_token(token: str) -> Principal:
    try:
        with database().engine.connect() as connection:
            principal = find_token_principal(connection, token)
    except OperationalError as wrong:
        raise StoreBusy() from wrong
    if principal is None:
        raise TokenNotValid()
    return principal


def principal_of_cookie() -> Principal | None:
    secret = request.cookies.get(COOKIE)
    if not secret:
        return None
    now = clock().now()
    with reading() as session:
        visit = find_visit(session, secret, now=now)
    if visit is None:
        return None
    if visit.seen_at + SEEN_EVERY <= now:
        keep_alive(visit, now)
    return visit.principal


def keep_alive(visit: Visit, now: datetime) -> None:
    """Note the visit, unless somebody is writing: reading a page waits for nobody, and the next one notes it too."""
    if visit.principal.session_id is None or (database().is_sqlite and database().writer.locked()):
        return
    try:
        with transaction() as session:
            note_visit(session, visit.principal.community_id, visit.principal.session_id, now=now)
    except StoreBusy:
        return


def check_origin() -> None:
    """A change that a browser asks for must come from a page of ours. Programs and phones show what no other page has."""
    if request.url_rule is None or request.endpoint == "static":
        return
    if bearer_token() is not None or device_header() is not None:
        return
    csrf.protect()


def check_permission() -> None:
    """The route says who may use it. An address that is none stays a 404."""
    if request.url_rule is None or request.endpoint in (None, "static"):
        return
    view = current_app.view_functions[request.endpoint or ""]
    check_revoked(getattr(view, "takes_revoked", False))
    permissions = getattr(view, "permissions", None)
    check_route(permissions, round_id=(request.view_args or {}).get("round_id"))


def name_the_way_in(response: Response) -> Response:
    """A 401 says what would be accepted (RFC 6750)."""
    if response.status_code == 401:
        has_tried = bearer_token() is not None
        response.headers["WWW-Authenticate"] = 'Bearer error="invalid_token"' if has_tried else "Bearer"
    return response


def csrf_field() -> Markup:
    """The hidden field of every form that changes something."""
    return Markup('<input type="hidden" name="csrf_token" value="{}">').format(generate_csrf())


def may(permission: Permission | str) -> bool:
    """For templates: whether whoever asks may do it somewhere."""
    principal = find_principal()
    return principal is not None and principal.may(Permission(permission))


def let_in(response: Response, secret: str) -> Response:
    """The browser keeps the secret of its session. What the browser had before is forgotten."""
    browser_session.clear()
    is_secure = request.is_secure or bool(current_app.config["SESSION_COOKIE_SECURE"])
    age = int(LIFE.total_seconds())
    response.set_cookie(COOKIE, secret, max_age=age, httponly=True, samesite="Lax", secure=is_secure)
    return response


def let_out(response: Response) -> Response:
    browser_session.clear()
    response.delete_cookie(COOKIE, httponly=True, samesite="Lax")
    return response


def keep_device(response: Response, secret: str) -> None:
    """The phone keeps the secret of its enrolment. Strict: no other site's link or form takes it along."""
    is_secure = request.is_secure or bool(current_app.config["SESSION_COOKIE_SECURE"])
    age = int(DEVICE_COOKIE_LIFE.total_seconds())
    response.set_cookie(DEVICE_COOKIE, secret, max_age=age, httponly=True, samesite="Strict", secure=is_secure)


def forget_device(response: Response) -> None:
    response.delete_cookie(DEVICE_COOKIE, httponly=True, samesite="Strict")
