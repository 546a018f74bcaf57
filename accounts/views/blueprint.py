"""What the pages of accounts are hung on."""

from typing import Any

from flask import Blueprint, render_template
from werkzeug.wrappers import Response

from bulou.errors import DomainError
from bulou.i18n import _

bp = Blueprint("accounts", __name__)
Page = str | Response | tuple[str, int]


def show(template: str, refusal: DomainError | None = None, **facts: Any) -> Page:
    """A page with forms. After a refusal it says so on top, and what is wrong with a field beside the field."""
    problems = {error["field"]: error["problem"] for error in refusal.facts.get("errors", [])} if refusal else {}
    sentence = _("Please correct what is marked below.") if problems else refusal.sentence if refusal else None
    page = render_template(f"accounts/{template}.html", refusal=sentence, problems=problems, **facts)
    return page, refusal.status if refusal else 200
