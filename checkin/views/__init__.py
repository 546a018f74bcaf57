"""The pages of check-in."""

from flask import Blueprint

bp = Blueprint("checkin", __name__)

from checkin import words  # noqa: E402, F401  (names the deeds of check-in)
from checkin.views import handouts, paper, posters, scanning, tickets  # noqa: E402, F401  (they hang their pages on bp)
