"""The words of the chase, and the ledger's one rule: roster = sampled + excused + missing. Pure."""

from enum import StrEnum


class VisitOutcome(StrEnum):
    """What came of a call or a knock."""

    WILL_COME = "will_come"
    NOBODY_HOME = "nobody_home"
    VACANT = "vacant"
    SOMEBODY_ELSE = "somebody_else"
    WANTS_DOORSTEP = "wants_doorstep"
    SAMPLED_ELSEWHERE = "sampled_elsewhere"
    AWAY = "away"
    IN_HOSPITAL = "in_hospital"
    IN_ISOLATION = "in_isolation"
    REFUSED = "refused"
    MOVED_OUT = "moved_out"
    WRONG_NUMBER = "wrong_number"


class MissingState(StrEnum):
    """How somebody missing is spoken of: a wrong name on the list harms people."""

    NOT_YET = "not_yet"  # their time has not come
    LATE = "late"  # their time is over, the round is open
    MISSED = "missed"  # the round is closed
