"""The pages of the chase."""

from flask import Blueprint

bp = Blueprint("followup", __name__)

from followup.views import excuses, ledger, visits  # noqa: E402, F401  (they hang their pages on bp)
