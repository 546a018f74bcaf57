"""The words of the chase in the reader's language."""

from typing import Any

from accounts.words import FactWords, name_actions, name_facts
from bulou.i18n import _l
from followup.rules import MissingState, VisitOutcome
from registry.rules import ExcuseKind, NeedKind

OUTCOME_WORDS: dict[VisitOutcome, Any] = {
    VisitOutcome.WILL_COME: _l("Will come"),
    VisitOutcome.NOBODY_HOME: _l("Nobody home"),
    VisitOutcome.WANTS_DOORSTEP: _l("Wants sampling at the door"),
    VisitOutcome.SAMPLED_ELSEWHERE: _l("Sampled elsewhere"),
    VisitOutcome.AWAY: _l("Away"),
    VisitOutcome.IN_HOSPITAL: _l("In hospital"),
    VisitOutcome.IN_ISOLATION: _l("In isolation"),
    VisitOutcome.REFUSED: _l("Refused"),
    VisitOutcome.WRONG_NUMBER: _l("Wrong number"),
    VisitOutcome.SOMEBODY_ELSE: _l("Somebody else lives here"),
    VisitOutcome.VACANT: _l("Nobody lives here"),
    VisitOutcome.MOVED_OUT: _l("Moved out"),
}
STATE_WORDS: dict[MissingState, Any] = {
    MissingState.NOT_YET: _l("Not yet their time"),
    MissingState.LATE: _l("Late"),
    MissingState.MISSED: _l("Missed"),
}
STATE_KINDS = {MissingState.NOT_YET: "quiet", MissingState.LATE: "warn", MissingState.MISSED: "bad"}
EXCUSE_WORDS: dict[ExcuseKind, Any] = {
    ExcuseKind.SAMPLED_ELSEWHERE: _l("Sampled elsewhere"),
    ExcuseKind.EXEMPT: _l("Exempt"),
    ExcuseKind.AWAY: _l("Away"),
    ExcuseKind.MOVED_OUT: _l("Moved out"),
    ExcuseKind.IN_HOSPITAL: _l("In hospital"),
    ExcuseKind.IN_ISOLATION: _l("In isolation"),
    ExcuseKind.OTHER: _l("Another reason"),
}
NEED_WORDS: dict[NeedKind, Any] = {
    NeedKind.FRAIL: _l("Frail"),
    NeedKind.LIVES_ALONE: _l("Lives alone"),
    NeedKind.BED_BOUND: _l("Bed-bound"),
    NeedKind.PREGNANT: _l("Pregnant"),
    NeedKind.INFANT: _l("Infant"),
    NeedKind.DIALYSIS: _l("Dialysis or chemotherapy"),
    NeedKind.CHILD_ALONE: _l("Child alone"),
    NeedKind.HOME_ISOLATION: _l("Home isolation"),
    NeedKind.NO_PHONE: _l("No phone"),
    NeedKind.DOORSTEP: _l("Sampled at the door"),
}

name_actions(
    {
        "followup.door_shown": _l("looked at the contact of %(about)s"),
        "followup.report_made": _l("made the report of %(about)s"),
        "followup.steward_assigned": _l("said who looks after %(about)s"),
    }
)
name_facts("followup.steward_assigned", account=FactWords(_l("from now on")))
