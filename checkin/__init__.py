"""Tickets, QR codes, the scanning page, scans that arrive late."""
