"""What the deeds about rounds, points and plans are called in the list of what was done."""

from accounts.words import name_actions
from bulou.i18n import _l

name_actions(
    {
        "buildings.ruled": _l("changed the rules for buildings"),
        "plan.placed_by_hand": _l("placed a group by hand"),
        "plan.published": _l("published a plan"),
        "plan.unpinned": _l("let a group go that was placed by hand"),
        "point.added": _l("added a sampling point"),
        "point.changed": _l("changed a sampling point"),
        "points.placed": _l("moved sampling points"),
        "point.removed": _l("removed a sampling point"),
        "round.archived": _l("archived a round"),
        "round.cancelled": _l("cancelled a round"),
        "round.changed": _l("changed a round"),
        "round.closed": _l("closed a round"),
        "round.created": _l("created a round"),
        "round.draft": _l("made a round a draft again"),
        "round.open": _l("opened a round"),
        "round.planned": _l("planned a round"),
        "round.published": _l("published a round"),
        "round.sized": _l("set a round's points up as was worked out"),
        "session.added": _l("added opening hours"),
        "session.changed": _l("changed opening hours"),
        "session.removed": _l("removed opening hours"),
    }
)
