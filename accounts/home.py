"""What stands on the first page after signing in: what one's role lets one do."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import current_app, url_for
from sqlmodel import Session

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


_waiting: dict[str, Callable[[], str]] = {}


def say_on_card(endpoint: str, say: Callable[[], str]) -> None:
    """From now on the card of that page also says what waits there, in the reader's words; empty where nothing does."""
    _waiting[endpoint] = say


# The later features' pages by the names of their routes; a route that is not there has no card.
CARDS = [
    Card("roster.index", _l("Roster"), _l("Who lives behind which door; read a list in, or out."), Permission.VIEW_ROSTER),
    Card("rounds.index", _l("Rounds"), _l("Points, hours, the plan, and how far the sampling is."), Permission.VIEW_PLAN),
    Card("checkin.choose_point", _l("Scan"), _l("Check people in at a sampling point."), Permission.SCAN),
    Card("followup.my_doors", _l("My doors"), _l("The doors given to you, and who is missing there."), Permission.VISIT_DOORS),
    Card("followup.stewards", _l("Stewards"), _l("Who looks after which building."), Permission.ASSIGN_STEWARDS),
    Card("followup.excuses", _l("Excuses"), _l("Who need not come, and what waits for your word."), Permission.EXCUSE),
    Card("roster.corrections", _l("Corrections"), _l("What residents say is wrong in their entry."), Permission.EDIT_ROSTER),
    Card("accounts.list_accounts", _l("Accounts"), _l("Who signs in, and what they may do."), Permission.MANAGE_ACCOUNTS),
    Card("accounts.audit", _l("What was done"), _l("Who did what, and when."), Permission.MANAGE_ACCOUNTS),
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class HomeCard:
    url: str
    title: str
    words: str
    waiting: str  # what waits there; empty where nothing does


def home_cards() -> list[HomeCard]:
    """The cards of whoever asks, in the order of a round's day."""
    principal, known = find_principal(), current_app.view_functions
    return [
        HomeCard(url_for(card.endpoint), str(card.title), str(card.words), _waiting.get(card.endpoint, str)())
        for card in CARDS
        if card.endpoint in known and principal is not None and principal.may(card.permission)
    ]


@dataclass(frozen=True, slots=True)
class NextStep:
    """What is to be done next, and where. Said by `app.py`'s parts, since rounds come after accounts."""

    title: str
    words: str
    ways: tuple[tuple[str, str], ...]  # address and words of each button, the main one first


StepSource = Callable[[Session, str], list[NextStep]]
_steps: StepSource | None = None


def set_next_steps(source: StepSource) -> None:
    """From now on the first page asks this function what comes next in a community."""
    global _steps
    _steps = source


def list_next_steps(session: Session, community_id: str) -> list[NextStep]:
    """For those who prepare rounds; nothing for all others, whose cards say what they do."""
    principal = find_principal()
    may_plan = principal is not None and principal.may_everywhere(Permission.PLAN_ROUND)
    return _steps(session, community_id) if _steps and may_plan else []
