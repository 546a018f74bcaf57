"""Proved lower bounds: on the objective, and on the heads that must stay without a place."""
