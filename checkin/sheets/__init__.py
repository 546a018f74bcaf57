"""What check-in prints: tickets as paper slips."""

from checkin.sheets.tickets import SlipSize, TicketSlip, carer_sheet_pdf, ticket_sheets_pdf

__all__ = ["SlipSize", "TicketSlip", "carer_sheet_pdf", "ticket_sheets_pdf"]
