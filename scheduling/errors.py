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


class PointIsInPlan(Conflict):
    """Residents have been told of the point; its sheets and links are out."""

    code = "point.is_in_plan"
    text = _l(
        "Residents have been told of “%(point)s”, so it cannot be removed. Set its lanes to 0, plan again and publish."
    )


class SessionsBeginTogether(Invalid):
    code = "session.begin_together"
    text = _l("Two opening hours begin at the same time.")


class BuildingUnknown(Invalid):
    """A specification names a building that the registry does not have, or has in several compounds."""

    code = "rule.building_unknown"
    text = _l("Building “%(building)s” is not in the registry, or in several compounds: name the compound too.")


class PointUnknown(Invalid):
    code = "rule.point_unknown"
    text = _l("Point “%(point)s” is not among the points of this round.")


class PlanNotFound(NotFound):
    code = "plan.not_found"
    text = _l("There is no such plan.")


class CohortNotFound(NotFound):
    """No such cohort in this plan."""

    code = "cohort.not_found"
    text = _l("There is no such group in this plan.")


class AllHoursBegun(Conflict):
    """Who was told a place has been called, and there is no time left to call anybody else."""

    code = "plan.all_hours_begun"
    text = _l(
        "All hours of this round have begun; everybody who has a place has been called. Nobody moves. "
        "To call anybody else, let the hours last longer or add some."
    )


class PlanIsStale(Conflict):
    """Roster, points or hours changed after the draft was made."""

    code = "plan.is_stale"
    text = _l("Roster, points or hours have changed since this plan was made. Please plan again.")


class PlanWasReplaced(Conflict):
    """A frozen version that a later one has replaced."""

    code = "plan.was_replaced"
    text = _l("A later version has replaced this plan. To go back to it, plan again.")


class PlanHasUnplaced(Conflict):
    """Publishing would leave residents without a point and a slot."""

    code = "plan.has_unplaced"
    text = _l("%(heads)d residents have no place yet. Make room for them, or say that you publish nevertheless.")


class RoundHasNoHours(Conflict):
    """Nothing can be planned where nothing is open."""

    code = "round.has_no_hours"
    text = _l("This round has no opening hours yet. Please set them up before planning.")


class RoundIsPublished(Conflict):
    """Residents know their points and times; what is needed was decided."""

    code = "round.is_published"
    text = _l(
        "Residents have been told their points and times, so this round is not sized any more. Plan again instead."
    )


class SizingNotFound(NotFound):
    """Nobody has asked, it is not answered yet, or there is no such option."""

    code = "sizing.not_found"
    text = _l("There is no such option. Please ask again how much is needed.")


class SizingIsRunning(Conflict):
    """One question of a round is answered at a time, so that nobody fills the queue that all communities share."""

    code = "sizing.is_running"
    text = _l("An earlier question about this round is still being answered. Please wait for it, then ask again.")


class SizingIsOutdated(Conflict):
    """People, points or hours changed after the options were found."""

    code = "sizing.is_outdated"
    text = _l("People, points or hours have changed since these options were found. Please ask again.")


class SizingIsExpired(Conflict):
    """Asked or answered by another version of the program, in a way that this one does not read."""

    code = "sizing.is_expired"
    text = _l("These options were found by another version of the program and cannot be shown. Please ask again.")


class NothingPublished(Conflict):
    """Sheets are for residents: they show published plans alone."""

    code = "round.nothing_published"
    text = _l("No plan is published yet, so there is nothing to hand out.")


class SpecUnreadable(Invalid):
    """Not a file of JSON, or far too large."""

    code = "spec.unreadable"
    text = _l("%(file)s is not a JSON object in UTF-8. docs/round-spec.md shows what is needed.")


class LanesForOtherSessions(Invalid):
    code = "spec.lanes_for_other_sessions"
    text = _l("%(place)s: has %(said)d numbers, but there are %(sessions)d sessions.")


class CommunityUnknown(NotFound):
    code = "community.not_found"
    text = _l("There is no community “%(code)s”.")
