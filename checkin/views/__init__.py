"""The pages of check-in."""

from flask import Blueprint

bp = Blueprint("checkin", __name__)

from checkin import words  # noqa: E402, F401  (names the deeds of check-in)
from checkin.views import (  # noqa: E402  (they hang their pages on bp)
    carers,  # noqa: F401
    devices,  # noqa: F401
    handouts,  # noqa: F401
    official,  # noqa: F401
    paper,  # noqa: F401
    persons,  # noqa: F401
    posters,  # noqa: F401
    scanning,  # noqa: F401
    tickets,  # noqa: F401
    walk_ins,  # noqa: F401
)
