"""The ticket page: what a resident shows. Small, without JavaScript, for nobody's memory but the phone's own."""

from typing import Any

from flask import Response, g, make_response, render_template, request

from accounts.access import open_to_all
from bulou.clock import clock
from bulou.database import reading, transaction
from bulou.errors import DomainError
from bulou.forms import read_form
from bulou.i18n import language
from bulou.ids import new_id
from bulou.links import code_url
from bulou.qr import qr_svg
from bulou.walltime import wall_day, wall_span
from checkin.attempts import check_corrections
from checkin.errors import NotOfHousehold, TicketNotFound
from checkin.forms import CorrectionForm
from checkin.queries.ticket_pages import TicketPage, get_ticket_home, get_ticket_page
from checkin.rules import TicketKind
from checkin.sheets.tickets import grouped_code
from checkin.views import bp
from registry.queries.corrections import list_sent
from registry.usecases import send_correction
from registry.words import CORRECTION_NAMES

COOKIE = "bulou_ticket"
DAYS = 180


@bp.get("/Q/<code>")
@bp.get("/q/<code>")
@open_to_all
def show_ticket(code: str) -> Response:
    """Raises TicketNotFound."""
    with reading() as session:
        page = get_ticket_page(session, code, now=clock().now())
        home = get_ticket_home(session, code)
        sent = list_sent(session, home.community_id, home.residents, home.household_id) if not page.is_revoked else []
    g.timezone = page.timezone
    picture = qr_svg(code_url(f"/Q/{page.code}"))
    facts = {"picture": picture, "sent": sent, "correction_names": CORRECTION_NAMES, **words_of(page)}
    return page_for_residents("ticket", page=page, community=page.community, **facts)


@bp.get("/Q/<code>/WRONG")
@bp.get("/q/<code>/wrong")
@open_to_all
def ask_what_is_wrong(code: str) -> Response:
    """Where a resident says what is wrong in their entry. Raises TicketNotFound."""
    return show_wrong(code)


def show_wrong(code: str, refusal: DomainError | None = None) -> Response:
    """The form; after a refusal with what was typed, under the same id."""
    with reading() as session:
        page = get_ticket_page(session, code, now=clock().now())
    if page.is_revoked:
        raise TicketNotFound()
    g.timezone = page.timezone
    kinds = [(kind.value, words) for kind, words in CORRECTION_NAMES.items()]
    facts = {"page": page, "community": page.community, "kinds": kinds, "values": request.form}
    facts["correction_id"] = request.form.get("correction_id") or new_id()
    problem = refusal.sentence if refusal else ""
    facts["must_choose"] = refusal is not None and not request.form.get("kind")
    return page_for_residents("wrong", refusal.status if refusal else 200, problem=problem, **facts)


@bp.post("/Q/<code>/WRONG")
@open_to_all
def say_what_is_wrong(code: str) -> Response:
    """Tell the manager. Sent twice, it is one message. Raises TicketNotFound."""
    with reading() as session:
        page, home = get_ticket_page(session, code, now=clock().now()), get_ticket_home(session, code)
    if page.is_revoked:
        raise TicketNotFound()
    try:
        form = read_form(CorrectionForm, request.form)
        about = form.about if page.kind is TicketKind.HOUSEHOLD else next(iter(home.residents), None)
        if about is not None and about not in home.residents:
            raise NotOfHousehold()
        check_corrections(str(home.household_id))
        with transaction() as session:
            send_correction(
                session,
                (home.community_id, home.household_id),
                form.correction_id,
                resident_id=about,
                kind=form.kind,
                said=form.said,
                now=clock().now(),
            )
    except DomainError as refusal:
        return show_wrong(code, refusal)
    response = Response(status=303)
    response.headers["Location"] = f"/Q/{page.code}#sent"
    return response


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
