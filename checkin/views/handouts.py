"""Tickets as managers and point leads hand them out: paper slips of a building, and a new ticket for one that was lost."""

from dataclasses import replace
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from accounts.access import acting, check_may, current_community_id, current_principal, requires
from accounts.rules import Permission
from accounts.usecases import note
from bulou.clock import clock
from bulou.database import reading, transaction
from bulou.downloads import download
from bulou.i18n import _
from bulou.links import code_url
from checkin.errors import BuildingNotFound, NobodyWithoutPhone, NoTickets
from checkin.queries.people import find_people
from checkin.queries.slips import Slip, SlipsAsked, list_slip_buildings, list_slip_units, list_slips
from checkin.sheets import SlipSize, TicketSlip, ticket_sheets_pdf
from checkin.usecases.tickets import reissue_ticket
from checkin.views import bp
from scheduling.queries.setup import get_round


@bp.get("/rounds/<uuid:round_id>/tickets")
@requires(Permission.PRINT_TICKETS)
def tickets(round_id: UUID) -> str:
    """Buildings with their slips to print, and the tickets behind a door."""
    return show_tickets(round_id, request.args.get("q", ""))


@bp.post("/rounds/<uuid:round_id>/tickets")
@requires(Permission.PRINT_TICKETS)
def find_tickets(round_id: UUID) -> str:
    """A search may be for a name, which must not stand in an address: logs keep those."""
    return show_tickets(round_id, request.form.get("q", ""))


def show_tickets(round_id: UUID, typed: str) -> str:
    check_may(Permission.PRINT_TICKETS, round_id=round_id)
    with reading() as session:
        round_ = get_round(session, (current_community_id(), round_id))
        buildings = list_slip_buildings(session, round_)
        units = list_slip_units(session, [building.id for building in buildings], round_.community_id)
        families = find_people(session, round_, typed)
        facts = {"buildings": buildings, "units": units, "families": families, "typed": typed}
        return render_template("checkin/tickets.html", round=round_, **facts)


@bp.get("/rounds/<uuid:round_id>/tickets.pdf")
@requires(Permission.PRINT_TICKETS)
def ticket_slips(round_id: UUID) -> AnyResponse:
    """Slips in the order of the floors: `where=ID` of a building or unit, nothing = all; `who=all` also those with a phone;
    `kind=household` one for each door. Raises BuildingNotFound, NoTickets, NobodyWithoutPhone."""
    check_may(Permission.PRINT_TICKETS, round_id=round_id)
    asked = _slips_asked()
    size = SlipSize.SMALL if request.args.get("size") == "small" else SlipSize.LARGE
    with transaction() as session:
        round_ = get_round(session, (current_community_id(), round_id))
        slips = list_slips(session, round_, asked, now=clock().now())
        if not slips:
            raise NoTickets() if asked.everybody else NobodyWithoutPhone()
        facts = {"where": request.args.get("where", ""), "slips": len(slips)}
        note(session, round_.community_id, "tickets.printed", round_id, facts=facts, **acting())
        name = round_.name
    # A few from each building are cut and handed out in one go; of everybody each building has a pile of its own.
    body = ticket_sheets_pdf(
        [slip_of(slip) for slip in slips],
        round_name=name,
        timezone=current_principal().timezone,
        size=size,
        in_one_pile=not asked.everybody,
    )
    return download(body, f"tickets-{slips[0].building}.pdf" if asked.building_id or asked.unit_id else "tickets.pdf")


def _slips_asked() -> SlipsAsked:
    args = request.args
    asked = SlipsAsked(everybody=args.get("who") == "all", by_household=args.get("kind") == "household")
    what, _colon, id_ = args.get("where", "").rpartition(":")
    if not id_:
        return asked
    try:
        where = UUID(id_)
    except ValueError:
        raise BuildingNotFound() from None
    return replace(asked, unit_id=where) if what == "unit" else replace(asked, building_id=where)


@bp.post("/rounds/<uuid:round_id>/tickets/replace")
@requires(Permission.EDIT_ROUND)
def replace_ticket(round_id: UUID) -> AnyResponse:
    """The old ticket is not valid any more, another one is."""
    check_may(Permission.EDIT_ROUND, round_id=round_id)
    with transaction() as session:
        round_ = get_round(session, (current_community_id(), round_id))
        reissue_ticket(
            session, request.form.get("code", ""), round_.campaign_id, by=current_principal(), now=clock().now()
        )
    flash(_("A new ticket was given out. The old one is not valid any more."))
    return redirect(url_for(".tickets", round_id=round_id))


def slip_of(slip: Slip) -> TicketSlip:
    return TicketSlip(
        code=slip.code,
        link=code_url(f"/Q/{slip.code}"),
        building=slip.building,
        door=slip.door,
        name=slip.name,
        heads=slip.heads,
        point=slip.point,
        starts_at=slip.starts_at,
        ends_at=slip.ends_at,
        is_green=slip.is_green,
    )
