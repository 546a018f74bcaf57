"""The coverage ledger, volunteers, visits to those missing, reports."""
