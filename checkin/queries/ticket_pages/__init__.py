"""Tickets as their owners see them."""

from checkin.queries.ticket_pages.pages import (
    TicketHome,
    TicketPage,
    TicketPerson,
    get_ticket_home,
    get_ticket_page,
    list_ticket_pages,
)
from checkin.queries.ticket_pages.rounds import TicketPlace

__all__ = [
    "TicketHome",
    "TicketPage",
    "TicketPerson",
    "TicketPlace",
    "get_ticket_home",
    "get_ticket_page",
    "list_ticket_pages",
]
