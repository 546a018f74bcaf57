"""What a sizing says, in the reader's language: the planner gives kinds and facts, the words are here."""

from __future__ import annotations

from scheduling.planner.plan import Fact
from scheduling.planner.sizing import Goal, Lack, LackKind, Target, Way
from scheduling.planner_sentences import Name, Translate, _

GOALS: dict[Goal, str] = {
    Goal.POINTS: _("fewest points"),
    Goal.WALK: _("shortest walk on average"),
    Goal.END: _("earliest end"),
    Goal.STAFF: _("fewest staff"),
    Goal.BETWEEN: _("in between"),
}

LACKS: dict[LackKind, str] = {
    LackKind.NO_CANDIDATES: _("There is no point to choose from; set up at least one."),
    LackKind.NOBODY: _("There is nobody to sample."),
    LackKind.NO_HOURS: _("No point is open in these hours, or a slot is too short for a single person."),
    LackKind.NOWHERE_TO_GO: _(
        "%(heads)s people can be sent to no point, whatever is opened: see to their tier, points, times and longest walk."
    ),
    LackKind.TOO_FEW_LANES: _(
        "All points with all their lanes sample at most %(most)s of %(heads)s people in %(hours)s h."
    ),
    LackKind.TOO_FEW_STAFF: _(
        "%(staff)s staff sample at most %(most)s of %(heads)s people in %(hours)s h; "
        "about %(more_hours)s h more are needed, or more staff."
    ),
    LackKind.TOO_FAR: _(
        "%(heads)s people have no point within %(limit)s m; from %(building)s the nearest, %(point)s, "
        "is %(metres)s m away."
    ),
    LackKind.TARGETS_TOGETHER: _("Staff, end and walk cannot all be kept at once."),
    LackKind.NO_PLAN: _("No plan was found that keeps all of it, though there may be one."),
}

WAYS: dict[Target, str] = {
    Target.STAFF: _("It can be done with %(more)s more staff, %(staff)s in all."),
    Target.END: _("It can be done with %(hours)s h more."),
    Target.WALK: _("It can be done where people walk up to %(metres)s m."),
}

MISSES: dict[Target, str] = {
    Target.STAFF: _("more staff than there are"),
    Target.END: _("ends later than wanted"),
    Target.WALK: _("longer walks than wanted"),
}


def _plainly(kind: str, fact: Fact) -> Fact:
    """Whole metres; hours without needless zeros."""
    if not isinstance(fact, float):
        return fact
    return f"{fact:g}" if kind in ("hours", "more_hours") else round(fact)


def duration_words(minutes: float, translate: Translate) -> str:
    """3 h 40 min."""
    hours, rest = divmod(round(minutes), 60)
    if not rest:
        return translate(_("%(hours)s h")) % {"hours": hours}
    said = _("%(hours)s h %(minutes)s min") if hours else _("%(minutes)s min")
    return translate(said) % {"hours": hours, "minutes": rest}


def lack_sentence(lack: Lack, translate: Translate, name: Name = _plainly) -> str:
    """What cannot be had, and why."""
    return translate(LACKS[lack.kind]) % {kind: name(kind, _plainly(kind, fact)) for kind, fact in lack.facts.items()}


def way_sentence(way: Way, translate: Translate) -> str:
    """What would have to give way; a plan has confirmed it."""
    return translate(WAYS[way.target]) % {kind: _plainly(kind, fact) for kind, fact in way.facts.items()}


def goal_words(goals: tuple[Goal, ...], proved: tuple[Goal, ...], translate: Translate) -> list[str]:
    """What an option is best in; where nothing at all can be better, that is proved."""
    return [
        translate(_("%(goal)s (proved)")) % {"goal": translate(GOALS[goal])}
        if goal in proved
        else translate(GOALS[goal])
        for goal in goals
    ]
