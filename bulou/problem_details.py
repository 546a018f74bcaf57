"""Problem details (RFC 9457): what the API answers when it refuses."""

from typing import Any
from uuid import UUID

from flask import Response, json

from bulou.errors import DomainError

MIMETYPE = "application/problem+json"


def problem_of(refusal: DomainError) -> dict[str, Any]:
    """The refusal as problem details: stable code, the facts, and the sentence in the reader's language."""
    facts = {name: plain(value) for name, value in refusal.facts.items()}
    detail = refusal.sentence
    return {
        **facts,
        "type": "about:blank",
        "title": detail,
        "status": refusal.status,
        "code": refusal.code,
        "detail": detail,
    }


def problem_response(refusal: DomainError) -> Response:
    response = Response(json.dumps(problem_of(refusal)), refusal.status, mimetype=MIMETYPE)
    if refusal.status in (429, 503):
        response.headers["Retry-After"] = "2"
    return response


def plain(value: Any) -> Any:
    """A fact as JSON has it."""
    if isinstance(value, UUID):
        return str(value)
    return value if isinstance(value, (str, int, float, bool, list, dict, type(None))) else str(value)
