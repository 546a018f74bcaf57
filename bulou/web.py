"""What every page and call shares: headers, refusals as replies, filters of templates, health."""

from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

import structlog
from flask import (
    Blueprint,
    Flask,
    Response,
    abort,
    current_app,
    g,
    jsonify,
    redirect,
    render_template,
    request,
    url_for,
)
from jinja2 import StrictUndefined
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as AnyResponse

from bulou import walltime
from bulou.assets import asset_url
from bulou.database import can_write
from bulou.errors import DomainError
from bulou.i18n import LANGUAGES, _, _l, language
from bulou.masking import mask_name, mask_phone
from bulou.problem_details import problem_response

log = structlog.get_logger()
MAX_BODY = 60 * 1024 * 1024  # bytes; rosters are at most 50 MB packed


def init_web(app: Flask) -> None:
    app.config.update(MAX_CONTENT_LENGTH=MAX_BODY, MAX_FORM_MEMORY_SIZE=2_000_000, MAX_FORM_PARTS=20_000)
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters.update(
        wall_time=wall_time,
        wall_date=wall_date,
        wall_datetime=wall_datetime,
        mask_name=mask_name,
        mask_phone=mask_phone,
    )
    app.jinja_env.globals.update(
        asset_url=asset_url, language=language, other_language_url=other_language_url, colon=colon
    )
    app.before_request(refuse_endless_body)
    app.after_request(add_headers)
    app.after_request(keep_language)
    app.register_error_handler(DomainError, answer_refusal)
    app.register_error_handler(HTTPException, answer_http_error)
    app.register_error_handler(Exception, answer_failure)
    app.register_blueprint(health)


def refuse_endless_body() -> None:
    """A body without a length would be cut at the limit and taken for whole (gunicorn, all versions looked at)."""
    if request.headers.get("Transfer-Encoding") and request.content_length is None:
        abort(411)


