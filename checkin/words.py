"""The words of check-in in the reader's language."""

from typing import Any

from accounts.words import name_actions
from bulou.i18n import _l
from checkin.rules import Outcome, ScanKind, ScanSource

KIND_WORDS: dict[ScanKind, Any] = {
    ScanKind.SAMPLED: _l("sample"),
    ScanKind.ARRIVED: _l("arrival"),
    ScanKind.UNDO: _l("undo"),
}
OUTCOME_WORDS: dict[Outcome, Any] = {
    Outcome.ACCEPTED: _l("accepted"),
    Outcome.ALREADY_SAMPLED: _l("already sampled"),
    Outcome.UNKNOWN_TICKET: _l("ticket not known"),
    Outcome.WRONG_POINT: _l("other point"),
    Outcome.WRONG_TIME: _l("other time"),
    Outcome.REVOKED: _l("ticket revoked"),
    Outcome.EXCUSED: _l("need not come"),
    Outcome.CLOSED: _l("round not open"),
    Outcome.UNDONE: _l("taken back"),
    Outcome.CHOOSE_MEMBER: _l("nobody named"),
}
SOURCE_WORDS: dict[ScanSource, Any] = {
    ScanSource.DEVICE: _l("phone or scanner"),
    ScanSource.PAPER: _l("paper"),
    ScanSource.OFFICIAL: _l("official list"),
}

name_actions(
    {
        "paper.entered": _l("typed in a paper list"),
        "paper.printed": _l("printed lists to tick"),
        "ticket.reissued": _l("gave out a ticket anew"),
        "ticket.revoked": _l("revoked a ticket"),
        "tickets.printed": _l("printed the tickets of a building"),
    }
)
