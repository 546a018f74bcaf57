"""Up to ten tickets on one page or sheet, for whoever brings several people. The link holds the codes; nothing is kept."""

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any
from uuid import UUID

from flask import g, make_response, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from accounts.access import acting, check_may, current_community_id, current_principal, open_to_all, requires
from accounts.rules import Permission
from accounts.usecases import note
from bulou.clock import clock
from bulou.database import reading, transaction
from bulou.downloads import download
from bulou.ids import is_code, read_code
from bulou.links import code_url
from bulou.qr import qr_svg
from checkin.attempts import check_codes, count_wrong_code
from checkin.errors import NobodyTicked, TicketNotFound, TooManyOnOneSheet
from checkin.queries.people import find_people
from checkin.queries.slips import list_carer_slips
from checkin.queries.ticket_pages import TicketPage, list_ticket_pages
from checkin.rules import CODE_LENGTH, COMMUNITY_LENGTH, read_ticket_code
from checkin.sheets import carer_sheet_pdf
from checkin.views import bp
from checkin.views.handouts import slip_of
from checkin.views.posters import see_other
from checkin.views.tickets import page_for_residents, words_of
from scheduling.queries.setup import get_round

MOST_CHOSEN = 100  # on the page where they are chosen: more than anybody ticks
MOST = 10  # that fit on one sheet and that one person can look after
_OWN = CODE_LENGTH - COMMUNITY_LENGTH


def link_of(codes: Sequence[str]) -> str:
    """The path of a page with these tickets: the community once, then what is each ticket's own."""
    return "/C/" + codes[0][:COMMUNITY_LENGTH] + "".join(code[COMMUNITY_LENGTH:] for code in codes)


def codes_of(joined: str) -> list[str]:
    """The tickets in such a path, each once. Raises TicketNotFound."""
    read = read_code(joined)
    community, rest = read[:COMMUNITY_LENGTH], read[COMMUNITY_LENGTH:]
    if not is_code(read, len(read)) or not rest or len(rest) % _OWN or len(rest) > MOST * _OWN:
        raise TicketNotFound()
    return list(dict.fromkeys(community + rest[start : start + _OWN] for start in range(0, len(rest), _OWN)))


# The page of whoever brings them.


@bp.get("/C/<codes>")
@bp.get("/c/<codes>")
@open_to_all
def carer_page(codes: str) -> AnyResponse:
    """Up to ten tickets, each with its code, point and time. Raises TicketNotFound, TooManyAttempts."""
    return _carer_page(_read(codes))


def _read(joined: str, added: str = "") -> list[TicketPage]:
    """The tickets of such a path and one more. Raises TicketNotFound, counted as a wrong guess, and TooManyAttempts."""
    check_codes()
    try:
        codes = dict.fromkeys([*codes_of(joined), *([added] if added else [])])
        with reading() as session:
            return list_ticket_pages(session, list(codes), now=clock().now())
    except TicketNotFound:
        count_wrong_code()
        raise


def _carer_page(pages: Sequence[TicketPage], problem: str = "", status: int = 200) -> AnyResponse:
    codes = [page.code for page in pages]
    g.timezone = pages[0].timezone
    cards = [
        {
            "page": page,
            "picture": qr_svg(code_url(f"/Q/{page.code}")),
            "without": link_of([code for code in codes if code != page.code]) if len(codes) > 1 else "",
            **words_of(page),
        }
        for page in pages
    ]
    facts = {"community": pages[0].community, "link": link_of(codes), "may_add": len(codes) < MOST}
    return page_for_residents("carer_page", status, cards=cards, problem=problem, **facts)


@bp.post("/C/<codes>")
@open_to_all
def add_to_carer_page(codes: str) -> AnyResponse:
    """The same page with one more ticket, by its code. Raises TicketNotFound, TooManyAttempts."""
    pages, code = _read(codes), read_ticket_code(request.form.get("code", ""))
    have = [page.code for page in pages]
    if code is None or code[:COMMUNITY_LENGTH] != have[0][:COMMUNITY_LENGTH]:
        return _carer_page(pages, TicketNotFound().sentence, 404)
    if code not in have and len(have) >= MOST:
        return _carer_page(pages, TooManyOnOneSheet(most=MOST).sentence, 422)
    try:
        return see_other(link_of([page.code for page in _read(codes, code)]))
    except TicketNotFound as refusal:
        return _carer_page(pages, refusal.sentence, 404)


# Putting it together.


@bp.route("/rounds/<uuid:round_id>/carer", methods=["GET", "POST"])
@requires(Permission.PRINT_TICKETS)
def carer(round_id: UUID) -> AnyResponse | str:
    """Choose people by door or name, then one page or one sheet. What is refused comes back with what was chosen."""
    check_may(Permission.PRINT_TICKETS, round_id=round_id)
    chosen = _chosen(request.form.getlist("code"))
    action = request.form.get("action", "")
    if action not in ("page", "sheet"):
        return _show_choice(round_id, chosen)
    try:
        return _hand_over(round_id, chosen, action)
    except (NobodyTicked, TooManyOnOneSheet) as refusal:
        return make_response(_show_choice(round_id, chosen, refusal.sentence), refusal.status)


def _show_choice(round_id: UUID, chosen: Sequence[str], problem: str = "") -> str:
    typed = request.form.get("q", "")
    with reading() as session:
        round_ = get_round(session, (current_community_id(), round_id))
        families = find_people(session, round_, typed)
        people = list_carer_slips(session, round_, chosen, now=clock().now())
    facts: dict[str, Any] = {"families": families, "people": people, "typed": typed, "most": MOST, "problem": problem}
    return render_template("checkin/carer.html", round=round_, **facts)


def _chosen(codes: Iterable[str]) -> list[str]:
    """Each ticket once, in the order in which they were chosen."""
    chosen = dict.fromkeys(code for typed in codes if (code := read_ticket_code(typed)) is not None)
    return list(islice(chosen, MOST_CHOSEN))


def _hand_over(round_id: UUID, chosen: Sequence[str], action: str) -> AnyResponse:
    """Raises NobodyTicked, TooManyOnOneSheet."""
    if len(chosen) > MOST:
        raise TooManyOnOneSheet(most=MOST)
    with transaction() as session:
        round_ = get_round(session, (current_community_id(), round_id))
        slips = list_carer_slips(session, round_, chosen, now=clock().now())
        if not slips:
            raise NobodyTicked()
        facts = {"slips": len(slips), "as": action}
        note(session, round_.community_id, "tickets.carer", round_id, facts=facts, **acting())
        name = round_.name
    if action == "page":
        return redirect(link_of([slip.code for slip in slips]))
    timezone = current_principal().timezone
    return download(carer_sheet_pdf([slip_of(slip) for slip in slips], round_name=name, timezone=timezone), "carer.pdf")