def add_headers(response: Response) -> Response:
    """Nothing from outside is loaded, framed or told where a reader came from."""
    headers = response.headers
    headers.setdefault(
        "Content-Security-Policy",
        "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data: blob:; "
        "connect-src 'self'; worker-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    )
    headers.setdefault("X-Content-Type-Options", "nosniff")
    headers.setdefault("Referrer-Policy", "no-referrer")
    headers.setdefault("Permissions-Policy", "camera=(self), microphone=(), geolocation=()")
    headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    if request.is_secure:
        headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    if request.path.startswith("/static/dist/"):
        headers["Cache-Control"] = "public, max-age=31536000, immutable"
    elif not response.cache_control.public and not request.path.startswith("/static/"):  # Flask says no-cache of files
        headers["Cache-Control"] = "no-store"
    return response


def keep_language(response: Response) -> Response:
    """A language chosen by a link stays chosen."""
    asked = request.args.get("lang")
    if response.cache_control.public:  # shared between readers: one's cookie must not become everybody's
        return response
    if asked in LANGUAGES and request.cookies.get("lang") != asked:
        response.set_cookie("lang", asked, max_age=365 * 86400, samesite="Lax", secure=request.is_secure, httponly=True)
    return response


def other_language_url() -> str:
    """This page in the other language; after a form was sent, the page it stands on."""
    other = "en" if language() == "zh" else "zh"
    if request.endpoint is None:
        return f"/?lang={other}"
    path, asked = (request.path, request.args.to_dict()) if request.method == "GET" else _page_of_form()
    # Not by url_for: `?_scheme=javascript` and `?endpoint=x` would be taken for its own arguments.
    return f"{quote(path)}?{urlencode({**asked, 'lang': other})}"


def _page_of_form() -> tuple[str, dict[str, str]]:
    """Where the form that was sent stands: what the browser says, or the nearest page at or above its address.

    Our own headers keep browsers from saying it; of another host nothing is believed.
    """
    try:
        came = urlsplit(request.referrer or "")
    except ValueError:
        came = urlsplit("")
    if came.netloc == request.host and _is_page(unquote(came.path)):
        return unquote(came.path), dict(parse_qsl(came.query))
    path = request.path
    while path and not _is_page(path):
        path = path.rpartition("/")[0]
    return path or "/", {}


def _is_page(path: str) -> bool:
    try:
        current_app.url_map.bind(request.host).match(path, method="GET")
    except HTTPException:
        return False
    return True


def colon() -> str:
    """Between a name and what is said of it."""
    return _(": ")


def wants_json() -> bool:
    return request.path.startswith("/api/")


def answer_refusal(refusal: DomainError) -> AnyResponse | tuple[str, int]:
    """A refusal becomes a reply here and nowhere else."""
    if wants_json():
        return problem_response(refusal)
    if refusal.status == 401:
        return redirect(url_for("accounts.sign_in", next=request.full_path if request.method == "GET" else None))
    return render_template("refusal.html", sentence=refusal.sentence, status=refusal.status), refusal.status


class PageNotFound(DomainError):
    code, status, text = "not_found", 404, _l("There is no such page. The address may be mistyped, or it was removed.")


class TooLarge(DomainError):
    code, status, text = "too_large", 413, _l("This is too large. At most 50 MB can be sent at once.")


class FormExpired(DomainError):
    code, status, text = "form_expired", 400, _l("This page was open for too long. Please load it again and repeat.")


class NotUnderstood(DomainError):
    code, status, text = "http_error", 400, _l("The request cannot be understood (%(status)d).")

    def __init__(self, **facts: Any) -> None:
        super().__init__(**facts)
        self.status = facts["status"]  # type: ignore[misc]


class TooManyRequests(DomainError):
    code, status, text = "too_many_requests", 429, _l("Too many requests. Please wait a minute and try again.")


class Failure(DomainError):
    code, status, text = "failure", 500, _l("Something went wrong on our side. Nothing was changed; please try again.")


def answer_http_error(wrong: HTTPException) -> Any:
    known: dict[int, type[DomainError]] = {404: PageNotFound, 413: TooLarge, 429: TooManyRequests}
    status = wrong.code or 500
    if status < 400:
        return wrong
    if type(wrong).__name__ == "CSRFError":
        return answer_refusal(FormExpired())
    refusal = known[status]() if status in known else NotUnderstood(status=status)
    return answer_refusal(refusal)


def answer_failure(wrong: Exception) -> Any:
    log.error("failure", route=request.url_rule.rule if request.url_rule else None, exc_info=wrong)
    return answer_refusal(Failure())


def _zone() -> str:
    """The community's; set for each request by whoever knows it."""
    return str(g.get("timezone", "Asia/Shanghai"))


def wall_time(at: datetime | None) -> str:
    """08:30, by the community's clock; empty for no time."""
    return walltime.wall_time(at, _zone()) if at else ""


def wall_date(at: datetime | None) -> str:
    """4月3日周日, or Sun 3 Apr; empty for no time."""
    return walltime.wall_day(at, _zone()) if at else ""


def wall_datetime(at: datetime | None) -> str:
    """The day and the time; empty for no time."""
    return f"{wall_date(at)} {wall_time(at)}" if at else ""


health = Blueprint("health", __name__)


@health.get("/healthz")
def healthz() -> AnyResponse:
    """Alive."""
    return jsonify(status="alive")


@health.get("/readyz")
def readyz() -> AnyResponse:
    """Able to serve: what cannot be stored must not be answered as if it were."""
    response = jsonify(status="ready") if can_write() else jsonify(status="store cannot be written")
    response.status_code = 200 if response.json == {"status": "ready"} else 503
    return response


@health.get("/metrics")
def metrics() -> AnyResponse:
    return Response(generate_latest(), content_type=CONTENT_TYPE_LATEST)


for _view in (healthz, readyz, metrics):
    _view.permissions = "open"  # type: ignore[attr-defined]
