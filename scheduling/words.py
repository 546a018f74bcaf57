"""What the deeds about rounds, points and plans are called in the list of what was done."""

from accounts.words import FactWords, name_actions, name_facts
from bulou.i18n import _l

name_actions(
    {
        "buildings.ruled": _l("changed the rules for buildings in %(about)s"),
        "plan.placed_by_hand": _l("placed cohorts by hand in %(about)s"),
        "plan.published": _l("published %(about)s"),
        "plan.unpinned": _l("let cohorts of %(about)s go that were placed by hand"),
        "point.added": _l("added the sampling point %(about)s"),
        "point.changed": _l("changed the sampling point %(about)s"),
        "points.placed": _l("moved sampling points of %(about)s"),
        "point.removed": _l("removed a sampling point"),
        "round.archived": _l("archived the round %(about)s"),
        "round.cancelled": _l("cancelled the round %(about)s"),
        "round.changed": _l("changed the round %(about)s"),
        "round.closed": _l("closed the round %(about)s"),
        "round.created": _l("created the round %(about)s"),
        "round.draft": _l("made the round %(about)s a draft again"),
        "round.open": _l("opened the round %(about)s"),
        "round.planned": _l("planned the round %(about)s"),
        "round.published": _l("published the round %(about)s"),
        "round.sized": _l("set the points of %(about)s up as was worked out"),
        "session.added": _l("added opening hours %(about)s"),
        "session.changed": _l("changed opening hours %(about)s"),
        "session.removed": _l("removed opening hours"),
    }
)
for action in ("plan.placed_by_hand", "plan.unpinned"):
    name_facts(action, cohorts=FactWords(_l("cohorts")))
for action in ("point.added", "point.changed", "point.removed", "session.added", "session.changed", "session.removed"):
    name_facts(action, round=FactWords(_l("round")))
name_facts("plan.published", version=FactWords(_l("version")))
