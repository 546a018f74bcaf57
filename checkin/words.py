"""What the deeds about tickets are called in the list of what was done."""

from accounts.words import name_actions
from bulou.i18n import _l

name_actions(
    {
        "paper.entered": _l("typed in a paper list"),
        "paper.printed": _l("printed lists to tick"),
        "ticket.reissued": _l("gave out a ticket anew"),
        "ticket.revoked": _l("revoked a ticket"),
        "tickets.printed": _l("printed the tickets of a building"),
    }
)
