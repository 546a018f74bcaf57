"""The words of states, tiers and wishes as readers know them."""

from bulou.i18n import _
from scheduling.rules import PointKind, RoundState
from scheduling.rules.entries import Tier
from scheduling.rules.wishes import Wish


def say_state(state: RoundState) -> str:
    words = {
        RoundState.DRAFT: _("draft"),
        RoundState.PLANNED: _("planned"),
        RoundState.PUBLISHED: _("published"),
        RoundState.OPEN: _("open"),
        RoundState.CLOSED: _("closed"),
        RoundState.ARCHIVED: _("archived"),
        RoundState.CANCELLED: _("cancelled"),
    }
    return words[state]


def state_kind(state: RoundState) -> str:
    """The colour of its chip, see macros/parts.html."""
    kinds = {
        RoundState.DRAFT: "quiet",
        RoundState.PLANNED: "info",
        RoundState.PUBLISHED: "info",
        RoundState.OPEN: "good",
        RoundState.CANCELLED: "bad",
    }
    return kinds.get(state, "quiet")


def say_tier(tier: str) -> str:
    words = {Tier.NORMAL: _("normal"), Tier.STRICT: _("stricter (never together with others)")}
    return words.get(Tier(tier), tier) if tier in set(Tier) else tier


def say_kind(kind: PointKind) -> str:
    words = {
        PointKind.LANES: _("a place with lanes"),
        PointKind.DOORSTEP: _("trips from door to door"),
        PointKind.OFFICIAL: _("the official list"),
    }
    return words[kind]


def say_wish(wish: Wish) -> str:
    words = {
        Wish.WALK: _("Short walks"),
        Wish.FINISH: _("Early finish"),
        Wish.EARLY: _("Frail people first"),
        Wish.MOVE: _("Same point as last time"),
    }
    return words[wish]


def say_steps() -> list[str]:
    return [_("less important"), _("ordinary"), _("very important")]
