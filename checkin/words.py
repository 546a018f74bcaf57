"""The words of check-in in the reader's language."""

from typing import Any

from accounts.words import FactWords, name_actions, name_facts
from bulou.i18n import _, _l
from checkin.errors import ListEmpty, ListHasNoColumns, ListTimeWrong, ListTooLong, RoundNeverOpened
from checkin.rules import Match, Outcome, ScanKind, ScanSource
from checkin.rules.official import LineFault, Mark, Part
from registry.words import say_file_problem

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
    Mark.NAME_HIDDEN: _l("the name fits as far as it is shown"),
    Mark.PHONE: _l("same phone number"),
    Mark.DOOR: _l("same door"),
    Mark.IDENTITY: _l("same identity number"),
    Mark.PHONE_SHOWN: _l("phone number: the digits shown fit"),
    Mark.IDENTITY_SHOWN: _l("identity number: the digits shown fit"),
    Mark.PHONE_NEAR: _l("phone number: one digit differs"),
    Mark.IDENTITY_NEAR: _l("identity number: one digit differs"),
}
FAULT_WORDS: dict[LineFault, Any] = {
    LineFault.NOBODY: _l("Neither a name nor a number stands in this line."),
    LineFault.IDENTITY_UNREADABLE: _l(
        "This is not an identity number, and there is no name. Format the column as text."
    ),
    LineFault.TIME_UNREADABLE: _l("The time cannot be read. Write it like 2022-04-03 08:30."),
    LineFault.NAME_HIDDEN: _l(
        "Letters of the name are hidden, and many have such a name. Ask for the list with phone numbers or doors."
    ),
    LineFault.NOT_OPEN: _l("At this time the round was not open: the sample belongs to another round."),
}

PART_WORDS: dict[Part, Any] = {
    Part.DOUBTFUL: _l("Doubtful: who is it?"),
    Part.SETTLED: _l("Looked at"),
    Part.REFUSED: _l("Rows refused"),
    Part.NOT_OURS: _l("Not ours"),
    Part.SURE: _l("Sure"),
}
PART_HINTS: dict[Part, Any] = {
    Part.DOUBTFUL: _l(
        "Something fits, and not enough to be sure. Until somebody says who it is, nobody is sampled by it."
    ),
    Part.SETTLED: _l("Somebody said who it is. Was it the wrong one? Take it back: the line waits again."),
    Part.REFUSED: _l("These lines say too little, or cannot be read."),
    Part.NOT_OURS: _l("Nobody here fits. They live elsewhere, or are not on the roster yet."),
    Part.SURE: _l("Identity number, or name with phone number or door: only one person fits."),
}
_REFUSALS = {
    refusal.code: refusal for refusal in (ListEmpty, ListHasNoColumns, ListTimeWrong, ListTooLong, RoundNeverOpened)
}


def list_refusal(code: str, facts: dict[str, Any]) -> str:
    """Why the worker could not read a list, or not record it, as whoever asked for it reads it."""
    if "problem" in facts:
        return say_file_problem(facts["problem"])
    if code in _REFUSALS:
        return _REFUSALS[code](**facts).sentence
    return _("The program could not finish this. What was recorded stays; try again, and it goes on where it ended.")


name_actions(
    {
        "checkin.official_discarded": _l("discarded an official list"),
        "checkin.official_read": _l("read in the official list %(about)s"),
        "checkin.official_recorded": _l("recorded the people of the official list %(about)s as sampled"),
        "checkin.official_settled": _l("said who a line of the official list %(about)s is"),
        "checkin.official_taken_back": _l("took back who a line of the official list %(about)s is"),
        "device.code_made": _l("made a code that enrols a phone for %(about)s"),
        "device.enrolled": _l("enrolled the phone %(about)s"),
        "device.handed_back": _l("handed back the phone %(about)s"),
        "device.revoked": _l("revoked the phone %(about)s"),
        "paper.entered": _l("typed in a paper list of %(about)s"),
        "paper.printed": _l("printed lists to tick for %(about)s"),
        "ticket.reissued": _l("gave %(about)s a new ticket"),
        "ticket.revoked": _l("revoked a ticket of %(about)s"),
        "walk_in.settled": _l("said who somebody is who was on no list: %(about)s"),
        "tickets.carer": _l("put tickets of several people together for %(about)s"),
        "tickets.printed": _l("printed ticket slips for %(about)s"),
    }
)

MATCH_WORDS: dict[Match, Any] = {
    Match.SURE: _l("one of ours"),
    Match.DOUBTFUL: _l("doubtful"),
    Match.NOT_OURS: _l("not ours"),
    Match.REFUSED: _l("refused"),
}
_SLIPS = FactWords(_l("slips"))
name_facts(
    "checkin.official_settled", match=FactWords("", {match.value: words for match, words in MATCH_WORDS.items()})
)
name_facts("paper.entered", sheet=FactWords(_l("sheet")))
name_facts(
    "paper.printed",
    sheets=FactWords(_l("sheets")),
    names=FactWords("", {"full": _l("with full names"), "masked": _l("with masked names")}),
)
name_facts("tickets.carer", slips=_SLIPS, **{"as": FactWords("", {"page": _l("as a page"), "sheet": _l("as a sheet")})})
name_facts("tickets.printed", slips=_SLIPS, where=FactWords(_l("of")))
