"""What roles and deeds are called on pages. Later features name their own deeds with `name_actions`."""

from collections.abc import Iterable, Mapping
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
}
ROLE_WORDS: dict[Role, Any] = {
    Role.MANAGER: _l("may do everything, also add accounts"),
    Role.POINT_LEAD: _l("scans, sees who is missing, excuses, prints tickets"),
    Role.REGISTRAR: _l("scans and finds people at a point"),
    Role.VOLUNTEER: _l("visits the doors given to them"),
    Role.VIEWER: _l("sees the plan and how many, never who"),
}
_action_names: dict[str, Any] = {
    "account.added": _l("added an account"),
    "account.ended": _l("ended an account"),
    "account.locked": _l("an account was locked after wrong passwords"),
    "account.password_changed": _l("changed their password"),
    "account.password_link": _l("made a link for a new password"),
    "account.password_reset": _l("gave an account a new password"),
    "account.role_changed": _l("changed the role of an account"),
    "account.sessions_ended": _l("ended sessions"),
    "account.signed_in": _l("signed in"),
    "account.signed_out": _l("signed out"),
    "invitation.made": _l("invited a colleague"),
    "invitation.revoked": _l("revoked an invitation"),
    "token.made": _l("made a token"),
    "token.revoked": _l("revoked a token"),
}


_FACT_NAMES: dict[str, Any] = {
    "added": _l("added"),
    "changed": _l("changed"),
    "unchanged": _l("unchanged"),
    "moved": _l("moved"),
    "left": _l("left"),
    "refused": _l("refused"),
    "buildings": _l("buildings"),
    "version": _l("version"),
    "cohorts": _l("cohorts"),
    "lines": _l("lines"),
}


def name_actions(names: Mapping[str, Any]) -> None:
    """Say what a feature's deeds are called: the action of `note` → a lazy sentence without its subject."""
    _action_names.update(names)


def action_name(action: str) -> str:
    return str(_action_names.get(action, action))


def facts_words(facts: Mapping[str, Any]) -> str:
    """The facts of a deed in one line; roles by their names, the rest as it was noted."""
    roles = [str(ROLE_NAMES[Role(role)]) for role in facts.get("roles", [])]
    rest = [f"{_FACT_NAMES.get(name, name)}: {value}" for name, value in facts.items() if name != "roles"]
    return "; ".join([*roles, *rest])


def area_name(area: Area, places: Iterable[Place]) -> str:
    """Registrar (Spring · first round · north gate)."""
    role = str(ROLE_NAMES[area.role])
    if area.round_id is None and area.point_id is None:
        return role
    for place in places:
        if (place.round_id, place.point_id) == (area.round_id, area.point_id):
            return _("%(role)s (%(place)s)", role=role, place=place.name)
    return _("%(role)s (a round or point that is over)", role=role)
