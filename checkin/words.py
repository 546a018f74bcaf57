"""The words of check-in in the reader's language."""

from typing import Any

from accounts.words import name_actions
from bulou.i18n import _l
from checkin.rules import Outcome, ScanKind, ScanSource
from checkin.rules.official import LineFault, Mark

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

MARK_WORDS: dict[Mark, Any] = {
    Mark.NAME: _l("same name"),
    Mark.PHONE: _l("same phone number"),
    Mark.DOOR: _l("same door"),
    Mark.IDENTITY: _l("same identity number"),
    Mark.PHONE_NEAR: _l("phone number: one digit differs"),
    Mark.IDENTITY_NEAR: _l("identity number: one digit differs"),
}
FAULT_WORDS: dict[LineFault, Any] = {
    LineFault.NOBODY: _l("Neither a name nor a number stands in this line."),
    LineFault.IDENTITY_UNREADABLE: _l(
        "This is not an identity number, and there is no name. Format the column as text."
    ),
    LineFault.TIME_UNREADABLE: _l("The time cannot be read. Write it like 2022-04-03 08:30."),
    LineFault.NOT_OPEN: _l("At this time the round was not open: the sample belongs to another round."),
}

name_actions(
    {
        "checkin.official_discarded": _l("discarded an official list"),
        "checkin.official_read": _l("read in an official list"),
        "checkin.official_recorded": _l("recorded the people of an official list as sampled"),
        "checkin.official_settled": _l("said who a line of an official list is"),
        "paper.entered": _l("typed in a paper list"),
        "paper.printed": _l("printed lists to tick"),
        "ticket.reissued": _l("gave out a ticket anew"),
        "ticket.revoked": _l("revoked a ticket"),
        "tickets.carer": _l("put tickets of several people together"),
        "tickets.printed": _l("printed ticket slips"),
    }
)
