"""What the pages of the roster are hung on."""

from typing import Any
from uuid import UUID

from flask import Blueprint, g, render_template
from werkzeug.wrappers import Response

from accounts.access import current_community_id
from bulou.clock import clock
from bulou.errors import DomainError
from bulou.i18n import _
from registry.rules import ChangeKind, DoorState, ExcuseKind, ExcuseState, NeedKind, Origin
from registry.words import (
    CHANGE_NAMES,
    EXCUSE_NAMES,
    EXCUSE_STATES,
    EXCUSE_STEPS,
    FIELD_NAMES,
    NEED_NAMES,
    ORIGIN_NAMES,
    STATE_NAMES,
    end_words,
    full_name,
    shown_name,
    value_words,
)

bp = Blueprint("roster", __name__)
Page = str | Response | tuple[str, int]


def key_of(row_id: UUID) -> tuple[str, UUID]:
    return current_community_id(), row_id


def show(template: str, refusal: DomainError | None = None, **facts: Any) -> Page:
    """A page with forms. After a refusal it says so on top, and what is wrong with a field beside the field."""
    problems = {error["field"]: error["problem"] for error in refusal.facts.get("errors", [])} if refusal else {}
    sentence = _("Please correct what is marked below.") if problems else refusal.sentence if refusal else None
    page = render_template(f"registry/{template}.html", refusal=sentence, problems=problems, **facts)
    return page, refusal.status if refusal else 200


@bp.context_processor
def words_of_the_roster() -> dict[str, Any]:
    return {
        "say_need": lambda kind: NEED_NAMES[NeedKind(kind)],
        "say_door_state": lambda state: STATE_NAMES[DoorState(state)],
        "say_excuse": lambda kind: EXCUSE_NAMES[ExcuseKind(kind)],
        "say_change": lambda kind: CHANGE_NAMES[ChangeKind(kind)],
        "say_field": lambda field: FIELD_NAMES.get(field, field),
        "say_field_value": value_words,
        "say_origin": lambda origin: ORIGIN_NAMES[Origin(origin)],
        "say_end": lambda until_at: end_words(until_at, now=clock().now(), zone=g.timezone),
        "say_excuse_step": lambda step: EXCUSE_STEPS[step],
        "say_excuse_state": lambda state: EXCUSE_STATES[ExcuseState(state)],
    }


# Every page says in one way who is known only as a head.
bp.add_app_template_global(shown_name, "shown_name")
bp.add_app_template_global(full_name, "full_name")
