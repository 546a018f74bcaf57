"""What the posters lead to: in the lobby to the building's page and one's ticket, at the point to "I am here"."""

from collections.abc import Sequence
from uuid import UUID

from flask import Response, g, redirect, request
from sqlmodel import Session
from werkzeug.wrappers import Response as AnyResponse

from accounts.access import open_to_all
from bulou.clock import clock
from bulou.database import reading, transaction
from bulou.errors import DomainError
from bulou.ids import is_code, read_code
from bulou.text import clean_text
from checkin.attempts import check_guesses, check_repeats, count_wrong_guess
from checkin.errors import BuildingNotFound, NobodyTicked, PointNotFound, TicketNotFound, TicketNotMatched
from checkin.queries.ticket_pages import TicketPage, get_ticket_page
from checkin.queries.tickets import (
    find_homes,
    find_round,
    find_ticket_code,
    get_building_by_code,
    get_point_by_code,
    has_numbers,
)
from checkin.rules import Outcome, TicketKind, read_ticket_code
from checkin.usecases import Answer
from checkin.usecases.arriving import arrive
from checkin.views import bp
from checkin.views.tickets import COOKIE, keep_ticket, page_for_residents, words_of
from registry.models import Building, Community
from scheduling.models import Point, Round


@bp.get("/B/<code>")
@bp.get("/b/<code>")
@open_to_all
def lobby(code: str) -> AnyResponse:
    """The building's page of the round that people mean now."""
    with reading() as session:
        building = building_of(session, code)
        round_ = find_round(session, building.community_id)
        if round_ is None:
            return page_for_residents("no_round", community=community_name(session, building.community_id))
        return redirect(f"/r/{round_.code}/b/{building.code}")


@bp.get("/B/<code>/TICKET")
@bp.get("/b/<code>/ticket")
@open_to_all
def ask_for_ticket(code: str) -> AnyResponse:
    """The ticket that this phone keeps; otherwise the way to find it. `?another=1` asks for somebody else's."""
    with reading() as session:
        building = building_of(session, code)
        kept = kept_ticket(session, building.community_id)
        if kept is not None and not request.args.get("another"):
            return redirect(f"/Q/{kept.code}")
        return ask_page(session, building)


@bp.post("/B/<code>/TICKET")
@open_to_all
def find_ticket(code: str) -> AnyResponse:
    """To the ticket of whoever lives behind the door and has a number that ends so; kept on this phone."""
    with reading() as session:
        building = building_of(session, code)
        round_ = find_round(session, building.community_id)
        found = guess(session, round_, building)
        if found is None:
            return ask_page(session, building, problem=TicketNotMatched().sentence, status=404)
    return keep_ticket(see_other(f"/Q/{found}"), found)


def ask_page(session: Session, building: Building, problem: str = "", status: int = 200) -> Response:
    is_possible = has_numbers(session, building.community_id, building.id)
    facts = {"building": building, "is_possible": is_possible, "door": request.form.get("door", "")}
    community = community_name(session, building.community_id)
    return page_for_residents("find_ticket", status, community=community, problem=problem, **facts)


def guess(session: Session, round_: Round | None, building: Building | None) -> str | None:
    """The ticket's code, by the door and digits that were entered. Raises TooManyTries."""
    door, digits = (clean_text(request.form.get(name, ""), max_length=40) for name in ("door", "digits"))
    community_id = round_.community_id if round_ else ""
    # By the home and not by its spelling: 501, 1-501 and #501 would each have guesses of their own.
    homes = find_homes(session, community_id, door, building)
    counted = tuple(sorted(map(str, homes))) or (community_id, building.code if building else "", door.upper())
    check_guesses(*counted)
    is_whole = len(digits) == 4 and digits.isascii() and digits[:3].isdigit()
    found = find_ticket_code(session, round_, door, digits, building) if round_ and is_whole else None
    if found is None:
        count_wrong_guess(*counted)
    return found


# The point's poster.


