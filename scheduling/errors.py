"""Refusals of campaigns, rounds, points and plans."""

from bulou.errors import Conflict, Invalid, NotFound
from bulou.i18n import _l


class RoundNotFound(NotFound):
    """No such round, or another community's."""

    code = "round.not_found"
    text = _l("There is no such round.")


class PointNotFound(NotFound):
    code = "point.not_found"
    text = _l("There is no such sampling point.")


class SessionNotFound(NotFound):
    code = "session.not_found"
    text = _l("These opening hours do not exist any more.")


class BuildingNotFound(NotFound):
    code = "building.not_found"
    text = _l("There is no such building.")


class RoundCannotBecome(Conflict):
    """The round's state does not allow the step."""

    code = "round.cannot_become"
    text = _l("The round is “%(state)s”: it cannot become “%(wanted)s”.")


class RoundIsOver(Conflict):
    """Closed, archived and cancelled rounds never change."""

    code = "round.is_over"
    text = _l("This round is over and cannot be changed any more.")


class SlotLengthIsPublished(Conflict):
    code = "round.slot_length_is_published"
    text = _l("Residents have been told their times, so the length of a slot cannot change any more.")


class PlanWouldBreak(Conflict):
    """Residents have been told to come when or where nobody would be."""

    code = "round.plan_would_break"
    text = _l(
        "%(heads)d people have been told to come there at that time. Set the point's lanes to 0 instead, plan again "
        "and publish the new plan."
    )


class NameTaken(Conflict):
    code = "round.name_taken"
    text = _l("“%(name)s” is there already. Please choose another name.")


class SessionsOverlap(Invalid):
    code = "session.overlap"
    text = _l("Two opening hours overlap: %(first)s and %(second)s.")


class SessionTooLong(Invalid):
    code = "session.too_long"
    text = _l("Opening hours end after they begin and last at most 24 hours: %(session)s.")


class SessionTooShort(Invalid):
    """Not even one slot fits."""

    code = "session.too_short"
    text = _l("%(session)s is shorter than one slot of %(minutes)d minutes.")


class BreakOutside(Invalid):
    code = "session.break_outside"
    text = _l("A break lies within its opening hours and ends after it begins: %(session)s.")


class TooManySlots(Invalid):
    code = "session.too_many_slots"
    text = _l("These hours make %(slots)d slots; %(most)d are the most. Please choose longer slots.")


class PositionIncomplete(Invalid):
    code = "point.position_incomplete"
    text = _l("A position needs both numbers, east and north.")


class WindowEmpty(Invalid):
    code = "rule.window_empty"
    text = _l("The last slot comes before the first one.")
