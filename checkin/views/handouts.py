"""Tickets as managers and point leads hand them out: paper slips of a building, and a new ticket for one that was lost."""

from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from accounts.access import check_may, current_community_id, current_principal, requires
from accounts.rules import Permission
from accounts.usecases import note
from bulou.clock import clock
from bulou.database import reading, transaction
from bulou.downloads import download
from bulou.i18n import _
from bulou.links import code_url
from checkin.errors import BuildingNotFound, NoTickets
from checkin.queries.people import find_people
from checkin.queries.slips import Slip, list_slip_buildings, list_slips
from checkin.sheets import SlipSize, TicketSlip, ticket_sheets_pdf
from checkin.usecases.tickets import reissue_ticket
from checkin.views import bp
from scheduling.queries.setup import get_round


@bp.get("/rounds/<uuid:round_id>/tickets")
@requires(Permission.PRINT_TICKETS)
def tickets(round_id: UUID) -> str:
    """Buildings with their slips to print, and the tickets behind a door."""
    check_may(Permission.PRINT_TICKETS, round_id=round_id)
    typed = request.args.get("q", "")
    with reading() as session:
        round_ = get_round(session, (current_community_id(), round_id))
        buildings = list_slip_buildings(session, round_)
        families = find_people(session, round_, typed)
        return render_template(
            "checkin/tickets.html", round=round_, buildings=buildings, families=families, typed=typed
        )


@bp.get("/rounds/<uuid:round_id>/tickets.pdf")
@requires(Permission.PRINT_TICKETS)
def ticket_slips(round_id: UUID) -> AnyResponse:
    """The slips of one building, floor by floor. `kind=household`: one for each door. Raises BuildingNotFound, NoTickets."""
    check_may(Permission.PRINT_TICKETS, round_id=round_id)
    building_id, by_household = _building_asked(), request.args.get("kind") == "household"
    size = SlipSize.SMALL if request.args.get("size") == "small" else SlipSize.LARGE
    with transaction() as session:
        round_ = get_round(session, (current_community_id(), round_id))
        slips = list_slips(session, round_, building_id, by_household=by_household)
        if not slips:
            raise NoTickets()
        facts = {"building": str(building_id), "slips": len(slips)}
        by = current_principal()
        note(session, by.community_id, "tickets.printed", round_id, by=by, facts=facts, now=clock().now())
        name = round_.name
    timezone = current_principal().timezone
    body = ticket_sheets_pdf([_slip(slip) for slip in slips], round_name=name, timezone=timezone, size=size)
    return download(body, f"tickets-{slips[0].building}.pdf")


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
    return redirect(url_for(".tickets", round_id=round_id, q=request.form.get("q", "")))


def _building_asked() -> UUID:
    try:
        return UUID(request.args.get("building", ""))
    except ValueError:
        raise BuildingNotFound() from None


def _slip(slip: Slip) -> TicketSlip:
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
    )