@bp.get("/P/<code>")
@bp.get("/p/<code>")
@open_to_all
def point_poster(code: str) -> AnyResponse:
    """ "I am here" for the ticket this phone keeps; otherwise the ways to find it."""
    with reading() as session:
        point = point_of(session, code)
        return here_page(session, point, kept_ticket(session, point.community_id))


@bp.post("/P/<code>")
@open_to_all
def say_here(code: str) -> AnyResponse:
    """Record that people have arrived, or find their ticket first. Nobody is made sampled by it."""
    with reading() as session:
        point = point_of(session, code)
        typed = request.form.get("code", "")
        if not typed and "door" in request.form:
            round_ = find_round(session, point.community_id)
            typed = guess(session, round_, None) or ""
            if not typed:
                return here_page(session, point, None, problem=TicketNotMatched().sentence, status=404)
            return keep_ticket(see_other(f"/P/{point.code}"), typed)
        ticket = find_ticket_page(session, typed, point.community_id)
        if ticket is None:
            return here_page(session, point, None, problem=TicketNotFound().sentence, status=404)
        members = members_ticked(ticket)
        if ticket.kind is TicketKind.HOUSEHOLD and not members:
            return here_page(session, point, ticket, problem=NobodyTicked().sentence, status=422)
    return come(point, ticket, members)


def come(point: Point, ticket: TicketPage, members: Sequence[UUID]) -> AnyResponse:
    check_repeats(ticket.code)
    with transaction() as session:
        answers = arrive(session, point, ticket.code, members, now=clock().now())
    if all(answer.outcome is Outcome.ACCEPTED for answer in answers):
        return keep_ticket(see_other(f"/P/{point.code}"), ticket.code)
    with reading() as session:
        return here_page(session, point, get_ticket_page(session, ticket.code, now=clock().now()), answers=answers)


def members_ticked(ticket: TicketPage) -> list[UUID]:
    """Who of the household was ticked; empty for a resident's ticket."""
    if ticket.kind is TicketKind.RESIDENT:
        return []
    ticked = set(request.form.getlist("member"))
    return [person.id for person in ticket.persons if str(person.id) in ticked]


def here_page(
    session: Session,
    point: Point,
    ticket: TicketPage | None,
    problem: str = "",
    status: int = 200,
    answers: Sequence[Answer] = (),
) -> Response:
    g.timezone = session.get_one(Community, point.community_id).timezone
    refused = [answer for answer in answers if answer.outcome is not Outcome.ACCEPTED]
    return page_for_residents(
        "here",
        status,
        community=community_name(session, point.community_id),
        point=point,
        ticket=ticket,
        here=[person for person in ticket.persons if person.number and person.arrived_point_id == point.id]
        if ticket
        else [],
        problem=problem,
        refused=refused,
        is_possible=has_numbers(session, point.community_id),
        entered={name: request.form.get(name, "") for name in ("door", "code")},
        **(words_of(ticket) if ticket else {}),
    )


# What both have in common.


def building_of(session: Session, code: str) -> Building:
    """Raises BuildingNotFound; a code with strange letters is not even looked for."""
    read = read_code(code)
    if not is_code(read, len(read)):
        raise BuildingNotFound()
    return get_building_by_code(session, read)


def point_of(session: Session, code: str) -> Point:
    """Raises PointNotFound."""
    read = read_code(code)
    if not is_code(read, len(read)):
        raise PointNotFound()
    return get_point_by_code(session, read)


def kept_ticket(session: Session, community_id: str) -> TicketPage | None:
    """The ticket that this phone remembers, if it is valid and of this community."""
    return find_ticket_page(session, request.cookies.get(COOKIE, ""), community_id)


def find_ticket_page(session: Session, typed: str, community_id: str) -> TicketPage | None:
    code = read_ticket_code(typed)
    if code is None or not code.startswith(community_id):
        return None
    try:
        page = get_ticket_page(session, code, now=clock().now())
    except DomainError:
        return None
    return None if page.is_revoked else page


def community_name(session: Session, community_id: str) -> str:
    return session.get_one(Community, community_id).name


def see_other(address: str) -> Response:
    response = Response(status=303)
    response.headers["Location"] = address
    return response
