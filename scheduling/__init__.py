"""Campaigns, rounds and points; from roster to problem, drafts, pins, publishing."""
