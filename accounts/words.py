"""What roles and deeds are called on pages. Later features name their own deeds with `name_actions`."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from accounts.areas import Place
from accounts.rules import Area, Role
from bulou.i18n import _, _l

ROLE_NAMES: dict[Role, Any] = {
    Role.MANAGER: _l("Manager"),
    Role.POINT_LEAD: _l("Point lead"),
    Role.REGISTRAR: _l("Registrar"),
    Role.VOLUNTEER: _l("Volunteer"),
    Role.VIEWER: _l("Viewer"),
    Role.DEVICE: _l("Phone at a point"),
}
ROLE_WORDS: dict[Role, Any] = {
    Role.MANAGER: _l("may do everything, also add accounts"),
    Role.POINT_LEAD: _l("scans, sees who is missing, excuses, prints tickets"),
    Role.REGISTRAR: _l("scans and finds people at a point"),
    Role.VOLUNTEER: _l("visits the doors given to them"),
    Role.VIEWER: _l("sees the plan and how many, never who"),
    Role.DEVICE: _l("scans at its point"),
}


@dataclass(frozen=True, slots=True)
class FactWords:
    """What a fact of a deed is called; an empty name = its value says it by itself."""

    name: Any
    values: Mapping[str, Any] = field(default_factory=dict)  # what its words are called; others stand as they are

    def say(self, value: Any) -> str:
        """A list of words is said word by word."""
        words = value if isinstance(value, list) else str(value).split(",")
        return str(_(", ")).join(str(self.values.get(word, word)) for word in words)


# What was done, as a sentence without its doer; %(about)s stands for the thing it was done to.
_action_names: dict[str, Any] = {
    "account.added": _l("added the account of %(about)s"),
    "account.ended": _l("ended the account of %(about)s"),
    "account.locked": _l("the account of %(about)s was locked after wrong passwords"),
    "account.password_changed": _l("changed the own password"),
    "account.password_link": _l("made a link for a new password of %(about)s"),
    "account.password_reset": _l("gave %(about)s a new password"),
    "account.role_changed": _l("changed the role of %(about)s"),
    "account.sessions_ended": _l("signed %(about)s out everywhere"),
    "account.signed_in": _l("signed in"),
    "account.signed_out": _l("signed out"),
    "invitation.made": _l("invited %(about)s"),
    "invitation.revoked": _l("revoked the invitation of %(about)s"),
    "token.made": _l("made the token %(about)s"),
    "token.revoked": _l("revoked the token %(about)s"),
}
_FACT_NAMES: dict[str, FactWords] = {
    "roles": FactWords("", {role.value: name for role, name in ROLE_NAMES.items()}),
    "added": FactWords(_l("added")),
    "changed": FactWords(_l("changed")),
    "unchanged": FactWords(_l("unchanged")),
    "moved": FactWords(_l("moved")),
    "left": FactWords(_l("left")),
    "refused": FactWords(_l("refused")),
    "buildings": FactWords(_l("buildings")),
    "lines": FactWords(_l("lines")),
}
_facts_of: dict[str, dict[str, FactWords]] = {}


def name_actions(names: Mapping[str, Any]) -> None:
    """Say what a feature's deeds are called: the action of `note` → a lazy sentence without its doer, in which
    %(about)s stands for the thing it was done to."""
    _action_names.update(names)


def name_facts(action: str, **facts: FactWords) -> None:
    """Say what the facts of a deed are called, where they are not called the same for every deed."""
    _facts_of[action] = facts


def is_named(action: str, fact: str = "") -> bool:
    """Whether the list of what was done has words for a deed, or for a fact of it."""
    return action in _action_names and (not fact or fact in _facts_of.get(action, {}) or fact in _FACT_NAMES)


def list_named() -> list[str]:
    return list(_action_names)


def action_name(action: str) -> str:
    return str(_action_names.get(action, action))


def fact_words(action: str, fact: str) -> FactWords:
    return _facts_of.get(action, {}).get(fact) or _FACT_NAMES.get(fact) or FactWords(fact)


def area_name(area: Area, places: Iterable[Place]) -> str:
    """Registrar (Spring · first round · north gate)."""
    role = str(ROLE_NAMES[area.role])
    if area.round_id is None and area.point_id is None:
        return role
    for place in places:
        if (place.round_id, place.point_id) == (area.round_id, area.point_id):
            return _("%(role)s (%(place)s)", role=role, place=place.name)
    return _("%(role)s (a round or point that is over)", role=role)
