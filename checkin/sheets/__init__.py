"""What check-in prints: tickets as paper slips."""

from checkin.sheets.tickets import SlipSize, TicketSlip, ticket_sheets_pdf

__all__ = ["SlipSize", "TicketSlip", "ticket_sheets_pdf"]
