"""The ticket page: what a resident shows. Small, without JavaScript, for nobody's memory but the phone's own."""

from typing import Any

from flask import Response, g, make_response, render_template, request

from accounts.access import open_to_all
from bulou.clock import clock
from bulou.database import reading
from bulou.i18n import language
from bulou.links import code_url
from bulou.qr import qr_svg
from bulou.walltime import wall_day, wall_span
from checkin.queries.tickets import TicketPage, get_ticket_page
from checkin.sheets.tickets import grouped_code
from checkin.views import bp

COOKIE = "bulou_ticket"
DAYS = 180


@bp.get("/Q/<code>")
@bp.get("/q/<code>")
@open_to_all
def show_ticket(code: str) -> Response:
    """Raises TicketNotFound."""
    with reading() as session:
        page = get_ticket_page(session, code, now=clock().now())
    g.timezone = page.timezone
    picture = qr_svg(code_url(f"/Q/{page.code}"))
    return page_for_residents("ticket", page=page, community=page.community, picture=picture, **words_of(page))


def words_of(page: TicketPage) -> dict[str, Any]:
    """The day and time of a ticket and its code in groups, as they are read."""
    place = page.place
    return {
        "day": wall_day(place.starts_at, page.timezone) if place else "",
        "span": wall_span(place.starts_at, place.ends_at, page.timezone) if place else "",
        "typed": grouped_code(page.code),
    }


def page_for_residents(name: str, status: int = 200, **facts: Any) -> Response:
    """A slim page that no search engine lists and nobody keeps: it is about a person."""
    other = "en" if language() == "zh" else "zh"
    body = render_template(f"checkin/{name}.html", lang=language(), other_url=f"{request.path}?lang={other}", **facts)
    response = make_response(body, status)
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Robots-Tag"] = "noindex"
    return response


def keep_ticket(response: Response, code: str) -> Response:
    """The phone remembers its ticket."""
    age = DAYS * 86_400
    response.set_cookie(COOKIE, code, max_age=age, httponly=True, samesite="Lax", secure=request.is_secure)
    return response
