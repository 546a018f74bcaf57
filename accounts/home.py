"""What stands on the first page after signing in: what one's role lets one do."""

from dataclasses import dataclass
from typing import Any

from flask import current_app, url_for

from accounts.access import find_principal
from accounts.rules import Permission
from bulou.i18n import _l


@dataclass(frozen=True, slots=True)
class Card:
    """A way into the program: the page, and what one does there."""

    endpoint: str
    title: Any
    words: Any
    permission: Permission


# The later features' pages by the names of their routes; a route that is not there has no card.
CARDS = [
    Card("roster.index", _l("Roster"), _l("Who lives behind which door; read a list in, or out."), Permission.VIEW_ROSTER),
    Card("rounds.index", _l("Rounds"), _l("Points, hours, the plan, and how far the sampling is."), Permission.VIEW_PLAN),
    Card("checkin.choose_point", _l("Scan"), _l("Check people in at a sampling point."), Permission.SCAN),
    Card("followup.my_doors", _l("My doors"), _l("The doors given to you, and who is missing there."), Permission.VISIT_DOORS),
    Card("followup.stewards", _l("Stewards"), _l("Who looks after which building."), Permission.ASSIGN_STEWARDS),
    Card("followup.excuses", _l("Excuses"), _l("Who need not come, and what waits for your word."), Permission.EXCUSE),
    Card("accounts.list_accounts", _l("Accounts"), _l("Who signs in, and what they may do."), Permission.MANAGE_ACCOUNTS),
    Card("accounts.audit", _l("What was done"), _l("Who did what, and when."), Permission.MANAGE_ACCOUNTS),
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class HomeCard:
    url: str
    title: str
    words: str


def home_cards() -> list[HomeCard]:
    """The cards of whoever asks, in the order of a round's day."""
    principal, known = find_principal(), current_app.view_functions
    return [
        HomeCard(url_for(card.endpoint), str(card.title), str(card.words))
        for card in CARDS
        if card.endpoint in known and principal is not None and principal.may(card.permission)
    ]
